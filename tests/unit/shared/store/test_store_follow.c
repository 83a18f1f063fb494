/*
 * test_store_follow.c: both topics followed from a real redis-server that the real scripts change, through
 * snapshots, live messages, killed connections, trimmed streams, lost messages, restarts and an emptied
 * store. Equality is by the digest that this file computes from Redis itself.
 * Longer than 400 lines because its faults share one stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/base/proc.h"
#include "shared/model/raw_json.h"
#include "shared/store/store_digest.h"
#include "shared/store/store_follow.h"
#include "tests/unit/shared/store/loop_fixture.h"
#include "tests/unit/shared/store/script_fixture.h"

struct entry {
	char *key, *value;
};

/* A node's copy of one topic, with values. */
struct copy {
	struct hash_map live, next;
	struct store_follow *follow;
	int swaps, notices;
};

struct world {
	struct loop_fixture loop;
	struct redis_fixture redis;
	struct store_options options;
	struct store *store;
	redisContext *c; /* the other node's connection */
	struct copy routes, records;
};

/* ---- the copy ---- */

static void entry_free(struct entry *entry)
{
	if (!entry)
		return;
	free(entry->key);
	free(entry->value);
	free(entry);
}

static void map_put(struct hash_map *map, struct slice key, struct slice value)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	entry->key = mem_strndup(key.data, key.len);
	entry->value = mem_strndup(value.data, value.len);
	entry_free(hash_map_set(map, slice_from_str(entry->key), entry));
}

static void map_clear(struct hash_map *map)
{
	size_t cursor = 0;
	struct entry *entry;

	while ((entry = hash_map_next(map, &cursor)))
		entry_free(entry);
	hash_map_done(map);
}

static bool check(void *arg, struct slice key, struct slice value, struct err *err)
{
	(void)arg;
	(void)key;
	if (value.len && memmem(value.data, value.len, "refuse-me", 9))
		return err_set(err, ERR_INVALID, "this one is refused");
	return true;
}

static bool apply(
	void *arg, enum change_op op, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct copy *copy = arg;

	(void)ver;
	(void)err;
	if (op == CHANGE_SET)
		map_put(&copy->live, key, value);
	else
		entry_free(hash_map_remove(&copy->live, key));
	return true;
}

static bool stage(void *arg, struct slice key, struct slice value, uint64_t ver, struct err *err)
{
	struct copy *copy = arg;

	(void)ver;
	if (!check(arg, key, value, err))
		return false;
	if (value.data)
		map_put(&copy->next, key, value);
	else
		entry_free(hash_map_remove(&copy->next, key));
	return true;
}

static void swap(void *arg)
{
	struct copy *copy = arg;

	copy->swaps++;
	map_clear(&copy->live);
	copy->live = copy->next;
	hash_map_init(&copy->next);
}

static void drop(void *arg)
{
	map_clear(&((struct copy *)arg)->next);
}

static void notice(void *arg, const struct change_item *item)
{
	(void)item;
	((struct copy *)arg)->notices++;
}

static const struct store_follow_ops ops = {
	.check = check, .apply = apply, .stage = stage, .swap = swap, .drop = drop, .notice = notice};

static uint64_t copy_digest(const struct copy *copy)
{
	uint64_t sum = 0;
	size_t cursor = 0;
	struct entry *entry;

	while ((entry = hash_map_next(&copy->live, &cursor)))
		sum += store_digest_entry(slice_from_str(entry->key), slice_from_str(entry->value));
	return sum;
}

/* ---- Redis ---- */

static uint64_t routes_digest(struct world *w)
{
	redisReply *reply = redisCommand(w->c, "HGETALL {kp}:routes");
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		sum += store_digest_entry(slice_of(reply->element[i]->str, reply->element[i]->len),
			slice_of(reply->element[i + 1]->str, reply->element[i + 1]->len));
	freeReplyObject(reply);
	return sum;
}

static uint64_t records_digest(struct world *w)
{
	redisReply *reply = SCRIPT(w->c, SCRIPT_SETTINGS_READ);
	uint64_t sum = store_digest_entry(SLICE_LIT("settings"), slice_from_str(reply->element[2]->str));
	struct slice name, record, id;

	freeReplyObject(reply);
	reply = SCRIPT(w->c, SCRIPT_RECORDS_PAGE, "0", "1000");
	struct raw_json walk = raw_json_of(slice_from_str(reply->element[4]->str));
	while (raw_json_next(&walk, &name, &record)) {
		assert_true(raw_json_member(record, "id", &id));
		sum += store_digest_entry(slice_trim(id, "\""), record);
	}
	freeReplyObject(reply);
	return sum;
}

