/*
 * store_watch.c: see store_watch.h. Longer than 400 lines because the machine is read as one.
 *
 *	DOWN ──connected──▶ WAITING ──▶ SNAPSHOT ──last chunk──▶ CATCH_UP ──all applied: swap──▶ LIVE
 *	  ▲  (with a copy: straight to LIVE)  │                     │                            │
 *	  └── disconnected: drop ◀────────────┴── new generation, trimmed stream: drop, again ◀──┘
 *
 * Messages are applied strictly one behind the other (prev <= ours < ver) to one table: the next one while a
 * snapshot fills it, else the live one. What comes too early only raises `high`: the stream will give it in
 * order. So a table at version V holds everything through V, and the only other source, the chunks, is made
 * harmless by the entries' own versions: they may be ahead of V until V has reached the version read behind
 * the last chunk, and no table is shown before that.
 */
#include "shared/store/store_watch.h"

#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/store/store_digest.h"
#include "shared/store/store_watch_table.h"

enum watch_state {
	WATCH_DOWN,     /* no subscription; the live table serves */
	WATCH_WAITING,  /* a snapshot is wanted, at next_snapshot_ms */
	WATCH_SNAPSHOT, /* chunks fill the next table */
	WATCH_CATCH_UP, /* all chunks are here, messages through next.high are not */
	WATCH_LIVE,     /* the live table follows */
};

struct watch {
	const struct watch_ops *ops; /* borrowed */
	void *arg;
	enum watch_state state; /* written only by set_state() */
	struct watch_table live, next;
	uint64_t allow_empty_gen;                             /* as read at the end of the snapshot */
	uint32_t ticket;                                      /* of the newest fetch */
	enum { FETCH_NONE, FETCH_SNAPSHOT, FETCH_GAP } fetch; /* what runs under that ticket */
	uint64_t gap_from;                                    /* version when the running gap was asked for */
	uint64_t now_ms, next_snapshot_ms, current_at_ms;
	struct watch_stats stats;
};

static void set_state(struct watch *w, enum watch_state state)
{
	w->state = state;
}

static bool is_filling(const struct watch *w)
{
	return w->state == WATCH_SNAPSHOT || w->state == WATCH_CATCH_UP;
}

static bool is_answer(const struct watch *w, uint32_t ticket, int fetch)
{
	return (int)w->fetch == fetch && w->ticket == ticket;
}

/* ---- what to fetch ---- */

static void drop_next(struct watch *w)
{
	if (is_filling(w))
		w->ops->table->drop(w->ops->table_arg);
	watch_table_done(&w->next);
	w->fetch = FETCH_NONE;
}

/* Begins a snapshot, or waits for the moment when one may begin. */
static void want_snapshot(struct watch *w)
{
	drop_next(w);
	if (w->now_ms < w->next_snapshot_ms) {
		set_state(w, WATCH_WAITING);
		return;
	}
	w->next_snapshot_ms = w->now_ms + WATCH_SNAPSHOT_INTERVAL_MS;
	w->stats.snapshots++;
	set_state(w, WATCH_SNAPSHOT);
	w->fetch = FETCH_SNAPSHOT;
	w->ops->fetch_snapshot(w->arg, ++w->ticket);
}

static struct watch_table *current(struct watch *w)
{
	return is_filling(w) ? &w->next : &w->live;
}

/* Asks for what is missing, unless chunks are still coming (the gap is fetched behind them) or it is on its
 * way. */
static void want_gap(struct watch *w)
{
	struct watch_table *table = current(w);

	if ((w->state != WATCH_LIVE && w->state != WATCH_CATCH_UP) || w->fetch != FETCH_NONE)
		return;
	w->stats.gaps++;
	w->fetch = FETCH_GAP;
	w->gap_from = table->ver;
	w->ops->fetch_gap(w->arg, ++w->ticket, table->gen, table->ver);
}

/* ---- one message into one table ---- */

/* The snapshot's value was refused: the last valid one, of the live table, stays. As version 0, since the
 * live one may be of another history: whatever comes in this one is newer. */
static void keep_entry(struct watch *w, struct slice key)
{
	const struct store_follow_ops *table = w->ops->table;
	uint64_t hash;

	if (!table->keep || watch_table_knows(&w->next, key) || !watch_table_find(&w->live, key, &hash))
		return;
	if (table->keep(w->ops->table_arg, key))
		watch_table_set(&w->next, key, 0, hash);
}

