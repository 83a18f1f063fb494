/*
 * admin_request.h: the head of one request to the admin server (RFC 9112, the part of it that a scraper or a
 * kubelet needs). Pure: bytes in; a request, "more", or the status to answer out.
 */
#ifndef KP_ADMIN_ADMIN_REQUEST_H
#define KP_ADMIN_ADMIN_REQUEST_H

#include <stdbool.h>

#include "shared/base/slice.h"

enum { ADMIN_MAX_HEAD_BYTES = 8192 };

enum admin_parse { ADMIN_PARSE_MORE, ADMIN_PARSE_OK, ADMIN_PARSE_BAD };

struct admin_request {
	struct slice path;  /* begins with '/'; points into the head, as `query` does */
	struct slice query; /* behind '?'; empty when there is none */
	bool head_only;     /* HEAD */
	int status;         /* with ADMIN_PARSE_BAD: 400, 405, 431 or 505 */
};

/* Call again with all bytes so far when it answers ADMIN_PARSE_MORE. */
enum admin_parse admin_request_parse(struct slice bytes, struct admin_request *ret_request);

#endif
