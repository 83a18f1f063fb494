/*
 * push.h: tells browsers what changed. Every connected browser is a client with a bounded list of what it has
 * not been told yet; frames are made when it can take one, from the newest state, so a slow browser costs no
 * queue: what it missed is overtaken, and when too much is outstanding it is told to read everything anew
 * (`resync`).
 *
 * It knows no libwebsockets: ws_session.c joins, asks for the next frame when it may write, and leaves.
 */
#ifndef KP_API_PUSH_PUSH_H
#define KP_API_PUSH_PUSH_H

#include <stdbool.h>

#include "api-node/records.h"
#include "shared/model/user.h"

struct api;
struct frame;
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

/* The next frame, with one reference for the caller; NULL when there is nothing to tell now. */
struct frame *push_next(struct push_client *client) MUST_CHECK;

size_t push_client_count(const struct push *push);
uint64_t push_frames_sent(const struct push *push);
uint64_t push_resyncs(const struct push *push);

#endif
