/*
 * frame.h: messages of /api/ws as they go over the wire: a WebSocket header (RFC 6455 section 5.2: a final
 * text frame, unmasked, as servers send them) and the text. We write the header ourselves, so that one
 * rendering serves all who see the same and many frames go out in one write.
 */
#ifndef KP_API_PUSH_FRAME_H
#define KP_API_PUSH_FRAME_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/base/slice.h"

/* Appends the text as a frame. */
void frame_append(struct buf *wire, struct slice text);
/* How long the frame is that `wire` begins with, header included. It must be a whole one of ours. */
size_t frame_length(struct slice wire);

/* A frame of its own, shared by all who are told the same. Counted plainly: one thread. */
struct frame {
	unsigned refs;
	struct buf wire; /* owned */
};

/* One reference for the caller; the text is copied. */
struct frame *frame_new(struct slice text) MUST_CHECK;
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* accepts NULL */

#endif
