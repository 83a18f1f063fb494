/*
 * ws_session.h: one WebSocket of a browser at /api/ws: admitted, told what changed, closed when its session
 * ends. What it is told is decided in push/; here is only libwebsockets.
 *
 * A WebSocket begins as an HTTP request, so http_session.c hands its callbacks on.
 */
#ifndef KP_API_WS_SESSION_H
#define KP_API_WS_SESSION_H

#include <stddef.h>

#include "shared/base/compiler.h"

struct api;
struct lws;
struct ws_session;

/* May this upgrade be made? 0, or the status to refuse it with: 404 (no such address), 403 (its Origin is not
 * ours), 401 (no token). */
unsigned ws_session_refusal(struct api *api, struct lws *wsi) MUST_CHECK;

/* Handles the callback `reason` (enum lws_callback_reasons) of a connection whose slot is `*slot` (NULL
 * before the upgrade); len: of what was received. Returns what libwebsockets wants: 0, or not 0 to refuse or
 * close. */
int ws_session_callback(struct api *api, struct lws *wsi, int reason, struct ws_session **slot, size_t len);

/* The connection ended before or after the upgrade. */
void ws_session_closed(struct ws_session **slot);

#endif
