/* token.c: see token.h. */
#include "shared/crypto/token.h"

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/random.h"

void token_generate(char ret_text[TOKEN_TEXT_BYTES])
{
	uint8_t bytes[32];
	struct buf text;

	random_bytes(bytes, sizeof(bytes));
	buf_init(&text, 0);
	base64_encode(BASE64_URL, slice_of((const char *)bytes, sizeof(bytes)), &text);
	ensure(slice_copy(buf_slice(&text), ret_text, TOKEN_TEXT_BYTES));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(text.data, text.len);
	buf_done(&text);
}

void api_token_generate(char ret_text[API_TOKEN_TEXT_BYTES])
{
	memcpy(ret_text, API_TOKEN_PREFIX, sizeof(API_TOKEN_PREFIX) - 1);
	token_generate(ret_text + sizeof(API_TOKEN_PREFIX) - 1);
}

void token_hash(struct slice token, char ret_hex[SHA256_HEX_BYTES])
{
	sha256_hex(token, ret_hex);
}

void sha256(struct slice data, unsigned char ret_digest[SHA256_BYTES])
{
	unsigned len = 0;

	/* It can only fail when OpenSSL cannot allocate or has no SHA-256: then nothing here can go on. */
	ensure(EVP_Digest(data.data ? data.data : "", data.len, ret_digest, &len, EVP_sha256(), NULL) == 1);
	ensure(len == SHA256_BYTES);
}

void sha256_hex(struct slice data, char ret_hex[SHA256_HEX_BYTES])
{
	unsigned char digest[SHA256_BYTES];

	sha256(data, digest);
	hex_encode(digest, sizeof(digest), ret_hex);
}

bool constant_time_eq(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

bool constant_time_eq_slice(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || constant_time_eq(a.data, b.data, a.len));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(struct slice text, void *dst, size_t len)
{
	uint8_t *bytes = dst;

	if (text.len / 2 != len || text.len % 2 != 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.data[i]) < 0)
			return false;
	for (size_t i = 0; i < len; i++) {
		unsigned high = (unsigned)hex_digit(text.data[2 * i]);
		bytes[i] = (uint8_t)(high << 4 | (unsigned)hex_digit(text.data[2 * i + 1]));
	}
	return true;
}

void hex_encode(const void *bytes, size_t len, char *dst)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++) {
		dst[2 * i] = digits[b[i] >> 4];
		dst[2 * i + 1] = digits[b[i] & 15];
	}
	dst[2 * len] = '\0';
}
