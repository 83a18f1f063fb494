/* field_text.c: see field_text.h. */
#include "api-node/handlers/field_text.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/messages.h"
#include "shared/model/validate.h"

void field_text(const struct field_err *err, struct buf *params, struct buf *detail)
{
	struct json_writer w;
	struct buf sentence;

	buf_init(&sentence, 0);
	json_writer_init(&w, params);
	field_err_params(err, &w);
	struct json *values = json_parse(buf_slice(params), NULL, NULL);
	message_format(&sentence, slice_from_str(err->message_id), MESSAGE_ENGLISH, values);
	/* A sentence made for a form does not name its field; a program has no form. */
	if (err->field && !strstr(buf_str(&sentence), err->field))
		buf_printf(detail, "%s: ", err->field);
	buf_append_slice(detail, buf_slice(&sentence));
	json_free(values);
	buf_done(&sentence);
}

bool field_only_members(
	const struct json *body, const char *const *names, size_t count, struct field_err *err)
{
	for (const struct json *value = json_first(body); value; value = json_next(value)) {
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known = known || slice_eq_str(json_name(value), names[i]);
		if (!known) {
			field_err_set(err, NULL, "err.unknown_field");
			return field_err_name(err, json_name(value));
		}
	}
	return true;
}

bool field_text_member(const struct json *body, const char *name, struct slice *ret, struct field_err *err)
{
	const struct json *value = json_member(body, name);

	return !value || json_str(value, ret) || field_err_wanted(err, name, "err.type", "a string");
}

bool field_text_required(const struct json *body, const char *name, struct slice *ret, struct field_err *err)
{
	if (!json_member(body, name))
		return field_err_set(err, name, "err.required");
	return field_text_member(body, name, ret, err);
}
