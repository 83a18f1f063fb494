/*
 * import.c: POST /api/import: moving in, from the single-host version's data.json.
 *
 *	helper thread: read the document → import_run (judge, take in) → the report
 *
 * The body may be large, so it is held for administrators only (router_admit_large) and read off the loop.
 */
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/query.h"
#include "api-node/helper.h"
#include "api-node/import/import_report.h"
#include "api-node/import/import_run.h"
#include "api-node/import/old_data.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"

enum { DATA_JSON_MAX_BYTES = 16 * 1024 * 1024, BUSY_RETRY_MS = 5000 };

/* What the helper thread works on: its own until `on_read`. */
struct reading {
	struct import_run *run; /* owned */
	struct slice body;      /* the request's */
	enum upstream_policy policy;
	struct err err;
	enum { READING_OK, READING_BAD } result;
};

static void reading_free(void *arg)
{
	struct reading *reading = arg;

	if (reading->run)
		import_run_free(reading->run);
	free(reading);
}

/* On the helper's thread. */
static void read_document(void *arg)
{
	struct request *req = arg;
	struct reading *reading = req->work;
	const struct json_limits limits = {.max_bytes = DATA_JSON_MAX_BYTES, .max_depth = 32};
	struct json *root = json_parse(reading->body, &limits, &reading->err);

	reading->result = READING_BAD;
	if (!root)
		err_prefix(&reading->err, "The body is not valid JSON");
	else if (json_kind(root) != JSON_OBJECT)
		err_set(&reading->err, ERR_INVALID, "The body must be a JSON object.");
	else if (old_data_read(root, reading->policy, &reading->run->list, &reading->err))
		reading->result = READING_OK;
	json_free(root);
}

static void on_read(void *arg)
{
	struct request *req = request_from(arg);
	struct reading *reading = req->work;
	struct import_run *run = reading->run;

	buf_done(&req->body);
	if (reading->result == READING_BAD) {
		reply_bad_request(req, &reading->err);
		return;
	}
	reading->run = NULL;
	reading_free(reading);
	req->work = run;
	req->work_free = import_run_free;
	import_run_start(run, import_report_reply);
}

void import_post(struct request *req)
{
	struct reading *reading;
	bool dry = false;

	if (!query_flag(req, "dry_run", &dry))
		return;
	if (req->body.len > DATA_JSON_MAX_BYTES) {
		reply_problem(req, 413, "err.body_too_large", NULL, "A data.json may have 16 MiB.");
		return;
	}
	reading = mem_zalloc(sizeof(*reading));
	reading->run = import_run_new(req, IMPORT_DATA_JSON, dry ? STORE_LOOK : STORE_WRITE);
	reading->body = buf_slice(&req->body);
	reading->policy = req->api->config->common.upstream_allow_private ? UPSTREAM_PRIVATE_ALLOWED
									  : UPSTREAM_PUBLIC_ONLY;
	req->work = reading;
	req->work_free = reading_free;
	if (helper_run(req->api->helper, read_document, on_read, req))
		return;
	reply_retry_after(req, BUSY_RETRY_MS);
	reply_problem(
		req, 503, "err.busy", "{\"s\":5}", "Another import or backup is at work; try again in 5 s.");
}
