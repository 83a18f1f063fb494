/*
 * fleet_json.c: see fleet_json.h. A heartbeat is a set of texts; which of them are shown, and as what, is one
 * table. Nothing that changes by mere time is shown of a living node, so that an idle fleet's frame stays the
 * same, and is not sent again.
 */
#include "api-node/fleet_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/change.h"
#include "shared/model/iso8601.h"
#include "shared/store/store_result.h"

enum {
	GONE_SHOWN_MS = 3600 * 1000, /* a node that vanished is listed so long */
	PROVIDER_AWAY = 3,           /* failed calls in a row that make a provider away */
	MEMORY_STEP = 64 * 1024,     /* finer differences of used memory are not shown */
};

/* A heartbeat's member → the node's. */
static const struct node_field {
	const char *text, *shown;
	enum { SHOWN_TEXT, SHOWN_NUMBER, SHOWN_TIME, SHOWN_FLAG } as;
} node_fields[] = {
	{"node", "node", SHOWN_TEXT},
	{"role", "role", SHOWN_TEXT},
	{"build", "build", SHOWN_TEXT},
	{"alive", "alive", SHOWN_FLAG},
	{"started", "started", SHOWN_TIME},
	{"threads", "threads", SHOWN_NUMBER},
	{"http_port", "http_port", SHOWN_NUMBER},
	{"port_start", "port_start", SHOWN_NUMBER},
	{"port_end", "port_end", SHOWN_NUMBER},
	{"listening", "listening", SHOWN_NUMBER},
	{"listen_failed", "listen_failed", SHOWN_NUMBER},
	{"routes", "endpoints", SHOWN_NUMBER},
	{"refused", "refused", SHOWN_NUMBER},
	{"connections", "connections", SHOWN_NUMBER},
	{"bytes_s", "bytes_s", SHOWN_NUMBER},
	{"api_port", "api_port", SHOWN_NUMBER},
	{"websockets", "websockets", SHOWN_NUMBER},
	{"jobs", "jobs", SHOWN_NUMBER},
	{"leader", "leads", SHOWN_FLAG},
	{"simulator", "simulator", SHOWN_FLAG},
};

/* Of a topic: where the store is. */
struct position {
	uint64_t gen, ver;
};

static uint64_t number_of(const struct json *node, const char *name)
{
	uint64_t number;

	return slice_parse_u64(json_str_of(node, name), &number) ? number : 0;
}

static void put_field(struct json_writer *w, const struct json *node, const struct node_field *field)
{
	struct slice text = json_str_of(node, field->text);

	if (!text.data)
		return;
	switch (field->as) {
	case SHOWN_TEXT: json_put_str(w, field->shown, text); break;
	case SHOWN_NUMBER: json_put_uint(w, field->shown, number_of(node, field->text)); break;
	case SHOWN_TIME: iso8601_put(w, field->shown, (int64_t)number_of(node, field->text)); break;
	case SHOWN_FLAG: json_put_bool(w, field->shown, slice_eq_str(text, "1")); break;
	}
}

/* What the node has of its topic, and how many versions it is behind: null when it has nothing of this
 * generation yet. */
static void put_version(struct json_writer *w, const struct json *node, const char *gen, const char *ver,
	struct position store)
{
	char text[VERSION_TEXT_BYTES];
	uint64_t have_gen = number_of(node, gen), have_ver = number_of(node, ver);

	if (!json_str_of(node, ver).data)
		return;
	version_text(have_gen, have_ver, text);
	json_put_cstr(w, "version", text);
	if (have_gen == store.gen)
		json_put_uint(w, "lag", store.ver > have_ver ? store.ver - have_ver : 0);
	else
		json_put_null(w, "lag");
}

static void put_node(struct json_writer *w, const struct json *node, const struct store_result *result)
{
	const struct position routes = {
		store_result_uint(result, "gen"), store_result_uint(result, "routes_ver")};
	const struct position records = {routes.gen, store_result_uint(result, "records_ver")};
	bool alive = slice_eq_str(json_str_of(node, "alive"), "1");

	json_object_begin(w);
	for (size_t i = 0; i < ARRAY_LEN(node_fields); i++)
		put_field(w, node, &node_fields[i]);
	put_version(w, node, "routes_gen", "routes_ver", routes);
	put_version(w, node, "records_gen", "records_ver", records);
	iso8601_put(w, "gone_since", alive ? 0 : (int64_t)number_of(node, "seen_at"));
	json_object_end(w);
}

