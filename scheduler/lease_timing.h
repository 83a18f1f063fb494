/*
 * lease_timing.h: when a lease may be believed in. Pure. All times are clock_now_ms(). The lease at the store
 * runs from the moment the store saw the renewal, which is after its start here: counting from the start, and
 * stopping at 0.7 of the lease, leaves a leader that is cut off silent well before anybody else can take
 * over.
 */
#ifndef KP_SCHEDULER_LEASE_TIMING_H
#define KP_SCHEDULER_LEASE_TIMING_H

#include <stdbool.h>
#include <stdint.h>

struct lease_timing {
	uint32_t lease_ms;
	uint64_t good_ms; /* start of the last good taking or renewal; meaningless while not held */
	bool held;        /* the store gave it to us, and we have not given it up */
};

void lease_timing_good(struct lease_timing *t, uint64_t started_ms);
void lease_timing_end(struct lease_timing *t);
bool lease_timing_leads(const struct lease_timing *t, uint64_t now_ms);
/* How long from now until it must be given up; 0 = at once. */
uint64_t lease_timing_left_ms(const struct lease_timing *t, uint64_t now_ms);
/* How long from now until the next renewal should start. */
uint64_t lease_timing_renew_in_ms(const struct lease_timing *t, uint64_t now_ms);

#endif
