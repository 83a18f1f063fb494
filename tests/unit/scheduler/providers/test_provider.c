/* test_provider.c: the table of vendors against the model's table of their names. */
#include "scheduler/providers/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/model/provider_names.h"

static void both_tables_name_the_same(void **state)
{
	size_t count = 0;

	(void)state;
	for (const char *name; (name = provider_name_at(count)) != NULL; count++) {
		const struct provider *p = provider_find(slice_from_str(name));

		assert_non_null(p);
		assert_string_equal(p->name, name);
		assert_int_equal(p->kind == PROVIDER_ROTATES, provider_name_sold(slice_from_str(name)));
		assert_int_equal(p->base != NULL, p->kind == PROVIDER_ROTATES);
		assert_int_equal(provider_offers(p, PROVIDER_NEW), p->kind == PROVIDER_ROTATES);
	}
	assert_int_equal(provider_count(), count);
	assert_ptr_equal(provider_find(SLICE_NONE), provider_find(SLICE_LIT(PROVIDER_DEFAULT)));
	assert_null(provider_find(SLICE_LIT("nobody")));
}

static void a_call_that_is_not_offered_says_so(void **state)
{
	struct provider_reply r = provider_not_offered(&provider_proxyxoay, PROVIDER_CURRENT);

	(void)state;
	assert_int_equal(r.class, FAILURE_NOT_OFFERED);
	assert_int_equal(r.effect, EFFECT_NONE);
	assert_string_equal(r.reason, "proxyxoay has no call \"current\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_tables_name_the_same),
		cmocka_unit_test(a_call_that_is_not_offered_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
