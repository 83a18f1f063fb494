/*
 * backup_run.c: see backup_run.h.
 *
 *	backup_rest.lua → backup_page.lua … → helper thread: seal → history → 200
 */
#include "api-node/backup/backup_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/backup/backup_doc.h"
#include "api-node/backup/backup_lines.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/helper.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/proc.h"
#include "shared/crypto/passphrase.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_import.h"
#include "shared/store/store_log.h"
#include "shared/store/store_result.h"

enum { PAGE_MAX_BYTES = 64 * 1024 * 1024, BUSY_RETRY_S = 5 };

struct backup_run {
	struct buf passphrase, lines; /* owned, secret */
	struct buf document;          /* owned; made on the helper's thread */
	struct backup_header header;
	struct err err;
	enum { SEALED, NOT_SEALED } result;
};

static void run_free(void *arg)
{
	struct backup_run *run = arg;

	secret_wipe(&run->passphrase);
	secret_wipe(&run->lines);
	buf_done(&run->document);
	free(run);
}

/* Appends the items of a JSON array of objects. False after the refusal was sent. */
static bool take_items(struct request *req, enum import_kind kind, struct slice array, uint64_t *count)
{
	const struct json_limits limits = {.max_bytes = PAGE_MAX_BYTES, .max_depth = 4};
	struct backup_run *run = req->work;
	struct err err = {0};
	struct json *list = json_parse(array, &limits, &err);
	bool ok = list != NULL;

	for (const struct json *item = json_first(list); ok && item; item = json_next(item)) {
		ok = backup_line_write(&run->lines, req->api->keyring, kind, item, &err);
		(*count)++;
	}
	json_free(list);
	if (!ok)
		reply_unknown(req, err.msg);
	return ok;
}

static void on_history(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct backup_run *run = req->work;
	struct buf document = run->document;

	/* A line that is missing is no reason to keep the backup back. */
	(void)result;
	buf_init(&run->document, 0);
	reply_header(req, "Content-Disposition", "attachment; filename=\"kiotproxy-backup-%.10s.json\"",
		run->header.created_at);
	reply_json(req, 200, &document);
}

static void on_sealed(void *arg)
{
	struct request *req = request_from(arg);
	struct backup_run *run = req->work;
	struct json_writer w;
	struct buf params;

	if (run->result == NOT_SEALED) {
		reply_unknown(req, run->err.msg);
		return;
	}
	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_uint(&w, "users", run->header.users);
	json_put_uint(&w, "proxies", run->header.proxies);
	json_put_uint(&w, "tokens", run->header.tokens);
	json_put_uint(&w, "channels", run->header.channels);
	json_object_end(&w);
	const struct store_log_entry entry = {
		.action = "backup",
		.status = "success",
		.message_id = "",
		.params = buf_slice(&params),
		.user = actor_of(req),
	};
	store_log_add(req->api->store, &entry, on_history, req);
	buf_done(&params);
}

/* On the helper's thread. */
static void seal_lines(void *arg)
{
	struct backup_run *run = ((struct request *)arg)->work;

	bool ok = backup_doc_write(
		&run->header, buf_slice(&run->passphrase), buf_slice(&run->lines), &run->document, &run->err);
	run->result = ok && !run->document.overflow ? SEALED : NOT_SEALED;
}

static void on_page(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct backup_run *run = req->work;
	uint64_t last_id = store_result_uint(result, "last_id");

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	if (!take_items(req, IMPORT_PROXY, store_result_str(result, "records"), &run->header.proxies))
		return;
	if (last_id > 0) {
		store_backup_page(req->api->store, last_id, STORE_IMPORT_CHUNK, on_page, req);
		return;
	}
	if (helper_run(req->api->helper, seal_lines, on_sealed, req))
		return;
	reply_busy(req, BUSY_RETRY_S, "Another import or backup is at work; try again in 5 s.");
}

static void on_rest(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct backup_run *run = req->work;

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	backup_line_write_one(&run->lines, "settings", store_result_str(result, "settings"));
	backup_line_write_one(&run->lines, "numbers", store_result_str(result, "numbers"));
	if (take_items(req, IMPORT_USER, store_result_str(result, "users"), &run->header.users) &&
		take_items(req, IMPORT_TOKEN, store_result_str(result, "tokens"), &run->header.tokens) &&
		take_items(req, IMPORT_CHANNEL, store_result_str(result, "channels"), &run->header.channels))
		store_backup_page(req->api->store, 0, STORE_IMPORT_CHUNK, on_page, req);
}

void backup_run_start(struct request *req, struct slice passphrase)
{
	struct backup_run *run = mem_zalloc(sizeof(*run));

	buf_init(&run->passphrase, 0);
	buf_init(&run->lines, 0);
	buf_init(&run->document, 0);
	buf_append_slice(&run->passphrase, passphrase);
	iso8601_text(records_now_ms(req->api->records), run->header.created_at);
	snprintf(run->header.build, sizeof(run->header.build), "%s", proc_build());
	req->work = run;
	req->work_free = run_free;
	store_backup_rest(req->api->store, on_rest, req);
}
