/* test_fold.c: Vietnamese in both normal forms, and what must stay as it is. */
#include "shared/base/fold.h"

#include <string.h>

#include "tests/unit/test.h"

static void assert_folds(const char *text, const char *folded)
{
	char out[256];
	size_t len = fold_text(slice_from_str(text), out);

	assert_true(len <= strlen(text));
	out[len] = '\0';
	assert_string_equal(out, folded);
}

static void test_vietnamese(void **state)
{
	(void)state;
	assert_folds("Đà Nẵng", "da nang");
	assert_folds("ĐÀ NẴNG", "da nang");
	assert_folds("Bình Thuận · Thừa Thiên Huế", "binh thuan · thua thien hue");
	assert_folds("Hồ Chí Minh, Hà Nội, Cần Thơ, Quảng Ngãi", "ho chi minh, ha noi, can tho, quang ngai");
	assert_folds("ĂẮẰẲẴẶÂẤẦẨẪẬÊẾỀỂỄỆÔỐỒỔỖỘƠỚỜỞỠỢƯỨỪỬỮỰ", "aaaaaaaaaaaaeeeeeeoooooooooooouuuuuu");
	assert_folds("ăắằẳẵặâấầẩẫậêếềểễệôốồổỗộơớờởỡợưứừửữự", "aaaaaaaaaaaaeeeeeeoooooooooooouuuuuu");
	assert_folds("ÀẢÃÁẠÈẺẼÉẸÌỈĨÍỊÒỎÕÓỌÙỦŨÚỤỲỶỸÝỴ", "aaaaaeeeeeiiiiiooooouuuuuyyyyy");
	assert_folds("àảãáạèẻẽéẹìỉĩíịòỏõóọùủũúụỳỷỹýỵ", "aaaaaeeeeeiiiiiooooouuuuuyyyyy");
}

/* The same letters with their marks behind them, one or two, in either order. */
static void test_decomposed(void **state)
{
	(void)state;
	assert_folds("\xc4\x90"
		     "a\xcc\x80 Na\xcc\x86\xcc\x83ng",
		"da nang");
	assert_folds("o\xcc\x9b\xcc\x81 u\xcc\x9b\xcc\xa3 e\xcc\xa3\xcc\x82", "o u e");
	assert_folds("\xcc\x80", "");
}

static void test_what_stays(void **state)
{
	(void)state;
	assert_folds("", "");
	assert_folds("K6fa3db6…4a77ce", "k6fa3db6…4a77ce");
	assert_folds("a@[`{z AZ 09", "a@[`{z az 09");
	assert_folds("Straße æ Æ 東京 Ω 😀", "straße æ Æ 東京 Ω 😀");
	assert_folds("Čeština Łódź Ÿ ſ", "cestina lodz y s");
	assert_folds("Da\xc2\xa0Nang", "da nang");
	assert_folds("bad \xff\xc3 end\xe1\xba", "bad \xff\xc3 end\xe1\xba");
}

static void test_in_place(void **state)
{
	char text[] = "Đồng Nai";
	size_t len = fold_text(slice_from_str(text), text);

	(void)state;
	assert_int_equal(len, 8);
	assert_memory_equal(text, "dong nai", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vietnamese),
		cmocka_unit_test(test_decomposed),
		cmocka_unit_test(test_what_stays),
		cmocka_unit_test(test_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
