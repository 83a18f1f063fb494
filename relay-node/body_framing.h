/*
 * body_framing.h: where an HTTP/1 body ends (RFC 9112 sections 6 and 7), for requests and responses alike.
 *
 * A body passes through verbatim: this machine only validates the bytes and finds the end. It is strict, so
 * that whoever reads the same bytes behind us finds the same end. Fed by the forward stage.
 */
#ifndef KP_RELAY_BODY_FRAMING_H
#define KP_RELAY_BODY_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "relay-node/head_verdict.h"
#include "shared/base/slice.h"

enum {
	BODY_CHUNK_EXTENSION_BYTES_MAX = 4096, /* of all chunks of a body together */
	BODY_TRAILER_BYTES_MAX = 16384,
	BODY_TRAILER_FIELDS_MAX = 64,
	BODY_TRAILER_NAME_KEPT = 20, /* enough to recognise every forbidden name */
};

enum body_kind {
	BODY_NONE,
	BODY_LENGTH,      /* exactly `length` bytes */
	BODY_CHUNKED,     /* up to and including the empty line behind the last chunk and the trailers */
	BODY_UNTIL_CLOSE, /* responses only: up to the peer's FIN */
};

/* What a head says about the body behind it. */
struct body_plan {
	enum body_kind kind;
	uint64_t length; /* BODY_LENGTH: bytes, at most INT64_MAX */
};

/* Private to body_framing.c but for its size. */
struct body_framing {
	uint8_t state;
	uint8_t digits;   /* of the chunk size being read */
	uint8_t name_len; /* of the trailer name being read; saturates */
	uint8_t trailer_fields;
	uint32_t extension_bytes;
	uint32_t trailer_bytes;
	uint64_t left;         /* bytes left of the body or chunk, or the chunk size so far */
	enum http_verdict bad; /* why, once it is BAD */
	char name[BODY_TRAILER_NAME_KEPT];
};

enum body_progress {
	BODY_NEED_MORE, /* all bytes given belong to the body, and more will come */
	BODY_DONE,      /* the body ends behind the bytes consumed; the rest belongs to the next message */
	BODY_BAD,       /* malformed: close both sides, never reuse them (body_framing_fault says why) */
};

void body_framing_init(struct body_framing *body, struct body_plan plan);

/* Judges the next bytes. *ret_consumed (always set) of them may be passed on. May be called after DONE or
 * BAD: it then consumes nothing and repeats itself. With no bytes it answers whether the body is complete
 * already. */
enum body_progress body_framing_feed(struct body_framing *body, struct slice bytes, size_t *ret_consumed);

/* The peer closed: DONE when the body could end here, else BAD with HTTP_BODY_INCOMPLETE. */
enum body_progress body_framing_eof(struct body_framing *body);

/* Why it is BAD; HTTP_OK while it is not. */
enum http_verdict body_framing_fault(const struct body_framing *body);

/* Bytes that certainly still belong to the body (0 for chunked framing bytes): room for splice() and the
 * like. The caller that moves n of them itself reports that with body_framing_skip(), n at most this. */
uint64_t body_framing_payload_left(const struct body_framing *body);
void body_framing_skip(struct body_framing *body, uint64_t n);

#endif
