/* validate.c: the rules for single values; see validate.h. Lists are in validate_lists.c, a fixed upstream in
 * validate_upstream.c. */
#include "shared/model/validate.h"

#include <string.h>

#include "shared/json/json_writer.h"
#include "shared/model/given.h"
#include "shared/model/proxy_enums.h"
#include "shared/model/printable.h"
#include "shared/model/provider_names.h"

enum {
	SUBDOMAIN_MAX_BYTES = 63, /* RFC 1035: a label */
	PLAN_DAYS_MAX = 3650,
};
#define PRICE_VND_MAX 1000000000000LL

bool field_err_set(struct field_err *err, const char *field, const char *message_id)
{
	return field_err_range(err, field, message_id, 0, 0);
}

bool field_err_wanted(struct field_err *err, const char *field, const char *message_id, const char *wanted)
{
	field_err_set(err, field, message_id);
	if (err)
		err->wanted = wanted;
	return false;
}

bool field_err_range(
	struct field_err *err, const char *field, const char *message_id, int64_t min, int64_t max)
{
	if (err)
		*err = (struct field_err){.field = field, .message_id = message_id, .min = min, .max = max};
	return false;
}

bool field_err_value(struct field_err *err, struct slice value)
{
	if (!err)
		return false;
	size_t len = printable_cut(value, sizeof(err->detail) - 1);
	memcpy(err->detail, value.data, len);
	err->detail[len] = '\0';
	return false;
}

bool field_err_name(struct field_err *err, struct slice name)
{
	if (err)
		err->field = NULL;
	return field_err_value(err, name);
}

void field_err_params(const struct field_err *err, struct json_writer *w)
{
	json_object_begin(w);
	if (err->field)
		json_put_cstr(w, "field", err->field);
	else if (err->detail[0])
		json_put_cstr(w, "field", err->detail);
	if (err->wanted)
		json_put_cstr(w, "wanted", err->wanted);
	if (err->min != 0 || err->max != 0) {
		json_put_int(w, "min", err->min);
		json_put_int(w, "max", err->max);
	}
	if (err->field && err->detail[0])
		json_put_cstr(w, "value", err->detail);
	json_object_end(w);
}

/* Every byte a letter, a digit or in `others`. */
static bool only_chars(struct slice text, const char *letters, const char *others)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\0' || !(strchr(letters, c) || strchr("0123456789", c) || strchr(others, c)))
			return false;
	}
	return true;
}

/* ", bac, trung, …": the words of a table, for messages; they begin behind the first two characters. */
#define X(name, text, ...) ", " text
static const char REGIONS_LIST[] = REGIONS(X);
static const char ROTATE_MODES_LIST[] = ROTATE_MODES(X);
static const char ON_ROTATES_LIST[] = ON_ROTATES(X);
#undef X

static const char SMALL[] = "abcdefghijklmnopqrstuvwxyz";
static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Printable UTF-8 of min…max characters; line breaks only where `breaks` names them. */
static bool text_ok(struct slice text, const char *field, size_t min, size_t max,
	enum printable_breaks breaks, struct field_err *err)
{
	size_t chars;

	if (!printable_check(text, breaks, &chars))
		return field_err_set(err, field, "err.text_chars");
	if (chars < min || chars > max)
		return field_err_range(err, field, "err.text_length", (int64_t)min, (int64_t)max);
	return true;
}

bool validate_key_name(struct slice text, struct field_err *err)
{
	if (!text_ok(text, "key_name", 1, KEY_NAME_MAX_CHARS, PRINTABLE_ONE_LINE, err))
		return false;
	/* Blanks only would be a name that nobody can see or click. */
	if (slice_trim(text, " ").len == 0)
		return field_err_range(err, "key_name", "err.text_length", 1, KEY_NAME_MAX_CHARS);
	return true;
}

static bool ascii_graphic(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return true;
}

bool validate_provider_key(struct slice text, struct field_err *err)
{
	if (text.len < 1 || text.len > PROVIDER_KEY_MAX_BYTES || !ascii_graphic(text))
		return field_err_set(err, "provider_key", "err.key_chars");
	return true;
}

