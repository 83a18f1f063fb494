/* test_job.c: entries of the job stream. */
#include "tests/unit/shared/model/unit.h"

#include "shared/model/job.h"

static bool read_job(const char *const *texts, size_t count, struct job *ret)
{
	struct slice fields[32];

	assert_true(count <= ARRAY_LEN(fields));
	for (size_t i = 0; i < count; i++)
		fields[i] = s(texts[i]);
	return job_from_fields(s("1718029532890-0"), fields, count, ret, NULL);
}

static void rotation(void **state)
{
	static const char *const TEXTS[] = {"job", "rotate-7-3", "kind", "rotate", "id", "7", "slot", "3",
		"reason", "manual", "by", "lan", "region", "bac", "queued_at", "1718029532890", "new_field",
		"x"};
	struct job job;

	(void)state;
	assert_true(read_job(TEXTS, ARRAY_LEN(TEXTS), &job));
	assert_string_equal(job.entry, "1718029532890-0");
	assert_string_equal(job.name, "rotate-7-3");
	assert_int_equal(job.kind, JOB_ROTATE);
	assert_int_equal(job.id, 7);
	assert_int_equal(job.slot, 3);
	assert_int_equal(job.reason, JOB_REASON_MANUAL);
	assert_string_equal(job.by, "lan");
	assert_string_equal(job.region, "bac");
	assert_int_equal(job.queued_at, 1718029532890);
}

static void check_without_slot(void **state)
{
	static const char *const TEXTS[] = {
		"job", "check-7-99", "kind", "check", "id", "7", "slot", "", "reason", ""};
	struct job job;

	(void)state;
	assert_true(read_job(TEXTS, ARRAY_LEN(TEXTS), &job));
	assert_int_equal(job.kind, JOB_CHECK);
	assert_int_equal(job.slot, 0);
	assert_int_equal(job.reason, JOB_REASON_CLOCK);
}

static void refused(void **state)
{
	static const char *const WRONG[][8] = {
		{"job", "", "kind", "check", "id", "7", "slot", "0"},
		{"job", "a", "kind", "dance", "id", "7", "slot", "0"},
		{"job", "a", "kind", "check", "id", "0", "slot", "0"},
		{"job", "a", "kind", "check", "id", "x", "slot", "0"},
		{"job", "a", "kind", "rotate", "id", "7", "slot", ""},
		{"job", "a", "kind", "check", "id", "7", "slot", "-1"},
		{"job", "a", "kind", "check", "id", "7", "reason", "whim"},
		{"job", "a", "kind", "check", "id", "7", "queued_at", "soon"},
		{"job", "a", "kind", "check", "id", "7", "region", "a-region-of-many-letters"},
		{"job", "a", "kind", "check", "slot", "1", "by", "x"},
	};
	struct job job = {.id = 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
		if (read_job(WRONG[i], 8, &job))
			fail_msg("accepted row %zu", i);
	assert_false(read_job(NULL, 0, &job));
	assert_int_equal(job.id, 42);
}

static void words(void **state)
{
	enum job_kind kind;
	enum job_reason reason;

	(void)state;
	for (int i = 0; i < JOB_KIND_COUNT; i++) {
		assert_true(job_kind_parse(s(job_kind_text((enum job_kind)i)), &kind));
		assert_int_equal(kind, i);
	}
	for (int i = 0; i < JOB_REASON_COUNT; i++) {
		assert_true(job_reason_parse(s(job_reason_text((enum job_reason)i)), &reason));
		assert_int_equal(reason, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotation),
		cmocka_unit_test(check_without_slot),
		cmocka_unit_test(refused),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
