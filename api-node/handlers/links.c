/*
 * links.c: giving a proxy a change-IP link and taking it away. What the link does is link_rotate.c. Whoever
 * has the link can rotate the proxy, nothing else; a new one ends the one before.
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/link_url.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/json/json_writer.h"
#include "shared/store/store_links.h"
#include "shared/store/store_result.h"

static void token_free(void *arg)
{
	explicit_bzero(arg, TOKEN_TEXT_BYTES);
	free(arg);
}

/* Where PUBLIC_URLS does not say how we are called, the caller knows a name that works: his own. */
static void append_own_origin(const struct request *req, struct buf *out)
{
	buf_printf(out, "%s://%.*s", api_behind_tls(req) ? "https" : "http",
		SLICE_ARG(req->headers[HEADER_HOST]));
}

static void reply_link(struct request *req)
{
	struct buf body, url;
	struct json_writer w;

	buf_init(&body, 0);
	buf_init(&url, 0);
	if (slice_from_str(req->api->config->public_urls).len == 0)
		append_own_origin(req, &url);
	link_url(req->api, slice_from_str(req->work), &url);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "id", req->path_id);
	json_put_str(&w, "url", buf_slice(&url));
	json_object_end(&w);
	secret_wipe(&url);
	reply_json(req, 201, &body);
}

static void on_created(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status == STORE_OK)
		sessions_caught_up(req, reply_link);
	else
		store_refusal_reply(req, result);
}

void links_create(struct request *req)
{
	char hash[SHA256_HEX_BYTES];
	struct buf aad, sealed;
	struct err err = {0};
	char *token;

	if (!proxy_of_request(req, MAY_EDIT_PROXY))
		return;
	token = mem_zalloc(TOKEN_TEXT_BYTES);
	token_generate(token);
	req->work = token;
	req->work_free = token_free;
	token_hash(slice_from_str(token), hash);
	buf_init(&aad, 0);
	buf_init(&sealed, 0);
	link_token_aad(req->path_id, &aad);
	if (seal(req->api->keyring, buf_slice(&aad), slice_from_str(token), &sealed, &err))
		store_link_set(req->api->store, req->path_id, actor_of(req), buf_slice(&sealed),
			slice_from_str(hash), on_created, req);
	else
		reply_unknown(req, err.msg);
	buf_done(&aad);
	buf_done(&sealed);
}

static void reply_gone(struct request *req)
{
	reply_empty(req, 204);
}

static void on_deleted(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	/* NOTHING: it had none; the caller has what he wants. */
	if (result->status == STORE_OK || result->status == STORE_NOTHING)
		sessions_caught_up(req, reply_gone);
	else
		store_refusal_reply(req, result);
}

void links_delete(struct request *req)
{
	if (proxy_of_request(req, MAY_EDIT_PROXY))
		store_link_set(req->api->store, req->path_id, actor_of(req), SLICE_NONE, SLICE_NONE,
			on_deleted, req);
}
