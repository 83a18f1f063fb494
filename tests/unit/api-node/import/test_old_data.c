/* test_old_data.c: what is read of a data.json, and what is left out. */
#include "api-node/import/old_data.h"

#include <stdio.h>
#include <string.h>

#include "api-node/import/old_field.h"
#include "shared/json/json.h"
#include "tests/unit/test.h"

static void read_as(const char *text, bool want, int64_t want_ms)
{
	struct json *json = json_parse(slice_from_str(text), NULL, NULL);
	int64_t ms = -1;

	assert_non_null(json);
	assert_int_equal(old_time(json, &ms), want);
	if (want)
		assert_int_equal(ms, want_ms);
	json_free(json);
}

static void times(void **state)
{
	(void)state;
	read_as("\"2024-06-10T14:26:31.927123\"", true, 1718029591927); /* Python's, no zone */
	read_as("\"2024-06-10 14:26:31\"", true, 1718029591000);
	read_as("\"2024-06-10T21:26:31+07:00\"", true, 1718029591000);
	read_as("1718029591", true, 1718029591000);
	read_as("1718029591.927", true, 1718029591000);
	read_as("1718029591927", true, 1718029591927);
	read_as("\"1718029591\"", true, 1718029591000);
	read_as("0", false, 0);
	read_as("-5", false, 0);
	read_as("\"yesterday\"", false, 0);
	read_as("\"2024-13-10T14:26:31\"", false, 0);
	read_as("true", false, 0);
	read_as("1e300", false, 0);
}

static struct import_list read_document(const char *text, enum upstream_policy policy, bool want)
{
	struct import_list list;
	struct json *json = json_parse(slice_from_str(text), NULL, NULL);

	assert_non_null(json);
	import_list_init(&list);
	assert_int_equal(old_data_read(json, policy, &list, NULL), want);
	json_free(json);
	return list;
}

static void assert_fields(const struct import_list *list, size_t i, const char *want)
{
	struct slice fields = import_item_fields(list, &list->items[i]);

	assert_int_equal(fields.len, strlen(want));
	assert_memory_equal(fields.data, want, fields.len);
}

static void fields_get_our_names(void **state)
{
	(void)state;
	struct import_list list = read_document(
		"{\"proxy_keys\":[{\"id\":\"4\",\"kiotproxy_key\":\" K1 \",\"subdomain\":\"Proxy7\",\"is_active\":0,"
		"\"remote_http\":\"171.229.1.2:39008:u:p\",\"ttl\":\"1200\",\"port\":9006,\"region\":\"mars\",\"ttc\":null}]}",
		UPSTREAM_PUBLIC_ONLY, true);

	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].from_id, 4);
	assert_int_equal(list.items[0].result, RESULT_UNDECIDED);
	assert_fields(&list, 0,
		"{\"provider_key\":\"K1\",\"number\":\"7\",\"subdomain\":\"proxy7\",\"is_active\":\"0\","
		"\"remote_http\":\"171.229.1.2:39008\",\"remote_user\":\"u\",\"remote_password\":\"p\",\"ttl\":\"1200\","
		"\"provider\":\"kiotproxy\",\"region\":\"random\"}");
	struct slice ignored = import_item_ignored(&list, &list.items[0]);
	assert_memory_equal(ignored.data, "port,region", ignored.len);
	assert_int_equal(list.ignored_count[IMPORT_PROXY], 2);
	import_list_done(&list);
}

static void what_is_missing_is_called_as_the_tool_calls_it(void **state)
{
	(void)state;
	struct import_list list = read_document(
		"{\"proxy_keys\":[{\"id\":1}],\"users\":[{\"username\":\"lan\"}],\"logs\":[{\"action\":\"x\"}]}",
		UPSTREAM_PUBLIC_ONLY, true);

	assert_string_equal(list.items[0].detail, "kiotproxy_key");
	assert_string_equal(list.items[1].detail, "password");
	assert_string_equal(list.items[2].detail, "timestamp");
	import_list_done(&list);
}

