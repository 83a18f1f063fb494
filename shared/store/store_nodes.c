/* store_nodes.c: arguments of the scripts about nodes and traffic. */
#include "shared/store/store_nodes.h"

void store_heartbeat(struct store *s, struct slice node, uint64_t ttl_ms, struct store_fields fields,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_HEARTBEAT);
	store_call_text(&call, node);
	store_call_uint(&call, ttl_ms);
	store_call_fields(&call, fields);
	store_call_send(s, &call, done, arg);
}

void store_suspect_report(
	struct store *s, struct slice node, uint64_t id, struct slice reason, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SUSPECT_REPORT);
	store_call_text(&call, node);
	store_call_uint(&call, id);
	store_call_text(&call, reason);
	store_call_send(s, &call, done, arg);
}

void store_usage_flush(struct store *s, struct slice node, uint64_t seq, uint64_t minute_epoch,
	const struct store_usage *usage, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USAGE_FLUSH);
	store_call_text(&call, node);
	store_call_uint(&call, seq);
	store_call_uint(&call, minute_epoch);
	for (size_t i = 0; i < count; i++) {
		store_call_uint(&call, usage[i].id);
		store_call_uint(&call, usage[i].bytes_up);
		store_call_uint(&call, usage[i].bytes_down);
		store_call_uint(&call, usage[i].connections);
		store_call_uint(&call, usage[i].errors);
	}
	store_call_send(s, &call, done, arg);
}

void store_usage_read(
	struct store *s, uint32_t minutes, const uint64_t *ids, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_USAGE_READ);
	store_call_uint(&call, minutes);
	for (size_t i = 0; i < count; i++)
		store_call_uint(&call, ids[i]);
	store_call_send(s, &call, done, arg);
}

void store_rates_publish(struct store *s, struct slice json, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_RATES_PUBLISH);
	store_call_text(&call, json);
	store_call_send(s, &call, done, arg);
}

void store_fleet_read(struct store *s, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_FLEET_READ);
	store_call_send(s, &call, done, arg);
}
