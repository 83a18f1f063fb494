/* import_secret.c: see import_secret.h. */
#include "api-node/import/import_secret.h"

#include <inttypes.h>

#include "shared/base/ensure.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/json/json_writer.h"

typedef void hash_fn(const struct keyring *keyring, uint64_t id, struct slice provider, struct slice plain,
	char ret_hex[HEX_SHA256_BYTES]);

struct import_secret {
	enum import_kind kind;
	const char *field;
	const char *place; /* of its AAD: "<what>:<id>:<field>" */
	const char *aad_field;
	const char *hash_field; /* NULL: none is kept */
	hash_fn *hash;
};

static void hash_password(const struct keyring *keyring, uint64_t id, struct slice provider,
	struct slice plain, char ret_hex[HEX_SHA256_BYTES])
{
	(void)provider;
	keyring_proxy_password_hash(keyring, id, plain, ret_hex);
}

static void hash_provider_key(const struct keyring *keyring, uint64_t id, struct slice provider,
	struct slice plain, char ret_hex[HEX_SHA256_BYTES])
{
	(void)id;
	keyring_provider_key_hmac(keyring, provider, plain, ret_hex);
}

static void hash_token(const struct keyring *keyring, uint64_t id, struct slice provider, struct slice plain,
	char ret_hex[HEX_SHA256_BYTES])
{
	(void)keyring;
	(void)id;
	(void)provider;
	token_hash(plain, ret_hex);
}

static const struct import_secret secrets[] = {
	{IMPORT_PROXY, "password", "proxy", "password", "password_hash", hash_password},
	{IMPORT_PROXY, "provider_key", "proxy", "provider_key", "provider_key_hmac", hash_provider_key},
	/* Sealed as the key that it may become. */
	{IMPORT_PROXY, "next_provider_key", "proxy", "provider_key", "next_provider_key_hmac",
		hash_provider_key},
	{IMPORT_PROXY, "next_password", "proxy", "password", "next_password_hash", hash_password},
	{IMPORT_PROXY, "remote_password", "proxy", "remote_password", NULL, NULL},
	{IMPORT_PROXY, "link_token", "proxy", "link_token", "link_hash", hash_token},
	{IMPORT_CHANNEL, "url", "notice", "url", NULL, NULL},
	{IMPORT_CHANNEL, "bot_token", "notice", "bot_token", NULL, NULL},
	{IMPORT_CHANNEL, "secret", "notice", "secret", NULL, NULL},
};

const struct import_secret *import_secret_find(enum import_kind kind, struct slice field)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (secrets[i].kind == kind && slice_eq_str(field, secrets[i].field))
			return &secrets[i];
	return NULL;
}

bool import_secret_is_hash(enum import_kind kind, struct slice field)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (secrets[i].kind == kind && secrets[i].hash_field &&
			slice_eq_str(field, secrets[i].hash_field))
			return true;
	return false;
}

static void append_aad(const struct import_secret *secret, uint64_t id, struct buf *aad)
{
	buf_printf(aad, "%s:%" PRIu64 ":%s", secret->place, id, secret->aad_field);
}

bool import_secret_open(const struct import_secret *secret, const struct keyring *keyring, uint64_t id,
	struct slice sealed, struct buf *out, struct err *err)
{
	struct buf aad;

	buf_init(&aad, 0);
	append_aad(secret, id, &aad);
	bool ok = unseal(keyring, buf_slice(&aad), sealed, out, err) || err_prefix(err, "%s", secret->field);
	buf_done(&aad);
	return ok;
}

bool import_secret_write(const struct import_secret *secret, const struct keyring *keyring, uint64_t id,
	struct slice provider, struct slice plain, struct json_writer *w, struct err *err)
{
	char hex[HEX_SHA256_BYTES];
	struct buf aad, sealed;

	buf_init(&aad, 0);
	buf_init(&sealed, 0);
	append_aad(secret, id, &aad);
	bool ok = seal(keyring, buf_slice(&aad), plain, &sealed, err);
	if (ok)
		json_put_str(w, secret->field, buf_slice(&sealed));
	if (ok && secret->hash && plain.len > 0) {
		secret->hash(keyring, id, provider, plain, hex);
		json_put_cstr(w, secret->hash_field, hex);
	}
	buf_done(&aad);
	buf_done(&sealed);
	return ok;
}
