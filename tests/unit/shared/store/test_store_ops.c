/*
 * test_store_ops.c: every C operation once against a real redis-server: that arguments reach the scripts in
 * their order and answers come back. What the scripts do is tested in tests/system/test_10_store_*.py.
 * Longer than 400 lines because there are so many operations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shared/json/json.h"
#include "shared/model/job.h"
#include "shared/store/store.h"
#include "shared/store/store_idempotency.h"
#include "shared/store/store_jobs.h"
#include "shared/store/store_lease.h"
#include "shared/store/store_log.h"
#include "shared/store/store_nodes.h"
#include "shared/store/store_people.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_rotation.h"
#include "shared/store/store_settings.h"
#include "shared/store/store_tokens.h"
#include "shared/store/store_users.h"
#include "tests/unit/shared/store/loop_fixture.h"
#include "tests/unit/shared/store/redis_fixture.h"

#define S(text)         slice_from_str(text)
#define HASH_TEXT       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER_HASH_TEXT "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MINUTE_MS       60000

struct handed_out {
	struct job job;
	uint32_t deliveries;
};

struct world {
	struct loop_fixture loop;
	struct redis_fixture redis;
	struct store *store;
	int answers;
	enum store_status status;
	const char *want; /* the value to keep of the next answer */
	char value[512];
	struct handed_out jobs[8];
	size_t job_count;
};

static void on_result(const struct store_result *r, void *arg)
{
	struct world *w = arg;

	w->answers++;
	w->status = r->status;
	if (r->err)
		print_error("%s\n", r->err->msg);
	w->value[0] = '\0';
	if (w->want)
		assert_true(slice_copy(store_result_str(r, w->want), w->value, sizeof(w->value)));
}

/* {"entry":…,"deliveries":…,"job":…, …} as job.h wants it. */
static void read_job(const struct json *object, struct handed_out *ret_job)
{
	struct slice fields[32], entry, deliveries;
	struct err err = {0};
	size_t n = 0;

	assert_true(json_get_str(object, "entry", &entry, &err));
	assert_true(json_get_str(object, "deliveries", &deliveries, &err));
	for (const struct json *m = json_first(object); m && n + 2 <= ARRAY_LEN(fields);
		m = json_next(m), n += 2) {
		fields[n] = json_name(m);
		assert_true(json_str(m, &fields[n + 1]));
	}
	assert_true(job_from_fields(entry, fields, n, &ret_job->job, &err));
	assert_true(slice_parse_u32(deliveries, UINT32_MAX, &ret_job->deliveries));
}

static void on_jobs(const struct store_result *r, void *arg)
{
	struct world *w = arg;
	struct json *root = json_parse(store_result_str(r, "jobs"), NULL, NULL);

	assert_non_null(root);
	w->job_count = 0;
	for (const struct json *v = json_first(root); v && w->job_count < ARRAY_LEN(w->jobs);
		v = json_next(v))
		read_job(v, &w->jobs[w->job_count++]);
	json_free(root);
	on_result(r, arg);
}

/* Runs one operation (its done and arg appended) and expects the status; the value asked for is in w->value.
 */
#define RUN(w, expected, wanted, op, ...)                                                         \
	do {                                                                                      \
		int before_ = (w)->answers;                                                       \
		(w)->want = (wanted);                                                             \
		op((w)->store, __VA_ARGS__, on_result, (w));                                      \
		assert_int_equal((w)->answers, before_);                                          \
		loop_until(&(w)->loop, (w)->answers == before_ + 1);                              \
		assert_string_equal(store_status_text((w)->status), store_status_text(expected)); \
	} while (0)

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_options options = {.prefix = "{ops}:", .key_check = HASH_TEXT};
	char url[64];

	assert_non_null(w);
	loop_fixture_init(&w->loop);
	redis_fixture_start(&w->redis);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%u", w->redis.port);
	assert_true(store_url_parse(url, &options.url, NULL));
	w->store = store_new(w->loop.loop, &options);
	loop_until(&w->loop, store_is_up(w->store));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_free(w->store);
	redis_fixture_done(&w->redis);
	loop_fixture_done(&w->loop);
	free(w);
	return 0;
}

