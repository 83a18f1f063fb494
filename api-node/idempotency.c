/*
 * idempotency.c: see idempotency.h.
 *
 *	idempotency_run → store_idempotency_begin
 *		→ NEW: the handler → reply.c → idempotency_store_reply → sent
 *		→ STORED: the first answer again
 *
 * Answers are kept sealed: that of a created proxy holds its password.
 */
#include "api-node/idempotency.h"

#include <stdio.h>
#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/http_session.h"
#include "api-node/reply.h"
#include "shared/base/ensure.h"
#include "shared/base/failpoint.h"
#include "shared/base/log.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/seal.h"
#include "shared/store/store_idempotency.h"
#include "shared/store/store_result.h"

enum {
	IDEMPOTENCY_KEY_MAX_BYTES = 255,
	IDEMPOTENCY_HOLD_MS = 30 * 1000, /* how long a node that died keeps others out */
	IDEMPOTENCY_KEEP_MS = 24 * 60 * 60 * 1000,
	AAD_BYTES = SHA256_HEX_BYTES + 16,
};

struct pending {
	struct request *req;
	route_handler_fn *handler;
	char scope[SHA256_HEX_BYTES];
};

static void aad_of(const char *scope, char dst[AAD_BYTES])
{
	snprintf(dst, AAD_BYTES, "idempotency:%s", scope);
}

static void repeat_stored(struct request *req, const char *scope, const struct store_result *result)
{
	struct buf body;
	unsigned status = (unsigned)store_result_uint(result, "status");
	struct slice kept = store_result_str(result, "body");
	char aad[AAD_BYTES];
	struct err err = {0};

	aad_of(scope, aad);
	buf_init(&body, 0);
	if (!unseal(req->api->keyring, slice_from_str(aad), kept, &body, &err)) {
		log_warning("a kept answer cannot be opened", log_str("request", req->id), log_err(&err));
		reply_problem(req, 409, "err.idempotency", NULL,
			"This Idempotency-Key was used before; its answer cannot be shown again.");
		return;
	}
	reply_header(req, "Idempotency-Replayed", "true");
	if (status == 204)
		reply_empty(req, status);
	else
		reply_body(
			req, status, status < 400 ? "application/json" : "application/problem+json", &body);
	buf_done(&body);
}

static void on_begin(const struct store_result *result, void *arg)
{
	struct pending *pending = arg;
	struct request *req = pending->req;
	route_handler_fn *handler = pending->handler;

	switch (result->status) {
	case STORE_NEW:
		snprintf(req->idempotency_scope, sizeof(req->idempotency_scope), "%s", pending->scope);
		free(pending);
		failpoint("idempotency_begun");
		handler(req);
		return;
	case STORE_STORED: repeat_stored(req, pending->scope, result); break;
	case STORE_BUSY:
		reply_retry_after(req, 1000);
		reply_problem(req, 409, "err.idempotency", NULL,
			"The first call with this Idempotency-Key is still at work.");
		break;
	case STORE_MISMATCH:
		reply_problem(req, 422, "err.idempotency", NULL,
			"This Idempotency-Key was used before with another body or query.");
		break;
	default: reply_store_away(req, result->err); break;
	}
	free(pending);
}

void idempotency_run(struct request *req, route_handler_fn *handler)
{
	struct slice key = req->headers[HEADER_IDEMPOTENCY_KEY];
	char asked[HEX_SHA256_BYTES]; /* all of it: an import and its dry run differ in the query only */
	struct pending *pending;
	struct buf scope;

	if (key.len == 0 || key.len > IDEMPOTENCY_KEY_MAX_BYTES) {
		reply_problem(
			req, 400, "err.bad_request", NULL, "Idempotency-Key must be 1 to 255 characters.");
		return;
	}
	pending = mem_zalloc(sizeof(*pending));
	pending->req = req;
	pending->handler = handler;
	buf_init(&scope, 0);
	buf_printf(&scope, "%lld\n%d\n%.*s\n%.*s", (long long)req->caller.who.user_id, (int)req->method,
		SLICE_ARG(req->path), SLICE_ARG(key));
	sha256_hex(buf_slice(&scope), pending->scope);
	buf_done(&scope);
	keyring_request_hmac(req->api->keyring, req->query, buf_slice(&req->body), asked);
	store_idempotency_begin(req->api->store, slice_from_str(pending->scope), slice_from_str(asked),
		IDEMPOTENCY_HOLD_MS, on_begin, pending);
}

static void on_stored(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	/* The change has taken place: the client gets its answer even when it could not be kept. */
	if (result->status != STORE_OK)
		log_warning("an idempotent answer was not kept", log_str("request", req->id));
	http_session_reply(req);
}

void idempotency_store_reply(struct request *req)
{
	struct slice scope = slice_from_str(req->idempotency_scope);
	struct err err = {0};
	char aad[AAD_BYTES];
	struct buf sealed;

	failpoint("idempotency_end");
	aad_of(req->idempotency_scope, aad);
	buf_init(&sealed, 0);
	if (req->reply.status >= 500) {
		store_idempotency_drop(req->api->store, scope, on_stored, req);
	} else if (!seal(req->api->keyring, slice_from_str(aad), buf_slice(&req->reply.body), &sealed,
			   &err)) {
		log_warning("an answer cannot be kept", log_str("request", req->id), log_err(&err));
		store_idempotency_drop(req->api->store, scope, on_stored, req);
	} else {
		store_idempotency_end(req->api->store, scope, req->reply.status, buf_slice(&sealed),
			IDEMPOTENCY_KEEP_MS, on_stored, req);
	}
	buf_done(&sealed);
}
