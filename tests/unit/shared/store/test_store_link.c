/* test_store_link.c: the link against a real redis-server: commands, deadlines, kills, restarts, refusals.
 * Longer than 400 lines because each fault is a test of its own. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include <cmocka.h>

#include "shared/base/proc.h"
#include "shared/store/store_link.h"
#include "tests/unit/shared/store/loop_fixture.h"
#include "tests/unit/shared/store/redis_fixture.h"

struct world {
	struct loop_fixture loop;
	struct redis_fixture redis;
	struct store_url url;
	struct store_link *link;
	int ups, downs;
	struct err down_err;
	/* answers */
	int answers, losses;
	struct err lost;
	char text[128];
	int64_t number;
	/* messages */
	int confirmed, messages;
	char payload[128];
};

static void on_up(void *arg)
{
	((struct world *)arg)->ups++;
}

static void on_down(void *arg, const struct err *err)
{
	struct world *w = arg;

	w->downs++;
	w->down_err = *err;
}

static const struct store_link_ops ops = {.up = on_up, .down = on_down};

static void on_answer(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct world *w = arg;

	w->answers++;
	if (lost) {
		w->losses++;
		w->lost = *lost;
		return;
	}
	(void)!slice_copy(store_reply_str(reply), w->text, sizeof(w->text));
	(void)store_reply_int(reply, &w->number);
}

static void on_message(struct slice channel, struct slice payload, void *arg)
{
	struct world *w = arg;

	assert_true(slice_eq_str(channel, "news"));
	if (!payload.data) {
		w->confirmed++;
		return;
	}
	w->messages++;
	assert_true(slice_copy(payload, w->payload, sizeof(w->payload)));
}

static void send_text(struct world *w, uint32_t deadline_ms, const char *a, const char *b, const char *c)
{
	struct slice argv[3] = {slice_from_str(a), slice_from_str(b), slice_from_str(c)};

	store_link_command(w->link, deadline_ms, c ? 3 : b ? 2 : 1, argv, on_answer, w);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char url[64];

	assert_non_null(w);
	loop_fixture_init(&w->loop);
	redis_fixture_start(&w->redis);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%u/3", w->redis.port);
	assert_true(store_url_parse(url, &w->url, NULL));
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_link_free(w->link);
	redis_fixture_done(&w->redis);
	loop_fixture_done(&w->loop);
	free(w);
	return 0;
}

static void test_commands_are_answered_in_order(void **state)
{
	struct world *w = *state;

	assert_false(store_link_is_up(w->link));
	loop_until(&w->loop, w->ups == 1);
	for (int i = 0; i < 5000; i++)
		send_text(w, 5000, "INCR", "n", NULL);
	assert_int_equal(w->answers, 0); /* never before the call returns */
	loop_until(&w->loop, w->answers == 5000);
	assert_int_equal(w->number, 5000);
	assert_int_equal(w->losses, 0);
	/* The database of the URL was selected, and the link has its name. */
	assert_int_equal(redis_fixture_int(&w->redis, "EXISTS n"), 0);
	send_text(w, 5000, "CLIENT", "GETNAME", NULL);
	loop_until(&w->loop, w->answers == 5001);
	assert_string_equal(w->text, "test");
}

static void test_an_error_reply_is_a_reply(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	send_text(w, 1000, "NONSENSE", NULL, NULL);
	loop_until(&w->loop, w->answers == 1);
	assert_int_equal(w->losses, 0);
	assert_non_null(strstr(w->text, "unknown command"));
	assert_int_equal(w->downs, 0);
}

static void test_a_down_link_refuses_after_the_call(void **state)
{
	struct world *w = *state;

	send_text(w, 1000, "PING", NULL, NULL);
	assert_int_equal(w->answers, 0);
	loop_until(&w->loop, w->answers == 1);
	assert_int_equal(w->losses, 1);
	assert_int_equal(w->lost.code, ERR_UNAVAILABLE);
}

static void test_deadlines_pass_without_breaking_the_link(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	uint64_t begun_ms = clock_now_ms();
	send_text(w, 3000, "DEBUG", "SLEEP", "0.6");
	send_text(w, 200, "PING", NULL, NULL);
	send_text(w, 100, "PING", NULL, NULL);
	send_text(w, 3000, "PING", NULL, NULL);
	loop_until(&w->loop, w->losses == 2);
	assert_int_equal(w->lost.code, ERR_TIMEOUT);
	assert_true(clock_now_ms() - begun_ms >= 190 && clock_now_ms() - begun_ms < 500);
	assert_int_equal(store_link_waiting(w->link), 4); /* their late answers still come */
	loop_until(&w->loop, w->answers == 4 && store_link_waiting(w->link) == 0);
	assert_int_equal(w->losses, 2);
	assert_int_equal(w->downs, 0);
}

