/* test_metrics_writer.c: the exposition format: escapes, numbers, cumulative buckets. */
#include "shared/admin/metrics_writer.h"

#include <math.h>

#include "tests/unit/test.h"

static void test_page(void **state)
{
	static const double bounds[] = {0.005, 0.1, 2.5};
	static const uint64_t counts[] = {1, 0, 4, 2};
	const struct metric_histogram histogram = {bounds, counts, 3, 7.25};
	struct metrics_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	metrics_writer_init(&w, &out);
	metrics_begin(&w, "kiotproxy_relay_connections_total", METRIC_COUNTER, "Back\\slash\nand \"quotes\"");
	metrics_uint(&w, METRIC_NO_LABELS, UINT64_MAX);
	metrics_uint(&w,
		METRIC_LABELS(METRIC_LABEL("way", "po\"r\\t\n"), METRIC_LABEL("x", "\xff"
										   "é")),
		1);
	metrics_begin(&w, "g", METRIC_GAUGE, "Gauge");
	metrics_real(&w, METRIC_NO_LABELS, 0.1);
	metrics_real(&w, METRIC_NO_LABELS, -INFINITY);
	metrics_real(&w, METRIC_NO_LABELS, NAN);
	metrics_begin(&w, "h_seconds", METRIC_HISTOGRAM, "Times");
	metrics_histogram(&w, METRIC_NO_LABELS, &histogram);
	metrics_histogram(&w, METRIC_LABELS(METRIC_LABEL("a", "b")), &histogram);
	assert_string_equal(buf_str(&out),
		"# HELP kiotproxy_relay_connections_total Back\\\\slash\\nand \"quotes\"\n"
		"# TYPE kiotproxy_relay_connections_total counter\n"
		"kiotproxy_relay_connections_total 18446744073709551615\n"
		"kiotproxy_relay_connections_total{way=\"po\\\"r\\\\t\\n\",x=\"\xef\xbf\xbdé\"} 1\n"
		"# HELP g Gauge\n# TYPE g gauge\ng 0.1\ng -Inf\ng NaN\n"
		"# HELP h_seconds Times\n# TYPE h_seconds histogram\n"
		"h_seconds_bucket{le=\"0.005\"} 1\nh_seconds_bucket{le=\"0.1\"} 1\nh_seconds_bucket{le=\"2.5\"} 5\n"
		"h_seconds_bucket{le=\"+Inf\"} 7\nh_seconds_sum 7.25\nh_seconds_count 7\n"
		"h_seconds_bucket{a=\"b\",le=\"0.005\"} 1\nh_seconds_bucket{a=\"b\",le=\"0.1\"} 1\n"
		"h_seconds_bucket{a=\"b\",le=\"2.5\"} 5\nh_seconds_bucket{a=\"b\",le=\"+Inf\"} 7\n"
		"h_seconds_sum{a=\"b\"} 7.25\nh_seconds_count{a=\"b\"} 7\n");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
