/*
 * test_http_cases.c: runs every entry of cases/ through the real parsers, each in several splittings: in one
 * piece, byte by byte, cut at every CR and LF, and in two pieces at random places (a fixed seed). The verdict
 * must be the expected one each time, and what we would send on must re-read as the same message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay-node/head_response.h"
#include "relay-node/head_rewrite.h"
#include "shared/base/ensure.h"
#include "tests/unit/relay-node/case_file.h"

enum { RANDOM_CUTS = 8, COPY_BYTES_MAX = 4096 };
enum split { SPLIT_NONE, SPLIT_BYTES, SPLIT_LINES, SPLIT_RANDOM };

static const char *const split_names[] = {"whole", "byte by byte", "at CR and LF", "in two"};

/* A message on its way through: head, then body. */
struct reading {
	const struct http_case *c;
	struct http_head_scan scan;
	struct body_framing body;
	bool in_body, over;
	size_t body_at; /* offset of the first byte the body has not been given */
	enum http_verdict verdict;
	struct buf sent_on; /* the head as it leaves us */
};

static enum http_method method_of(const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = {{"GET", HTTP_METHOD_GET}, {"HEAD", HTTP_METHOD_HEAD}, {"POST", HTTP_METHOD_POST},
		{"CONNECT", HTTP_METHOD_CONNECT}};

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	fail_msg("no such method: %s", name);
	return HTTP_METHOD_OTHER;
}

static void read_request_head(struct reading *r, struct slice bytes)
{
	struct http_request_head head;
	struct head_request_options options = {SLICE_NONE, HEAD_CONNECTION_KEEP_ALIVE};

	r->verdict = http_request_head_parse(bytes, &http_head_limits_default, &r->scan, &head);
	if (r->verdict != HTTP_OK)
		return;
	if (head.upgrade.len > 0)
		options.connection = HEAD_CONNECTION_UPGRADE;
	if (head.method == HTTP_METHOD_CONNECT)
		head_rewrite_connect(&r->sent_on, &head.target.authority, SLICE_NONE);
	else
		head_rewrite_request(&r->sent_on, &head, &options);
	body_framing_init(&r->body, head.body);
	r->body_at = head.head_bytes;
}

static void read_response_head(struct reading *r, struct slice bytes)
{
	struct http_response_context context = {method_of(r->c->to), r->c->with_upgrade, r->c->with_bare_lf};
	struct http_response_head head;

	r->verdict = http_response_head_parse(bytes, &context, &r->scan, &head);
	if (r->verdict != HTTP_OK)
		return;
	if (head.status != 407)
		head_rewrite_response(&r->sent_on, &head,
			head.status == 101 ? HEAD_CONNECTION_UPGRADE : HEAD_CONNECTION_CLOSE);
	body_framing_init(&r->body, head.body);
	r->body_at = head.head_bytes;
}

/* Gives the first `len` bytes; the earlier of them were given before. */
static void read_prefix(struct reading *r, const struct buf *all, size_t len,
	void (*read_head)(struct reading *r, struct slice bytes))
{
	size_t consumed = 0;

	if (!r->in_body) {
		/* A copy of exactly these bytes, elsewhere each time: reading past it or keeping a pointer
		 * shows. */
		char *copy = len <= COPY_BYTES_MAX ? mem_alloc(len + !len) : NULL;
		if (copy && len > 0)
			memcpy(copy, all->data, len);
		read_head(r, slice_of(copy ? copy : all->data, len));
		free(copy);
		if (r->verdict != HTTP_OK) {
			r->over = r->verdict != HTTP_NEED_MORE;
			return;
		}
		r->in_body = true;
	}
	enum body_progress progress =
		body_framing_feed(&r->body, slice_of(all->data + r->body_at, len - r->body_at), &consumed);
	r->body_at += consumed;
	r->over = progress != BODY_NEED_MORE;
	r->verdict = progress == BODY_DONE  ? HTTP_OK
		     : progress == BODY_BAD ? body_framing_fault(&r->body)
					    : HTTP_NEED_MORE;
}

static bool is_cut(const struct buf *all, size_t at, enum split split, size_t random_cut)
{
	switch (split) {
	case SPLIT_NONE: return false;
	case SPLIT_BYTES: return true;
	case SPLIT_LINES: return all->data[at - 1] == '\r' || all->data[at - 1] == '\n';
	case SPLIT_RANDOM: return at == random_cut;
	}
	return false;
}

