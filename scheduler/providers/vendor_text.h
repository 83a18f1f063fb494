/*
 * vendor_text.h: tools for what a vendor's answer holds: texts made harmless, numbers in whatever type they
 * come, upstream addresses strictly read. Pure; used by the readers in this folder.
 */
#ifndef KP_SCHEDULER_PROVIDERS_VENDOR_TEXT_H
#define KP_SCHEDULER_PROVIDERS_VENDOR_TEXT_H

#include "scheduler/providers/provider.h"
#include "shared/json/json.h"

/* Percent-encodes everything but RFC 3986 unreserved characters. */
void vendor_url_escape(struct buf *out, struct slice text);

/* Copies printable UTF-8, cut at a character's end; control and text-direction characters become blanks, and
 * each occurrence of `secret` (may be empty) becomes "***". */
void vendor_text_copy(struct slice text, struct slice secret, char *dst, size_t size);

/* A whole number that may come as a number, a double or digits in a string; negative, absent and senseless
 * ones give false. */
bool vendor_number(const struct json *object, const char *name, uint64_t *ret_value) MUST_CHECK;

/* The text of a member, or SLICE_NONE when it is absent or no string. */
struct slice vendor_string(const struct json *object, const char *name);

/* 1-127 printable ASCII characters without a blank, or empty. */
bool vendor_credential_ok(struct slice text);

struct vendor_upstream {
	struct ip_addr addr;
	uint16_t port;
	struct slice user, pass; /* inside the text given; empty when it has none */
};

/*
 * Reads "ip:port", "[v6]:port" or "ip:port:user:pass". The address must be a plain literal and, unless the
 * policy allows more, public: a vendor's answer must not be able to point the relays at this network.
 */
bool vendor_upstream_read(struct slice text, enum address_policy policy, struct vendor_upstream *ret_upstream,
	struct err *err) MUST_CHECK;

/* "ip:port", an IPv6 address in brackets. */
void vendor_upstream_text(const struct vendor_upstream *upstream, char dst[PROVIDER_ADDRESS_BYTES]);

/* The number in front of a unit of time: "sau 45 giây" with `before` "sau " and `after` " giây" → 45. ASCII
 * letters compare in any case. */
bool vendor_text_number(
	struct slice text, const char *before, const char *after, uint64_t *ret_value) MUST_CHECK;
bool vendor_text_has(struct slice text, const char *part);

#endif
