/*
 * probes.c: see probes.h. A probe is claimed (the store gives the record; nothing is held) → asked → told.
 * One that is lost with its worker comes again within the queue's 15 s.
 */
#include "scheduler/probes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheduler/exit_ip.h"
#include "scheduler/http_client.h"
#include "scheduler/providers/vendor_text.h"
#include "scheduler/sched_config.h"
#include "shared/base/ensure.h"
#include "shared/base/list.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/json/json_writer.h"
#include "shared/model/job_result.h"
#include "shared/model/proxy.h"
#include "shared/store/store.h"
#include "shared/store/store_jobs.h"

enum {
	PROBES_MAX = 16,
	PROBE_TIMEOUT_MS = 8000, /* a caller is kept waiting 15 s */
	PROBE_CONNECT_MS = 4000,
	PROBE_BODY_MAX_BYTES = 64 * 1024,
	PROBE_CLAIM_MS = 15000,
	SAID_BYTES = 200,
};

struct probe {
	struct probes *probes; /* borrowed */
	struct job job;
	struct list node;               /* probes->running */
	struct http_transfer *transfer; /* owned by the http client */
	struct proxy *proxy;            /* owned; NULL until claimed */
};

struct probes {
	const struct sched_env *env; /* borrowed */
	struct list running;
	size_t running_count;
};

static void probe_free(struct probe *probe)
{
	probe->probes->running_count--;
	list_remove(&probe->node);
	proxy_free(probe->proxy);
	free(probe);
}

/* --- telling
 * ------------------------------------------------------------------------------------------------- */

static void on_finished(const struct store_result *r, void *arg)
{
	(void)arg;
	if (r->err)
		log_warning("a probe was not put away, it comes again", log_err(r->err));
}

static void tell(const struct sched_env *env, const struct job *job, const struct job_result *result)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	json_writer_init(&w, &text);
	job_result_write(&w, result);
	store_job_finish(env->store, slice_from_str(job->entry), slice_from_str(job->name), buf_slice(&text),
		on_finished, NULL);
	buf_done(&text);
}

/* What a peer said, for a person to read: its first line, harmless. */
static void said_line(struct slice body, char dst[SAID_BYTES])
{
	struct slice line, rest;

	slice_cut(body, '\n', &line, &rest);
	vendor_text_copy(line, SLICE_NONE, dst, SAID_BYTES);
}

/* Not what was asked for: `status`, the first line, and the relay's Proxy-Status. Without one it is another
 * server that answers: the page behind the upstream, or what listens on the endpoint's port in a relay's
 * place.
 */
static void tell_answer(const struct probe *probe, const struct http_answer *answer, uint32_t status)
{
	const struct job *job = &probe->job;
	char said[SAID_BYTES], proxy_status[SAID_BYTES];
	struct json_writer w;
	struct buf params;

	said_line(answer->body, said);
	vendor_text_copy(answer->proxy_says, SLICE_NONE, proxy_status, sizeof(proxy_status));
	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_cstr(&w, "way", job->way);
	json_put_cstr(&w, "target", job->target);
	json_put_uint(&w, "status", status);
	json_put_cstr(&w, "proxy_status", proxy_status);
	json_put_cstr(&w, "said", said);
	json_object_end(&w);
	tell(probe->probes->env, job,
		&(struct job_result){.outcome = JOB_OUTCOME_ERROR,
			.message_id = SLICE_LIT("err.endpoint_answer"),
			.params = buf_slice(&params),
			.way = slice_from_str(job->way)});
	buf_done(&params);
}

static void tell_unreachable(const struct probe *probe, const char *cause)
{
	const struct job *job = &probe->job;
	struct json_writer w;
	struct buf params;

	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_cstr(&w, "way", job->way);
	json_put_cstr(&w, "target", job->target);
	json_put_cstr(&w, "cause", cause);
	json_object_end(&w);
	tell(probe->probes->env, job,
		&(struct job_result){.outcome = JOB_OUTCOME_ERROR,
			.message_id = SLICE_LIT("err.endpoint_unreachable"),
			.params = buf_slice(&params),
			.way = slice_from_str(job->way)});
	buf_done(&params);
}

/* --- asking
 * -------------------------------------------------------------------------------------------------- */

