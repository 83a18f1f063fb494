/*
 * replace_keys.c: POST /api/proxies/replace-keys: many new keys in one call, for proxies named by their
 * subdomain, id or present key.
 *
 *	take pairs or text apart → whose are the present keys? → proxy_update.lua for each
 *
 * Each new key is tried at its provider first, as in PUT; nobody waits for it here: what came of it stands on
 * the record (its masked key, or last_error) and in the history (replace_key).
 */
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/bulk_run.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/key_holders.h"
#include "api-node/handlers/proxy_form.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/record.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/base/hash_map.h"
#include "shared/json/json.h"
#include "shared/model/key_lines.h"
#include "shared/model/mask.h"
#include "shared/model/provider_names.h"
#include "shared/model/proxy.h"
#include "shared/model/validate.h"
#include "shared/store/store_proxies.h"
#include "shared/store/store_result.h"

enum { PROVIDER_BYTES = 32 };

/* Its texts are the request's. */
struct pair {
	size_t line;          /* from 1; of an array, the element */
	struct slice old_key; /* or: */
	int64_t number;       /* of the endpoint, or: */
	uint64_t id;
	uint64_t target; /* whose new key this is: of the earlier pairs, a proxy takes one */
	struct slice new_key;
	struct field_err err; /* message_id NULL: it can be read */
};

struct replacement {
	char provider[PROVIDER_BYTES]; /* whose old keys are */
	struct pair *pairs;            /* owned */
	size_t count, cap;
	struct hash_map taken; /* a pair's target → the pair */
};

static void replacement_free(void *own)
{
	struct replacement *all = own;

	hash_map_done(&all->taken);
	free(all->pairs);
	free(all);
}

/* --- results --- */

static void begin_pair(struct bulk_item *item, enum bulk_outcome outcome, struct json_writer *w)
{
	const struct replacement *all = item->bulk->own;
	const struct pair *pair = &all->pairs[item->index];
	char mask[MASK_TEXT_BYTES];

	bulk_result_begin(item, outcome, w);
	json_put_uint(w, "line", pair->line);
	if (!pair->err.message_id) {
		mask_key(pair->new_key, mask);
		json_put_cstr(w, "new_key", mask);
	}
}

static void refuse(struct bulk_item *item, enum bulk_outcome outcome, const char *message_id,
	const char *params_json, const char *detail)
{
	struct json_writer w;

	begin_pair(item, outcome, &w);
	bulk_put_message(&w, message_id, params_json, detail);
	bulk_result_end(item, &w);
}

static void on_updated(const struct store_result *result, void *arg)
{
	struct bulk_item *item = arg;
	struct json_writer w;

	if (result->status != STORE_OK) {
		begin_pair(item, result->status == STORE_DUPLICATE_KEY ? BULK_DUPLICATE : BULK_REFUSED, &w);
		bulk_put_refusal(item, &w, result);
		bulk_result_end(item, &w);
		return;
	}
	bulk_keep_version(item->bulk, result);
	begin_pair(item, BULK_STARTED, &w);
	if (store_result_uint(result, "waits") == 1)
		bulk_put_message(&w, "msg.key_waits", NULL, NULL);
	bulk_result_end(item, &w);
}

