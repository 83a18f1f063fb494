/*
 * http_chars.h: the character classes of HTTP/1 (RFC 9110 section 5.6, RFC 3986) as one lookup table, and the
 * two scans that every head is made of. It knows bytes, not messages. Used by the parsers next to it.
 */
#ifndef KP_RELAY_HTTP_CHARS_H
#define KP_RELAY_HTTP_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/slice.h"

enum http_char_class {
	HTTP_TOKEN = 1 << 0,  /* tchar: methods, field names, connection options */
	HTTP_VALUE = 1 << 1,  /* field-vchar, obs-text, SP, HTAB: what a field value may hold */
	HTTP_TARGET = 1 << 2, /* visible ASCII but '#': browsers leave | [ { unescaped in queries */
	HTTP_LABEL = 1 << 3,  /* of a host name: letters, digits, '-', and '_', which real names use */
	HTTP_HEX = 1 << 4,
	HTTP_DIGIT = 1 << 5,
	HTTP_BLANK = 1 << 6, /* SP, HTAB: optional white space */
};

extern const uint8_t http_char_classes[256];

static inline bool http_char_is(char c, enum http_char_class wanted)
{
	return (http_char_classes[(unsigned char)c] & wanted) != 0;
}

/* The first position in [p, end) whose byte is not of the class; end when all are. */
static inline const char *http_skip(const char *p, const char *end, enum http_char_class wanted)
{
	while (p < end && http_char_is(*p, wanted))
		p++;
	return p;
}

/* As http_skip for HTTP_VALUE, eight bytes a step: values are most of a head. */
const char *http_skip_value(const char *p, const char *end);

/* 0-15; the caller has checked HTTP_HEX. */
unsigned http_hex_value(char c);

/* Removes SP and HTAB at both ends. */
struct slice http_trim(struct slice s);

/* Takes the next element of a comma-separated list off *list (empty elements are skipped, RFC 9110 5.6.1).
 * False at its end. Elements are not checked. */
bool http_list_next(struct slice *list, struct slice *ret_element);

/* Equal to a lower-case literal of letters, digits and '-', in any case. `s` must be a token. */
bool http_token_is(struct slice s, const char *lower, size_t len);
#define HTTP_TOKEN_IS(s, lit) http_token_is((s), (lit), sizeof(lit) - 1)

#endif
