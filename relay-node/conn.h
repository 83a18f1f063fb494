/*
 * conn.h: one client connection and the upstream dialled for it. conn_set_state() is the only writer of its
 * state, conn_close() the only way to die. The stages (stages/) do the work; this knows the frame they live
 * in.
 */
#ifndef KP_RELAY_CONN_H
#define KP_RELAY_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/answer.h"
#include "relay-node/close_reason.h"
#include "relay-node/flow.h"
#include "relay-node/head_http.h"
#include "relay-node/served_route.h"
#include "relay-node/stream.h"
#include "relay-node/timer_wheel.h"
#include "shared/base/ip_addr.h"
#include "shared/base/list.h"

struct worker;
struct route_entry;

enum {
	CONN_MAGIC = 0x636f6e6e,
	CONN_LINGER_MS = 2000,          /* for a client to read our last answer */
	CONN_LINGER_BYTES = 256 * 1024, /* of its input thrown away meanwhile */
	CONN_BUDGET_BYTES = 256 * 1024, /* moved per direction and loop turn */
	CONN_ATTEMPTS_MAX = 5,          /* dials for one request */
	CONN_INTERIM_MAX = 100,         /* interim answers (1xx) to one request */
};

enum conn_state {
#define CONN_STATE(name, timeout, run, expire, next) CONN_##name,
#include "relay-node/conn_states.h"
#undef CONN_STATE
	CONN_STATE_COUNT
};

enum request_kind { REQUEST_CONNECT, REQUEST_HTTP };

/* The request being served. Its head stays in up.chunk, in front of all else, as long as it may have to be
 * sent again; it is parsed anew then, which is cheaper than keeping what was parsed. */
struct request {
	enum request_kind kind;
	enum http_method method;
	enum http_persistence persistence; /* of the client's connection, after this exchange */
	enum close_reason failure;         /* the worst so far; CLOSE_DONE: none */
	uint8_t minor_version;
	uint8_t attempts;    /* dials begun */
	uint8_t interims;    /* interim answers seen */
	bool sends_body;     /* cannot be sent twice */
	bool asks_upgrade;   /* it carries Upgrade */
	uint32_t head_bytes; /* of the head in up.chunk; 0 once it was let go */
	uint64_t failed_ms;  /* when waiting for a newer route began; 0 = it does not wait */
	uint64_t step_ms;    /* when the dial began, or the request was sent */
	struct body_framing up_body, down_body;
};

struct conn {
	unsigned magic;
	enum conn_state state; /* written only by conn_set_state() */
	struct worker *worker; /* borrowed: outlives every connection */
	struct stream client, upstream;
	struct flow up, down; /* client → upstream, upstream → client */
	struct http_head_scan client_scan, upstream_scan;
	struct request request;
	struct route_entry *own_entry; /* the endpoint whose port was dialled; NULL on the shared port.
					  Borrowed: an entry that goes away closes its connections first */
	struct route_entry *entry;     /* the endpoint admitted to; NULL before */
	struct served_route *served;   /* one reference: what was dialled last; NULL before */
	struct endpoint_load *load;    /* one reference while counted in it */
	struct list node;              /* worker->live or worker->dead */
	struct list own_node;          /* own_entry or entry: its conns */
	struct list again_node;        /* worker->again */
	struct timer timer;            /* the deadline of the state */
	uint64_t active_ms;            /* the last progress */
	uint64_t retire_at_ms;         /* 0, or when what a replaced route carries ends at the latest */
	struct ip_addr client_addr;
	uint16_t client_port, local_port;
	bool keepalive_on;     /* TCP keep-alive was switched on */
	uint32_t linger_bytes; /* thrown away so far */
};

/* Takes over `fd`. `own_entry` NULL on the shared port. NULL (fd closed) when memory is out. */
struct conn *conn_new(struct worker *worker, int fd, const struct ip_addr *addr, uint16_t port,
	struct route_entry *own_entry, uint16_t local_port) MUST_CHECK;

/* Checked cast of what comes back through a pointer. */
struct conn *conn_from(void *arg);

void conn_set_state(struct conn *c, enum conn_state state);
const char *conn_state_text(enum conn_state state);

/* Moves the deadline of the present state. */
void conn_set_deadline(struct conn *c, uint64_t at_ms);

/* Lets the present state's stage work, as long as states change. */
void conn_run(struct conn *c);
/* The same in the next loop turn. */
void conn_run_again(struct conn *c);

/* Ends the connection: answers, when the reason has a status and the client still waits for one; closes the
 * upstream; lets go of everything. Idempotent; the memory stays until the end of the loop turn. */
void conn_close(struct conn *c, enum close_reason reason, const struct err *err);
/* The same, with more to tell than the reason itself. */
void conn_close_with(struct conn *c, struct answer *answer, const struct err *err);
/* Why the route serves nobody (route_shut), told to the client, and the end. */
void conn_close_shut(struct conn *c, const struct route *route);

/* Joins and leaves an endpoint: its list, its count. False when it is full. */
bool conn_attach(struct conn *c, struct route_entry *entry) MUST_CHECK;
void conn_detach(struct conn *c);

/* Called for every connection of an endpoint whose route changed from `old` to entry->served. */
void conn_route_changed(struct conn *c, const struct served_route *old);

/* Ends what the upstream side holds; the client side stays. */
void conn_drop_upstream(struct conn *c);
/* The retained head is no longer needed: the request cannot be sent again. */
void conn_release_head(struct conn *c);

/* For worker.c: the deadline fired; free a dead one. */
void conn_expire(struct timer *timer, void *worker);
void conn_free(struct conn *c);

/* State LINGER: the last answer is on its way, what the client still sends is thrown away. */
void conn_linger_run(struct conn *c);
void conn_linger_expire(struct conn *c);

#endif