static void a_list_that_is_none_is_refused(void **state)
{
	static const char *const texts[] = {
		"{\"proxy_keys\":5}", "{\"users\":\"lan\"}", "{\"logs\":true}", "{\"settings\":[]}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct import_list list = read_document(texts[i], UPSTREAM_PUBLIC_ONLY, false);
		import_list_done(&list);
	}
	struct import_list list = read_document("{\"proxy_keys\":null}", UPSTREAM_PUBLIC_ONLY, true);
	import_list_done(&list);
}

static void private_upstreams_and_odd_names_are_left_out(void **state)
{
	(void)state;
	struct import_list list = read_document(
		"{\"proxies\":[{\"key\":\"K1\",\"remote_http\":\"10.0.0.1:80\",\"subdomain\":\"proxy07\"},{\"key\":\"a b\"},7]}",
		UPSTREAM_PUBLIC_ONLY, true);

	assert_fields(&list, 0,
		"{\"provider_key\":\"K1\",\"provider\":\"kiotproxy\",\"is_active\":\"1\",\"region\":\"random\"}");
	assert_int_equal(list.items[1].result, RESULT_REFUSED);
	assert_string_equal(list.items[1].detail, "key"); /* as the file calls it */
	assert_int_equal(list.items[2].result, RESULT_REFUSED);
	import_list_done(&list);
}

static void the_first_user_is_the_administrator_unless_roles_are_told(void **state)
{
	(void)state;
	struct import_list list = read_document(
		"{\"users\":[{\"id\":2,\"username\":\"b\",\"password\":\"$2b$04$x\"},{\"id\":1,\"username\":\"a\",\"password\":\"$2b$04$x\"},"
		"{\"id\":3,\"username\":\"c\",\"password\":\"plain\"}]}",
		UPSTREAM_PUBLIC_ONLY, true);

	assert_fields(&list, 0,
		"{\"username\":\"b\",\"password_hash\":\"$2b$04$x\",\"role\":\"user\",\"active\":\"1\"}");
	assert_fields(&list, 1,
		"{\"username\":\"a\",\"password_hash\":\"$2b$04$x\",\"role\":\"admin\",\"active\":\"1\"}");
	assert_int_equal(list.items[2].result, RESULT_REFUSED);
	import_list_done(&list);
	list = read_document("{\"users\":[{\"id\":1,\"username\":\"a\",\"password\":\"$2b$04$x\"},"
			     "{\"username\":\"b\",\"password\":\"$2y$04$x\",\"is_admin\":true}]}",
		UPSTREAM_PUBLIC_ONLY, true);
	assert_fields(&list, 0,
		"{\"username\":\"a\",\"password_hash\":\"$2b$04$x\",\"role\":\"user\",\"active\":\"1\"}");
	import_list_done(&list);
}

static void something_else(void **state)
{
	(void)state;
	struct import_list list = read_document("{\"hello\":1}", UPSTREAM_PUBLIC_ONLY, false);

	import_list_done(&list);
}

static void many_unknown_names(void **state)
{
	struct import_list list;
	char name[16];

	(void)state;
	import_list_init(&list);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		import_list_ignore(&list, IMPORT_USER, slice_from_str(name));
	}
	assert_int_equal(list.ignored_count[IMPORT_USER], IMPORT_TALLY_MAX);
	assert_int_equal(list.ignored[IMPORT_USER][IMPORT_TALLY_MAX - 1].count, 1000 - IMPORT_TALLY_MAX + 1);
	import_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(fields_get_our_names),
		cmocka_unit_test(what_is_missing_is_called_as_the_tool_calls_it),
		cmocka_unit_test(a_list_that_is_none_is_refused),
		cmocka_unit_test(private_upstreams_and_odd_names_are_left_out),
		cmocka_unit_test(the_first_user_is_the_administrator_unless_roles_are_told),
		cmocka_unit_test(something_else),
		cmocka_unit_test(many_unknown_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
