/* store_reply.c: see store_reply.h. A struct store_reply is a redisReply and nothing else. */
#include "shared/store/store_reply.h"

#include <string.h>

#include <hiredis/hiredis.h>

static const redisReply *raw(const struct store_reply *reply)
{
	return (const redisReply *)(const void *)reply;
}

enum store_reply_type store_reply_type(const struct store_reply *reply)
{
	if (!reply)
		return STORE_REPLY_NIL;
	switch (raw(reply)->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS: return STORE_REPLY_TEXT;
	case REDIS_REPLY_INTEGER: return STORE_REPLY_INT;
	case REDIS_REPLY_ARRAY: return STORE_REPLY_ARRAY;
	case REDIS_REPLY_ERROR: return STORE_REPLY_ERROR;
	default: return STORE_REPLY_NIL;
	}
}

struct slice store_reply_str(const struct store_reply *reply)
{
	enum store_reply_type type = store_reply_type(reply);

	if (type != STORE_REPLY_TEXT && type != STORE_REPLY_ERROR)
		return SLICE_NONE;
	return slice_of(raw(reply)->str, (size_t)raw(reply)->len);
}

bool store_reply_int(const struct store_reply *reply, int64_t *ret_value)
{
	switch (store_reply_type(reply)) {
	case STORE_REPLY_INT: *ret_value = raw(reply)->integer; return true;
	case STORE_REPLY_TEXT: return slice_parse_i64(store_reply_str(reply), ret_value);
	default: return false;
	}
}

size_t store_reply_count(const struct store_reply *reply)
{
	return store_reply_type(reply) == STORE_REPLY_ARRAY ? raw(reply)->elements : 0;
}

const struct store_reply *store_reply_at(const struct store_reply *reply, size_t i)
{
	if (i >= store_reply_count(reply))
		return NULL;
	return (const struct store_reply *)(const void *)raw(reply)->element[i];
}

bool store_reply_is_error(const struct store_reply *reply, const char *word)
{
	struct slice text = store_reply_str(reply), head, tail;

	if (store_reply_type(reply) != STORE_REPLY_ERROR)
		return false;
	slice_cut(text, ' ', &head, &tail);
	return slice_eq_str(head, word);
}
