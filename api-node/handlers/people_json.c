/* people_json.c: see people_json.h. */
#include "api-node/handlers/people_json.h"

#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"

void people_copy(struct json_writer *w, const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	struct slice text;
	int64_t number;
	bool flag;

	if (value && json_str(value, &text) && text.len > 0)
		json_put_str(w, name, text);
	else if (value && json_i64(value, &number))
		json_put_int(w, name, number);
	else if (value && json_bool(value, &flag))
		json_put_bool(w, name, flag);
	else
		json_put_null(w, name);
}

void people_copy_time(struct json_writer *w, const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	int64_t at_ms = 0;

	if (!value || !json_i64(value, &at_ms))
		at_ms = 0;
	iso8601_put(w, name, at_ms);
}