static bool is_at(struct world *w, const struct copy *copy, const char *counter)
{
	uint64_t gen, ver;

	store_follow_position(copy->follow, &gen, &ver);
	if (!store_follow_ready(copy->follow))
		return false;
	redisReply *reply = redisCommand(w->c, "MGET {kp}:generation {kp}:%s:version", counter);
	bool same = reply->element[1]->str && gen == strtoull(reply->element[0]->str, NULL, 10) &&
		    ver == strtoull(reply->element[1]->str, NULL, 10);
	freeReplyObject(reply);
	return same;
}

/* Runs until both copies have reached the store's position, then compares them with it. */
static void assert_converges(struct world *w)
{
	loop_until(&w->loop, is_at(w, &w->routes, "routes") && is_at(w, &w->records, "records"));
	assert_int_equal(store_follow_digest(w->routes.follow), routes_digest(w));
	assert_int_equal(store_follow_digest(w->records.follow), records_digest(w));
	assert_int_equal(store_follow_digest(w->routes.follow), copy_digest(&w->routes));
	assert_int_equal(store_follow_digest(w->records.follow), copy_digest(&w->records));
	assert_int_equal(store_follow_count(w->routes.follow), w->routes.live.len);
}

static void create(struct world *w, int id, const char *name)
{
	char id_text[16];

	snprintf(id_text, sizeof(id_text), "%d", id);
	SCRIPT_OK(w->c, SCRIPT_PROXY_CREATE, id_text, "test", "key_name", name, "provider", "static",
		"remote_http", "203.0.113.9:8080", "password", "v1:x", "password_hash", "ab", "allow", "[]");
}

static void create_many(struct world *w, int count)
{
	char name[32];

	freeReplyObject(redisCommand(w->c, "SET {kp}:ids %d", count));
	for (int id = 1; id <= count; id++) {
		snprintf(name, sizeof(name), "Tên \"%d\"", id);
		create(w, id, name);
	}
}

static void update(struct world *w, int id, const char *field, const char *value)
{
	char id_text[16];

	snprintf(id_text, sizeof(id_text), "%d", id);
	SCRIPT_OK(w->c, SCRIPT_PROXY_UPDATE, id_text, "test", field, value);
}

static void delete_one(struct world *w, int id)
{
	char id_text[16];

	snprintf(id_text, sizeof(id_text), "%d", id);
	SCRIPT_OK(w->c, SCRIPT_PROXY_DELETE, id_text, "test", "0", "0", "0");
}

/* The n-th of a fixed series of changes to `count` proxies: some of routes, some of records only. */
static void change(struct world *w, int n, int count)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", n % 3000);
	update(w, 1 + n * 7 % count, n % 3 == 0 ? "note" : "drain_seconds", text);
}

static void kill_clients(struct world *w, const char *type)
{
	freeReplyObject(redisCommand(w->c, "CLIENT KILL TYPE %s SKIPME yes", type));
}

/* ---- life ---- */

static void follow(struct world *w)
{
	w->routes.follow = store_follow_new(w->loop.loop, w->store, STORE_TOPIC_ROUTES, &ops, &w->routes);
	w->records.follow = store_follow_new(w->loop.loop, w->store, STORE_TOPIC_RECORDS, &ops, &w->records);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char url[64];

	assert_non_null(w);
	loop_fixture_init(&w->loop);
	redis_fixture_start(&w->redis);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%u", w->redis.port);
	assert_true(store_url_parse(url, &w->options.url, NULL));
	w->options.prefix = SCRIPT_PREFIX;
	w->options.key_check = SCRIPT_KEY_CHECK;
	w->store = store_new(w->loop.loop, &w->options);
	w->c = redisConnect("127.0.0.1", w->redis.port);
	assert_int_equal(w->c->err, 0);
	loop_until(&w->loop, store_is_up(w->store));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_follow_free(w->routes.follow);
	store_follow_free(w->records.follow);
	store_free(w->store);
	for (struct copy *copy = &w->routes; copy; copy = copy == &w->routes ? &w->records : NULL) {
		map_clear(&copy->live);
		map_clear(&copy->next);
	}
	redisFree(w->c);
	redis_fixture_done(&w->redis);
	loop_fixture_done(&w->loop);
	free(w);
	return 0;
}

/* ---- tests ---- */