static void check_outcome(struct reading *r, enum split split)
{
	const struct http_case *c = r->c;
	const char *got = http_verdict_info(r->verdict)->name;
	const char *sent_on = buf_str(&r->sent_on);

	if (strcmp(got, c->want) != 0)
		fail_msg("%s (%s): %s instead of %s; %s", c->name, split_names[split], got, c->want, c->why);
	for (unsigned i = 0; i < c->passes_count; i++)
		if (!strstr(sent_on, c->passes[i]))
			fail_msg("%s (%s): '%s' is missing in: %s", c->name, split_names[split], c->passes[i],
				sent_on);
	for (unsigned i = 0; i < c->hides_count; i++)
		if (strcasestr(sent_on, c->hides[i]))
			fail_msg("%s (%s): '%s' is left in: %s", c->name, split_names[split], c->hides[i],
				sent_on);
	if (r->verdict == HTTP_OK &&
		!slice_eq(slice_from(buf_slice(&c->send), r->body_at), buf_slice(&c->rest)))
		fail_msg("%s (%s): the message ends at byte %zu", c->name, split_names[split], r->body_at);
}

static void run_split(const struct http_case *c, enum split split, size_t random_cut,
	void (*read_head)(struct reading *r, struct slice bytes))
{
	struct reading r = {.c = c, .verdict = HTTP_NEED_MORE};

	buf_init(&r.sent_on, 0);
	for (size_t at = 1; at <= c->send.len && !r.over; at++)
		if (at == c->send.len || is_cut(&c->send, at, split, random_cut))
			read_prefix(&r, &c->send, at, read_head);
	if (c->eof && r.in_body && !r.over)
		r.verdict = body_framing_eof(&r.body) == BODY_DONE ? HTTP_OK : body_framing_fault(&r.body);
	check_outcome(&r, split);
	buf_done(&r.sent_on);
}

static void run_case(const struct http_case *c, void *arg)
{
	void (*read_head)(struct reading * r, struct slice bytes) =
		*(void (**)(struct reading *, struct slice))arg;
	uint32_t seed = 20240607;

	run_split(c, SPLIT_NONE, 0, read_head);
	run_split(c, SPLIT_BYTES, 0, read_head);
	run_split(c, SPLIT_LINES, 0, read_head);
	for (unsigned i = 0; i < RANDOM_CUTS && c->send.len > 1; i++) {
		seed = seed * 1664525 + 1013904223;
		run_split(c, SPLIT_RANDOM, 1 + (seed >> 8) % (c->send.len - 1), read_head);
	}
}

static void run_file(
	const char *name, unsigned least, void (*read_head)(struct reading *r, struct slice bytes))
{
	char path[512];

	assert_true(snprintf(path, sizeof(path), "%s/%s", CASES_DIR, name) < (int)sizeof(path));
	unsigned count = case_file_each(path, run_case, &read_head);
	assert_true(count >= least); /* a file that lost its entries must not pass */
	print_message("%s: %u cases\n", name, count);
}

static void test_good_requests(void **state)
{
	(void)state;
	run_file("requests_good.txt", 20, read_request_head);
}

static void test_request_lines(void **state)
{
	(void)state;
	run_file("request_line.txt", 25, read_request_head);
}

static void test_targets(void **state)
{
	(void)state;
	run_file("target.txt", 35, read_request_head);
}

static void test_header_syntax(void **state)
{
	(void)state;
	run_file("header_syntax.txt", 25, read_request_head);
}

static void test_framing(void **state)
{
	(void)state;
	run_file("framing.txt", 30, read_request_head);
}

static void test_chunked(void **state)
{
	(void)state;
	run_file("chunked.txt", 30, read_request_head);
}

static void test_hop_by_hop(void **state)
{
	(void)state;
	run_file("hop_by_hop.txt", 15, read_request_head);
}

static void test_other_protocols(void **state)
{
	(void)state;
	run_file("other_protocols.txt", 8, read_request_head);
}

static void test_responses(void **state)
{
	(void)state;
	run_file("responses.txt", 40, read_response_head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_requests),
		cmocka_unit_test(test_request_lines),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_header_syntax),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_chunked),
		cmocka_unit_test(test_hop_by_hop),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_responses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
