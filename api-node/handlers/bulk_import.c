/*
 * bulk_import.c: POST /api/proxies/bulk-import: many keys in one call.
 *
 *	take the defaults → take the text apart → each row: malformed | given twice | good
 *	  dry run: which of the good keys are in use → preview
 *	  else:    reserve one run of ids → proxy_create.lua for each, a window of them at a time
 *
 * Nobody waits for the provider: rows are created pending, and the clock asks for their upstreams. A key that
 * the provider refuses becomes key_invalid on its record.
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/bulk_run.h"
#include "api-node/handlers/create_defaults.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/import_row.h"
#include "api-node/handlers/import_rows.h"
#include "api-node/handlers/key_holders.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/public_ports.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/endpoint.h"
#include "shared/model/iso8601.h"
#include "shared/model/mask.h"
#include "shared/model/provider_names.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

enum { IMPORT_PROVIDER_BYTES = 32, IMPORT_FIRST_JOB_BY_CLOCK = 2 };

struct import {
	struct proxy_form defaults; /* owned */
	char provider[IMPORT_PROVIDER_BYTES];
	struct import_rows rows; /* owned */
	uint64_t first_id;
	enum { IMPORT_REAL, IMPORT_DRY } kind;
};

static void import_free(void *own)
{
	struct import *import = own;

	proxy_form_done(&import->defaults);
	import_rows_done(&import->rows);
	free(import);
}

/* --- results --- */

/* What was read from the line, over what holds for all: what the proxy has, or would have. */
static void put_parsed(
	struct json_writer *w, const struct import *import, const struct key_line *line, const char *mask)
{
	struct proxy_form form;
	struct slice value;
	char time[ISO8601_TEXT_BYTES];
	int64_t at_ms = 0;

	import_row_form(&import->defaults, line, &form);
	json_put_cstr(w, "key", mask);
	if (proxy_form_get(&form, "key_name", &value))
		json_put_str(w, "key_name", value);
	else
		json_put_null(w, "key_name");
	if (proxy_form_get(&form, "region", &value))
		json_put_str(w, "region", value);
	json_put_raw(w, "tags", proxy_form_get(&form, "tags", &value) ? value : SLICE_LIT("[]"));
	if (proxy_form_get(&form, "paid_until", &value) && slice_parse_i64(value, &at_ms) && at_ms > 0) {
		iso8601_text(at_ms, time);
		json_put_cstr(w, "paid_until", time);
	} else {
		json_put_null(w, "paid_until");
	}
	proxy_form_done(&form);
}

static void begin_row(struct bulk_item *item, enum bulk_outcome outcome, struct json_writer *w)
{
	const struct import *import = item->bulk->own;
	const struct import_row *row = &import->rows.list[item->index];
	char mask[MASK_TEXT_BYTES];

	mask_key(row->line.key, mask);
	bulk_result_begin(item, outcome, w);
	json_put_uint(w, "line", row->line.line);
	if (row->kind != IMPORT_ROW_BAD) /* what is none cannot be known from its first letters */
		put_parsed(w, import, &row->line, mask);
}

static void end_bad(struct bulk_item *item, const struct import_row *row)
{
	struct json_writer w;

	begin_row(item, BULK_MALFORMED, &w);
	bulk_put_field(&w, &row->err);
	bulk_result_end(item, &w);
}

static void end_repeated(struct bulk_item *item, const struct import_row *row)
{
	struct json_writer w;
	char params[48];

	snprintf(params, sizeof(params), "{\"line\":%zu}", row->first->line.line);
	begin_row(item, BULK_DUPLICATE, &w);
	bulk_put_message(&w, "err.key_repeated", params, NULL);
	bulk_result_end(item, &w);
}

