/*
 * test_store_watch_model.c: store_watch against a model of Redis and of the network, under seeded drops,
 * duplicates, reorders, disconnects, restarts that lose their tail, and trimmed streams. 1,000 seeds of 200
 * steps. After every step: positions never go back, and the copy's digest is one that the store really had at
 * that position. After quiescence: the copy equals the store. A failure prints its seed and the fewest steps
 * that show it. Longer than 400 lines because the model is read as one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/compiler.h"
#include "shared/store/store_digest.h"
#include "shared/store/store_watch.h"

enum {
	SEEDS = 1000,
	STEPS = 200,
	KEYS = 8,
	CHUNK_KEYS = 2,
	GAP_LIMIT = 3,
	MAX_ITEMS = 3,
	MAX_MESSAGES = STEPS * 2 + 100,
	MAX_HISTORY = STEPS * 4 + 200,
	MAX_FLYING = MAX_MESSAGES * 2,
	VALUE_BYTES = 48,
};

/* One key's state, in the store and in the node's tables. */
struct cell {
	bool present;
	uint64_t ver;
	char value[VALUE_BYTES];
};

struct message {
	uint64_t gen, prev, ver;
	size_t count;
	struct {
		enum change_op op;
		int key;
		char value[VALUE_BYTES];
	} items[MAX_ITEMS];
};

struct moment {
	uint64_t gen, ver, digest;
};

/* A fetch on its way: asked → answered by the server (its bytes are fixed) → delivered. */
struct fetch {
	enum { REQUEST_NONE, REQUEST_SNAPSHOT, REQUEST_GAP } kind;
	enum { AT_BEGIN, AT_CHUNKS, AT_END } phase;
	bool answered;
	uint32_t ticket;
	uint64_t gen, ver; /* asked for (gap), or answered (begin, end) */
	uint64_t allow_empty;
	size_t chunk;
	struct cell cells[CHUNK_KEYS];
	struct message messages[GAP_LIMIT];
	size_t message_count;
};

struct world {
	uint64_t random;
	/* the server */
	uint64_t gen, ver, allow_empty;
	struct cell store[KEYS];
	struct message stream[MAX_MESSAGES];
	size_t stream_first, stream_end;
	struct moment history[MAX_HISTORY];
	size_t history_count;
	struct {
		struct cell store[KEYS];
		uint64_t ver;
	} saved; /* what a restart falls back to */
	/* the network */
	bool connected;
	struct message flying[MAX_FLYING];
	size_t flying_count;
	struct fetch fetch, late; /* late: of a connection that broke, delivered after all */
	struct {
		bool there;
		uint64_t gen, ver;
	} version; /* a version read that was answered */
	/* the node */
	uint64_t now_ms;
	struct watch *watch;
	struct watch_ops ops;
	struct cell live[KEYS], next[KEYS];
	uint64_t last_gen, last_ver;
	uint64_t noticed_gen, noticed_ver;
	char reason[200]; /* of the first violation; empty: none */
};

static const char *const key_names[KEYS] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};

static uint32_t dice(struct world *w, uint32_t sides)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 11) % sides);
}

static void PRINTF_LIKE(2, 3) violate(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->reason[0])
		return;
	va_start(ap, fmt);
	vsnprintf(w->reason, sizeof(w->reason), fmt, ap);
	va_end(ap);
}

static int key_index(struct slice key)
{
	return key.data[1] - '0';
}

static uint64_t cells_digest(const struct cell cells[KEYS])
{
	uint64_t sum = 0;

	for (int i = 0; i < KEYS; i++)
		if (cells[i].present)
			sum += store_digest_entry(
				slice_from_str(key_names[i]), slice_from_str(cells[i].value));
	return sum;
}

static int cells_count(const struct cell cells[KEYS])
{
	int count = 0;

	for (int i = 0; i < KEYS; i++)
		count += cells[i].present;
	return count;
}

/* ---- the node: what the machine tells it to do ---- */

static bool node_apply(
	void *arg, enum change_op op, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct world *w = arg;
	struct cell *cell = &w->live[key_index(key)];

	(void)err;
	if (cell->present && ver <= cell->ver)
		violate(w, "live %s goes from %lu back to %lu", key_names[key_index(key)], cell->ver, ver);
	cell->present = op == CHANGE_SET;
	cell->ver = ver;
	snprintf(cell->value, sizeof(cell->value), "%.*s", SLICE_ARG(value));
	return true;
}

