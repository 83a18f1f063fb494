/*
 * push_client.h: one browser: what it is told before and after its audience's log, and how far it has read
 * that. push.c decides what concerns it; here is in which order it is told.
 */
#ifndef KP_API_PUSH_PUSH_CLIENT_H
#define KP_API_PUSH_PUSH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/list.h"
#include "shared/base/slice.h"
#include "shared/model/user.h"

struct api;
struct audience;
struct frame;
struct push;
struct push_client_ops;

/* What comes before all else. */
enum push_first { PENDING_HELLO = 1, PENDING_RESYNC = 2, PENDING_SETTINGS = 4 };
/* What of the rates the client is to be told next: all that is in use, or only what has changed. */
enum stats_scope { STATS_ALL, STATS_CHANGES, STATS_SCOPES };

struct push_client {
	struct list node;          /* push->clients */
	struct list audience_node; /* audience->clients */
	struct push *push;         /* borrowed */
	struct audience *audience; /* borrowed: the hub's */
	struct session who;
	const struct push_client_ops *ops; /* borrowed */
	void *arg;
	unsigned first;              /* of enum push_first */
	uint64_t position;           /* in the audience's log */
	struct frame *stats, *fleet; /* one reference: the newest, not sent yet; or NULL */
	enum stats_scope stats_scope;
	struct frame *sending; /* one reference: what push_client_next() gave; or NULL */
	uint64_t resyncs;
};

/* Into `audience`, whose log it reads from its present end on. */
void push_client_init(struct push_client *client, struct audience *audience);
void push_client_done(struct push_client *client); /* leaves its audience */

void push_client_tell_first(struct push_client *client, enum push_first first);
/* Forgets what is outstanding: the client reads everything anew. */
void push_client_resync(struct push_client *client);

/* The scope that its next frame `stats` must have: all, when it is new or has not taken the last one. */
enum stats_scope push_client_stats_scope(const struct push_client *client);
void push_client_tell_stats(struct push_client *client, struct frame *frame); /* NULL: nothing new */
void push_client_tell_fleet(struct push_client *client, struct frame *frame); /* the newest wins */

/* Is there something to send? */
bool push_client_pending(const struct push_client *client);
/* The next frames as they go over the wire, at most some 64 KiB of small ones; valid until the next call of
 * the hub. Empty when there is nothing now. *ret_frames: how many. */
struct slice push_client_next(struct push_client *client, struct api *api, uint64_t *ret_frames);

#endif
