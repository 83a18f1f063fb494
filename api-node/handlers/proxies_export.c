/* proxies_export.c: the proxies of a list, or those named, as a file: a spreadsheet, JSON, or lines in the
 * forms that tools take (copy_format.h). */
#include <stdio.h>

#include "api-node/api.h"
#include "api-node/handlers/export_csv.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_selection.h"
#include "api-node/handlers/query.h"
#include "api-node/link_url.h"
#include "api-node/public_ports.h"
#include "api-node/record_json.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/model/copy_format.h"
#include "shared/model/iso8601.h"
#include "shared/model/proxy.h"

enum export_kind { EXPORT_CSV, EXPORT_JSON, EXPORT_LINES };
enum export_host { HOST_NAME, HOST_IP };

/* What the request asks for beside which proxies. */
struct export_form {
	enum export_kind kind;
	enum copy_format format; /* of EXPORT_LINES */
	char template_text[COPY_TEMPLATE_MAX_BYTES + 1];
	enum export_host host;
	enum endpoint_way way;  /* ENDPOINT_WAY_COUNT: the recommended one of each */
	struct slice server_ip; /* with HOST_IP */
};

static const struct {
	const char *content_type, *ending;
} FILES[] = {
	[EXPORT_CSV] = {"text/csv; charset=utf-8", "csv"},
	[EXPORT_JSON] = {"application/json", "json"},
	[EXPORT_LINES] = {"text/plain; charset=utf-8", "txt"},
};

/* The text of a parameter, "" when absent or too long: no value of ours is that long. */
static struct slice parameter(const struct request *req, const char *name, char *text, size_t size)
{
	bool bad;

	if (!request_query(req, name, text, size, &bad))
		snprintf(text, size, bad ? "?" : "");
	return slice_from_str(text);
}

static bool read_format(struct request *req, struct export_form *form)
{
	char text[32], why[256];
	struct slice format = parameter(req, "format", text, sizeof(text));

	form->kind = slice_eq_str(format, "csv")    ? EXPORT_CSV
		     : slice_eq_str(format, "json") ? EXPORT_JSON
						    : EXPORT_LINES;
	if (form->kind != EXPORT_LINES || copy_format_parse(format, &form->format))
		return true;
	snprintf(why, sizeof(why), "%s csv, json, %s.",
		format.len ? "format must be one of" : "format is missing; it is one of",
		copy_format_names());
	return query_refuse(req, "format", why);
}

static bool read_template(struct request *req, struct export_form *form)
{
	struct err err = {0};
	bool bad;
	bool given = request_query(req, "template", form->template_text, sizeof(form->template_text), &bad);

	if (bad)
		return query_refuse(req, "template", "template may have at most 1024 bytes.");
	if (form->kind != EXPORT_LINES || form->format != COPY_TEMPLATE)
		return !given || query_refuse(req, "template", "template is for format=template only.");
	if (!given || form->template_text[0] == '\0')
		return query_refuse(req, "template",
			"format=template needs a template, such as {host}:{port}:{user}:{pass}.");
	if (copy_template_check(slice_from_str(form->template_text), &err))
		return true;
	return query_refuse(req, "template", err.msg);
}

static bool read_way(struct request *req, struct export_form *form)
{
	char text[16];
	struct slice way = parameter(req, "way", text, sizeof(text));

	form->way = ENDPOINT_WAY_COUNT;
	if (slice_eq_str(way, "port"))
		form->way = WAY_PORT;
	else if (slice_eq_str(way, "credentials"))
		form->way = WAY_CREDENTIALS;
	else if (way.len > 0)
		return query_refuse(req, "way", "way must be port or credentials.");
	if (form->kind != EXPORT_LINES || form->format != COPY_HOST_PORT)
		return true;
	if (form->way == WAY_CREDENTIALS)
		return query_refuse(req, "way",
			"host_port has no place for a user: the shared port would not know whose it is.");
	form->way = WAY_PORT;
	return true;
}

/* We resolve no names: the server's address is known where the configuration says it. */
static bool read_host(struct request *req, struct export_form *form)
{
	const struct public_access *access = public_ports_access(req->api->public_ports);
	char text[16];
	struct slice host = parameter(req, "host", text, sizeof(text));
	struct ip_addr addr;

	form->host = slice_eq_str(host, "ip") ? HOST_IP : HOST_NAME;
	if (form->host == HOST_NAME)
		return host.len == 0 || slice_eq_str(host, "name") ||
		       query_refuse(req, "host", "host must be name or ip.");
	form->server_ip = ip_addr_parse(access->host, &addr) ? access->host : access->domain;
	if (ip_addr_parse(form->server_ip, &addr))
		return true;
	reply_problem(req, 409, "err.bad_request", NULL,
		"The server's IP is not known here: PUBLIC_HOST or DOMAIN must be it.");
	return false;
}

