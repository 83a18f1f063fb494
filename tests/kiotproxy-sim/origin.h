/*
 * origin.h: the target that tests reach through the proxies (`origin.test` at any port):
 *
 *	/ip          {"ip": …} the address the request came from
 *	/bytes/N     N bytes of a fixed pattern, byte i = (i * 31 + (i >> 8)) & 255
 *	/chunked/N   the same, chunked          /close/N   the same, until the connection closes
 *	/echo        what was sent, as JSON     /slow/MS   an answer after MS milliseconds
 *	/status/N    an answer of that status   /upgrade   101, then every byte comes back
 */
#ifndef KP_SIM_ORIGIN_H
#define KP_SIM_ORIGIN_H

#include "tests/kiotproxy-sim/http_server.h"

struct origin {
	struct http_server server;
	struct list waits; /* of /slow */
};

bool origin_start(struct origin *origin, struct event_base *base, const struct sockaddr_in *listen_on,
	struct err *err) MUST_CHECK;
void origin_done(struct origin *origin);

#endif
