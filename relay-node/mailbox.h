/*
 * mailbox.h: messages from any thread to one. Posting is one compare-and-swap, and one eventfd write only
 * when the box was empty; the owner takes everything at once, in the order posted. This is the only way in
 * which the threads of the relay talk to each other (counters.h apart, which are read, never awaited).
 */
#ifndef KP_RELAY_MAILBOX_H
#define KP_RELAY_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "shared/base/compiler.h"

struct mail {
	struct mail *next;
	int kind; /* the two sides' own enum */
};

struct mailbox {
	_Atomic(struct mail *) newest;
	int event_fd; /* owned; readable when there may be mail */
};

bool mailbox_init(struct mailbox *box) MUST_CHECK;
void mailbox_done(struct mailbox *box); /* must be empty: take what is left first */

/* Takes ownership of `mail`, the first member of a message made by malloc. */
void mailbox_post(struct mailbox *box, struct mail *mail);

/* All mail, oldest first, linked by `next`; the caller owns it. Clears the eventfd. */
struct mail *mailbox_take(struct mailbox *box);

#endif
