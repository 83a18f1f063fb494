/* test_lease_timing.c: a leader gives up by its own clock, before anybody else can lead. */
#include "scheduler/lease_timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void leads_for_seven_tenths_of_the_lease(void **state)
{
	struct lease_timing t = {.lease_ms = 6000};

	(void)state;
	assert_false(lease_timing_leads(&t, 0));
	lease_timing_good(&t, 1000);
	assert_true(lease_timing_leads(&t, 1000));
	assert_int_equal(lease_timing_left_ms(&t, 1000), 4200);
	assert_true(lease_timing_leads(&t, 5199));
	assert_false(lease_timing_leads(&t, 5200));
	assert_int_equal(lease_timing_left_ms(&t, 999999), 0);
}

static void renewal_counts_from_its_start(void **state)
{
	struct lease_timing t = {.lease_ms = 6000};

	(void)state;
	lease_timing_good(&t, 1000);
	assert_int_equal(lease_timing_renew_in_ms(&t, 1000), 2000);
	assert_int_equal(lease_timing_renew_in_ms(&t, 9000), 0);
	/* Started at 3000, answered whenever: 3000 counts. */
	lease_timing_good(&t, 3000);
	assert_int_equal(lease_timing_left_ms(&t, 5000), 2200);
}

static void a_lease_given_up_is_not_led(void **state)
{
	struct lease_timing t = {.lease_ms = 6000};

	(void)state;
	lease_timing_good(&t, 1000);
	lease_timing_end(&t);
	assert_false(lease_timing_leads(&t, 1000));
	lease_timing_good(&t, 1500);
	assert_true(lease_timing_leads(&t, 1600));
}

/* A process that was stopped for ten leases reads its clock afterwards, and knows. */
static void a_thawed_leader_knows_at_once(void **state)
{
	struct lease_timing t = {.lease_ms = 3000};

	(void)state;
	lease_timing_good(&t, 50000);
	assert_false(lease_timing_leads(&t, 50000 + 30000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_for_seven_tenths_of_the_lease),
		cmocka_unit_test(renewal_counts_from_its_start),
		cmocka_unit_test(a_lease_given_up_is_not_led),
		cmocka_unit_test(a_thawed_leader_knows_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
