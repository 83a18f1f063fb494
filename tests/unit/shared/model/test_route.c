/* test_route.c: routes: strict reading, who is let in, counting of holders. */
#include "tests/unit/shared/model/unit.h"

#include <pthread.h>
#include <stdio.h>

#include "shared/base/clock.h"
#include "shared/model/route.h"
#include "tests/unit/shared/model/forbidden_upstreams.h"

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"

static const char FULL[] =
	"{\"id\":7,\"subdomain\":\"proxy7\",\"number\":7,\"state\":\"active\",\"rotating\":true,"
	"\"http\":\"171.229.1.2:39008\",\"socks5\":\"[2001:db8::1]:39009\",\"upstream_user\":\"u\","
	"\"upstream_auth\":\"v1:abc\",\"password_hash\":\"" HASH "\","
	"\"allow\":[{\"cidr\":\"1.2.3.4/32\",\"until\":null},{\"cidr\":\"10.0.0.0/8\",\"until\":1000},"
	"{\"cidr\":\"2001:db8::/32\"}],\"on_rotate\":\"cut\",\"drain_seconds\":5,\"restart_seq\":3,"
	"\"limits\":{\"connections\":50,\"bytes_per_month\":5000000000},\"ver\":123,\"some_day\":[1]}";

static struct ip_addr ip(const char *text)
{
	struct ip_addr addr;

	assert_true(ip_addr_parse(s(text), &addr));
	return addr;
}

static void full_route(void **state)
{
	struct ip_addr expected;
	struct err err = {0};

	(void)state;
	struct route *route = route_from_json(s("proxy7"), s(FULL), &err);
	assert_non_null(route);
	assert_int_equal(route->id, 7);
	assert_int_equal(route->number, 7);
	assert_int_equal(route->state, ROUTE_ACTIVE);
	assert_true(route->rotating);
	expected = ip("171.229.1.2");
	assert_true(ip_addr_eq(&route->http.addr, &expected));
	assert_int_equal(route->http.port, 39008);
	expected = ip("2001:db8::1");
	assert_true(ip_addr_eq(&route->socks5.addr, &expected));
	assert_int_equal(route->socks5.port, 39009);
	assert_slice(route->subdomain, "proxy7");
	assert_slice(route->upstream_user, "u");
	assert_slice(route->upstream_auth, "v1:abc");
	assert_slice(route->reason, "");
	assert_true(route->has_password);
	assert_int_equal(route->password_hash[1], 0x01);
	assert_int_equal(route->password_hash[31], 0xff);
	assert_int_equal(route->on_rotate, ON_ROTATE_CUT);
	assert_int_equal(route->drain_seconds, 5);
	assert_int_equal(route->restart_seq, 3);
	assert_int_equal(route->limit_connections, 50);
	assert_int_equal(route->limit_bytes, 5000000000);
	assert_int_equal(route_shut(route), ROUTE_OPEN);
	assert_int_equal(route->ver, 123);
	assert_int_equal(route->allow_count, 3);
	route_unref(route);
	route_unref(NULL);
}

static void defaults_are_safe(void **state)
{
	struct ip_addr addr = ip("1.2.3.4");

	(void)state;
	struct route *route = route_from_json(s("a"),
		s("{\"id\":1,\"subdomain\":\"a\",\"state\":\"unavailable\",\"reason\":\"err.key_expired\",\"ver\":1}"),
		NULL);
	assert_non_null(route);
	assert_int_equal(route->state, ROUTE_UNAVAILABLE);
	assert_slice(route->reason, "err.key_expired");
	assert_false(route->has_password);
	assert_false(route->rotating);
	assert_int_equal(route->http.port, 0);
	assert_int_equal(route->on_rotate, ON_ROTATE_DRAIN);
	assert_int_equal(route->drain_seconds, 30);
	assert_int_equal(route->limit_connections, 0);
	assert_false(route_allows(route, &addr, 0));
	route_unref(route);
}

static void allows(void **state)
{
	struct ip_addr exact = ip("1.2.3.4"), other = ip("1.2.3.5"), timed = ip("10.9.9.9"),
		       v6 = ip("2001:db8::9"), v6_other = ip("2001:db9::9");

	(void)state;
	struct route *route = route_from_json(s("proxy7"), s(FULL), NULL);
	assert_non_null(route);
	assert_true(route_allows(route, &exact, INT64_MAX));
	assert_false(route_allows(route, &other, 0));
	assert_true(route_allows(route, &timed, 999));
	assert_false(route_allows(route, &timed, 1000));
	assert_true(route_allows(route, &v6, 5000));
	assert_false(route_allows(route, &v6_other, 5000));
	route_unref(route);
}

