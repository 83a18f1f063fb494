/* api_metrics.c: see api_metrics.h. */
#include "api-node/api_metrics.h"

#include "api-node/api.h"
#include "api-node/push/push.h"
#include "api-node/records.h"
#include "shared/admin/metrics_writer.h"
#include "shared/base/proc.h"
#include "shared/model/change.h"
#include "shared/store/store.h"

static bool on_ready(void *arg, struct slice query, struct buf *reason)
{
	const struct api_readiness *readiness = arg;
	const struct records *records = readiness->api->records;
	uint64_t generation, version;
	struct slice wanted;

	if (readiness->state == API_DRAINING) {
		buf_append_str(reason, "draining");
		return false;
	}
	if (!records_ready(records)) {
		buf_append_str(reason, "the records have not been read yet");
		return false;
	}
	if (!query_value(query, "version", &wanted))
		return true;
	if (!version_parse(wanted, &generation, &version)) {
		buf_append_str(reason, "version must be <generation>-<version>");
		return false;
	}
	if (!records_reached(records, generation, version)) {
		buf_append_str(reason, "this version has not been applied yet");
		return false;
	}
	return true;
}

static void gauge(struct metrics_writer *w, const char *name, const char *help, uint64_t value)
{
	metrics_begin(w, name, METRIC_GAUGE, help);
	metrics_uint(w, METRIC_NO_LABELS, value);
}

static void counter(struct metrics_writer *w, const char *name, const char *help, uint64_t value)
{
	metrics_begin(w, name, METRIC_COUNTER, help);
	metrics_uint(w, METRIC_NO_LABELS, value);
}

static void on_metrics(void *arg, struct metrics_writer *w)
{
	const struct api_readiness *readiness = arg;
	const struct api *api = readiness->api;
	uint64_t generation, version, stale_ms = records_stale_ms(api->records);

	records_position(api->records, &generation, &version);
	metrics_begin(w, "kiotproxy_api_build_info", METRIC_GAUGE, "Build of this node, always 1");
	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("build", proc_build())), 1);
	gauge(w, "kiotproxy_api_store_up", "1 while Redis answers", store_is_up(api->store) ? 1 : 0);
	gauge(w, "kiotproxy_api_records_generation", "Generation of the records applied", generation);
	gauge(w, "kiotproxy_api_records_version", "Version of the records applied", version);
	if (stale_ms != UINT64_MAX)
		gauge(w, "kiotproxy_api_stale_seconds", "Age of the copy of the records", stale_ms / 1000);
	gauge(w, "kiotproxy_api_proxies", "Proxies in the copy", records_count(api->records));
	gauge(w, "kiotproxy_api_websockets", "Browsers that are told of changes",
		push_client_count(api->push));
	counter(w, "kiotproxy_api_frames_total", "Frames sent to browsers", push_frames_sent(api->push));
	counter(w, "kiotproxy_api_resyncs_total", "Browsers told to read everything anew",
		push_resyncs(api->push));
}

const struct admin_ops api_admin_ops = {.ready = on_ready, .metrics = on_metrics};
