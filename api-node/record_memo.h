/*
 * record_memo.h: the JSON of the records that were shown lately. To write a proxy costs some ten times what
 * copying its text does, and lists show the same ones again and again. Bounded by bytes; what was not shown
 * for longest goes first, so a fleet that does not fit costs what it would without.
 *
 * A memo lives with its record, which is replaced when the proxy changes. What else the text depends on is in
 * `epoch` and `until_ms`.
 */
#ifndef KP_API_RECORD_MEMO_H
#define KP_API_RECORD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct record;
struct record_memo;
struct record_memos;

struct record_memos *record_memos_new(size_t limit_bytes) MUST_CHECK;
void record_memos_free(struct record_memos *memos); /* every record was freed before */

/* The text that is kept for the record, if it was made in the same epoch and now_ms is before its until_ms.
 * Valid until the next record_memo_keep(), or the record's end. */
bool record_memo_find(struct record_memos *memos, const struct record *record, uint64_t epoch, int64_t now_ms,
	struct slice *ret_text) MUST_CHECK;
/* Keeps a copy in the place of what was kept; returns it. */
struct slice record_memo_keep(struct record_memos *memos, const struct record *record, uint64_t epoch,
	int64_t until_ms, struct slice text);
/* Called with the record's end: wipes it, there is a password in it. NULL is allowed. */
void record_memo_free(struct record_memo *memo);

size_t record_memos_bytes(const struct record_memos *memos);

#endif
