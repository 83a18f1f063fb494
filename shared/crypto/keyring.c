/* keyring.c: see keyring.h. SECRET_KEY itself is wiped as soon as the keys are derived. */
#include "shared/crypto/keyring.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/proc.h"
#include "shared/crypto/keyring_keys.h"
#include "shared/crypto/token.h"

/* Never change a label: everything stored under the old one would be lost. */
static const char label_seal[] = "kiotproxy-fleet seal v1";
static const char label_provider_key[] = "kiotproxy-fleet provider key hmac v1";
static const char label_proxy_password[] = "kiotproxy-fleet proxy password hmac v1";
static const char label_check[] = "kiotproxy-fleet key check v1";
static const char label_session_ticket[] = "kiotproxy-fleet tls session ticket v1";
static const char label_request[] = "kiotproxy-fleet request hmac v1";

/* HKDF-SHA256 (RFC 5869) with an empty salt: the input is a uniform key already. */
static bool derive(const uint8_t secret[KEYRING_KEY_BYTES], const char *label, uint8_t *ret_key)
{
	bool ok = false;
	EVP_KDF_CTX *ctx = NULL;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);

	if (!kdf)
		goto out;
	ctx = EVP_KDF_CTX_new(kdf);
	if (!ctx)
		goto out;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t) "SHA256", 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, KEYRING_KEY_BYTES),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	ok = EVP_KDF_derive(ctx, ret_key, KEYRING_KEY_BYTES, params) == 1;
out:
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static bool derive_all(struct keyring *kr, const uint8_t secret[KEYRING_KEY_BYTES])
{
	return derive(secret, label_seal, kr->seal) && derive(secret, label_provider_key, kr->provider_key) &&
	       derive(secret, label_proxy_password, kr->proxy_password) &&
	       derive(secret, label_check, kr->check) &&
	       derive(secret, label_session_ticket, kr->session_ticket) &&
	       derive(secret, label_request, kr->request);
}

static bool derive_previous(struct keyring *kr, const uint8_t secret[KEYRING_KEY_BYTES])
{
	kr->has_previous = true;
	return derive(secret, label_seal, kr->previous_seal) &&
	       derive(secret, label_check, kr->previous_check);
}

static bool is_given(const char *text)
{
	return text && *text;
}

static bool read_key(const char *hex, const char *file, uint8_t secret[KEYRING_KEY_BYTES], struct err *err)
{
	char text[256];
	bool ok;

	if (is_given(hex) && is_given(file))
		return err_set(
			err, ERR_INVALID, "SECRET_KEY and SECRET_KEY_FILE are both set: keep one of them");
	if (!is_given(hex) && !is_given(file))
		return err_set(err, ERR_INVALID,
			"SECRET_KEY is unset: set it, or SECRET_KEY_FILE, to 64 hex digits (openssl rand -hex 32), the "
			"same for every node");
	if (is_given(hex))
		return hex_decode(slice_from_str(hex), secret, KEYRING_KEY_BYTES) ||
		       err_set(err, ERR_INVALID, "SECRET_KEY: must be 64 hex digits (32 bytes)");
	if (!proc_read_file(file, text, sizeof(text), err))
		return err_prefix(err, "SECRET_KEY_FILE");
	ok = hex_decode(slice_trim(slice_from_str(text), " \t\r\n"), secret, KEYRING_KEY_BYTES);
	OPENSSL_cleanse(text, sizeof(text));
	return ok ||
	       err_set(err, ERR_INVALID, "SECRET_KEY_FILE=%.150s: must hold 64 hex digits (32 bytes)", file);
}

struct keyring *keyring_load(const char *hex, const char *file, const char *previous_hex, struct err *err)
{
	uint8_t secret[KEYRING_KEY_BYTES];
	struct keyring *kr = mem_zalloc(sizeof(*kr));
	bool ok = false;