static void end_duplicate(struct bulk_item *item, uint64_t holder_id)
{
	const struct request *req = item->bulk->req;
	const struct record *other = records_find(req->api->records, holder_id);
	bool visible = other && session_may(&req->caller.who, MAY_SEE_PROXY, other->proxy->user_id);
	struct json_writer w, params;
	struct buf text;

	buf_init(&text, 0);
	json_writer_init(&params, &text);
	json_object_begin(&params);
	if (visible)
		json_put_str(&params, "proxy", other->proxy->subdomain);
	json_object_end(&params);
	begin_row(item, BULK_DUPLICATE, &w);
	if (visible)
		json_put_uint(&w, "proxy_id", holder_id);
	bulk_put_message(&w, visible ? "err.key_duplicate" : "err.key_in_use", buf_str(&text), NULL);
	bulk_result_end(item, &w);
	buf_done(&text);
}

static void end_created(struct bulk_item *item, const struct store_result *result)
{
	const struct public_access *access = public_ports_access(item->bulk->req->api->public_ports);
	struct slice subdomain = store_result_str(result, "subdomain");
	int64_t number = store_result_int(result, "number");
	char endpoint[ENDPOINT_NAME_BYTES];
	struct json_writer w;

	bulk_keep_version(item->bulk, result);
	endpoint_name(access, subdomain, number, endpoint);
	begin_row(item, BULK_CREATED, &w);
	json_put_str(&w, "subdomain", subdomain);
	json_put_int(&w, "number", number);
	json_put_cstr(&w, "endpoint", endpoint);
	bulk_result_end(item, &w);
}

static void on_created(const struct store_result *result, void *arg)
{
	struct bulk_item *item = arg;

	if (result->status == STORE_OK) {
		end_created(item, result);
		return;
	}
	item->id = 0; /* reserved, and not used */
	if (result->status == STORE_DUPLICATE_KEY)
		end_duplicate(item, store_result_uint(result, "proxy_id"));
	else
		bulk_refuse_result(item, BULK_REFUSED, result);
}

static void create(struct bulk_item *item, struct import *import, const struct import_row *row)
{
	struct request *req = item->bulk->req;
	struct proxy_form form;
	struct slice password;
	struct err err = {0};

	item->id = import->first_id + row->nth;
	import_row_form(&import->defaults, &row->line, &form);
	if (!proxy_form_get(&form, "password", &password))
		proxy_secrets_generate_password(&form);
	if (proxy_secrets_seal(&form, req->api->keyring, item->id, slice_from_str(import->provider), &err))
		store_proxy_create(
			req->api->store, item->id, actor_of(req), proxy_form_fields(&form), on_created, item);
	else
		bulk_refuse(item, BULK_REFUSED, "err.unknown", NULL, NULL);
	proxy_form_done(&form);
}

static void start(struct bulk_item *item)
{
	struct import *import = item->bulk->own;
	const struct import_row *row = &import->rows.list[item->index];
	struct json_writer w;

	if (row->kind == IMPORT_ROW_BAD) {
		end_bad(item, row);
	} else if (row->kind == IMPORT_ROW_REPEATED) {
		end_repeated(item, row);
	} else if (import->kind == IMPORT_REAL) {
		create(item, import, row);
	} else if (row->holder_id > 0) {
		end_duplicate(item, row->holder_id);
	} else {
		begin_row(item, BULK_NEW, &w);
		bulk_result_end(item, &w);
	}
}

static void finish(struct bulk *bulk)
{
	const struct import *import = bulk->own;
	size_t ok = bulk->counts[BULK_CREATED] + bulk->counts[BULK_NEW], bad = bulk->count - ok;
	struct json_writer w;
	struct buf body;
	char params[96];

	if (bulk_reply_lost(bulk))
		return;
	snprintf(params, sizeof(params), "{\"ok\":%zu,\"bad\":%zu,\"n\":%zu}", ok, bad, bulk->count);
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_bool(&w, "dry_run", import->kind == IMPORT_DRY);
	json_put_uint(&w, "n", bulk->count);
	json_put_uint(&w, "ok", ok);
	json_put_uint(&w, "bad", bad);
	bulk_put_message(&w, import->kind == IMPORT_DRY ? "msg.import_preview" : "msg.import", params, NULL);
	if (bulk->version[0])
		json_put_cstr(&w, "version", bulk->version);
	bulk_put_results(&w, bulk);
	json_object_end(&w);
	reply_json(bulk->req, 200, &body);
}

static const struct bulk_ops ops = {.start = start, .finish = finish, .own_free = import_free};