/* A line that no relay would understand is of no use. */
static bool check_spoken(struct request *req, const struct export_form *form)
{
	if (form->kind != EXPORT_LINES || !copy_format_is_socks5(form->format) ||
		public_ports_access(req->api->public_ports)->socks5)
		return true;
	reply_problem(req, 409, "err.no_socks5", NULL, NULL);
	return false;
}

static bool read_form(struct request *req, struct export_form *form)
{
	return read_format(req, form) && read_template(req, form) && read_way(req, form) &&
	       read_host(req, form) && check_spoken(req, form);
}

/* HTTP on the way asked for; SOCKS5 is at the same host and port. */
static bool choose_endpoint(const struct request *req, const struct export_form *form,
	const struct proxy *proxy, char host[ENDPOINT_HOST_BYTES], uint16_t *ret_port)
{
	struct endpoint endpoints[ENDPOINT_MAX];
	struct ip_addr addr;
	size_t count = endpoint_list(
		public_ports_access(req->api->public_ports), proxy->subdomain, proxy->number, endpoints);

	for (size_t i = 0; i < count; i++) {
		if (!slice_eq_str(SLICE_LIT("http"), endpoints[i].scheme) ||
			(form->way != ENDPOINT_WAY_COUNT && endpoints[i].way != form->way))
			continue;
		struct slice name =
			form->host == HOST_IP ? form->server_ip : slice_from_str(endpoints[i].host);
		bool v6 = ip_addr_parse(name, &addr) && !ip_addr_is_v4(&addr);
		snprintf(host, ENDPOINT_HOST_BYTES, v6 ? "[%.*s]" : "%.*s", SLICE_ARG(name));
		*ret_port = endpoints[i].port;
		return true;
	}
	return false;
}

static void put_line(struct buf *out, const struct export_form *form, const struct export_row *row)
{
	const struct copy_values values = {
		.host = row->host,
		.port = row->port,
		.user = row->record->proxy->subdomain,
		.pass = slice_from_str(row->record->password),
		.rotate_link = row->rotate_link,
		.name = row->record->proxy->key_name,
	};

	copy_line(out, form->format, slice_from_str(form->template_text), &values);
	buf_append_char(out, '\n');
}

/* False when the proxy cannot be reached by the way asked for: a line of it would not work. */
static bool put_row(const struct request *req, const struct export_form *form, const struct record *record,
	struct buf *out)
{
	char host[ENDPOINT_HOST_BYTES] = "";
	struct export_row row = {.record = record};
	struct err err = {0};
	struct buf link;

	bool reachable = choose_endpoint(req, form, record->proxy, host, &row.port);
	if (!reachable && form->kind == EXPORT_LINES)
		return false;
	buf_init(&link, 0);
	if (!link_url_of_proxy(req->api, record->proxy, &link, &err))
		log_warning("a sealed field cannot be opened, showing it empty",
			log_int("proxy", record->proxy->id), log_str("field", "link_token"), log_err(&err));
	row.host = slice_from_str(host);
	row.rotate_link = buf_slice(&link);
	if (form->kind == EXPORT_CSV)
		export_csv_row(out, &row);
	else
		put_line(out, form, &row);
	secret_wipe(&link);
	buf_done(&link);
	return true;
}

static void put_rows(struct request *req, const struct export_form *form,
	const struct proxy_selection *selection, struct buf *body)
{
	size_t skipped = 0;

	if (form->kind == EXPORT_CSV)
		export_csv_begin(body);
	for (size_t i = 0; i < selection->count; i++)
		skipped += !put_row(req, form, selection->rows[i], body);
	if (skipped > 0)
		reply_header(req, "X-Skipped-Count", "%zu", skipped);
}

static void reply_file(struct request *req, enum export_kind kind, struct buf *body)
{
	char now[ISO8601_TEXT_BYTES];

	iso8601_text(records_now_ms(req->api->records), now);
	reply_header(req, "Content-Disposition", "attachment; filename=\"proxies-%.10s.%s\"", now,
		FILES[kind].ending);
	reply_body(req, 200, FILES[kind].content_type, body);
}

void proxies_export(struct request *req)
{
	struct export_form form = {0};
	struct proxy_selection selection;
	struct list_query query;
	struct buf body;

	if (!proxy_selection_query(req, &query))
		return;
	if (!read_form(req, &form)) {
		list_query_done(&query);
		return;
	}
	proxy_selection_make(req, &query, &selection);
	buf_init(&body, 0);
	if (form.kind == EXPORT_JSON)
		records_write(&body, req->api, selection.rows, selection.count);
	else
		put_rows(req, &form, &selection, &body);
	reply_header(req, "X-Total-Count", "%zu", selection.total);
	proxy_selection_done(&selection);
	list_query_done(&query);
	reply_file(req, form.kind, &body);
}
