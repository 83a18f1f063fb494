/* store_import.c: arguments of the scripts that take in what comes from elsewhere. */
#include "shared/store/store_import.h"

#include "shared/base/ensure.h"

static const char *const effects[] = {[STORE_LOOK] = "look", [STORE_WRITE] = "write"};
static const char *const meetings[] = {[STORE_KEEP] = "keep", [STORE_REPLACE] = "replace"};

/* A chunk is a long script: it may stand behind others like it. */
enum { IMPORT_DEADLINE_MS = 20000 };

static void begin(struct store_call *call, enum store_script script)
{
	store_call_begin(call, script);
	call->deadline_ms = IMPORT_DEADLINE_MS;
}

static void put_texts(struct store_call *call, const struct slice *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_call_text(call, texts[i]);
}

void store_import_look(struct store *s, const struct store_import_proxy *proxies, size_t count,
	store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_LOOK);
	for (size_t i = 0; i < count; i++) {
		store_call_text(&call, proxies[i].id);
		store_call_text(&call, proxies[i].provider_key_hmac);
		store_call_text(&call, proxies[i].subdomain);
		store_call_text(&call, proxies[i].number);
	}
	store_call_send(s, &call, done, arg);
}

void store_import_proxies(
	struct store *s, const struct slice *records, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_PROXIES);
	put_texts(&call, records, count);
	store_call_send(s, &call, done, arg);
}

void store_import_users(struct store *s, enum store_effect effect, enum store_meeting meeting,
	struct slice keep_hash, const struct slice *users, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_USERS);
	store_call_str(&call, effects[effect]);
	store_call_str(&call, meetings[meeting]);
	store_call_text(&call, keep_hash);
	put_texts(&call, users, count);
	store_call_send(s, &call, done, arg);
}

void store_import_logs(
	struct store *s, enum store_effect effect, struct slice entries, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_LOGS);
	store_call_str(&call, effects[effect]);
	store_call_text(&call, entries);
	store_call_send(s, &call, done, arg);
}

void store_import_tokens(struct store *s, enum store_effect effect, const struct slice *tokens, size_t count,
	store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_TOKENS);
	store_call_str(&call, effects[effect]);
	put_texts(&call, tokens, count);
	store_call_send(s, &call, done, arg);
}

void store_import_channels(struct store *s, enum store_effect effect, const struct slice *channels,
	size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_CHANNELS);
	store_call_str(&call, effects[effect]);
	put_texts(&call, channels, count);
	store_call_send(s, &call, done, arg);
}

void store_import_numbers(
	struct store *s, const struct store_import_numbers *numbers, store_done_fn *done, void *arg)
{
	const struct slice texts[] = {
		numbers->next, numbers->ids, numbers->user_ids, numbers->token_ids, numbers->free};
	struct store_call call;

	begin(&call, SCRIPT_IMPORT_NUMBERS);
	put_texts(&call, texts, ARRAY_LEN(texts));
	store_call_send(s, &call, done, arg);
}

void store_backup_page(struct store *s, uint64_t after_id, uint32_t n, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_BACKUP_PAGE);
	store_call_uint(&call, after_id);
	store_call_uint(&call, n);
	store_call_send(s, &call, done, arg);
}

void store_backup_rest(struct store *s, store_done_fn *done, void *arg)
{
	struct store_call call;

	begin(&call, SCRIPT_BACKUP_REST);
	store_call_send(s, &call, done, arg);
}
