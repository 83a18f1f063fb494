/*
 * notice_answer.h: what a receiver's answer means: sent or not, why not, and when it wants to be asked again.
 * Pure; the answer is as untrusted as any peer's.
 */
#ifndef KP_SCHEDULER_NOTICES_NOTICE_ANSWER_H
#define KP_SCHEDULER_NOTICES_NOTICE_ANSWER_H

#include <stdint.h>

#include "shared/base/slice.h"
#include "shared/model/notice.h"

enum { NOTICE_CAUSE_BYTES = 200, NOTICE_ANSWER_BYTES = 300 };

struct notice_verdict {
	bool sent;
	uint64_t retry_in_ms;             /* the receiver's wish; 0 = none */
	char cause[NOTICE_CAUSE_BYTES];   /* why it was not sent, for people; "" when it was */
	char answer[NOTICE_ANSWER_BYTES]; /* its words, made printable */
};

/* status: of the HTTP answer. retry_after_s: its Retry-After; 0 = none. `secret` (may be empty): what must
 * not come back in its words. */
void notice_answer_read(enum notice_kind kind, uint32_t status, struct slice body, uint64_t retry_after_s,
	struct slice secret, struct notice_verdict *ret_verdict);

#endif
