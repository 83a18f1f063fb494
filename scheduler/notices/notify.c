/*
 * notify.c: one delivery: claim what the channel has to tell → open its secrets → make the message → send →
 * say what came of it. The store keeps the message until it was sent or given up, so a delivery that ends
 * half way comes again, as the same message; nothing is decided here but how one try ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheduler/http_client.h"
#include "scheduler/notices/notice_answer.h"
#include "scheduler/notices/notice_message.h"
#include "scheduler/providers/vendor_text.h"
#include "scheduler/sched_config.h"
#include "scheduler/sched_metrics.h"
#include "scheduler/work.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/loop/loop.h"
#include "shared/model/messages.h"
#include "shared/store/store.h"
#include "shared/store/store_notices.h"

enum {
	/* All of it ends before another worker may take the entry over (CLAIM_IDLE_MS). */
	NOTICE_TIMEOUT_MS = 9000,
	NOTICE_CONNECT_MS = 5000,
	NOTICE_ANSWER_MAX_BYTES = 16 * 1024,
	TELL_AGAIN_MS = 300,
	TELL_FOR_MS = 4000,
	AAD_BYTES = 64,
};

struct notify {
	struct work *work;              /* borrowed; NULL once abandoned */
	struct http_transfer *transfer; /* owned by the http client; NULL when none is under way */
	struct loop_timer *timer;       /* owned: telling the store again */
	struct json *json;              /* owned: the channel's texts */
	struct notice_channel channel;
	struct notice_batch batch; /* owned */
	struct notice_verdict verdict;
	struct buf url, bot_token, secret; /* in the clear; wiped */
	uint32_t status;
	uint64_t latency_ms, ended_ms;
	bool refused; /* by us: nothing was sent, and no proxy would help */
	bool waiting; /* the store is being asked */
};

/* --- the end
 * --------------------------------------------------------------------------------------------------- */

static void notify_delete(struct notify *n, struct loop *loop)
{
	struct buf *const secrets[] = {&n->url, &n->bot_token, &n->secret};

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		secret_wipe(secrets[i]);
		buf_done(secrets[i]);
	}
	loop_timer_free(loop, n->timer);
	notice_batch_done(&n->batch);
	json_free(n->json);
	free(n);
}

static void notify_end(struct notify *n)
{
	struct work *work = n->work;

	work->state = NULL;
	notify_delete(n, work->env->loop);
	work_end(work);
}

/* True when the work was abandoned while the store was asked. */
static bool is_abandoned(struct notify *n)
{
	n->waiting = false;
	if (n->work)
		return false;
	notify_delete(n, NULL);
	return true;
}

/* --- saying what came of it
 * ------------------------------------------------------------------------------------ */

static void tell(struct notify *n);

static void log_outcome(const struct notify *n, const struct store_result *r)
{
	if (n->verdict.sent)
		log_info(
			"notice sent", log_str("job", n->work->job.name), log_uint("events", n->batch.total));
	else if (store_result_int(r, "gave_up"))
		log_warning("notice given up", log_str("job", n->work->job.name),
			log_slice("channel", n->channel.name), log_uint("events", n->batch.total),
			log_str("cause", n->verdict.cause));
	else if (store_result_int(r, "began"))
		log_warning("a notice could not be sent, trying again", log_slice("channel", n->channel.name),
			log_str("cause", n->verdict.cause));
}

static void on_told(const struct store_result *r, void *arg)
{
	struct notify *n = arg;

	if (is_abandoned(n))
		return;
	if ((r->status == STORE_LOST || r->status == STORE_ERROR) &&
		clock_now_ms() - n->ended_ms < TELL_FOR_MS) {
		loop_timer_start(n->work->env->loop, n->timer, TELL_AGAIN_MS);
		return;
	}
	if (r->status == STORE_OK)
		log_outcome(n, r);
	else if (r->err)
		log_warning("what came of a notice was not noted, it comes again",
			log_str("job", n->work->job.name), log_err(r->err));
	if (r->status == STORE_OK && store_result_int(r, "gave_up"))
		n->work->env->metrics->notices[n->channel.kind][NOTICE_RESULT_GIVEN_UP]++;
	notify_end(n);
}

