/*
 * proxy_socks.c: the SOCKS5 side of an upstream (RFC 1928, user and password of RFC 1929), on the same port
 * as its HTTP side: the first byte tells them apart. CONNECT only. See proxy_conn.h.
 */
#include "tests/kiotproxy-sim/proxy_conn.h"

#include <arpa/inet.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "shared/base/ip_addr.h"

enum { SOCKS_VERSION = 5, SOCKS_METHOD_NONE = 0, SOCKS_METHOD_PASSWORD = 2, SOCKS_METHOD_REFUSED = 0xff };
enum { SOCKS_ATYP_V4 = 1, SOCKS_ATYP_NAME = 3, SOCKS_ATYP_V6 = 4 };
enum { SOCKS_OK = 0, SOCKS_NOT_ALLOWED = 2, SOCKS_UNREACHABLE = 4, SOCKS_COMMAND = 7, SOCKS_ATYP = 8 };

static void say(struct proxy_conn *pc, unsigned char a, unsigned char b)
{
	const unsigned char bytes[2] = {a, b};

	bufferevent_write(pc->client, bytes, sizeof(bytes));
}

static void reply(struct proxy_conn *pc, unsigned char code)
{
	unsigned char bytes[10] = {SOCKS_VERSION, code, 0, SOCKS_ATYP_V4};

	memcpy(bytes + 4, &pc->link.upstream->addr, 4);
	bufferevent_write(pc->client, bytes, sizeof(bytes));
	if (code != SOCKS_OK)
		proxy_conn_linger(pc);
}

/* Each reader: how many bytes it took; 0 = wait for more, -1 = refused. */
static int read_greeting(struct proxy_conn *pc, const unsigned char *p, size_t len)
{
	unsigned char wanted = pc->link.upstream->user[0] ? SOCKS_METHOD_PASSWORD : SOCKS_METHOD_NONE;

	if (len < 2 || len < 2u + p[1])
		return 0;
	if (p[0] != SOCKS_VERSION || !memchr(p + 2, wanted, p[1])) {
		say(pc, SOCKS_VERSION, SOCKS_METHOD_REFUSED);
		proxy_conn_linger(pc);
		return -1;
	}
	say(pc, SOCKS_VERSION, wanted);
	pc->socks = wanted == SOCKS_METHOD_PASSWORD ? SOCKS_AUTH : SOCKS_REQUEST;
	return 2 + p[1];
}

static int read_auth(struct proxy_conn *pc, const unsigned char *p, size_t len)
{
	const struct upstream *up = pc->link.upstream;
	size_t user_len, password_len;

	if (len < 2 || len < 3u + p[1] || len < 3u + p[1] + p[2 + p[1]])
		return 0;
	user_len = p[1];
	password_len = p[2 + user_len];
	if (p[0] != 1 || !slice_eq_str(slice_of((const char *)p + 2, user_len), up->user) ||
		!slice_eq_str(slice_of((const char *)p + 3 + user_len, password_len), up->password)) {
		say(pc, 1, 1);
		proxy_conn_linger(pc);
		return -1;
	}
	say(pc, 1, 0);
	pc->socks = SOCKS_REQUEST;
	return (int)(3 + user_len + password_len);
}

static void on_dial_event(struct bufferevent *bev, short what, void *arg)
{
	struct proxy_conn *pc = arg;

	(void)bev;
	if (!(what & BEV_EVENT_CONNECTED)) {
		reply(pc, SOCKS_UNREACHABLE);
		return;
	}
	bufferevent_set_timeouts(pc->target, NULL, NULL);
	reply(pc, SOCKS_OK);
	proxy_tunnel_start(pc);
}

static int read_request(struct proxy_conn *pc, const unsigned char *p, size_t len)
{
	size_t host_len = len > 4 ? p[4] : 0, total;
	char host[256];
	struct sockaddr_in addr;

	if (len < 5)
		return 0;
	total = p[3] == SOCKS_ATYP_NAME ? 7 + host_len : p[3] == SOCKS_ATYP_V6 ? 22 : 10;
	if (p[3] != SOCKS_ATYP_V4 && p[3] != SOCKS_ATYP_NAME && p[3] != SOCKS_ATYP_V6) {
		reply(pc, SOCKS_ATYP);
		return -1;
	}
	if (len < total)
		return 0;
	if (p[3] == SOCKS_ATYP_NAME)
		memcpy(host, p + 5, host_len);
	else
		inet_ntop(p[3] == SOCKS_ATYP_V4 ? AF_INET : AF_INET6, p + 4, host, sizeof(host));
	struct host_port hp = {
		.host = p[3] == SOCKS_ATYP_NAME ? slice_of(host, host_len) : slice_from_str(host),
		.port = (uint16_t)(p[total - 2] << 8 | p[total - 1])};
	if (p[0] != SOCKS_VERSION || p[1] != 1) {
		reply(pc, SOCKS_COMMAND);
		return -1;
	}
	if (!proxy_target_find(pc->proxy, &hp, &addr)) {
		reply(pc, SOCKS_NOT_ALLOWED);
		return -1;
	}
	pc->state = PROXY_CONNECT;
	evbuffer_drain(bufferevent_get_input(pc->client), total);
	if (!proxy_dial(pc, &addr, NULL, NULL, on_dial_event))
		reply(pc, SOCKS_UNREACHABLE);
	return -1;
}

void proxy_socks_read(struct proxy_conn *pc)
{
	struct evbuffer *in = bufferevent_get_input(pc->client);
	int used = 1;

	while (used > 0) {
		const unsigned char *p = evbuffer_pullup(in, -1);
		size_t len = evbuffer_get_length(in);

		used = pc->socks == SOCKS_GREETING ? read_greeting(pc, p, len)
		       : pc->socks == SOCKS_AUTH   ? read_auth(pc, p, len)
						   : read_request(pc, p, len);
		if (used > 0)
			evbuffer_drain(in, (size_t)used);
		else if (used == 0 && pc->client_input == TUNNEL_INPUT_ENDED)
			proxy_conn_linger(pc);
	}
}
