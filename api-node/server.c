/*
 * server.c: see server.h. Two vhosts: an internal one without a port, which carries the loop's descriptors,
 * and the one that listens. HTTP/2 is left to the ingress: its upgrade is never offered.
 */
#include "api-node/server.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "api-node/api.h"
#include "api-node/http_session.h"
#include "api-node/loop_lws.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/base/proc.h"

enum {
	KEEPALIVE_TIMEOUT_S = 65,
	REQUEST_TIMEOUT_S = 10, /* for a head or a body to come in */
	HEADER_POOL_MAX =
		4096, /* requests at the same time, waiting ones too; memory comes as it is needed */
};

struct server {
	struct lws_context *context;    /* owned */
	struct lws_vhost *internal;     /* owned by the context */
	struct loop *loop;              /* owned */
	struct http_sessions *sessions; /* owned; NULL until server_listen */
	struct lws_protocols internal_protocols[2];
	struct lws_protocols protocols[2];
	char address[64];
};

/* WebSockets are pinged every 20 s and given up after 40 s of silence. */
static const lws_retry_bo_t ws_liveness = {.secs_since_valid_ping = 20, .secs_since_valid_hangup = 40};

/*
 * On every answer of the port, those too that libwebsockets makes by itself. Of two policies a browser obeys
 * both: what an answer may load is added by each (api.c, handlers/pages.c). Referrer-Policy is not
 * no-referrer: with that a browser would say `Origin: null` of our own page's calls.
 */
static const struct lws_protocol_vhost_options security_headers[] = {
	{&security_headers[1], NULL,
		"content-security-policy:", "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
	{&security_headers[2], NULL, "x-content-type-options:", "nosniff"},
	{&security_headers[3], NULL, "referrer-policy:", "same-origin"},
	{&security_headers[4], NULL, "cross-origin-opener-policy:", "same-origin"},
	{NULL, NULL, "cross-origin-resource-policy:", "same-origin"},
};

static void on_lws_log(int level, const char *line)
{
	struct slice text = slice_trim(slice_from_str(line), "\r\n ");

	if (level & LLL_ERR)
		log_warning("libwebsockets", log_slice("text", text));
	else
		log_debug("libwebsockets", log_slice("text", text));
}

struct server *server_new(struct err *err)
{
	struct server *server = mem_zalloc(sizeof(*server));
	struct lws_context_creation_info info = {0};

	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.fd_limit_per_thread = (unsigned)proc_raise_nofile();
	info.max_http_header_data = API_HEAD_MAX_BYTES;
	info.max_http_header_pool = HEADER_POOL_MAX;
	info.pt_serv_buf_size = 32 * 1024;
	server->context = lws_create_context(&info);
	if (!server->context) {
		err_set(err, ERR_INTERNAL, "libwebsockets could not be started");
		goto fail;
	}
	server->internal_protocols[0] = loop_lws_protocol;
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.vhost_name = "internal";
	info.protocols = server->internal_protocols;
	server->internal = lws_create_vhost(server->context, &info);
	if (!server->internal) {
		err_set(err, ERR_INTERNAL, "libwebsockets could not make a vhost");
		goto fail;
	}
	server->loop = loop_lws_new(server->context, server->internal);
	return server;
fail:
	server_free(server);
	return NULL;
}

void server_drain(struct server *server)
{
	http_sessions_drain(server->sessions);
}

/* lws_vhost_destroy() would close them too, but some turns later: the port and what idles on it go with the
 * context. */
void server_close(struct server *server)
{
	if (!server)
		return;
	http_sessions_free(server->sessions);
	server->sessions = NULL;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	if (server->context)
		lws_context_destroy(server->context);
	loop_lws_free(server->loop);
	free(server);
}

struct loop *server_loop(struct server *server)
{
	return server->loop;
}

bool server_listen(struct server *server, struct api *api, struct err *err)
{
	const struct api_config *config = api->config;
	struct lws_context_creation_info info = {0};

	server->sessions = http_sessions_new(api);
	server->protocols[0] = http_sessions_protocol(server->sessions);
	/* An interface that is an address: libwebsockets binds to just that. "any" is no address to it. */
	if (strcmp(config->common.bind_address, "0.0.0.0") != 0 &&
		strcmp(config->common.bind_address, "::") != 0) {
		ensure(slice_copy(slice_from_str(config->common.bind_address), server->address,
			sizeof(server->address)));
		info.iface = server->address;
	}
	info.port = (int)config->api_port;
	info.vhost_name = "api";
	info.protocols = server->protocols;
	info.headers = security_headers;
	info.keepalive_timeout = KEEPALIVE_TIMEOUT_S;
	info.timeout_secs = REQUEST_TIMEOUT_S;
	info.retry_and_idle_policy = &ws_liveness;
	info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8;
	if (strcmp(config->common.bind_address, "::") != 0 && !strchr(config->common.bind_address, ':'))
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (!lws_create_vhost(server->context, &info))
		return err_set(err, ERR_SYSTEM, "cannot listen on %s port %u (API_PORT); is it taken?",
			config->common.bind_address, config->api_port);
	return true;
}

bool server_turn(struct server *server)
{
	return lws_service(server->context, 0) >= 0;
}

void server_wake(struct server *server)
{
	lws_cancel_service(server->context);
}
