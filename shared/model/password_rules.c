/* password_rules.c: see password_rules.h. */
#include "shared/model/password_rules.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/model/printable.h"
#include "shared/model/validate.h"

enum {
	DIGITS_ENOUGH = 20, /* an identity card has 12, a telephone number 10 */
	REPEATED_MAX = 4,   /* the longest piece whose repetition counts as one */
};

static const char *const words[] = {
#define WORD(text) text,
#include "shared/model/common_passwords_table.h"
#undef WORD
};

/* What fingers and children go along, each also backwards. */
static const char *const rows[] = {"abcdefghijklmnopqrstuvwxyz", "01234567890123456789",
	"qwertyuiopasdfghjklzxcvbnm", "1234567890qwertyuiop", "qazwsxedcrfvtgbyhnujmikolp",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0"};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* p@ssw0rd → password */
static char unmasked(char c)
{
	static const char masked[] = "0134578@$!", meant[] = "oleastbasi";
	const char *at = c ? strchr(masked, c) : NULL;

	return at ? meant[at - masked] : c;
}

static int compare_words(const void *key, const void *word)
{
	return strcmp(key, *(const char *const *)word);
}

static bool is_word(const char *text)
{
	return bsearch(text, words, ARRAY_LEN(words), sizeof(words[0]), compare_words) != NULL;
}

/* Without the digits and signs at both ends, as typed and unmasked. */
static bool is_decorated_word(const char *text, size_t len)
{
	char core[USER_PASSWORD_MAX_BYTES + 1];
	size_t from = 0, to = len;

	while (from < to && !is_letter(text[from]))
		from++;
	while (to > from && !is_letter(text[to - 1]))
		to--;
	memcpy(core, text + from, to - from);
	core[to - from] = '\0';
	if (is_word(text) || is_word(core))
		return true;
	for (char *c = core; *c; c++)
		*c = unmasked(*c);
	return is_word(core);
}

static bool is_only_digits(const char *text, size_t len)
{
	return len < DIGITS_ENOUGH && strspn(text, "0123456789 .-/") == len;
}

/* abcabcabcabc, 2024 2024 2024, aaaaaaaaaaaa */
static bool is_repetition(const char *text, size_t len)
{
	for (size_t piece = 1; piece <= REPEATED_MAX; piece++)
		if (len >= 3 * piece && memcmp(text, text + piece, len - piece) == 0)
			return true;
	return false;
}

static bool is_row(const char *text, size_t len)
{
	char backwards[USER_PASSWORD_MAX_BYTES + 1];

	for (size_t i = 0; i < len; i++)
		backwards[i] = text[len - 1 - i];
	backwards[len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(rows[i], text) || strstr(rows[i], backwards))
			return true;
	return false;
}

bool password_is_common(struct slice password)
{
	char text[USER_PASSWORD_MAX_BYTES + 1];

	if (!slice_copy(password, text, sizeof(text)))
		return false;
	for (char *c = text; *c; c++)
		*c = small(*c);
	bool common = is_decorated_word(text, password.len) || is_only_digits(text, password.len) ||
		      is_repetition(text, password.len) || is_row(text, password.len);
	explicit_bzero(text, sizeof(text));
	return common;
}

bool password_rules_check(
	struct slice password, struct slice username, const char *field, struct field_err *err)
{
	size_t chars;

	/* The hash function ends at a NUL and takes so many bytes; anything else is the user's choice. */
	if (!printable_check(password, PRINTABLE_ONE_LINE, &chars))
		return field_err_set(err, field, "err.text_chars");
	if (chars < USER_PASSWORD_MIN_CHARS || password.len > USER_PASSWORD_MAX_BYTES)
		return field_err_range(
			err, field, "err.password_length", USER_PASSWORD_MIN_CHARS, USER_PASSWORD_MAX_BYTES);
	if (username.len > 0 && slice_eq_icase(password, username))
		return field_err_set(err, field, "err.password_is_name");
	if (password_is_common(password))
		return field_err_set(err, field, "err.password_common");
	return true;
}
