/* api_config.c: see api_config.h. */
#include "api-node/api_config.h"

#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/model/password_rules.h"
#include "shared/model/validate.h"

#define FIELD(name) offsetof(struct api_config, name)

static const struct option options[] = {
	{.name = "API_PORT",
		.type = OPTION_U32,
		.offset = FIELD(api_port),
		.fallback = "8000",
		.min = 1,
		.max = 65535,
		.help = "REST, WebSocket and the dashboard listen here"},
	{.name = "UI_DIR",
		.type = OPTION_STRING,
		.offset = FIELD(ui_dir),
		.help = "Folder of the built pages (ui/dist): /docs and, later, the dashboard; unset: only the API is served"},
	{.name = "ADMIN_USERNAME",
		.type = OPTION_STRING,
		.offset = FIELD(admin_username),
		.fallback = "admin",
		.min = 1,
		.max = 64,
		.help = "Name of the administrator made on the first start"},
	{.name = "ADMIN_PASSWORD",
		.type = OPTION_SECRET,
		.offset = FIELD(admin_password),
		.min = 12,
		.max = 128,
		.help = "Its password; unset: one is generated and printed once"},
	{.name = "ALLOW_DEFAULT",
		.type = OPTION_STRING,
		.offset = FIELD(allow_default),
		.help = "CIDR blocks, separated by commas, that a new proxy admits without a password; unset: none"},
	{.name = "PUBLIC_HOST",
		.type = OPTION_STRING,
		.offset = FIELD(public_host),
		.max = 253,
		.help = "Host or IP under which clients reach the relays; unset: DOMAIN"},
	{.name = "PUBLIC_HTTP_PORT",
		.type = OPTION_U32,
		.offset = FIELD(public_http_port),
		.max = 65535,
		.help = "Public port of the shared HTTP way; 0: what live relays report"},
	{.name = "PUBLIC_TLS_PORT",
		.type = OPTION_U32,
		.offset = FIELD(public_tls_port),
		.max = 65535,
		.help = "Public port of the TLS way; 0: what live relays report"},
	{.name = "PUBLIC_PORT_START",
		.type = OPTION_U32,
		.offset = FIELD(public_port_start),
		.max = 65535,
		.help = "Endpoint n is at this port + n; 0: what live relays report"},
	{.name = "PUBLIC_PORT_END",
		.type = OPTION_U32,
		.offset = FIELD(public_port_end),
		.max = 65535,
		.help = "Last port of that range"},
	{.name = "PUBLIC_URLS",
		.type = OPTION_STRING,
		.offset = FIELD(public_urls),
		.help = "Origins, separated by commas, whose pages may use the API with a cookie; the first names change-IP links"},
	{.name = "API_TRUSTED_PROXIES",
		.type = OPTION_STRING,
		.offset = FIELD(api_trusted_proxies),
		.help = "CIDR blocks of reverse proxies whose X-Forwarded-For and -Proto are believed"},
	{.name = "NUMBER_REUSE_HOURS",
		.type = OPTION_U32,
		.offset = FIELD(number_reuse_hours),
		.fallback = "24",
		.max = 8760,
		.unit = "hours",
		.help = "How long the number of a deleted proxy stays unused"},
	{.name = "NOTIFY_ALLOW_PRIVATE",
		.type = OPTION_BOOL,
		.offset = FIELD(notify_allow_private),
		.fallback = "false",
		.help = "Whether notices may go to private addresses and over plain http; as the schedulers have it"},
};

const struct option_set api_options = {options, ARRAY_LEN(options)};

static bool load_trusted_proxies(struct api_config *config, struct err *err)
{
	struct slice rest = slice_from_str(config->api_trusted_proxies), item;

	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item, " ");
		if (config->trusted_proxy_count == API_TRUSTED_PROXIES_MAX)
			return err_set(err, ERR_LIMIT, "API_TRUSTED_PROXIES: more than %d blocks",
				API_TRUSTED_PROXIES_MAX);
		if (!ip_cidr_parse(item, &config->trusted_proxies[config->trusted_proxy_count]))
			return err_set(err, ERR_INVALID,
				"API_TRUSTED_PROXIES: %.*s is not a CIDR block such as 10.0.0.0/8",
				SLICE_ARG(item));
		config->trusted_proxy_count++;
	}
	return true;
}

/* scheme://host[:port], as a browser writes an origin. */
static bool is_origin(struct slice text)
{
	struct slice host = SLICE_NONE;

	if (slice_has_prefix(text, SLICE_LIT("https://")))
		host = slice_from(text, 8);
	else if (slice_has_prefix(text, SLICE_LIT("http://")))
		host = slice_from(text, 7);
	for (size_t i = 0; i < host.len; i++)
		if (host.data[i] <= ' ' || host.data[i] == '/' || host.data[i] == '@')
			return false;
	return host.len > 0;
}

static bool check_public(const struct api_config *config, struct err *err)
{
	struct slice rest = slice_from_str(config->public_urls), item;

	if ((config->public_port_start == 0) != (config->public_port_end == 0))
		return err_set(err, ERR_INVALID,
			"PUBLIC_PORT_START=%u and PUBLIC_PORT_END=%u: give both, or neither",
			config->public_port_start, config->public_port_end);
	if (config->public_port_end < config->public_port_start)
		return err_set(err, ERR_INVALID, "PUBLIC_PORT_END=%u: must not be below PUBLIC_PORT_START=%u",
			config->public_port_end, config->public_port_start);
	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item, " ");
		if (item.len > 0 && item.data[item.len - 1] == '/')
			item.len--;
		if (!is_origin(item))
			return err_set(err, ERR_INVALID,
				"PUBLIC_URLS: %.*s is not an origin such as https://proxy.example.com",
				SLICE_ARG(item));
	}
	return true;
}

static bool check_admin(const struct api_config *config, struct err *err)
{
	struct field_err why = {0};

	if (!validate_username(slice_from_str(config->admin_username), &why))
		return err_set(err, ERR_INVALID,
			"ADMIN_USERNAME=%s: must be 1 to 64 letters, digits and . _ - @",
			config->admin_username);
	if (config->admin_password && !password_rules_check(slice_from_str(config->admin_password),
					      slice_from_str(config->admin_username), "ADMIN_PASSWORD", &why))
		return err_set(err, ERR_INVALID,
			"ADMIN_PASSWORD: must be 12 to 128 printable characters, not the user name, and no common "
			"word with numbers");
	return true;
}

static bool load_allow_default(struct api_config *config, struct err *err)
{
	struct field_err why = {0};
	struct buf json;

	buf_init(&json, 0);
	bool ok = validate_allow_list(slice_from_str(config->allow_default), &json, &why);
	if (ok)
		config->allow_default_json = mem_strdup(buf_str(&json));
	else
		err_set(err, ERR_INVALID, "ALLOW_DEFAULT: %s is not a CIDR block such as 203.0.113.0/24",
			why.detail[0] ? why.detail : "an entry");
	buf_done(&json);
	return ok;
}

bool api_config_load(struct api_config *config, struct err *err)
{
	const struct option_set sets[] = {common_options, api_options};

	*config = (struct api_config){0};
	if (!config_load(sets, ARRAY_LEN(sets), config, err) ||
		!common_config_finish(&config->common, "api", err))
		return false;
	return check_public(config, err) && check_admin(config, err) && load_trusted_proxies(config, err) &&
	       load_allow_default(config, err);
}

void api_config_done(struct api_config *config)
{
	free(config->allow_default_json);
	config->allow_default_json = NULL;
}
