/* test_rotate_plan.c: what follows from each answer; above all, when /new may be asked again. */
#include "scheduler/rotate_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct rotate_before before = {
	.http = {"1.1.1.1:1", 9}, .socks5 = {"1.1.1.1:2", 9}, .provider_expires_at = 100};
static const struct rotate_before before_nothing;

static struct provider_reply upstream(const char *http, const char *expires_at)
{
	struct provider_reply r = {.class = FAILURE_NONE, .effect = EFFECT_DONE, .next_change_in_ms = 700};

	snprintf(r.http, sizeof(r.http), "%s:1", http);
	snprintf(r.socks5, sizeof(r.socks5), "%s:2", http);
	snprintf(r.expires_at, sizeof(r.expires_at), "%s", expires_at);
	return r;
}

static struct provider_reply failure(enum failure_class class, enum provider_effect effect)
{
	return (struct provider_reply){.class = class, .effect = effect};
}

static struct rotate_plan plan_at_new(void)
{
	struct rotate_plan plan;
	struct rotate_decision d = rotate_plan_begin(&plan, ROTATE_FIRST_TRY, &before);

	assert_int_equal(d.action, ROTATE_CALL_NEW);
	assert_int_equal(plan.sent, STORE_NOT_SENT);
	return plan;
}

static enum rotate_action next(struct rotate_plan *plan, struct provider_reply reply)
{
	return rotate_plan_next(plan, &reply).action;
}

static void a_good_answer_is_committed(void **state)
{
	struct rotate_plan plan = plan_at_new();

	(void)state;
	assert_int_equal(next(&plan, upstream("2.2.2.2", "200")), ROTATE_COMMIT);
}

static void where_current_is_not_offered_new_goes_on(void **state)
{
	struct provider_reply none = failure(FAILURE_NOT_OFFERED, EFFECT_NONE);
	struct rotate_plan plan;

	(void)state;
	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, none), ROTATE_CALL_NEW);
	/* Too early: what the record has stays. */
	plan = plan_at_new();
	assert_int_equal(next(&plan, failure(FAILURE_COOLDOWN, EFFECT_NONE)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, none), ROTATE_FAIL);
	assert_int_equal(plan.cause.class, FAILURE_COOLDOWN);
	assert_int_equal(plan.sent, STORE_NOT_SENT);
	/* A lost answer cannot be learned: never /new again in this try. */
	plan = plan_at_new();
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, none), ROTATE_FAIL);
	assert_int_equal(plan.cause.class, FAILURE_TRANSIENT);
	assert_int_equal(plan.sent, STORE_MAYBE_SENT);
}

/* The same address again from /new itself is a rotation all the same: the store tells it apart. */
static void the_same_ip_is_committed(void **state)
{
	struct rotate_plan plan = plan_at_new();

	(void)state;
	assert_int_equal(next(&plan, upstream("1.1.1.1", "100")), ROTATE_COMMIT);
}

static void a_refusal_ends_the_try_as_not_sent(void **state)
{
	static const enum failure_class classes[] = {FAILURE_INVALID_KEY, FAILURE_EXPIRED_KEY,
		FAILURE_NO_STOCK, FAILURE_RATE_LIMITED, FAILURE_TRANSIENT, FAILURE_FIREWALL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		struct rotate_plan plan = plan_at_new();
		struct provider_reply reply = failure(classes[i], EFFECT_NONE);
		struct rotate_decision d = rotate_plan_next(&plan, &reply);

		assert_int_equal(d.action, ROTATE_FAIL);
		assert_int_equal(d.reply->class, classes[i]);
		assert_int_equal(plan.sent, STORE_NOT_SENT);
	}
}

static void a_lost_answer_is_learned_from_current(void **state)
{
	struct rotate_plan plan = plan_at_new();

	(void)state;
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("1.1.1.1", "100")), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("2.2.2.2", "200")), ROTATE_COMMIT);
}

static void the_same_address_with_a_new_life_is_a_rotation(void **state)
{
	struct rotate_plan plan = plan_at_new();

	(void)state;
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("1.1.1.1", "200")), ROTATE_COMMIT);
}

