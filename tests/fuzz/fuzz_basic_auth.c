/* fuzz_basic_auth.c: Proxy-Authorization values. What is accepted encodes to the very same value again. */
#include "relay-node/basic_auth.h"
#include "tests/fuzz/fuzz_input.h"

static size_t encode(const char *text, size_t len, char *dst)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t out = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;
		if (i + 1 < len)
			bits |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (i + 2 < len)
			bits |= (unsigned char)text[i + 2];
		dst[out++] = alphabet[bits >> 18];
		dst[out++] = alphabet[bits >> 12 & 63];
		dst[out++] = i + 1 < len ? alphabet[bits >> 6 & 63] : '=';
		dst[out++] = i + 2 < len ? alphabet[bits & 63] : '=';
	}
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char encoded[BASIC_AUTH_BYTES_MAX * 2];
	struct basic_auth auth;

	struct slice value = fuzz_copy(data, size);
	if (basic_auth_parse(value, &auth) == BASIC_AUTH_OK) {
		struct slice user = basic_auth_user(&auth), password = basic_auth_password(&auth);
		ensure(user.len + password.len + 1 <= BASIC_AUTH_BYTES_MAX);
		ensure(user.len == 0 || !memchr(user.data, ':', user.len));
		size_t len = encode(auth.text, user.len + 1 + password.len, encoded);
		ensure(len < size);
		ensure(slice_has_suffix(value, slice_of(encoded, len)));
	} else {
		ensure(auth.user_len == 0 && auth.password_len == 0 && auth.text[0] == 0);
	}
	free((void *)(uintptr_t)value.data);
	return 0;
}