static void test_a_frozen_server_is_given_up(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	kill(w->redis.pid, SIGSTOP);
	send_text(w, 100, "PING", NULL, NULL);
	loop_until(&w->loop, w->losses == 1);
	loop_until(&w->loop, w->downs >= 1); /* grace behind the deadline */
	assert_false(store_link_is_up(w->link));
	kill(w->redis.pid, SIGCONT);
	loop_until(&w->loop, store_link_is_up(w->link));
	assert_true(store_link_reconnects(w->link) >= 1 && store_link_reconnects(w->link) < 5);
}

static void test_too_many_waiting(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	for (int i = 0; i < STORE_LINK_MAX_WAITING + 3; i++)
		send_text(w, 9000, "PING", NULL, NULL);
	loop_until(&w->loop, w->answers == STORE_LINK_MAX_WAITING + 3);
	assert_int_equal(w->losses, 3);
	assert_int_equal(w->lost.code, ERR_LIMIT);
	assert_string_equal(w->lost.msg, "too many waiting commands");
}

static void test_kill_and_restart(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	send_text(w, 5000, "DEBUG", "SLEEP", "5");
	send_text(w, 5000, "PING", NULL, NULL);
	loop_fixture_turn(&w->loop);
	redis_fixture_kill(&w->redis);
	loop_until(&w->loop, w->downs >= 1);
	assert_int_equal(w->answers, 2); /* told before `down`, well before their deadlines */
	assert_int_equal(w->losses, 2);
	assert_int_equal(w->lost.code, ERR_UNAVAILABLE);
	loop_until(&w->loop, w->downs >= 3);
	assert_non_null(strstr(w->down_err.msg, "refused"));
	redis_fixture_restart(&w->redis);
	uint64_t begun_ms = clock_now_ms();
	loop_until(&w->loop, store_link_is_up(w->link));
	assert_true(clock_now_ms() - begun_ms <= 2200); /* backoff at most 2 s */
	send_text(w, 5000, "PING", NULL, NULL);
	loop_until(&w->loop, w->answers == 3);
	assert_string_equal(w->text, "PONG");
}

static void kill_clients(struct world *w, const char *type)
{
	freeReplyObject(redis_fixture_command(&w->redis, "CLIENT KILL TYPE %s SKIPME yes", type));
}

static void test_client_kill(void **state)
{
	struct world *w = *state;

	for (int round = 1; round <= 4; round++) {
		loop_until(&w->loop, w->ups == round && store_link_is_up(w->link));
		kill_clients(w, "normal");
		loop_until(&w->loop, w->downs == round);
	}
	loop_until(&w->loop, w->ups == 5);
	assert_int_equal(store_link_reconnects(w->link), 4);
}

static void test_subscription(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	store_link_subscribe(w->link, SLICE_LIT("news"), on_message, w);
	loop_until(&w->loop, w->confirmed == 1);
	assert_int_equal(redis_fixture_int(&w->redis, "PUBLISH news one"), 1);
	loop_until(&w->loop, w->messages == 1);
	assert_string_equal(w->payload, "one");
	store_link_subscribe(w->link, SLICE_LIT("news"), on_message, w); /* the sign of life */
	loop_until(&w->loop, w->confirmed == 2);
	assert_int_equal(redis_fixture_int(&w->redis, "PUBLISH news two"), 1);
	loop_until(&w->loop, w->messages == 2);
	kill_clients(w, "pubsub");
	loop_until(&w->loop, w->downs == 1 && w->ups == 2);
	store_link_subscribe(w->link, SLICE_LIT("news"), on_message, w);
	loop_until(&w->loop, w->confirmed == 3);
	assert_int_equal(redis_fixture_int(&w->redis, "PUBLISH news three"), 1);
	loop_until(&w->loop, w->messages == 3);
}

static void test_a_server_that_became_a_replica_is_down(void **state)
{
	struct world *w = *state;

	loop_until(&w->loop, w->ups == 1);
	freeReplyObject(redis_fixture_command(&w->redis, "REPLICAOF 127.0.0.1 1"));
	send_text(w, 2000, "SET", "a", "b");
	loop_until(&w->loop, w->answers == 1);
	assert_int_equal(w->losses, 1);
	assert_non_null(strstr(w->lost.msg, "READONLY"));
	loop_until(&w->loop, w->downs == 1);
	freeReplyObject(redis_fixture_command(&w->redis, "REPLICAOF NO ONE"));
	loop_until(&w->loop, store_link_is_up(w->link));
}

