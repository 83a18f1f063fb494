/*
 * deny_list.h: the operator's own list of destinations that no client may reach (DESTINATION_DENY), on top of
 * destination.h. Literals are compared as addresses, names as names; nothing is resolved.
 */
#ifndef KP_RELAY_DENY_LIST_H
#define KP_RELAY_DENY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

struct deny_list {
	struct ip_cidr *cidrs; /* owned */
	size_t cidr_count;
	struct slice *names; /* owned; the text is borrowed. A leading dot: that suffix */
	size_t name_count;
};

/* "10.0.0.0/8, example.com, .internal": `text` is borrowed for the list's life. False names the bad entry. */
bool deny_list_parse(struct deny_list *list, struct slice text, struct err *err) MUST_CHECK;
void deny_list_done(struct deny_list *list);

/* `host` without brackets and port; a dot at its end is ignored. */
bool deny_list_matches(const struct deny_list *list, struct slice host);

#endif
