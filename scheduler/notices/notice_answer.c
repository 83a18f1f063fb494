/* notice_answer.c: see notice_answer.h. */
#include "scheduler/notices/notice_answer.h"

#include <stdio.h>

#include "scheduler/providers/vendor_text.h"
#include "shared/json/json.h"
#include "shared/model/printable.h"

enum { CAUSE_WORDS_BYTES = 150 };

/* Telegram says "description" and {"parameters":{"retry_after":5}}, Discord "message" and "retry_after" in
 * seconds with a fraction. */
static void read_json(
	const struct json *root, enum notice_kind kind, struct slice secret, struct notice_verdict *verdict)
{
	static const char *const words[NOTICE_KIND_COUNT] = {
		[NOTICE_KIND_TELEGRAM] = "description", [NOTICE_KIND_DISCORD] = "message"};
	const struct json *wait = json_member(
		kind == NOTICE_KIND_TELEGRAM ? json_member(root, "parameters") : root, "retry_after");
	struct slice text = words[kind] ? vendor_string(root, words[kind]) : SLICE_NONE;
	double seconds;
	bool ok;

	if (text.len > 0)
		vendor_text_copy(text, secret, verdict->answer, sizeof(verdict->answer));
	if (words[kind] && wait && json_double(wait, &seconds) && seconds > 0 && seconds < 86400)
		verdict->retry_in_ms = (uint64_t)(seconds * 1000 + 0.5);
	/* Telegram may say no with a 200. */
	const struct json *flag = json_member(root, "ok");
	if (kind == NOTICE_KIND_TELEGRAM && flag && json_bool(flag, &ok) && !ok)
		verdict->sent = false;
}

void notice_answer_read(enum notice_kind kind, uint32_t status, struct slice body, uint64_t retry_after_s,
	struct slice secret, struct notice_verdict *ret_verdict)
{
	struct notice_verdict verdict = {.sent = status >= 200 && status < 300};
	struct json *root = json_parse(body, NULL, NULL);

	if (retry_after_s < 86400)
		verdict.retry_in_ms = retry_after_s * 1000;
	vendor_text_copy(body, secret, verdict.answer, sizeof(verdict.answer));
	if (root && json_kind(root) == JSON_OBJECT)
		read_json(root, kind, secret, &verdict);
	json_free(root);
	if (verdict.sent)
		verdict.retry_in_ms = 0;
	else
		snprintf(verdict.cause, sizeof(verdict.cause), "HTTP %u%s%.*s", (unsigned)status,
			verdict.answer[0] ? " " : "",
			(int)printable_cut(slice_from_str(verdict.answer), CAUSE_WORDS_BYTES),
			verdict.answer);
	*ret_verdict = verdict;
}
