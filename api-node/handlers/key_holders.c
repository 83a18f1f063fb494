/* key_holders.c: see key_holders.h. The store knows keys by their keyed hash only. */
#include "api-node/handlers/key_holders.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/crypto/keyring.h"
#include "shared/store/store.h"
#include "shared/store/store_keys.h"

enum { HOLDERS_DEADLINE_MS = 5000, CHUNK_KEYS = 1000 };

struct reading {
	struct request *req;
	key_holders_fn *done;
	size_t count, asked;             /* keys: all, and those of the chunks sent */
	uint64_t *ids;                   /* owned */
	char (*hmacs)[HEX_SHA256_BYTES]; /* owned */
};

static void reading_free(struct reading *reading)
{
	free(reading->ids);
	free(reading->hmacs);
	free(reading);
}

static void read_chunk(struct reading *reading);

static void on_read(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct reading *reading = arg;
	size_t count = store_reply_count(reply);
	int64_t id;

	if (lost) {
		reply_store_away(reading->req, lost);
		reading_free(reading);
		return;
	}
	if (count == 0) { /* an error, which is no array */
		reply_unknown(reading->req, "the keys' holders cannot be read");
		reading_free(reading);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (store_reply_int(store_reply_at(reply, i), &id))
			reading->ids[reading->asked - count + i] = (uint64_t)id;
	if (reading->asked < reading->count) {
		read_chunk(reading);
		return;
	}
	reading->done(reading->req, reading->ids, reading->count);
	reading_free(reading);
}

static void read_chunk(struct reading *reading)
{
	struct store *store = reading->req->api->store;
	size_t left = reading->count - reading->asked, count = left < CHUNK_KEYS ? left : CHUNK_KEYS;
	struct slice argv[2 + CHUNK_KEYS];
	struct buf key;

	buf_init(&key, 0);
	buf_append_slice(&key, store_prefix(store));
	buf_append_str(&key, STORE_KEY_PROVIDER_KEYS);
	argv[0] = SLICE_LIT("HMGET");
	argv[1] = buf_slice(&key);
	for (size_t i = 0; i < count; i++)
		argv[2 + i] = slice_from_str(reading->hmacs[reading->asked + i]);
	reading->asked += count;
	store_command(store, HOLDERS_DEADLINE_MS, count + 2, argv, on_read, reading);
	buf_done(&key);
}

void key_holders_read(struct request *req, struct slice provider, const struct slice *keys, size_t count,
	key_holders_fn *done)
{
	struct reading *reading = mem_zalloc(sizeof(*reading));

	*reading = (struct reading){.req = req, .done = done, .count = count};
	reading->ids = mem_zalloc(count * sizeof(*reading->ids));
	reading->hmacs = mem_alloc(count * sizeof(*reading->hmacs));
	for (size_t i = 0; i < count; i++)
		keyring_provider_key_hmac(req->api->keyring, provider, keys[i], reading->hmacs[i]);
	read_chunk(reading);
}