static bool node_stage(void *arg, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct world *w = arg;
	struct cell *cell = &w->next[key_index(key)];

	(void)err;
	cell->present = value.data != NULL;
	cell->ver = ver;
	snprintf(cell->value, sizeof(cell->value), "%.*s", SLICE_ARG(value));
	return true;
}

static void node_swap(void *arg)
{
	struct world *w = arg;

	memcpy(w->live, w->next, sizeof(w->live));
	memset(w->next, 0, sizeof(w->next));
}

static void node_drop(void *arg)
{
	struct world *w = arg;

	memset(w->next, 0, sizeof(w->next));
}

static void node_notice(void *arg, const struct change_item *item)
{
	struct world *w = arg;
	uint64_t gen, ver;

	if (!version_parse(item->value, &gen, &ver))
		violate(w, "a notice without a version");
	else if (gen < w->noticed_gen || (gen == w->noticed_gen && ver <= w->noticed_ver))
		violate(w, "notice %lu-%lu comes after %lu-%lu", gen, ver, w->noticed_gen, w->noticed_ver);
	w->noticed_gen = gen;
	w->noticed_ver = ver;
}

static const struct store_follow_ops node_ops = {.apply = node_apply,
	.stage = node_stage,
	.swap = node_swap,
	.drop = node_drop,
	.notice = node_notice};

static void ask_snapshot(void *arg, uint32_t ticket)
{
	struct world *w = arg;

	w->fetch = (struct fetch){.kind = REQUEST_SNAPSHOT, .ticket = ticket};
}

static void ask_gap(void *arg, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	struct world *w = arg;

	w->fetch = (struct fetch){.kind = REQUEST_GAP, .ticket = ticket, .gen = gen, .ver = ver};
}

/* ---- the server ---- */

static void remember(struct world *w)
{
	assert_true(w->history_count < MAX_HISTORY);
	w->history[w->history_count++] = (struct moment){w->gen, w->ver, cells_digest(w->store)};
}

static void publish(struct world *w, const struct message *m)
{
	assert_true(w->stream_end < MAX_MESSAGES && w->flying_count < MAX_FLYING);
	w->stream[w->stream_end++] = *m;
	if (w->connected)
		w->flying[w->flying_count++] = *m;
	remember(w);
}

static void server_change(struct world *w)
{
	struct message m = {.gen = w->gen, .prev = w->ver, .ver = w->ver + 1};

	w->ver++;
	m.count = 1 + dice(w, MAX_ITEMS);
	for (size_t i = 0; i < m.count; i++) {
		int key = (int)dice(w, KEYS);
		struct cell *cell = &w->store[key];
		m.items[i].key = key;
		m.items[i].op = dice(w, 8) == 0 ? CHANGE_LOG : dice(w, 3) == 0 ? CHANGE_DEL : CHANGE_SET;
		if (i > 0 && m.items[i].op == CHANGE_LOG)
			m.items[i].op = CHANGE_SET;
		snprintf(m.items[i].value, VALUE_BYTES, "%lu-%lu", m.gen, m.ver);
		/* As the scripts: one change a key and message. */
		for (size_t j = 0; j < i; j++)
			if (m.items[j].key == key && m.items[j].op != CHANGE_LOG)
				m.items[i].op = CHANGE_LOG, m.count = i;
		if (m.count == i || m.items[i].op == CHANGE_LOG)
			continue;
		cell->present = m.items[i].op == CHANGE_SET;
		cell->ver = m.ver;
		snprintf(cell->value, VALUE_BYTES, "%s", m.items[i].value);
	}
	if (cells_count(w->store) == 0)
		w->allow_empty = w->gen;
	publish(w, &m);
}

static void net_disconnect(struct world *w)
{
	if (!w->connected)
		return;
	w->connected = false;
	w->flying_count = 0;
	w->version.there = false;
	w->late = w->fetch;
	w->fetch.kind = REQUEST_NONE;
	watch_disconnected(w->watch);
}

/* As store.c does before "up": nobody writes into a restarted server before its generation is bumped. */
static void server_restart(struct world *w)
{
	net_disconnect(w);
	memcpy(w->store, w->saved.store, sizeof(w->store));
	w->ver = w->saved.ver;
	w->gen += 1 + dice(w, 3);
	w->stream_first = w->stream_end; /* the lost tail is not in the new history */
	remember(w);
	if (cells_count(w->store) == 0)
		server_change(w);
}

static void server_save(struct world *w)
{
	memcpy(w->saved.store, w->store, sizeof(w->store));
	w->saved.ver = w->ver;
}

