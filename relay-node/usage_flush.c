/* usage_flush.c: see usage_flush.h. */
#include "relay-node/usage_flush.h"

#include <stdlib.h>

#include "relay-node/workers.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/log.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum {
	ROUND_MS = 5000,
	ANSWER_MS = 50, /* workers answer within a turn of their loops */
	BATCH_MAX = 500,
};

struct usage_sum {
	uint64_t id; /* the map's key */
	struct route_usage usage;
};

struct usage_flush {
	struct loop *loop;        /* borrowed */
	struct store *store;      /* borrowed */
	struct workers *workers;  /* borrowed */
	const char *node_id;      /* borrowed */
	struct loop_timer *timer; /* owned */
	enum { ROUND_COLLECT, ROUND_SEND } next;
	struct hash_map pending; /* id → usage_sum, owned */
	int64_t wall_offset_ms;  /* Redis' epoch ms minus ours; 0 = not known yet */
	uint64_t seq;            /* of the last batch */
	enum { BATCH_NONE, BATCH_WAITING /* to be sent (again) */, BATCH_SENT } batch_state;
	size_t batch_count;
	uint64_t batch_minute;
	struct store_usage batch[BATCH_MAX];
};

static struct slice key_of(const uint64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

void usage_flush_add(struct usage_flush *flush, const struct mail_usage *usage)
{
	for (size_t i = 0; i < usage->count; i++) {
		const struct mail_usage_item *item = &usage->items[i];
		const struct route_usage *u = &item->usage;
		struct usage_sum *sum = hash_map_find(&flush->pending, key_of(&item->id));

		if (!(u->bytes_up | u->bytes_down | u->connections | u->errors))
			continue; /* only the number of open connections has changed: not the store's */
		if (!sum) {
			sum = mem_zalloc(sizeof(*sum));
			sum->id = item->id;
			hash_map_set(&flush->pending, key_of(&sum->id), sum);
		}
		sum->usage.bytes_up += u->bytes_up;
		sum->usage.bytes_down += u->bytes_down;
		sum->usage.connections += u->connections;
		sum->usage.errors += u->errors;
	}
}

static void fill_batch(struct usage_flush *flush)
{
	int64_t wall_ms = (int64_t)clock_now_ms() + flush->wall_offset_ms;
	struct usage_sum *sum;
	size_t cursor = 0;

	flush->batch_count = 0;
	while (flush->batch_count < BATCH_MAX && (sum = hash_map_next(&flush->pending, &cursor)) != NULL) {
		hash_map_remove(&flush->pending, key_of(&sum->id));
		flush->batch[flush->batch_count++] = (struct store_usage){
			.id = sum->id,
			.bytes_up = sum->usage.bytes_up,
			.bytes_down = sum->usage.bytes_down,
			.connections = sum->usage.connections,
			.errors = sum->usage.errors,
		};
		free(sum);
	}
	if (!flush->batch_count)
		return;
	flush->seq = (uint64_t)wall_ms > flush->seq ? (uint64_t)wall_ms : flush->seq + 1;
	flush->batch_minute = (uint64_t)wall_ms / 60000;
	flush->batch_state = BATCH_WAITING;
}

static void on_flushed(const struct store_result *r, void *arg);

static void send_batch(struct usage_flush *flush)
{
	if (flush->batch_state == BATCH_SENT || !flush->wall_offset_ms || !store_is_up(flush->store))
		return;
	if (flush->batch_state == BATCH_NONE)
		fill_batch(flush);
	if (flush->batch_state != BATCH_WAITING)
		return;
	flush->batch_state = BATCH_SENT;
	store_usage_flush(flush->store, slice_from_str(flush->node_id), flush->seq, flush->batch_minute,
		flush->batch, flush->batch_count, on_flushed, flush);
}

static void on_flushed(const struct store_result *r, void *arg)
{
	struct usage_flush *flush = arg;

	if (r->status == STORE_ERROR) /* Redis is full, or a replica: it may take it in the next round */
		log_warning("usage was not taken, trying again", log_err(r->err));
	if (r->status == STORE_LOST || r->status == STORE_ERROR) {
		flush->batch_state = BATCH_WAITING; /* perhaps it counted: again, with the same number */
		return;
	}
	flush->batch_state = BATCH_NONE;
	send_batch(flush);
}

static void on_round(void *arg)
{
	struct usage_flush *flush = arg;

	if (flush->next == ROUND_COLLECT) {
		flush->next = ROUND_SEND;
		workers_collect(flush->workers);
		loop_timer_start(flush->loop, flush->timer, ANSWER_MS);
		return;
	}
	flush->next = ROUND_COLLECT;
	send_batch(flush); /* what has just been collected: a limit of bytes is not to wait another round */
	loop_timer_start(flush->loop, flush->timer, ROUND_MS - ANSWER_MS);
}

struct usage_flush *usage_flush_new(
	struct loop *loop, struct store *store, const char *node_id, struct workers *workers)
{
	struct usage_flush *flush = mem_zalloc(sizeof(*flush));

	flush->loop = loop;
	flush->store = store;
	flush->node_id = node_id;
	flush->workers = workers;
	hash_map_init(&flush->pending);
	flush->timer = loop_timer_new(loop, on_round, flush);
	ensure(flush->timer);
	loop_timer_start(loop, flush->timer, ROUND_MS);
	return flush;
}

void usage_flush_free(struct usage_flush *flush)
{
	struct usage_sum *sum;
	size_t cursor = 0;

	if (!flush)
		return;
	while ((sum = hash_map_next(&flush->pending, &cursor)) != NULL) {
		hash_map_remove(&flush->pending, key_of(&sum->id));
		free(sum);
	}
	hash_map_done(&flush->pending);
	loop_timer_free(flush->loop, flush->timer);
	free(flush);
}

void usage_flush_set_clock(struct usage_flush *flush, int64_t wall_offset_ms)
{
	flush->wall_offset_ms = wall_offset_ms;
}

void usage_flush_now(struct usage_flush *flush)
{
	send_batch(flush);
}

bool usage_flush_idle(const struct usage_flush *flush)
{
	return flush->batch_state == BATCH_NONE && flush->pending.len == 0;
}
