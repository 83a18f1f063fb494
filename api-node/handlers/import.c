/*
 * import.c: POST /api/import: moving in, from the single-host version's data.json or from a backup, which is
 * told by its envelope.
 *
 *	helper thread: read the document, open the backup → import_run (judge, take in) → the report
 *
 * The body may be large, so it is held for administrators only (router_admit_large) and read off the loop.
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/backup/backup_doc.h"
#include "api-node/backup/backup_lines.h"
#include "api-node/handlers/backup_passphrase.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/query.h"
#include "api-node/helper.h"
#include "api-node/import/import_record.h"
#include "api-node/import/import_report.h"
#include "api-node/import/import_run.h"
#include "api-node/import/old_data.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"

enum { DATA_JSON_MAX_BYTES = 16 * 1024 * 1024, FORMAT_WITHIN_BYTES = 256, BUSY_RETRY_S = 5 };

/* What the helper thread works on: its own until `on_read`. */
struct reading {
	struct import_run *run;  /* owned */
	struct slice body;       /* the request's */
	struct slice passphrase; /* the request's; of a backup */
	enum upstream_policy policy;
	struct err err;
	enum { READING_OK, READING_BAD, READING_NO_PASSPHRASE, READING_NOT_OPENED } result;
};

static void reading_free(void *arg)
{
	struct reading *reading = arg;

	if (reading->run)
		import_run_free(reading->run);
	free(reading);
}

/* Our own backups begin with their format: nothing else may be so large. */
static bool looks_like_backup(struct slice body)
{
	size_t len = body.len < FORMAT_WITHIN_BYTES ? body.len : FORMAT_WITHIN_BYTES;

	return len > 0 && memmem(body.data, len, BACKUP_FORMAT, strlen(BACKUP_FORMAT)) != NULL;
}

static bool counts_agree(const struct backup_header *header, const struct import_list *list)
{
	uint64_t counts[IMPORT_KIND_COUNT] = {0};

	for (size_t i = 0; i < list->count; i++)
		counts[list->items[i].kind]++;
	return counts[IMPORT_USER] == header->users && counts[IMPORT_PROXY] == header->proxies &&
	       counts[IMPORT_TOKEN] == header->tokens && counts[IMPORT_CHANNEL] == header->channels;
}

static void read_backup(struct reading *reading, const struct json *root)
{
	struct backup_header header;
	struct buf lines;

	reading->run->source = IMPORT_BACKUP;
	reading->result = READING_NO_PASSPHRASE;
	if (reading->passphrase.len == 0)
		return;
	reading->result = READING_NOT_OPENED;
	buf_init(&lines, 0);
	if (backup_doc_read(root, reading->passphrase, &header, &lines, &reading->err) &&
		backup_lines_read(&lines, &reading->run->list, &reading->err) &&
		(counts_agree(&header, &reading->run->list) ||
			err_set(&reading->err, ERR_INVALID,
				"The backup is damaged: something is missing in it.")))
		reading->result = READING_OK;
	secret_wipe(&lines);
}

/* On the helper's thread. */
static void read_document(void *arg)
{
	struct request *req = arg;
	struct reading *reading = req->work;
	const struct json_limits limits = {.max_bytes = API_IMPORT_MAX_BYTES, .max_depth = 32};
	struct json *root = json_parse(reading->body, &limits, &reading->err);

	reading->result = READING_BAD;
	if (!root)
		err_prefix(&reading->err, "The body is not valid JSON");
	else if (json_kind(root) != JSON_OBJECT)
		err_set(&reading->err, ERR_INVALID, "The body must be a JSON object.");
	else if (backup_doc_is(root))
		read_backup(reading, root);
	else if (old_data_read(root, reading->policy, &reading->run->list, &reading->err))
		reading->result = READING_OK;
	json_free(root);
	if (reading->result == READING_OK)
		import_list_identify(&reading->run->list, req->api->keyring);
}

static void on_read(void *arg)
{
	struct request *req = request_from(arg);
	struct reading *reading = req->work;
	struct import_run *run = reading->run;

	buf_done(&req->body);
	switch (reading->result) {
	case READING_OK: break;
	case READING_NO_PASSPHRASE:
		reply_problem(req, 400, "err.required", "{\"field\":\"Backup-Passphrase\"}",
			"This is a backup: send the passphrase that it was sealed under in the header Backup-Passphrase.");
		return;
	case READING_NOT_OPENED: reply_problem(req, 422, "import.not_opened", NULL, reading->err.msg); return;
	case READING_BAD: reply_bad_request(req, &reading->err); return;
	}
	reading->run = NULL;
	reading_free(reading);
	req->work = run;
	req->work_free = import_run_free;
	import_run_start(run, import_report_reply);
}

void import_post(struct request *req)
{
	struct slice passphrase = SLICE_NONE;
	struct reading *reading;
	bool dry = false;

	if (!query_flag(req, "dry_run", &dry))
		return;
	if (req->headers[HEADER_BACKUP_PASSPHRASE].data && !backup_passphrase(req, &passphrase))
		return;
	if (req->body.len > DATA_JSON_MAX_BYTES && !looks_like_backup(buf_slice(&req->body))) {
		reply_problem(req, 413, "err.body_too_large", NULL,
			"A data.json may have 16 MiB, a backup 64 MiB.");
		return;
	}
	reading = mem_zalloc(sizeof(*reading));
	reading->run = import_run_new(req, IMPORT_DATA_JSON, dry ? STORE_LOOK : STORE_WRITE);
	reading->body = buf_slice(&req->body);
	reading->passphrase = passphrase;
	reading->policy = req->api->config->common.upstream_allow_private ? UPSTREAM_PRIVATE_ALLOWED
									  : UPSTREAM_PUBLIC_ONLY;
	req->work = reading;
	req->work_free = reading_free;
	if (helper_run(req->api->helper, read_document, on_read, req))
		return;
	reply_busy(req, BUSY_RETRY_S, "Another import or backup is at work; try again in 5 s.");
}
