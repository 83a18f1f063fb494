/* messages.c: see messages.h. */
#include "shared/model/messages.h"

#include <string.h>

#include "shared/json/json.h"
#include "shared/model/bytes_text.h"
#include "shared/model/iso8601.h"
#include "shared/model/provider_names.h"
#include "shared/model/proxy_enums.h"

struct message {
	struct slice id;
	const char *texts[2]; /* by enum message_lang */
};

static const struct message MESSAGES[] = {
#define MESSAGE(id, english, vietnamese) {{id, sizeof(id) - 1}, {english, vietnamese}},
#include "shared/model/messages_table.h"
#undef MESSAGE
};

static const char *const REGION_NAMES[][2] = {
#define X(name, text, english, vietnamese) [REGION_##name] = {english, vietnamese},
	REGIONS(X)
#undef X
};

static const char NO_VALUE[] = "…";

enum message_lang message_lang_of(struct slice text)
{
	bool vietnamese = slice_eq_icase(slice_of(text.data, text.len < 2 ? text.len : 2), SLICE_LIT("vi")) &&
			  (text.len == 2 || text.data[2] == '-' || text.data[2] == '_');

	return vietnamese ? MESSAGE_VIETNAMESE : MESSAGE_ENGLISH;
}

static const struct message *message_find(struct slice id)
{
	for (size_t i = 0; i < ARRAY_LEN(MESSAGES); i++)
		if (slice_eq(MESSAGES[i].id, id))
			return &MESSAGES[i];
	return NULL;
}

bool message_known(struct slice id)
{
	return message_find(id) != NULL;
}

const char *message_template(struct slice id, enum message_lang lang)
{
	const struct message *message = message_find(id);

	if (!message)
		message = message_find(SLICE_LIT("err.unknown"));
	return message->texts[lang];
}

/* Appends a place's value; false when it has none. */
typedef bool place_fn(struct buf *out, struct slice place, enum message_lang lang, const void *arg);

static void expand(
	struct buf *out, const char *template, enum message_lang lang, place_fn *fill, const void *arg)
{
	struct slice rest = slice_from_str(template), text, place;

	while (slice_cut(rest, '{', &text, &rest)) {
		buf_append_slice(out, text);
		slice_cut(rest, '}', &place, &rest);
		if (fill(out, place, lang, arg))
			continue;
		if (slice_eq(place, SLICE_LIT("provider")))
			buf_append_slice(out, provider_title(SLICE_NONE));
		else
			buf_append_str(out, NO_VALUE);
	}
	buf_append_slice(out, text);
}

/* False, and nothing is appended, for an empty text: it is no value. */
static bool append_text(struct buf *out, struct slice place, enum message_lang lang, struct slice text)
{
	enum region region;

	if (text.len == 0)
		return false;
	if (slice_eq(place, SLICE_LIT("region")) && region_parse(text, &region))
		buf_append_str(out, REGION_NAMES[region][lang]);
	else if (slice_eq(place, SLICE_LIT("provider")))
		buf_append_slice(out, provider_title(text));
	else
		buf_append_slice(out, text);
	return true;
}

static bool is_bytes(struct slice place)
{
	return slice_eq(place, SLICE_LIT("used")) || slice_eq(place, SLICE_LIT("limit"));
}

struct json_params {
	const struct json *object; /* may be NULL */
	message_time_fn *time_text;
};

static bool fill_from_json(struct buf *out, struct slice place, enum message_lang lang, const void *arg)
{
	const struct json_params *params = arg;
	char name[32], time[MESSAGE_TIME_BYTES], bytes[BYTES_TEXT_BYTES];
	struct slice text;
	int64_t number;

	if (!params->object || !slice_copy(place, name, sizeof(name)))
		return false;
	const struct json *value = json_member(params->object, name);
	if (!value)
		return false;
	if (json_str(value, &text))
		return append_text(out, place, lang, text);
	if (!json_i64(value, &number))
		return false;
	if (slice_eq(place, SLICE_LIT("time"))) {
		params->time_text(number, time);
		buf_append_str(out, time);
	} else if (is_bytes(place)) {
		bytes_text(number < 0 ? 0 : (uint64_t)number, lang, bytes);
		buf_append_str(out, bytes);
	} else {
		buf_printf(out, "%lld", (long long)number);
	}
	return true;
}

void message_format(struct buf *out, struct slice id, enum message_lang lang, const struct json *params)
{
	message_format_timed(out, id, lang, params, iso8601_text);
}

void message_format_timed(struct buf *out, struct slice id, enum message_lang lang, const struct json *params,
	message_time_fn *time_text)
{
	struct json_params from = {params, time_text};

	expand(out, message_template(id, lang), lang, fill_from_json, &from);
}

struct param_list {
	const struct message_param *params;
	size_t count;
};

static bool fill_from_list(struct buf *out, struct slice place, enum message_lang lang, const void *arg)
{
	const struct param_list *list = arg;

	for (size_t i = 0; i < list->count; i++) {
		if (!slice_eq_str(place, list->params[i].name))
			continue;
		return append_text(out, place, lang, list->params[i].text);
	}
	return false;
}

void message_format_with(struct buf *out, struct slice id, enum message_lang lang,
	const struct message_param *params, size_t param_count)
{
	struct param_list list = {params, param_count};

	expand(out, message_template(id, lang), lang, fill_from_list, &list);
}
