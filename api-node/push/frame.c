/* frame.c: see frame.h. */
#include "api-node/push/frame.h"

#include <stdint.h>
#include <stdlib.h>

#include "shared/base/ensure.h"

enum {
	FINAL_TEXT = 0x81,
	SHORT_MAX = 125, /* longer texts have their length in the next two bytes, or eight */
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	HEAD_MAX_BYTES = 10,
};

/* Big-endian, into `count` bytes. */
static void put_length(unsigned char *dst, size_t count, uint64_t length)
{
	while (count--) {
		dst[count] = (unsigned char)length;
		length >>= 8;
	}
}

void frame_append(struct buf *wire, struct slice text)
{
	unsigned char head[HEAD_MAX_BYTES] = {FINAL_TEXT, (unsigned char)text.len};
	size_t head_bytes = 2;

	if (text.len > UINT16_MAX) {
		head[1] = LENGTH_64;
		head_bytes = 10;
	} else if (text.len > SHORT_MAX) {
		head[1] = LENGTH_16;
		head_bytes = 4;
	}
	put_length(head + 2, head_bytes - 2, text.len);
	buf_append(wire, head, head_bytes);
	buf_append_slice(wire, text);
}

size_t frame_length(struct slice wire)
{
	const unsigned char *head = (const unsigned char *)wire.data;
	size_t head_bytes = 2;
	uint64_t length = 0;

	ensure(wire.len >= 2 && head[0] == FINAL_TEXT);
	if (head[1] <= SHORT_MAX)
		return head_bytes + head[1];
	head_bytes = head[1] == LENGTH_16 ? 4 : 10;
	ensure(wire.len >= head_bytes);
	for (size_t i = 2; i < head_bytes; i++)
		length = length << 8 | head[i];
	return head_bytes + length;
}

struct frame *frame_new(struct slice text)
{
	struct frame *frame = mem_zalloc(sizeof(*frame));

	frame->refs = 1;
	buf_init(&frame->wire, 0);
	frame_append(&frame->wire, text);
	return frame;
}

struct frame *frame_ref(struct frame *frame)
{
	frame->refs++;
	return frame;
}

void frame_unref(struct frame *frame)
{
	if (!frame || --frame->refs)
		return;
	buf_done(&frame->wire);
	free(frame);
}
