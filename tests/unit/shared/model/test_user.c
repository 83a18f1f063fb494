/* test_user.c: roles and sessions. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/user.h"

static bool parse(const char *text, struct session *ret)
{
	struct json *json = json_parse(s(text), NULL, NULL);

	assert_non_null(json);
	bool ok = session_from_json(json, ret, NULL);
	json_free(json);
	return ok;
}

static void sessions(void **state)
{
	struct session session;
	struct json_writer w;
	struct buf out;

	(void)state;
	assert_true(parse(
		"{\"user_id\":\"12\",\"username\":\"lan\",\"role\":\"operator\",\"more\":1}", &session));
	assert_int_equal(session.user_id, 12);
	assert_int_equal(session.role, ROLE_OPERATOR);
	assert_true(parse("{\"user_id\":3,\"username\":\"a\",\"role\":\"admin\"}", &session));
	assert_int_equal(session.user_id, 3);
	buf_init(&out, 0);
	json_writer_init(&w, &out);
	session_write_user(&w, &session);
	assert_string_equal(buf_str(&out), "{\"id\":3,\"username\":\"a\",\"role\":\"admin\"}");
	buf_done(&out);

	assert_int_equal(session.means, MEANS_SESSION);
	assert_true(parse(
		"{\"user_id\":3,\"username\":\"a\",\"role\":\"user\",\"token\":\"n8n\",\"read_only\":true,\"ends_in_ms\":1500}",
		&session));
	assert_int_equal(session.means, MEANS_TOKEN);
	assert_int_equal(session.access, SESSION_READ_ONLY);
	assert_string_equal(session.token_name, "n8n");
	assert_int_equal(session.ends_in_ms, 1500);
	assert_true(
		parse("{\"user_id\":3,\"username\":\"a\",\"role\":\"user\",\"token\":\"n8n\"}", &session));
	assert_int_equal(session.access, SESSION_READ_WRITE);
	assert_false(parse("{\"user_id\":4,\"username\":\"a\",\"role\":\"user\",\"token\":1}", &session));

	assert_false(parse("null", &session));
	assert_false(parse("{\"username\":\"a\",\"role\":\"admin\"}", &session));
	assert_false(parse("{\"user_id\":\"x\",\"username\":\"a\",\"role\":\"admin\"}", &session));
	assert_false(parse("{\"user_id\":1,\"username\":\"a\",\"role\":\"root\"}", &session));
	assert_false(parse("{\"user_id\":1,\"username\":1,\"role\":\"user\"}", &session));
	assert_false(parse(
		"{\"user_id\":1,\"role\":\"user\",\"username\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaa\"}",
		&session));
	assert_int_equal(session.user_id, 3);
}

static void roles(void **state)
{
	const struct session admin = {.user_id = 1, .role = ROLE_ADMIN};
	const struct session user = {.user_id = 2, .role = ROLE_USER};
	const struct session staff = {.user_id = 3, .role = ROLE_OPERATOR};

	(void)state;
	assert_true(session_may(&admin, MAY_EDIT_PROXY, 2));
	assert_true(session_may(&user, MAY_EDIT_PROXY, 2));
	assert_false(session_may(&user, MAY_SEE_PROXY, 3));
	assert_true(session_may(&staff, MAY_ROTATE_PROXY, 3));
	assert_true(session_may(&staff, MAY_SEE_PROXY, 3));
	assert_false(session_may(&staff, MAY_SEE_PROXY, 2));
	assert_false(session_may(&staff, MAY_EDIT_PROXY, 3));
	assert_false(user_role_may(ROLE_OPERATOR, MAY_ADD_PROXY));
	assert_true(user_role_may(ROLE_USER, MAY_ADD_PROXY));
	assert_false(user_role_may(ROLE_USER, MAY_MANAGE_FLEET));
	assert_false(user_role_may(ROLE_USER, MAY_ASSIGN_PROXY));
	assert_true(user_role_may(ROLE_ADMIN, MAY_MANAGE_FLEET));
}

static void words(void **state)
{
	enum user_role role = ROLE_USER;

	(void)state;
	for (int i = 0; i < USER_ROLE_COUNT; i++) {
		assert_true(user_role_parse(s(user_role_text((enum user_role)i)), &role));
		assert_int_equal(role, i);
	}
	assert_false(user_role_parse(s("Admin"), &role));
	assert_false(user_role_parse(s(""), &role));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions), cmocka_unit_test(roles), cmocka_unit_test(words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
