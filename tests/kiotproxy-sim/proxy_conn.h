/*
 * proxy_conn.h: one client connection of an upstream proxy, shared by its files: upstream_proxy.c
 * (accept, life and death), proxy_request.c (head, checks, dial, CONNECT), proxy_forward.c (absolute-form
 * exchanges).
 */
#ifndef KP_SIM_PROXY_CONN_H
#define KP_SIM_PROXY_CONN_H

#include <event2/bufferevent.h>

#include "shared/base/ip_addr.h"
#include "tests/kiotproxy-sim/http_message.h"
#include "tests/kiotproxy-sim/tunnel.h"
#include "tests/kiotproxy-sim/upstream_proxy.h"

enum proxy_conn_state {
	PROXY_HEAD,    /* waiting for a request */
	PROXY_SOCKS,   /* in the SOCKS5 handshake */
	PROXY_CONNECT, /* dialling for CONNECT */
	PROXY_TUNNEL,
	PROXY_FORWARD, /* an absolute-form exchange, dialling included */
	PROXY_LINGER,  /* last answer written; input thrown away */
};

enum { PROXY_READ_BYTES = 128 * 1024, PROXY_HIGH_BYTES = 256 * 1024, PROXY_DIAL_TIMEOUT_S = 5 };

struct proxy_conn {
	struct list node;             /* proxy->conns */
	struct upstream_proxy *proxy; /* borrowed */
	struct upstream_link link;    /* holds the upstream */
	enum proxy_conn_state state;
	struct bufferevent *client;     /* owned */
	struct bufferevent *target;     /* owned; NULL, or kept idle between exchanges */
	struct sockaddr_in target_addr; /* of `target` */
	enum tunnel_input client_input;
	struct tunnel tunnel;
	enum { SOCKS_GREETING, SOCKS_AUTH, SOCKS_REQUEST } socks; /* PROXY_SOCKS: what comes next */
	struct {                                                  /* PROXY_FORWARD */
		struct http_body request, response;
		enum { RESPONSE_HEAD, RESPONSE_BODY } response_state;
		enum { EXCHANGE_KEEP, EXCHANGE_CLOSE } client_life, target_life;
		char method[32];
		unsigned minor;
		bool upgrade; /* the request asked for it: 101 makes a tunnel */
	} forward;
};

/* upstream_proxy.c */
void proxy_conn_free(struct proxy_conn *pc);
void proxy_conn_reset(struct proxy_conn *pc); /* RST to both sides */
/* Writes a short error answer; the connection closes behind it. `extra`: header lines or NULL. */
void proxy_conn_refuse(struct proxy_conn *pc, unsigned status, const char *extra, const char *why);
void proxy_conn_linger(struct proxy_conn *pc); /* closes after what is queued for the client */
void proxy_conn_listen(struct proxy_conn *pc); /* back to PROXY_HEAD: reads what is there */
void proxy_tunnel_start(struct proxy_conn *pc);

/* proxy_request.c: reads and begins a request; called in PROXY_HEAD whenever there are bytes. */
void proxy_request_read(struct proxy_conn *pc);
/* `origin.test` at any port, or a literal in 127.0.0.0/8; nothing else exists here. */
bool proxy_target_find(const struct upstream_proxy *proxy, const struct host_port *hp,
	struct sockaddr_in *ret_addr) MUST_CHECK;
/* Connects pc->target to `addr` from the upstream's own address; it may be written to at once. False: not
 * even begun; the caller refuses. */
bool proxy_dial(struct proxy_conn *pc, const struct sockaddr_in *addr, bufferevent_data_cb read_cb,
	bufferevent_data_cb write_cb, bufferevent_event_cb event_cb) MUST_CHECK;

/* proxy_socks.c: goes on with the handshake; called in PROXY_SOCKS whenever there are bytes. */
void proxy_socks_read(struct proxy_conn *pc);

/* proxy_forward.c: one absolute-form exchange; `rest` is the target behind "http://authority". */
void proxy_forward_start(struct proxy_conn *pc, const struct http_head *head, struct slice authority,
	struct slice rest, const struct sockaddr_in *addr);
void proxy_forward_client_event(
	struct proxy_conn *pc); /* bytes came from, went to, or no more come from the client */

#endif
