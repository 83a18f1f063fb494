/* job_reply.c: see job_reply.h. */
#include "api-node/handlers/job_reply.h"

#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"

static unsigned status_of(enum failure_class failure)
{
	switch (failure) {
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
	unsigned status = status_of(result->failure);

	if (!slice_copy(result->message_id, id, sizeof(id)) || id[0] == '\0')
		ensure(slice_copy(SLICE_LIT("err.transient"), id, sizeof(id)));
	if (result->params.len > 0 && !slice_copy(result->params, params, sizeof(params)))
		params[0] = '\0';
	if (result->provider_message.len > 0)
		reply_provider_message(req, result->provider_message);
	if (status != 422 && result->failure != FAILURE_NONE && result->failure != FAILURE_NOT_OFFERED)
		reply_retry_after(req, result->retry_in_ms > 0 ? (uint64_t)result->retry_in_ms : 1000);
	reply_problem(req, status, id, params[0] ? params : NULL, NULL);
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
	if (result->version.len > 0)
		json_put_str(&w, "version", result->version);
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
