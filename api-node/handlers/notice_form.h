/*
 * notice_form.h: what an administrator wrote into a channel for notices, checked and turned into the fields
 * that the store keeps. Seals nothing: notice_form_seal() does, once the channel's id is known.
 */
#ifndef KP_API_HANDLERS_NOTICE_FORM_H
#define KP_API_HANDLERS_NOTICE_FORM_H

#include "api-node/handlers/proxy_form.h"
#include "shared/base/err.h"
#include "shared/crypto/webhook_sign.h"
#include "shared/model/notice.h"

struct keyring;

struct notice_form {
	struct proxy_form fields; /* owned; secrets in the clear until they are sealed */
	enum notice_kind kind;
	enum notice_address reach;
	char new_secret[WEBHOOK_SECRET_BYTES]; /* to be shown once; "" = none was made */
};

void notice_form_init(struct notice_form *form, enum notice_address reach);
void notice_form_done(struct notice_form *form); /* wipes */

/* A new channel: the kind is the body's, and what it needs must be there; what was left out is filled in. */
bool notice_form_create(struct notice_form *form, const struct json *body, struct field_err *err) MUST_CHECK;
/* A change of one of this kind. */
bool notice_form_edit(struct notice_form *form, enum notice_kind kind, const struct json *body,
	struct field_err *err) MUST_CHECK;

bool notice_form_seal(
	struct notice_form *form, const struct keyring *keyring, uint64_t id, struct err *err) MUST_CHECK;

#endif