static void create(struct world *w, uint64_t id, const char *key)
{
	struct store_field list[] = {{"key_name", S(key)}, {"provider", S("kiotproxy")},
		{"provider_key", S("v1:x")}, {"provider_key_hmac", S(key)}, {"region", S("bac")},
		{"first_job", S("1")}};

	RUN(w, STORE_OK, "first_id", store_id_take, 1);
	RUN(w, STORE_OK, "subdomain", store_proxy_create, id, S("admin"),
		((struct store_fields){list, ARRAY_LEN(list)}));
}

static void read_jobs(struct world *w, size_t expected)
{
	int before = w->answers;

	w->want = NULL;
	store_jobs_read(w->store, S("w1"), 8, 15000, on_jobs, w);
	loop_until(&w->loop, w->answers == before + 1);
	assert_int_equal(w->status, STORE_OK);
	assert_int_equal(w->job_count, expected);
}

/* Claims the first job read and gives what is needed to end it. */
static struct store_claim claim(struct world *w)
{
	const struct job *job = &w->jobs[0].job;
	struct store_job_claim q = {.entry = S(job->entry),
		.job = S(job->name),
		.kind = S(job_kind_text(job->kind)),
		.id = job->id,
		.slot = job->slot,
		.worker = S("w1"),
		.gen = store_generation(w->store),
		.claim_ms = 30000};

	RUN(w, STORE_CLAIMED, "fence", store_job_claim, &q);
	return (struct store_claim){.entry = q.entry,
		.job = q.job,
		.id = q.id,
		.slot = q.slot,
		.fence = strtoull(w->value, NULL, 10),
		.gen = q.gen};
}

/* A commit queues a check of the new upstream: reads it and puts it away. */
static void put_proof_away(struct world *w)
{
	read_jobs(w, 1);
	const struct job *job = &w->jobs[0].job;
	assert_int_equal(job->kind, JOB_CHECK);
	assert_int_equal(job->reason, JOB_REASON_PROOF);
	RUN(w, STORE_OK, NULL, store_job_finish, S(job->entry), S(job->name), S("{\"outcome\":\"ok\"}"));
}

static void test_a_rotation_from_end_to_end(void **state)
{
	struct world *w = *state;
	struct store_field list[] = {{"remote_http", S("1.2.3.4:80")}, {"remote_ip", S("1.2.3.4")}};
	struct store_upstream up = {.expires_in_ms = 20 * MINUTE_MS, .fields = {list, ARRAY_LEN(list)}};
	struct store_rotation_request q = {
		.id = 1, .kind = "rotate", .actor = S("admin"), .region = S("nam")};
	struct store_failure f = {.class_name = "COOLDOWN",
		.retry_in_ms = 5000,
		.next_change_in_ms = 45000,
		.message_id = "err.cooldown",
		.sent = STORE_MAYBE_SENT};

	create(w, 1, "K1");
	assert_string_equal(w->value, "proxy1");
	read_jobs(w, 1);
	assert_int_equal(w->jobs[0].deliveries, 1);
	assert_int_equal(w->jobs[0].job.reason, JOB_REASON_CREATE);
	struct store_claim c = claim(w);
	RUN(w, STORE_OK, NULL, store_job_renew, c.entry, S("w1"), c.id, c.fence, 30000);
	RUN(w, STORE_COMMITTED, "same_ip", store_rotation_commit, &c, &up);
	assert_string_equal(w->value, "0");
	RUN(w, STORE_ALREADY, "result", store_rotation_commit, &c, &up);
	assert_non_null(strstr(w->value, "\"new_ip\":\"1.2.3.4\""));
	put_proof_away(w);

	RUN(w, STORE_QUEUED, "job", store_rotation_request, &q);
	assert_string_equal(w->value, "rotate-1-2");
	read_jobs(w, 1);
	assert_string_equal(w->jobs[0].job.region, "nam");
	c = claim(w);
	RUN(w, STORE_OK, "ended", store_rotation_fail, &c, &f);
	assert_string_equal(w->value, "0");
	RUN(w, STORE_OK, "result", store_job_result, S("rotate-1-2"));
	assert_non_null(strstr(w->value, "\"retry_in_ms\":45000"));
	q.when = STORE_WHEN_ALLOWED;
	RUN(w, STORE_SCHEDULED, "retry_in_ms", store_rotation_request, &q);
	RUN(w, STORE_OK, NULL, store_rotation_cancel, 1, S("admin"));
	RUN(w, STORE_NOTHING, NULL, store_rotation_cancel, 1, S("admin"));
}

