/*
 * server.h: the libwebsockets context of an api-node: one thread, one listening port for REST, WebSocket and
 * (when UI_DIR is set) the page. Its loop comes first, because the store and all else live on it; it listens
 * once they do.
 */
#ifndef KP_API_SERVER_H
#define KP_API_SERVER_H

#include <stdint.h>

#include "shared/base/err.h"
#include "shared/loop/loop.h"

struct api;
struct server;

/* The context and its loop; nothing listens yet. */
struct server *server_new(struct err *err) MUST_CHECK;
/* After everything made on the loop has been freed, the loop's own memory excepted. */
void server_free(struct server *server);

/* The loop inside it, for the Redis links, the admin server and timers. */
struct loop *server_loop(struct server *server);

/* Starts to listen on BIND_ADDRESS:API_PORT. `api` (borrowed) is handed to the protocols. */
bool server_listen(struct server *server, struct api *api, struct err *err) MUST_CHECK;

/* One turn of the loop: waits for events and handles them. False when the context is broken. */
bool server_turn(struct server *server) MUST_CHECK;
/* Ends the wait of a turn; may be called from a signal handler. */
void server_wake(struct server *server);

/* From now on each reply ends its connection, so that clients go to another node. */
void server_drain(struct server *server);
/* Ends every connection that waits for something, and WebSockets, before it returns. No turn after it. */
void server_close(struct server *server);

#endif
