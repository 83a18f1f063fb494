/* test_request.c: query parameters, and from method and path to a route. */
#include "api-node/request.h"

#include "api-node/router.h"
#include "tests/unit/test.h"

static void test_query(void **state)
{
	struct request *req = request_new(NULL);
	char text[8];
	bool bad;

	(void)state;
	req->query = SLICE_LIT("limit=10\0q=a=b\0empty=\0flag\0long=12345678");
	assert_true(request_query(req, "limit", text, sizeof(text), &bad));
	assert_string_equal(text, "10");
	assert_true(request_query(req, "q", text, sizeof(text), &bad));
	assert_string_equal(text, "a=b");
	assert_true(request_query(req, "empty", text, sizeof(text), &bad));
	assert_string_equal(text, "");
	assert_true(request_query(req, "flag", text, sizeof(text), &bad));
	assert_false(request_query(req, "limi", text, sizeof(text), &bad));
	assert_false(bad);
	assert_false(request_query(req, "long", text, sizeof(text), &bad));
	assert_true(bad);
	request_free(req);
	request_free(NULL);
}

static bool finds(struct request *req, enum http_method method, const char *path, char allow[64])
{
	req->method = method;
	req->path = slice_from_str(path);
	req->route = NULL;
	return router_find(req, allow, 64);
}

static void test_routes(void **state)
{
	struct request *req = request_new(NULL);
	char allow[64];

	(void)state;
	assert_true(finds(req, METHOD_GET, "/api/proxies/17", allow));
	assert_int_equal(req->path_id, 17);
	assert_true(finds(req, METHOD_POST, "/api/proxies/18/rotate", allow));
	assert_int_equal(req->path_id, 18);
	assert_false(finds(req, METHOD_POST, "/api/proxies/18", allow));
	assert_string_equal(allow, "GET, PUT, DELETE");
	assert_false(finds(req, METHOD_OTHER, "/api/proxies", allow));
	assert_string_equal(allow, "GET, POST");
	const char *const unknown[] = {"", "/", "/api", "/api/", "api/proxies", "/api/proxies/",
		"/api/proxies/0", "/api/proxies/01", "/api/proxies/x", "/api/proxies/-1",
		"/api/proxies/99999999999999999999", "/api/proxies/1/", "/api/proxies/1/rotate/2",
		"/API/proxies", "//api/proxies"};
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_false(finds(req, METHOD_GET, unknown[i], allow));
		assert_string_equal(allow, "");
	}
	request_free(req);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
