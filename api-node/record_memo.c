/* record_memo.c: see record_memo.h. A list in the order of use; a record points to its memo. */
#include "api-node/record_memo.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/record.h"
#include "shared/base/ensure.h"
#include "shared/base/list.h"

struct record_memos {
	struct list used; /* the one used last is the last */
	size_t bytes, limit_bytes;
};

struct record_memo {
	struct list node;
	struct record_memos *memos; /* borrowed */
	struct record_memo **place; /* record->memo; the record frees us with itself */
	uint64_t epoch;
	int64_t until_ms;
	size_t len;
	char text[];
};

struct record_memos *record_memos_new(size_t limit_bytes)
{
	struct record_memos *memos = mem_zalloc(sizeof(*memos));

	list_init(&memos->used);
	memos->limit_bytes = limit_bytes;
	return memos;
}

void record_memos_free(struct record_memos *memos)
{
	if (!memos)
		return;
	ensure(list_empty(&memos->used));
	free(memos);
}

void record_memo_free(struct record_memo *memo)
{
	if (!memo)
		return;
	*memo->place = NULL;
	list_remove(&memo->node);
	memo->memos->bytes -= sizeof(*memo) + memo->len;
	explicit_bzero(memo->text, memo->len);
	free(memo);
}

bool record_memo_find(struct record_memos *memos, const struct record *record, uint64_t epoch, int64_t now_ms,
	struct slice *ret_text)
{
	struct record_memo *memo = record->memo;

	if (!memo || memo->epoch != epoch || now_ms >= memo->until_ms)
		return false;
	list_remove(&memo->node);
	list_append(&memos->used, &memo->node);
	*ret_text = slice_of(memo->text, memo->len);
	return true;
}

struct slice record_memo_keep(struct record_memos *memos, const struct record *record, uint64_t epoch,
	int64_t until_ms, struct slice text)
{
	/* What is remembered about a record is no part of it: readers hold it const. */
	struct record_memo **place = &((struct record *)record)->memo;
	struct record_memo *memo = mem_alloc(sizeof(*memo) + text.len);

	record_memo_free(*place);
	*memo = (struct record_memo){
		.memos = memos, .place = place, .epoch = epoch, .until_ms = until_ms, .len = text.len};
	memcpy(memo->text, text.data, text.len);
	*place = memo;
	list_append(&memos->used, &memo->node);
	memos->bytes += sizeof(*memo) + memo->len;
	while (memos->bytes > memos->limit_bytes) {
		struct record_memo *oldest = list_entry(memos->used.next, struct record_memo, node);
		if (oldest == memo)
			break; /* the caller is to have it */
		record_memo_free(oldest);
	}
	return slice_of(memo->text, memo->len);
}

size_t record_memos_bytes(const struct record_memos *memos)
{
	return memos->bytes;
}