static void test_sync_check_and_jobs_without_claim(void **state)
{
	struct world *w = *state;
	struct store_field list[] = {{"remote_http", S("1.2.3.4:80")}, {"remote_ip", S("1.2.3.4")}};
	struct store_upstream up = {.expires_in_ms = 20 * MINUTE_MS, .fields = {list, ARRAY_LEN(list)}};
	struct store_rotation_request q = {.id = 1, .kind = "sync", .actor = S("admin")};
	struct store_failure f = {.class_name = "TRANSIENT",
		.retry_in_ms = 7000,
		.message_id = "err.transient",
		.params = S("{\"s\":7}"),
		.provider_message = S("down")};

	create(w, 1, "K1");
	read_jobs(w, 1);
	struct store_claim c = claim(w);
	RUN(w, STORE_COMMITTED, NULL, store_rotation_commit, &c, &up);
	put_proof_away(w);
	RUN(w, STORE_QUEUED, NULL, store_rotation_request, &q);
	read_jobs(w, 1);
	c = claim(w);
	RUN(w, STORE_COMMITTED, "changed", store_sync_commit, &c, &up);
	assert_string_equal(w->value, "0");
	RUN(w, STORE_QUEUED, NULL, store_rotation_request, &q);
	read_jobs(w, 1);
	c = claim(w);
	RUN(w, STORE_OK, "result", store_sync_fail, &c, &f);
	assert_non_null(strstr(w->value, "\"s\":7},\"retry_in_ms\":7000"));

	RUN(w, STORE_QUEUED, NULL, store_suspect_report, S("relay-1"), 1, S("refused"));
	RUN(w, STORE_KNOWN, NULL, store_suspect_report, S("relay-1"), 1, S("refused"));
	read_jobs(w, 1);
	const struct job *job = &w->jobs[0].job;
	struct store_check checks[] = {{.entry = S(job->entry),
					       .job = S(job->name),
					       .id = 1,
					       .verdict = STORE_CHECK_GOOD,
					       .latency_ms = 80},
		{.id = 1, .verdict = STORE_CHECK_BAD, .message_id = "err.unhealthy"}};
	RUN(w, STORE_OK, "changed", store_check_commit, checks, ARRAY_LEN(checks));
	assert_string_equal(w->value, "1");

	RUN(w, STORE_QUEUED, "job", store_probe_request, 1, S("admin"), "port", S("http://127.0.0.1:9001"));
	read_jobs(w, 1);
	job = &w->jobs[0].job;
	assert_int_equal(job->kind, JOB_PROBE);
	assert_string_equal(job->way, "port");
	assert_string_equal(job->target, "http://127.0.0.1:9001");
	RUN(w, STORE_OK, NULL, store_job_finish, S(job->entry), S(job->name), S("{\"outcome\":\"ok\"}"));
	RUN(w, STORE_NOT_FOUND, NULL, store_probe_request, 99, S("admin"), "port",
		S("http://127.0.0.1:9001"));

	RUN(w, STORE_OK, "job", store_proxy_delete, 1, S("admin"), STORE_RELEASE_UPSTREAM, MINUTE_MS,
		MINUTE_MS);
	read_jobs(w, 1);
	job = &w->jobs[0].job;
	assert_int_equal(job->kind, JOB_RELEASE);
	RUN(w, STORE_OK, NULL, store_job_finish, S(job->entry), S(job->name), S("{\"outcome\":\"ok\"}"));
	create(w, 2, "K2");
	read_jobs(w, 1);
	job = &w->jobs[0].job;
	RUN(w, STORE_OK, NULL, store_job_dead, S(job->entry), S(job->name), 2, S("crashed"), 6);
	assert_int_equal(redis_fixture_int(&w->redis, "XLEN {ops}:jobs"), 0);
}

