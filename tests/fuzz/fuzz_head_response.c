/*
 * fuzz_head_response.c: answers of an upstream. No splitting changes the verdict; what the client would get
 * is read again as the same answer. The first byte also chooses what the answer is to.
 */
#include "relay-node/head_response.h"
#include "relay-node/head_rewrite.h"
#include "tests/fuzz/fuzz_input.h"

static enum http_verdict parse_in_pieces(const uint8_t *data, size_t size, uint32_t seed,
	const struct http_response_context *context, struct http_response_head *head)
{
	struct http_head_scan scan = {0};
	enum http_verdict verdict = HTTP_NEED_MORE;

	for (size_t at = 0; at < size && verdict == HTTP_NEED_MORE;) {
		at = fuzz_next_cut(&seed, at, size);
		struct slice bytes = fuzz_copy(data, at);
		verdict = http_response_head_parse(bytes, context, &scan, head);
		free((void *)(uintptr_t)bytes.data);
	}
	return verdict;
}

static void check_rewrite(const struct http_response_head *head, const struct http_response_context *context)
{
	static struct http_response_head sent;
	struct http_head_scan scan = {0};
	struct buf out;

	buf_init(&out, 0);
	head_rewrite_response(
		&out, head, head->status == 101 ? HEAD_CONNECTION_UPGRADE : HEAD_CONNECTION_CLOSE);
	ensure(!out.overflow);
	ensure(http_response_head_parse(buf_slice(&out), context, &scan, &sent) == HTTP_OK);
	ensure(sent.head_bytes == out.len && sent.status == head->status);
	ensure(sent.body.kind == head->body.kind && sent.body.length == head->body.length);
	ensure(sent.has_content_length == head->has_content_length);
	ensure(slice_eq(sent.reason, head->reason));
	ensure(sent.field_count <= head->field_count + 1);
	ensure(!sent.has_proxy_authenticate);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum http_method methods[] = {
		HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_CONNECT, HTTP_METHOD_POST};
	static struct http_response_head whole, pieces;
	struct http_head_scan scan = {0};

	if (size < 2)
		return 0;
	struct http_response_context context = {
		.request_method = methods[data[0] & 3],
		.upgrade_sent = (data[0] & 4) != 0,
		.bare_lf_taken = (data[0] & 8) != 0,
	};
	struct slice bytes = fuzz_copy(data + 1, size - 1);
	enum http_verdict verdict = http_response_head_parse(bytes, &context, &scan, &whole);
	ensure(parse_in_pieces(data + 1, size - 1, data[0], &context, &pieces) == verdict);
	if (verdict == HTTP_OK) {
		ensure(pieces.head_bytes == whole.head_bytes && pieces.field_count == whole.field_count);
		ensure(pieces.body.kind == whole.body.kind && pieces.body.length == whole.body.length);
		if (whole.status != 407 && whole.field_count < HTTP_RESPONSE_FIELDS_MAX)
			check_rewrite(&whole, &context);
	}
	free((void *)(uintptr_t)bytes.data);
	return 0;
}
