/*
 * vendor_answer.h: the steps that reading any vendor's answer shares: taking it apart, sorting its words into
 * classes, taking addresses strictly, bounding what it asks for. Pure; used by the readers in this folder.
 */
#ifndef KP_SCHEDULER_PROVIDERS_VENDOR_ANSWER_H
#define KP_SCHEDULER_PROVIDERS_VENDOR_ANSWER_H

#include "scheduler/providers/provider.h"
#include "scheduler/providers/vendor_text.h"
#include "shared/json/json.h"

#define VENDOR_EXPIRES_MAX_MS     (30ull * 86400 * 1000) /* longer lives are cut to this */
#define VENDOR_NEXT_CHANGE_MAX_MS (86400ull * 1000)      /* a wrong number must not stop rotation for good */
#define VENDOR_RETRY_MAX_MS       (30ull * 60 * 1000)

/* Building: 1 to 128 printable ASCII characters; base + path; whether the whole request fitted. */
bool vendor_key_check(struct slice key, struct err *err) MUST_CHECK;
bool vendor_request_fits(const struct provider_request *request, struct err *err) MUST_CHECK;

/* Clears the reply and parses the answer. NULL: no JSON object, and the reply says what that means. The root
 * is the caller's (json_free). */
struct json *vendor_answer_open(
	const struct provider_answer *answer, struct provider_reply *reply) MUST_CHECK;
/* The last step of every reader: Retry-After, and that "nothing assigned" cannot answer /new. */
void vendor_answer_settle(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply);

/* Always false: the answer cannot be used, for a reason of ours. */
bool vendor_refuse(struct provider_reply *reply, const char *reason);
/* Success over HTTP ≥ 400 contradicts itself: then false, and the reply says so. */
bool vendor_success_believed(const struct provider_answer *answer, struct provider_reply *reply) MUST_CHECK;
/* A success that names no proxy: nothing assigned for /current, unusable otherwise. */
void vendor_nothing_named(enum provider_call call, struct provider_reply *reply);

/* What a refusal in Vietnamese or English says, and the seconds it names; TRANSIENT when it says nothing. */
enum failure_class vendor_message_class(struct slice message);
bool vendor_message_seconds(struct slice message, uint64_t *ret_s) MUST_CHECK;
/* A refusal of this class: its effect, its bounded wait (`wait_s` 0 = what the message says), its words. */
void vendor_failure(struct provider_reply *reply, enum failure_class class,
	const struct provider_answer *answer, struct slice message, uint64_t wait_s);

/* "ip:port[:user:pass]" into `dst`; credentials in it are taken unless the reply has some. Empty is fine. */
bool vendor_address_take(struct slice text, enum address_policy policy, struct provider_reply *reply,
	char dst[PROVIDER_ADDRESS_BYTES]) MUST_CHECK;
bool vendor_credentials_take(struct slice user, struct slice pass, struct provider_reply *reply) MUST_CHECK;

/* `stamp` - `now`, at least 0 and at most `max_ms`, less the age of the answer. */
uint64_t vendor_until(uint64_t stamp, uint64_t now, uint64_t age_ms, uint64_t max_ms);
/* Life and next change in seconds, as told. */
void vendor_times(
	struct provider_reply *reply, const struct provider_answer *answer, uint64_t ttl_s, uint64_t ttc_s);
/* An ISO 8601 end of life, measured by the answer's Date; without one the life stays as it is. A life that is
 * over is no assignment. A text without a zone is no ISO 8601 time and changes nothing. */
void vendor_expiry_take(enum provider_call call, struct slice text, const struct provider_answer *answer,
	struct provider_reply *reply);

#endif
