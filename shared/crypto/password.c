/* password.c: see password.h. */
#include "shared/crypto/password.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <crypt.h>
#include <openssl/crypto.h>

#include "shared/base/compiler.h"
#include "shared/base/ensure.h"
#include "shared/crypto/random.h"
#include "shared/crypto/token.h"

_Static_assert((int)PASSWORD_HASH_BYTES == CRYPT_OUTPUT_SIZE, "crypt(3) changed the size of its output");

enum { SALT_BYTES = 16, BCRYPT_MAX_COST = 15 /* about 2 s */ };

/* A hash of random bytes that nobody knows, with the parameters of crypt_gensalt_ra's default cost. */
static const char nobody_setting[] = "$y$j9T$Yh1fYpOnC4nVhIzV7RrDz.";

/*
 * crypt_r with its 32 KiB of state on the heap (too large for a thread's stack) and wiped. False when the
 * setting is malformed: crypt_r then returns NULL or a text that starts with '*'.
 */
static bool crypt_text(struct slice password, const char *setting, char ret_hash[PASSWORD_HASH_BYTES])
{
	char text[PASSWORD_MAX_BYTES + 1];
	struct crypt_data *data;
	bool ok = false;

	if (password.len == 0 || !slice_copy(password, text, sizeof(text)))
		return false;
	data = mem_zalloc(sizeof(*data));
	const char *hash = crypt_r(text, setting, data);
	if (hash && hash[0] != '*')
		ok = slice_copy(slice_from_str(hash), ret_hash, PASSWORD_HASH_BYTES);
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(data, sizeof(*data));
	free(data);
	return ok;
}

void password_generate(char ret_text[PASSWORD_GENERATED_BYTES])
{
	random_text(ret_text, PASSWORD_GENERATED_BYTES - 1,
		"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789");
}

bool password_hash_is_old(const char *hash)
{
	return strncmp(hash, "$y$", 3) != 0;
}

bool password_hash(struct slice password, char ret_hash[PASSWORD_HASH_BYTES], struct err *err)
{
	char salt[SALT_BYTES];

	if (password.len == 0 || password.len > PASSWORD_MAX_BYTES ||
		memchr(password.data, '\0', password.len))
		return err_set(
			err, ERR_INVALID, "a password has 1 to %d bytes and no NUL", PASSWORD_MAX_BYTES);
	random_bytes(salt, sizeof(salt));
	char *setting = crypt_gensalt_ra("$y$", 0, salt, sizeof(salt)); /* 0: the library's default cost */
	if (!setting)
		return err_set_sys(err, errno, "crypt_gensalt_ra");
	bool ok = crypt_text(password, setting, ret_hash);
	free(setting);
	return ok || err_set(err, ERR_INTERNAL, "crypt_r failed to hash with yescrypt");
}

/*
 * Only the two schemes that we promise: crypt(3) also knows DES and MD5, and would work for hours on an
 * imported bcrypt hash that names a cost of 31.
 */
static bool is_accepted_scheme(const char *hash)
{
	uint32_t cost;

	if (strncmp(hash, "$y$", 3) == 0)
		return true;
	if (hash[0] != '$' || hash[1] != '2' || hash[2] == '\0' || !strchr("aby", hash[2]) || hash[3] != '$')
		return false;
	return strlen(hash) > 6 && slice_parse_u32(slice_of(hash + 4, 2), BCRYPT_MAX_COST, &cost);
}

bool password_verify(const char *hash, struct slice password)
{
	char again[PASSWORD_HASH_BYTES];
	bool same;

	if (!hash || !is_accepted_scheme(hash) || !crypt_text(password, hash, again))
		return false;
	same = constant_time_eq_slice(slice_from_str(again), slice_from_str(hash));
	OPENSSL_cleanse(again, sizeof(again));
	return same;
}

bool password_verify_nobody(struct slice password)
{
	char hash[PASSWORD_HASH_BYTES];

	/* The result is dropped on purpose: only the work counts. */
	if (crypt_text(password, nobody_setting, hash))
		OPENSSL_cleanse(hash, sizeof(hash));
	return false;
}
