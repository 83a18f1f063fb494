/* import_row.c: see import_row.h. */
#include "api-node/handlers/import_row.h"

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/given.h"
#include "shared/model/validate.h"

/* The next tag of a column; false when it was the last. */
static bool cut_tag(struct slice *rest, struct slice *ret_tag)
{
	struct slice comma, semicolon, after_comma, after_semicolon;
	bool by_comma = slice_cut(*rest, ',', &comma, &after_comma);
	bool by_semicolon = slice_cut(*rest, ';', &semicolon, &after_semicolon);

	*ret_tag = comma.len < semicolon.len ? comma : semicolon;
	*rest = comma.len < semicolon.len ? after_comma : after_semicolon;
	return by_comma || by_semicolon;
}

/* A tags column ("a, b" or "a; b": between columns nothing else is meant by either) as the record keeps it;
 * "" is none. */
static bool tags_of(struct slice column, struct buf *record, struct field_err *err)
{
	struct json_writer w;
	struct buf text;
	struct slice tag, rest = column;
	bool more = column.len > 0, ok = false;

	buf_init(&text, 0);
	json_writer_init(&w, &text);
	json_array_begin(&w);
	while (more) {
		more = cut_tag(&rest, &tag);
		tag = slice_trim(tag, " ");
		if (tag.len > 0)
			json_text(&w, tag);
	}
	json_array_end(&w);
	struct json *array = json_parse(buf_slice(&text), NULL, NULL);
	if (array)
		ok = validate_tags(array, record, err);
	else
		field_err_set(err, "tags", "err.text_chars");
	json_free(array);
	buf_done(&text);
	return ok;
}

static bool key_ok(struct slice key, struct field_err *err)
{
	if (key.len == 0)
		return field_err_set(err, "key", "err.required");
	if (validate_provider_key(key, err))
		return true;
	err->field = "key";
	return false;
}

bool import_row_check(const struct key_line *line, struct field_err *err)
{
	struct slice region = line->region;
	struct buf tags;
	int64_t at_ms;

	if (line->more)
		return field_err_set(err, "line", "err.import_columns");
	if (!key_ok(line->key, err))
		return false;
	if (line->name.len > 0 && !validate_key_name(line->name, err)) {
		err->field = "name";
		return false;
	}
	if (line->region.len > 0 && !validate_region(&region, err))
		return false;
	if (line->paid_until.len > 0 && !given_time(line->paid_until, &at_ms)) {
		field_err_set(err, "paid_until", "err.date");
		return field_err_value(err, line->paid_until);
	}
	buf_init(&tags, 0);
	bool ok = tags_of(line->tags, &tags, err);
	buf_done(&tags);
	return ok;
}

void import_row_form(const struct proxy_form *defaults, const struct key_line *line, struct proxy_form *form)
{
	struct buf tags;
	int64_t at_ms;

	proxy_form_init(form);
	proxy_form_copy(form, defaults);
	proxy_form_set(form, "provider_key", line->key);
	if (line->name.len > 0)
		proxy_form_set(form, "key_name", line->name);
	if (line->region.len > 0)
		proxy_form_set(form, "region", given_region(line->region));
	if (line->paid_until.len > 0 && given_time(line->paid_until, &at_ms))
		proxy_form_set_int(form, "paid_until", at_ms);
	if (line->tags.len > 0) {
		buf_init(&tags, 0);
		ensure(tags_of(line->tags, &tags, NULL));
		proxy_form_set(form, "tags", buf_slice(&tags));
		buf_done(&tags);
	}
}
