/*
 * list_query.h: the query of a list of proxies, read and checked: which to show, in which order, which part.
 * Pure. Whether a record fits is list_filter.h, the order list_order.h.
 */
#ifndef KP_API_HANDLERS_LIST_QUERY_H
#define KP_API_HANDLERS_LIST_QUERY_H

#include <stdint.h>

#include "api-node/handlers/list_order.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

enum {
	LIST_LIMIT_MAX = 100000,
	LIST_TEXT_MAX_BYTES = 300,    /* of q, and of tag; they come again in the Link header, as do: */
	LIST_CHOICES_MAX_BYTES = 160, /* of status, and of region: each word once, and blanks */
	LIST_WORDS_MAX = 16,
	LIST_IDS_MAX = 2000, /* more than a request's head can hold */
};

struct list_word {
	struct slice folded;                    /* as in record->search */
	struct slice text;                      /* as it was sent, into the query */
	uint64_t key_hash;                      /* of `text`: it may be a provider key */
	enum { PLAIN_WORD, ADDRESS_LIKE } form; /* with a dot or colon, it may name an endpoint */
};

struct list_query {
	struct list_word words[LIST_WORDS_MAX];
	size_t word_count;
	unsigned statuses; /* bit n: enum proxy_status n; 0: any */
	unsigned regions;  /* bit n: enum region n; 0: any */
	struct slice tag;  /* folded; "" = any */
	uint64_t user_id;  /* 0: any */
	uint64_t *ids;     /* owned, ascending; NULL: any */
	size_t id_count;
	enum list_sort sort;
	enum list_direction direction;
	uint64_t offset, limit;
	enum { LIST_WHOLE, LIST_PAGED } part; /* PAGED: a limit was given */
	const char *refused; /* the parameter whose value is wrong, once parsing has failed */
	char folded_q[LIST_TEXT_MAX_BYTES], folded_tag[LIST_TEXT_MAX_BYTES];
};

/* `query`: the decoded fields "name=value", each ended by a NUL, as in struct request; it must outlive the
 * result. Which ones a call takes is the router's to say: those of others are passed over. False with a
 * sentence that says what would be right; the caller calls list_query_done() anyway. An empty text counts as
 * none. */
bool list_query_parse(struct slice query, struct list_query *ret_query, struct err *err) MUST_CHECK;
void list_query_done(struct list_query *query);

#endif
