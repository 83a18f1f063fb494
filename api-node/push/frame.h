/*
 * frame.h: a frame of /api/ws that is ready to go, made once and shared by all browsers that are told the
 * same. Immutable but for the bytes before the text, where libwebsockets writes its header: it is the same
 * for all. Counted plainly: one thread.
 */
#ifndef KP_API_PUSH_FRAME_H
#define KP_API_PUSH_FRAME_H

#include <stddef.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

enum { FRAME_ROOM_BYTES = 16 }; /* LWS_PRE: before the text */

struct frame {
	unsigned refs;
	size_t len;
	_Alignas(16) char room[FRAME_ROOM_BYTES];
	char text[];
};

/* One reference for the caller; the text is copied. */
struct frame *frame_new(struct slice text) MUST_CHECK;
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* accepts NULL */

static inline struct slice frame_text(const struct frame *frame)
{
	return slice_of(frame->text, frame->len);
}

#endif
