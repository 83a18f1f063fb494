/* test_exit_ip.c: the forms in which pages answer the caller's address, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scheduler/exit_ip.h"

static void addresses(void **state)
{
	static const struct {
		const char *body, *ip;
	} rows[] = {
		{"171.229.1.2", "171.229.1.2"},
		{"  171.229.1.2\r\n", "171.229.1.2"},
		{"{\"ip\":\"171.229.1.2\"}", "171.229.1.2"},
		{"{\"origin\": \"171.229.1.2, 10.0.0.1\"}", "171.229.1.2"},
		{"{\"status\":\"success\",\"country\":\"VN\",\"query\":\"171.229.1.2\"}", "171.229.1.2"},
		{"2001:DB8::0:1\n", "2001:db8::1"},
	};
	char ip[IP_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(exit_ip_read(slice_from_str(rows[i].body), ip));
		assert_string_equal(ip, rows[i].ip);
	}
}

static void none(void **state)
{
	static const char *const bodies[] = {"", " ", "<html>171.229.1.2</html>", "your ip is 171.229.1.2",
		"171.229.1.2.5", "127.1", "0x7f000001", "{\"ip\":42}", "{\"ip\":\"a.b.c.d\"}",
		"[\"171.229.1.2\"]", "{\"ip\":\"171.229.1.2\"", "{\"data\":{\"ip\":\"171.229.1.2\"}}"};
	char ip[IP_TEXT_BYTES] = "as before";

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_false(exit_ip_read(slice_from_str(bodies[i]), ip));
	assert_string_equal(ip, "as before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