	if (!read_key(hex, file, secret, err))
		goto out;
	if (!derive_all(kr, secret)) {
		err_set(err, ERR_INTERNAL, "OpenSSL cannot derive keys (HKDF-SHA256)");
		goto out;
	}
	if (is_given(previous_hex)) {
		if (!hex_decode(slice_from_str(previous_hex), secret, sizeof(secret))) {
			err_set(err, ERR_INVALID, "SECRET_KEY_PREVIOUS: must be 64 hex digits (32 bytes)");
			goto out;
		}
		if (!derive_previous(kr, secret)) {
			err_set(err, ERR_INTERNAL, "OpenSSL cannot derive keys (HKDF-SHA256)");
			goto out;
		}
	}
	ok = true;
out:
	OPENSSL_cleanse(secret, sizeof(secret));
	if (ok)
		return kr;
	keyring_free(kr);
	return NULL;
}

void keyring_free(struct keyring *kr)
{
	if (!kr)
		return;
	OPENSSL_cleanse(kr, sizeof(*kr));
	free(kr);
}

static void hmac(
	const uint8_t key[KEYRING_KEY_BYTES], struct slice data, uint8_t ret_digest[KEYRING_KEY_BYTES])
{
	unsigned len = 0;

	/* Fails only when OpenSSL cannot allocate or has no SHA-256. */
	ensure(HMAC(EVP_sha256(), key, KEYRING_KEY_BYTES, (const unsigned char *)(data.data ? data.data : ""),
		data.len, ret_digest, &len));
	ensure(len == KEYRING_KEY_BYTES);
}

/* The HMAC of head NUL tail: the head holds no NUL, so that two pairs never give the same bytes. */
static void hmac_pair(const uint8_t key[KEYRING_KEY_BYTES], struct slice head, struct slice tail,
	uint8_t ret_digest[KEYRING_KEY_BYTES])
{
	struct buf joined;

	buf_init(&joined, 0);
	buf_append_slice(&joined, head);
	buf_append_char(&joined, '\0');
	buf_append_slice(&joined, tail);
	ensure(!joined.overflow);
	hmac(key, buf_slice(&joined), ret_digest);
	OPENSSL_cleanse(joined.data, joined.cap);
	buf_done(&joined);
}

void keyring_check_text(const struct keyring *kr, char ret_hex[HEX_SHA256_BYTES])
{
	hex_encode(kr->check, sizeof(kr->check), ret_hex);
}

bool keyring_has_previous(const struct keyring *kr)
{
	return kr->has_previous;
}

void keyring_previous_check_text(const struct keyring *kr, char ret_hex[HEX_SHA256_BYTES])
{
	ensure(kr->has_previous);
	hex_encode(kr->previous_check, sizeof(kr->previous_check), ret_hex);
}

void keyring_provider_key_hmac(
	const struct keyring *kr, struct slice provider, struct slice key, char ret_hex[HEX_SHA256_BYTES])
{
	uint8_t digest[KEYRING_KEY_BYTES];

	hmac_pair(kr->provider_key, provider, key, digest);
	hex_encode(digest, sizeof(digest), ret_hex);
}

void keyring_proxy_password_digest(const struct keyring *kr, uint64_t proxy_id, struct slice password,
	uint8_t ret_digest[KEYRING_KEY_BYTES])
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRIu64, proxy_id);
	hmac_pair(kr->proxy_password, slice_from_str(id), password, ret_digest);
}

void keyring_proxy_password_hash(
	const struct keyring *kr, uint64_t proxy_id, struct slice password, char ret_hex[HEX_SHA256_BYTES])
{
	uint8_t digest[KEYRING_KEY_BYTES];

	keyring_proxy_password_digest(kr, proxy_id, password, digest);
	hex_encode(digest, sizeof(digest), ret_hex);
}

void keyring_request_hmac(
	const struct keyring *kr, struct slice query, struct slice body, char ret_hex[HEX_SHA256_BYTES])
{
	char body_hash[SHA256_HEX_BYTES];
	uint8_t digest[KEYRING_KEY_BYTES];

	sha256_hex(body, body_hash); /* first: a body may be large, and the pair is copied */
	hmac_pair(kr->request, query, slice_from_str(body_hash), digest);
	hex_encode(digest, sizeof(digest), ret_hex);
	OPENSSL_cleanse(body_hash, sizeof(body_hash));
}

void keyring_session_ticket_key(const struct keyring *kr, uint8_t ret_key[KEYRING_KEY_BYTES])
{
	memcpy(ret_key, kr->session_ticket, KEYRING_KEY_BYTES);
}
