/* worker_mail.h: what a worker does with what the feed thread sends: routes come and go, listeners with them,
 * and the end of the process. Called by worker.c only. */
#ifndef KP_RELAY_WORKER_MAIL_H
#define KP_RELAY_WORKER_MAIL_H

#include "relay-node/mailbox.h"
#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"

struct listener;
struct worker;

/* Applies `mail`, taking from *steps (> 0) one for each route it handles. False when the steps did not
 * suffice: call again with the same mail, and no other before. The caller frees `mail` after true. */
bool worker_apply(struct worker *worker, struct mail *mail, unsigned *steps) MUST_CHECK;

/* After an attempt to listen: counts, logs and tries again later when it failed. */
void worker_listen_tried(struct worker *worker, const struct listener *listener, const struct err *err);
/* The listen timer: those that could not listen try again, those that were paused go on. */
void worker_retry_listeners(struct worker *worker);
void worker_drop_listeners(struct worker *worker);

#endif
