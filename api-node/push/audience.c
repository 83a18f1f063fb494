/*
 * audience.c: see audience.h. What has not been told about a proxy is one `mark`, found by id:
 *
 *	(none) ──change──▶ DIRTY ──into the log──▶ COOLING ──100 ms──▶ (none)
 *	                     ▲                        │ change
 *	                     └────────100 ms──────── HELD
 *
 * so a proxy is told at once, and then at most once in 100 ms, always as it is by then.
 */
#include "api-node/push/audience.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/push/frame.h"
#include "api-node/push/push_frames.h"
#include "api-node/records.h"
#include "shared/base/ensure.h"
#include "shared/model/proxy.h"

enum {
	UPDATE_INTERVAL_MS = 100,
	MARKS_MAX = 5000,              /* outstanding proxies */
	TEXTS_MAX_BYTES = 1024 * 1024, /* of lines between two flushes */
};

struct mark {
	struct list node; /* audience->dirty or ->cooling (in the order of until_ms) */
	enum { MARK_DIRTY, MARK_COOLING, MARK_HELD } state;
	enum push_what what;
	int64_t id; /* the map's key */
	uint64_t until_ms;
};

static struct slice key_of(const int64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

static void mark_free(struct audience *audience, struct mark *mark)
{
	hash_map_remove(&audience->marks, key_of(&mark->id));
	list_remove(&mark->node);
	free(mark);
}

void audience_forget(struct audience *audience)
{
	size_t cursor = 0;

	for (struct mark *mark; (mark = hash_map_next(&audience->marks, &cursor));)
		free(mark);
	hash_map_done(&audience->marks);
	list_init(&audience->dirty);
	list_init(&audience->cooling);
	buf_clear(&audience->texts);
}

struct audience *audience_new(int64_t user_id)
{
	struct audience *audience = mem_zalloc(sizeof(*audience));

	audience->user_id = user_id;
	list_init(&audience->clients);
	hash_map_init(&audience->marks);
	list_init(&audience->dirty);
	list_init(&audience->cooling);
	buf_init(&audience->texts, 0);
	buf_init(&audience->log, 0);
	return audience;
}

void audience_free(struct audience *audience)
{
	if (!audience)
		return;
	ensure(list_empty(&audience->clients));
	audience_forget(audience);
	buf_done(&audience->texts);
	buf_done(&audience->log);
	free(audience);
}

bool audience_sees(const struct audience *audience, int64_t owner_id)
{
	return audience->user_id == AUDIENCE_ADMINISTRATORS || audience->user_id == owner_id;
}

bool audience_tell(struct audience *audience, int64_t id, enum push_what what)
{
	struct mark *mark = hash_map_find(&audience->marks, key_of(&id));

	if (mark) {
		mark->what = what;
		if (mark->state == MARK_COOLING)
			mark->state = MARK_HELD;
		return true;
	}
	if (audience->marks.len >= MARKS_MAX) {
		audience_forget(audience);
		return false;
	}
	mark = mem_zalloc(sizeof(*mark));
	*mark = (struct mark){.state = MARK_DIRTY, .what = what, .id = id};
	hash_map_set(&audience->marks, key_of(&mark->id), mark);
	list_append(&audience->dirty, &mark->node);
	return true;
}

bool audience_tell_text(struct audience *audience, struct slice text)
{
	if (audience->texts.len + text.len > TEXTS_MAX_BYTES) {
		audience_forget(audience);
		return false;
	}
	frame_append(&audience->texts, text);
	return true;
}

static void cool(struct audience *audience, uint64_t now_ms)
{
	list_each (node, &audience->cooling) {
		struct mark *mark = list_entry(node, struct mark, node);
		if (mark->until_ms > now_ms)
			break;
		if (mark->state == MARK_COOLING) {
			mark_free(audience, mark);
			continue;
		}
		mark->state = MARK_DIRTY;
		list_remove(&mark->node);
		list_append(&audience->dirty, &mark->node);
	}
}

/* Half of it goes when it is full: a byte is moved once, whatever the clients' pace. */
static void make_room(struct audience *audience, size_t more)
{
	struct buf *log = &audience->log;
	size_t max = audience->user_id == AUDIENCE_ADMINISTRATORS ? AUDIENCE_LOG_ALL_BYTES
								  : AUDIENCE_LOG_OWN_BYTES;
	size_t dropped = 0;

	if (log->len + more <= max)
		return;
	while (dropped < log->len && log->len - dropped + more > max / 2)
		dropped += frame_length(slice_from(buf_slice(log), dropped));
	buf_consume(log, dropped);
	audience->log_start += dropped;
}

static void write_mark(struct audience *audience, struct api *api, struct mark *mark, struct buf *text)
{
	const struct record *record = records_find(api->records, (uint64_t)mark->id);

	if (mark->what == TELL_STATE && record && audience_sees(audience, record->proxy->user_id))
		frame_proxy(text, api, record);
	else
		frame_proxy_deleted(text, mark->id);
	make_room(audience, text->len);
	frame_append(&audience->log, buf_slice(text));
}

size_t audience_flush(struct audience *audience, struct api *api, uint64_t now_ms)
{
	struct list *node;
	struct buf text;

	cool(audience, now_ms);
	buf_init(&text, 0);
	while ((node = list_pop(&audience->dirty))) {
		struct mark *mark = list_entry(node, struct mark, node);
		write_mark(audience, api, mark, &text);
		mark->state = MARK_COOLING;
		mark->until_ms = now_ms + UPDATE_INTERVAL_MS;
		list_append(&audience->cooling, &mark->node);
	}
	buf_done(&text);
	make_room(audience, audience->texts.len);
	buf_append_slice(&audience->log, buf_slice(&audience->texts));
	buf_clear(&audience->texts);
	return audience->marks.len;
}

void audience_trim(struct audience *audience, uint64_t oldest_position)
{
	if (oldest_position < audience_end(audience) || !audience->log.len)
		return;
	audience->log_start += audience->log.len;
	if (audience->log.cap > AUDIENCE_SPAN_BYTES)
		buf_done(&audience->log);
	buf_clear(&audience->log);
}

uint64_t audience_end(const struct audience *audience)
{
	return audience->log_start + audience->log.len;
}

bool audience_has(const struct audience *audience, uint64_t position)
{
	return position >= audience->log_start;
}

struct slice audience_read(const struct audience *audience, uint64_t *position, uint64_t *ret_frames)
{
	struct slice rest = slice_from(buf_slice(&audience->log), (size_t)(*position - audience->log_start));
	size_t taken = 0;

	*ret_frames = 0;
	while (taken < rest.len) {
		size_t next = frame_length(slice_from(rest, taken));
		if (taken && taken + next > AUDIENCE_SPAN_BYTES)
			break;
		taken += next;
		++*ret_frames;
	}
	*position += taken;
	return slice_of(rest.data, taken);
}
