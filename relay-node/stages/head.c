/*
 * head.c: reads the head of a request, finds the endpoint, lets the client in or not, and hands over to dial.
 * The head stays in up.chunk (request.head_bytes): it may be sent more than once.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "relay-node/basic_auth.h"
#include "relay-node/conn.h"
#include "relay-node/destination.h"
#include "relay-node/endpoint_match.h"
#include "relay-node/stages/stages.h"
#include "relay-node/worker.h"

/* The well-formed Host field of what has arrived of the head, if any. */
static bool find_host(struct slice bytes, struct http_authority *ret_host)
{
	struct http_head_scan scan = {0};
	struct http_field field;
	struct slice line;

	while (http_head_next_line(bytes, HTTP_FIELDS_STRICT, &scan, &line) == HTTP_OK) {
		if (scan.lines == 1)
			continue;
		if (!line.len || http_field_line_parse(line, HTTP_FIELDS_STRICT, &field) != HTTP_OK)
			return false;
		if (field.id == HTTP_FIELD_HOST)
			return http_authority_parse(field.value, http_head_limits_default.host_bytes,
				       HTTP_PORT_OPTIONAL, ret_host) == HTTP_OK;
	}
	return false;
}

/* What the page in a browser should say is where this proxy is: as the browser found it (which may be through
 * a mapped port, or under a name we do not know), else the address that was dialled. */
static void refuse_website(struct conn *c)
{
	struct http_authority dialled;
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct ip_addr addr;
	char host[HTTP_HOST_BYTES_MAX + 3] = "", port[8];
	uint16_t port_number = c->local_port;

	if (find_host(chunk_slice(c->up.chunk), &dialled)) {
		snprintf(host, sizeof(host), dialled.kind == HTTP_HOST_IPV6 ? "[%.*s]" : "%.*s",
			SLICE_ARG(dialled.host));
		port_number = dialled.port ? dialled.port : 80;
	} else if (getsockname(c->client.io.fd, (struct sockaddr *)&sa, &len) == 0 &&
		   ip_addr_from_sockaddr((struct sockaddr *)&sa, &addr, &port_number)) {
		char text[IP_TEXT_BYTES];

		ip_addr_text(&addr, text);
		snprintf(host, sizeof(host), ip_addr_is_v4(&addr) ? "%s" : "[%s]", text);
	}
	snprintf(port, sizeof(port), "%u", port_number);
	conn_close_with(c,
		&(struct answer){
			.reason = CLOSE_NOT_A_WEBSITE,
			.host = slice_from_str(host),
			.port = slice_from_str(port),
		},
		NULL);
}

static void refuse_head(struct conn *c, enum http_verdict verdict)
{
	const struct http_verdict_info *info = http_verdict_info(verdict);
	struct err err = {0};

	counter_bump(&c->worker->counters.verdicts[verdict], 1);
	err_set(&err, ERR_PROTOCOL, "%s", info->name);
	if (verdict == HTTP_ORIGIN_FORM) {
		refuse_website(c);
		return;
	}
	conn_close_with(c,
		&(struct answer){
			.reason = verdict == HTTP_HTTPS_ABSOLUTE ? CLOSE_HTTPS_ABSOLUTE : CLOSE_HEAD_REFUSED,
			.status = info->status,
			.proxy_error = info->proxy_error,
			.text = verdict == HTTP_HTTPS_ABSOLUTE ? SLICE_NONE : slice_from_str(info->text),
		},
		&err);
}

/* On the shared port an unknown user and a wrong password look the same: names are not to be probed. */
static void refuse_auth(struct conn *c)
{
	char ip[IP_TEXT_BYTES];

	ip_addr_text(&c->client_addr, ip);
	if (!c->own_entry) {
		conn_close_with(
			c, &(struct answer){.reason = CLOSE_AUTH_SHARED, .realm = SLICE_LIT("proxy")}, NULL);
		return;
	}
	conn_close_with(c,
		&(struct answer){
			.reason = CLOSE_AUTH,
			.realm = slice_from_str(c->own_entry->subdomain),
			.user = slice_from_str(c->own_entry->subdomain),
			.ip = slice_from_str(ip),
		},
		NULL);
}

