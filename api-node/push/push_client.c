/* push_client.c: see push_client.h. */
#include "api-node/push/push_client.h"

#include "api-node/api.h"
#include "api-node/push/audience.h"
#include "api-node/push/frame.h"
#include "api-node/push/push.h"
#include "api-node/push/push_frames.h"
#include "shared/base/buf.h"

static void wake(struct push_client *client)
{
	client->ops->wake(client->arg);
}

void push_client_init(struct push_client *client, struct audience *audience)
{
	client->audience = audience;
	client->position = audience_end(audience);
	client->stats_scope = STATS_ALL;
	list_append(&audience->clients, &client->audience_node);
}

/* Takes over what *slot holds. */
static struct frame *take(struct frame **slot)
{
	struct frame *frame = *slot;

	*slot = NULL;
	return frame;
}

static void forget(struct push_client *client)
{
	frame_unref(take(&client->stats));
	frame_unref(take(&client->fleet));
	client->stats_scope = STATS_ALL;
	client->position = audience_end(client->audience);
}

void push_client_done(struct push_client *client)
{
	forget(client);
	frame_unref(take(&client->sending));
	list_remove(&client->audience_node);
}

void push_client_resync(struct push_client *client)
{
	forget(client);
	if (client->first & PENDING_RESYNC)
		return; /* it has not taken the last one yet */
	client->resyncs++;
	push_client_tell_first(client, PENDING_RESYNC);
}

void push_client_tell_first(struct push_client *client, enum push_first first)
{
	client->first |= (unsigned)first;
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

static struct frame *next_single(struct push_client *client, const struct records *records)
{
	struct frame *frame = NULL;
	struct buf text;

	buf_init(&text, 0);
	if (next_first(client, records, &text))
		frame = frame_new(buf_slice(&text));
	buf_done(&text);
	return frame;
}

bool push_client_pending(const struct push_client *client)
{
	return client->first || client->position < audience_end(client->audience) || client->stats ||
	       client->fleet;
}

struct slice push_client_next(struct push_client *client, struct api *api, uint64_t *ret_frames)
{
	struct slice span;

	frame_unref(take(&client->sending));
	/* It has fallen out of the log: what it missed is gone. */
	if (!audience_has(client->audience, client->position))
		push_client_resync(client);
	client->sending = next_single(client, api->records);
	if (!client->sending) {
		span = audience_read(client->audience, &client->position, ret_frames);
		if (span.len > 0)
			return span;
		client->sending = take(&client->stats);
	}
	if (!client->sending)
		client->sending = take(&client->fleet);
	*ret_frames = client->sending ? 1 : 0;
	return client->sending ? buf_slice(&client->sending->wire) : SLICE_NONE;
}
