/* request.c: see request.h. */
#include "api-node/request.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/crypto/random.h"
#include "shared/json/json.h"

enum {
	REQUEST_MAGIC = 0x52455155,
	REQUEST_TEXT_MAX_BYTES = 32 * 1024,
};

struct request *request_new(struct api *api)
{
	struct request *req = mem_zalloc(sizeof(*req));
	static const char HEX[] = "0123456789abcdef";
	uint8_t id[8];

	req->magic = REQUEST_MAGIC;
	req->api = api;
	req->started_ms = clock_now_ms();
	list_init(&req->node);
	buf_init(&req->text, REQUEST_TEXT_MAX_BYTES);
	buf_init(&req->body, 0);
	buf_init(&req->reply.headers, 0);
	buf_init(&req->reply.body, 0);
	buf_init(&req->reply.provider_message, 0);
	random_bytes(id, sizeof(id));
	for (size_t i = 0; i < sizeof(id); i++) {
		req->id[2 * i] = HEX[id[i] >> 4];
		req->id[2 * i + 1] = HEX[id[i] & 15];
	}
	return req;
}

struct request *request_from(void *arg)
{
	struct request *req = arg;

	ensure(req && req->magic == REQUEST_MAGIC);
	return req;
}

void request_free(struct request *req)
{
	if (!req)
		return;
	list_remove(&req->node);
	if (req->holds_large_body)
		req->api->large_bodies--;
	buf_done(&req->text);
	buf_done(&req->body);
	buf_done(&req->reply.headers);
	buf_done(&req->reply.body);
	buf_done(&req->reply.provider_message);
	json_free(req->json);
	if (req->work_free)
		req->work_free(req->work);
	req->magic = 0;
	free(req);
}

bool request_query(const struct request *req, const char *name, char *dst, size_t size, bool *ret_bad)
{
	struct slice rest = req->query;

	*ret_bad = false;
	while (rest.len > 0) {
		struct slice item, key, value;
		slice_cut(rest, '\0', &item, &rest);
		slice_cut(item, '=', &key, &value);
		if (!slice_eq_str(key, name))
			continue;
		*ret_bad = !slice_copy(value, dst, size);
		return !*ret_bad;
	}
	return false;
}
