/* lease_timing.c: see lease_timing.h. */
#include "scheduler/lease_timing.h"

static uint64_t until(uint64_t at_ms, uint64_t now_ms)
{
	return at_ms > now_ms ? at_ms - now_ms : 0;
}

void lease_timing_good(struct lease_timing *t, uint64_t started_ms)
{
	t->held = true;
	t->good_ms = started_ms;
}

void lease_timing_end(struct lease_timing *t)
{
	t->held = false;
}

bool lease_timing_leads(const struct lease_timing *t, uint64_t now_ms)
{
	return lease_timing_left_ms(t, now_ms) > 0;
}

uint64_t lease_timing_left_ms(const struct lease_timing *t, uint64_t now_ms)
{
	return t->held ? until(t->good_ms + (uint64_t)t->lease_ms * 7 / 10, now_ms) : 0;
}

uint64_t lease_timing_renew_in_ms(const struct lease_timing *t, uint64_t now_ms)
{
	return until(t->good_ms + t->lease_ms / 3, now_ms);
}
