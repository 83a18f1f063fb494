/* job_reply.c: see job_reply.h. */
#include "api-node/handlers/job_reply.h"

#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"
#include "shared/model/messages.h"

/* A check that took place and found something wrong, elsewhere than here. */
static bool found_bad(struct slice message_id)
{
	static const char *const ids[] = {"err.unhealthy", "err.endpoint_answer", "err.endpoint_unreachable"};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		if (slice_eq_str(message_id, ids[i]))
			return true;
	return false;
}

static unsigned status_of(const struct job_result *result)
{
	if (found_bad(result->message_id))
		return 502;
	if (slice_eq_str(result->message_id, "err.busy"))
		return 503;
	switch (result->failure) {
	case FAILURE_NONE:        /* the store refused it: paused, a new key … */
	case FAILURE_NOT_OFFERED: /* asking again will not help */
	case FAILURE_COOLDOWN: return 409;
	case FAILURE_INVALID_KEY:
	case FAILURE_EXPIRED_KEY: return 422;
	default: return 503;
	}
}

void job_failure_reply(struct request *req, const struct job_result *result)
{
	char params[512] = "{}", id[64];
	unsigned status = status_of(result);

	if (!slice_copy(result->message_id, id, sizeof(id)) || id[0] == '\0')
		ensure(slice_copy(SLICE_LIT("err.transient"), id, sizeof(id)));
	if (result->params.len > 0 && !slice_copy(result->params, params, sizeof(params)))
		params[0] = '\0';
	if (result->provider_message.len > 0)
		reply_provider_message(req, result->provider_message);
	if (status == 503 || result->failure == FAILURE_COOLDOWN)
		reply_retry_after(req, result->retry_in_ms > 0 ? (uint64_t)result->retry_in_ms : 1000);
	reply_problem(req, status, id, params[0] ? params : NULL, NULL);
}

static void put_or_null(struct json_writer *w, const char *name, struct slice text)
{
	if (text.len > 0)
		json_put_str(w, name, text);
	else
		json_put_null(w, name);
}

/* What is to be said although it went well: "the same IP again". */
static void put_message(struct json_writer *w, const struct job_result *result)
{
	struct buf sentence;

	buf_init(&sentence, 0);
	message_format(&sentence, result->message_id, MESSAGE_ENGLISH, job_result_params(result));
	json_put_str(w, "message_id", result->message_id);
	json_put_str(w, "detail", buf_slice(&sentence));
	json_put_raw(w, "params", result->params.len > 0 ? result->params : SLICE_LIT("{}"));
	if (result->retry_in_ms > 0)
		json_put_int(w, "retry_after_seconds", (result->retry_in_ms + 999) / 1000);
	buf_done(&sentence);
}

/* What a page saw: of a check where it was asked, of a check through the endpoint always. */
static void put_exit(struct json_writer *w, const struct job_result *result)
{
	if (result->way.len == 0) {
		if (result->exit_ip.len > 0)
			json_put_str(w, "exit_ip", result->exit_ip);
		return;
	}
	json_put_str(w, "way", result->way);
	put_or_null(w, "exit_ip", result->exit_ip);
	put_or_null(w, "expected_ip", result->expected_ip);
}

static void reply_result(struct request *req, const struct job_result *result)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	/* A check tells a latency; a rotation and a sync tell the upstream. */
	if (result->remote_http.len > 0) {
		json_put_str(&w, "new_ip", result->new_ip);
		json_put_str(&w, "location", result->location);
		json_put_str(&w, "remote_http", result->remote_http);
		json_put_bool(&w, "same_ip", result->same_ip);
	}
	if (result->latency_ms > 0)
		json_put_int(&w, "latency_ms", result->latency_ms);
	put_exit(&w, result);
	if (result->version.len > 0)
		json_put_str(&w, "version", result->version);
	if (result->message_id.len > 0)
		put_message(&w, result);
	json_object_end(&w);
	reply_json(req, 200, &body);
}

void job_reply(struct request *req, const struct job_result *result)
{
	struct json_writer w;
	struct buf body;

	if (result && result->outcome == JOB_OUTCOME_OK) {
		reply_result(req, result);
		return;
	}
	if (result) {
		job_failure_reply(req, result);
		return;
	}
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	json_put_cstr(&w, "status", "running");
	json_object_end(&w);
	reply_json(req, 202, &body);
}
