/* test_password_rules.c: which new passwords are refused, and for which reason. */
#include "tests/unit/shared/model/unit.h"

#include "shared/base/ensure.h"
#include "shared/model/password_rules.h"
#include "shared/model/validate.h"

static void assert_refused(const char *password, const char *username, const char *message_id)
{
	struct field_err err = {0};

	if (password_rules_check(s(password), s(username), "new_password", &err))
		fail_msg("accepted: %s", password);
	assert_string_equal(err.message_id, message_id);
	assert_string_equal(err.field, "new_password");
}

static void length_and_characters(void **state)
{
	char text[130];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * 7 % 26);
	text[129] = '\0';
	assert_refused(text, "lan", "err.password_length");
	text[128] = '\0';
	assert_true(password_rules_check(s(text), s("lan"), "p", NULL));
	assert_refused("k9#vTq2!xLm", "lan", "err.password_length");
	assert_true(password_rules_check(s("k9#vTq2!xLmz"), s("lan"), "p", NULL));
	assert_true(
		password_rules_check(s("con mèo ăn cá"), s("lan"), "p", NULL)); /* characters, not bytes */
	assert_refused("mèo ăn cá đó", "mèo ăn cá đó", "err.password_is_name");
	assert_refused("line\nbreak here", "lan", "err.text_chars");
	assert_refused("", "lan", "err.password_length");
}

static void names(void **state)
{
	(void)state;
	assert_refused("lan.nguyen@example.com", "Lan.Nguyen@Example.com", "err.password_is_name");
	assert_true(password_rules_check(s("lan.nguyen@example.com"), s(""), "p", NULL));
}

static void common_ones(void **state)
{
	static const char *const common[] = {"password1234", "Password@2024!", "P@ssw0rd12345",
		"!!!password!!!", "matkhau123456", "MatKhau@2025", "Matkhaumoi123", "123456matkhau",
		"anhyeuem12345", "AnhYeuEmNhieu", "iloveyou2024", "ILoveYouForever", "qwertyuiop12",
		"qwertyuiopas", "1q2w3e4r5t6y", "1qaz2wsx3edc", "poiuytrewq12", "123456789012",
		"098765432109", "079200001234", "abcdefghijkl", "aaaaaaaaaaaa", "abcabcabcabc",
		"202420242024", "administrator", "Admin123456789", "kiotproxy2024", "vietnamvodich",
		"nguyenvana123", "letmein123456", "correcthorsebatterystaple", "zyxwvutsrqpo"};
	static const char *const good[] = {"admin-password-1", "k9#vTq2!xLmz", "trời hôm nay xanh quá",
		"violet tractor 88 moon", "passwordtractor", "mat khau cua lan o nha",
		"0912345678 goi cho me", "aaaaaaaaaaab", "48302957163840295716"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (!password_is_common(s(common[i])))
			fail_msg("not found common: %s", common[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (password_is_common(s(good[i])))
			fail_msg("found common: %s", good[i]);
	assert_refused("matkhau123456", "lan", "err.password_common");
}

/* The table is searched by halves. */
static void table_is_sorted(void **state)
{
	static const char *const words[] = {
#define WORD(text) text,
#include "shared/model/common_passwords_table.h"
#undef WORD
	};

	(void)state;
	assert_true(ARRAY_LEN(words) > 300);
	for (size_t i = 1; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i - 1], words[i]) >= 0)
			fail_msg("\"%s\" comes before \"%s\"", words[i - 1], words[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_and_characters),
		cmocka_unit_test(names),
		cmocka_unit_test(common_ones),
		cmocka_unit_test(table_is_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
