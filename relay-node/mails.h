/*
 * mails.h: what the feed thread and the workers tell each other (mailbox.h). Every mail is one malloc;
 * whoever takes it frees it with mail_free(), which also lets go of the references inside.
 */
#ifndef KP_RELAY_MAILS_H
#define KP_RELAY_MAILS_H

#include <stddef.h>
#include <stdint.h>

#include "relay-node/mailbox.h"
#include "relay-node/route_table.h"
#include "relay-node/served_route.h"

enum mail_kind {
	/* feed → worker */
	MAIL_ROUTE_SET,
	MAIL_ROUTE_DEL,
	MAIL_SNAPSHOT, /* all routes there are; whatever is not in it is gone */
	MAIL_COLLECT,  /* send MAIL_USAGE */
	MAIL_LAME,     /* going away: answers say Connection: close */
	MAIL_DRAIN,    /* empty and close the listeners, let connections end until the deadline */
	/* worker → feed */
	MAIL_SUSPECT,
	MAIL_USAGE,
	MAIL_DRAINED, /* the worker's thread ends */
};

struct mail_route {
	struct mail mail;
	struct served_route *served;             /* SET: one reference */
	char subdomain[SUBDOMAIN_BYTES_MAX + 1]; /* DEL */
};

/* How far a worker has come with a snapshot (worker_mail.c). */
enum snapshot_phase { SNAPSHOT_MARK, SNAPSHOT_SWEEP, SNAPSHOT_SET };

struct mail_snapshot {
	struct mail mail;
	enum snapshot_phase phase;
	size_t next; /* MARK, SET: index in served; SWEEP: cursor of the table */
	size_t count;
	struct served_route *served[]; /* one reference each; NULL once the table has it */
};

struct mail_suspect {
	struct mail mail;
	uint64_t id;
	const char *reason; /* static: a close reason's name */
};

struct mail_usage_item {
	uint64_t id;
	struct route_usage usage;
	struct endpoint_load *load; /* one reference: how many connections are open by now */
};

struct mail_usage {
	struct mail mail;
	size_t count;
	struct mail_usage_item items[];
};

/* Without further content: COLLECT, LAME, DRAIN, DRAINED. */
struct mail *mail_new(enum mail_kind kind) MUST_CHECK;
void mail_free(struct mail *mail);

#endif
