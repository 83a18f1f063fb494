/* rates.c: see rates.h. Each relay's last word on each endpoint is kept, so that its next one, or its
 * silence, changes the sum by the difference. */
#include "api-node/push/rates.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json.h"

enum { ITEM_NUMBERS = 4, NODE_NAME_MAX = 128 };

/* A relay's share of an endpoint. */
struct share {
	uint64_t id; /* the map's key */
	struct rate rate;
};

struct relay {
	struct list node;
	struct hash_map shares; /* id → share, owned */
	uint64_t heard_ms;
	size_t name_len;
	char name[];
};

struct rates {
	struct list relays;   /* owned */
	struct hash_map sums; /* id → rate_sum, owned */
	struct rate total;
};

static struct slice key_of(const uint64_t *id)
{
	return slice_of((const char *)id, sizeof(*id));
}

/* Unsigned differences wrap, and back again. */
static void shift(struct rate *rate, const struct rate *from, const struct rate *to)
{
	rate->bytes_up_s += to->bytes_up_s - from->bytes_up_s;
	rate->bytes_down_s += to->bytes_down_s - from->bytes_down_s;
	rate->connections += to->connections - from->connections;
}

static bool is_zero(const struct rate *rate)
{
	return !rate->bytes_up_s && !rate->bytes_down_s && !rate->connections;
}

static void sum_shift(struct rates *rates, uint64_t id, const struct rate *from, const struct rate *to)
{
	struct rate_sum *sum = hash_map_find(&rates->sums, key_of(&id));

	if (!sum) {
		sum = mem_zalloc(sizeof(*sum));
		sum->id = id;
		hash_map_set(&rates->sums, key_of(&sum->id), sum);
	}
	shift(&sum->rate, from, to);
	shift(&rates->total, from, to);
	sum->changed = true;
}

static void set_share(struct rates *rates, struct relay *relay, uint64_t id, const struct rate *rate)
{
	static const struct rate none;
	struct share *share = hash_map_find(&relay->shares, key_of(&id));

	if (memcmp(share ? &share->rate : &none, rate, sizeof(*rate)) == 0)
		return;
	sum_shift(rates, id, share ? &share->rate : &none, rate);
	if (is_zero(rate)) {
		hash_map_remove(&relay->shares, key_of(&id));
		free(share);
		return;
	}
	if (!share) {
		share = mem_zalloc(sizeof(*share));
		share->id = id;
		hash_map_set(&relay->shares, key_of(&share->id), share);
	}
	share->rate = *rate;
}

static void forget_shares(struct rates *rates, struct relay *relay)
{
	struct share *share;
	size_t cursor = 0;

	while ((share = hash_map_next(&relay->shares, &cursor)) != NULL)
		set_share(rates, relay, share->id, &(struct rate){0});
}

static void relay_free(struct rates *rates, struct relay *relay)
{
	forget_shares(rates, relay);
	hash_map_done(&relay->shares);
	list_remove(&relay->node);
	free(relay);
}

static struct relay *relay_of(struct rates *rates, struct slice name)
{
	struct relay *relay;

	list_each (node, &rates->relays) {
		relay = list_entry(node, struct relay, node);
		if (slice_eq(slice_of(relay->name, relay->name_len), name))
			return relay;
	}
	relay = mem_zalloc(sizeof(*relay) + name.len);
	hash_map_init(&relay->shares);
	relay->name_len = name.len;
	memcpy(relay->name, name.data, name.len);
	list_append(&rates->relays, &relay->node);
	return relay;
}

/* [id, bytes_up_s, bytes_down_s, connections] */
static bool read_item(const struct json *item, uint64_t *ret_id, struct rate *ret_rate)
{
	int64_t numbers[ITEM_NUMBERS];
	size_t count = 0;

	for (const struct json *value = json_first(item); value; value = json_next(value), count++)
		if (count == ITEM_NUMBERS || !json_i64(value, &numbers[count]) || numbers[count] < 0)
			return false;
	if (json_kind(item) != JSON_ARRAY || count != ITEM_NUMBERS || numbers[0] == 0)
		return false;
	*ret_id = (uint64_t)numbers[0];
	*ret_rate = (struct rate){(uint64_t)numbers[1], (uint64_t)numbers[2], (uint64_t)numbers[3]};
	return true;
}

static bool check_items(const struct json *list, struct err *err)
{
	struct rate rate;
	uint64_t id;

	for (const struct json *item = json_first(list); item; item = json_next(item))
		if (!read_item(item, &id, &rate))
			return err_set(err, ERR_INVALID, "\"rates\" holds something else than four numbers");
	return true;
}

bool rates_message(struct rates *rates, struct slice json, uint64_t now_ms, struct err *err)
{
	struct json *root = json_parse(json, NULL, err);
	const struct json *list;
	struct slice name;
	struct rate rate;
	int64_t full;
	uint64_t id;
	bool ok = false;

	if (!root || !json_get_str(root, "node", &name, err) || !json_get_i64(root, "full", &full, err) ||
		!json_get_array(root, "rates", &list, err) || !check_items(list, err))
		goto out;
	if (!name.len || name.len > NODE_NAME_MAX) {
		err_set(err, ERR_INVALID, "\"node\" is no name");
		goto out;
	}
	struct relay *relay = relay_of(rates, name);
	relay->heard_ms = now_ms;
	if (full)
		forget_shares(rates, relay);
	for (const struct json *item = json_first(list); item; item = json_next(item)) {
		ensure(read_item(item, &id, &rate));
		set_share(rates, relay, id, &rate);
	}
	ok = true;
out:
	json_free(root);
	return ok;
}

void rates_expire(struct rates *rates, uint64_t now_ms)
{
	list_each (node, &rates->relays) {
		struct relay *relay = list_entry(node, struct relay, node);
		if (now_ms - relay->heard_ms >= RATES_SILENT_MS)
			relay_free(rates, relay);
	}
}

struct rate rates_total(const struct rates *rates)
{
	return rates->total;
}

const struct rate_sum *rates_next(const struct rates *rates, size_t *cursor)
{
	return hash_map_next(&rates->sums, cursor);
}

void rates_told(struct rates *rates)
{
	struct rate_sum *sum;
	size_t cursor = 0;

	while ((sum = hash_map_next(&rates->sums, &cursor)) != NULL) {
		sum->changed = false;
		if (is_zero(&sum->rate)) {
			hash_map_remove(&rates->sums, key_of(&sum->id));
			free(sum);
		}
	}
}

struct rates *rates_new(void)
{
	struct rates *rates = mem_zalloc(sizeof(*rates));

	list_init(&rates->relays);
	hash_map_init(&rates->sums);
	return rates;
}

void rates_clear(struct rates *rates)
{
	list_each (node, &rates->relays) {
		relay_free(rates, list_entry(node, struct relay, node));
	}
	rates_told(rates);
}

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	rates_clear(rates);
	ensure(rates->sums.len == 0);
	hash_map_done(&rates->sums);
	free(rates);
}