/* --- which keys are in use, for a preview --- */

static void on_holders(struct request *req, const uint64_t *ids, size_t count)
{
	struct bulk *bulk = req->work;
	struct import *import = bulk->own;

	for (size_t i = 0; i < import->rows.count; i++)
		if (import->rows.list[i].kind == IMPORT_ROW_GOOD && import->rows.list[i].nth < count)
			import->rows.list[i].holder_id = ids[import->rows.list[i].nth];
	bulk_run(bulk);
}

static void preview(struct request *req, const struct import *import)
{
	struct slice *keys = mem_alloc(import->rows.good * sizeof(*keys));

	for (size_t i = 0; i < import->rows.count; i++)
		if (import->rows.list[i].kind == IMPORT_ROW_GOOD)
			keys[import->rows.list[i].nth] = import->rows.list[i].line.key;
	key_holders_read(req, slice_from_str(import->provider), keys, import->rows.good, on_holders);
	free(keys);
}

static void on_ids(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct bulk *bulk = req->work;
	struct import *import = bulk->own;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	import->first_id = store_result_uint(result, "first_id");
	bulk_run(bulk);
}

/* --- reading the request --- */

static bool take_keys(struct import *import, const struct json *body, struct field_err *err)
{
	bool kiotproxy = strcmp(import->provider, PROVIDER_DEFAULT) == 0;
	bool own_name = kiotproxy && json_member(body, "kiotproxy_keys");
	const char *name = own_name ? "kiotproxy_keys" : "provider_keys";
	const char *other = own_name ? "provider_keys" : "kiotproxy_keys"; /* must not be lost in silence */
	const struct json *keys = json_member(body, name);

	if (json_member(body, other))
		return field_err_set(err, other, "err.unknown_field");
	if (!keys)
		return field_err_set(err, kiotproxy ? other : name, "err.required");
	return import_rows_take(&import->rows, keys, name, err);
}

static bool take_defaults(struct request *req, struct import *import, struct field_err *err)
{
	static const char *const own[] = {"kiotproxy_keys", "provider_keys", "dry_run"};
	static const char *const not_for_all[] = {"kiotproxy_key", "provider_key", "upstream"};
	const struct json *dry_run = json_member(req->json, "dry_run");
	struct slice provider = SLICE_LIT(PROVIDER_DEFAULT);
	bool dry = false;

	if (dry_run && !json_bool(dry_run, &dry))
		return field_err_wanted(err, "dry_run", "err.type", "true or false");
	import->kind = dry ? IMPORT_DRY : IMPORT_REAL;
	if (!proxy_form_take_others(&import->defaults, req->json, FORM_CREATE, own, ARRAY_LEN(own), err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(not_for_all); i++)
		if (json_member(req->json, not_for_all[i]))
			return field_err_set(err, not_for_all[i], "err.unknown_field");
	if (proxy_form_get(&import->defaults, "provider", &provider) && !provider_name_sold(provider)) {
		field_err_wanted(err, "provider", "err.choice", provider_names_sold_list());
		return field_err_value(err, provider);
	}
	ensure(slice_copy(provider, import->provider, sizeof(import->provider)));
	proxy_form_set(&import->defaults, "provider", slice_from_str(import->provider));
	proxy_form_set_int(&import->defaults, "first_job", IMPORT_FIRST_JOB_BY_CLOCK);
	create_defaults(req, &import->defaults);
	return true;
}

void proxies_bulk_import(struct request *req)
{
	struct import *import = mem_zalloc(sizeof(*import));
	struct field_err err = {0};

	proxy_form_init(&import->defaults);
	if (!take_defaults(req, import, &err) || !take_keys(import, req->json, &err)) {
		import_free(import);
		field_reply(req, &err);
		return;
	}
	struct bulk *bulk = bulk_new(req, import->rows.count, &ops, import);
	if (import->rows.good == 0)
		bulk_run(bulk);
	else if (import->kind == IMPORT_DRY)
		preview(req, import);
	else
		store_id_take_once(req->api->store, (uint32_t)import->rows.good,
			slice_from_str(req->idempotency_scope), on_ids, req);
}
