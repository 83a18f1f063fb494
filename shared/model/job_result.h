/*
 * job_result.h: how a job ended: what the scripts keep under `result:<job>` for the api-node that waits, and
 * the classes of failure that providers' answers are sorted into.
 */
#ifndef KP_MODEL_JOB_RESULT_H
#define KP_MODEL_JOB_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

struct json;
struct json_writer;

/* class, the message a user gets unless the failure carries its own */
#define FAILURE_CLASSES(X)                                                            \
	X(INVALID_KEY, "err.key_invalid")  /* permanent */                            \
	X(EXPIRED_KEY, "err.key_expired")  /* permanent until renewed */              \
	X(NOT_ASSIGNED, "err.no_upstream") /* the key is fine, nothing is assigned */ \
	X(COOLDOWN, "err.cooldown")                                                   \
	X(NO_STOCK, "err.no_stock")                                                   \
	X(RATE_LIMITED, "err.rate_limited")                                           \
	X(TRANSIENT, "err.transient")                                                 \
	X(FIREWALL, "err.firewall")       /* transient, with a message of its own */  \
	X(NOT_OFFERED, "err.not_offered") /* the provider has no such call */

#define X(name, message_id) FAILURE_##name,
enum failure_class { FAILURE_NONE, FAILURE_CLASSES(X) FAILURE_CLASS_COUNT };
#undef X

enum job_outcome { JOB_OUTCOME_OK, JOB_OUTCOME_ERROR };

struct job_result {
	enum job_outcome outcome;
	enum failure_class failure;    /* FAILURE_NONE when ok, or when the store or a script refused it */
	bool same_ip;                  /* the provider gave the address that it had given before */
	int64_t retry_in_ms;           /* 0 = none */
	int64_t latency_ms;            /* of a check, or of the provider's answer; 0 = not measured */
	struct slice message_id;       /* "" when ok and there is nothing to add */
	struct slice params;           /* JSON object text; "" = {} */
	struct slice provider_message; /* the vendor's own words, as untrusted as any text of a peer; "" */
	struct slice new_ip;
	struct slice location;
	struct slice remote_http;
	struct slice exit_ip;     /* the address that a page saw; "" = not asked */
	struct slice expected_ip; /* of a probe: the one that the provider named; "" = none */
	struct slice way;         /* of a probe; "" otherwise */
	struct slice version;     /* "<gen>-<ver>" of the routes topic; "" = nothing changed */
	struct json *json; /* owned after job_result_parse: the texts live in it; NULL in one made by hand */
};

const char *failure_class_text(enum failure_class failure);       /* "" for FAILURE_NONE */
const char *failure_class_message_id(enum failure_class failure); /* "" for FAILURE_NONE */
bool failure_class_parse(struct slice text, enum failure_class *ret_failure) MUST_CHECK;

/* `params` is borrowed from `text`; every other text is kept by the result until job_result_done(). */
bool job_result_parse(struct slice text, struct job_result *ret_result, struct err *err) MUST_CHECK;
void job_result_done(struct job_result *result);
/* The parameters as an object for message_format(); NULL when there are none. Owned by the result. */
const struct json *job_result_params(const struct job_result *result);
/* One object, as the store keeps it; empty members are left out. */
void job_result_write(struct json_writer *w, const struct job_result *result);

#endif
