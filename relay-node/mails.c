/* mails.c: see mails.h. */
#include "relay-node/mails.h"

#include <stdlib.h>

#include "shared/base/ensure.h"

struct mail *mail_new(enum mail_kind kind)
{
	struct mail *mail = mem_zalloc(sizeof(*mail));

	mail->kind = kind;
	return mail;
}

void mail_free(struct mail *mail)
{
	if (mail->kind == MAIL_ROUTE_SET) {
		served_route_unref(container_of(mail, struct mail_route, mail)->served);
	} else if (mail->kind == MAIL_SNAPSHOT) {
		struct mail_snapshot *snapshot = container_of(mail, struct mail_snapshot, mail);

		for (size_t i = 0; i < snapshot->count; i++)
			served_route_unref(snapshot->served[i]);
	} else if (mail->kind == MAIL_USAGE) {
		struct mail_usage *usage = container_of(mail, struct mail_usage, mail);

		for (size_t i = 0; i < usage->count; i++)
			endpoint_load_unref(usage->items[i].load);
	}
	free(mail);
}
