/* sched_config.c: see sched_config.h. */
#include "scheduler/sched_config.h"

#include "scheduler/notices/time_zone.h"
#include "shared/base/slice.h"
#include "shared/model/provider_names.h"

static const struct option options[] = {
	{.name = "KIOTPROXY_API_BASE",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, kiotproxy_api_base),
		.fallback = KIOTPROXY_API_REAL,
		.help = "Where KiotProxy's API is; without a slash at the end"},
	{.name = "PROVIDER_BASE_URLS",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, provider_base_urls),
		.help = "Other addresses of the other providers' APIs: name=url, separated by commas"},
	{.name = "HEALTH_CHECK_URL",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, health_check_url),
		.fallback = "http://www.gstatic.com/generate_204",
		.help = "Asked for through every upstream; any answer below 500 but 407 is healthy"},
	{.name = "IP_CHECK_URL",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, ip_check_url),
		.help = "A page that answers the caller's address as text or JSON: asked through each new "
			"upstream and compared with what the provider named; empty = never"},
	{.name = "HEALTH_CHECK_INTERVAL",
		.type = OPTION_U32,
		.offset = offsetof(struct sched_config, health_check_interval_s),
		.fallback = "30",
		.max = 86400,
		.unit = "s",
		.help = "Between two checks of an upstream; 0 = never"},
	{.name = "LEASE_MS",
		.type = OPTION_U32,
		.offset = offsetof(struct sched_config, lease_ms),
		.fallback = "6000",
		.min = 1000,
		.max = 60000,
		.unit = "ms",
		.help = "After a leader's crash another takes over within this and one second"},
	{.name = "PROVIDER_CONCURRENCY",
		.type = OPTION_U32,
		.offset = offsetof(struct sched_config, provider_concurrency),
		.fallback = "32",
		.min = 1,
		.max = 1024,
		.unit = "calls",
		.help = "At most so many calls to the provider at a time"},
	{.name = "CHECK_CONCURRENCY",
		.type = OPTION_U32,
		.offset = offsetof(struct sched_config, check_concurrency),
		.fallback = "64",
		.min = 1,
		.max = 4096,
		.unit = "checks",
		.help = "At most so many checks of upstreams at a time"},
	{.name = "TIMEZONE",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, timezone),
		.fallback = TIME_ZONE_DEFAULT,
		.help = "Time zone of notices: reminders come at nine in its morning"},
	{.name = "NOTIFY_PROXY_URL",
		.type = OPTION_SECRET,
		.offset = offsetof(struct sched_config, notify_proxy_url),
		.help = "Proxy through which notices are sent: http:// or socks5h://[user:password@]host:port; unset: directly"},
	{.name = "NOTIFY_ALLOW_PRIVATE",
		.type = OPTION_BOOL,
		.offset = offsetof(struct sched_config, notify_allow_private),
		.fallback = "false",
		.help = "Whether notices may go to private addresses and over plain http; as the api-nodes have it"},
	{.name = "TELEGRAM_API_BASE",
		.type = OPTION_STRING,
		.offset = offsetof(struct sched_config, telegram_api_base),
		.fallback = "https://api.telegram.org",
		.help = "Where Telegram's API is, or a server of one's own that passes calls on; without a slash at the end"},
};

static bool is_web_url(struct slice url)
{
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.data[i] <= ' ' || (unsigned char)url.data[i] >= 0x7f)
			return false;
	return (slice_has_prefix(url, SLICE_LIT("http://")) && url.len > 7) ||
	       (slice_has_prefix(url, SLICE_LIT("https://")) && url.len > 8);
}

static bool is_proxy_url(struct slice url)
{
	struct slice socks = SLICE_LIT("socks5h://");

	if (!slice_has_prefix(url, socks))
		return slice_has_prefix(url, SLICE_LIT("http://")) && is_web_url(url);
	return url.len > socks.len && url.data[url.len - 1] != '/';
}

/* "tmproxy=http://…,wwproxy=…": every name known, every address a web address. */
static bool base_urls_check(struct slice list, struct err *err)
{
	struct slice entry, name, url;

	while (list.len > 0) {
		slice_cut(list, ',', &entry, &list);
		if (!slice_cut(entry, '=', &name, &url) || !provider_name_sold(name) ||
			slice_eq_str(name, PROVIDER_DEFAULT) || !is_web_url(url))
			return err_set(err, ERR_INVALID,
				"PROVIDER_BASE_URLS: must be name=url, separated by commas; kiotproxy has "
				"KIOTPROXY_API_BASE");
	}
	return true;
}

bool sched_config_provider_base(
	const struct sched_config *config, struct slice provider, struct slice *ret_base)
{
	struct slice list = slice_from_str(config->provider_base_urls), entry, name;

	while (list.len > 0) {
		slice_cut(list, ',', &entry, &list);
		if (slice_cut(entry, '=', &name, ret_base) && slice_eq(name, provider))
			return true;
	}
	return false;
}

/* A function and not a constant: common_options' table lives in a library, and C wants constants here. */
size_t sched_option_sets(struct option_set ret_sets[SCHED_OPTION_SETS])
{
	ret_sets[0] = common_options;
	ret_sets[1] = (struct option_set){options, ARRAY_LEN(options)};
	return SCHED_OPTION_SETS;
}

bool sched_config_load(struct sched_config *config, struct err *err)
{
	struct option_set sets[SCHED_OPTION_SETS];

	if (!config_load(sets, sched_option_sets(sets), config, err) ||
		!common_config_finish(&config->common, "scheduler", err))
		return false;
	if (!is_web_url(slice_from_str(config->kiotproxy_api_base)))
		return err_set(
			err, ERR_INVALID, "KIOTPROXY_API_BASE: must be an http:// or https:// address");
	if (!base_urls_check(slice_from_str(config->provider_base_urls), err))
		return false;
	if (!is_web_url(slice_from_str(config->health_check_url)))
		return err_set(err, ERR_INVALID, "HEALTH_CHECK_URL: must be an http:// or https:// address");
	if (config->ip_check_url && !config->ip_check_url[0])
		config->ip_check_url = NULL;
	if (config->ip_check_url && !is_web_url(slice_from_str(config->ip_check_url)))
		return err_set(err, ERR_INVALID, "IP_CHECK_URL: must be an http:// or https:// address");
	if (!is_web_url(slice_from_str(config->telegram_api_base)))
		return err_set(err, ERR_INVALID, "TELEGRAM_API_BASE: must be an http:// or https:// address");
	if (config->notify_proxy_url && !is_proxy_url(slice_from_str(config->notify_proxy_url)))
		return err_set(err, ERR_INVALID,
			"NOTIFY_PROXY_URL: must be http://host:port or socks5h://host:port, with "
			"user:password@ before the host where needed");
	return time_zone_use(config->timezone, err);
}
