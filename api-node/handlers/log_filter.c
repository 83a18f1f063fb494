/* log_filter.c: see log_filter.h. */
#include "api-node/handlers/log_filter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/handlers/query.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/fold.h"
#include "shared/json/json.h"
#include "shared/model/actor.h"
#include "shared/model/log_entry.h"
#include "shared/model/messages.h"
#include "shared/model/proxy.h"

enum { SENTENCE_MAX_BYTES = 4096 };

/* The texts of a filter, by their names in the query. */
static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
	{"before", offsetof(struct log_filter, before), sizeof(((struct log_filter *)0)->before)},
	{"action", offsetof(struct log_filter, action), LOG_FILTER_TEXT_BYTES},
	{"status", offsetof(struct log_filter, status), LOG_FILTER_TEXT_BYTES},
	{"user", offsetof(struct log_filter, user), LOG_FILTER_TEXT_BYTES},
	{"via", offsetof(struct log_filter, via), LOG_FILTER_TEXT_BYTES},
	{"q", offsetof(struct log_filter, q), LOG_FILTER_TEXT_BYTES},
};

static bool is_entry_id(const char *text)
{
	struct slice ms, number;
	uint64_t value;

	return slice_cut(slice_from_str(text), '-', &ms, &number) && slice_parse_u64(ms, &value) &&
	       slice_parse_u64(number, &value);
}

bool log_filter_read(struct request *req, struct log_filter *ret_filter)
{
	static const char *const statuses[] = {"", "success", "info", "warning", "error"};
	struct log_filter filter = {.limit = LOG_LIMIT_DEFAULT};
	bool bad, known = false;

	if (!query_number(req, "limit", 1, LOG_LIMIT_MAX, &filter.limit) ||
		!query_number(req, "proxy_id", 1, QUERY_ID_MAX, &filter.proxy_id))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *text = (char *)&filter + texts[i].offset;
		if (!request_query(req, texts[i].name, text, texts[i].size, &bad) && bad)
			return query_refuse(req, texts[i].name,
				"A filter of the history (action, status, user, via, q, before) is a text of at most 135 bytes.");
	}
	if (filter.before[0] != '\0' && !is_entry_id(filter.before))
		return query_refuse(
			req, "before", "before must be the id of an entry, such as 1764290000000-0.");
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		known = known || strcmp(filter.status, statuses[i]) == 0;
	if (!known)
		return query_refuse(req, "status", "status must be success, info, warning or error.");
	filter.q[fold_text(slice_from_str(filter.q), filter.q)] = '\0';
	*ret_filter = filter;
	return true;
}

bool log_filter_is_narrow(const struct log_filter *filter)
{
	return filter->action[0] || filter->status[0] || filter->user[0] || filter->via[0] || filter->q[0];
}

/* `part` is folded (fold.h): letters match in any case, with or without marks. */
static bool contains(struct slice text, const char *part)
{
	char *folded = mem_zalloc(text.len + 1);
	size_t len = fold_text(text, folded);
	bool found = memmem(folded, len, part, strlen(part)) != NULL;

	free(folded);
	return found;
}

static bool sentence_contains(const struct log_entry *entry, const char *q)
{
	bool found = false;

	if (!message_known(entry->message_id))
		return false;
	struct json *params = entry->params.len > 0 ? json_parse(entry->params, NULL, NULL) : NULL;
	for (int language = MESSAGE_ENGLISH; language <= MESSAGE_VIETNAMESE && !found; language++) {
		struct buf sentence;
		buf_init(&sentence, SENTENCE_MAX_BYTES);
		message_format(&sentence, entry->message_id, (enum message_lang)language, params);
		found = contains(buf_slice(&sentence), q);
		buf_done(&sentence);
	}
	json_free(params);
	return found;
}

static bool found_in(const struct log_entry *entry, const struct proxy *proxy, const char *q)
{
	if (contains(entry->actor, q) || contains(entry->action, q) || contains(entry->params, q))
		return true;
	if (proxy && (contains(proxy->key_name, q) || contains(proxy->subdomain, q)))
		return true;
	return sentence_contains(entry, q);
}

static bool via_matches(struct slice via, const char *wanted)
{
	return slice_eq_icase(via, slice_from_str(wanted)) ||
	       (strcmp(wanted, "token") == 0 && slice_has_prefix(via, SLICE_LIT("token:")));
}

bool log_filter_matches(
	const struct log_filter *filter, const struct log_entry *entry, const struct proxy *proxy)
{
	struct slice user, via;

	actor_split(entry->actor, &user, &via);
	return (!filter->action[0] || slice_eq_str(entry->action, filter->action)) &&
	       (!filter->status[0] || slice_eq_str(entry->status, filter->status)) &&
	       (!filter->user[0] || slice_eq_icase(user, slice_from_str(filter->user))) &&
	       (!filter->via[0] || via_matches(via, filter->via)) &&
	       (!filter->q[0] || found_in(entry, proxy, filter->q));
}

static void put_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_append(out, text, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

void log_filter_query(const struct log_filter *filter, const char *before, struct buf *out)
{
	buf_printf(out, "limit=%llu&before=%s", (unsigned long long)filter->limit, before);
	if (filter->proxy_id > 0)
		buf_printf(out, "&proxy_id=%llu", (unsigned long long)filter->proxy_id);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text = (const char *)filter + texts[i].offset;
		if (text[0] == '\0' || text == filter->before)
			continue;
		buf_printf(out, "&%s=", texts[i].name);
		put_encoded(out, text);
	}
}
