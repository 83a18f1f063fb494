/*
 * static_files.h: the built pages (UI_DIR) in memory: read once at start, then looked up by path. So no
 * request ever opens a file: nothing outside of the folder can be reached, and the loop never waits for a
 * disk. A new build is served after a restart.
 */
#ifndef KP_API_STATIC_FILES_H
#define KP_API_STATIC_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

enum { STATIC_ETAG_BYTES = 40 };

/* One form of a file: as it is, or compressed at build time. data NULL: there is none. */
struct static_content {
	struct slice bytes;
	char etag[STATIC_ETAG_BYTES]; /* with its quotes */
};

struct static_file {
	char *path;                /* owned; as in a URL: "/assets/docs-2PTH9iYA.js" */
	const char *type;          /* Content-Type */
	const char *cache_control; /* for ever when the name changes with the content */
	struct static_content plain, brotli, gzip;
};

struct static_files;

/* Every file under `folder` whose type is known; those whose name begins with a dot, and links, are left out.
 * NULL with the reason when the folder cannot be read or holds more than a page can need. */
struct static_files *static_files_load(const char *folder, struct err *err) MUST_CHECK;
void static_files_free(struct static_files *files); /* NULL is allowed */
size_t static_files_count(const struct static_files *files);

/* Files that are asked for, pages that a person navigates to. */
enum static_wish { STATIC_FILE, STATIC_PAGE };

/*
 * The file of this (decoded) path of a URL: the path itself, path.html, /index.html for "/". For a PAGE that
 * is none of these: /index.html, which shows it by itself (not for paths with a dot, which name files). NULL
 * when there is none; `files` may be NULL.
 */
const struct static_file *static_files_find(
	const struct static_files *files, struct slice path, enum static_wish wish);

/* The smallest form that Accept-Encoding (data NULL when absent) takes; *ret_encoding is the word for
 * Content-Encoding, or NULL. */
const struct static_content *static_file_content(
	const struct static_file *file, struct slice accept_encoding, const char **ret_encoding);

#endif
