/*
 * bulk_run.h: one request that does many small things at the store. At most BULK_WINDOW of them are under way
 * at once; each item's result is a JSON object, kept in the order of the input; when the last has ended,
 * `finish` answers.
 */
#ifndef KP_API_HANDLERS_BULK_RUN_H
#define KP_API_HANDLERS_BULK_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/json/json_writer.h"

struct bulk;
struct field_err;
struct request;
struct store_result;

enum {
	BULK_ITEMS_MAX = 10000,
	BULK_WINDOW = 200, /* of the 20,000 that a store link takes: other requests' calls come in between */
};

/* How an item ended, and the word for it. */
#define BULK_OUTCOMES(X)                                                      \
	X(STARTED, "started")     /* done, or under way */                    \
	X(SCHEDULED, "scheduled") /* at the first allowed moment */           \
	X(REFUSED, "refused")                                                 \
	X(CREATED, "created")                                                 \
	X(NEW, "new")             /* dry run: it would be created */          \
	X(DUPLICATE, "duplicate") /* the key is in use, or was given twice */ \
	X(MALFORMED, "malformed")

#define X(name, text) BULK_##name,
enum bulk_outcome { BULK_OUTCOMES(X) BULK_OUTCOME_COUNT };
#undef X

struct bulk_item {
	struct bulk *bulk;
	size_t index;      /* in the input, from 0 */
	uint64_t id;       /* of the proxy; 0: none (yet) */
	void *own;         /* the caller's, for this item */
	struct buf result; /* owned; a JSON object once the item has ended */
};

struct bulk_ops {
	/* Ends the item, now or from a callback of the store. */
	void (*start)(struct bulk_item *item);
	/* Every item has ended: answers the request, which frees the bulk. */
	void (*finish)(struct bulk *bulk);
	void (*own_free)(void *own); /* of the bulk; may be NULL */
};

struct bulk {
	struct request *req;        /* borrowed: it owns the bulk, as its work */
	const struct bulk_ops *ops; /* static */
	void *own;                  /* the caller's, for all items; ops->own_free frees it */
	struct bulk_item *items;    /* owned */
	size_t count;
	size_t counts[BULK_OUTCOME_COUNT];
	size_t lost;            /* items of which the store gave no answer */
	char version[64];       /* of the routes after the last change; "" = nothing was changed */
	size_t next, under_way; /* bulk_run.c's own */
	enum { BULK_IDLE, BULK_PUMPING, BULK_FINISHED } state;
};

/* Becomes req->work; the items are zeroed but for index and bulk. `own` belongs to the bulk from now on. */
struct bulk *bulk_new(struct request *req, size_t count, const struct bulk_ops *ops, void *own) MUST_CHECK;
/* Starts the items, and finishes at once when all have ended already. Touch neither bulk nor request
 * afterwards. */
void bulk_run(struct bulk *bulk);

/* The item's result: {"id":…,"status":…, then the caller's members; bulk_result_end ends object and item. */
void bulk_result_begin(struct bulk_item *item, enum bulk_outcome outcome, struct json_writer *w);
void bulk_result_end(struct bulk_item *item, struct json_writer *w);

/* Started, with nothing more to say; remembers the version in `result` (NULL: none). */
void bulk_started(struct bulk_item *item, const struct store_result *result);
/* A result with message_id, params, detail. params_json NULL: {}; detail NULL: the message's own text. */
void bulk_refuse(struct bulk_item *item, enum bulk_outcome outcome, const char *message_id,
	const char *params_json, const char *detail);
/* The same from a refusal of the store, or from a value that was checked. */
void bulk_refuse_result(struct bulk_item *item, enum bulk_outcome outcome, const struct store_result *result);
void bulk_refuse_field(struct bulk_item *item, enum bulk_outcome outcome, const struct field_err *err);
/* The members alone, for results that have others too. */
void bulk_put_message(
	struct json_writer *w, const char *message_id, const char *params_json, const char *detail);
void bulk_put_refusal(struct bulk_item *item, struct json_writer *w, const struct store_result *result);
void bulk_put_field(struct json_writer *w, const struct field_err *err);

void bulk_keep_version(struct bulk *bulk, const struct store_result *result);
/* `results`: the array of all, in order, as a member of the answer. */
void bulk_put_results(struct json_writer *w, const struct bulk *bulk);
/* Nothing at all reached the store: 503, so that the whole may be sent again. True when it was answered so.
 */
bool bulk_reply_lost(struct bulk *bulk) MUST_CHECK;

#endif
