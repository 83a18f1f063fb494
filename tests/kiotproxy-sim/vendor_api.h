/*
 * vendor_api.h: the three calls of the vendor over HTTP, with the behaviour that each key was told to show.
 * Reads requests and gives answers; the work itself is key_state.h, the texts are vendor_answer.h.
 */
#ifndef KP_SIM_VENDOR_API_H
#define KP_SIM_VENDOR_API_H

#include "tests/kiotproxy-sim/call_log.h"
#include "tests/kiotproxy-sim/key_state.h"

#define VENDOR_API_PREFIX "/api/v1/"

struct vendor_counts {
	uint64_t calls[CALL_COUNT];
	uint64_t refused; /* requests that named no good key or call */
};

struct vendor_api {
	struct event_base *base;         /* borrowed */
	struct key_table *keys;          /* borrowed */
	struct call_log *log;            /* borrowed */
	const struct sim_config *config; /* borrowed */
	struct dice *dice;               /* borrowed */
	struct vendor_counts counts;
	struct list calls; /* struct vendor_call: waiting for their delay */
};

void vendor_api_init(struct vendor_api *api, struct event_base *base, struct key_table *keys,
	struct call_log *log, const struct sim_config *config, struct dice *dice);
void vendor_api_done(struct vendor_api *api); /* after the server that feeds it is done */
/* An http_handler_fn for paths under VENDOR_API_PREFIX. */
void vendor_api_handle(struct http_conn *conn, const struct http_request *request, void *arg);

#endif
