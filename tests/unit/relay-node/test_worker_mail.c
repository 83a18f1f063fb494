/*
 * What the feed's mail does to a worker's table and connections. The worker has no thread here: the test
 * applies the mail, as worker.c's loop would.
 */
#include "relay-node/worker_mail.h"

#include <sys/socket.h>
#include <unistd.h>

#include "relay-node/conn.h"
#include "relay-node/mails.h"
#include "relay-node/worker.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "tests/unit/relay-node/route_maker.h"
#include "tests/unit/test.h"

static struct relay_config config = {
	.threads = 1, .client_connections = 100, .endpoint_connections = 100, .connections_per_worker = 100};
static struct mailbox feed_box;
static struct relay_shared shared = {.config = &config, .feed_box = &feed_box};
static struct keyring *keyring;

static int start(void **state)
{
	struct worker *worker = mem_zalloc(sizeof(*worker));

	*state = worker;
	return mailbox_init(&feed_box) && worker_init(worker, 0, &shared, NULL) ? 0 : -1;
}

static int stop(void **state)
{
	struct worker *worker = *state;

	worker_done(worker);
	mailbox_done(&feed_box);
	free(worker);
	return 0;
}

static struct mail *set(struct route_text text)
{
	struct mail_route *mail = mem_zalloc(sizeof(*mail));

	mail->mail.kind = MAIL_ROUTE_SET;
	mail->served = test_served(keyring, text);
	assert_non_null(mail->served);
	return &mail->mail;
}

/* Routes first … first + count - 1. */
static struct mail *snapshot(unsigned first, size_t count)
{
	struct mail_snapshot *mail = mem_zalloc(sizeof(*mail) + count * sizeof(void *));

	mail->mail.kind = MAIL_SNAPSHOT;
	for (; mail->count < count; mail->count++)
		mail->served[mail->count] =
			test_served(keyring, (struct route_text){.id = first + (unsigned)mail->count});
	return &mail->mail;
}

/* How many pieces it took; *ret_longest_ms of them. */
static unsigned apply(struct worker *worker, struct mail *mail, unsigned steps, uint64_t *ret_longest_ms)
{
	unsigned pieces = 0;
	bool done = false;

	*ret_longest_ms = 0;
	while (!done) {
		uint64_t begin_ms = clock_now_ms(), took_ms;
		unsigned left = steps;

		done = worker_apply(worker, mail, &left);
		if (done)
			mail_free(mail);
		pieces++;
		took_ms = clock_now_ms() - begin_ms;
		if (took_ms > *ret_longest_ms)
			*ret_longest_ms = took_ms;
	}
	return pieces;
}

static struct route_entry *find(struct worker *worker, const char *name)
{
	return route_table_find(&worker->routes, slice_from_str(name));
}

/* A client that is admitted to `entry`; *ret_peer is its end. */
static struct conn *client_of(struct worker *worker, struct route_entry *entry, int *ret_peer)
{
	struct ip_addr addr;
	struct conn *c;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_true(ip_addr_parse(SLICE_LIT("192.0.2.1"), &addr));
	assert_true(client_limits_enter(&worker->clients, &addr));
	counters_add(&worker->counters, COUNTER_OPEN, 1);
	c = conn_new(worker, fds[0], &addr, 1, NULL, 2);
	assert_non_null(c);
	assert_true(conn_attach(c, entry));
	*ret_peer = fds[1];
	return c;
}

/* The one mail for the feed is of `bytes_up` by proxy `id`. */
static void assert_usage_told(uint64_t id, uint64_t bytes_up)
{
	struct mail *mail = mailbox_take(&feed_box);
	struct mail_usage *usage;

	assert_non_null(mail);
	assert_null(mail->next);
	assert_int_equal(mail->kind, MAIL_USAGE);
	usage = container_of(mail, struct mail_usage, mail);
	assert_int_equal(usage->count, 1);
	assert_int_equal(usage->items[0].id, id);
	assert_int_equal(usage->items[0].usage.bytes_up, bytes_up);
	mail_free(mail);
}

