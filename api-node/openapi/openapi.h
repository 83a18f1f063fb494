/*
 * openapi.h: the contract of the REST API as one OpenAPI 3.1 document. It is written in this folder, one JSON
 * file an area, and merged and embedded at build time (openapi_merge.c).
 */
#ifndef KP_API_OPENAPI_OPENAPI_H
#define KP_API_OPENAPI_OPENAPI_H

#include "shared/base/slice.h"

struct openapi_document {
	const char *etag; /* of the text, with its quotes */
	struct slice text;
};

extern const struct openapi_document openapi_document;

#endif
