/*
 * api.h: how the parts of an api-node are wired together: what a handler may reach. It is made once by main.c
 * and holds pointers to the parts, no state of its own. Parts do not include each other's insides.
 */
#ifndef KP_API_API_H
#define KP_API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "api-node/api_config.h"
#include "shared/base/list.h"

struct keyring;
struct loop;
struct request;
struct store;

enum {
	API_HEAD_MAX_BYTES = 16 * 1024,
	API_BODY_MAX_BYTES = 256 * 1024,
	API_IMPORT_MAX_BYTES = 64 * 1024 * 1024, /* of POST /api/import alone, from admitted administrators */
	API_LARGE_BODIES_MAX = 2,                /* at a time, above API_BODY_MAX_BYTES */
	API_WRITE_TIMEOUT_S = 30,
};

struct api {
	const struct api_config *config;
	const struct keyring *keyring;
	struct loop *loop;
	struct store *store;
	struct records *records;           /* the live copy of the `records` topic */
	struct sessions *sessions;         /* read barrier, session checks */
	struct password_worker *passwords; /* the helper thread that hashes */
	struct helper *helper;             /* the thread for large documents */
	struct job_waits *job_waits;       /* requests that wait for a job's result */
	struct public_ports *public_ports; /* how endpoints are reached from outside */
	struct static_files *static_files; /* the built pages; NULL: none */
	struct push *push;                 /* WebSocket fan-out */
	struct list requests;              /* every open request */
	unsigned large_bodies;             /* how many of them hold one */
};

static inline struct list *api_requests(struct api *api)
{
	return &api->requests;
}

/* Replaces req->peer by the client's address from X-Forwarded-For when the peer is in API_TRUSTED_PROXIES; of
 * anybody else X-Forwarded-Proto is not believed either, and taken away. */
void api_request_peer(struct api *api, struct request *req);

/* Whether the client reaches us over TLS, as the trusted proxy in front of us says. */
bool api_behind_tls(const struct request *req);

/* Adds what every answer of ours carries: X-Request-Id, Cache-Control, what it may load. Headers that are
 * alike for all answers, also those that libwebsockets makes by itself, are server.c's. */
void api_common_headers(struct request *req);

#endif
