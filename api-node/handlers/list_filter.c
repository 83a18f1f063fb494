/* list_filter.c: see list_filter.h. */
#include "api-node/handlers/list_filter.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/handlers/list_query.h"
#include "api-node/record.h"
#include "shared/base/fold.h"
#include "shared/base/ip_addr.h"
#include "shared/json/json.h"
#include "shared/model/endpoint.h"
#include "shared/model/proxy.h"
#include "shared/model/user.h"

bool list_filter_takes_all(const struct list_query *query, const struct session *who)
{
	return who->role == ROLE_ADMIN && query->word_count == 0 && query->statuses == 0 &&
	       query->regions == 0 && query->tag.len == 0 && query->user_id == 0 && !query->ids;
}

static bool contains(struct slice text, struct slice word)
{
	return memmem(text.data, text.len, word.data, word.len) != NULL;
}

/* "proxy7.example.com:9007" pasted whole: the name without the domain, and the port. */
static void split_endpoint(struct slice word, struct slice domain, struct slice *ret_host,
	struct slice *ret_name, uint32_t *ret_port)
{
	size_t at = word.len;

	*ret_host = word;
	*ret_name = SLICE_NONE;
	*ret_port = 0;
	while (at > 0 && word.data[at - 1] >= '0' && word.data[at - 1] <= '9')
		at--;
	if (at > 1 && word.data[at - 1] == ':' && slice_parse_u32(slice_from(word, at), UINT16_MAX, ret_port))
		ret_host->len = at - 1;
	if (domain.len == 0 || ret_host->len <= domain.len + 1)
		return;
	size_t dot = ret_host->len - domain.len - 1;
	if (ret_host->data[dot] == '.' &&
		slice_eq_icase(slice_of(ret_host->data + dot + 1, domain.len), domain))
		*ret_name = slice_of(ret_host->data, dot);
}

static bool is_endpoint(
	const struct list_word *word, const struct public_access *access, const struct proxy *proxy)
{
	struct slice host, name;
	struct ip_addr wanted, own;
	uint32_t port;
	uint16_t own_port;

	if (word->form == PLAIN_WORD)
		return false;
	if (ip_addr_parse(word->folded, &wanted) && endpoint_address(access, proxy->number, &own))
		return ip_addr_eq(&wanted, &own);
	split_endpoint(word->folded, access->domain, &host, &name, &port);
	bool at_own_port = port != 0 && endpoint_port(access, proxy->number, &own_port) && own_port == port;
	if (slice_eq(name, proxy->subdomain))
		return port == 0 || at_own_port || port == access->http_port || port == access->tls_port;
	if (slice_eq_icase(host, access->host.len > 0 ? access->host : access->domain))
		return at_own_port;
	return ip_addr_parse(host, &wanted) && endpoint_address(access, proxy->number, &own) &&
	       ip_addr_eq(&wanted, &own);
}

static bool fits_words(
	const struct list_query *query, const struct public_access *access, const struct record *record)
{
	for (size_t i = 0; i < query->word_count; i++) {
		const struct list_word *word = &query->words[i];

		if (!contains(record->search, word->folded) && !record_has_key(record, word->key_hash) &&
			!is_endpoint(word, access, record->proxy))
			return false;
	}
	return true;
}

static bool has_tag(const struct proxy *proxy, struct slice folded)
{
	struct slice text;
	bool found = false;

	if (slice_eq(proxy->tags, SLICE_LIT("[]")))
		return false;
	struct json *tags = json_parse(proxy->tags, NULL, NULL);
	for (const struct json *tag = json_first(tags); tag && !found; tag = json_next(tag)) {
		char copy[LIST_TEXT_MAX_BYTES];
		found = json_str(tag, &text) && text.len <= sizeof(copy) &&
			slice_eq(slice_of(copy, fold_text(text, copy)), folded);
	}
	json_free(tags);
	return found;
}

static bool has_region(const struct proxy *proxy, unsigned regions)
{
	enum region region;

	return region_parse(proxy->region, &region) && regions & 1u << region;
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool has_id(const struct list_query *query, int64_t id)
{
	uint64_t wanted = (uint64_t)id;

	return bsearch(&wanted, query->ids, query->id_count, sizeof(wanted), compare_ids) != NULL;
}

bool list_filter_takes(const struct list_query *query, const struct session *who,
	const struct public_access *access, const struct record *record)
{
	const struct proxy *proxy = record->proxy;

	if (!session_may(who, MAY_SEE_PROXY, proxy->user_id))
		return false;
	if (query->statuses && !(query->statuses & 1u << proxy->status))
		return false;
	if (query->user_id && (uint64_t)proxy->user_id != query->user_id)
		return false;
	if (query->ids && !has_id(query, proxy->id))
		return false;
	if (query->regions && !has_region(proxy, query->regions))
		return false;
	/* A tag is a line of the searchable text too: most proxies are told apart without reading theirs. */
	if (query->tag.len > 0 && (!contains(record->search, query->tag) || !has_tag(proxy, query->tag)))
		return false;
	return fits_words(query, access, record);
}
