/* admin_api.c: see admin_api.h. */
#include "tests/kiotproxy-sim/admin_api.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/kiotproxy-sim/json_text.h"
#include "tests/kiotproxy-sim/query.h"

typedef unsigned long long ull;

static void answer(struct http_conn *conn, unsigned status, struct buf *json)
{
	http_reply(conn, status, "application/json", NULL, buf_slice(json));
	buf_done(json);
}

static void answer_ok(struct http_conn *conn)
{
	http_reply(conn, 200, "application/json", NULL, SLICE_LIT("{\"ok\":true}"));
}

static void answer_wrong(struct http_conn *conn, unsigned status, const char *why)
{
	struct buf b;

	buf_init(&b, 0);
	buf_append_str(&b, "{\"ok\":false,\"error\":");
	json_text(&b, slice_from_str(why));
	buf_append_char(&b, '}');
	answer(conn, status, &b);
}

static void write_calls(struct buf *b, const uint64_t calls[CALL_COUNT])
{
	buf_printf(b, "\"calls\":{\"new\":%llu,\"current\":%llu,\"out\":%llu}", (ull)calls[CALL_NEW],
		(ull)calls[CALL_CURRENT], (ull)calls[CALL_OUT]);
}

static void write_conns(struct buf *b, const struct upstream_counts *c)
{
	buf_printf(b, "\"connections\":{\"opened\":%llu,\"open\":%llu}", (ull)c->opened, (ull)c->open);
}

static void write_key(struct buf *b, const struct key_state *key)
{
	const struct upstream *up = key->current;

	buf_append_str(b, "{\"key\":");
	json_text(b, key->name);
	buf_append_char(b, ',');
	write_calls(b, key->counts.calls);
	buf_printf(b, ",\"rotations\":%llu,\"same_ip\":%llu,", (ull)key->counts.rotations,
		(ull)key->counts.same_ip);
	write_conns(b, &key->counts.conns);
	buf_printf(b, ",\"mode\":\"%s\",\"next_request_at\":%llu,\"upstream\":",
		behaviour_mode_name(key->rule.mode), (ull)key->next_request_ms);
	if (up) {
		buf_printf(b,
			"{\"host\":\"%s\",\"port\":%u,\"location\":\"%s\",\"alive\":%s,\"expires_at\":%llu,",
			up->host, up->port, up->location, up->state == UPSTREAM_LIVE ? "true" : "false",
			(ull)key->expires_ms);
		write_conns(b, &up->counts);
		buf_append_char(b, '}');
	} else {
		buf_append_str(b, "null");
	}
	buf_append_char(b, '}');
}

static struct key_counts counts_sum(const struct key_table *keys)
{
	struct key_counts sum = {0};
	size_t cursor = 0;
	const struct key_state *key;

	while ((key = hash_map_next(&keys->keys, &cursor))) {
		sum.rotations += key->counts.rotations;
		sum.same_ip += key->counts.same_ip;
		sum.conns.opened += key->counts.conns.opened;
		sum.conns.open += key->counts.conns.open;
	}
	return sum;
}

static void get_stats(struct admin_api *admin, struct http_conn *conn, const struct http_request *request)
{
	const struct key_table *keys = admin->vendor->keys;
	struct key_counts sum = counts_sum(keys);
	const struct key_state *key;
	const char *separator = "";
	size_t cursor = 0;
	struct buf b;

	buf_init(&b, 0);
	buf_append_str(&b, "{\"totals\":{");
	write_calls(&b, admin->vendor->counts.calls);
	buf_printf(&b, ",\"refused_calls\":%llu,\"keys\":%zu,\"rotations\":%llu,\"same_ip\":%llu,",
		(ull)admin->vendor->counts.refused, keys->keys.len, (ull)sum.rotations, (ull)sum.same_ip);
	write_conns(&b, &sum.conns);
	buf_printf(&b, ",\"live_upstreams\":%zu,\"refused_connections\":%llu},\"origin\":{\"requests\":%llu}",
		keys->pool->live.len, (ull)admin->proxy->refused, (ull)admin->origin->server.requests);
	if (slice_eq_str(request->query, "keys=1")) {
		buf_append_str(&b, ",\"keys\":[");
		while ((key = hash_map_next(&keys->keys, &cursor))) {
			buf_append_str(&b, separator);
			write_key(&b, key);
			separator = ",";
		}
		buf_append_char(&b, ']');
	}
	buf_append_char(&b, '}');
	answer(conn, 200, &b);
}

static void get_log(struct admin_api *admin, struct http_conn *conn, const struct http_request *request)
{
	struct slice rest = request->query, name;
	uint64_t since = 0;
	char value[24];
	struct buf b;

	while (query_next(&rest, &name, value, sizeof(value))) {
		if (!slice_eq_str(name, "since") || !slice_parse_u64(slice_from_str(value), &since)) {
			answer_wrong(conn, 400, "the log takes since=N");
			return;
		}
	}
	buf_init(&b, 0);
	call_log_write(admin->vendor->log, since, &b);
	answer(conn, 200, &b);
}

