/* mailbox.c: see mailbox.h. A Treiber stack whose only consumer takes the whole stack, so that the ABA
 * problem cannot come up; the order is restored by reversing. */
#include "relay-node/mailbox.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/ensure.h"

bool mailbox_init(struct mailbox *box)
{
	atomic_init(&box->newest, NULL);
	box->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return box->event_fd >= 0;
}

void mailbox_done(struct mailbox *box)
{
	ensure(atomic_load(&box->newest) == NULL);
	if (box->event_fd >= 0)
		close(box->event_fd);
	box->event_fd = -1;
}

void mailbox_post(struct mailbox *box, struct mail *mail)
{
	struct mail *head = atomic_load_explicit(&box->newest, memory_order_relaxed);
	uint64_t one = 1;

	do {
		mail->next = head;
	} while (!atomic_compare_exchange_weak_explicit(
		&box->newest, &head, mail, memory_order_acq_rel, memory_order_relaxed));
	/* EAGAIN would mean 2^64 unread wake-ups; anything else is a bug of ours. */
	if (!head)
		ensure(write(box->event_fd, &one, sizeof(one)) == sizeof(one));
}

struct mail *mailbox_take(struct mailbox *box)
{
	struct mail *oldest = NULL, *mail;
	uint64_t count;

	/* First the wake-up, then the mail: the other order could lose one. */
	if (read(box->event_fd, &count, sizeof(count)) < 0)
		count = 0;
	mail = atomic_exchange_explicit(&box->newest, NULL, memory_order_acq_rel);
	while (mail) {
		struct mail *next = mail->next;

		mail->next = oldest;
		oldest = mail;
		mail = next;
	}
	return oldest;
}
