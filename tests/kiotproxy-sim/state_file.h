/*
 * state_file.h: keys and upstreams over a restart of the simulator, so that whoever holds an upstream address
 * keeps it. Written when something changed, at most once a second, and at the end; replaced whole by rename.
 * Behaviour and counters are not kept.
 */
#ifndef KP_SIM_STATE_FILE_H
#define KP_SIM_STATE_FILE_H

#include "tests/kiotproxy-sim/key_state.h"

struct state_file {
	const char *path;         /* borrowed; "" = nothing is done */
	struct key_table *keys;   /* borrowed */
	struct event *timer;      /* owned */
	uint64_t written_changes; /* table->changes at the last write */
	uint64_t not_before_ms;   /* wall clock: a long write is followed by a long pause */
};

/* The wildcard port that the file remembers, 0 when there is none: ask before listening. A broken file is an
 * error. */
bool state_file_port(const char *path, uint16_t *ret_port, struct err *err) MUST_CHECK;
/* Reads the file (none is fine) into the table and begins to keep it. */
bool state_file_start(
	struct state_file *file, const char *path, struct key_table *keys, struct err *err) MUST_CHECK;
void state_file_done(struct state_file *file); /* writes once more; before key_table_done */

#endif
