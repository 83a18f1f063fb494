/* test_webhook_sign.c: the convention's own example, and what is no secret. */
#include "tests/unit/test.h"

#include <string.h>

#include "shared/crypto/webhook_sign.h"

static void the_conventions_example(void **state)
{
	char signature[WEBHOOK_SIGNATURE_BYTES];

	(void)state;
	assert_true(webhook_sign(SLICE_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
		SLICE_LIT("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, SLICE_LIT("{\"test\": 2432232314}"),
		signature));
	assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void every_secret_is_another_and_signs(void **state)
{
	char one[WEBHOOK_SECRET_BYTES], two[WEBHOOK_SECRET_BYTES], signature[WEBHOOK_SIGNATURE_BYTES];

	(void)state;
	webhook_secret_generate(one);
	webhook_secret_generate(two);
	assert_int_equal(strlen(one), WEBHOOK_SECRET_BYTES - 1);
	assert_string_not_equal(one, two);
	assert_true(webhook_sign(slice_from_str(one), SLICE_LIT("m"), 1, SLICE_LIT(""), signature));
	assert_int_equal(strlen(signature), WEBHOOK_SIGNATURE_BYTES - 1);
}

static void what_is_no_secret_signs_nothing(void **state)
{
	static const char *const texts[] = {"", "whsec_", "whsec_AAAA",
		"whsec_not base64 at all, not base64 at all", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
	char signature[WEBHOOK_SIGNATURE_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(webhook_sign(
			slice_from_str(texts[i]), SLICE_LIT("m"), 1, SLICE_LIT("{}"), signature));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_conventions_example),
		cmocka_unit_test(every_secret_is_another_and_signs),
		cmocka_unit_test(what_is_no_secret_signs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
