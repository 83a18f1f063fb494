/*
 * job_wake.c: see job_wake.h. The read starts at "now" each time; jobs.c arms it before it looks at the
 * queue, so what falls between the two is seen by one of them, or by the next poll.
 */
#include "scheduler/job_wake.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/base/buf.h"
#include "shared/store/store.h"
#include "shared/store/store_keys.h"
#include "shared/store/store_link.h"

enum { BLOCK_MS = 5000, BLOCK_DEADLINE_MS = 10000 };

struct job_wake {
	struct store_link *link; /* owned */
	struct buf key;          /* owned: the stream's name */
	void (*wake)(void *arg);
	void *arg;
	bool armed; /* a read is under way */
};

static void on_entry(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct job_wake *w = arg;

	(void)lost;
	w->armed = false;
	if (store_reply_type(reply) == STORE_REPLY_ARRAY)
		w->wake(w->arg);
}

void job_wake_arm(struct job_wake *w)
{
	char block[16];
	int len = snprintf(block, sizeof(block), "%d", BLOCK_MS);
	struct slice argv[] = {SLICE_LIT("XREAD"), SLICE_LIT("COUNT"), SLICE_LIT("1"), SLICE_LIT("BLOCK"),
		slice_of(block, (size_t)len), SLICE_LIT("STREAMS"), buf_slice(&w->key), SLICE_LIT("$")};

	if (w->armed || !store_link_is_up(w->link))
		return;
	w->armed = true;
	store_link_command(w->link, BLOCK_DEADLINE_MS, ARRAY_LEN(argv), argv, on_entry, w);
}

static void on_up(void *arg)
{
	struct job_wake *w = arg;

	w->wake(w->arg); /* what came while we were away */
}

static void on_down(void *arg, const struct err *err)
{
	(void)arg;
	(void)err; /* the command link tells the log */
}

static const struct store_link_ops link_ops = {.up = on_up, .down = on_down};

struct job_wake *job_wake_new(const struct sched_env *env, void (*wake)(void *arg), void *arg)
{
	struct job_wake *w = mem_zalloc(sizeof(*w));

	w->wake = wake;
	w->arg = arg;
	buf_init(&w->key, 0);
	buf_append_slice(&w->key, store_prefix(env->store));
	buf_append_str(&w->key, STORE_KEY_JOBS);
	w->link = store_link_new(env->loop, store_url(env->store), "jobs-wake", &link_ops, w);
	ensure(w->link);
	return w;
}

void job_wake_free(struct job_wake *wake)
{
	if (!wake)
		return;
	store_link_free(wake->link);
	buf_done(&wake->key);
	free(wake);
}