static void test_snapshot_then_live(void **state)
{
	struct world *w = *state;

	create_many(w, 60);
	follow(w);
	assert_false(store_follow_ready(w->routes.follow));
	assert_true(store_follow_stale_ms(w->routes.follow) == UINT64_MAX);
	assert_converges(w);
	assert_int_equal(store_follow_count(w->routes.follow), 60);
	assert_int_equal(store_follow_count(w->records.follow), 61); /* and the settings */
	for (int n = 0; n < 90; n++) {
		change(w, n, 60);
		if (n % 10 == 0)
			assert_converges(w);
	}
	SCRIPT_OK(w->c, SCRIPT_SETTINGS_UPDATE, "test", "auto_rotate_interval_minutes", "7");
	create(w, 60, "Tên \"60\""); /* a repeated call: no change */
	assert_converges(w);
	for (int id = 1; id <= 60; id++)
		delete_one(w, id);
	assert_converges(w);
	assert_int_equal(store_follow_count(w->routes.follow), 0);
	assert_int_equal(w->routes.swaps, 1);
	assert_int_equal(store_follow_stats(w->routes.follow).snapshots, 1);
	assert_true(w->records.notices > 60); /* the log lines */
	assert_true(store_follow_stale_ms(w->routes.follow) < 2500);
}

static void test_a_snapshot_of_many_chunks_while_writing(void **state)
{
	struct world *w = *state;

	create_many(w, 900); /* two pages of records, several HSCANs of a hash table */
	follow(w);
	for (int n = 0; !store_follow_ready(w->routes.follow) || !store_follow_ready(w->records.follow);
		n++) {
		change(w, n, 900);
		event_base_loop(w->loop.base, EVLOOP_NONBLOCK);
		ensure(n < 100000);
	}
	assert_int_equal(store_follow_digest(w->routes.follow), copy_digest(&w->routes));
	assert_converges(w);
	assert_int_equal(w->routes.swaps, 1);
}

static void test_killed_connections(void **state)
{
	struct world *w = *state;

	create_many(w, 30);
	follow(w);
	assert_converges(w);
	for (int n = 0; n < 200; n++) {
		change(w, n, 30);
		if (n % 40 == 7)
			kill_clients(w, "pubsub");
		if (n % 40 == 27)
			kill_clients(w, "normal");
		loop_fixture_turn(&w->loop);
	}
	assert_converges(w);
	assert_int_equal(w->routes.swaps, 1); /* what was missed came from the stream */
	assert_true(store_follow_stats(w->routes.follow).gaps >= 1);
	assert_true(store_follow_stats(w->routes.follow).resubscribes >= 3);
}

static void test_a_trimmed_stream(void **state)
{
	struct world *w = *state;

	create_many(w, 10);
	follow(w);
	assert_converges(w);
	kill_clients(w, "pubsub");
	for (int n = 0; n < 20; n++)
		change(w, n, 10);
	freeReplyObject(redisCommand(w->c, "XTRIM {kp}:routes:changes MAXLEN 2"));
	freeReplyObject(redisCommand(w->c, "XTRIM {kp}:records:changes MAXLEN 0"));
	assert_converges(w);
	assert_int_equal(w->routes.swaps, 2);
	assert_int_equal(w->records.swaps, 2);
}

/* A lost last message: in the stream and in the store, but never published. */
static void test_a_lost_last_message_heals(void **state)
{
	struct world *w = *state;
	char message[256], value[128];

	create_many(w, 2);
	follow(w);
	assert_converges(w);
	long long gen = redis_fixture_int(&w->redis, "GET {kp}:generation");
	long long ver = redis_fixture_int(&w->redis, "GET {kp}:routes:version") + 1;
	snprintf(value, sizeof(value), "{\"id\":9,\"ver\":%lld}", ver);
	snprintf(message, sizeof(message),
		"{\"gen\":%lld,\"prev\":%lld,\"ver\":%lld,\"changes\":[{\"op\":\"set\",\"key\":\"p9\",\"value\":%s}]}",
		gen, ver - 1, ver, value);
	freeReplyObject(redisCommand(w->c, "HSET {kp}:routes p9 %s", value));
	freeReplyObject(redisCommand(w->c, "XADD {kp}:routes:changes %lld-%lld m %s", gen, ver, message));
	freeReplyObject(redisCommand(w->c, "INCR {kp}:routes:version"));
	uint64_t begun_ms = clock_now_ms();
	assert_converges(w);
	assert_true(clock_now_ms() - begun_ms < 1500);
	/* The heartbeat's word is enough: no need to wait for the poll. */
	store_follow_version_seen(w->routes.follow, (uint64_t)gen, (uint64_t)ver);
	assert_true(store_follow_stale_ms(w->routes.follow) < 100);
}

