/*
 * fuzz_body_framing.c: chunked bodies. No splitting changes the verdict or where the body ends, skipping
 * payload is as good as feeding it, and what was accepted decodes to as many bytes by a reader written the
 * simple way.
 */
#include "relay-node/body_framing.h"
#include "tests/fuzz/fuzz_input.h"

struct outcome {
	enum body_progress progress;
	enum http_verdict fault;
	size_t consumed;
	uint64_t payload; /* decoded bytes */
};

static struct outcome run(const uint8_t *data, size_t size, uint32_t seed, size_t longest_piece)
{
	struct outcome o = {.progress = BODY_NEED_MORE};
	struct body_framing body;

	body_framing_init(&body, (struct body_plan){BODY_CHUNKED, 0});
	while (o.consumed < size && o.progress == BODY_NEED_MORE) {
		uint64_t payload = body_framing_payload_left(&body);
		size_t end = longest_piece ? fuzz_next_cut(&seed, o.consumed, size) : size, used;
		if (payload > 0 && longest_piece) { /* as splice() would: moved without being looked at */
			size_t n = end - o.consumed < payload ? end - o.consumed : (size_t)payload;
			body_framing_skip(&body, n);
			o.payload += n;
			o.consumed += n;
			continue;
		}
		struct slice bytes = fuzz_copy(data + o.consumed, end - o.consumed);
		o.progress = body_framing_feed(&body, bytes, &used);
		ensure(used <= bytes.len);
		ensure(used == bytes.len || o.progress != BODY_NEED_MORE);
		free((void *)(uintptr_t)bytes.data);
		o.consumed += used;
	}
	o.fault = body_framing_fault(&body);
	ensure((o.fault != HTTP_OK) == (o.progress == BODY_BAD));
	return o;
}

/* Reads an accepted body without a state machine: sizes by strtoull, lines by memchr. */
static void check_simple_reader(const uint8_t *data, size_t size)
{
	size_t at = 0;

	for (;;) {
		const uint8_t *lf = memchr(data + at, '\n', size - at);
		ensure(lf && lf > data && lf[-1] == '\r');
		char digits[17] = {0};
		size_t n = 0;
		while (n < 16 && strchr("0123456789abcdefABCDEF", data[at + n]) && data[at + n])
			n++;
		ensure(n > 0);
		memcpy(digits, data + at, n);
		unsigned long long chunk = strtoull(digits, NULL, 16);
		at = (size_t)(lf - data) + 1;
		if (chunk == 0)
			break;
		ensure(chunk <= size - at && size - at - chunk >= 2);
		at += chunk;
		ensure(data[at] == '\r' && data[at + 1] == '\n');
		at += 2;
	}
	for (;;) { /* trailers */
		const uint8_t *lf = memchr(data + at, '\n', size - at);
		ensure(lf && lf[-1] == '\r');
		size_t line = (size_t)(lf - data) - at;
		at += line + 1;
		if (line == 1)
			break;
	}
	ensure(at == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct outcome whole = run(data + 1, size - 1, 0, 0);
	struct outcome pieces = run(data + 1, size - 1, data[0], 16);
	ensure(whole.progress == pieces.progress && whole.fault == pieces.fault);
	ensure(whole.consumed == pieces.consumed);
	if (whole.progress == BODY_DONE)
		check_simple_reader(data + 1, whole.consumed);
	return 0;
}