static void set_entry(struct watch *w, struct slice key, struct slice value, uint64_t ver)
{
	const struct store_follow_ops *table = w->ops->table;
	struct err err = {0};
	bool taken;

	if (!watch_table_is_newer(current(w), key, ver))
		return;
	if (is_filling(w))
		taken = table->stage(w->ops->table_arg, key, value, ver, &err);
	else
		taken = table->apply(w->ops->table_arg, CHANGE_SET, key, value, ver, &err);
	if (taken)
		watch_table_set(current(w), key, ver, store_digest_entry(key, value));
	else
		w->stats.refused++;
	if (!taken && is_filling(w))
		keep_entry(w, key);
}

static void delete_entry(struct watch *w, struct slice key, uint64_t ver)
{
	const struct store_follow_ops *table = w->ops->table;
	struct err err = {0};

	if (!watch_table_is_newer(current(w), key, ver))
		return;
	if (is_filling(w)) {
		(void)table->stage(w->ops->table_arg, key, SLICE_NONE, ver, &err);
		watch_table_delete(&w->next, key, ver);
	} else if (table->apply(w->ops->table_arg, CHANGE_DEL, key, SLICE_NONE, ver, &err)) {
		watch_table_remove(&w->live, key);
	} else {
		w->stats.refused++;
	}
}

static bool is_acceptable(const struct watch *w, const struct change *change)
{
	const struct store_follow_ops *table = w->ops->table;
	struct err err = {0};

	for (size_t i = 0; table->check && i < change->item_count; i++) {
		const struct change_item *item = &change->items[i];
		if (item->op == CHANGE_SET && !table->check(w->ops->table_arg, item->key, item->value, &err))
			return false;
	}
	return true;
}

/* An invalid message is stepped over as a whole: its version counts as seen, the last valid entries stay. */
static void apply_message(struct watch *w, const struct change *change)
{
	const struct store_follow_ops *table = w->ops->table;

	current(w)->ver = change->ver;
	if (!is_acceptable(w, change)) {
		w->stats.refused++;
		return;
	}
	for (size_t i = 0; i < change->item_count; i++) {
		const struct change_item *item = &change->items[i];
		if (item->op == CHANGE_SET)
			set_entry(w, item->key, item->value, change->ver);
		else if (item->op == CHANGE_DEL)
			delete_entry(w, item->key, change->ver);
		else if (table->notice)
			table->notice(w->ops->table_arg, item);
	}
	w->stats.applied++;
}

/* ---- swapping ---- */

/* Whether the filled table may replace the live one. */
static bool may_swap(struct watch *w)
{
	bool is_older =
		w->next.gen < w->live.gen || (w->next.gen == w->live.gen && w->next.ver < w->live.ver);

	if (is_older)
		return false; /* a server that has lost its tail and has not begun a new generation yet */
	if (w->next.count == 0 && w->live.count > 0 && w->allow_empty_gen != w->next.gen) {
		w->stats.empty_refused++;
		return false;
	}
	return true;
}

/* Only what was asked for and answered proves that the copy is the newest; a message may have been on its way
 * for long. */
static void became_current(struct watch *w)
{
	w->current_at_ms = w->now_ms;
}

static void swap_or_fetch(struct watch *w)
{
	if (w->next.ver < w->next.high) {
		want_gap(w);
		return;
	}
	if (!may_swap(w)) {
		drop_next(w);
		set_state(w, WATCH_WAITING);
		return;
	}
	w->ops->table->swap(w->ops->table_arg);
	watch_table_forget_deleted(&w->next);
	watch_table_done(&w->live);
	w->live = w->next;
	watch_table_init(&w->next);
	w->fetch = FETCH_NONE;
	set_state(w, WATCH_LIVE);
	became_current(w);
}

/* ---- messages ---- */

/* False: it is of another generation, and what that asks for has been done. */
static bool same_generation(struct watch *w, uint64_t gen)
{
	if (gen == current(w)->gen)
		return true;
	if (gen > current(w)->gen)
		want_snapshot(w);
	return false;
}

static void take_message(struct watch *w, const struct change *change)
{
	struct watch_table *table = current(w);

	if (change->ver <= table->ver)
		return; /* a duplicate */
	if (change->ver > table->high)
		table->high = change->ver;
	if (change->prev > table->ver) {
		if (w->state != WATCH_SNAPSHOT)
			want_gap(w);
		return;
	}
	apply_message(w, change);
	if (w->state == WATCH_CATCH_UP && table->ver >= table->high)
		swap_or_fetch(w);
}

/* While WAITING the live table may belong to lost history: nothing is applied to it. And before the first
 * chunk the next table has no position: what is published then is fetched later. */
static bool is_listening(const struct watch *w)
{
	return w->state == WATCH_LIVE || (is_filling(w) && w->next.gen);
}

void watch_message(struct watch *w, const struct change *change)
{
	if (is_listening(w) && same_generation(w, change->gen))
		take_message(w, change);
}