bool validate_provider(struct slice text, struct field_err *err)
{
	if (provider_name_known(text))
		return true;
	field_err_wanted(err, "provider", "err.choice", provider_names_list());
	return field_err_value(err, text);
}

bool validate_region(struct slice *text, struct field_err *err)
{
	struct slice region = given_region(*text);

	if (region.len > 0) {
		*text = region;
		return true;
	}
	field_err_wanted(err, "region", "err.choice", REGIONS_LIST + 2);
	return field_err_value(err, *text);
}

bool validate_subdomain(struct slice text, struct field_err *err)
{
	if (text.len < 1 || text.len > SUBDOMAIN_MAX_BYTES || !only_chars(text, SMALL, "-") ||
		text.data[0] == '-' || text.data[text.len - 1] == '-')
		return field_err_set(err, "subdomain", "err.subdomain");
	return true;
}

static bool has_other_than_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return true;
	return false;
}

bool validate_proxy_password(struct slice text, struct field_err *err)
{
	if (has_other_than_ascii(text))
		return field_err_set(err, "password", "err.password_ascii");
	if (text.len < PROXY_PASSWORD_MIN_BYTES || text.len > PROXY_PASSWORD_MAX_BYTES)
		return field_err_range(err, "password", "err.text_length", PROXY_PASSWORD_MIN_BYTES,
			PROXY_PASSWORD_MAX_BYTES);
	if (!ascii_graphic(text))
		return field_err_set(err, "password", "err.password_chars");
	for (size_t i = 0; i < text.len; i++)
		if (strchr(":@|/", text.data[i]))
			return field_err_set(err, "password", "err.password_chars");
	return true;
}

bool validate_note(struct slice text, struct field_err *err)
{
	return text_ok(text, "note", 0, NOTE_MAX_CHARS, PRINTABLE_MANY_LINES, err);
}

bool validate_rotate_mode(struct slice text, struct field_err *err)
{
	enum rotate_mode mode;

	if (rotate_mode_parse(text, &mode))
		return true;
	field_err_wanted(err, "rotate_mode", "err.choice", ROTATE_MODES_LIST + 2);
	return field_err_value(err, text);
}

bool validate_on_rotate(struct slice text, struct field_err *err)
{
	enum on_rotate on_rotate;

	if (on_rotate_parse(text, &on_rotate))
		return true;
	field_err_wanted(err, "on_rotate", "err.choice", ON_ROTATES_LIST + 2);
	return field_err_value(err, text);
}

static bool number_ok(int64_t value, const char *field, int64_t min, int64_t max, struct field_err *err)
{
	return (value >= min && value <= max) || field_err_range(err, field, "err.range", min, max);
}

bool validate_drain_seconds(int64_t value, struct field_err *err)
{
	return number_ok(value, "drain_seconds", 0, DRAIN_SECONDS_MAX, err);
}

bool validate_rotate_interval_minutes(int64_t value, struct field_err *err)
{
	if (value < ROTATE_INTERVAL_MIN_MINUTES)
		return field_err_range(err, "rotate_interval_minutes", "err.interval_min",
			ROTATE_INTERVAL_MIN_MINUTES, ROTATE_INTERVAL_MAX_MINUTES);
	return number_ok(value, "rotate_interval_minutes", ROTATE_INTERVAL_MIN_MINUTES,
		ROTATE_INTERVAL_MAX_MINUTES, err);
}

bool validate_price_vnd(int64_t value, struct field_err *err)
{
	return number_ok(value, "price_vnd", 0, PRICE_VND_MAX, err);
}

bool validate_plan_days(int64_t value, struct field_err *err)
{
	return number_ok(value, "plan_days", 0, PLAN_DAYS_MAX, err);
}

bool validate_username(struct slice text, struct field_err *err)
{
	if (text.len < 1 || text.len > USERNAME_MAX_BYTES || !only_chars(text, LETTERS, "._-@"))
		return field_err_set(err, "username", "err.username");
	return true;
}

bool validate_token_name(struct slice text, struct field_err *err)
{
	size_t chars;

	if (!printable_check(text, PRINTABLE_ONE_LINE, &chars) || text.len > TOKEN_NAME_MAX_BYTES ||
		slice_trim(text, " ").len == 0)
		return field_err_set(err, "name", "err.token_name");
	return true;
}
