/* backup_doc.c: see backup_doc.h. */
#include "api-node/backup/backup_doc.h"

#include <inttypes.h>
#include <string.h>

#include "shared/crypto/base64.h"
#include "shared/crypto/passphrase.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"

/* What GCM authenticates beside the payload: every member of the envelope. */
static void append_aad(const struct backup_header *header, const struct passphrase_kdf *kdf, struct buf *aad)
{
	buf_printf(aad,
		BACKUP_FORMAT "\n%d\n%s\n%s\n%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n%u %u %u\n",
		BACKUP_VERSION, header->created_at, header->build, header->users, header->proxies,
		header->tokens, header->channels, kdf->n, kdf->r, kdf->p);
}

static void put_base64(struct json_writer *w, const char *name, struct slice bytes)
{
	struct buf text;

	buf_init(&text, 0);
	base64_encode(BASE64_URL, bytes, &text);
	json_put_str(w, name, buf_slice(&text));
	buf_done(&text);
}

static void write_envelope(
	struct json_writer *w, const struct backup_header *header, const struct passphrase_kdf *kdf)
{
	json_put_cstr(w, "format", BACKUP_FORMAT);
	json_put_int(w, "version", BACKUP_VERSION);
	json_put_cstr(w, "created_at", header->created_at);
	json_put_cstr(w, "build", header->build);
	json_key(w, "counts");
	json_object_begin(w);
	json_put_uint(w, "users", header->users);
	json_put_uint(w, "proxies", header->proxies);
	json_put_uint(w, "tokens", header->tokens);
	json_put_uint(w, "channels", header->channels);
	json_object_end(w);
	json_key(w, "kdf");
	json_object_begin(w);
	json_put_cstr(w, "name", "scrypt");
	json_put_uint(w, "n", kdf->n);
	json_put_uint(w, "r", kdf->r);
	json_put_uint(w, "p", kdf->p);
	put_base64(w, "salt", slice_of((const char *)kdf->salt, sizeof(kdf->salt)));
	json_object_end(w);
	json_put_cstr(w, "cipher", "AES-256-GCM");
}

bool backup_doc_write(const struct backup_header *header, struct slice passphrase, struct slice plain,
	struct buf *out, struct err *err)
{
	struct passphrase_kdf kdf = passphrase_kdf_new();
	struct json_writer w;
	struct buf aad, raw;

	buf_init(&aad, 0);
	buf_init(&raw, 0);
	append_aad(header, &kdf, &aad);
	bool ok = passphrase_seal(&kdf, passphrase, buf_slice(&aad), plain, &raw, err);
	if (ok) {
		json_writer_init(&w, out);
		json_object_begin(&w);
		write_envelope(&w, header, &kdf);
		put_base64(&w, "payload", buf_slice(&raw));
		json_object_end(&w);
	}
	buf_done(&aad);
	buf_done(&raw);
	return ok;
}

bool backup_doc_is(const struct json *root)
{
	struct slice format;
	const struct json *value = json_member(root, "format");

	return value && json_str(value, &format) && slice_eq_str(format, BACKUP_FORMAT);
}

static bool get_text(const struct json *object, const char *name, char *dst, size_t size)
{
	struct slice text;
	const struct json *value = json_member(object, name);

	return value && json_str(value, &text) && slice_copy(text, dst, size);
}

static bool get_number(const struct json *object, const char *name, uint64_t max, uint64_t *ret)
{
	int64_t number;
	const struct json *value = json_member(object, name);

	if (!value || !json_i64(value, &number) || number < 0 || (uint64_t)number > max)
		return false;
	*ret = (uint64_t)number;
	return true;
}

static bool get_u32(const struct json *object, const char *name, uint32_t *ret)
{
	uint64_t number;

	if (!get_number(object, name, UINT32_MAX, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool get_bytes(const struct json *object, const char *name, struct buf *out)
{
	struct slice text;
	const struct json *value = json_member(object, name);

	return value && json_str(value, &text) && base64_decode(BASE64_URL, text, out);
}

static bool read_kdf(const struct json *kdf, struct passphrase_kdf *ret_kdf)
{
	char name[16];
	struct buf salt;

	buf_init(&salt, 0);
	bool ok = get_text(kdf, "name", name, sizeof(name)) && strcmp(name, "scrypt") == 0 &&
		  get_u32(kdf, "n", &ret_kdf->n) && get_u32(kdf, "r", &ret_kdf->r) &&
		  get_u32(kdf, "p", &ret_kdf->p) && get_bytes(kdf, "salt", &salt) &&
		  salt.len == sizeof(ret_kdf->salt);
	if (ok)
		memcpy(ret_kdf->salt, salt.data, salt.len);
	buf_done(&salt);
	return ok;
}

static bool read_envelope(const struct json *root, struct backup_header *header, struct passphrase_kdf *kdf)
{
	const struct json *counts = json_member(root, "counts");

	return get_text(root, "created_at", header->created_at, sizeof(header->created_at)) &&
	       get_text(root, "build", header->build, sizeof(header->build)) &&
	       get_number(counts, "users", UINT32_MAX, &header->users) &&
	       get_number(counts, "proxies", UINT32_MAX, &header->proxies) &&
	       get_number(counts, "tokens", UINT32_MAX, &header->tokens) &&
	       get_number(counts, "channels", UINT32_MAX, &header->channels) &&
	       read_kdf(json_member(root, "kdf"), kdf);
}

bool backup_doc_read(const struct json *root, struct slice passphrase, struct backup_header *ret_header,
	struct buf *out, struct err *err)
{
	struct passphrase_kdf kdf;
	struct buf aad, raw;
	uint64_t version;

	if (!get_number(root, "version", UINT32_MAX, &version) || version == 0)
		return err_set(err, ERR_INVALID, "The backup is damaged: it does not say its version.");
	if (version > BACKUP_VERSION)
		return err_set(err, ERR_INVALID,
			"The backup was made by a newer version of the fleet (format %" PRIu64
			", this one reads up to %d).",
			version, BACKUP_VERSION);
	buf_init(&aad, 0);
	buf_init(&raw, 0);
	bool ok = (read_envelope(root, ret_header, &kdf) && get_bytes(root, "payload", &raw)) ||
		  err_set(err, ERR_INVALID,
			  "The backup is damaged: its envelope or its payload cannot be read.");
	if (ok) {
		append_aad(ret_header, &kdf, &aad);
		ok = passphrase_open(&kdf, passphrase, buf_slice(&aad), buf_slice(&raw), out, NULL) ||
		     err_set(err, ERR_INVALID, "The passphrase is wrong, or the backup was changed.");
	}
	buf_done(&aad);
	buf_done(&raw);
	return ok;
}
