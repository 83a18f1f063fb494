/* outcome.c: see outcome.h. Freed while an operation is under way, an outcome stays until that one has
 * answered. */
#include "scheduler/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/backoff.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/json/json_writer.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"

enum { REPEAT_MIN_MS = 100, REPEAT_MAX_MS = 2000, TELL_FOR_MS = 60000, FIELD_MAX = 12 };

struct outcome {
	const struct sched_env *env; /* borrowed */
	const struct job *job;       /* borrowed */
	const struct claim *claim;   /* borrowed */
	struct provider_reply reply;
	enum { TELL_COMMIT, TELL_FAIL } what;
	enum store_sent sent;
	struct buf sealed_password; /* owned */
	struct buf params;          /* owned: JSON */
	struct loop_timer *timer;   /* owned */
	struct backoff backoff;
	uint64_t read_ms; /* when the reply's durations were right */
	outcome_done_fn *done;
	void *arg;
	bool waiting;
	bool owner_gone;
};

static void outcome_delete(struct outcome *o)
{
	loop_timer_free(o->env->loop, o->timer);
	buf_done(&o->sealed_password);
	buf_done(&o->params);
	free(o);
}

static void outcome_finish(struct outcome *o, enum outcome_end end, enum outcome_same same)
{
	outcome_done_fn *done = o->done;
	void *arg = o->arg;

	outcome_delete(o);
	done(end, same, arg);
}

static void repeat_later(struct outcome *o, const struct store_result *r)
{
	if (clock_now_ms() - o->read_ms > TELL_FOR_MS) {
		log_error("the store could not be told, the job comes again", log_str("job", o->job->name),
			log_str("why", r->err ? r->err->msg : "?"));
		outcome_finish(o, OUTCOME_UNTOLD, OUTCOME_OTHER_IP);
		return;
	}
	loop_timer_start(o->env->loop, o->timer, backoff_next_ms(&o->backoff));
}

static void on_told(const struct store_result *r, void *arg)
{
	struct outcome *o = arg;
	enum outcome_same same = store_result_int(r, "same_ip") ? OUTCOME_SAME_IP : OUTCOME_OTHER_IP;

	o->waiting = false;
	if (o->owner_gone) {
		outcome_delete(o);
		return;
	}
	failpoint("after_commit");
	switch (r->status) {
	case STORE_LOST:
	case STORE_ERROR: repeat_later(o, r); return;
	case STORE_COMMITTED:
	case STORE_OK: outcome_finish(o, OUTCOME_ACCEPTED, same); return;
	case STORE_ALREADY: outcome_finish(o, OUTCOME_ALREADY, same); return;
	case STORE_GONE: outcome_finish(o, OUTCOME_GONE, same); return;
	case STORE_STALE_GENERATION: outcome_finish(o, OUTCOME_STALE, same); return;
	default:
		log_warning("the store refused the end of a job", log_str("job", o->job->name),
			log_str("status", store_status_text(r->status)));
		outcome_finish(o, OUTCOME_REFUSED, same);
		return;
	}
}

/* What is left of a duration now. */
static int64_t remaining_ms(const struct outcome *o, uint64_t duration_ms)
{
	uint64_t elapsed_ms = clock_now_ms() - o->read_ms;

	return duration_ms > elapsed_ms ? (int64_t)(duration_ms - elapsed_ms) : 0;
}

static void tell_commit(struct outcome *o)
{
	const struct provider_reply *reply = &o->reply;
	struct store_claim proof = claim_proof(o->claim);
	char ttl[24], ttc[24];
	struct store_field fields[FIELD_MAX];
	size_t n = 0;

	snprintf(ttl, sizeof(ttl), "%" PRIu64, reply->ttl);
	snprintf(ttc, sizeof(ttc), "%" PRIu64, reply->ttc);
	fields[n++] = (struct store_field){"remote_http", slice_from_str(reply->http)};
	fields[n++] = (struct store_field){"remote_socks5", slice_from_str(reply->socks5)};
	fields[n++] = (struct store_field){"remote_user", slice_from_str(reply->user)};
	fields[n++] = (struct store_field){"remote_password", buf_slice(&o->sealed_password)};
	fields[n++] = (struct store_field){"remote_ip", slice_from_str(reply->exit_ip)};
	fields[n++] = (struct store_field){"location", slice_from_str(reply->location)};
	fields[n++] = (struct store_field){"ttl", slice_from_str(ttl)};
	fields[n++] = (struct store_field){"ttc", slice_from_str(ttc)};
	fields[n++] = (struct store_field){"provider_expires_at", slice_from_str(reply->expires_at)};
	fields[n++] = (struct store_field){"by", slice_from_str(o->job->by)};
	struct store_upstream up = {
		.expires_in_ms = remaining_ms(o, reply->expires_in_ms),
		.next_change_in_ms = remaining_ms(o, reply->next_change_in_ms),
		.fields = {fields, n},
	};
	if (o->job->kind == JOB_ROTATE)
		store_rotation_commit(o->env->store, &proof, &up, on_told, o);
	else
		store_sync_commit(o->env->store, &proof, &up, on_told, o);
}