/* A server that starts with much data answers everything with -LOADING: no good, until it has loaded. */
static void test_loading(void **state)
{
	struct world *w = *state;
	char key[16];

	loop_until(&w->loop, w->ups == 1);
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		send_text(w, 5000, "SET", key, "some value that takes a while to read");
	}
	loop_until(&w->loop, w->answers == 3000);
	redis_fixture_stop(&w->redis);
	loop_until(&w->loop, w->downs >= 1);
	w->redis.load_delay_us = 500;
	redis_fixture_restart(&w->redis);
	loop_until(&w->loop, strstr(w->down_err.msg, "LOADING") != NULL);
	assert_false(store_link_is_up(w->link));
	loop_until(&w->loop, store_link_is_up(w->link));
	send_text(w, 1000, "DBSIZE", NULL, NULL);
	loop_until(&w->loop, w->answers == 3001);
	assert_int_equal(w->number, 3000);
}

static void test_wrong_password(void **state)
{
	struct world *w = *state;
	struct redis_fixture redis;
	char url[64];

	redis_fixture_start_with_password(&redis, "right-Secret");
	store_link_free(w->link);
	snprintf(url, sizeof(url), "redis://:wrong-Secret@127.0.0.1:%u", redis.port);
	assert_true(store_url_parse(url, &w->url, NULL));
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	loop_until(&w->loop, w->downs >= 2);
	assert_non_null(strstr(w->down_err.msg, "WRONGPASS"));
	assert_null(strstr(w->down_err.msg, "Secret"));
	store_link_free(w->link);
	w->ups = 0;
	snprintf(url, sizeof(url), "redis://default:right%%2DSecret@localhost:%u", redis.port);
	assert_true(store_url_parse(url, &w->url, NULL));
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w); /* a name: resolved in the thread */
	loop_until(&w->loop, w->ups == 1);
	store_link_free(w->link);
	w->downs = 0;
	snprintf(url, sizeof(url), "redis://localhost:%u", redis.port);
	assert_true(store_url_parse(url, &w->url, NULL));
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	loop_until(&w->loop, w->downs >= 1);
	loop_until(&w->loop, strstr(w->down_err.msg, "NOAUTH") != NULL);
	redis_fixture_done(&redis);
}

static void test_a_name_that_does_not_resolve(void **state)
{
	struct world *w = *state;

	store_link_free(w->link);
	assert_true(store_url_parse("redis://no-such-host.invalid", &w->url, NULL));
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	loop_until(&w->loop, w->downs >= 1);
	assert_non_null(strstr(w->down_err.msg, "cannot resolve \"no-such-host.invalid\""));
	store_link_free(w->link);
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	loop_fixture_turn(&w->loop); /* freed while the thread may still be at work */
}

/* A peer that accepts and says nothing: connecting ends after its own limit. */
static void test_a_silent_peer(void **state)
{
	struct world *w = *state;
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	store_link_free(w->link);
	w->url.port = ntohs(sa.sin_port);
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	uint64_t begun_ms = clock_now_ms();
	loop_until(&w->loop, w->downs == 1);
	assert_int_equal(w->down_err.code, ERR_TIMEOUT);
	assert_true(clock_now_ms() - begun_ms >= 1900 && clock_now_ms() - begun_ms < 3000);
	close(fd);
}

struct self_free {
	struct world *world;
	int answers;
};

static void on_answer_free(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct self_free *s = arg;

	(void)reply;
	(void)lost;
	s->answers++;
	store_link_free(s->world->link);
	s->world->link = NULL;
}

static void test_freed_inside_a_callback(void **state)
{
	struct world *w = *state;
	struct self_free s = {.world = w};

	loop_until(&w->loop, w->ups == 1);
	store_link_command(w->link, 1000, 1, &SLICE_LIT("PING"), on_answer_free, &s);
	for (int i = 0; i < 10; i++)
		send_text(w, 1000, "PING", NULL, NULL);
	loop_until(&w->loop, s.answers == 1);
	assert_null(w->link);
	assert_int_equal(w->losses, 10); /* told before store_link_free() returned */
	for (int i = 0; i < 5; i++)
		loop_fixture_turn(&w->loop);
	assert_int_equal(w->answers, 10);
	w->link = store_link_new(w->loop.loop, &w->url, "test", &ops, w);
	loop_until(&w->loop, w->ups == 2);
	store_link_command(w->link, 1000, 1, &SLICE_LIT("PING"), on_answer_free, &s);
	redis_fixture_kill(&w->redis);
	loop_until(&w->loop, s.answers == 2); /* this time while the link breaks */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_commands_are_answered_in_order),
		TEST(test_an_error_reply_is_a_reply),
		TEST(test_a_down_link_refuses_after_the_call),
		TEST(test_deadlines_pass_without_breaking_the_link),
		TEST(test_a_frozen_server_is_given_up),
		TEST(test_too_many_waiting),
		TEST(test_kill_and_restart),
		TEST(test_client_kill),
		TEST(test_subscription),
		TEST(test_a_server_that_became_a_replica_is_down),
		TEST(test_loading),
		TEST(test_wrong_password),
		TEST(test_a_name_that_does_not_resolve),
		TEST(test_a_silent_peer),
		TEST(test_freed_inside_a_callback),
	};

	proc_ignore_sigpipe();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
