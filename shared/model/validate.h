/*
 * validate.h: the rules for what users may write into a proxy, shared by every way in (REST, bulk import, the
 * import of old data). Each check answers true, or false with the field and a message_id for the user. It
 * checks form only: whether a name is taken or a key works is the store's and the provider's to say.
 */
#ifndef KP_MODEL_VALIDATE_H
#define KP_MODEL_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

struct json;
struct json_writer;

enum {
	KEY_NAME_MAX_CHARS = 100,
	PROVIDER_KEY_MAX_BYTES = 128,
	PROXY_PASSWORD_MIN_BYTES = 8,
	PROXY_PASSWORD_MAX_BYTES = 64,
	NOTE_MAX_CHARS = 1000,
	TAG_MAX_CHARS = 32,
	TAGS_MAX = 20,
	ALLOW_MAX = 64,
	DRAIN_SECONDS_MAX = 3600,
	ROTATE_INTERVAL_MIN_MINUTES = 2,
	ROTATE_INTERVAL_MAX_MINUTES = 1440,
	USERNAME_MAX_BYTES = 64,
	TOKEN_NAME_MAX_BYTES = 64,
	USER_PASSWORD_MIN_CHARS = 12,
	USER_PASSWORD_MAX_BYTES = 128,
	UPSTREAM_CREDENTIAL_MAX_BYTES = 128,
};

struct field_err {
	const char *field;      /* static text: the member's name; NULL when the body as a whole is meant, or
				 * when the member is none that we know: `detail` then names it */
	const char *message_id; /* static text, of messages.h */
	const char *wanted;     /* {wanted}: what would be right, static text; NULL where the message says it
				   itself */
	int64_t min, max;       /* {min} and {max} of the message; both 0 when it has none */
	char detail[64];        /* {value}: what was refused, where it is short and no secret; else "" */
};

/* Always false. */
bool field_err_set(struct field_err *err, const char *field, const char *message_id);
bool field_err_wanted(struct field_err *err, const char *field, const char *message_id, const char *wanted);
bool field_err_range(
	struct field_err *err, const char *field, const char *message_id, int64_t min, int64_t max);
/* The same, keeping `value` (cut to what fits, shown as {value}) of the error already set. */
bool field_err_value(struct field_err *err, struct slice value);
/* For a member that we do not know: its name, shown as {field}. */
bool field_err_name(struct field_err *err, struct slice name);
/* {"field":…,"wanted":…,"min":…,"max":…,"value":…}, only those that apply: the `params` of a problem answer.
 */
void field_err_params(const struct field_err *err, struct json_writer *w);

bool validate_key_name(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_provider_key(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_provider(struct slice text, struct field_err *err) MUST_CHECK; /* one of provider_names.h */
/* As given_region() reads it, into *text. */
bool validate_region(struct slice *text, struct field_err *err) MUST_CHECK;
bool validate_subdomain(struct slice text, struct field_err *err) MUST_CHECK; /* a lower-case DNS label */
bool validate_proxy_password(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_note(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_rotate_mode(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_on_rotate(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_drain_seconds(int64_t value, struct field_err *err) MUST_CHECK;
bool validate_rotate_interval_minutes(int64_t value, struct field_err *err) MUST_CHECK;
bool validate_price_vnd(int64_t value, struct field_err *err) MUST_CHECK;
bool validate_plan_days(int64_t value, struct field_err *err) MUST_CHECK;
bool validate_username(struct slice text, struct field_err *err) MUST_CHECK;
bool validate_token_name(struct slice text, struct field_err *err) MUST_CHECK;

/* Arrays and objects: checked, and appended to `record` in the form in which the record keeps them.
 * allow: entries "cidr" or {"cidr": …, "until": ISO 8601 time or null}; a bare address becomes /32 or /128.
 * tags: texts, repeated ones dropped. limits: {"connections": 0–1000000, "bytes_per_month": 0–10^15}, those
 * that are named; 0 or null = none, written as 0. After a refusal what `record` holds is of no use. */
bool validate_allow(const struct json *value, struct buf *record, struct field_err *err) MUST_CHECK;
bool validate_tags(const struct json *value, struct buf *record, struct field_err *err) MUST_CHECK;
bool validate_limits(const struct json *value, struct buf *record, struct field_err *err) MUST_CHECK;
/* The same from a comma-separated list of CIDRs, as in an environment variable. "" gives []. */
bool validate_allow_list(struct slice list, struct buf *record, struct field_err *err) MUST_CHECK;

enum upstream_policy { UPSTREAM_PUBLIC_ONLY, UPSTREAM_PRIVATE_ALLOWED };

/* A fixed upstream: http://[user:pass@]address:port. The address must be a literal, since no node resolves
 * names on the traffic's way, and public unless the policy says otherwise. User and password may be
 * percent-encoded; they come back decoded. */
struct upstream_url {
	struct ip_addr addr;
	uint16_t port;
	char user[UPSTREAM_CREDENTIAL_MAX_BYTES + 1];
	char password[UPSTREAM_CREDENTIAL_MAX_BYTES + 1];
};
bool validate_upstream(struct slice text, enum upstream_policy policy, struct upstream_url *ret_upstream,
	struct field_err *err) MUST_CHECK;

#endif