static void test_proxies_settings_and_the_clock(void **state)
{
	struct world *w = *state;
	struct store_field note[] = {{"note", S("x")}}, bad[] = {{"fence", S("1")}};
	struct store_field settings[] = {{"auto_rotate_interval_minutes", S("5")}};
	struct store_due_dispatch clock = {.limit = 10, .max_waiting = 100, .rearm_ms = MINUTE_MS};
	char leader[512];

	create(w, 1, "K1");
	RUN(w, STORE_OK, "changed", store_proxy_update, 1, S("admin"), ((struct store_fields){note, 1}));
	assert_string_equal(w->value, "1");
	RUN(w, STORE_INVALID, "field", store_proxy_update, 1, S("admin"), ((struct store_fields){bad, 1}));
	assert_string_equal(w->value, "fence");
	RUN(w, STORE_OK, "restart_seq", store_proxy_restart, 1, S("admin"));
	RUN(w, STORE_OK, NULL, store_settings_update, S("admin"), ((struct store_fields){settings, 1}));

	RUN(w, STORE_TAKEN, "value", store_lease_take, S("s1"), S("token"), MINUTE_MS);
	snprintf(leader, sizeof(leader), "%s", w->value);
	RUN(w, STORE_HELD, "node", store_lease_take, S("s2"), S("token"), MINUTE_MS);
	assert_string_equal(w->value, "s1");
	RUN(w, STORE_OK, "walked", store_settings_rearm, S(leader), 100);
	assert_string_equal(w->value, "1");
	clock.leader_value = S(leader);
	RUN(w, STORE_OK, "waiting", store_due_dispatch, &clock);
	assert_string_equal(w->value, "1");
	RUN(w, STORE_OK, NULL, store_lease_renew, S(leader), MINUTE_MS);
	RUN(w, STORE_OK, NULL, store_lease_release, S(leader));
	RUN(w, STORE_CLAIM_LOST, NULL, store_lease_renew, S(leader), MINUTE_MS);
	RUN(w, STORE_NOT_LEADER, NULL, store_due_dispatch, &clock);
}

static void test_nodes_and_history(void **state)
{
	struct world *w = *state;
	struct store_field beat[] = {{"role", S("relay")}};
	struct store_usage usage[] = {{.id = 1, .bytes_up = 10, .bytes_down = 20, .connections = 1}};
	struct store_log_entry entry = {
		.action = "login", .status = "success", .message_id = "", .user = S("admin")};

	create(w, 1, "K1");
	RUN(w, STORE_OK, "routes_ver", store_heartbeat, S("relay-1"), 5000, ((struct store_fields){beat, 1}));
	assert_string_equal(w->value, "1");
	int before = w->answers;
	w->want = "nodes";
	store_fleet_read(w->store, on_result, w);
	loop_until(&w->loop, w->answers == before + 1);
	assert_non_null(strstr(w->value, "\"role\":\"relay\""));
	RUN(w, STORE_OK, NULL, store_usage_flush, S("relay-1"), 1, 1000, usage, 1);
	RUN(w, STORE_SEEN, NULL, store_usage_flush, S("relay-1"), 1, 1000, usage, 1);
	assert_int_equal(redis_fixture_int(&w->redis, "HINCRBY {ops}:stats:1 bytes_down 0"), 20);
	RUN(w, STORE_OK, NULL, store_log_add, &entry);
	RUN(w, STORE_OK, "entries", store_log_page, 0, S(""), 1);
	assert_non_null(strstr(w->value, "\"action\":\"login\""));
	RUN(w, STORE_OK, "entries", store_log_page, 1, S(""), 10);
	assert_non_null(strstr(w->value, "\"action\":\"create\""));
}

