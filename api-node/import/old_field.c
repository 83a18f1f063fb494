/* old_field.c: see old_field.h. */
#include "api-node/import/old_field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/utf8.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/given.h"
#include "shared/model/iso8601.h"
#include "shared/model/user.h"

enum { OLD_TEXT_MAX_BYTES = 256 /* what the store takes of a location */, NUMBER_TEXT_BYTES = 24 };

/* Epoch seconds until the year 5138; milliseconds since 1973. */
#define SECONDS_BELOW 100000000000LL

bool old_number(const struct json *value, int64_t *ret_number)
{
	struct slice text;
	double real;

	if (json_i64(value, ret_number))
		return true;
	if (json_double(value, &real) && real >= 0 && real < 9e15) {
		*ret_number = (int64_t)real;
		return true;
	}
	return json_str(value, &text) && slice_parse_i64(slice_trim(text, " "), ret_number);
}

bool old_flag(const struct json *value, bool *ret_flag)
{
	struct slice text;
	int64_t number;

	if (json_bool(value, ret_flag))
		return true;
	if (json_str(value, &text) &&
		(slice_eq_icase(text, SLICE_LIT("true")) || slice_eq_icase(text, SLICE_LIT("false")))) {
		*ret_flag = text.len == 4;
		return true;
	}
	if (!old_number(value, &number) || (number != 0 && number != 1))
		return false;
	*ret_flag = number == 1;
	return true;
}

/* As given_time(), or Python's isoformat(): no zone, up to six digits of a second, perhaps a blank for the T.
 */
static bool time_text(struct slice text, int64_t *ret_epoch_ms)
{
	char copy[48];
	size_t len;

	if (given_time(text, ret_epoch_ms))
		return true;
	if (text.len < 10 || text.len > sizeof(copy) - 2 || !slice_copy(text, copy, sizeof(copy) - 1))
		return false;
	len = text.len;
	if (len > 10 && copy[10] == ' ')
		copy[10] = 'T';
	if (iso8601_parse(slice_of(copy, len), ret_epoch_ms))
		return true;
	copy[len++] = 'Z';
	return iso8601_parse(slice_of(copy, len), ret_epoch_ms);
}

bool old_time(const struct json *value, int64_t *ret_epoch_ms)
{
	struct slice text;
	int64_t number;

	if (json_str(value, &text) && time_text(text, ret_epoch_ms))
		return *ret_epoch_ms > 0;
	if (!old_number(value, &number) || number <= 0 || number > 100000000000000LL)
		return false;
	*ret_epoch_ms = number < SECONDS_BELOW ? number * 1000 : number;
	return true;
}

static void put_int(struct json_writer *w, const char *field, int64_t value)
{
	char text[NUMBER_TEXT_BYTES];

	snprintf(text, sizeof(text), "%" PRId64, value);
	json_put_cstr(w, field, text);
}

static bool put_text(struct json_writer *w, const char *field, struct slice text)
{
	struct buf clean;
	size_t at = 0;

	if (text.len == 0)
		return false;
	buf_init(&clean, 0);
	while (at < text.len) {
		size_t n = utf8_char_bytes(slice_from(text, at));
		if (n == 0 || clean.len + n > OLD_TEXT_MAX_BYTES)
			break;
		if (n == 1 && ((unsigned char)text.data[at] < 0x20 || text.data[at] == 0x7f))
			buf_append_char(&clean, ' ');
		else
			buf_append(&clean, text.data + at, n);
		at += n;
	}
	json_put_str(w, field, buf_slice(&clean));
	buf_done(&clean);
	return true;
}

static bool put_name(struct json_writer *w, const char *field, struct slice text)
{
	char name[IMPORT_NAME_BYTES];
	struct field_err err;
	uint64_t number;

	if (!slice_copy(text, name, sizeof(name)))
		return false;
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	struct slice lower = slice_from_str(name);
	if (!validate_subdomain(lower, &err) || (lower.data[0] >= '0' && lower.data[0] <= '9'))
		return false;
	if (slice_has_prefix(lower, SLICE_LIT("proxy")) && slice_parse_u64(slice_from(lower, 5), &number)) {
		/* proxy7 keeps its number, and so its port; proxy07 would be another name for it. */
		if (number < 1 || number > 999999999 || name[5] == '0')
			return false;
		put_int(w, "number", (int64_t)number);
	}
	json_put_str(w, field, lower);
	return true;
}