/* However often /current knows nothing new: no second /new in this try, and the next claim asks first. */
static void a_lost_answer_never_leads_to_a_second_new(void **state)
{
	struct provider_reply nothing[] = {upstream("1.1.1.1", "100"),
		failure(FAILURE_NOT_ASSIGNED, EFFECT_NONE), failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN),
		failure(FAILURE_RATE_LIMITED, EFFECT_NONE)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
		struct rotate_plan plan = plan_at_new();
		unsigned calls = 0;
		struct rotate_decision d;
		struct provider_reply lost = failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN);

		d = rotate_plan_next(&plan, &lost);
		while (d.action == ROTATE_CALL_CURRENT && calls < 100) {
			calls++;
			d = rotate_plan_next(&plan, &nothing[i]);
		}
		assert_in_range(calls, 2, 10);
		assert_int_equal(d.action, ROTATE_FAIL);
		assert_int_equal(d.reply->class, FAILURE_TRANSIENT);
		assert_int_equal(plan.sent, STORE_MAYBE_SENT);
	}
}

static void a_former_try_is_settled_first(void **state)
{
	struct rotate_plan plan;

	(void)state;
	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("2.2.2.2", "200")), ROTATE_COMMIT);

	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("1.1.1.1", "100")), ROTATE_CALL_NEW);
	assert_int_equal(next(&plan, upstream("2.2.2.2", "200")), ROTATE_COMMIT);

	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, failure(FAILURE_NOT_ASSIGNED, EFFECT_NONE)), ROTATE_CALL_NEW);

	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_UNKNOWN)), ROTATE_FAIL);
	assert_int_equal(plan.sent, STORE_MAYBE_SENT);

	/* What the vendor assigned is nothing that we would dial: only another change helps. */
	assert_int_equal(rotate_plan_begin(&plan, ROTATE_ATTEMPTED, &before).action, ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_DONE)), ROTATE_CALL_NEW);
}

static void a_cooldown_on_a_fresh_key_is_adopted(void **state)
{
	struct rotate_plan plan;

	(void)state;
	rotate_plan_begin(&plan, ROTATE_FIRST_TRY, &before_nothing);
	assert_int_equal(next(&plan, failure(FAILURE_COOLDOWN, EFFECT_NONE)), ROTATE_CALL_CURRENT);
	assert_int_equal(next(&plan, upstream("2.2.2.2", "200")), ROTATE_COMMIT);
}

static void a_cooldown_of_our_own_upstream_waits(void **state)
{
	struct rotate_plan plan = plan_at_new();
	struct provider_reply same = upstream("1.1.1.1", "100");
	struct rotate_decision d;

	(void)state;
	assert_int_equal(next(&plan, failure(FAILURE_COOLDOWN, EFFECT_NONE)), ROTATE_CALL_CURRENT);
	d = rotate_plan_next(&plan, &same);
	assert_int_equal(d.action, ROTATE_FAIL);
	assert_int_equal(d.reply->class, FAILURE_COOLDOWN);
	assert_int_equal(d.reply->retry_in_ms, 700);
	assert_int_equal(plan.sent, STORE_NOT_SENT);
}

static void an_upstream_we_refuse_may_have_been_assigned(void **state)
{
	struct rotate_plan plan = plan_at_new();

	(void)state;
	assert_int_equal(next(&plan, failure(FAILURE_TRANSIENT, EFFECT_DONE)), ROTATE_FAIL);
	assert_int_equal(plan.sent, STORE_MAYBE_SENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_answer_is_committed),
		cmocka_unit_test(the_same_ip_is_committed),
		cmocka_unit_test(where_current_is_not_offered_new_goes_on),
		cmocka_unit_test(a_refusal_ends_the_try_as_not_sent),
		cmocka_unit_test(a_lost_answer_is_learned_from_current),
		cmocka_unit_test(the_same_address_with_a_new_life_is_a_rotation),
		cmocka_unit_test(a_lost_answer_never_leads_to_a_second_new),
		cmocka_unit_test(a_former_try_is_settled_first),
		cmocka_unit_test(a_cooldown_on_a_fresh_key_is_adopted),
		cmocka_unit_test(a_cooldown_of_our_own_upstream_waits),
		cmocka_unit_test(an_upstream_we_refuse_may_have_been_assigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