static void test_people_and_idempotency(void **state)
{
	struct world *w = *state;
	struct slice hashes[] = {S(HASH_TEXT)};

	RUN(w, STORE_CREATED, "id", store_user_ensure_admin, S("Admin"), S("$y$1"));
	RUN(w, STORE_OK, "password_hash", store_user_by_name, S("admin"));
	assert_string_equal(w->value, "$y$1");
	RUN(w, STORE_OK, NULL, store_login_attempt, S("admin"), S("1.2.3.4"));
	RUN(w, STORE_OK, NULL, store_login_result, S("admin"), S("1.2.3.4"), STORE_LOGIN_GOOD, S("Admin"));
	RUN(w, STORE_OK, NULL, store_session_create, hashes[0], 1, MINUTE_MS, MINUTE_MS, S("1.2.3.4"), S(""));
	RUN(w, STORE_OK, "sessions", store_read_barrier, hashes, 1);
	assert_string_equal(w->value, "[{\"user_id\":\"1\",\"username\":\"Admin\",\"role\":\"admin\"}]");
	RUN(w, STORE_OK, NULL, store_user_set_password, 1, S("$y$2"), hashes[0], S("Admin"));
	RUN(w, STORE_OK, "changed", store_user_rehash, 1, S("$y$2"), S("$y$3"));
	assert_string_equal(w->value, "1");
	RUN(w, STORE_OK, "sessions", store_session_list, 1);
	assert_non_null(strstr(w->value, "\"address\":\"1.2.3.4\""));
	RUN(w, STORE_CREATED, "user", store_user_create, S("lan"), S("user"), S("$y$4"), S("Admin"));
	RUN(w, STORE_OK, "users", store_user_list, 2);
	assert_non_null(strstr(w->value, "\"username\":\"lan\""));
	const struct store_field demote[] = {{"role", S("user")}};
	RUN(w, STORE_LAST_ADMIN, NULL, store_user_update, 1, S("Admin"), S(""),
		((struct store_fields){demote, 1}));
	const uint64_t ids[] = {7};
	RUN(w, STORE_OK, "moved", store_proxies_reassign, 2, 1, S("Admin"), ids, 1);
	RUN(w, STORE_OK, NULL, store_user_delete, 2, S("Admin"), STORE_DELETE);
	RUN(w, STORE_NOT_FOUND, NULL, store_session_close, 2, S("0123456789abcdef"), S("Admin"));
	const struct store_token token = {.hash = S(OTHER_HASH_TEXT),
		.name = S("n8n"),
		.hint = S("kp_abcd"),
		.user_id = 1,
		.access = STORE_TOKEN_READ_ONLY};
	RUN(w, STORE_CREATED, "token", store_token_create, &token, S("Admin"));
	RUN(w, STORE_OK, "sessions", store_read_barrier, &token.hash, 1);
	assert_string_equal(w->value,
		"[{\"user_id\":\"1\",\"username\":\"Admin\",\"role\":\"admin\",\"token\":\"n8n\",\"read_only\":true}]");
	RUN(w, STORE_OK, "tokens", store_token_list, 0);
	assert_non_null(strstr(w->value, "\"hint\":\"kp_abcd\""));
	RUN(w, STORE_NOT_FOUND, NULL, store_token_revoke, 1, 2, S("Admin"));
	RUN(w, STORE_OK, NULL, store_token_revoke, 1, 1, S("Admin"));
	RUN(w, STORE_OK, "tokens", store_token_list, 1);
	assert_string_equal(w->value, "[]");
	RUN(w, STORE_OK, NULL, store_session_end, hashes[0]);
	RUN(w, STORE_OK, "sessions", store_read_barrier, hashes, 1);
	assert_string_equal(w->value, "[null]");

	RUN(w, STORE_NEW, NULL, store_idempotency_begin, S("scope"), S("body"), MINUTE_MS);
	RUN(w, STORE_OK, NULL, store_idempotency_end, S("scope"), 201, S("{}"), MINUTE_MS);
	RUN(w, STORE_STORED, "status", store_idempotency_begin, S("scope"), S("body"), MINUTE_MS);
	assert_string_equal(w->value, "201");
	RUN(w, STORE_OK, NULL, store_idempotency_drop, S("scope"));
	RUN(w, STORE_NEW, NULL, store_idempotency_begin, S("scope"), S("other"), MINUTE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_rotation_from_end_to_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sync_check_and_jobs_without_claim, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_proxies_settings_and_the_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nodes_and_history, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_people_and_idempotency, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
