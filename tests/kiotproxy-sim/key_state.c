/* key_state.c: see key_state.h. */
#include "tests/kiotproxy-sim/key_state.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shared/base/ensure.h"
#include "tests/kiotproxy-sim/wall_clock.h"

void key_table_init(struct key_table *table, struct event_base *base, struct upstream_pool *pool,
	const struct sim_config *config, struct dice *dice)
{
	*table = (struct key_table){.base = base, .pool = pool, .config = config, .dice = dice};
	hash_map_init(&table->keys);
}

static void upstream_drop(struct key_state *key)
{
	struct upstream *up = key->current;

	key->current = NULL;
	if (key->expiry)
		event_del(key->expiry);
	if (up) {
		upstream_kill(up);
		upstream_unref(up);
	}
	key->table->changes++;
}

void key_table_done(struct key_table *table)
{
	size_t cursor = 0;
	struct key_state *key;

	while ((key = hash_map_next(&table->keys, &cursor))) {
		upstream_drop(key);
		if (key->expiry)
			event_free(key->expiry);
		hash_map_remove(&table->keys, key->name);
		free(key->own);
		free(key);
	}
	hash_map_done(&table->keys);
}

bool key_name_is_good(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~')
			return false;
	return name.len > 0 && name.len <= SIM_KEY_MAX;
}

struct key_state *key_table_find(const struct key_table *table, struct slice name)
{
	return hash_map_find(&table->keys, name);
}

struct key_state *key_table_get(struct key_table *table, struct slice name)
{
	struct key_state *key = key_table_find(table, name);

	if (key || table->keys.len >= KEYS_MAX)
		return key;
	key = mem_zalloc(sizeof(*key) + name.len + 1);
	memcpy(key->name_text, name.data, name.len);
	key->name = slice_of(key->name_text, name.len);
	key->table = table;
	hash_map_set(&table->keys, key->name, key);
	return key;
}

struct key_settings *key_own_settings(struct key_state *key)
{
	if (!key->own)
		key->own = mem_zalloc(sizeof(*key->own));
	return key->own;
}

struct key_settings key_settings(const struct key_state *key)
{
	return key_settings_effective(key->own, &key->table->default_settings, key->table->config);
}

enum upstream_socket key_socket(const struct key_state *key)
{
	struct slice prefix = slice_from_str(key->table->config->own_socket_prefix);

	return prefix.len && slice_has_prefix(key->name, prefix) ? UPSTREAM_OWN_SOCKET : UPSTREAM_WILDCARD;
}

uint64_t key_cooldown_ms(const struct key_state *key)
{
	uint64_t now = wall_now_ms();

	return key->next_request_ms > now ? key->next_request_ms - now : 0;
}

static void on_expiry(evutil_socket_t fd, short what, void *arg);

/* Arms the death of the current upstream. */
static void expiry_arm(struct key_state *key)
{
	uint64_t now = wall_now_ms();
	uint64_t ms = key->expires_ms > now ? key->expires_ms - now + 1 : 1;
	struct timeval after = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	if (!key->expiry)
		key->expiry = evtimer_new(key->table->base, on_expiry, key);
	ensure(key->expiry);
	evtimer_add(key->expiry, &after);
	key->table->changes++;
}

static void on_expiry(evutil_socket_t fd, short what, void *arg)
{
	struct key_state *key = arg;

	(void)fd;
	(void)what;
	if (wall_now_ms() < key->expires_ms)
		expiry_arm(
			key); /* the two clocks disagree by a little: never die before the announced time */
	else
		upstream_drop(key);
}

void key_renew(struct key_state *key)
{
	struct key_settings s = key_settings(key);
	uint64_t now = wall_now_ms();

	key->next_request_ms = now + s.ttc_ms;
	key->expires_ms = now + s.ttl_ms;
	expiry_arm(key);
}

bool key_rotate(struct key_state *key, enum region region, struct err *err)
{
	struct key_settings s = key_settings(key);
	struct upstream_spec spec = {.region = region,
		.socket = key_socket(key),
		.user = s.user,
		.password = s.password,
		.owner_counts = &key->counts.conns};
	struct upstream *up = upstream_assign(key->table->pool, &spec, err);

	if (!up)
		return false;
	upstream_drop(key);
	key->current = up;
	key->counts.rotations++;
	key_renew(key);
	return true;
}

void key_release(struct key_state *key)
{
	upstream_drop(key);
}

void key_adopt(struct key_state *key, struct upstream *up, uint64_t expires_ms, uint64_t next_request_ms)
{
	upstream_drop(key);
	key->current = up;
	key->expires_ms = expires_ms;
	key->next_request_ms = next_request_ms;
	expiry_arm(key);
}
