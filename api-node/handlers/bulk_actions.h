/*
 * bulk_actions.h: what POST /api/proxies/bulk can do to each proxy: one table of name, the right it needs,
 * its own members of the body, how they are read, and how it begins on one proxy. bulk.c reads the request
 * and answers.
 */
#ifndef KP_API_HANDLERS_BULK_ACTIONS_H
#define KP_API_HANDLERS_BULK_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "api-node/handlers/bulk_run.h"
#include "api-node/handlers/proxy_form.h"
#include "shared/model/user.h"
#include "shared/store/store_rotation.h"

struct json;

enum { BULK_ACTION_MEMBERS = 2, BULK_REGION_BYTES = 17, RENEW_DAYS_MAX = 3650 };

/* One call: the action and its members, the same for every proxy. */
struct bulk_call {
	const struct bulk_action *action;
	struct proxy_form form;         /* owned; what proxy_update takes: set, tag, assign, renewed */
	char region[BULK_REGION_BYTES]; /* rotate */
	enum store_when when;           /* rotate */
	bool release;                   /* delete */
	bool regenerate_password;       /* set: each gets a password of its own */
	uint64_t room;                  /* jobs that the queue still takes; for actions with `queues` */
};

struct bulk_action {
	const char *name;
	enum user_action needs;
	enum { ON_RECORD, ON_DELETED } target;      /* restore: our copy does not have it */
	enum { QUEUES_NOTHING, QUEUES_JOB } queues; /* each proxy may put a job on the queue */
	const char *members[BULK_ACTION_MEMBERS];
	/* Reads the members into `call`; false with `err`. NULL: there are none. */
	bool (*take)(struct bulk_call *call, const struct json *body, struct field_err *err);
	/* Begins on the item's proxy, whose rights have been checked. */
	void (*start)(struct bulk_call *call, struct bulk_item *item);
};

const struct bulk_action *bulk_action_find(struct slice name); /* NULL: none of that name */
const char *bulk_actions_list(void);                           /* "rotate, cancel, …", for messages */

#endif
