/* proxy_secrets.c: see proxy_secrets.h. */
#include "api-node/handlers/proxy_secrets.h"

#include <string.h>

#include "api-node/handlers/proxy_form.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/random.h"
#include "shared/crypto/seal.h"

/* Letters and digits without l I O o 0 1, which people mix up when they type. */
#define PASSWORD_ALPHABET "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

static bool seal_field(struct proxy_form *form, const struct keyring *keyring, uint64_t proxy_id,
	const char *name, struct err *err)
{
	struct slice plain;
	struct buf aad, sealed;

	if (!proxy_form_get(form, name, &plain))
		return true;
	buf_init(&aad, 0);
	buf_init(&sealed, 0);
	buf_printf(&aad, "proxy:%llu:%s", (unsigned long long)proxy_id, name);
	bool ok = seal(keyring, buf_slice(&aad), plain, &sealed, err);
	if (ok)
		proxy_form_set(form, name, buf_slice(&sealed));
	buf_done(&aad);
	buf_done(&sealed);
	return ok;
}

bool proxy_secrets_seal(struct proxy_form *form, const struct keyring *keyring, uint64_t proxy_id,
	struct slice provider, struct err *err)
{
	struct slice plain;
	char hex[HEX_SHA256_BYTES];

	if (proxy_form_get(form, "password", &plain)) {
		keyring_proxy_password_hash(keyring, proxy_id, plain, hex);
		proxy_form_set(form, "password_hash", slice_from_str(hex));
	}
	if (proxy_form_get(form, "provider_key", &plain)) {
		keyring_provider_key_hmac(keyring, provider, plain, hex);
		proxy_form_set(form, "provider_key_hmac", slice_from_str(hex));
	}
	return seal_field(form, keyring, proxy_id, "password", err) &&
	       seal_field(form, keyring, proxy_id, "provider_key", err) &&
	       seal_field(form, keyring, proxy_id, "remote_password", err);
}

void proxy_secrets_random_password(char ret_password[PROXY_PASSWORD_GENERATED_CHARS + 1])
{
	random_text(ret_password, PROXY_PASSWORD_GENERATED_CHARS, PASSWORD_ALPHABET);
}

void proxy_secrets_generate_password(struct proxy_form *form)
{
	char password[PROXY_PASSWORD_GENERATED_CHARS + 1];

	proxy_secrets_random_password(password);
	proxy_form_set(form, "password", slice_from_str(password));
	explicit_bzero(password, sizeof(password));
}
