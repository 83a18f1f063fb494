/* proxy_secrets.h: turns the secrets of a form into what may be stored: sealed texts and keyed hashes. */
#ifndef KP_API_HANDLERS_PROXY_SECRETS_H
#define KP_API_HANDLERS_PROXY_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

struct keyring;
struct proxy_form;

enum { PROXY_PASSWORD_GENERATED_CHARS = 14 };

/* password → sealed, and password_hash; provider_key → sealed, and provider_key_hmac, which counts per
 * `provider` (not a slice of the form, whose texts move); remote_password → sealed. Fields that the form does
 * not have stay away. */
bool proxy_secrets_seal(struct proxy_form *form, const struct keyring *keyring, uint64_t proxy_id,
	struct slice provider, struct err *err) MUST_CHECK;

/* 14 characters without those that are easily confused. The caller wipes them. */
void proxy_secrets_random_password(char ret_password[PROXY_PASSWORD_GENERATED_CHARS + 1]);

/* A fresh password in the field `password`: 14 characters without those that are easily confused. */
void proxy_secrets_generate_password(struct proxy_form *form);

#endif