static void on_answer(const struct http_answer *answer, void *arg)
{
	struct probe *probe = arg;
	uint32_t connect = answer->proxy_status;
	char exit_ip[IP_TEXT_BYTES] = "";

	probe->transfer = NULL;
	log_debug("endpoint probed", log_str("job", probe->job.name), log_uint("http", answer->status),
		log_uint("connect", connect), log_str("error", answer->err.msg),
		log_uint("ms", answer->latency_ms));
	if (connect >= 300) {
		tell_answer(probe, answer, connect);
	} else if (answer->status >= 400) {
		tell_answer(probe, answer, answer->status);
	} else if (answer->status == 0) {
		tell_unreachable(probe, answer->err.msg);
	} else {
		if (answer->outcome != HTTP_ANSWERED || !exit_ip_read(answer->body, exit_ip))
			exit_ip[0] = '\0';
		tell(probe->probes->env, &probe->job,
			&(struct job_result){.outcome = JOB_OUTCOME_OK,
				.latency_ms = answer->latency_ms > 0 ? (int64_t)answer->latency_ms : 1,
				.exit_ip = slice_from_str(exit_ip),
				.expected_ip = probe->proxy->remote_ip,
				.way = slice_from_str(probe->job.way)});
	}
	probe_free(probe);
}

static bool ask(struct probe *probe, struct err *err)
{
	const struct sched_env *env = probe->probes->env;
	const struct proxy *proxy = probe->proxy;
	char user[128], aad[64];
	struct buf password;

	snprintf(aad, sizeof(aad), "proxy:%" PRId64 ":password", proxy->id);
	buf_init(&password, 1024);
	if (!slice_copy(proxy->subdomain, user, sizeof(user))) {
		err_set(err, ERR_INVALID, "the endpoint's name is too long");
		goto out;
	}
	if (!unseal(env->keyring, slice_from_str(aad), proxy->password, &password, err))
		goto out;
	struct http_request request = {
		.method = "GET",
		.url = env->config->ip_check_url ? env->config->ip_check_url : env->config->health_check_url,
		.repeat = HTTP_MAY_REPEAT,
		.reuse = HTTP_FRESH_CONNECTION,
		.timeout_ms = PROBE_TIMEOUT_MS,
		.connect_timeout_ms = PROBE_CONNECT_MS,
		.body_max_bytes = PROBE_BODY_MAX_BYTES,
		.proxy = probe->job.target,
		.proxy_user = user,
		.proxy_password = buf_str(&password),
	};
	probe->transfer = http_client_start(env->http, &request, on_answer, probe, err);
out:
	secret_wipe(&password);
	return probe->transfer != NULL;
}

static void on_claimed(const struct store_result *r, void *arg)
{
	struct probe *probe = arg;
	struct err err;

	if (r->status !=
		STORE_CLAIMED) { /* the proxy is gone, which the store has told; or the store is away */
		probe_free(probe);
		return;
	}
	probe->proxy = proxy_from_record(store_result_str(r, "record"), &err);
	if (probe->proxy && ask(probe, &err))
		return;
	log_warning("an endpoint cannot be probed", log_str("job", probe->job.name), log_err(&err));
	tell_unreachable(probe, err.msg);
	probe_free(probe);
}

/* --- life
 * ---------------------------------------------------------------------------------------------------- */

bool probes_has(const struct probes *probes, const struct job *job)
{
	list_each (node, &probes->running)
		if (slice_eq_str(slice_from_str(job->entry), list_entry(node, struct probe, node)->job.entry))
			return true;
	return false;
}

void probes_add(struct probes *probes, const struct job *job)
{
	const struct sched_env *env = probes->env;

	if (probes->running_count >= PROBES_MAX) {
		tell(env, job,
			&(struct job_result){.outcome = JOB_OUTCOME_ERROR,
				.message_id = SLICE_LIT("err.busy"),
				.params = SLICE_LIT("{\"s\":5}"),
				.retry_in_ms = 5000});
		return;
	}
	struct probe *probe = mem_zalloc(sizeof(*probe));
	*probe = (struct probe){.probes = probes, .job = *job};
	list_append(&probes->running, &probe->node);
	probes->running_count++;
	struct store_job_claim q = {
		.entry = slice_from_str(job->entry),
		.job = slice_from_str(job->name),
		.kind = slice_from_str(job_kind_text(job->kind)),
		.id = job->id,
		.worker = slice_from_str(env->config->common.node_id),
		.gen = store_generation(env->store),
		.claim_ms = PROBE_CLAIM_MS,
	};
	store_job_claim(env->store, &q, on_claimed, probe);
}

struct probes *probes_new(const struct sched_env *env)
{
	struct probes *probes = mem_zalloc(sizeof(*probes));

	probes->env = env;
	list_init(&probes->running);
	return probes;
}

size_t probes_running(const struct probes *probes)
{
	return probes->running_count;
}

void probes_free(struct probes *probes)
{
	if (!probes)
		return;
	list_each (node, &probes->running) {
		struct probe *probe = list_entry(node, struct probe, node);

		http_transfer_cancel(probe->transfer);
		probe_free(probe);
	}
	free(probes);
}
