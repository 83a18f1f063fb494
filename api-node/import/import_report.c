/* import_report.c: see import_report.h. */
#include "api-node/import/import_report.h"

#include "api-node/api.h"
#include "api-node/helper.h"
#include "api-node/import/import_run.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/mask.h"
#include "shared/model/messages.h"

static const char *const SETTINGS_TEXTS[] = {
	[SETTINGS_SAME] = "exists",
	[SETTINGS_CHANGED] = "created",
	[SETTINGS_REFUSED] = "refused",
};

/* How a person recognises it. */
static void put_labels(struct json_writer *w, const struct import_item *item, const struct json *fields)
{
	char masked[MASK_TEXT_BYTES];

	switch (item->kind) {
	case IMPORT_USER:
		json_put_str(w, "username", json_str_of(fields, "username"));
		json_put_str(w, "role", json_str_of(fields, "role"));
		break;
	case IMPORT_PROXY:
		mask_key(json_str_of(fields, "provider_key"), masked);
		json_put_str(w, "key_name", json_str_of(fields, "key_name"));
		json_put_cstr(w, "subdomain", item->name);
		json_put_cstr(w, "provider_key", masked);
		break;
	case IMPORT_TOKEN:
	case IMPORT_CHANNEL: json_put_str(w, "name", json_str_of(fields, "name")); break;
	default: json_put_str(w, "action", json_str_of(fields, "action")); break;
	}
}

static void put_reason(struct json_writer *w, const struct import_item *item)
{
	const struct message_param param = {"value", slice_from_str(item->detail)};
	struct buf text;

	if (!item->reason) {
		json_put_null(w, "message_id");
		json_put_null(w, "reason");
		return;
	}
	buf_init(&text, 0);
	message_format_with(&text, slice_from_str(item->reason), MESSAGE_ENGLISH, &param, 1);
	json_put_cstr(w, "message_id", item->reason);
	json_put_str(w, "reason", buf_slice(&text));
	buf_done(&text);
}

static void put_ignored_names(struct json_writer *w, struct slice names)
{
	json_key(w, "ignored_fields");
	json_array_begin(w);
	while (names.len > 0) {
		struct slice name;
		slice_cut(names, ',', &name, &names);
		json_text(w, name);
	}
	json_array_end(w);
}

static void write_item(struct json_writer *w, const struct import_list *list, const struct import_item *item)
{
	struct json *fields = json_parse(import_item_fields(list, item), NULL, NULL);

	json_object_begin(w);
	json_put_int(w, "from_id", item->from_id);
	put_labels(w, item, fields);
	json_put_cstr(w, "result", import_result_text(item->result));
	put_reason(w, item);
	put_ignored_names(w, import_item_ignored(list, item));
	json_object_end(w);
	json_free(fields);
}

static void put_counts(struct json_writer *w, const struct import_list *list)
{
	unsigned counts[IMPORT_KIND_COUNT][IMPORT_RESULT_COUNT] = {0};

	for (size_t i = 0; i < list->count; i++)
		counts[list->items[i].kind][list->items[i].result]++;
	json_key(w, "counts");
	json_object_begin(w);
	for (enum import_kind kind = 0; kind < IMPORT_KIND_COUNT; kind++) {
		json_key(w, import_kind_text(kind));
		json_object_begin(w);
		for (enum import_result result = RESULT_CREATED; result < IMPORT_RESULT_COUNT; result++)
			json_put_uint(w, import_result_text(result), counts[kind][result]);
		json_object_end(w);
	}
	json_object_end(w);
}

static void put_ignored_fields(struct json_writer *w, const struct import_list *list)
{
	json_key(w, "ignored_fields");
	json_object_begin(w);
	for (size_t kind = 0; kind <= IMPORT_KIND_COUNT; kind++) {
		json_key(w, kind < IMPORT_KIND_COUNT ? import_kind_text((enum import_kind)kind) : "document");
		json_object_begin(w);
		for (unsigned i = 0; i < list->ignored_count[kind]; i++)
			json_put_uint(w, list->ignored[kind][i].name, list->ignored[kind][i].count);
		json_object_end(w);
	}
	json_object_end(w);
}

static void write_report(const struct import_run *run, struct buf *body)
{
	const struct import_list *list = &run->list;
	struct json_writer w;

	json_writer_init(&w, body);
	json_object_begin(&w);
	json_put_cstr(&w, "format", run->source == IMPORT_BACKUP ? "backup" : "data.json");
	json_put_bool(&w, "dry_run", run->effect == STORE_LOOK);
	put_counts(&w, list);
	put_ignored_fields(&w, list);
	json_put_cstr(&w, "settings", SETTINGS_TEXTS[run->settings]);
	for (enum import_kind kind = 0; kind < IMPORT_KIND_COUNT; kind++) {
		json_key(&w, import_kind_text(kind));
		json_array_begin(&w);
		for (size_t i = 0; i < list->count; i++)
			if (list->items[i].kind == kind)
				write_item(&w, list, &list->items[i]);
		json_array_end(&w);
	}
	if (run->version[0])
		json_put_cstr(&w, "version", run->version);
	json_object_end(&w);
}

static void on_helper(void *arg)
{
	struct import_run *run = ((struct request *)arg)->work;

	write_report(run, &run->report);
}

static void on_written(void *arg)
{
	struct request *req = request_from(arg);
	struct import_run *run = req->work;
	struct buf body = run->report;

	buf_init(&run->report, 0);
	reply_json(req, 200, &body);
}

void import_report_reply(struct request *req, struct import_run *run)
{
	if (helper_run(req->api->helper, on_helper, on_written, req))
		return;
	write_report(run, &run->report); /* the helper is at another document */
	on_written(req);
}
