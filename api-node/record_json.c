/* record_json.c: see record_json.h. */
#include "api-node/record_json.h"

#include "api-node/api.h"
#include "api-node/link_url.h"
#include "api-node/public_ports.h"
#include "api-node/record_memo.h"
#include "api-node/records.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy.h"
#include "shared/model/proxy_json.h"

static void render(struct api *api, const struct record *record, int64_t now_ms, struct buf *out)
{
	struct json_writer w;
	struct err err = {0};
	struct buf link;

	buf_init(&link, 0);
	if (!link_url_of_proxy(api, record->proxy, &link, &err))
		log_warning("a sealed field cannot be opened, showing it empty",
			log_int("proxy", record->proxy->id), log_str("field", "link_token"), log_err(&err));
	const struct proxy_view view = {
		.proxy = record->proxy,
		.access = public_ports_access(api->public_ports),
		.masked_key = slice_from_str(record->masked_key),
		.password = slice_from_str(record->password),
		.rotate_link = buf_slice(&link),
		.now_ms = now_ms,
	};

	json_writer_init(&w, out);
	proxy_view_write(&w, &view);
	secret_wipe(&link);
	buf_done(&link);
}

/* As of now_ms: a list asks for the time once. */
static struct slice json_at(struct api *api, const struct record *record, int64_t now_ms)
{
	struct record_memos *memos = records_memos(api->records);
	uint64_t epoch = public_ports_epoch(api->public_ports);
	struct slice text;
	struct buf made;

	if (record_memo_find(memos, record, epoch, now_ms, &text))
		return text;
	buf_init(&made, 0);
	render(api, record, now_ms, &made);
	text = record_memo_keep(
		memos, record, epoch, proxy_view_until_ms(record->proxy, now_ms), buf_slice(&made));
	secret_wipe(&made);
	buf_done(&made);
	return text;
}

struct slice record_json(struct api *api, const struct record *record)
{
	return json_at(api, record, records_now_ms(api->records));
}

void record_write(struct json_writer *w, struct api *api, const struct record *record)
{
	json_raw(w, record_json(api, record));
}

void record_write_members(struct json_writer *w, struct api *api, const struct record *record)
{
	struct slice text = record_json(api, record);

	json_raw_members(w, slice_of(text.data + 1, text.len - 2));
}

void records_write(struct buf *out, struct api *api, const struct record *const *rows, size_t count)
{
	int64_t now_ms = records_now_ms(api->records);

	/* Most are as long as the first: the buffer need not be moved over and over. */
	if (count > 0 && !buf_reserve(out, (json_at(api, rows[0], now_ms).len + 64) * count))
		return;
	buf_append_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_char(out, ',');
		buf_append_slice(out, json_at(api, rows[i], now_ms));
	}
	buf_append_char(out, ']');
}
