/* export_csv.c: see export_csv.h. A column is one line: its name and what is in it. */
#include "api-node/handlers/export_csv.h"

#include "api-node/record.h"
#include "shared/base/csv.h"
#include "shared/json/json.h"
#include "shared/model/iso8601.h"
#include "shared/model/proxy.h"

static void put_time(struct csv *csv, int64_t epoch_ms)
{
	char text[ISO8601_TEXT_BYTES] = "";

	if (epoch_ms > 0)
		iso8601_text(epoch_ms, text);
	csv_text(csv, slice_from_str(text));
}

/* 0 is "none", as in the API's null. */
static void put_known(struct csv *csv, int64_t value)
{
	if (value > 0)
		csv_int(csv, value);
	else
		csv_text(csv, SLICE_LIT(""));
}

static void put_tags(struct csv *csv, struct slice tags)
{
	struct json *list = json_parse(tags, NULL, NULL);
	struct slice text;
	struct buf joined;

	buf_init(&joined, 0);
	for (const struct json *tag = json_first(list); tag; tag = json_next(tag))
		if (json_str(tag, &text))
			buf_printf(&joined, "%s%.*s", joined.len ? "," : "", SLICE_ARG(text));
	csv_text(csv, buf_slice(&joined));
	buf_done(&joined);
	json_free(list);
}

#define TEXT(field)  csv_text(csv, proxy->field)
#define KNOWN(field) put_known(csv, proxy->field)
#define TIME(field)  put_time(csv, proxy->field)

/* name, how it is written with `csv`, `proxy` and `row` at hand */
#define COLUMNS(X)                                                                   \
	X("id", csv_int(csv, proxy->id))                                             \
	X("number", csv_int(csv, proxy->number))                                     \
	X("key_name", TEXT(key_name))                                                \
	X("subdomain", TEXT(subdomain))                                              \
	X("host", csv_text(csv, row->host))                                          \
	X("port", put_known(csv, row->port))                                         \
	X("username", TEXT(subdomain))                                               \
	X("password", csv_text(csv, slice_from_str(row->record->password)))          \
	X("status", csv_text(csv, slice_from_str(proxy_status_text(proxy->status)))) \
	X("remote_ip", TEXT(remote_ip))                                              \
	X("location", TEXT(location))                                                \
	X("remote_http", TEXT(remote_http))                                          \
	X("latency_ms", KNOWN(latency_ms))                                           \
	X("expiration_at", TIME(expiration_at))                                      \
	X("last_rotated_at", TIME(last_rotated_at))                                  \
	X("provider", TEXT(provider))                                                \
	X("provider_key", csv_text(csv, slice_from_str(row->record->masked_key)))    \
	X("region", TEXT(region))                                                    \
	X("tags", put_tags(csv, proxy->tags))                                        \
	X("note", TEXT(note))                                                        \
	X("paid_until", TIME(paid_until))                                            \
	X("price_vnd", KNOWN(price_vnd))                                             \
	X("plan_days", KNOWN(plan_days))                                             \
	X("rotate_link", csv_text(csv, row->rotate_link))                            \
	X("user_id", KNOWN(user_id))                                                 \
	X("created_at", TIME(created_at))

void export_csv_begin(struct buf *out)
{
	struct csv csv;

	csv_begin(&csv, out);
#define X(name, write) csv_text(&csv, SLICE_LIT(name));
	COLUMNS(X)
#undef X
	csv_end_row(&csv);
}

void export_csv_row(struct buf *out, const struct export_row *row)
{
	struct csv writer = {.out = out}, *csv = &writer;
	const struct proxy *proxy = row->record->proxy;

#define X(name, write) write;
	COLUMNS(X)
#undef X
	csv_end_row(csv);
}
