/* ws_session.h: one WebSocket of a browser at /api/ws: admitted, told what changed, closed when its session ends.
 * What it is told is decided in push/; here is only libwebsockets. */
#ifndef KP_API_WS_SESSION_H
#define KP_API_WS_SESSION_H

struct lws_protocols;

/* The vhost's second protocol; its `user` is the struct api. */
struct lws_protocols ws_session_protocol(void *api);

#endif
