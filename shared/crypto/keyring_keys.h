/* keyring_keys.h: the keys themselves, for keyring.c and seal.c only. */
#ifndef KP_CRYPTO_KEYRING_KEYS_H
#define KP_CRYPTO_KEYRING_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/crypto/keyring.h"

struct keyring {
	uint8_t seal[KEYRING_KEY_BYTES];
	uint8_t provider_key[KEYRING_KEY_BYTES];
	uint8_t proxy_password[KEYRING_KEY_BYTES];
	uint8_t check[KEYRING_KEY_BYTES];
	uint8_t session_ticket[KEYRING_KEY_BYTES];
	uint8_t request[KEYRING_KEY_BYTES];
	bool has_previous;
	uint8_t previous_seal[KEYRING_KEY_BYTES];
	uint8_t previous_check[KEYRING_KEY_BYTES];
};

#endif