/* Finds the endpoint and joins it. False: refused and closed. */
static bool admit(struct conn *c, const struct basic_auth *auth)
{
	struct worker *worker = c->worker;
	struct evidence evidence = {
		.port = c->own_entry ? slice_from_str(c->own_entry->subdomain) : SLICE_NONE,
		.user = auth ? basic_auth_user(auth) : SLICE_NONE,
	};
	struct route_entry *entry = NULL;
	struct slice subdomain;

	switch (endpoint_match(&evidence, &subdomain)) {
	case ENDPOINT_FOUND: entry = route_table_find(&worker->routes, subdomain); break;
	case ENDPOINT_NEEDS_USER: break;
	case ENDPOINT_CONFLICT: conn_close(c, CLOSE_ENDPOINT_DISAGREES, NULL); return false;
	}
	if (!entry && !worker->routes.snapshots) {
		conn_close(c, CLOSE_NOT_SYNCED, NULL);
		return false;
	}
	if (!entry || admission_check(&worker->admissions, worker->shared->keyring, entry->served->route,
			      &c->client_addr, worker_wall_ms(worker), auth) != ADMISSION_GRANTED) {
		refuse_auth(c);
		return false;
	}
	if (!conn_attach(c, entry)) {
		conn_close(c, CLOSE_LIMIT_ENDPOINT, NULL);
		return false;
	}
	return true;
}

static bool may_reach(struct conn *c, struct slice host)
{
	const struct relay_config *config = c->worker->shared->config;
	enum destination_policy policy =
		config->common.upstream_allow_private ? DESTINATION_ANY : DESTINATION_PUBLIC_ONLY;

	if (destination_check(host, policy) == DESTINATION_ALLOWED && !deny_list_matches(&config->deny, host))
		return true;
	conn_close(c, CLOSE_DESTINATION_DENIED, NULL);
	return false;
}

static void request_init(struct conn *c, const struct http_request_head *head)
{
	struct request *request = &c->request;

	*request = (struct request){
		.kind = head->method == HTTP_METHOD_CONNECT ? REQUEST_CONNECT : REQUEST_HTTP,
		.method = head->method,
		.persistence = head->persistence,
		.minor_version = head->minor_version,
		.sends_body = head->body.kind != BODY_NONE,
		.asks_upgrade = head->upgrade.len > 0 && head->body.kind == BODY_NONE,
		.head_bytes = (uint32_t)head->head_bytes,
	};
	body_framing_init(&request->up_body, head->body);
	c->up.state = request->sends_body ? FLOW_OPEN : FLOW_SHUT;
}

static void go_on(struct conn *c)
{
	const struct route *route = c->entry->served->route;

	account_request(c);
	if (route_shut(route))
		conn_close_shut(c, route);
	else if (route->state == ROUTE_ACTIVE)
		stage_dial_enter(c);
	else if (route->rotating)
		stage_redial_wait(c);
	else
		conn_close_with(c,
			&(struct answer){.reason = CLOSE_UNAVAILABLE,
				.message_id = route->reason,
				.provider = route->provider},
			NULL);
}

static void accept_head(struct conn *c, const struct http_request_head *head)
{
	struct basic_auth auth;
	bool has_auth = head->proxy_authorization.data &&
			basic_auth_parse(head->proxy_authorization, &auth) == BASIC_AUTH_OK;
	bool admitted = admit(c, has_auth ? &auth : NULL);

	if (has_auth)
		basic_auth_wipe(&auth);
	if (!admitted || !may_reach(c, head->target.authority.host))
		return;
	request_init(c, head);
	go_on(c);
}

/* Room for more of the head. False: closed. */
static bool make_room(struct conn *c)
{
	if (!c->up.chunk)
		c->up.chunk = chunk_borrow(&c->worker->chunks, CHUNK_BYTES);
	if (c->up.chunk && (chunk_room(c->up.chunk) || chunk_enlarge(&c->worker->chunks, &c->up.chunk)))
		return true;
	conn_close(c, CLOSE_NO_MEMORY, NULL);
	return false;
}

void stage_head_run(struct conn *c)
{
	struct http_request_head head;
	enum http_verdict verdict;
	enum stream_result result;
	size_t n;

	for (;;) {
		verdict = http_request_head_parse(
			chunk_slice(c->up.chunk), &http_head_limits_default, &c->client_scan, &head);
		c->request.method = head.method; /* also of one that is refused: our answer depends on it */
		if (verdict == HTTP_OK) {
			accept_head(c, &head);
			return;
		}
		if (verdict != HTTP_NEED_MORE) {
			refuse_head(c, verdict);
			return;
		}
		if (!make_room(c))
			return;
		result = stream_read(
			&c->client, c->up.chunk->data + c->up.chunk->end, chunk_room(c->up.chunk), &n);
		if (result == STREAM_AGAIN)
			return;
		if (result != STREAM_OK) {
			conn_close(c, CLOSE_CLIENT_GONE, NULL);
			return;
		}
		c->up.chunk->end += (uint32_t)n;
	}
}

void stage_head_expire(struct conn *c)
{
	conn_close(c, CLOSE_HEAD_TIMEOUT, NULL);
}
