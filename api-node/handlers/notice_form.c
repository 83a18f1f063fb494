/* notice_form.c: see notice_form.h. One row a member: who may write it, for which kinds, and its check. */
#include "api-node/handlers/notice_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/printable.h"
#include "shared/model/validate.h"

enum { CREATE = 1, EDIT = 2, BOTH = 3 };

typedef bool take_fn(struct notice_form *form, const struct json *value, struct field_err *err);

/* --- single members
 * -------------------------------------------------------------------------------------------- */

static bool text_of(const struct json *value, const char *field, struct slice *ret, struct field_err *err)
{
	return json_str(value, ret) || field_err_wanted(err, field, "err.type", "a text");
}

static bool take_name(struct notice_form *form, const struct json *value, struct field_err *err)
{
	struct slice text;

	if (!text_of(value, "name", &text, err))
		return false;
	if (!validate_key_name(text, err)) {
		err->field = "name";
		return false;
	}
	proxy_form_set(&form->fields, "name", text);
	return true;
}

/* Read before all others; here it is only let pass. */
static bool take_kind(struct notice_form *form, const struct json *value, struct field_err *err)
{
	(void)value;
	(void)err;
	proxy_form_set(&form->fields, "kind", slice_from_str(notice_kind_text(form->kind)));
	return true;
}

static bool take_language(struct notice_form *form, const struct json *value, struct field_err *err)
{
	struct slice text;

	if (!text_of(value, "language", &text, err))
		return false;
	if (!slice_eq_str(text, "vi") && !slice_eq_str(text, "en")) {
		field_err_wanted(err, "language", "err.choice", "vi, en");
		return field_err_value(err, text);
	}
	proxy_form_set(&form->fields, "language", text);
	return true;
}

static void set_events(struct notice_form *form, uint32_t events)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	json_writer_init(&w, &text);
	json_array_begin(&w);
	for (int i = 0; i < NOTICE_EVENT_COUNT; i++)
		if (events & 1u << i)
			json_text(&w, slice_from_str(notice_event_text((enum notice_event)i)));
	json_array_end(&w);
	proxy_form_set(&form->fields, "events", buf_slice(&text));
	buf_done(&text);
}

static bool take_events(struct notice_form *form, const struct json *value, struct field_err *err)
{
	uint32_t events = 0;
	struct slice text;
	enum notice_event event;

	if (json_kind(value) != JSON_ARRAY)
		return field_err_wanted(err, "events", "err.type", "an array of texts");
	for (const struct json *v = json_first(value); v; v = json_next(v)) {
		if (!json_str(v, &text))
			return field_err_wanted(err, "events", "err.type", "an array of texts");
		if (!notice_event_parse(text, &event)) {
			field_err_wanted(err, "events", "err.choice", notice_events_wanted());
			return field_err_value(err, text);
		}
		events |= 1u << event;
	}
	set_events(form, events);
	return true;
}

static bool take_active(struct notice_form *form, const struct json *value, struct field_err *err)
{
	bool active;

	if (!json_bool(value, &active))
		return field_err_wanted(err, "active", "err.type", "true or false");
	proxy_form_set_int(&form->fields, "active", active);
	return true;
}

static bool take_tag(struct notice_form *form, const struct json *value, struct field_err *err)
{
	struct slice text = SLICE_LIT("");
	size_t chars;

	if (json_kind(value) != JSON_NULL && !json_str(value, &text))
		return field_err_wanted(err, "tag", "err.type", "a text or null");
	if (!printable_check(text, PRINTABLE_ONE_LINE, &chars))
		return field_err_set(err, "tag", "err.text_chars");
	if (chars > TAG_MAX_CHARS)
		return field_err_range(err, "tag", "err.text_length", 0, TAG_MAX_CHARS);
	proxy_form_set(&form->fields, "tag", text);
	return true;
}

