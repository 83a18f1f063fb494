/*
 * keyring.h: SECRET_KEY, and the keys derived from it (HKDF-SHA256, RFC 5869), one per use, so that none can
 * be used for another. The keys leave this folder only as results. Used by api-node, scheduler and
 * relay-node.
 */
#ifndef KP_CRYPTO_KEYRING_H
#define KP_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

enum { KEYRING_KEY_BYTES = 32, HEX_SHA256_BYTES = 65 };

struct keyring;

/*
 * The key (64 hex digits) from the text or the file: exactly one of them must be given. `previous` (NULL or
 * empty: none) is what SECRET_KEY was before: it still opens seals and makes none. The result is immutable
 * and may be shared by threads; keyring_free wipes it. NULL with one sentence that holds no part of a key.
 */
struct keyring *keyring_load(
	const char *hex, const char *file, const char *previous_hex, struct err *err) MUST_CHECK;
void keyring_free(struct keyring *kr);

/* Identifies the key without telling it: stored once, compared by every node at start. */
void keyring_check_text(const struct keyring *kr, char ret_hex[HEX_SHA256_BYTES]);
bool keyring_has_previous(const struct keyring *kr);
void keyring_previous_check_text(
	const struct keyring *kr, char ret_hex[HEX_SHA256_BYTES]); /* needs a previous */

/* Keyed hashes (HMAC-SHA256, lower-case hex): finds duplicate provider keys; compares a client's password;
 * tells whether a call is the same as before, its body may hold a password. */
void keyring_provider_key_hmac(
	const struct keyring *kr, struct slice provider, struct slice key, char ret_hex[HEX_SHA256_BYTES]);
void keyring_proxy_password_hash(
	const struct keyring *kr, uint64_t proxy_id, struct slice password, char ret_hex[HEX_SHA256_BYTES]);
void keyring_request_hmac(
	const struct keyring *kr, struct slice query, struct slice body, char ret_hex[HEX_SHA256_BYTES]);

/* The same as 32 bytes, for the relay's comparison with route.password_hash (use constant_time_eq). */
void keyring_proxy_password_digest(const struct keyring *kr, uint64_t proxy_id, struct slice password,
	uint8_t ret_digest[KEYRING_KEY_BYTES]);

/* The key under which all relays of the fleet seal TLS session tickets. */
void keyring_session_ticket_key(const struct keyring *kr, uint8_t ret_key[KEYRING_KEY_BYTES]);

#endif
