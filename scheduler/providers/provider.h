/*
 * provider.h: a seller of upstreams, seen as two pure functions: build the request of a call, read its answer
 * into a normal form or an error class. No sockets, no clock, no log: rotate, sync and release call these,
 * and http_client does the talking. A vendor is one table entry (providers/<name>.c).
 */
#ifndef KP_SCHEDULER_PROVIDERS_PROVIDER_H
#define KP_SCHEDULER_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/model/job_result.h"

enum provider_call {
	PROVIDER_NEW,     /* assigns or changes the upstream: not idempotent */
	PROVIDER_CURRENT, /* asks what is assigned */
	PROVIDER_RELEASE, /* gives it back: sent once as well */
};

#define PROVIDER_CALL(call) (1u << (call))

/* Whether the vendor may have done what the call asked for, whatever its answer says. */
enum provider_effect { EFFECT_NONE, EFFECT_UNKNOWN, EFFECT_DONE };

enum address_policy { ADDRESS_PUBLIC_ONLY, ADDRESS_PRIVATE_ALLOWED };

enum {
	PROVIDER_USER_BYTES = 128,
	PROVIDER_TEXT_BYTES = 192,
	PROVIDER_REASON_BYTES = 256,
	PROVIDER_ADDRESS_BYTES = IP_TEXT_BYTES + 8
};

struct provider_request {
	const char *method;       /* static text */
	const char *content_type; /* of the body; NULL = no body */
	struct buf url;           /* holds the key: never logged */
	struct buf body;          /* may hold the key: never logged */
};

struct provider_answer {
	uint32_t http_status;
	struct slice content_type;  /* as sent; may be empty */
	struct slice body;          /* complete, within http_client's cap */
	uint64_t age_ms;            /* since it was received */
	int64_t date_ms;            /* epoch, of its Date header: the vendor's "now"; 0 = none */
	uint64_t retry_after_s;     /* of its Retry-After header; 0 = none */
	struct slice key;           /* masked wherever the vendor repeats it in a text */
	enum address_policy policy; /* for the upstream it names */
};

/* The normal form. Times are durations from the moment of reading, so that no two clocks are compared. */
struct provider_reply {
	enum failure_class class; /* FAILURE_NONE: a good answer */
	enum provider_effect effect;
	char http[PROVIDER_ADDRESS_BYTES];   /* "ip:port" or "" */
	char socks5[PROVIDER_ADDRESS_BYTES]; /* likewise */
	char user[PROVIDER_USER_BYTES];      /* for the upstream; secret-ish: never logged */
	char pass[PROVIDER_USER_BYTES];      /* secret */
	char exit_ip[IP_TEXT_BYTES];         /* "" when not told or not an address */
	char location[PROVIDER_TEXT_BYTES];  /* printable UTF-8 */
	char expires_at[24];                 /* the vendor's own stamp, only for "is it another one?" */
	uint64_t expires_in_ms;
	uint64_t next_change_in_ms;
	uint64_t ttl, ttc;    /* seconds, as told */
	uint64_t retry_in_ms; /* COOLDOWN, RATE_LIMITED: what the vendor asks for; 0 = not told */
	char message[PROVIDER_TEXT_BYTES];  /* the vendor's words, printable, key masked */
	char reason[PROVIDER_REASON_BYTES]; /* ours: why an answer was refused; "" otherwise */
};

struct provider {
	const char *name;
	enum { PROVIDER_ROTATES, PROVIDER_FIXED } kind;
	unsigned calls;   /* PROVIDER_CALL() of each call it has; no other reaches build and read */
	const char *base; /* where its API is, no trailing slash; NULL for a fixed upstream */
	/* False when the key cannot be one of this vendor's. `base` has no
	 * trailing slash. `region` may be empty. The request's buffers are initialised and owned by the
	 * caller. */
	bool (*build)(enum provider_call call, struct slice base, struct slice key, struct slice region,
		struct provider_request *request, struct err *err);
	void (*read)(
		enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply);
};

extern const struct provider provider_kiotproxy, provider_tmproxy, provider_wwproxy, provider_proxyxoay,
	provider_netproxy, provider_static;

size_t provider_count(void); /* of the table */
bool provider_offers(const struct provider *provider, enum provider_call call);
/* The reply to a call that the provider does not offer: NOT_OFFERED, nothing was sent. */
struct provider_reply provider_not_offered(const struct provider *provider, enum provider_call call);

/* By the record's `provider` text (empty = kiotproxy); NULL for a vendor we do not know. */
const struct provider *provider_find(struct slice name);

const char *provider_call_text(enum provider_call call); /* "new", "current", "release" */

void provider_request_init(struct provider_request *request);
void provider_request_done(struct provider_request *request);

#endif
