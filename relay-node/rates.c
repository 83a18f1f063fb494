/*
 * rates.c: see rates.h. A second begins with asking the workers; shortly after, what they answered is told:
 * every endpoint that carried something, and every one whose number of connections has changed. All that are
 * in use are told (`full`) to a new listener, and now and then, since a hint may get lost.
 */
#include "relay-node/rates.h"

#include <inttypes.h>
#include <stdlib.h>

#include "relay-node/workers.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json_writer.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum {
	ANSWER_MS = 30, /* workers answer within a turn of their loops */
	ROUND_MS = 1000,
	FULL_EVERY = 10,    /* rounds */
	MESSAGE_MAX = 1000, /* endpoints in a message */
};

/* An endpoint in use. */
struct rate {
	uint64_t id;                   /* the map's key */
	struct endpoint_load *load;    /* one reference */
	uint64_t bytes_up, bytes_down; /* since it was last told */
	uint32_t told_connections;
	bool told_bytes; /* a rate above 0 was the last that was told */
};

struct rates {
	struct loop *loop;        /* borrowed */
	struct store *store;      /* borrowed */
	struct workers *workers;  /* borrowed */
	const char *node_id;      /* borrowed */
	struct loop_timer *timer; /* owned */
	struct hash_map in_use;   /* id → rate, owned */
	enum { RATES_OFF, RATES_ASK /* the workers, next */, RATES_TELL } phase;
	uint64_t listeners;
	uint64_t told_ms;        /* 0: the first answers only begin the measuring */
	unsigned rounds_to_full; /* 0: the next one tells all */
};