/* A name that was given to another proxy, of which the deletion was never seen. */
static void test_new_owner_of_a_name_inherits_nothing(void **state)
{
	struct worker *worker = *state;
	struct route_entry *entry;
	uint64_t longest_ms;
	struct conn *c;
	char byte;
	int peer;

	apply(worker, set((struct route_text){.id = 1, .name = "shop"}), 10, &longest_ms);
	entry = find(worker, "shop");
	c = client_of(worker, entry, &peer);
	route_entry_count(&worker->routes, entry, (struct route_usage){.bytes_up = 5});
	/* The same owner's next route leaves it alone. */
	apply(worker, set((struct route_text){.id = 1, .name = "shop", .ver = 2}), 10, &longest_ms);
	assert_int_equal(c->state, CONN_ACCEPTED);
	assert_int_equal(read(peer, &byte, 1), -1);
	apply(worker, set((struct route_text){.id = 2, .name = "shop", .ver = 3}), 10, &longest_ms);
	assert_int_equal(c->state, CONN_CLOSED);
	assert_int_equal(read(peer, &byte, 1), 0);
	assert_usage_told(1, 5);
	entry = find(worker, "shop");
	assert_int_equal(entry->served->route->id, 2);
	assert_int_equal(entry->usage.bytes_up, 0);
	assert_true(list_empty(&entry->conns));
	close(peer);
}

/* What was carried since the last round is told before the endpoint is gone; once. */
static void test_deleted_endpoints_tell_their_traffic(void **state)
{
	struct worker *worker = *state;
	struct mail_route *gone = mem_zalloc(sizeof(*gone));
	uint64_t longest_ms;

	apply(worker, snapshot(1, 3), 10, &longest_ms);
	route_entry_count(&worker->routes, find(worker, "proxy1"), (struct route_usage){.bytes_up = 7});
	gone->mail.kind = MAIL_ROUTE_DEL;
	ensure(slice_copy(SLICE_LIT("proxy1"), gone->subdomain, sizeof(gone->subdomain)));
	apply(worker, &gone->mail, 10, &longest_ms);
	assert_usage_told(1, 7);
	route_entry_count(&worker->routes, find(worker, "proxy2"), (struct route_usage){.bytes_up = 8});
	apply(worker, snapshot(3, 1), 10, &longest_ms);
	assert_usage_told(2, 8);
	apply(worker, snapshot(4, 1), 10, &longest_ms);
	assert_null(mailbox_take(&feed_box));
}

static void test_snapshot_in_pieces(void **state)
{
	struct worker *worker = *state;
	uint64_t longest_ms;
	unsigned pieces;

	apply(worker, set((struct route_text){.id = 9, .name = "gone"}), 10, &longest_ms);
	apply(worker, set((struct route_text){.id = 7}), 10, &longest_ms);
	pieces = apply(worker, snapshot(1, 50), 10, &longest_ms);
	assert_true(pieces >= 10); /* 50 marked, 2 swept, 50 set */
	assert_null(find(worker, "gone"));
	assert_non_null(find(worker, "proxy7"));
	assert_non_null(find(worker, "proxy50"));
	assert_int_equal(worker->routes.snapshots, 1);
	assert_int_equal(worker->routes.by_subdomain.len, 50);
	apply(worker, snapshot(26, 50), 7, &longest_ms);
	assert_null(find(worker, "proxy25"));
	assert_non_null(find(worker, "proxy26"));
	assert_non_null(find(worker, "proxy75"));
	assert_int_equal(worker->routes.by_subdomain.len, 50);
}

/* An unfinished snapshot goes with its worker. */
static void test_snapshot_half_way_at_the_end(void **state)
{
	struct worker *worker = *state;
	struct mail *mail = snapshot(1, 50);
	unsigned steps = 75;

	assert_false(worker_apply(worker, mail, &steps));
	assert_int_equal(worker->routes.snapshots, 0);
	mail_free(mail);
}

static void test_hundred_thousand_routes(void **state)
{
	enum { ROUTES = 100000, STEPS = 2000 };
	struct worker *worker = *state;
	uint64_t longest_ms, begin_ms;
	unsigned pieces;

	for (unsigned round = 0; round < 2; round++) {
		struct mail *mail = snapshot(1, ROUTES);

		begin_ms = clock_now_ms();
		pieces = apply(worker, mail, STEPS, &longest_ms);
		print_message("%d routes, round %u: %u ms in %u turns, the longest %u ms\n", ROUTES, round,
			(unsigned)(clock_now_ms() - begin_ms), pieces, (unsigned)longest_ms);
		assert_true(pieces >= 2 * ROUTES / STEPS);
	}
	assert_int_equal(worker->routes.by_subdomain.len, ROUTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new_owner_of_a_name_inherits_nothing, start, stop),
		cmocka_unit_test_setup_teardown(test_deleted_endpoints_tell_their_traffic, start, stop),
		cmocka_unit_test_setup_teardown(test_snapshot_in_pieces, start, stop),
		cmocka_unit_test_setup_teardown(test_snapshot_half_way_at_the_end, start, stop),
		cmocka_unit_test_setup_teardown(test_hundred_thousand_routes, start, stop),
	};
	int failed;

	keyring = test_keyring();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keyring_free(keyring);
	return failed;
}