/* What counts upwards begins at 0 again; what is open now stays. The log and its numbers go on. */
static void post_reset_counters(struct admin_api *admin, struct http_conn *conn)
{
	struct key_table *keys = admin->vendor->keys;
	struct key_state *key;
	size_t cursor = 0;

	while ((key = hash_map_next(&keys->keys, &cursor))) {
		uint64_t open = key->counts.conns.open;

		key->counts = (struct key_counts){.conns = {.opened = open, .open = open}};
		if (key->current)
			key->current->counts.opened = key->current->counts.open;
	}
	admin->vendor->counts = (struct vendor_counts){0};
	admin->proxy->refused = 0;
	admin->origin->server.requests = 0;
	answer_ok(conn);
}

static void post_behaviour(struct http_conn *conn, const struct http_request *request, struct behaviour *rule,
	struct key_settings *settings)
{
	cJSON *json = cJSON_ParseWithLength(request->body.data ? request->body.data : "", request->body.len);
	struct err err = {0};

	if (!json)
		answer_wrong(conn, 400, "the body is no JSON");
	else if (!behaviour_parse(json, rule, settings, &err))
		answer_wrong(conn, 400, err.msg);
	else
		answer_ok(conn);
	cJSON_Delete(json);
}

static void post_rotate(struct http_conn *conn, struct key_state *key)
{
	struct err err = {0};
	struct buf b;

	if (!key_rotate(key, REGION_RANDOM, &err)) {
		answer_wrong(conn, 503, err.msg);
		return;
	}
	buf_init(&b, 0);
	write_key(&b, key);
	answer(conn, 200, &b);
}

static void post_kill(struct http_conn *conn, struct key_state *key)
{
	if (!key->current) {
		answer_wrong(conn, 409, "the key has no upstream");
		return;
	}
	upstream_kill(key->current);
	key->table->changes++;
	answer_ok(conn);
}

/* `rest` is what follows /admin/keys/: <key>, <key>/rotate or <key>/kill; the key is percent-encoded. */
static void handle_key(struct admin_api *admin, struct http_conn *conn, const struct http_request *request,
	struct slice rest)
{
	struct key_table *keys = admin->vendor->keys;
	bool post = slice_eq_str(request->head.method, "POST");
	struct slice encoded, action;
	struct key_state *key;
	char name[SIM_KEY_MAX + 1];

	slice_cut(rest, '/', &encoded, &action);
	if (!percent_decode(encoded, '+', name, sizeof(name)) || !key_name_is_good(slice_from_str(name))) {
		answer_wrong(conn, 400, "this is not a key");
		return;
	}
	key = post ? key_table_get(keys, slice_from_str(name)) : key_table_find(keys, slice_from_str(name));
	if (!key)
		answer_wrong(conn, post ? 503 : 404, post ? "too many keys" : "this key was never used");
	else if (post && action.len == 0)
		post_behaviour(conn, request, &key->rule, key_own_settings(key));
	else if (post && slice_eq_str(action, "rotate"))
		post_rotate(conn, key);
	else if (post && slice_eq_str(action, "kill"))
		post_kill(conn, key);
	else if (!post && action.len == 0) {
		struct buf b;

		buf_init(&b, 0);
		write_key(&b, key);
		answer(conn, 200, &b);
	} else
		answer_wrong(conn, 404, "there is no such call");
}

void admin_api_handle(struct http_conn *conn, const struct http_request *request, void *arg)
{
	static const struct slice keys_prefix = {
		ADMIN_API_PREFIX "keys/", sizeof(ADMIN_API_PREFIX "keys/") - 1};
	struct admin_api *admin = arg;
	struct slice call = slice_from(request->path, sizeof(ADMIN_API_PREFIX) - 1);
	bool post = slice_eq_str(request->head.method, "POST");

	if (!post && !slice_eq_str(request->head.method, "GET"))
		answer_wrong(conn, 405, "GET or POST");
	else if (request->body_bytes > request->body.len)
		answer_wrong(conn, 413, "the body is too long");
	else if (slice_has_prefix(request->path, keys_prefix))
		handle_key(admin, conn, request, slice_from(request->path, keys_prefix.len));
	else if (post && slice_eq_str(call, "default"))
		post_behaviour(conn, request, &admin->vendor->keys->default_rule,
			&admin->vendor->keys->default_settings);
	else if (post && slice_eq_str(call, "reset-counters"))
		post_reset_counters(admin, conn);
	else if (!post && slice_eq_str(call, "stats"))
		get_stats(admin, conn, request);
	else if (!post && slice_eq_str(call, "log"))
		get_log(admin, conn, request);
	else
		answer_wrong(conn, 404, "there is no such call");
}
