/* static_files.c: see static_files.h. */
#include "api-node/static_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/ensure.h"
#include "shared/crypto/token.h"

enum {
	FILES_MAX = 4096,
	FILE_MAX_BYTES = 16 * 1024 * 1024,
	TOTAL_MAX_BYTES = 128 * 1024 * 1024,
	DEPTH_MAX = 8,
	HASH_CHARS = 8, /* that Vite puts into a name */
};

struct static_files {
	struct static_file *files; /* owned; compressed forms too until load ends */
	size_t count, cap, total_bytes;
};

static const struct {
	const char *ending, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".json", "application/json"},
	{".webmanifest", "application/manifest+json"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".webp", "image/webp"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".txt", "text/plain; charset=utf-8"},
	{".br", NULL}, /* a form of another file */
	{".gz", NULL},
};

static bool known_type(struct slice path, const char **ret_type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (slice_has_suffix(path, slice_from_str(types[i].ending))) {
			*ret_type = types[i].type;
			return true;
		}
	return false;
}

/* "/assets/docs-2PTH9iYA.js": Vite names what stands in assets/ by its content. */
static bool is_hashed(struct slice path)
{
	size_t dot = path.len;

	if (!slice_has_prefix(path, SLICE_LIT("/assets/")))
		return false;
	while (dot > 0 && path.data[dot - 1] != '.')
		dot--;
	return dot > HASH_CHARS + 2 && path.data[dot - 2 - HASH_CHARS] == '-';
}

static void free_file(struct static_file *file)
{
	free(file->path);
	free((char *)file->plain.bytes.data);
	free((char *)file->brotli.bytes.data);
	free((char *)file->gzip.bytes.data);
}

void static_files_free(struct static_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		free_file(&files->files[i]);
	free(files->files);
	free(files);
}

size_t static_files_count(const struct static_files *files)
{
	return files ? files->count : 0;
}

static bool read_whole(int fd, size_t size, char *dst, struct err *err)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(fd, dst + at, size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_sys(err, n < 0 ? errno : EIO, "reading it");
		at += (size_t)n;
	}
	return true;
}

/* Takes the open file of this path into the list. */
static bool add_file(struct static_files *files, int fd, const char *path, const char *type, struct err *err)
{
	char digest[SHA256_HEX_BYTES];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_sys(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return true;
	if (st.st_size > FILE_MAX_BYTES || files->total_bytes + (size_t)st.st_size > TOTAL_MAX_BYTES ||
		files->count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "%s: more than pages can need; is this their folder?", path);
	if (files->count == files->cap) {
		files->cap = files->cap ? 2 * files->cap : 32;
		files->files = mem_realloc(files->files, files->cap * sizeof(*files->files));
	}
	size_t size = (size_t)st.st_size;
	char *data = mem_alloc(size + 1);
	if (!read_whole(fd, size, data, err)) {
		free(data);
		return err_prefix(err, "%s", path);
	}
	struct slice url = slice_from_str(path);
	struct static_file *file = &files->files[files->count++];
	*file = (struct static_file){
		.path = mem_strdup(path),
		.type = type,
		.cache_control = is_hashed(url) ? "public, max-age=31536000, immutable" : "no-cache",
		.plain.bytes = slice_of(data, size),
	};
	files->total_bytes += size;
	sha256_hex(file->plain.bytes, digest);
	snprintf(file->plain.etag, sizeof(file->plain.etag), "\"%.32s\"", digest);
	return true;
}

static bool add_folder(struct static_files *files, int fd, const char *path, int depth, struct err *err);

static bool add_entry(struct static_files *files, int folder, const char *parent, const struct dirent *entry,
	int depth, struct err *err)
{
	char path[512];
	const char *type = NULL;
	bool is_folder = entry->d_type == DT_DIR;

	if (entry->d_name[0] == '.' || (entry->d_type != DT_REG && !is_folder && entry->d_type != DT_UNKNOWN))
		return true;
	int n = snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(err, ERR_LIMIT, "%s: a path that is too long", entry->d_name);
	/* Some file systems do not tell what an entry is: then it is tried as a folder. */
	int fd = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return add_folder(files, fd, path, depth + 1, err); /* owns fd */
	if (is_folder)
		return err_set_sys(err, errno, "%s", path);
	if (!known_type(slice_from_str(path), &type))
		return true;
	fd = openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ELOOP || err_set_sys(err, errno, "%s", path);
	bool ok = add_file(files, fd, path, type, err);
	close(fd);
	return ok;
}

/* Owns `fd`. */
static bool add_folder(struct static_files *files, int fd, const char *path, int depth, struct err *err)
{
	struct dirent *entry;
	bool ok = true;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return err_set_sys(err, errno, "%s", path);
	}
	if (depth > DEPTH_MAX)
		ok = err_set(err, ERR_LIMIT, "%s: too deep", path);
	while (ok && (entry = readdir(dir)))
		ok = add_entry(files, fd, path, entry, depth, err);
	closedir(dir);
	return ok;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct static_file *)a)->path, ((const struct static_file *)b)->path);
}

