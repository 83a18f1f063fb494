/* workers.h: all workers of the process, as the feed thread handles them: made, told, summed up, joined
 * together. */
#ifndef KP_RELAY_WORKERS_H
#define KP_RELAY_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/worker.h"

struct workers {
	struct worker *list; /* owned */
	uint32_t count;
	uint32_t started;
	uint32_t drained; /* MAIL_DRAINED seen of */
};

bool workers_start(struct workers *workers, struct relay_shared *shared, struct err *err) MUST_CHECK;
/* Joins and frees them. Each must have been told to drain. */
void workers_stop(struct workers *workers);

void workers_tell(struct workers *workers, enum worker_phase phase); /* LAME or DRAINING */
void workers_collect(struct workers *workers);                       /* each answers with MAIL_USAGE */
bool workers_are_current(const struct workers *workers);
uint64_t workers_sum(const struct workers *workers, enum counter counter);

#endif
