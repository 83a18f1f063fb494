/* push_frames.c: see push_frames.h. */
#include "api-node/push/push_frames.h"

#include "api-node/api.h"
#include "api-node/record_json.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/model/change.h"
#include "shared/model/log_entry.h"
#include "shared/model/settings.h"

static void begin(struct json_writer *w, struct buf *out, const char *type)
{
	buf_clear(out);
	json_writer_init(w, out);
	json_object_begin(w);
	json_put_cstr(w, "type", type);
}

void frame_hello(struct buf *out, const struct records *records)
{
	char version[VERSION_TEXT_BYTES];
	uint64_t generation, number;
	struct json_writer w;

	records_position(records, &generation, &number);
	version_text(generation, number, version);
	begin(&w, out, "hello");
	json_put_cstr(&w, "version", version);
	json_object_end(&w);
}

void frame_proxy(struct buf *out, struct api *api, const struct record *record)
{
	struct json_writer w;

	begin(&w, out, "proxy");
	json_key(&w, "proxy");
	record_write(&w, api, record);
	json_object_end(&w);
}

void frame_proxy_deleted(struct buf *out, int64_t id)
{
	struct json_writer w;

	begin(&w, out, "proxy_deleted");
	json_put_int(&w, "id", id);
	json_object_end(&w);
}

void frame_log(struct buf *out, struct slice entry_json)
{
	struct log_entry entry;
	struct json_writer w;
	struct err err = {0};

	if (!log_entry_parse(entry_json, &entry, &err)) {
		log_warning("a history entry cannot be read, not telling it", log_err(&err));
		buf_clear(out);
		return;
	}
	begin(&w, out, "log");
	json_key(&w, "log");
	log_entry_write(&w, &entry);
	json_object_end(&w);
	log_entry_done(&entry);
}

void frame_settings(struct buf *out, const struct settings *settings)
{
	struct json_writer w;

	begin(&w, out, "settings");
	json_key(&w, "settings");
	settings_write(&w, settings);
	json_object_end(&w);
}

void frame_resync(struct buf *out)
{
	struct json_writer w;

	begin(&w, out, "resync");
	json_object_end(&w);
}