static void server_answer_gap(struct world *w)
{
	struct fetch *f = &w->fetch;

	f->message_count = 0;
	for (size_t i = w->stream_first; i < w->stream_end && f->message_count < GAP_LIMIT; i++) {
		const struct message *m = &w->stream[i];
		if (m->gen > f->gen || (m->gen == f->gen && m->ver > f->ver))
			f->messages[f->message_count++] = *m;
	}
}

static void server_answer(struct world *w)
{
	struct fetch *f = &w->fetch;

	if (!w->connected || f->kind == REQUEST_NONE || f->answered)
		return;
	f->answered = true;
	if (f->kind == REQUEST_GAP) {
		server_answer_gap(w);
	} else if (f->phase == AT_CHUNKS) {
		memcpy(f->cells, &w->store[f->chunk * (size_t)CHUNK_KEYS], sizeof(f->cells));
	} else {
		f->gen = w->gen;
		f->ver = w->ver;
		f->allow_empty = w->allow_empty;
	}
}

/* ---- deliveries ---- */

static void give_message(struct watch *watch, const struct message *m, bool from_gap, uint32_t ticket)
{
	struct change_item items[MAX_ITEMS];
	struct change change = {
		.gen = m->gen, .prev = m->prev, .ver = m->ver, .items = items, .item_count = m->count};

	for (size_t i = 0; i < m->count; i++) {
		items[i] = (struct change_item){m->items[i].op, slice_from_str(key_names[m->items[i].key]),
			m->items[i].op == CHANGE_DEL ? SLICE_NONE : slice_from_str(m->items[i].value)};
	}
	if (from_gap)
		watch_gap_message(watch, ticket, &change);
	else
		watch_message(watch, &change);
}

static void deliver_answer(struct world *w, struct fetch *slot)
{
	struct fetch f = *slot;

	if (f.kind == REQUEST_NONE || !f.answered)
		return;
	slot->kind = REQUEST_NONE; /* the machine may ask anew from within */
	if (f.kind == REQUEST_GAP) {
		for (size_t i = 0; i < f.message_count; i++)
			give_message(w->watch, &f.messages[i], true, f.ticket);
		watch_gap_end(w->watch, f.ticket);
		return;
	}
	if (f.phase == AT_END) {
		watch_snapshot_end(w->watch, f.ticket, f.gen, f.ver, f.allow_empty);
		return;
	}
	if (f.phase == AT_BEGIN) {
		watch_snapshot_begin(w->watch, f.ticket, f.gen, f.ver);
		f.phase = AT_CHUNKS;
	} else {
		for (int i = 0; i < CHUNK_KEYS; i++)
			if (f.cells[i].present)
				watch_snapshot_entry(w->watch, f.ticket,
					slice_from_str(key_names[f.chunk * CHUNK_KEYS + i]),
					slice_from_str(f.cells[i].value), f.cells[i].ver);
		if (++f.chunk == KEYS / CHUNK_KEYS)
			f.phase = AT_END;
	}
	f.answered = false;
	if (slot == &w->fetch && slot->kind == REQUEST_NONE)
		*slot = f; /* the reader goes on */
}

static void deliver_message(struct world *w, bool faults)
{
	if (w->flying_count == 0)
		return;
	size_t i = faults && dice(w, 6) == 0 ? dice(w, (uint32_t)w->flying_count) : 0;
	struct message m = w->flying[i];
	uint32_t fate = faults ? dice(w, 100) : 100;

	if (fate >= 10) { /* else it stays: a duplicate comes */
		memmove(&w->flying[i], &w->flying[i + 1], (w->flying_count - i - 1) * sizeof(m));
		w->flying_count--;
	}
	if (fate >= 10 && fate < 30)
		return; /* dropped */
	if (fate >= 30 && fate < 33)
		watch_message_broken(w->watch);
	else
		give_message(w->watch, &m, false, 0);
}

static void deliver_version(struct world *w)
{
	if (!w->connected || !w->version.there)
		return;
	w->version.there = false;
	watch_version(w->watch, w->version.gen, w->version.ver);
}

static void read_version(struct world *w)
{
	if (!w->connected)
		return;
	w->version.there = true;
	w->version.gen = w->gen;
	w->version.ver = w->ver;
}

static void net_connect(struct world *w)
{
	if (w->connected)
		return;
	w->connected = true;
	watch_connected(w->watch);
}

/* ---- the run ---- */

