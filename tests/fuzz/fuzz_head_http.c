/*
 * fuzz_head_http.c: request heads. Whatever the bytes: no splitting changes the verdict, and a head that is
 * sent on is read again, by the same strict parser, as the same request.
 */
#include "relay-node/basic_auth.h"
#include "relay-node/client_protocol.h"
#include "relay-node/destination.h"
#include "relay-node/head_http.h"
#include "relay-node/head_rewrite.h"
#include "tests/fuzz/fuzz_input.h"

static const struct http_head_limits limits = {
	.head_bytes = 2048, .line_bytes = 512, .fields = 16, .host_bytes = 64};

static enum http_verdict parse_in_pieces(
	const uint8_t *data, size_t size, uint32_t seed, struct http_request_head *head)
{
	struct http_head_scan scan = {0};
	enum http_verdict verdict = HTTP_NEED_MORE;

	for (size_t at = 0; at < size && verdict == HTTP_NEED_MORE;) {
		at = fuzz_next_cut(&seed, at, size);
		struct slice bytes = fuzz_copy(data, at);
		verdict = http_request_head_parse(bytes, &limits, &scan, head);
		free((void *)(uintptr_t)bytes.data);
	}
	return verdict;
}

static void check_same_request(const struct http_request_head *a, const struct http_request_head *b)
{
	ensure(slice_eq(a->method_text, b->method_text));
	ensure(slice_eq(a->target.authority_text, b->target.authority_text));
	ensure(slice_eq(a->target.authority.host, b->target.authority.host));
	ensure(a->target.authority.port == b->target.authority.port);
	ensure(a->body.kind == b->body.kind && a->body.length == b->body.length);
	ensure(a->minor_version == b->minor_version && a->expects_continue == b->expects_continue);
	ensure(slice_eq(a->upgrade, b->upgrade));
	ensure(b->field_count <= a->field_count + 3u); /* Host, Connection, Proxy-Authorization may be new */
}

static void check_no_hop_by_hop(const struct http_request_head *sent)
{
	for (unsigned i = 0; i < sent->field_count; i++) {
		enum http_field_id id = sent->fields[i].id;
		ensure(id != HTTP_FIELD_TE && id != HTTP_FIELD_KEEP_ALIVE &&
			id != HTTP_FIELD_PROXY_CONNECTION);
		ensure(id != HTTP_FIELD_HTTP2_SETTINGS && id != HTTP_FIELD_PROXY_AUTHENTICATE);
	}
}

static void check_rewrite(const struct http_request_head *head)
{
	static struct http_request_head sent;
	struct head_request_options options = {SLICE_LIT("Basic dTpw"), HEAD_CONNECTION_CLOSE};
	struct http_head_scan scan = {0};
	struct buf out;

	buf_init(&out, 0);
	if (head->method == HTTP_METHOD_CONNECT) {
		head_rewrite_connect(&out, &head->target.authority, options.proxy_authorization);
	} else {
		options.connection =
			head->upgrade.len > 0 ? HEAD_CONNECTION_UPGRADE : HEAD_CONNECTION_KEEP_ALIVE;
		head_rewrite_request(&out, head, &options);
	}
	ensure(!out.overflow);
	ensure(http_request_head_parse(buf_slice(&out), &http_head_limits_default, &scan, &sent) == HTTP_OK);
	ensure(sent.head_bytes == out.len);
	ensure(slice_eq(sent.proxy_authorization, options.proxy_authorization));
	check_no_hop_by_hop(&sent);
	if (head->method == HTTP_METHOD_CONNECT)
		ensure(slice_eq(sent.target.authority.host, head->target.authority.host) &&
			sent.target.authority.port == head->target.authority.port);
	else
		check_same_request(head, &sent);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_request_head whole, pieces;
	struct http_head_scan scan = {0};

	if (size < 1)
		return 0;
	struct slice bytes = fuzz_copy(data + 1, size - 1);
	(void)client_protocol_guess(bytes);
	enum http_verdict verdict = http_request_head_parse(bytes, &limits, &scan, &whole);
	if (size > 1)
		ensure(parse_in_pieces(data + 1, size - 1, data[0], &pieces) == verdict);
	if (verdict == HTTP_OK) {
		ensure(pieces.head_bytes == whole.head_bytes && pieces.field_count == whole.field_count);
		ensure(whole.target.authority.port != 0);
		(void)destination_check(whole.target.authority.host, DESTINATION_PUBLIC_ONLY);
		check_rewrite(&whole);
	}
	free((void *)(uintptr_t)bytes.data);
	return 0;
}
