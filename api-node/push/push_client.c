/*
 * push_client.c: see push_client.h. What a client has not been told about a proxy is one `mark`, found by id:
 *
 *	(none) ──change──▶ DIRTY ──frame sent──▶ COOLING ──100 ms──▶ (none)
 *	                     ▲                      │ change
 *	                     └──────100 ms──────── HELD
 *
 * so a proxy is told at once, and then at most once in 100 ms, always as it is by then.
 */
#include "api-node/push/push_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/push/frame.h"
#include "api-node/push/push.h"
#include "api-node/push/push_frames.h"
#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/model/proxy.h"

enum {
	UPDATE_INTERVAL_MS = 100,
	MARKS_MAX = 5000, /* outstanding proxies: beyond, the client reads all anew */
	TEXTS_MAX = 500,  /* outstanding lines of the history: beyond, likewise */
};

struct mark {
	struct list node; /* client->dirty or client->cooling (in the order of until_ms) */
	enum { MARK_DIRTY, MARK_COOLING, MARK_HELD } state;
	enum push_what what;
	int64_t id;
	uint64_t until_ms;
	char key[24];
};

/* A line of the history. */
struct text {
	struct list node;
	struct frame *frame; /* one reference */
};

static void wake(struct push_client *client)
{
	client->ops->wake(client->arg);
}

static void mark_free(struct push_client *client, struct mark *mark)
{
	hash_map_remove(&client->marks, slice_from_str(mark->key));
	list_remove(&mark->node);
	free(mark);
}

static void forget_all(struct push_client *client)
{
	struct list *node;
	size_t cursor = 0;

	for (struct mark *mark; (mark = hash_map_next(&client->marks, &cursor));)
		free(mark);
	hash_map_done(&client->marks);
	list_init(&client->dirty);
	list_init(&client->cooling);
	while ((node = list_pop(&client->texts))) {
		struct text *text = list_entry(node, struct text, node);
		frame_unref(text->frame);
		free(text);
	}
	client->text_count = 0;
	frame_unref(client->stats);
	frame_unref(client->fleet);
	client->stats = client->fleet = NULL;
	client->stats_scope = STATS_ALL;
}

void push_client_init(struct push_client *client)
{
	hash_map_init(&client->marks);
	list_init(&client->dirty);
	list_init(&client->cooling);
	list_init(&client->texts);
}

void push_client_done(struct push_client *client)
{
	forget_all(client);
}

void push_client_resync(struct push_client *client)
{
	forget_all(client);
	client->resyncs++;
	push_client_tell_first(client, PENDING_RESYNC);
}

void push_client_tell_first(struct push_client *client, enum push_first first)
{
	client->first |= (unsigned)first;
	wake(client);
}

void push_client_tell(struct push_client *client, int64_t id, enum push_what what)
{
	char key[24];
	struct mark *mark;

	snprintf(key, sizeof(key), "%lld", (long long)id);
	mark = hash_map_find(&client->marks, slice_from_str(key));
	if (mark) {
		mark->what = what;
		if (mark->state == MARK_COOLING)
			mark->state = MARK_HELD;
		return;
	}
	if (client->marks.len >= MARKS_MAX) {
		push_client_resync(client);
		return;
	}
	mark = mem_zalloc(sizeof(*mark));
	*mark = (struct mark){.state = MARK_DIRTY, .what = what, .id = id};
	snprintf(mark->key, sizeof(mark->key), "%s", key);
	hash_map_set(&client->marks, slice_from_str(mark->key), mark);
	list_append(&client->dirty, &mark->node);
	wake(client);
}

size_t push_client_cool(struct push_client *client, uint64_t now_ms)
{
	list_each (node, &client->cooling) {
		struct mark *mark = list_entry(node, struct mark, node);
		if (mark->until_ms > now_ms)
			break;
		if (mark->state == MARK_COOLING) {
			mark_free(client, mark);
			continue;
		}
		mark->state = MARK_DIRTY;
		list_remove(&mark->node);
		list_append(&client->dirty, &mark->node);
		wake(client);
	}
	return client->marks.len;
}

void push_client_tell_text(struct push_client *client, struct frame *frame)
{
	struct text *text;

	if (client->text_count >= TEXTS_MAX) {
		push_client_resync(client);
		return;
	}
	text = mem_zalloc(sizeof(*text));
	text->frame = frame_ref(frame);
	list_append(&client->texts, &text->node);
	client->text_count++;
	wake(client);
}

enum stats_scope push_client_stats_scope(const struct push_client *client)
{
	return client->stats ? STATS_ALL : client->stats_scope;
}

void push_client_tell_stats(struct push_client *client, struct frame *frame)
{
	if (!frame)
		return;
	frame_unref(client->stats);
	client->stats = frame_ref(frame);
	client->stats_scope = STATS_CHANGES;
	wake(client);
}

void push_client_tell_fleet(struct push_client *client, struct frame *frame)
{
	frame_unref(client->fleet);
	client->fleet = frame_ref(frame);
	wake(client);
}

static bool next_first(struct push_client *client, const struct records *records, struct buf *out)
{
	if (client->first & PENDING_HELLO) {
		client->first &= ~(unsigned)PENDING_HELLO;
		frame_hello(out, records);
	} else if (client->first & PENDING_RESYNC) {
		client->first &= ~(unsigned)PENDING_RESYNC;
		frame_resync(out);
	} else if (client->first & PENDING_SETTINGS) {
		client->first &= ~(unsigned)PENDING_SETTINGS;
		frame_settings(out, records_settings(records));
	} else {
		return false;
	}
	return true;
}

static struct frame *next_text(struct push_client *client)
{
	struct list *node = list_pop(&client->texts);
	struct frame *frame;
	struct text *text;

	if (!node)
		return NULL;
	text = list_entry(node, struct text, node);
	frame = text->frame;
	client->text_count--;
	free(text);
	return frame;
}

/* Takes over what *slot holds. */
static struct frame *take(struct frame **slot)
{
	struct frame *frame = *slot;

	*slot = NULL;
	return frame;
}

static bool next_proxy(struct push_client *client, struct api *api, uint64_t now_ms, struct buf *out)
{
	struct list *node = list_pop(&client->dirty);

	if (!node)
		return false;
	struct mark *mark = list_entry(node, struct mark, node);
	const struct record *record = records_find(api->records, (uint64_t)mark->id);
	if (mark->what == TELL_STATE && record &&
		session_may(&client->who, MAY_SEE_PROXY, record->proxy->user_id))
		frame_proxy(out, api, record);
	else
		frame_proxy_deleted(out, mark->id);
	mark->state = MARK_COOLING;
	mark->until_ms = now_ms + UPDATE_INTERVAL_MS;
	list_append(&client->cooling, &mark->node);
	return true;
}

struct frame *push_client_next(struct push_client *client, struct api *api, uint64_t now_ms)
{
	struct frame *frame = NULL;
	struct buf text;

	buf_init(&text, 0);
	if (next_first(client, api->records, &text) || next_proxy(client, api, now_ms, &text))
		frame = frame_new(buf_slice(&text));
	buf_done(&text);
	if (!frame)
		frame = next_text(client);
	if (!frame)
		frame = take(&client->stats);
	return frame ? frame : take(&client->fleet);
}