static struct slice key_of(const uint64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

static uint32_t connections_of(const struct rate *rate)
{
	return atomic_load_explicit(&rate->load->connections, memory_order_relaxed);
}

static void rate_free(struct rates *rates, struct rate *rate)
{
	hash_map_remove(&rates->in_use, key_of(&rate->id));
	endpoint_load_unref(rate->load);
	free(rate);
}

void rates_add(struct rates *rates, const struct mail_usage *usage)
{
	for (size_t i = 0; i < usage->count; i++) {
		const struct mail_usage_item *item = &usage->items[i];
		struct rate *rate = hash_map_find(&rates->in_use, key_of(&item->id));

		if (!rate) {
			rate = mem_zalloc(sizeof(*rate));
			rate->id = item->id;
			hash_map_set(&rates->in_use, key_of(&rate->id), rate);
		}
		/* A name that was given away again has another load. */
		endpoint_load_ref(item->load);
		endpoint_load_unref(rate->load);
		rate->load = item->load;
		rate->bytes_up += item->usage.bytes_up;
		rate->bytes_down += item->usage.bytes_down;
		/* Nobody is told, so nothing else would forget it. */
		if (rates->phase == RATES_OFF && connections_of(rate) == 0)
			rate_free(rates, rate);
	}
}

static void stop(struct rates *rates)
{
	struct rate *rate;
	size_t cursor = 0;

	rates->phase = RATES_OFF;
	loop_timer_stop(rates->loop, rates->timer);
	while ((rate = hash_map_next(&rates->in_use, &cursor)) != NULL) {
		if (connections_of(rate) == 0)
			rate_free(rates, rate);
	}
}

static void on_told(const struct store_result *r, void *arg)
{
	if (r->status == STORE_OK)
		rates_listeners(arg, store_result_uint(r, "listeners"));
}

struct message {
	struct rates *rates;
	struct buf json;
	struct json_writer w;
	size_t count;
};

static void message_begin(struct message *message, int full)
{
	struct json_writer *w = &message->w;

	buf_clear(&message->json);
	json_writer_init(w, &message->json);
	json_object_begin(w);
	json_put_cstr(w, "node", message->rates->node_id);
	json_put_int(w, "full", full);
	json_key(w, "rates");
	json_array_begin(w);
	message->count = 0;
}

static void message_send(struct message *message)
{
	json_array_end(&message->w);
	json_object_end(&message->w);
	store_rates_publish(message->rates->store, buf_slice(&message->json), on_told, message->rates);
}

static void message_put(struct message *message, struct rate *rate, uint64_t elapsed_ms)
{
	struct json_writer *w = &message->w;

	if (message->count++ == MESSAGE_MAX) {
		message_send(message);
		message_begin(message, 0);
		message->count = 1;
	}
	json_array_begin(w);
	json_uint(w, rate->id);
	json_uint(w, rate->bytes_up * 1000 / elapsed_ms);
	json_uint(w, rate->bytes_down * 1000 / elapsed_ms);
	json_uint(w, rate->told_connections);
	json_array_end(w);
}

static void tell(struct rates *rates, uint64_t elapsed_ms)
{
	struct message message = {.rates = rates};
	bool full = rates->rounds_to_full == 0;
	struct rate *rate;
	size_t cursor = 0;

	rates->rounds_to_full = full ? FULL_EVERY - 1 : rates->rounds_to_full - 1;
	buf_init(&message.json, 0);
	message_begin(&message, full);
	while ((rate = hash_map_next(&rates->in_use, &cursor)) != NULL) {
		uint32_t connections = connections_of(rate);
		bool carries = rate->bytes_up || rate->bytes_down;
		bool differs = carries || rate->told_bytes || connections != rate->told_connections;

		rate->told_connections = connections;
		rate->told_bytes = carries;
		if (differs || full)
			message_put(&message, rate, elapsed_ms);
		rate->bytes_up = rate->bytes_down = 0;
		if (!carries && !connections)
			rate_free(rates, rate);
	}
	message_send(&message); /* an empty one, too: it says that this relay lives */
	buf_done(&message.json);
}

/* What was carried while nobody looked says nothing about this second. */
static void begin_measuring(struct rates *rates)
{
	struct rate *rate;
	size_t cursor = 0;

	while ((rate = hash_map_next(&rates->in_use, &cursor)) != NULL)
		rate->bytes_up = rate->bytes_down = 0;
}

static void on_timer(void *arg)
{
	struct rates *rates = arg;
	uint64_t now_ms = clock_now_ms();

	if (rates->phase == RATES_ASK) {
		rates->phase = RATES_TELL;
		workers_collect(rates->workers);
		loop_timer_start(rates->loop, rates->timer, ANSWER_MS);
		return;
	}
	if (!rates->told_ms)
		begin_measuring(rates);
	else if (store_is_up(rates->store) && now_ms > rates->told_ms)
		tell(rates, now_ms - rates->told_ms);
	rates->told_ms = now_ms;
	rates->phase = RATES_ASK;
	loop_timer_start(rates->loop, rates->timer, ROUND_MS - ANSWER_MS);
}

void rates_listeners(struct rates *rates, uint64_t count)
{
	if (count > rates->listeners)
		rates->rounds_to_full = 0;
	rates->listeners = count;
	if (count && rates->phase == RATES_OFF) {
		rates->phase = RATES_ASK;
		rates->told_ms = 0;
		loop_timer_start(rates->loop, rates->timer, 0);
	} else if (!count && rates->phase != RATES_OFF) {
		stop(rates);
	}
}

struct rates *rates_new(struct loop *loop, struct store *store, const char *node_id, struct workers *workers)
{
	struct rates *rates = mem_zalloc(sizeof(*rates));

	rates->loop = loop;
	rates->store = store;
	rates->node_id = node_id;
	rates->workers = workers;
	hash_map_init(&rates->in_use);
	rates->timer = loop_timer_new(loop, on_timer, rates);
	ensure(rates->timer);
	return rates;
}

void rates_free(struct rates *rates)
{
	struct rate *rate;
	size_t cursor = 0;

	if (!rates)
		return;
	while ((rate = hash_map_next(&rates->in_use, &cursor)) != NULL)
		rate_free(rates, rate);
	hash_map_done(&rates->in_use);
	loop_timer_free(rates->loop, rates->timer);
	free(rates);
}
