/* job_waits.c: see job_waits.h. Few wait at a time (callers within 15 s), so one list and one timer serve. */
#include "api-node/job_waits.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/request.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/loop/loop.h"
#include "shared/model/job_result.h"
#include "shared/store/store.h"
#include "shared/store/store_reply.h"

enum {
	JOB_POLL_MS = 1000,
	JOB_TICK_MS = 200,
	JOB_READ_DEADLINE_MS = 2000,
	JOB_NAME_BYTES = 96,
};

struct wait {
	struct list node;
	struct job_waits *waits;
	struct request *req;
	job_done_fn *done;
	char job[JOB_NAME_BYTES];
	uint64_t deadline_ms, next_read_ms;
	enum { WAIT_IDLE, WAIT_READING } state;
};

struct job_waits {
	struct api *api;
	struct list waiting;
	struct loop_timer *tick;
};

static void wait_end(struct wait *wait, const struct job_result *result)
{
	struct request *req = wait->req;
	job_done_fn *done = wait->done;

	list_remove(&wait->node);
	free(wait);
	done(req, result);
}

static void on_result(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct wait *wait = arg;
	struct job_result result;
	struct err err = {0};

	(void)lost;
	wait->state = WAIT_IDLE;
	if (reply && store_reply_type(reply) == STORE_REPLY_TEXT) {
		if (job_result_parse(store_reply_str(reply), &result, &err)) {
			wait_end(wait, &result);
			job_result_done(&result);
			return;
		}
		log_warning("a job's result cannot be read, answering that it is still at work",
			log_str("job", wait->job), log_err(&err));
	}
	if (clock_now_ms() >= wait->deadline_ms)
		wait_end(wait, NULL);
}

static void read_result(struct wait *wait)
{
	struct buf key;

	if (wait->state == WAIT_READING)
		return;
	wait->state = WAIT_READING;
	wait->next_read_ms = clock_now_ms() + JOB_POLL_MS;
	buf_init(&key, 0);
	buf_append_slice(&key, store_prefix(wait->waits->api->store));
	buf_printf(&key, "result:%s", wait->job);
	const struct slice argv[] = {SLICE_LIT("GET"), buf_slice(&key)};
	store_command(wait->waits->api->store, JOB_READ_DEADLINE_MS, ARRAY_LEN(argv), argv, on_result, wait);
	buf_done(&key);
}

static void on_tick(void *arg)
{
	struct job_waits *waits = arg;
	uint64_t now_ms = clock_now_ms();

	list_each (node, &waits->waiting) {
		struct wait *wait = list_entry(node, struct wait, node);
		if (now_ms >= wait->next_read_ms || now_ms >= wait->deadline_ms)
			read_result(wait);
	}
	if (!list_empty(&waits->waiting))
		loop_timer_start(waits->api->loop, waits->tick, JOB_TICK_MS);
}

struct job_waits *job_waits_new(struct api *api)
{
	struct job_waits *waits = mem_zalloc(sizeof(*waits));

	waits->api = api;
	list_init(&waits->waiting);
	waits->tick = loop_timer_new(api->loop, on_tick, waits);
	return waits;
}

void job_waits_free(struct job_waits *waits)
{
	struct list *node;

	if (!waits)
		return;
	while ((node = list_pop(&waits->waiting)))
		free(list_entry(node, struct wait, node));
	loop_timer_free(waits->api->loop, waits->tick);
	free(waits);
}

void job_waits_add(struct job_waits *waits, struct request *req, struct slice job, job_done_fn *done)
{
	struct wait *wait = mem_zalloc(sizeof(*wait));

	*wait = (struct wait){.waits = waits, .req = req, .done = done};
	ensure(slice_copy(job, wait->job, sizeof(wait->job)));
	wait->deadline_ms = clock_now_ms() + JOB_WAIT_MS;
	list_append(&waits->waiting, &wait->node);
	/* It may have ended before we came to wait. */
	read_result(wait);
	loop_timer_start(waits->api->loop, waits->tick, JOB_TICK_MS);
}

void job_waits_ended(struct job_waits *waits, struct slice job)
{
	list_each (node, &waits->waiting) {
		struct wait *wait = list_entry(node, struct wait, node);
		if (slice_eq_str(job, wait->job))
			read_result(wait);
	}
}
