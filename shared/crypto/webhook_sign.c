/* webhook_sign.c: see webhook_sign.h. */
#include "shared/crypto/webhook_sign.h"

#include <inttypes.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/random.h"
#include "shared/crypto/seal.h"

enum { KEY_BYTES = 32, KEY_MIN_BYTES = 24, DIGEST_BYTES = 32 };

#define SECRET_PREFIX    SLICE_LIT("whsec_")
#define SIGNATURE_PREFIX "v1,"

void webhook_secret_generate(char ret_text[WEBHOOK_SECRET_BYTES])
{
	char key[KEY_BYTES];
	struct buf text;

	random_bytes(key, sizeof(key));
	buf_init(&text, 0);
	buf_append_slice(&text, SECRET_PREFIX);
	base64_encode(BASE64_STANDARD, slice_of(key, sizeof(key)), &text);
	ensure(slice_copy(buf_slice(&text), ret_text, WEBHOOK_SECRET_BYTES));
	OPENSSL_cleanse(key, sizeof(key));
	secret_wipe(&text);
	buf_done(&text);
}

bool webhook_sign(struct slice secret, struct slice id, int64_t timestamp_s, struct slice body,
	char ret_text[WEBHOOK_SIGNATURE_BYTES])
{
	unsigned char digest[DIGEST_BYTES];
	unsigned len = 0;
	struct buf key, content, text;

	buf_init(&key, 0);
	bool ok = slice_has_prefix(secret, SECRET_PREFIX) &&
		  base64_decode(BASE64_STANDARD, slice_from(secret, SECRET_PREFIX.len), &key) &&
		  key.len >= KEY_MIN_BYTES;
	if (ok) {
		buf_init(&content, 0);
		buf_append_slice(&content, id);
		buf_printf(&content, ".%" PRId64 ".", timestamp_s);
		buf_append_slice(&content, body);
		/* Fails only when OpenSSL cannot allocate or has no SHA-256. */
		ensure(!content.overflow &&
			HMAC(EVP_sha256(), key.data, (int)key.len, (const unsigned char *)content.data,
				content.len, digest, &len));
		ensure(len == DIGEST_BYTES);
		buf_init(&text, 0);
		buf_append_str(&text, SIGNATURE_PREFIX);
		base64_encode(BASE64_STANDARD, slice_of((const char *)digest, len), &text);
		ensure(slice_copy(buf_slice(&text), ret_text, WEBHOOK_SIGNATURE_BYTES));
		buf_done(&text);
		buf_done(&content);
	}
	secret_wipe(&key);
	buf_done(&key);
	return ok;
}
