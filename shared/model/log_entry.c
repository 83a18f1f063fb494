/* log_entry.c: see log_entry.h. */
#include "shared/model/log_entry.h"

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/actor.h"
#include "shared/model/iso8601.h"
#include "shared/model/messages.h"
#include "shared/model/raw_json.h"

static bool opt_text(const struct json *root, const char *name, struct slice *ret, struct err *err)
{
	bool present;

	*ret = SLICE_LIT("");
	return json_opt_str(root, name, ret, &present, err);
}

/* A number, or its text: stream fields are texts. Empty and absent are 0. */
static bool opt_number(const struct json *root, const char *name, int64_t *ret, struct err *err)
{
	const struct json *value = json_member(root, name);
	struct slice text;

	*ret = 0;
	if (!value || json_i64(value, ret))
		return true;
	if (json_str(value, &text) && (text.len == 0 || slice_parse_i64(text, ret)))
		return true;
	return err_set(err, ERR_INVALID, "\"%s\" is not a number", name);
}

/* An object, or the text of one, as a stream field holds it. */
static bool read_params(struct slice text, struct log_entry *entry, struct err *err)
{
	const struct json *value = json_member(entry->json, "params");
	struct slice inner;

	entry->params = SLICE_LIT("");
	if (!value || json_kind(value) == JSON_NULL)
		return true;
	if (json_kind(value) == JSON_OBJECT && raw_json_member(text, "params", &entry->params))
		return true;
	if (!json_str(value, &inner))
		return err_set(err, ERR_INVALID, "\"params\" is not an object");
	if (inner.len == 0)
		return true;
	struct json *parsed = json_parse(inner, NULL, NULL);
	bool ok = parsed && json_kind(parsed) == JSON_OBJECT;
	json_free(parsed);
	if (!ok)
		return err_set(err, ERR_INVALID, "\"params\" is not the text of an object");
	entry->params = inner;
	return true;
}

static bool read_members(struct slice text, struct log_entry *entry, struct err *err)
{
	const struct json *root = entry->json;

	if (json_kind(root) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "not an object");
	return opt_number(root, "proxy_id", &entry->proxy_id, err) &&
	       opt_number(root, "timestamp", &entry->timestamp, err) &&
	       opt_text(root, "id", &entry->id, err) && opt_text(root, "action", &entry->action, err) &&
	       opt_text(root, "region", &entry->region, err) &&
	       opt_text(root, "status", &entry->status, err) &&
	       opt_text(root, "message_id", &entry->message_id, err) &&
	       opt_text(root, "user", &entry->actor, err) && read_params(text, entry, err);
}

bool log_entry_parse(struct slice text, struct log_entry *ret_entry, struct err *err)
{
	struct log_entry entry = {.json = json_parse(text, NULL, err)};

	if (!entry.json || !read_members(text, &entry, err)) {
		log_entry_done(&entry);
		return err_prefix(err, "log entry");
	}
	*ret_entry = entry;
	return true;
}

void log_entry_done(struct log_entry *entry)
{
	if (!entry)
		return;
	json_free(entry->json);
	*entry = (struct log_entry){0};
}

static void put_message(struct json_writer *w, const struct log_entry *entry)
{
	struct buf sentence;

	/* Without an id, or with one of a newer program, there is nothing true to say. */
	if (!message_known(entry->message_id)) {
		json_put_cstr(w, "message", "");
		return;
	}
	struct json *params = entry->params.len > 0 ? json_parse(entry->params, NULL, NULL) : NULL;
	buf_init(&sentence, 4096);
	message_format(&sentence, entry->message_id, MESSAGE_ENGLISH, params);
	json_put_str(w, "message", buf_slice(&sentence));
	buf_done(&sentence);
	json_free(params);
}

void log_entry_write(struct json_writer *w, const struct log_entry *entry)
{
	char time[ISO8601_TEXT_BYTES];
	struct slice user, via;

	actor_split(entry->actor, &user, &via);
	json_object_begin(w);
	json_put_str(w, "id", entry->id);
	if (entry->proxy_id > 0)
		json_put_int(w, "proxy_id", entry->proxy_id);
	else
		json_put_null(w, "proxy_id");
	json_put_str(w, "action", entry->action);
	json_put_str(w, "region", entry->region);
	json_put_str(w, "status", entry->status);
	json_put_str(w, "message_id", entry->message_id);
	json_put_raw(w, "params", entry->params.len > 0 ? entry->params : SLICE_LIT("{}"));
	put_message(w, entry);
	json_put_str(w, "user", user);
	json_put_str(w, "via", via);
	iso8601_text(entry->timestamp, time);
	json_put_cstr(w, "timestamp", time);
	json_object_end(w);
}
