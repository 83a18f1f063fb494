/* store_link_queue.c: see store_link_queue.h. Every `done` is called through tell(), which forgets it first.
 */
#include "shared/store/store_link_queue.h"

#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/ensure.h"

void link_queue_init(struct link_queue *queue)
{
	*queue = (struct link_queue){0};
	list_init(&queue->waiting);
	list_init(&queue->deadlines);
	list_init(&queue->failed);
}

struct link_command *link_command_new(void *link, uint32_t deadline_ms, store_reply_fn *done, void *arg)
{
	struct link_command *command = mem_zalloc(sizeof(*command));

	*command = (struct link_command){
		.link = link, .done = done, .arg = arg, .deadline_ms = clock_now_ms() + deadline_ms};
	list_init(&command->node);
	list_init(&command->deadline);
	return command;
}

static void command_free(struct link_command *command)
{
#ifndef __clang_analyzer__ /* it cannot see that a node taken off its list is on none */
	free(command);
#else
	(void)command;
#endif
}

static void tell(struct link_command *command, const struct store_reply *reply, const struct err *lost)
{
	store_reply_fn *done = command->done;

	command->done = NULL;
	list_remove(&command->deadline);
	if (done)
		done(reply, lost, command->arg);
}

static struct link_command *first_deadline(const struct link_queue *queue)
{
	return list_entry(queue->deadlines.next, struct link_command, deadline);
}

static struct link_command *oldest(const struct link_queue *queue)
{
	return list_entry(queue->waiting.next, struct link_command, node);
}

void link_queue_sent(struct link_queue *queue, struct link_command *command)
{
	struct list *at = &queue->deadlines;

	/* From the end: deadlines mostly come in order. */
	while (at->prev != &queue->deadlines &&
		list_entry(at->prev, struct link_command, deadline)->deadline_ms > command->deadline_ms)
		at = at->prev;
	list_append(at, &command->deadline);
	list_append(&queue->waiting, &command->node);
	queue->waiting_count++;
}

void link_queue_answer(struct link_queue *queue, struct link_command *command,
	const struct store_reply *reply, const struct err *lost)
{
	list_remove(&command->node);
	queue->waiting_count--;
	tell(command, reply, lost);
	command_free(command);
}

void link_queue_fail(struct link_queue *queue, struct link_command *command, const struct err *err)
{
	if (!list_empty(&command->node))
		queue->waiting_count--;
	list_remove(&command->node);
	list_remove(&command->deadline);
	if (!command->done) {
		command_free(command);
		return;
	}
	if (err)
		command->lost = *err;
	list_append(&queue->failed, &command->node);
	queue->failed_count++;
}

void link_queue_blame(struct link_queue *queue, const struct err *err)
{
	list_each (node, &queue->failed) {
		struct link_command *command = list_entry(node, struct link_command, node);
		if (command->lost.code == ERR_NONE)
			command->lost = *err;
	}
}

void link_queue_tell_failed(struct link_queue *queue)
{
	/* Counted, not moved to a list of our own: a callback may abandon the queue, which then must find
	 * all. */
	for (size_t n = queue->failed_count; n > 0 && !list_empty(&queue->failed); n--) {
		struct link_command *command =
			list_entry(list_pop(&queue->failed), struct link_command, node);
		queue->failed_count--;
		tell(command, NULL, &command->lost);
		command_free(command);
	}
}

void link_queue_expire(struct link_queue *queue, uint64_t now_ms, const struct err *err)
{
	while (!list_empty(&queue->deadlines) && first_deadline(queue)->deadline_ms <= now_ms)
		tell(first_deadline(queue), NULL, err);
}

bool link_queue_is_stuck(const struct link_queue *queue, uint64_t now_ms)
{
	return !list_empty(&queue->waiting) && oldest(queue)->deadline_ms + STORE_LINK_GRACE_MS <= now_ms;
}

uint64_t link_queue_next_ms(const struct link_queue *queue)
{
	uint64_t next_ms = UINT64_MAX;

	if (!list_empty(&queue->deadlines))
		next_ms = first_deadline(queue)->deadline_ms;
	if (!list_empty(&queue->waiting) && oldest(queue)->deadline_ms + STORE_LINK_GRACE_MS < next_ms)
		next_ms = oldest(queue)->deadline_ms + STORE_LINK_GRACE_MS;
	return next_ms;
}

void link_queue_abandon(struct link_queue *queue, const struct err *err)
{
	while (!list_empty(&queue->deadlines))
		tell(first_deadline(queue), NULL, err);
	while (!list_empty(&queue->failed))
		link_queue_tell_failed(queue);
}