static void tell_fail(struct outcome *o)
{
	struct store_claim proof = claim_proof(o->claim);
	struct store_failure f = {
		.class_name = failure_class_text(o->reply.class),
		.retry_in_ms = remaining_ms(o, o->reply.retry_in_ms),
		.next_change_in_ms = remaining_ms(o, o->reply.next_change_in_ms),
		.message_id = failure_class_message_id(o->reply.class),
		.params = buf_slice(&o->params),
		.provider_message = slice_from_str(o->reply.message[0] ? o->reply.message : o->reply.reason),
		.sent = o->sent,
	};

	if (o->job->kind == JOB_ROTATE)
		store_rotation_fail(o->env->store, &proof, &f, on_told, o);
	else
		store_sync_fail(o->env->store, &proof, &f, on_told, o);
}

static void on_tell(void *arg)
{
	struct outcome *o = arg;

	failpoint("before_commit");
	o->waiting = true;
	if (o->what == TELL_COMMIT)
		tell_commit(o);
	else
		tell_fail(o);
}

static struct outcome *outcome_new(const struct sched_env *env, const struct job *job,
	const struct claim *claim, const struct provider_reply *reply, outcome_done_fn *done, void *arg)
{
	struct outcome *o = mem_zalloc(sizeof(*o));

	*o = (struct outcome){.env = env,
		.job = job,
		.claim = claim,
		.reply = *reply,
		.read_ms = clock_now_ms(),
		.done = done,
		.arg = arg};
	buf_init(&o->sealed_password, 0);
	buf_init(&o->params, 0);
	backoff_init(&o->backoff, REPEAT_MIN_MS, REPEAT_MAX_MS);
	o->timer = loop_timer_new(env->loop, on_tell, o);
	ensure(o->timer);
	return o;
}

struct outcome *outcome_commit(const struct sched_env *env, const struct job *job, const struct claim *claim,
	const struct provider_reply *reply, outcome_done_fn *done, void *arg)
{
	struct outcome *o = outcome_new(env, job, claim, reply, done, arg);
	char aad[64];
	struct err err;

	o->what = TELL_COMMIT;
	snprintf(aad, sizeof(aad), "proxy:%" PRIu64 ":remote_password", job->id);
	/* Sealing fails only when OpenSSL itself does; a password in the clear is then no way out. */
	if (!seal(env->keyring, slice_from_str(aad), slice_from_str(reply->pass), &o->sealed_password,
		    &err)) {
		log_error("the upstream's password could not be sealed", log_str("job", job->name),
			log_err(&err));
		o->what = TELL_FAIL;
		o->reply.class = FAILURE_TRANSIENT;
		o->sent = STORE_MAYBE_SENT;
	}
	on_tell(o);
	return o;
}

struct outcome *outcome_fail(const struct sched_env *env, const struct job *job, const struct claim *claim,
	const struct provider_reply *reply, enum store_sent sent, outcome_done_fn *done, void *arg)
{
	struct outcome *o = outcome_new(env, job, claim, reply, done, arg);
	const struct proxy *proxy = claim_proxy(claim);
	struct json_writer w;

	o->what = TELL_FAIL;
	o->sent = sent;
	json_writer_init(&w, &o->params);
	json_object_begin(&w);
	json_put_str(&w, "region", job->region[0] ? slice_from_str(job->region) : proxy->region);
	if (reply->retry_in_ms > 0)
		json_put_uint(&w, "s", (reply->retry_in_ms + 999) / 1000);
	json_object_end(&w);
	on_tell(o);
	return o;
}

const char *outcome_end_text(enum outcome_end end)
{
	static const char *const texts[OUTCOME_END_COUNT] = {
#define X(name, text) text,
		OUTCOME_ENDS(X)
#undef X
	};

	return texts[end];
}

void outcome_cancel(struct outcome *outcome)
{
	if (!outcome)
		return;
	loop_timer_stop(outcome->env->loop, outcome->timer);
	if (outcome->waiting)
		outcome->owner_gone = true;
	else
		outcome_delete(outcome);
}
