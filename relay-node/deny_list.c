/* deny_list.c: see deny_list.h. A linear scan: an operator's list has tens of entries. */
#include "relay-node/deny_list.h"

#include <stdlib.h>

#include "relay-node/http_chars.h"
#include "shared/base/ensure.h"

static bool is_name(struct slice s)
{
	if (s.len == 0 || s.len > 253)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] != '.' && !http_char_is(s.data[i], HTTP_LABEL))
			return false;
	}
	return true;
}

static bool add_entry(struct deny_list *list, struct slice entry, struct err *err)
{
	struct ip_cidr cidr;

	if (ip_cidr_parse(entry, &cidr)) {
		list->cidrs = mem_realloc(list->cidrs, (list->cidr_count + 1) * sizeof(*list->cidrs));
		list->cidrs[list->cidr_count++] = cidr;
		return true;
	}
	if (!is_name(entry))
		return err_set(err, ERR_INVALID, "\"%.*s\" is neither a CIDR nor a name", SLICE_ARG(entry));
	list->names = mem_realloc(list->names, (list->name_count + 1) * sizeof(*list->names));
	list->names[list->name_count++] = entry;
	return true;
}

bool deny_list_parse(struct deny_list *list, struct slice text, struct err *err)
{
	struct slice entry;

	*list = (struct deny_list){0};
	while (http_list_next(&text, &entry)) {
		if (!add_entry(list, entry, err)) {
			deny_list_done(list);
			return false;
		}
	}
	return true;
}

void deny_list_done(struct deny_list *list)
{
	free(list->cidrs);
	free(list->names);
	*list = (struct deny_list){0};
}

static bool name_matches(struct slice name, struct slice host)
{
	if (name.data[0] != '.')
		return slice_eq_icase(name, host);
	return host.len > name.len && slice_eq_icase(name, slice_from(host, host.len - name.len));
}

bool deny_list_matches(const struct deny_list *list, struct slice host)
{
	struct ip_addr addr;

	if (host.len && host.data[host.len - 1] == '.')
		host.len--;
	if (ip_addr_parse(host, &addr)) {
		for (size_t i = 0; i < list->cidr_count; i++) {
			if (ip_cidr_contains(&list->cidrs[i], &addr))
				return true;
		}
	}
	for (size_t i = 0; i < list->name_count; i++) {
		if (name_matches(list->names[i], host))
			return true;
	}
	return false;
}
