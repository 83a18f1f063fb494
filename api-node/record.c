/* record.c: see record.h. Two allocations a record: the parsed proxy, and all that is derived from it. */
#include "api-node/record.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/record_memo.h"
#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/fold.h"
#include "shared/base/hash_map.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/json/json.h"
#include "shared/model/mask.h"
#include "shared/model/proxy.h"

/* What is derived, before its size is known. */
struct derived {
	struct buf password, search;
	char mask[MASK_TEXT_BYTES];
	uint64_t key_hash;
	size_t name_len, location_at, location_len;
};

static void open_secret(const struct keyring *keyring, const struct proxy *proxy, const char *field,
	struct slice sealed, struct buf *plain)
{
	struct err err = {0};
	struct buf aad;

	buf_init(&aad, 0);
	buf_printf(&aad, "proxy:%lld:%s", (long long)proxy->id, field);
	if (!unseal(keyring, buf_slice(&aad), sealed, plain, &err))
		log_warning("a sealed field cannot be opened, showing it empty", log_int("proxy", proxy->id),
			log_str("field", field), log_err(&err));
	buf_done(&aad);
}

/* A folded line; nothing for an empty text. Returns its length. */
static size_t add_line(struct buf *search, struct slice text)
{
	if (text.len == 0 || !buf_reserve(search, text.len + 1))
		return 0;
	size_t len = fold_text(text, search->data + search->len);
	search->len += len;
	buf_append_char(search, '\n');
	return len;
}

static void add_tags(struct buf *search, struct slice tags)
{
	struct json *list;
	struct slice text;

	if (slice_eq(tags, SLICE_LIT("[]")))
		return;
	list = json_parse(tags, NULL, NULL);
	for (const struct json *tag = json_first(list); tag; tag = json_next(tag))
		if (json_str(tag, &text))
			add_line(search, text);
	json_free(list);
}

static void derive(const struct keyring *keyring, const struct proxy *proxy, struct derived *d)
{
	struct buf key;

	buf_init(&d->password, 0);
	buf_init(&d->search, 0);
	buf_init(&key, 0);
	open_secret(keyring, proxy, "password", proxy->password, &d->password);
	open_secret(keyring, proxy, "provider_key", proxy->provider_key, &key);
	mask_key(buf_slice(&key), d->mask);
	d->key_hash = key.len > 0 ? hash_bytes(buf_slice(&key)) : 0;
	secret_wipe(&key);
	buf_done(&key);
	d->name_len = add_line(&d->search, proxy->key_name);
	d->location_at = d->search.len;
	d->location_len = add_line(&d->search, proxy->location);
	add_line(&d->search, slice_from_str(d->mask));
	add_line(&d->search, proxy->subdomain);
	add_line(&d->search, proxy->remote_ip);
	if (!slice_eq(proxy->exit_ip, proxy->remote_ip))
		add_line(&d->search, proxy->exit_ip);
	add_line(&d->search, proxy->remote_http);
	if (!slice_eq(proxy->remote_socks5, proxy->remote_http))
		add_line(&d->search, proxy->remote_socks5);
	add_tags(&d->search, proxy->tags);
	add_line(&d->search, proxy->note);
}

static char *keep(struct slice text, char **next)
{
	char *kept = *next;

	if (text.len > 0)
		memcpy(kept, text.data, text.len);
	kept[text.len] = '\0';
	*next += text.len + 1;
	return kept;
}

static struct record *assemble(struct proxy *proxy, const struct derived *d)
{
	struct slice mask = slice_from_str(d->mask);
	struct record *record = mem_zalloc(sizeof(*record) + mask.len + d->password.len + d->search.len + 3);
	char *next = (char *)(record + 1);

	record->refs = 1;
	record->proxy = proxy;
	record->key_hash = d->key_hash;
	record->masked_key = keep(mask, &next);
	record->password = keep(buf_slice(&d->password), &next);
	record->search = slice_of(keep(buf_slice(&d->search), &next), d->search.len);
	record->name = slice_of(record->search.data, d->name_len);
	record->location = slice_of(record->search.data + d->location_at, d->location_len);
	return record;
}

struct record *record_new(
	const struct keyring *keyring, struct slice key, struct slice value, struct err *err)
{
	struct proxy *proxy = proxy_from_record(value, err);
	struct derived derived;

	if (!proxy)
		return NULL;
	derive(keyring, proxy, &derived);
	struct record *record = assemble(proxy, &derived);
	secret_wipe(&derived.password);
	buf_done(&derived.password);
	buf_done(&derived.search);
	if (!slice_copy(key, record->key, sizeof(record->key))) {
		record_unref(record);
		err_set(err, ERR_INVALID, "the key of a record is too long");
		return NULL;
	}
	return record;
}

void record_unref(struct record *record)
{
	if (!record || --record->refs)
		return;
	record_memo_free(record->memo);
	proxy_free(record->proxy);
	explicit_bzero(record->password, strlen(record->password));
	free(record);
}

bool record_has_key(const struct record *record, uint64_t key_hash)
{
	return record->key_hash != 0 && record->key_hash == key_hash;
}
