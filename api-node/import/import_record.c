/* import_record.c: see import_record.h. */
#include "api-node/import/import_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/proxy_secrets.h"
#include "api-node/import/import_secret.h"
#include "api-node/import/import_steps.h"
#include "shared/crypto/keyring.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"

enum { NUMBER_BYTES = 24 };

static void identify_proxy(const struct keyring *keyring, struct import_item *item, const struct json *fields)
{
	struct slice key = json_str_of(fields, "provider_key");

	if (key.len > 0)
		keyring_provider_key_hmac(keyring, json_str_of(fields, "provider"), key, item->key_hash);
	if (!slice_parse_u64(json_str_of(fields, "number"), &item->number))
		item->number = 0;
	if (!slice_copy(json_str_of(fields, "subdomain"), item->name, sizeof(item->name)))
		item->name[0] = '\0';
	if (item->name[0] == '\0' && item->number > 0)
		snprintf(item->name, sizeof(item->name), "proxy%" PRIu64, item->number);
}

void import_list_identify(struct import_list *list, const struct keyring *keyring)
{
	for (size_t i = 0; i < list->count; i++) {
		struct import_item *item = &list->items[i];
		if (item->kind != IMPORT_PROXY && item->kind != IMPORT_LOG)
			continue;
		struct json *fields = json_parse(import_item_fields(list, item), NULL, NULL);
		if (item->kind == IMPORT_PROXY)
			identify_proxy(keyring, item, fields);
		else if (!slice_parse_i64(json_str_of(fields, "at"), &item->at_ms))
			item->at_ms = 0;
		json_free(fields);
	}
}

static void put_id(struct json_writer *w, const char *name, uint64_t id)
{
	char text[NUMBER_BYTES];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	json_put_cstr(w, name, text);
}

/* Nobody of the list: the one who imports, rather than nobody. */
static uint64_t owner_of(const struct import_run *run, const struct json *fields)
{
	uint64_t from_id, id = 0;

	if (slice_parse_u64(json_str_of(fields, "user_id"), &from_id) && from_id < INT64_MAX)
		id = import_id_here(run, IMPORT_USER, (int64_t)from_id);
	return id > 0 ? id : (uint64_t)run->req->caller.who.user_id;
}

static bool write_defaults(struct json_writer *w, struct import_run *run, const struct import_item *item,
	const struct json *fields, struct err *err)
{
	char password[PROXY_PASSWORD_GENERATED_CHARS + 1];
	bool ok = true;

	if (json_str_of(fields, "number").len == 0)
		json_put_cstr(w, "number", "");
	if (json_str_of(fields, "subdomain").len == 0)
		json_put_cstr(w, "subdomain", "");
	if (json_str_of(fields, "key_name").len == 0)
		json_put_cstr(w, "key_name", item->name[0] ? item->name : "import");
	if (json_str_of(fields, "allow").len == 0)
		json_put_cstr(w, "allow", run->req->api->config->allow_default_json);
	if (json_str_of(fields, "password").len == 0) {
		proxy_secrets_random_password(password);
		ok = import_secret_write(import_secret_find(IMPORT_PROXY, SLICE_LIT("password")),
			run->req->api->keyring, item->id, SLICE_NONE, slice_from_str(password), w, err);
		explicit_bzero(password, sizeof(password));
	}
	return ok;
}

bool import_record_write(
	struct import_run *run, const struct import_item *item, struct buf *out, struct err *err)
{
	struct json *fields = json_parse(import_item_fields(&run->list, item), NULL, err);
	struct slice provider = json_str_of(fields, "provider"), text;
	struct json_writer w;
	bool ok = fields != NULL;

	json_writer_init(&w, out);
	json_object_begin(&w);
	put_id(&w, "id", item->id);
	put_id(&w, "user_id", owner_of(run, fields));
	for (const struct json *value = json_first(fields); ok && value; value = json_next(value)) {
		struct slice name = json_name(value);
		const struct import_secret *secret = import_secret_find(IMPORT_PROXY, name);
		if (slice_eq_str(name, "id") || slice_eq_str(name, "user_id") ||
			import_secret_is_hash(IMPORT_PROXY, name) || !json_str(value, &text) || text.len == 0)
			continue;
		if (secret) {
			ok = import_secret_write(
				secret, run->req->api->keyring, item->id, provider, text, &w, err);
		} else {
			json_key_slice(&w, name);
			json_text(&w, text);
		}
	}
	ok = ok && write_defaults(&w, run, item, fields, err);
	json_object_end(&w);
	json_free(fields);
	return ok;
}
