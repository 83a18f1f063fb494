/*
 * notice_batch.h: what a channel has to tell at once: events of proxies, grouped by kind. Read from the text
 * that the store keeps; pure.
 */
#ifndef KP_SCHEDULER_NOTICES_NOTICE_BATCH_H
#define KP_SCHEDULER_NOTICES_NOTICE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/notice.h"

struct json;

struct notice_item {
	enum notice_event event;
	uint64_t proxy_id;
	struct slice subdomain, key_name;
	int64_t at;               /* epoch ms */
	const struct json *error; /* {message_id, params, …}; NULL when there is none */
	const struct json *params;
};

/* Those of one kind. `count` is more than `len` where the store could only count the rest. */
struct notice_group {
	enum notice_event event;
	uint64_t count;
	const struct notice_item *items; /* of the batch, by proxy */
	size_t len;
};

/* A test's batch is empty: no id, no group. */
struct notice_batch {
	struct slice id; /* "msg_…"; in `json` */
	int64_t at;
	struct notice_group groups[NOTICE_EVENT_COUNT];
	size_t group_count;
	uint64_t total;            /* all events */
	struct notice_item *items; /* owned */
	struct json *json;         /* owned: the texts live in it */
};

/* Events of kinds that this program does not know are left out. */
bool notice_batch_parse(struct slice text, struct notice_batch *ret_batch, struct err *err) MUST_CHECK;
void notice_batch_done(struct notice_batch *batch);

#endif