/* What validate_upstream() takes: http://[user:password@]address:port. */
static void upstream_as_url(struct slice text, struct buf *url)
{
	struct slice host, port, user, password, rest = text;

	if (slice_has_prefix(rest, SLICE_LIT("http://")))
		rest = slice_from(rest, 7);
	buf_append_str(url, "http://");
	if (rest.len == 0 || rest.data[0] == '[' || memchr(rest.data, '@', rest.len)) {
		buf_append_slice(url, rest);
		return;
	}
	slice_cut(rest, ':', &host, &rest);
	slice_cut(rest, ':', &port, &rest);
	if (slice_cut(rest, ':', &user, &password))
		buf_printf(url, "%.*s:%.*s@", SLICE_ARG(user), SLICE_ARG(password));
	buf_printf(url, "%.*s:%.*s", SLICE_ARG(host), SLICE_ARG(port));
}

static bool put_upstream(
	struct json_writer *w, const char *field, struct slice text, enum upstream_policy policy)
{
	char address[IP_TEXT_BYTES], host_port[IP_TEXT_BYTES + 10];
	struct upstream_url upstream;
	struct field_err err;
	struct buf url;

	buf_init(&url, 0);
	upstream_as_url(text, &url);
	bool ok = validate_upstream(buf_slice(&url), policy, &upstream, &err);
	buf_done(&url);
	if (!ok)
		return false;
	ip_addr_text(&upstream.addr, address);
	snprintf(host_port, sizeof(host_port), ip_addr_is_v4(&upstream.addr) ? "%s:%u" : "[%s]:%u", address,
		upstream.port);
	json_put_cstr(w, field, host_port);
	if (upstream.user[0] && slice_eq_str(slice_from_str(field), "remote_http")) {
		json_put_cstr(w, "remote_user", upstream.user);
		json_put_cstr(w, "remote_password", upstream.password);
	}
	return true;
}

static bool put_address(struct json_writer *w, const char *field, struct slice text)
{
	char address[IP_TEXT_BYTES];
	struct ip_addr addr;

	if (!ip_addr_parse(slice_trim(text, " "), &addr))
		return false;
	ip_addr_text(&addr, address);
	json_put_cstr(w, field, address);
	return true;
}

static bool put_role(struct json_writer *w, const char *field, const struct json *value)
{
	enum user_role role;
	struct slice text;
	bool flag;

	if (old_flag(value, &flag))
		role = flag ? ROLE_ADMIN : ROLE_USER;
	else if (!json_str(value, &text) || !user_role_parse(text, &role))
		return false;
	json_put_cstr(w, field, user_role_text(role));
	return true;
}

static bool is_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.data[i] >= 'a' && text.data[i] <= 'z') && text.data[i] != '_')
			return false;
	return text.len > 0 && text.len <= 32;
}

static bool is_hash(struct slice text)
{
	return text.len < 128 &&
	       (slice_has_prefix(text, SLICE_LIT("$2a$")) || slice_has_prefix(text, SLICE_LIT("$2b$")) ||
		       slice_has_prefix(text, SLICE_LIT("$2y$")) || slice_has_prefix(text, SLICE_LIT("$y$")));
}

static bool text_fits(const struct old_field *field, struct slice text)
{
	struct field_err err;

	switch (field->shape) {
	case OLD_REGION: return true; /* given_region() made it */
	case OLD_KEY: return validate_provider_key(text, &err);
	case OLD_USERNAME: return validate_username(text, &err);
	case OLD_HASH: return is_hash(text);
	case OLD_WORD: return is_word(text);
	default: return false;
	}
}

bool old_field_write(struct json_writer *w, const struct old_field *field, const struct json *value,
	enum upstream_policy policy)
{
	struct slice text = SLICE_NONE;
	bool is_text = json_str(value, &text), flag;
	int64_t number;

	switch (field->shape) {
	case OLD_ID: return true;
	case OLD_NUMBER:
		if (!old_number(value, &number) || number < 0)
			return false;
		put_int(w, field->field, number);
		return true;
	case OLD_FLAG:
		if (!old_flag(value, &flag))
			return false;
		json_put_cstr(w, field->field, flag ? "1" : "0");
		return true;
	case OLD_TIME:
		if (!old_time(value, &number))
			return false;
		put_int(w, field->field, number);
		return true;
	case OLD_ROLE: return put_role(w, field->field, value);
	case OLD_TEXT: return is_text && put_text(w, field->field, text);
	case OLD_NAME: return is_text && put_name(w, field->field, text);
	case OLD_ADDRESS: return is_text && put_address(w, field->field, text);
	case OLD_UPSTREAM: return is_text && put_upstream(w, field->field, text, policy);
	default: break;
	}
	text = slice_trim(text, " \t\r\n");
	if (is_text && field->shape == OLD_REGION) {
		text = given_region(text);
		is_text = text.len > 0;
	}
	if (!is_text || !text_fits(field, text))
		return false;
	json_put_str(w, field->field, text);
	return true;
}