static void tell(struct notify *n)
{
	struct store_notice_end q = {
		.entry = slice_from_str(n->work->job.entry),
		.job = slice_from_str(n->work->job.name),
		.id = n->work->job.id,
		.message = n->batch.id,
		.sent = n->verdict.sent ? STORE_NOTICE_SENT : STORE_NOTICE_FAILED,
		.retry_in_ms = n->verdict.retry_in_ms,
		.events = n->batch.total,
		.status = n->status,
		.cause = slice_from_str(n->verdict.cause),
		.answer = slice_from_str(n->verdict.answer),
		.latency_ms = n->latency_ms,
		.refused = n->refused,
	};

	n->waiting = true;
	store_notice_end(n->work->env->store, &q, on_told, n);
}

static void on_tell_again(void *arg)
{
	tell(arg);
}

static void ended(struct notify *n)
{
	enum notice_result result = n->verdict.sent ? NOTICE_RESULT_SENT : NOTICE_RESULT_FAILED;

	n->work->env->metrics->notices[n->channel.kind][result]++;
	n->ended_ms = clock_now_ms();
	failpoint("after_notice");
	tell(n);
}

static void failed(struct notify *n, const char *cause)
{
	vendor_text_copy(
		slice_from_str(cause), buf_slice(&n->bot_token), n->verdict.cause, sizeof(n->verdict.cause));
	ended(n);
}

/* --- sending
 * --------------------------------------------------------------------------------------------------- */

static enum notice_address reach_of(const struct sched_config *config)
{
	return config->notify_allow_private ? NOTICE_ADDRESS_ANY : NOTICE_ADDRESS_PUBLIC;
}

/* Our own refusal, in the words that the API has for it. */
static void say(const char *message_id, struct err *err)
{
	struct buf sentence;

	buf_init(&sentence, 0);
	message_format(&sentence, slice_from_str(message_id), MESSAGE_ENGLISH, NULL);
	err_set(err, ERR_INVALID, "%s", buf_str(&sentence));
	buf_done(&sentence);
}

static void on_answer(const struct http_answer *answer, void *arg)
{
	struct notify *n = arg;

	n->transfer = NULL;
	n->status = answer->status;
	n->latency_ms = answer->latency_ms;
	/* A long answer that we cut off has said with its head what we want to know. */
	if (answer->outcome == HTTP_ANSWERED || (answer->status > 0 && answer->err.code == ERR_LIMIT)) {
		notice_answer_read(n->channel.kind, answer->status, answer->body, answer->retry_after_s,
			buf_slice(&n->bot_token), &n->verdict);
		ended(n);
	} else if (answer->address_refused) {
		struct err err = {0};

		n->refused = true;
		say(reach_of(n->work->env->config) == NOTICE_ADDRESS_ANY ? "err.notice_link_local"
									 : "err.notice_private",
			&err);
		failed(n, err.msg);
	} else {
		failed(n, answer->err.msg);
	}
}

/* The address may have been taken by a node that allows more, or before that was changed. */
static bool address_ok(const struct notify *n, struct err *err)
{
	const char *id;

	if (n->channel.kind == NOTICE_KIND_TELEGRAM)
		return true; /* the operator's own choice: TELEGRAM_API_BASE */
	id = notice_url_refusal(buf_slice(&n->url), reach_of(n->work->env->config));
	if (!id)
		return true;
	say(id, err);
	return false;
}

static void send_message(struct notify *n, struct notice_message *message, struct err *err)
{
	const struct sched_config *config = n->work->env->config;
	bool local = reach_of(config) == NOTICE_ADDRESS_ANY;
	const char *headers[NOTICE_HEADERS_MAX];
	struct http_request request = {
		.method = "POST",
		.url = buf_str(&message->url),
		.content_type = "application/json",
		.body = buf_slice(&message->body),
		.headers = headers,
		.repeat = HTTP_SEND_ONCE,
		.reuse = HTTP_FRESH_CONNECTION, /* a kept one was perhaps made where every address may be */
		.reach = n->channel.kind == NOTICE_KIND_TELEGRAM ? HTTP_ANY_ADDRESS
			 : local                                 ? HTTP_NO_LINK_LOCAL
								 : HTTP_PUBLIC_ADDRESS,
		.timeout_ms = NOTICE_TIMEOUT_MS,
		.connect_timeout_ms = NOTICE_CONNECT_MS,
		.body_max_bytes = NOTICE_ANSWER_MAX_BYTES,
		.proxy = config->notify_proxy_url,
	};

	while (request.header_count < NOTICE_HEADERS_MAX && message->headers[request.header_count][0]) {
		headers[request.header_count] = message->headers[request.header_count];
		request.header_count++;
	}
	failpoint("before_notice");
	n->transfer = http_client_start(n->work->env->http, &request, on_answer, n, err);
}