static bool take_user_id(struct notice_form *form, const struct json *value, struct field_err *err)
{
	int64_t id;

	if (json_kind(value) == JSON_NULL) {
		proxy_form_set(&form->fields, "user_id", SLICE_LIT(""));
		return true;
	}
	if (!json_i64(value, &id))
		return field_err_wanted(err, "user_id", "err.type", "a whole number or null");
	if (id < 1)
		return field_err_range(err, "user_id", "err.range", 1, INT32_MAX);
	proxy_form_set_int(&form->fields, "user_id", id);
	return true;
}

static bool take_interval(struct notice_form *form, const struct json *value, struct field_err *err)
{
	int64_t seconds;

	if (!json_i64(value, &seconds))
		return field_err_wanted(err, "min_interval_seconds", "err.type", "a whole number");
	if (seconds < NOTICE_INTERVAL_MIN_S || seconds > NOTICE_INTERVAL_MAX_S)
		return field_err_range(err, "min_interval_seconds", "err.range", NOTICE_INTERVAL_MIN_S,
			NOTICE_INTERVAL_MAX_S);
	proxy_form_set_int(&form->fields, "interval_ms", seconds * 1000);
	return true;
}

/* --- where it goes
 * --------------------------------------------------------------------------------------------- */

static bool take_url(struct notice_form *form, const struct json *value, struct field_err *err)
{
	char shown[NOTICE_SHOWN_BYTES];
	struct slice text;
	const char *refusal;

	if (!text_of(value, "url", &text, err))
		return false;
	refusal = notice_url_refusal(text, form->reach);
	if (refusal)
		return field_err_set(err, "url", refusal);
	notice_url_shown(text, shown);
	proxy_form_set(&form->fields, "url", text);
	proxy_form_set(&form->fields, "shown", slice_from_str(shown));
	return true;
}

static bool take_bot_token(struct notice_form *form, const struct json *value, struct field_err *err)
{
	char shown[NOTICE_SHOWN_BYTES];
	struct slice text;

	if (!text_of(value, "bot_token", &text, err))
		return false;
	if (!notice_bot_token_ok(text))
		return field_err_set(err, "bot_token", "err.bot_token");
	notice_bot_token_shown(text, shown);
	proxy_form_set(&form->fields, "bot_token", text);
	proxy_form_set(&form->fields, "shown", slice_from_str(shown));
	return true;
}

/* People copy it as a number as often as they write it as a text. */
static bool take_chat_id(struct notice_form *form, const struct json *value, struct field_err *err)
{
	char number[24];
	struct slice text;
	int64_t id;

	if (json_i64(value, &id)) {
		snprintf(number, sizeof(number), "%" PRId64, id);
		text = slice_from_str(number);
	} else if (!json_str(value, &text)) {
		return field_err_wanted(err, "chat_id", "err.type", "a text or a whole number");
	}
	if (!notice_chat_id_ok(text))
		return field_err_set(err, "chat_id", "err.chat_id");
	proxy_form_set(&form->fields, "chat_id", text);
	return true;
}

static void make_secret(struct notice_form *form)
{
	webhook_secret_generate(form->new_secret);
	proxy_form_set(&form->fields, "secret", slice_from_str(form->new_secret));
}

static bool take_new_secret(struct notice_form *form, const struct json *value, struct field_err *err)
{
	bool wanted;

	if (!json_bool(value, &wanted))
		return field_err_wanted(err, "new_secret", "err.type", "true or false");
	if (wanted)
		make_secret(form);
	return true;
}

/* --- the form
 * -------------------------------------------------------------------------------------------------- */

#define ALL_KINDS  ((1u << NOTICE_KIND_COUNT) - 1)
#define HAVE_URL   (1u << NOTICE_KIND_WEBHOOK | 1u << NOTICE_KIND_DISCORD | 1u << NOTICE_KIND_SLACK)
#define TELEGRAM   (1u << NOTICE_KIND_TELEGRAM)
#define HAVE_SIGNS (1u << NOTICE_KIND_WEBHOOK)