/* By the endpoint's number: the copy is kept in that order. */
static const struct record *find_numbered(const struct request *req, int64_t number)
{
	const struct record *const *all = records_by_number(req->api->records);
	size_t low = 0, high = records_count(req->api->records);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (all[middle]->proxy->number == number)
			return all[middle];
		if (all[middle]->proxy->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct record *find_target(const struct bulk_item *item, const struct pair *pair)
{
	const struct request *req = item->bulk->req;

	return pair->number > 0 ? find_numbered(req, pair->number)
				: records_find(req->api->records, pair->id);
}

static void update(struct bulk_item *item, const struct pair *pair, const struct proxy *proxy)
{
	struct request *req = item->bulk->req;
	struct proxy_form form;
	struct err err = {0};

	proxy_form_init(&form);
	proxy_form_set(&form, "provider_key", pair->new_key);
	if (proxy_secrets_seal(&form, req->api->keyring, item->id, proxy->provider, &err))
		store_proxy_update(
			req->api->store, item->id, actor_of(req), proxy_form_fields(&form), on_updated, item);
	else
		refuse(item, BULK_REFUSED, "err.unknown", NULL, NULL);
	proxy_form_done(&form);
}

/* False when an earlier pair gave this proxy a new key: a second would undo it unsaid. */
static bool take_target(
	struct replacement *all, struct pair *pair, uint64_t id, const struct pair **ret_first)
{
	pair->target = id;
	struct slice key = slice_of((const char *)&pair->target, sizeof(pair->target));
	*ret_first = hash_map_find(&all->taken, key);
	if (!*ret_first)
		hash_map_set(&all->taken, key, pair);
	return !*ret_first;
}

static void refuse_repeated(struct bulk_item *item, const struct pair *first)
{
	char params[48];

	snprintf(params, sizeof(params), "{\"line\":%zu}", first->line);
	refuse(item, BULK_DUPLICATE, "err.proxy_repeated", params, NULL);
}

static void start(struct bulk_item *item)
{
	struct replacement *all = item->bulk->own;
	struct pair *pair = &all->pairs[item->index];
	const struct session *who = &item->bulk->req->caller.who;
	const struct record *record;
	const struct pair *first;
	struct json_writer w;

	if (pair->err.message_id) {
		begin_pair(item, BULK_MALFORMED, &w);
		bulk_put_field(&w, &pair->err);
		bulk_result_end(item, &w);
		return;
	}
	record = find_target(item, pair);
	if (!record || !session_may(who, MAY_SEE_PROXY, record->proxy->user_id)) {
		refuse(item, BULK_REFUSED, "err.not_found", NULL,
			pair->old_key.len > 0 ? "No proxy has this old key." : "There is no such proxy.");
		return;
	}
	item->id = (uint64_t)record->proxy->id;
	if (!session_may(who, MAY_EDIT_PROXY, record->proxy->user_id))
		refuse(item, BULK_REFUSED, "err.forbidden", NULL, NULL);
	else if (!provider_name_sold(record->proxy->provider))
		refuse(item, BULK_REFUSED, "err.static", NULL,
			"This proxy has a fixed upstream; it has no key.");
	else if (!take_target(all, pair, item->id, &first))
		refuse_repeated(item, first);
	else
		update(item, pair, record->proxy);
}

static void finish(struct bulk *bulk)
{
	struct json_writer w;
	struct buf body;

	if (bulk_reply_lost(bulk))
		return;
	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_uint(&w, "n", bulk->count);
	json_put_uint(&w, "started", bulk->counts[BULK_STARTED]);
	json_put_uint(&w, "duplicate", bulk->counts[BULK_DUPLICATE]);
	json_put_uint(&w, "malformed", bulk->counts[BULK_MALFORMED]);
	json_put_uint(&w, "refused", bulk->counts[BULK_REFUSED]);
	if (bulk->version[0])
		json_put_cstr(&w, "version", bulk->version);
	bulk_put_results(&w, bulk);
	json_object_end(&w);
	reply_json(bulk->req, 200, &body);
}

static const struct bulk_ops ops = {.start = start, .finish = finish, .own_free = replacement_free};

/* --- whose the old keys are --- */

static void on_holders(struct request *req, const uint64_t *ids, size_t count)
{
	struct replacement *all = ((struct bulk *)req->work)->own;
	size_t nth = 0;

	for (size_t i = 0; i < all->count && nth < count; i++)
		if (all->pairs[i].old_key.len > 0)
			all->pairs[i].id = ids[nth++];
	bulk_run(req->work);
}

static void find_old_keys(struct request *req, const struct replacement *all)
{
	struct slice *keys = mem_alloc(all->count * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (all->pairs[i].old_key.len > 0)
			keys[count++] = all->pairs[i].old_key;
	if (count > 0)
		key_holders_read(req, slice_from_str(all->provider), keys, count, on_holders);
	else
		bulk_run(req->work);
	free(keys);
}

/* --- reading the request --- */

static struct pair *add_pair(struct replacement *all)
{
	if (all->count == BULK_ITEMS_MAX)
		return NULL;
	if (all->count == all->cap) {
		all->cap = all->cap ? 2 * all->cap : 256;
		all->pairs = mem_realloc(all->pairs, all->cap * sizeof(*all->pairs));
	}
	struct pair *pair = &all->pairs[all->count++];
	*pair = (struct pair){0};
	return pair;
}

/* The number in "proxy7". */
static bool take_name(struct slice text, int64_t *ret_number)
{
	struct slice head = SLICE_LIT("proxy");

	return text.len > head.len && slice_eq_icase(slice_of(text.data, head.len), head) &&
	       slice_parse_i64(slice_from(text, head.len), ret_number) && *ret_number > 0;
}

static void check_keys(struct pair *pair)
{
	if (!validate_provider_key(pair->new_key, &pair->err))
		pair->err.field = "new_key";
	else if (pair->old_key.len > 0 && !validate_provider_key(pair->old_key, &pair->err))
		pair->err.field = "old_key";
}

static bool take_text(struct replacement *all, struct slice text)
{
	struct slice line, target, new_key;

	for (size_t number = 1; key_lines_cut(&text, &line); number++) {
		bool ok = key_pair_of(line, &target, &new_key);
		if (ok && target.len == 0)
			continue;
		struct pair *pair = add_pair(all);
		if (!pair)
			return false;
		pair->line = number;
		if (!ok) {
			field_err_set(&pair->err, "line", "err.pair");
			continue;
		}
		if (!take_name(target, &pair->number)) /* anything else is a key */
			pair->old_key = target;
		pair->new_key = new_key;
		check_keys(pair);
	}
	return true;
}

/* {"id": 7 | "proxy": "proxy7" | "old_key": "K…", "new_key": "K…"} */
static bool take_pair(struct pair *pair, const struct json *value, struct field_err *err)
{
	static const char *const names[] = {"id", "proxy", "old_key", "new_key"};
	static const char wanted[] = "an array of {\"id\", \"proxy\" or \"old_key\", and \"new_key\"}";
	const struct json *id = json_member(value, "id"), *proxy = json_member(value, "proxy");
	const struct json *old_key = json_member(value, "old_key"), *new_key = json_member(value, "new_key");
	struct slice name = SLICE_NONE;
	int64_t number = 0;

	if (json_kind(value) != JSON_OBJECT || !json_only_members(value, names, ARRAY_LEN(names), NULL) ||
		!new_key || !json_str(new_key, &pair->new_key) || !!id + !!proxy + !!old_key != 1 ||
		(id && (!json_i64(id, &number) || number < 1)) || (proxy && !json_str(proxy, &name)) ||
		(old_key && !json_str(old_key, &pair->old_key)))
		return field_err_wanted(err, "pairs", "err.type", wanted);
	pair->id = (uint64_t)number;
	if (proxy && !take_name(name, &pair->number))
		field_err_wanted(&pair->err, "proxy", "err.type", "a name such as \"proxy7\"");
	else if (old_key && pair->old_key.len == 0)
		field_err_set(&pair->err, "old_key", "err.required");
	else
		check_keys(pair);
	return true;
}

static bool take_pairs(struct replacement *all, const struct json *pairs, struct field_err *err)
{
	struct pair *pair;

	if (json_kind(pairs) != JSON_ARRAY)
		return field_err_wanted(err, "pairs", "err.type", "an array");
	for (const struct json *value = json_first(pairs); value; value = json_next(value)) {
		pair = add_pair(all);
		if (!pair)
			return field_err_range(err, "pairs", "err.too_many", 0, BULK_ITEMS_MAX);
		pair->line = all->count;
		if (!take_pair(pair, value, err))
			return false;
	}
	return true;
}

static bool take_provider(struct replacement *all, const struct json *provider, struct field_err *err)
{
	struct slice text = SLICE_LIT(PROVIDER_DEFAULT);

	if (provider && !json_str(provider, &text))
		return field_err_wanted(err, "provider", "err.type", "a string");
	if (!provider_name_sold(text)) {
		field_err_wanted(err, "provider", "err.choice", provider_names_sold_list());
		return field_err_value(err, text);
	}
	ensure(slice_copy(text, all->provider, sizeof(all->provider)));
	return true;
}

static bool take_body(struct replacement *all, const struct json *body, struct field_err *err)
{
	static const char *const names[] = {"pairs", "text", "provider"};
	const struct json *pairs = json_member(body, "pairs"), *text = json_member(body, "text");
	struct slice lines;

	if (!field_only_members(body, names, ARRAY_LEN(names), err))
		return false;
	if (!pairs == !text)
		return field_err_wanted(err, "pairs", "err.type", "given, or else text, and not both");
	if (!take_provider(all, json_member(body, "provider"), err))
		return false;
	if (pairs ? !take_pairs(all, pairs, err) : !json_str(text, &lines))
		return pairs ? false : field_err_wanted(err, "text", "err.type", "a string");
	if (text && !take_text(all, lines))
		return field_err_range(err, "text", "err.too_many", 0, BULK_ITEMS_MAX);
	return all->count > 0 || field_err_set(err, pairs ? "pairs" : "text", "err.required");
}

void proxies_replace_keys(struct request *req)
{
	struct replacement *all = mem_zalloc(sizeof(*all));
	struct field_err err = {0};

	hash_map_init(&all->taken);
	if (!take_body(all, req->json, &err)) {
		replacement_free(all);
		field_reply(req, &err);
		return;
	}
	ensure(bulk_new(req, all->count, &ops, all));
	find_old_keys(req, all);
}
