/*
 * push_client.h: one browser: the bounded list of what it has not been told yet. push.c decides what concerns
 * it; here is when and in which order it is told.
 */
#ifndef KP_API_PUSH_PUSH_CLIENT_H
#define KP_API_PUSH_PUSH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/hash_map.h"
#include "shared/base/list.h"
#include "shared/model/user.h"

struct api;
struct frame;
struct push;
struct push_client_ops;

/* What comes before all else. */
enum push_first { PENDING_HELLO = 1, PENDING_RESYNC = 2, PENDING_SETTINGS = 4 };
enum push_what { TELL_STATE, TELL_DELETED };
/* What of the rates the client is to be told next: all that is in use, or only what has changed. */
enum stats_scope { STATS_ALL, STATS_CHANGES, STATS_SCOPES };

struct push_client {
	struct list node;  /* push->clients */
	struct push *push; /* borrowed */
	struct session who;
	const struct push_client_ops *ops; /* borrowed */
	void *arg;
	struct hash_map marks;      /* by proxy id; owned */
	struct list dirty, cooling; /* of marks */
	struct list texts;          /* ready frames that must not be overtaken, in order; owned */
	size_t text_count;
	struct frame *stats, *fleet; /* one reference: the newest, not sent yet; or NULL */
	enum stats_scope stats_scope;
	unsigned first; /* of enum push_first */
	uint64_t resyncs;
};

void push_client_init(struct push_client *client);
void push_client_done(struct push_client *client);

/* It is to be told of proxy `id`: at once, or when its 100 ms are over. */
void push_client_tell(struct push_client *client, int64_t id, enum push_what what);
void push_client_tell_text(struct push_client *client, struct frame *frame); /* takes a reference */
/* The scope that its next frame `stats` must have: all, when it is new or has not taken the last one. */
enum stats_scope push_client_stats_scope(const struct push_client *client);
void push_client_tell_stats(struct push_client *client, struct frame *frame); /* NULL: nothing new */
void push_client_tell_fleet(struct push_client *client, struct frame *frame); /* the newest wins */
void push_client_tell_first(struct push_client *client, enum push_first first);
/* Forgets what is outstanding: the client reads everything anew. */
void push_client_resync(struct push_client *client);

/* Ends cooling times that are over; returns how many proxies are outstanding or cooling. */
size_t push_client_cool(struct push_client *client, uint64_t now_ms);

/* The next frame, with one reference for the caller; NULL when there is none now. */
struct frame *push_client_next(struct push_client *client, struct api *api, uint64_t now_ms) MUST_CHECK;

#endif
