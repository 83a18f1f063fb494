/* test_static_files.c: which file answers which path, in which form; and what of a folder is left out. */
#include "api-node/static_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char folder[64];

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int setup(void **state)
{
	char link[128];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/static-files-XXXXXX");
	assert_non_null(mkdtemp(folder));
	make_folder("assets");
	make_folder(".git");
	put("index.html", "the dashboard");
	put("docs.html", "the documentation");
	put("assets/app-2PTH9iYA.js", "plain");
	put("assets/app-2PTH9iYA.js.br", "b");
	put("assets/app-2PTH9iYA.js.gz", "gz");
	put("assets/logo.svg", "logo");
	put("assets/alone.css.gz", "of no file");
	put("strange.exe", "x");
	put(".hidden.txt", "x");
	put(".git/config.txt", "x");
	snprintf(link, sizeof(link), "%s/passwd.txt", folder);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	snprintf(link, sizeof(link), "%s/etc", folder);
	assert_int_equal(symlink("/etc", link), 0);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"index.html", "docs.html", "assets/app-2PTH9iYA.js",
		"assets/app-2PTH9iYA.js.br", "assets/app-2PTH9iYA.js.gz", "assets/logo.svg",
		"assets/alone.css.gz", "strange.exe", ".hidden.txt", ".git/config.txt", "passwd.txt", "etc",
		"assets", ".git", ""};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(remove(path), 0);
	}
	return 0;
}

static const char *found(const struct static_files *files, const char *path, enum static_wish wish)
{
	const struct static_file *file = static_files_find(files, slice_from_str(path), wish);

	return file ? file->path : "-";
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *file, *page;
	} cases[] = {
		{"/", "/index.html", "/index.html"},
		{"/index.html", "/index.html", "/index.html"},
		{"/docs", "/docs.html", "/docs.html"},
		{"/docs.html", "/docs.html", "/docs.html"},
		{"/docs/", "-", "/index.html"},
		{"/proxies/7", "-", "/index.html"},
		{"/assets/app-2PTH9iYA.js", "/assets/app-2PTH9iYA.js", "/assets/app-2PTH9iYA.js"},
		{"/assets/app-OLDOLDOL.js", "-", "-"},
		{"/assets/app-2PTH9iYA.js.br", "-", "-"},
		{"/assets/alone.css", "-", "-"},
		{"/assets", "-", "/index.html"},
		{"/strange.exe", "-", "-"},
		{"/.hidden.txt", "-", "-"},
		{"/.git/config.txt", "-", "-"},
		{"/.git/config", "-", "-"},
		{"/passwd.txt", "-", "-"},
		{"/etc/passwd", "-", "/index.html"},
		{"/../etc/passwd", "-", "-"},
		{"", "-", "-"},
	};
	struct err err = {0};

	(void)state;
	struct static_files *files = static_files_load(folder, &err);
	assert_non_null(files);
	assert_int_equal(static_files_count(files), 4);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(found(files, cases[i].path, STATIC_FILE), cases[i].file);
		assert_string_equal(found(files, cases[i].path, STATIC_PAGE), cases[i].page);
	}
	char longest[2048];
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	assert_null(static_files_find(files, slice_of(longest, sizeof(longest)), STATIC_PAGE));
	assert_null(static_files_find(files, slice_of("/docs\0.html", 11), STATIC_PAGE));
	assert_null(static_files_find(NULL, SLICE_LIT("/"), STATIC_PAGE));
	static_files_free(files);
}

static void test_forms(void **state)
{
	static const struct {
		const char *accept, *encoding;
	} cases[] = {
		{NULL, NULL},
		{"", NULL},
		{"identity", NULL},
		{"gzip", "gzip"},
		{"gzip, deflate, br", "br"},
		{"br;q=0, gzip;q=0.5", "gzip"},
		{"BR;q=1.0", "br"},
		{"br; q=0.0,gzip ; q=0", NULL},
		{"brotli", NULL},
		{"*", NULL},
	};
	struct err err = {0};
	const char *encoding;

	(void)state;
	struct static_files *files = static_files_load(folder, &err);
	assert_non_null(files);
	const struct static_file *script =
		static_files_find(files, SLICE_LIT("/assets/app-2PTH9iYA.js"), STATIC_FILE);
	const struct static_file *logo = static_files_find(files, SLICE_LIT("/assets/logo.svg"), STATIC_FILE);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static_file_content(script, slice_from_str(cases[i].accept), &encoding);
		if (cases[i].encoding)
			assert_string_equal(encoding, cases[i].encoding);
		else
			assert_null(encoding);
	}
	assert_true(slice_eq_str(static_file_content(script, SLICE_LIT("br"), &encoding)->bytes, "b"));
	assert_true(slice_eq_str(static_file_content(logo, SLICE_LIT("br"), &encoding)->bytes, "logo"));
	assert_string_not_equal(script->plain.etag, script->brotli.etag);
	assert_string_not_equal(script->gzip.etag, script->brotli.etag);
	assert_string_equal(script->cache_control, "public, max-age=31536000, immutable");
	assert_string_equal(logo->cache_control, "no-cache");
	assert_string_equal(script->type, "text/javascript; charset=utf-8");
	static_files_free(files);
}

static void test_folders_that_cannot_be(void **state)
{
	struct err err = {0};

	(void)state;
	assert_null(static_files_load("/nowhere/at/all", &err));
	assert_non_null(strstr(err.msg, "/nowhere/at/all"));
	assert_null(static_files_load("/etc/passwd", &err));
	static_files_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_folders_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
