/* call_log.h: the last calls of the vendor API in order, for tests that count exactly how often one was made.
 */
#ifndef KP_SIM_CALL_LOG_H
#define KP_SIM_CALL_LOG_H

#include <stdint.h>

#include "shared/base/buf.h"

enum { CALL_LOG_MAX = 100000 };

struct call_log_entry {
	uint64_t seq;        /* from 1 */
	uint64_t at_ms;      /* wall clock, when the work was done */
	const char *key;     /* borrowed from the key's state; "" = a refused key */
	const char *call;    /* static */
	const char *outcome; /* static: "rotated", "cooldown", "lost" … */
	unsigned http;       /* the status given; 0 = cut without an answer */
};

struct call_log {
	struct call_log_entry *ring; /* owned; CALL_LOG_MAX */
	uint64_t next_seq;
};

void call_log_init(struct call_log *log);
void call_log_done(struct call_log *log);
void call_log_add(
	struct call_log *log, const char *key, const char *call, const char *outcome, unsigned http);
/* A JSON object {"last": seq, "calls": […]} of the entries after `since`. */
void call_log_write(const struct call_log *log, uint64_t since, struct buf *out);

#endif