static bool open_secret(struct notify *n, const char *field, struct slice sealed, struct buf *out)
{
	char aad[AAD_BYTES];

	snprintf(aad, sizeof(aad), "notice:%" PRIu64 ":%s", n->channel.id, field);
	return unseal(n->work->env->keyring, slice_from_str(aad), sealed, out, NULL);
}

static bool open_secrets(struct notify *n, struct err *err)
{
	return (open_secret(n, "url", n->channel.url, &n->url) &&
		       open_secret(n, "bot_token", n->channel.bot_token, &n->bot_token) &&
		       open_secret(n, "secret", n->channel.secret, &n->secret)) ||
	       err_set(err, ERR_INVALID, "the channel's secrets were sealed with another key");
}

static void start_sending(struct notify *n, int64_t now_ms)
{
	const struct sched_config *config = n->work->env->config;
	struct notice_message message = {0};
	struct err err = {0};

	if (open_secrets(n, &err) && address_ok(n, &err)) {
		struct notice_scene scene = {
			.domain = config->common.domain,
			.telegram_base = config->telegram_api_base,
			.now_ms = now_ms,
			.test_id = n->work->job.name,
			.url = buf_slice(&n->url),
			.bot_token = buf_slice(&n->bot_token),
			.secret = buf_slice(&n->secret),
		};

		if (notice_message_make(&n->channel, &n->batch, &scene, &message, &err))
			send_message(n, &message, &err);
		notice_message_done(&message);
	}
	if (!n->transfer) {
		n->refused = true;
		failed(n, err.msg);
	}
}

static bool read_claim(struct notify *n, const struct store_result *r, struct err *err)
{
	static const struct json_limits limits = {.max_bytes = 64 * 1024, .max_depth = 4};

	n->json = json_parse(store_result_str(r, "channel"), &limits, err);
	return n->json && notice_channel_from_json(n->json, &n->channel, err) &&
	       notice_batch_parse(store_result_str(r, "batch"), &n->batch, err);
}

static void on_claimed(const struct store_result *r, void *arg)
{
	struct notify *n = arg;
	struct err err = {0};

	if (is_abandoned(n))
		return;
	if (r->status != STORE_CLAIMED) {
		if (r->err)
			log_warning("a notice was not claimed, it comes again",
				log_str("job", n->work->job.name), log_err(r->err));
		notify_end(n);
	} else if (!read_claim(n, r, &err)) {
		log_error("a channel cannot be read, leaving its job", log_str("job", n->work->job.name),
			log_err(&err));
		notify_end(n);
	} else {
		start_sending(n, store_result_int(r, "now_ms"));
	}
}

static void notify_start(struct work *work)
{
	struct notify *n = mem_zalloc(sizeof(*n));

	n->work = work;
	work->state = n;
	buf_init(&n->url, 0);
	buf_init(&n->bot_token, 0);
	buf_init(&n->secret, 0);
	n->timer = loop_timer_new(work->env->loop, on_tell_again, n);
	ensure(n->timer);
	n->waiting = true;
	store_notice_claim(work->env->store, slice_from_str(work->job.entry), slice_from_str(work->job.name),
		work->job.id, work->job.reason == JOB_REASON_MANUAL ? "manual" : "clock", on_claimed, n);
}

static void notify_abandon(struct work *work)
{
	struct notify *n = work->state;
	struct loop *loop = work->env->loop;

	http_transfer_cancel(n->transfer);
	n->transfer = NULL;
	work->state = NULL;
	n->work = NULL;
	if (!n->waiting) {
		notify_delete(n, loop);
		return;
	}
	loop_timer_free(loop, n->timer); /* the loop may be gone when the store answers */
	n->timer = NULL;
}

const struct work_runner notify_runner = {.start = notify_start, .abandon = notify_abandon};