/* A restart that loses its tail: versions come again with other contents, under a new generation. */
static void test_a_restart_with_a_lost_tail(void **state)
{
	struct world *w = *state;
	uint64_t gen_before, ver_before, gen, ver;

	create_many(w, 20);
	follow(w);
	assert_converges(w);
	freeReplyObject(redisCommand(w->c, "CONFIG SET appendonly no")); /* what comes now is never written */
	for (int n = 0; n < 12; n++)
		change(w, n, 20);
	assert_converges(w);
	store_follow_position(w->routes.follow, &gen_before, &ver_before);
	uint64_t digest_before = store_follow_digest(w->routes.follow);
	redisFree(w->c);
	redis_fixture_kill(&w->redis);
	loop_until(&w->loop, !store_is_up(w->store));
	assert_true(store_follow_ready(w->routes.follow)); /* serves the last known */
	assert_int_equal(store_follow_digest(w->routes.follow), digest_before);
	assert_int_equal(store_follow_count(w->routes.follow), 20);
	redis_fixture_restart(&w->redis);
	w->c = redisConnect("127.0.0.1", w->redis.port);
	loop_until(&w->loop, store_is_up(w->store)); /* not before it has loaded */
	assert_true(redis_fixture_int(&w->redis, "GET {kp}:routes:version") < (long long)ver_before);
	for (int n = 100; n < 110; n++)
		change(w, n, 20);
	assert_converges(w);
	store_follow_position(w->routes.follow, &gen, &ver);
	assert_true(gen > gen_before);
	assert_int_equal(w->routes.swaps, 2);
}

/* FLUSHALL, and nobody's heartbeat to tell that data were there: who had them open keeps them, until an
 * administrator allows the emptiness. */
static void test_an_emptied_store(void **state)
{
	struct world *w = *state;

	create_many(w, 5);
	follow(w);
	assert_converges(w);
	freeReplyObject(redisCommand(w->c, "FLUSHALL"));
	loop_until(&w->loop, !store_is_up(w->store));
	loop_until(&w->loop, redis_fixture_int(&w->redis, "EXISTS {kp}:generation") == 1);
	assert_int_equal(store_follow_count(w->routes.follow), 5);
	assert_int_equal(w->routes.live.len, 5);
	freeReplyObject(redisCommand(w->c, "SET {kp}:routes:allow_empty %lld",
		redis_fixture_int(&w->redis, "GET {kp}:generation")));
	loop_until(&w->loop, store_follow_count(w->routes.follow) == 0);
	assert_int_equal(w->routes.live.len, 0);
}

/* What cannot be applied is stepped over as a whole and counted; what follows is applied. */
static void test_invalid_messages(void **state)
{
	struct world *w = *state;

	create_many(w, 3);
	follow(w);
	assert_converges(w);
	uint64_t before = store_follow_digest(w->records.follow);
	freeReplyObject(redisCommand(w->c, "PUBLISH {kp}:records {\"gen\":"));
	freeReplyObject(redisCommand(
		w->c, "PUBLISH {kp}:routes %s", "{\"gen\":1,\"prev\":1,\"ver\":9,\"changes\":[]}"));
	update(w, 1, "note", "refuse-me");
	loop_until(&w->loop,
		store_follow_stats(w->records.follow).refused == 2 && is_at(w, &w->records, "records"));
	assert_int_equal(store_follow_stats(w->routes.follow).refused, 1);
	assert_int_equal(store_follow_digest(w->records.follow), before);
	update(w, 1, "note", "fine again");
	assert_converges(w);
}

/* A subscriber whose host is gone without a word: found by the repeated SUBSCRIBE, and nothing is missed. */
static void test_a_dead_subscriber_is_replaced(void **state)
{
	struct world *w = *state;

	create_many(w, 3);
	follow(w);
	assert_converges(w);
	uint64_t links = store_follow_stats(w->routes.follow).resubscribes;
	/* Redis accepts and reads, but answers nothing on any link. */
	freeReplyObject(redisCommand(w->c, "CLIENT PAUSE 6000 ALL"));
	loop_until(&w->loop, store_follow_stats(w->routes.follow).resubscribes > links);
	update(w, 2, "drain_seconds", "77");
	assert_converges(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_snapshot_then_live),
		TEST(test_a_snapshot_of_many_chunks_while_writing),
		TEST(test_killed_connections),
		TEST(test_a_trimmed_stream),
		TEST(test_a_lost_last_message_heals),
		TEST(test_a_restart_with_a_lost_tail),
		TEST(test_an_emptied_store),
		TEST(test_invalid_messages),
		TEST(test_a_dead_subscriber_is_replaced),
	};

	proc_ignore_sigpipe();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
