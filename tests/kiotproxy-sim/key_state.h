/*
 * key_state.h: what the simulated vendor knows about each key: its upstream, cooldown, expiry, behaviour,
 * counters. The work of the three calls is here; HTTP is in vendor_api.h. Keys live until the end: a test's
 * keys are few or at most KEYS_MAX.
 */
#ifndef KP_SIM_KEY_STATE_H
#define KP_SIM_KEY_STATE_H

#include "shared/base/hash_map.h"
#include "tests/kiotproxy-sim/behaviour.h"
#include "tests/kiotproxy-sim/upstream.h"

enum { KEYS_MAX = 1000000 };

struct key_counts {
	uint64_t calls[CALL_COUNT];
	uint64_t rotations; /* the upstream was assigned or changed, by whomever */
	uint64_t same_ip;   /* /new that gave the same upstream again */
	struct upstream_counts conns;
};

struct key_state {
	struct slice name;       /* into name_text; key of the table */
	struct key_table *table; /* borrowed */
	struct behaviour rule;
	struct key_settings *own; /* owned; NULL until an admin call sets some */
	struct upstream *current; /* a reference; NULL = nothing assigned; may be DEAD after a kill */
	struct event *expiry;     /* owned; pending while current is set */
	uint64_t next_request_ms; /* wall clock; 0 = at once */
	uint64_t expires_ms;      /* wall clock, of current */
	struct key_counts counts;
	char name_text[];
};

struct key_table {
	struct hash_map keys;
	struct event_base *base;         /* borrowed */
	struct upstream_pool *pool;      /* borrowed */
	const struct sim_config *config; /* borrowed */
	struct dice *dice;               /* borrowed */
	struct behaviour default_rule;
	struct key_settings default_settings;
	uint64_t changes; /* of anything that a state file keeps */
};

void key_table_init(struct key_table *table, struct event_base *base, struct upstream_pool *pool,
	const struct sim_config *config, struct dice *dice);
void key_table_done(struct key_table *table); /* kills every upstream */

/* 1-128 printable ASCII characters without space. */
bool key_name_is_good(struct slice name);
struct key_state *key_table_find(const struct key_table *table, struct slice name); /* or NULL */
struct key_state *key_table_get(struct key_table *table, struct slice name); /* made if new; NULL: KEYS_MAX */
struct key_settings *key_own_settings(struct key_state *key);                /* made if need be */
struct key_settings key_settings(const struct key_state *key);               /* in force */

/* Milliseconds until /new is allowed; 0 = now. */
uint64_t key_cooldown_ms(const struct key_state *key);
/* A new upstream; the old one dies. Cooldown and life start. No cooldown is checked: that is the caller's. */
bool key_rotate(struct key_state *key, enum region region, struct err *err) MUST_CHECK;
/* "The same IP again": cooldown and life start anew, the upstream stays. Needs a current one. */
void key_renew(struct key_state *key);
/* Nothing is assigned any more; the upstream dies. The cooldown stays. */
void key_release(struct key_state *key);
/* Takes over what a state file kept. `up` is the caller's reference, now the key's. */
void key_adopt(struct key_state *key, struct upstream *up, uint64_t expires_ms, uint64_t next_request_ms);
enum upstream_socket key_socket(const struct key_state *key);

#endif