static const struct member {
	const char *name;
	unsigned use, kinds;
	take_fn *take;
	bool needed; /* in a new one of these kinds */
} members[] = {
	{"name", BOTH, ALL_KINDS, take_name, true},
	{"kind", CREATE, ALL_KINDS, take_kind, true},
	{"url", BOTH, HAVE_URL, take_url, true},
	{"bot_token", BOTH, TELEGRAM, take_bot_token, true},
	{"chat_id", BOTH, TELEGRAM, take_chat_id, true},
	{"language", BOTH, ALL_KINDS, take_language, false},
	{"events", BOTH, ALL_KINDS, take_events, false},
	{"active", BOTH, ALL_KINDS, take_active, false},
	{"tag", BOTH, ALL_KINDS, take_tag, false},
	{"user_id", BOTH, ALL_KINDS, take_user_id, false},
	{"min_interval_seconds", BOTH, ALL_KINDS, take_interval, false},
	{"new_secret", EDIT, HAVE_SIGNS, take_new_secret, false},
};

void notice_form_init(struct notice_form *form, enum notice_address reach)
{
	*form = (struct notice_form){.reach = reach};
	proxy_form_init(&form->fields);
}

void notice_form_done(struct notice_form *form)
{
	proxy_form_done(&form->fields);
	explicit_bzero(form->new_secret, sizeof(form->new_secret));
}

static const struct member *member_find(const struct notice_form *form, unsigned use, struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (slice_eq_str(name, members[i].name) && members[i].use & use &&
			members[i].kinds & 1u << form->kind)
			return &members[i];
	return NULL;
}

static bool take_all(struct notice_form *form, unsigned use, const struct json *body, struct field_err *err)
{
	for (const struct json *v = json_first(body); v; v = json_next(v)) {
		const struct member *member = member_find(form, use, json_name(v));

		if (!member) {
			field_err_set(err, NULL, "err.unknown_field");
			return field_err_name(err, json_name(v));
		}
		if (!member->take(form, v, err))
			return false;
	}
	return true;
}

static bool read_kind(struct notice_form *form, const struct json *body, struct field_err *err)
{
	const struct json *value = json_member(body, "kind");
	struct slice text;

	if (!value)
		return field_err_set(err, "kind", "err.required");
	if (!text_of(value, "kind", &text, err))
		return false;
	if (notice_kind_parse(text, &form->kind))
		return true;
	field_err_wanted(err, "kind", "err.choice", notice_kinds_wanted());
	return field_err_value(err, text);
}

bool notice_form_create(struct notice_form *form, const struct json *body, struct field_err *err)
{
	struct slice value;

	if (!read_kind(form, body, err) || !take_all(form, CREATE, body, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i].needed && members[i].kinds & 1u << form->kind &&
			!json_member(body, members[i].name))
			return field_err_set(err, members[i].name, "err.required");
	if (!proxy_form_get(&form->fields, "events", &value))
		set_events(form, notice_events_default());
	if (form->kind == NOTICE_KIND_WEBHOOK)
		make_secret(form);
	return true;
}

bool notice_form_edit(
	struct notice_form *form, enum notice_kind kind, const struct json *body, struct field_err *err)
{
	form->kind = kind;
	return take_all(form, EDIT, body, err);
}

static bool seal_field(struct notice_form *form, const struct keyring *keyring, uint64_t id, const char *name,
	struct err *err)
{
	struct slice plain;
	struct buf aad, sealed;

	if (!proxy_form_get(&form->fields, name, &plain))
		return true;
	buf_init(&aad, 0);
	buf_init(&sealed, 0);
	buf_printf(&aad, "notice:%" PRIu64 ":%s", id, name);
	bool ok = seal(keyring, buf_slice(&aad), plain, &sealed, err);
	if (ok)
		proxy_form_set(&form->fields, name, buf_slice(&sealed));
	buf_done(&aad);
	buf_done(&sealed);
	return ok;
}

bool notice_form_seal(struct notice_form *form, const struct keyring *keyring, uint64_t id, struct err *err)
{
	return seal_field(form, keyring, id, "url", err) && seal_field(form, keyring, id, "bot_token", err) &&
	       seal_field(form, keyring, id, "secret", err);
}
