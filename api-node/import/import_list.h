/*
 * import_list.h: what is to be taken in from elsewhere, one item a user, proxy or line of history, whichever
 * format it came in: old_data.c and backup_lines.c fill it, import_run.c works through it, import_report.c
 * tells what became of each. Pure. It may hold secrets: import_list_done wipes it.
 */
#ifndef KP_API_IMPORT_IMPORT_LIST_H
#define KP_API_IMPORT_IMPORT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/slice.h"
#include "shared/crypto/keyring.h"

#define IMPORT_KINDS(X)        \
	X(USER, "users")       \
	X(PROXY, "proxies")    \
	X(TOKEN, "tokens")     \
	X(CHANNEL, "channels") \
	X(LOG, "logs")

#define X(name, text) IMPORT_##name,
enum import_kind { IMPORT_KINDS(X) IMPORT_KIND_COUNT };
#undef X

#define IMPORT_RESULTS(X)                                                            \
	X(UNDECIDED, "undecided")                                                    \
	X(CREATED, "created")                                                        \
	X(EXISTS, "exists")     /* is here already; nothing was changed */           \
	X(REPLACED, "replaced") /* a user of that name has the other password now */ \
	X(CONFLICT, "conflict") /* something else stands in its place here */        \
	X(REFUSED, "refused")   /* cannot be read, or is not worth taking */

#define X(name, text) RESULT_##name,
enum import_result { IMPORT_RESULTS(X) IMPORT_RESULT_COUNT };
#undef X

enum { IMPORT_DETAIL_BYTES = 64, IMPORT_NAME_BYTES = 64, IMPORT_TALLY_MAX = 64 };

struct import_item {
	enum import_kind kind;
	enum import_result result;
	int64_t from_id;                  /* its id where it came from; 0 = it had none */
	uint64_t wanted_id;               /* of a proxy: from_id, unless another had it first */
	uint64_t id;                      /* its id here; 0 = not known yet */
	const char *reason;               /* message id, static; NULL = none */
	char detail[IMPORT_DETAIL_BYTES]; /* {value} of the reason */
	size_t at, len; /* in list->text: a JSON object of texts, the fields in our own names */
	size_t ignored_at, ignored_len;  /* in list->text: names that were not taken, "a,b" */
	char key_hash[HEX_SHA256_BYTES]; /* of a proxy's provider key; "" = not computed, or a fixed upstream
					  */
	char name[IMPORT_NAME_BYTES];    /* a proxy's subdomain; "" = any */
	int64_t at_ms;                   /* of a line of history: when */
	uint64_t number;                 /* a proxy's; 0 = any */
};

/* Names that were not taken, and how often. */
struct import_tally {
	char name[IMPORT_NAME_BYTES];
	unsigned count;
};

struct import_list {
	struct buf text;           /* owned, secret */
	struct import_item *items; /* owned */
	size_t count, cap;
	size_t settings_at,
		settings_len; /* in text: a JSON object of texts, as the store keeps settings; 0 long: none */
	size_t numbers_at, numbers_len; /* the same for counters and released numbers, of a backup */
	struct import_tally ignored[IMPORT_KIND_COUNT + 1]
				   [IMPORT_TALLY_MAX]; /* the last: of the document itself */
	unsigned ignored_count[IMPORT_KIND_COUNT + 1];
};

const char *import_kind_text(enum import_kind kind);
const char *import_result_text(enum import_result result);

void import_list_init(struct import_list *list);
void import_list_done(struct import_list *list);

/* A new item at the end, undecided. Valid until the next one is added. */
struct import_item *import_list_add(struct import_list *list, enum import_kind kind, int64_t from_id);

struct slice import_item_fields(const struct import_list *list, const struct import_item *item);
struct slice import_item_ignored(const struct import_list *list, const struct import_item *item);

/* Decides an item with a reason. `detail` is cut to what fits; SLICE_NONE: none. */
void import_item_decide(
	struct import_item *item, enum import_result result, const char *reason, struct slice detail);

/* Counts a name that was not taken; kind IMPORT_KIND_COUNT: of the document itself. */
void import_list_ignore(struct import_list *list, enum import_kind kind, struct slice name);

#endif