static void put_nodes(struct json_writer *w, const struct json *list, const struct store_result *result)
{
	uint64_t now_ms = store_result_uint(result, "now_ms");

	json_key(w, "nodes");
	json_array_begin(w);
	for (const struct json *node = json_first(list); node; node = json_next(node)) {
		bool alive = slice_eq_str(json_str_of(node, "alive"), "1");
		if (alive || now_ms < number_of(node, "seen_at") + GONE_SHOWN_MS)
			put_node(w, node, result);
	}
	json_array_end(w);
}

static void put_leader(struct json_writer *w, struct slice leader)
{
	struct json *root = json_parse(leader, NULL, NULL);
	struct slice node = json_str_of(root, "node");

	if (node.data)
		json_put_str(w, "leader", node); /* never the token beside it */
	else
		json_put_null(w, "leader");
	json_free(root);
}

/* What the schedulers say of the vendors: the one that called last knows best. */
static void put_provider(struct json_writer *w, const struct json *list)
{
	const struct json *newest = NULL;
	uint64_t newest_ms = 0;

	for (const struct json *node = json_first(list); node; node = json_next(node)) {
		uint64_t at_ms = number_of(node, "vendor_at");
		if (at_ms > newest_ms) {
			newest_ms = at_ms;
			newest = node;
		}
	}
	json_key(w, "provider");
	if (!newest) {
		json_null(w);
		return;
	}
	json_object_begin(w);
	json_put_cstr(w, "state", number_of(newest, "vendor_failures") >= PROVIDER_AWAY ? "away" : "ok");
	json_put_uint(w, "failures_in_a_row", number_of(newest, "vendor_failures"));
	iso8601_put(w, "last_call_at", (int64_t)newest_ms);
	json_object_end(w);
}

static bool has_simulator(const struct json *list)
{
	for (const struct json *node = json_first(list); node; node = json_next(node))
		if (slice_eq_str(json_str_of(node, "simulator"), "1"))
			return true;
	return false;
}

/* "name:value" lines; SLICE_NONE when there is no such name. */
static struct slice info_text(struct slice info, const char *name)
{
	struct slice line, key, value;

	while (info.len > 0) {
		slice_cut(info, '\n', &line, &info);
		if (slice_cut(slice_trim(line, "\r"), ':', &key, &value) && slice_eq_str(key, name))
			return value;
	}
	return SLICE_NONE;
}

static uint64_t info_number(struct slice info, const char *name)
{
	uint64_t number;

	return slice_parse_u64(info_text(info, name), &number) ? number : 0;
}

static const char *append_only_file(struct slice info)
{
	if (!info_number(info, "aof_enabled"))
		return "off";
	return slice_eq_str(info_text(info, "aof_last_write_status"), "ok") &&
			       slice_eq_str(info_text(info, "aof_last_bgrewrite_status"), "ok")
		       ? "ok"
		       : "failing";
}

static void put_redis(struct json_writer *w, struct slice info)
{
	json_key(w, "redis");
	json_object_begin(w);
	json_put_str(w, "version", info_text(info, "redis_version"));
	json_put_uint(w, "used_memory_bytes", info_number(info, "used_memory") / MEMORY_STEP * MEMORY_STEP);
	json_put_uint(w, "max_memory_bytes", info_number(info, "maxmemory"));
	json_put_str(w, "eviction", info_text(info, "maxmemory_policy"));
	json_put_cstr(w, "aof", append_only_file(info));
	json_put_uint(w, "clients", info_number(info, "connected_clients"));
	json_object_end(w);
}

static void put_position(struct json_writer *w, const char *name, uint64_t gen, uint64_t ver)
{
	char text[VERSION_TEXT_BYTES];

	version_text(gen, ver, text);
	json_put_cstr(w, name, text);
}

bool fleet_write_members(struct json_writer *w, const struct store_result *result, struct err *err)
{
	const struct json_limits limits = {.max_bytes = 4 * 1024 * 1024, .max_depth = 8};
	struct json *list = json_parse(store_result_str(result, "nodes"), &limits, err);
	uint64_t gen = store_result_uint(result, "gen");

	if (!list)
		return err_prefix(err, "the heartbeats");
	json_put_uint(w, "generation", gen);
	put_position(w, "routes_version", gen, store_result_uint(result, "routes_ver"));
	put_position(w, "records_version", gen, store_result_uint(result, "records_ver"));
	put_leader(w, store_result_str(result, "leader"));
	json_put_bool(w, "simulator", has_simulator(list));
	put_provider(w, list);
	json_key(w, "jobs");
	json_object_begin(w);
	json_put_uint(w, "waiting", store_result_uint(result, "jobs"));
	json_put_uint(w, "dead", store_result_uint(result, "dead"));
	json_object_end(w);
	put_redis(w, store_result_str(result, "info"));
	put_nodes(w, list, result);
	json_free(list);
	return true;
}
