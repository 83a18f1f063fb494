/* frame.c: see frame.h. */
#include "api-node/push/frame.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

struct frame *frame_new(struct slice text)
{
	struct frame *frame = mem_alloc(sizeof(*frame) + text.len);

	frame->refs = 1;
	frame->len = text.len;
	memcpy(frame->text, text.data, text.len);
	return frame;
}

struct frame *frame_ref(struct frame *frame)
{
	frame->refs++;
	return frame;
}

void frame_unref(struct frame *frame)
{
	if (frame && --frame->refs == 0)
		free(frame);
}
