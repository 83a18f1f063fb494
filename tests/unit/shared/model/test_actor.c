/* test_actor.c: an actor's text, and what the history shows of it. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/actor.h"

static void assert_split(const char *actor, const char *user, const char *via)
{
	struct slice got_user, got_via;

	actor_split(s(actor), &got_user, &got_via);
	if (!slice_eq_str(got_user, user) || !slice_eq_str(got_via, via))
		fail_msg("%s: user \"%.*s\", via \"%.*s\"", actor, SLICE_ARG(got_user), SLICE_ARG(got_via));
}

static void made_and_split(void **state)
{
	char text[ACTOR_TEXT_BYTES];

	(void)state;
	assert_true(slice_eq_str(actor_text(MEANS_SESSION, "lan", "not used", text), "lan"));
	assert_split(text, "lan", "session");
	assert_true(slice_eq_str(actor_text(MEANS_TOKEN, "lan", "n8n | nhà", text), "lan|token:n8n | nhà"));
	assert_split(text, "lan", "token:n8n | nhà");
	assert_true(slice_eq_str(actor_text(MEANS_LINK, "lan", "", text), "lan|link"));
	assert_split(text, "lan", "link");
}

static void of_the_fleet_itself(void **state)
{
	(void)state;
	assert_split("", "", "clock");
	assert_split("|relay", "", "relay");
	assert_split("|provider", "", "provider");
}

static void longest_names_fit(void **state)
{
	char user[USERNAME_MAX_BYTES + 1], name[TOKEN_NAME_MAX_BYTES + 1], text[ACTOR_TEXT_BYTES];

	(void)state;
	memset(user, 'u', sizeof(user) - 1);
	memset(name, 't', sizeof(name) - 1);
	user[sizeof(user) - 1] = name[sizeof(name) - 1] = '\0';
	assert_int_equal(actor_text(MEANS_TOKEN, user, name, text).len,
		USERNAME_MAX_BYTES + strlen("|token:") + TOKEN_NAME_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_and_split),
		cmocka_unit_test(of_the_fleet_itself),
		cmocka_unit_test(longest_names_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