static void check(struct world *w)
{
	uint64_t gen, ver, digest = watch_digest(w->watch);

	watch_position(w->watch, &gen, &ver);
	if (gen < w->last_gen || (gen == w->last_gen && ver < w->last_ver))
		violate(w, "the position went from %lu-%lu back to %lu-%lu", w->last_gen, w->last_ver, gen,
			ver);
	w->last_gen = gen;
	w->last_ver = ver;
	if (digest != cells_digest(w->live))
		violate(w, "at %lu-%lu the digest is not the table's", gen, ver);
	if (!watch_ready(w->watch))
		return;
	for (size_t i = 0; i < w->history_count; i++)
		if (w->history[i].gen == gen && w->history[i].ver == ver) {
			if (w->history[i].digest != digest)
				violate(w, "at %lu-%lu the copy is none the store ever was", gen, ver);
			return;
		}
	violate(w, "the store never was at %lu-%lu", gen, ver);
}

static void step(struct world *w)
{
	uint32_t what = dice(w, 1000);

	w->now_ms += dice(w, 200);
	watch_tick(w->watch, w->now_ms);
	if (what < 280)
		server_change(w);
	else if (what < 620)
		deliver_message(w, true);
	else if (what < 780)
		read_version(w);
	else if (what < 925)
		deliver_version(w);
	else if (what < 935)
		net_disconnect(w);
	else if (what < 960)
		server_save(w);
	else if (what < 966)
		server_restart(w);
	else if (what < 980 && w->stream_end - w->stream_first > 1)
		w->stream_first = w->stream_end - dice(w, 2);
	if (dice(w, 3) == 0)
		net_connect(w);
	if (dice(w, 2))
		server_answer(w);
	if (dice(w, 2))
		deliver_answer(w, dice(w, 8) ? &w->fetch : &w->late);
	check(w);
}

static void quiesce(struct world *w)
{
	net_connect(w);
	for (int i = 0; i < 400 && !w->reason[0]; i++) {
		w->now_ms += 200;
		watch_tick(w->watch, w->now_ms);
		deliver_message(w, false);
		server_answer(w);
		deliver_answer(w, &w->fetch);
		if (i % 5 == 0)
			read_version(w);
		deliver_version(w);
		check(w);
	}
	if (!watch_ready(w->watch) || w->last_gen != w->gen || w->last_ver != w->ver)
		violate(w, "at rest the copy is at %lu-%lu, the store at %lu-%lu", w->last_gen, w->last_ver,
			w->gen, w->ver);
	else if (watch_digest(w->watch) != cells_digest(w->store))
		violate(w, "at rest the copy differs from the store");
}

struct totals {
	uint64_t applied, gaps, snapshots, empty_refused;
};

/* Runs `steps` steps of a seed; false with the violation in `reason`. */
static bool run(uint64_t seed, int steps, char reason[200], struct totals *totals)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->random = seed * 0x9e3779b97f4a7c15u + 1;
	w->gen = 1 + dice(w, 5);
	w->ops = (struct watch_ops){
		.fetch_snapshot = ask_snapshot, .fetch_gap = ask_gap, .table = &node_ops, .table_arg = w};
	w->watch = watch_new(&w->ops, w);
	remember(w);
	server_change(w);
	server_save(w);
	for (int i = 0; i < steps && !w->reason[0]; i++)
		step(w);
	if (!w->reason[0])
		quiesce(w);
	snprintf(reason, 200, "%s", w->reason);
	const struct watch_stats *stats = watch_stats(w->watch);
	totals->applied += stats->applied;
	totals->gaps += stats->gaps;
	totals->snapshots += stats->snapshots;
	totals->empty_refused += stats->empty_refused;
	watch_free(w->watch);
	free(w);
	return reason[0] == '\0';
}

static void test_seeds(void **state)
{
	struct totals totals = {0}, ignored = {0};
	char reason[200];
	int violations = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		if (run(seed, STEPS, reason, &totals))
			continue;
		violations++;
		int fewest = 0;
		while (fewest < STEPS && run(seed, fewest, reason, &ignored))
			fewest++;
		if (violations <= 5)
			print_error("seed %lu fails with %d steps: %s\n", seed, fewest, reason);
	}
	print_message("%d seeds of %d steps: %d violations; %lu messages applied, %lu gaps, %lu snapshots, "
		      "%lu empty ones refused\n",
		SEEDS, STEPS, violations, totals.applied, totals.gaps, totals.snapshots,
		totals.empty_refused);
	assert_int_equal(violations, 0);
	assert_true(totals.applied > SEEDS * 10ul && totals.gaps > SEEDS && totals.snapshots > SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
