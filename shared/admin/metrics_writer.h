/*
 * metrics_writer.h: the Prometheus text exposition format, version 0.0.4. Names are
 * `kiotproxy_<node>_<what>_<unit>`. All samples of a metric follow its metrics_begin; a name is begun once.
 *
 *	metrics_begin(w, "kiotproxy_relay_connections_total", METRIC_COUNTER, "Client connections accepted");
 *	metrics_uint(w, METRIC_LABELS(METRIC_LABEL("way", "port")), 17);
 */
#ifndef KP_ADMIN_METRICS_WRITER_H
#define KP_ADMIN_METRICS_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_label {
	const char *name;
	struct slice value; /* any bytes: escaped here */
};

struct metric_labels {
	const struct metric_label *labels;
	size_t count;
};

#define METRIC_LABEL(label_name, text) ((struct metric_label){(label_name), slice_from_str(text)})
#define METRIC_LABELS(...)                                                  \
	((struct metric_labels){(const struct metric_label[]){__VA_ARGS__}, \
		sizeof((const struct metric_label[]){__VA_ARGS__}) / sizeof(struct metric_label)})
#define METRIC_NO_LABELS ((struct metric_labels){NULL, 0})

/* A histogram as a node keeps it: `counts[i]` observations with bounds[i-1] < value <= bounds[i], the last
 * one (i == bound_count) above all bounds. Bounds are ascending. */
struct metric_histogram {
	const double *bounds;   /* in the metric's unit */
	const uint64_t *counts; /* bound_count + 1, not cumulative */
	size_t bound_count;
	double sum;
};

struct metrics_writer {
	struct buf *out;  /* borrowed */
	const char *name; /* the metric begun last */
	enum metric_type type;
};

void metrics_writer_init(struct metrics_writer *w, struct buf *out);

/* HELP and TYPE. `name` must outlive the samples. A name or label name that Prometheus forbids is a bug of
 * ours and ends the process. */
void metrics_begin(struct metrics_writer *w, const char *name, enum metric_type type, const char *help);
void metrics_uint(struct metrics_writer *w, struct metric_labels labels, uint64_t value);
void metrics_real(struct metrics_writer *w, struct metric_labels labels, double value);
void metrics_histogram(
	struct metrics_writer *w, struct metric_labels labels, const struct metric_histogram *histogram);

#endif
