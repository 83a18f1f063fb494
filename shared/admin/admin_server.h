/*
 * admin_server.h: /healthz, /readyz and /metrics of every node, for the operator, never for the internet. A
 * strict, tiny HTTP/1.1 server on loop.h: GET and HEAD, one request a connection, bounded head, connections
 * and time. It knows nothing of what a node does: admin_ops tell it.
 */
#ifndef KP_ADMIN_ADMIN_SERVER_H
#define KP_ADMIN_ADMIN_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"

struct metrics_writer;

struct admin_ops {
	/* May this node serve? `query` is what follows `?` (undecoded; empty when absent), as in
	 * /readyz?version=7-123. When not: one line of `reason` for the 503 body. */
	bool (*ready)(void *arg, struct slice query, struct buf *reason);
	void (*metrics)(void *arg, struct metrics_writer *w);
	/* NULL, or a page of the node's own under another path; false = 404. `json_out` starts empty. */
	bool (*extra)(void *arg, struct slice path, struct slice query, struct buf *json_out);
};

struct admin_server;

/* Listens on `bind_address` (a literal) and `port`; 0 takes a free port (whether the server is wanted at all
 * is the caller's to decide: METRICS_PORT=0 means do not call this). `ops` is borrowed; callbacks on the
 * loop. */
struct admin_server *admin_server_new(struct loop *loop, const char *bind_address, uint16_t port,
	const struct admin_ops *ops, void *arg, struct err *err) MUST_CHECK;
uint16_t admin_server_port(const struct admin_server *server);
void admin_server_free(
	struct admin_server *server); /* closes open connections; not inside a callback of its */

/* The value of `name` in a query, undecoded; false when absent. */
bool query_value(struct slice query, const char *name, struct slice *ret_value) MUST_CHECK;

#endif
