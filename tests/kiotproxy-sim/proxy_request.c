/* proxy_request.c: reads a proxy request, checks it, dials the target, and answers CONNECT. See proxy_conn.h.
 */
#include "tests/kiotproxy-sim/proxy_conn.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "shared/base/ip_addr.h"
#include "tests/kiotproxy-sim/base64.h"

bool proxy_target_find(
	const struct upstream_proxy *proxy, const struct host_port *hp, struct sockaddr_in *ret_addr)
{
	struct ip_addr ip;
	struct sockaddr_storage sa;

	if (slice_eq_icase(hp->host, SLICE_LIT("origin.test"))) {
		*ret_addr = proxy->origin;
		return true;
	}
	if (!ip_addr_parse(hp->host, &ip) || !ip_addr_is_v4(&ip) || ip.bytes[12] != 127)
		return false;
	ip_addr_to_sockaddr(&ip, hp->port, &sa);
	memcpy(ret_addr, &sa, sizeof(*ret_addr));
	return true;
}

static bool credentials_good(const struct upstream *up, const struct http_head *head)
{
	const struct http_header *h = http_head_find(head, "Proxy-Authorization");
	struct slice scheme, token;
	char plain[sizeof(up->user) + sizeof(up->password)];
	char wanted[BASE64_TEXT_BYTES(sizeof(plain))];

	if (!up->user[0])
		return true;
	if (!h || !slice_cut(h->value, ' ', &scheme, &token) || !slice_eq_icase(scheme, SLICE_LIT("Basic")))
		return false;
	int n = snprintf(plain, sizeof(plain), "%s:%s", up->user, up->password);
	base64_encode(slice_of(plain, (size_t)n), wanted);
	return slice_eq_str(slice_trim(token, " "), wanted);
}

/* A socket that leaves from the upstream's address; -1 on failure. */
static int socket_from(struct in_addr source)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = source};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	/* The port is chosen at connect: else 28,000 ports would do for all targets together. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

bool proxy_dial(struct proxy_conn *pc, const struct sockaddr_in *addr, bufferevent_data_cb read_cb,
	bufferevent_data_cb write_cb, bufferevent_event_cb event_cb)
{
	struct timeval timeout = {.tv_sec = PROXY_DIAL_TIMEOUT_S};
	int fd = socket_from(pc->link.upstream->addr);

	if (fd < 0)
		return false;
	pc->target = bufferevent_socket_new(pc->proxy->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!pc->target) {
		close(fd);
		return false;
	}
	pc->target_addr = *addr;
	bufferevent_setwatermark(pc->target, EV_READ, 0, PROXY_READ_BYTES);
	bufferevent_set_timeouts(pc->target, NULL, &timeout); /* until connected */
	if (bufferevent_socket_connect(pc->target, (const struct sockaddr *)addr, sizeof(*addr)) != 0)
		return false;
	bufferevent_setcb(pc->target, read_cb, write_cb, event_cb, pc);
	bufferevent_enable(pc->target, EV_READ | EV_WRITE);
	return true;
}

static void on_connect_event(struct bufferevent *bev, short what, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	if (!(what & BEV_EVENT_CONNECTED)) {
		proxy_conn_refuse(
			pc, what & BEV_EVENT_TIMEOUT ? 504 : 502, NULL, "the target cannot be reached\n");
		return;
	}
	bufferevent_set_timeouts(pc->target, NULL, NULL);
	evbuffer_add_printf(
		bufferevent_get_output(pc->client), "HTTP/1.1 200 Connection established\r\n\r\n");
	proxy_tunnel_start(pc);
}

static void connect_start(struct proxy_conn *pc, const struct http_head *head)
{
	struct host_port hp;
	struct sockaddr_in addr;

	if (!host_port_parse(head->target, &hp)) {
		proxy_conn_refuse(pc, 400, NULL, "CONNECT needs host:port\n");
	} else if (!proxy_target_find(pc->proxy, &hp, &addr)) {
		proxy_conn_refuse(pc, 403, NULL, "this upstream reaches origin.test and 127.0.0.0/8 only\n");
	} else {
		evbuffer_drain(bufferevent_get_input(pc->client), head->head_bytes);
		if (pc->target)
			bufferevent_free(pc->target);
		pc->target = NULL;
		pc->state = PROXY_CONNECT;
		if (!proxy_dial(pc, &addr, NULL, NULL, on_connect_event))
			proxy_conn_refuse(pc, 502, NULL, "the target cannot be reached\n");
	}
}

/* "http://authority/path": the port may be missing, the path too. */
static void absolute_start(struct proxy_conn *pc, const struct http_head *head)
{
	struct slice after = slice_from(head->target, sizeof("http://") - 1), authority = after, rest;
	struct host_port hp;
	struct sockaddr_in addr;
	char with_port[HOST_PORT_TEXT_BYTES];

	for (size_t i = 0; i < after.len; i++) {
		if (strchr("/?#", after.data[i])) {
			authority.len = i;
			break;
		}
	}
	rest = slice_from(after, authority.len);
	if (!slice_eq_icase(
		    slice_of(head->target.data, head->target.len - after.len), SLICE_LIT("http://")) ||
		(rest.len && rest.data[0] != '/') || authority.len + 4 > sizeof(with_port)) {
		proxy_conn_refuse(pc, 400, NULL, "a proxy request names http://host/path\n");
		return;
	}
	snprintf(with_port, sizeof(with_port), "%.*s:80", SLICE_ARG(authority));
	if (!host_port_parse(authority, &hp) && !host_port_parse(slice_from_str(with_port), &hp))
		proxy_conn_refuse(pc, 400, NULL, "the target's host or port is broken\n");
	else if (!proxy_target_find(pc->proxy, &hp, &addr))
		proxy_conn_refuse(pc, 403, NULL, "this upstream reaches origin.test and 127.0.0.0/8 only\n");
	else
		proxy_forward_start(pc, head, authority, rest.len ? rest : SLICE_LIT("/"), &addr);
}

void proxy_request_read(struct proxy_conn *pc)
{
	struct evbuffer *in = bufferevent_get_input(pc->client);
	struct slice bytes = slice_of((const char *)evbuffer_pullup(in, -1), evbuffer_get_length(in));
	struct http_head head;
	enum http_parse parsed;

	if (bytes.len > 0 && bytes.data[0] == 5 && !pc->target) {
		pc->state = PROXY_SOCKS;
		proxy_socks_read(pc);
		return;
	}
	parsed = http_head_parse_request(bytes, &head);
	if (parsed == HTTP_NEED_MORE && pc->client_input == TUNNEL_INPUT_ENDED)
		proxy_conn_linger(pc);
	else if (parsed == HTTP_BAD || (parsed == HTTP_DONE && !http_head_host_is_good(&head)))
		proxy_conn_refuse(pc, 400, NULL, "this is not an HTTP/1.1 request\n");
	else if (parsed == HTTP_DONE && !credentials_good(pc->link.upstream, &head))
		proxy_conn_refuse(pc, 407, "Proxy-Authenticate: Basic realm=\"upstream\"\r\n",
			"user and password, please\n");
	else if (parsed == HTTP_DONE && slice_eq_str(head.method, "CONNECT"))
		connect_start(pc, &head);
	else if (parsed == HTTP_DONE)
		absolute_start(pc, &head);
}