/* FULL with one member written otherwise must be refused whole. */
static const char *const CHANGES[][2] = {
	{"\"id\":7", "\"id\":\"7\""},
	{"\"id\":7", "\"id\":0"},
	{"\"id\":7", "\"id\":-1"},
	{"\"id\":7", "\"id\":1.5"},
	{"\"id\":7,", ""},
	{"\"subdomain\":\"proxy7\"", "\"subdomain\":\"proxy8\""},
	{"\"subdomain\":\"proxy7\",", ""},
	{"\"number\":7", "\"number\":4294967296"},
	{"\"state\":\"active\"", "\"state\":\"Active\""},
	{"\"state\":\"active\"", "\"state\":null"},
	{"\"rotating\":true", "\"rotating\":1"},
	{"171.229.1.2:39008", "upstream.example:39008"},
	{"171.229.1.2:39008", "171.229.1.2"},
	{"171.229.1.2:39008", "171.229.1.2:0"},
	{"\"http\":\"171.229.1.2:39008\"", "\"http\":null"},
	{HASH, "0011"},
	{"1d1eff", "1d1efg"},
	{"1d1eff", "1D1EFF"},
	{"1.2.3.4/32", "1.2.3.4/33"},
	{"10.0.0.0/8", "10.0.0.1/8"},
	{"\"until\":1000", "\"until\":\"1000\""},
	{"\"until\":1000", "\"until\":0"},
	{"{\"cidr\":\"2001:db8::/32\"}", "\"2001:db8::/32\""},
	{"{\"cidr\":\"2001:db8::/32\"}", "{}"},
	{"\"on_rotate\":\"cut\"", "\"on_rotate\":\"wait\""},
	{"\"drain_seconds\":5", "\"drain_seconds\":3601"},
	{"\"restart_seq\":3", "\"restart_seq\":-3"},
	{"\"limits\":{\"connections\":50,\"bytes_per_month\":5000000000}", "\"limits\":[]"},
	{"\"connections\":50", "\"connections\":\"50\""},
	{"\"connections\":50", "\"connections\":1000001"},
	{"\"bytes_per_month\":5000000000", "\"bytes_per_month\":-1"},
	{"\"ver\":123", "\"ver\":true"},
	{"\"ver\":123,", ""},
	{"[1]}", "[1]} {}"},
};

static void refused(void **state)
{
	char text[2048];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(CHANGES); i++) {
		struct err err = {0};
		const char *at = strstr(FULL, CHANGES[i][0]);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - FULL), FULL, CHANGES[i][1],
			at + strlen(CHANGES[i][0]));
		if (route_from_json(s("proxy7"), s(text), &err))
			fail_msg("accepted: %s", text);
		if (!strstr(err.msg, "route proxy7: "))
			fail_msg("unclear: %s", err.msg);
	}
}

/* What the relay dials is the address read here, if it is public: both fences together hold. */
static void forbidden_upstreams_are_not_dialled(void **state)
{
#define X(text) text,
	static const char *const forbidden[] = {FORBIDDEN_UPSTREAMS(X)};
#undef X
	char json[512];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
		snprintf(json, sizeof(json),
			"{\"id\":7,\"subdomain\":\"p\",\"state\":\"active\",\"http\":\"%s\",\"ver\":1}",
			forbidden[i]);
		struct route *route = route_from_json(s("p"), s(json), &err);
		if (route && ip_addr_is_public(&route->http.addr))
			fail_msg("%s would be dialled", forbidden[i]);
		route_unref(route);
	}
}

static void active_needs_an_upstream(void **state)
{
	struct err err = {0};

	(void)state;
	assert_null(route_from_json(s("a"),
		s("{\"id\":1,\"subdomain\":\"a\",\"state\":\"active\",\"http\":\"\",\"ver\":1}"), &err));
	assert_non_null(strstr(err.msg, "without an upstream"));
}

static void too_many_allowed(void **state)
{
	static char text[ROUTE_ALLOW_MAX * 40 + 256];

	(void)state;
	for (int extra = 0; extra <= 1; extra++) {
		size_t len = (size_t)snprintf(text, sizeof(text),
			"{\"id\":1,\"subdomain\":\"a\",\"state\":\"paused\",\"ver\":1,\"allow\":[");

		for (int i = 0; i < ROUTE_ALLOW_MAX + extra; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%s{\"cidr\":\"9.9.%d.%d/32\"}", i ? "," : "", i / 256, i % 256);
		snprintf(text + len, sizeof(text) - len, "]}");
		struct route *route = route_from_json(s("a"), s(text), NULL);
		assert_int_equal(route != NULL, extra == 0);
		route_unref(route);
	}
}

enum { HOLDERS = 4, TURNS = 20000 };

static void *hold_and_let_go(void *arg)
{
	struct route *route = arg;

	for (int i = 0; i < TURNS; i++) {
		struct route *mine = route_ref(route);

		if (mine->id != 7)
			return arg;
		route_unref(mine);
	}
	route_unref(route);
	return NULL;
}

/* A lost count would free too early (the sanitizer sees it) or never (its leak check does). */
static void shared_by_threads(void **state)
{
	pthread_t threads[HOLDERS];
	void *result;

	(void)state;
	struct route *route = route_from_json(s("proxy7"), s(FULL), NULL);
	assert_non_null(route);
	for (int i = 0; i < HOLDERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_and_let_go, route_ref(route)), 0);
	for (int i = 0; i < HOLDERS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
	assert_int_equal(atomic_load(&route->refs), 1);
	route_unref(route);
}

/* Not a check but a figure to watch. */
static void cost(void **state)
{
	enum { ROUNDS = 20000 };
	uint64_t start_us = clock_now_us();

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct route *route = route_from_json(s("proxy7"), s(FULL), NULL);

		assert_non_null(route);
		route_unref(route);
	}
	printf("route: %zu bytes of struct, %lu ns to read\n", sizeof(struct route),
		(unsigned long)((clock_now_us() - start_us) * 1000 / ROUNDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_route),
		cmocka_unit_test(defaults_are_safe),
		cmocka_unit_test(allows),
		cmocka_unit_test(refused),
		cmocka_unit_test(forbidden_upstreams_are_not_dialled),
		cmocka_unit_test(active_needs_an_upstream),
		cmocka_unit_test(too_many_allowed),
		cmocka_unit_test(shared_by_threads),
		cmocka_unit_test(cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
