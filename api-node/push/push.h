/*
 * push.h: tells browsers what changed. What several see alike is rendered once and read by each from one
 * bounded log (audience.h); a browser that cannot keep up costs no queue: it falls out of the log and is told
 * to read everything anew (`resync`).
 *
 * It knows no libwebsockets: ws_session.c joins, asks for the next frame when it may write, and leaves.
 */
#ifndef KP_API_PUSH_PUSH_H
#define KP_API_PUSH_PUSH_H

#include <stdbool.h>

#include "api-node/records.h"
#include "shared/model/user.h"

struct api;
struct push;
struct push_client;

struct push_client_ops {
	void (*wake)(void *arg);          /* there is a frame: ask push_next when it can be written */
	void (*session_ended)(void *arg); /* the user's sessions changed: is this one still good? */
};

struct push *push_new(struct api *api) MUST_CHECK;
/* Its own link to the store goes, before the store does; accepts NULL. */
void push_stop(struct push *push);
void push_free(struct push *push); /* every client must have left */

/* What the records copy tells. */
struct records_listener push_records_listener(struct push *push);

/* The client is told `hello` first. `ops` is borrowed. */
struct push_client *push_join(struct push *push, const struct session *who, const struct push_client_ops *ops,
	void *arg) MUST_CHECK;
void push_leave(struct push_client *client);
/* The session was looked at again: with another role the client may see other things, and reads all anew. */
void push_known(struct push_client *client, const struct session *who);

/* The next frames, as they go over the wire: write them as they are. Valid until the next call of the hub.
 * False when there is nothing to tell now. */
bool push_next(struct push_client *client, struct slice *ret_bytes) MUST_CHECK;
bool push_pending(const struct push_client *client); /* there is more */

size_t push_client_count(const struct push *push);
size_t push_count_of(const struct push *push, int64_t user_id); /* of one user */
uint64_t push_frames_sent(const struct push *push);
uint64_t push_resyncs(const struct push *push);

#endif
