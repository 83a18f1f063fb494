/*
 * vendor_answer.h: the bytes of the vendor's answers: the success shape, the failure shapes, and what is no
 * answer of the API at all (firewall page, garbage, redirect). Pure: state in, text out.
 */
#ifndef KP_SIM_VENDOR_ANSWER_H
#define KP_SIM_VENDOR_ANSWER_H

#include "shared/base/buf.h"
#include "tests/kiotproxy-sim/key_state.h"

enum vendor_error {
	VENDOR_KEY_NOT_FOUND,
	VENDOR_KEY_FOREIGN, /* not of --key-prefix */
	VENDOR_KEY_EXPIRED,
	VENDOR_NOT_ASSIGNED,
	VENDOR_COOLDOWN,
	VENDOR_RATE_LIMITED,
	VENDOR_NO_STOCK,
	VENDOR_BAD_REQUEST,
	VENDOR_NOT_FOUND,
	VENDOR_ELSEWHERE, /* a path that is not of KiotProxy's API */
	VENDOR_METHOD,
	VENDOR_INTERNAL,
};

enum answer_kind { ANSWER_TEXT, ANSWER_HUGE, ANSWER_LOST };

struct answer {
	enum answer_kind kind;
	unsigned http;
	const char *type;    /* static */
	const char *extra;   /* static header lines, or NULL */
	const char *outcome; /* static, for the log */
	struct buf body;     /* owned */
};

void answer_init(struct answer *a);
void answer_done(struct answer *a);

void answer_proxy(struct answer *a, const struct key_state *key, const char *outcome);
void answer_released(struct answer *a, const struct key_state *key);
/* `key` may be NULL where the error does not depend on one. */
void answer_error(
	struct answer *a, enum vendor_error error, const struct key_state *key, const char *key_prefix);
void answer_firewall(struct answer *a);
void answer_garbage(struct answer *a);
void answer_redirect(struct answer *a);
void answer_server_error(struct answer *a);

#endif
