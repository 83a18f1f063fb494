/* test_backup_doc.c: a backup's document and lines: what is written is read, what was changed is not. */
#include "api-node/backup/backup_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/backup/backup_lines.h"
#include "shared/crypto/passphrase.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "tests/unit/test.h"

#define PASSPHRASE SLICE_LIT("correct horse battery")

static const struct backup_header header = {.created_at = "2026-01-31T12:00:00.000Z",
	.build = "1 (test)",
	.users = 1,
	.proxies = 2,
	.tokens = 3,
	.channels = 4};

static char *document(struct slice plain)
{
	struct err err = {0};
	struct buf out;

	buf_init(&out, 0);
	assert_true(backup_doc_write(&header, PASSPHRASE, plain, &out, &err));
	char *text = strdup(buf_str(&out));
	buf_done(&out);
	return text;
}

static bool opens(const char *text, struct slice passphrase, struct buf *plain, struct err *err)
{
	struct backup_header read;
	struct json *root = json_parse(slice_from_str(text), NULL, err);

	assert_non_null(root);
	assert_true(backup_doc_is(root));
	bool ok = backup_doc_read(root, passphrase, &read, plain, err);
	if (ok) {
		assert_string_equal(read.created_at, header.created_at);
		assert_string_equal(read.build, header.build);
		assert_int_equal(read.proxies, header.proxies);
	}
	json_free(root);
	return ok;
}

static void comes_back(void **state)
{
	char *text = document(SLICE_LIT("settings 0 {}\n"));
	struct err err = {0};
	struct buf plain;

	(void)state;
	buf_init(&plain, 0);
	assert_null(strstr(text, "settings"));
	assert_true(opens(text, PASSPHRASE, &plain, &err));
	assert_string_equal(buf_str(&plain), "settings 0 {}\n");
	buf_done(&plain);
	assert_false(opens(text, SLICE_LIT("correct horse batterx"), &plain, &err));
	assert_string_equal(err.msg, "The passphrase is wrong, or the backup was changed.");
	assert_int_equal(plain.len, 0);
	buf_done(&plain);
	free(text);
}

/* The envelope is bound to the payload. */
static void no_member_can_be_changed(void **state)
{
	static const char *const changes[][2] = {
		{"\"proxies\":2", "\"proxies\":1"},
		{"2026-01-31", "2026-01-30"},
		{"1 (test)", "2 (test)"},
		{"\"n\":32768", "\"n\":16384"},
	};
	struct err err;
	struct buf plain;

	(void)state;
	buf_init(&plain, 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *text = document(SLICE_LIT("x"));
		char *at = strstr(text, changes[i][0]);
		assert_non_null(at);
		memcpy(at, changes[i][1], strlen(changes[i][1]));
		assert_false(opens(text, PASSPHRASE, &plain, &err));
		free(text);
	}
	buf_done(&plain);
}

static void a_dear_kdf_is_refused(void **state)
{
	struct passphrase_kdf kdf = {.n = 1u << 30, .r = 8, .p = 1};
	struct err err = {0};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_false(passphrase_open(&kdf, PASSPHRASE, SLICE_LIT("aad"),
		SLICE_LIT("0123456789012345678901234567890"), &out, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	kdf = (struct passphrase_kdf){.n = 3, .r = 8, .p = 1}; /* no power of two */
	assert_false(passphrase_seal(&kdf, PASSPHRASE, SLICE_LIT("aad"), SLICE_LIT("x"), &out, &err));
	kdf = (struct passphrase_kdf){.n = 2, .r = 1, .p = 1};
	assert_false(passphrase_seal(&kdf, SLICE_LIT("short"), SLICE_LIT("aad"), SLICE_LIT("x"), &out, &err));
	assert_true(passphrase_seal(&kdf, PASSPHRASE, SLICE_LIT("aad"), SLICE_NONE, &out, &err));
	buf_done(&out);
}

static bool reads(const char *text, struct import_list *list)
{
	struct err err = {0};
	struct buf lines;

	buf_init(&lines, 0);
	buf_append_str(&lines, text);
	import_list_init(list);
	bool ok = backup_lines_read(&lines, list, &err);
	assert_null(lines.data);
	return ok;
}

static void lines(void **state)
{
	struct import_list list;

	(void)state;
	assert_true(reads(
		"settings 0 {\"a\":\"1\"}\nuser 3 {\"id\":\"3\"}\nproxy 7 {\"note\":\"a b\"}\nfuture 1 {}\n",
		&list));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[1].kind, IMPORT_PROXY);
	assert_int_equal(list.items[1].from_id, 7);
	struct slice fields = import_item_fields(&list, &list.items[1]);
	assert_memory_equal(fields.data, "{\"note\":\"a b\"}", fields.len);
	assert_int_equal(list.settings_len, strlen("{\"a\":\"1\"}"));
	assert_string_equal(list.ignored[IMPORT_KIND_COUNT][0].name, "future");
	import_list_done(&list);
	static const char *const bad[] = {
		"user 3 {}", "user {}\n", "user x {}\n", "user 3\n", "\n", "user -1 {}\n", "user 3 []\n"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(reads(bad[i], &list));
		import_list_done(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(no_member_can_be_changed),
		cmocka_unit_test(a_dear_kdf_is_refused),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