void watch_message_broken(struct watch *w)
{
	w->stats.refused++;
}

void watch_version(struct watch *w, uint64_t gen, uint64_t ver)
{
	struct watch_table *table = current(w);

	if (!is_listening(w) || !same_generation(w, gen))
		return;
	if (ver > table->high)
		table->high = ver;
	if (table->ver < table->high)
		want_gap(w);
	else if (w->state == WATCH_LIVE)
		became_current(w);
}

void watch_gap_message(struct watch *w, uint32_t ticket, const struct change *change)
{
	if (is_answer(w, ticket, FETCH_GAP) && same_generation(w, change->gen))
		take_message(w, change);
}

void watch_gap_broken(struct watch *w, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	struct change nothing = {.gen = gen, .prev = ver - 1, .ver = ver};

	if (!is_answer(w, ticket, FETCH_GAP))
		return;
	w->stats.refused++;
	watch_gap_message(w, ticket, &nothing);
}

void watch_gap_end(struct watch *w, uint32_t ticket)
{
	struct watch_table *table = current(w);

	if (!is_answer(w, ticket, FETCH_GAP))
		return;
	w->fetch = FETCH_NONE;
	if (table->ver >= table->high)
		became_current(w);
	else if (table->ver > w->gap_from)
		want_gap(w);
	else
		want_snapshot(w); /* the stream no longer holds what is missing */
}

/* ---- the snapshot ---- */

void watch_snapshot_begin(struct watch *w, uint32_t ticket, uint64_t gen, uint64_t ver)
{
	if (!is_answer(w, ticket, FETCH_SNAPSHOT))
		return;
	if (gen == 0 || gen < w->live.gen) { /* not a history that may replace ours */
		drop_next(w);
		set_state(w, WATCH_WAITING);
		return;
	}
	w->next.gen = gen;
	w->next.ver = w->next.high = ver;
}

void watch_snapshot_entry(
	struct watch *w, uint32_t ticket, struct slice key, struct slice value, uint64_t ver)
{
	if (is_answer(w, ticket, FETCH_SNAPSHOT))
		set_entry(w, key, value, ver);
}

void watch_snapshot_end(
	struct watch *w, uint32_t ticket, uint64_t gen, uint64_t ver, uint64_t allow_empty_gen)
{
	if (!is_answer(w, ticket, FETCH_SNAPSHOT))
		return;
	if (gen != w->next.gen) {
		want_snapshot(w);
		return;
	}
	w->fetch = FETCH_NONE;
	w->allow_empty_gen = allow_empty_gen;
	if (ver > w->next.high)
		w->next.high = ver;
	set_state(w, WATCH_CATCH_UP);
	swap_or_fetch(w);
}

void watch_fetch_failed(struct watch *w, uint32_t ticket)
{
	if (w->fetch == FETCH_NONE || w->ticket != ticket)
		return;
	w->fetch = FETCH_NONE;
	if (is_filling(w)) {
		drop_next(w);
		set_state(w, WATCH_WAITING);
	} /* LIVE: the next version read asks again */
}

/* ---- life ---- */

void watch_tick(struct watch *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	if (w->state == WATCH_WAITING && now_ms >= w->next_snapshot_ms)
		want_snapshot(w);
}

void watch_connected(struct watch *w)
{
	if (w->state != WATCH_DOWN)
		return;
	if (w->live.gen)
		set_state(w, WATCH_LIVE);
	else
		want_snapshot(w);
}

void watch_disconnected(struct watch *w)
{
	drop_next(w);
	set_state(w, WATCH_DOWN);
}

struct watch *watch_new(const struct watch_ops *ops, void *arg)
{
	struct watch *w = mem_zalloc(sizeof(*w));

	*w = (struct watch){.ops = ops, .arg = arg};
	watch_table_init(&w->live);
	watch_table_init(&w->next);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	watch_table_done(&w->live);
	watch_table_done(&w->next);
	free(w);
}

bool watch_ready(const struct watch *w)
{
	return w->live.gen != 0;
}

void watch_position(const struct watch *w, uint64_t *ret_gen, uint64_t *ret_ver)
{
	*ret_gen = w->live.gen;
	*ret_ver = w->live.ver;
}

uint64_t watch_digest(const struct watch *w)
{
	return w->live.digest;
}

uint64_t watch_count(const struct watch *w)
{
	return w->live.count;
}

uint64_t watch_next_count(const struct watch *w)
{
	return w->next.count;
}

uint64_t watch_current_at_ms(const struct watch *w)
{
	return w->current_at_ms;
}

const struct watch_stats *watch_stats(const struct watch *w)
{
	return &w->stats;
}
