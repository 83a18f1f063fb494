/*
 * store_link_queue.h: the commands of one link between being sent and being told: in the order sent (answers
 * come in that order), by deadline, and those that failed and wait to be told. No connection, no timers:
 * store_link.c drives it and is its only user.
 */
#ifndef KP_STORE_STORE_LINK_QUEUE_H
#define KP_STORE_STORE_LINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/list.h"
#include "shared/store/store_link.h"

/* A command on its way. It lives until its answer came, even when its deadline has passed before. */
struct link_command {
	struct list node;     /* queue->waiting or queue->failed */
	struct list deadline; /* queue->deadlines; empty once told */
	void *link;           /* for the caller's callback */
	store_reply_fn *done; /* NULL: told already */
	void *arg;
	uint64_t deadline_ms; /* on the monotonic clock */
	struct err lost;      /* on queue->failed: why */
};

struct link_queue {
	struct list waiting;   /* in the order sent */
	struct list deadlines; /* earliest first */
	struct list failed;    /* to be told */
	size_t waiting_count;
	size_t failed_count;
};

void link_queue_init(struct link_queue *queue);

/* Not in the queue yet: link_queue_sent() or link_queue_fail() comes next. */
struct link_command *link_command_new(void *link, uint32_t deadline_ms, store_reply_fn *done, void *arg);
void link_queue_sent(struct link_queue *queue, struct link_command *command);

/* An answer came (or `lost`): tells, frees. */
void link_queue_answer(struct link_queue *queue, struct link_command *command,
	const struct store_reply *reply, const struct err *lost);

/* No answer will come: told by the next link_queue_tell_failed(); freed at once when told already. `err`
 * NULL: the reason is given by link_queue_blame(). */
void link_queue_fail(struct link_queue *queue, struct link_command *command, const struct err *err);
void link_queue_blame(struct link_queue *queue, const struct err *err);

/* Tells those that had failed before the call; what fails in their callbacks is left for the next. */
void link_queue_tell_failed(struct link_queue *queue);

/* Tells those whose deadline has passed; they stay in `waiting` for their late answers. */
void link_queue_expire(struct link_queue *queue, uint64_t now_ms, const struct err *err);

/* Whether the oldest has been without an answer for so long that the connection must be dead. */
bool link_queue_is_stuck(const struct link_queue *queue, uint64_t now_ms);
uint64_t link_queue_next_ms(const struct link_queue *queue); /* when to look again; UINT64_MAX: never */

/* Tells everything, at the end of the link's life. */
void link_queue_abandon(struct link_queue *queue, const struct err *err);

#endif