static struct static_file *find(const struct static_files *files, const char *path)
{
	struct static_file key = {.path = (char *)path};

	return files->count == 0 ? NULL : bsearch(&key, files->files, files->count, sizeof(key), by_path);
}

/* "/a.js.br" becomes a form of "/a.js"; without a /a.js it is dropped. */
static void attach_form(struct static_files *files, struct static_file *form)
{
	struct slice path = slice_from_str(form->path);
	bool brotli = slice_has_suffix(path, SLICE_LIT(".br"));
	char name[512];

	ensure(slice_copy(slice_of(path.data, path.len - 3), name, sizeof(name)));
	struct static_file *file = find(files, name);
	if (!file || !file->type)
		return;
	struct static_content *content = brotli ? &file->brotli : &file->gzip;
	*content = form->plain;
	/* Other bytes, another tag (RFC 9110 8.8.3). */
	snprintf(content->etag, sizeof(content->etag), "%.33s-%s\"", file->plain.etag, brotli ? "br" : "gz");
	form->plain.bytes = SLICE_NONE;
}

static void attach_forms(struct static_files *files)
{
	size_t kept = 0;

	if (files->count > 0)
		qsort(files->files, files->count, sizeof(*files->files), by_path);
	for (size_t i = 0; i < files->count; i++)
		if (!files->files[i].type)
			attach_form(files, &files->files[i]);
	for (size_t i = 0; i < files->count; i++) {
		if (files->files[i].type)
			files->files[kept++] = files->files[i];
		else
			free_file(&files->files[i]);
	}
	files->count = kept;
}

struct static_files *static_files_load(const char *folder, struct err *err)
{
	struct static_files *files = mem_zalloc(sizeof(*files));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		err_set_sys(err, errno, "%s", folder);
	else if (add_folder(files, fd, "", 0, err)) {
		attach_forms(files);
		return files;
	}
	static_files_free(files);
	return NULL;
}

/* A segment that begins with a dot is no page and no file of ours; one with a dot inside names a file. */
static bool is_page(struct slice path)
{
	return !memchr(path.data, '.', path.len);
}

const struct static_file *static_files_find(
	const struct static_files *files, struct slice path, enum static_wish wish)
{
	const struct static_file *file = NULL;
	char name[512];

	if (!files || path.len == 0 || path.len + sizeof(".html") > sizeof(name) ||
		!slice_copy(path, name, sizeof(name)))
		return NULL;
	file = find(files, slice_eq_str(path, "/") ? "/index.html" : name);
	if (!file && is_page(path)) {
		memcpy(name + path.len, ".html", sizeof(".html"));
		file = find(files, name);
	}
	if (!file && wish == STATIC_PAGE && is_page(path))
		file = find(files, "/index.html");
	return file;
}

/* Whether Accept-Encoding names this coding, and not with q=0. `*` is not taken for it: no browser means
 * that. */
static bool accepts(struct slice header, const char *coding)
{
	struct slice item, rest = header, name, parameters;

	while (rest.len > 0) {
		slice_cut(rest, ',', &item, &rest);
		slice_cut(item, ';', &name, &parameters);
		if (!slice_eq_icase(slice_trim(name, " \t"), slice_from_str(coding)))
			continue;
		parameters = slice_trim(parameters, " \t");
		if (!slice_has_prefix(parameters, SLICE_LIT("q=0")) &&
			!slice_has_prefix(parameters, SLICE_LIT("Q=0")))
			return true;
		/* q=0, q=0.0: refused; q=0.5: taken. */
		return slice_trim(slice_from(parameters, 2), "0.").len > 0;
	}
	return false;
}

const struct static_content *static_file_content(
	const struct static_file *file, struct slice accept_encoding, const char **ret_encoding)
{
	if (file->brotli.bytes.data && accepts(accept_encoding, "br")) {
		*ret_encoding = "br";
		return &file->brotli;
	}
	if (file->gzip.bytes.data && accepts(accept_encoding, "gzip")) {
		*ret_encoding = "gzip";
		return &file->gzip;
	}
	*ret_encoding = NULL;
	return &file->plain;
}
