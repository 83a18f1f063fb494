/* store_result.c: see store_result.h. Values are looked up in the reply itself: results are short. */
#include "shared/store/store_result.h"

#include "shared/base/compiler.h"
#include "shared/store/store_reply.h"

/* The scripts' words. LOST is a word of theirs too (the lease or claim went to another), but here it is the
 * name of "no answer": the word maps to STORE_CLAIM_LOST, and nothing a script says maps to the first two. */
static const char *const status_words[STORE_STATUS_COUNT] = {
#define STORE_STATUS(name) [STORE_##name] = #name,
#include "shared/store/store_statuses.h"
#undef STORE_STATUS
};

const char *store_status_text(enum store_status status)
{
	return status < STORE_STATUS_COUNT ? status_words[status] : "?";
}

static bool status_from_word(struct slice word, enum store_status *ret_status)
{
	if (slice_eq_str(word, "LOST")) {
		*ret_status = STORE_CLAIM_LOST;
		return true;
	}
	for (enum store_status s = STORE_OK; s < STORE_STATUS_COUNT; s++) {
		if (slice_eq_str(word, status_words[s])) {
			*ret_status = s;
			return true;
		}
	}
	return false;
}

void store_result_read(struct store_result *ret_result, const struct store_reply *reply, struct err *err_room)
{
	struct slice text = store_reply_str(reply);

	*ret_result = (struct store_result){.status = STORE_ERROR, .err = err_room, .reply = reply};
	if (store_reply_type(reply) == STORE_REPLY_ERROR) {
		err_set(err_room, ERR_INTERNAL, "Redis: %.*s", SLICE_ARG(text));
		return;
	}
	text = store_reply_str(store_reply_at(reply, 0));
	if (store_reply_count(reply) % 2 != 1 || !status_from_word(text, &ret_result->status)) {
		err_set(err_room, ERR_PROTOCOL, "a script returned no known status but \"%.*s\"",
			SLICE_ARG(text));
		return;
	}
	ret_result->err = NULL;
}

static const struct store_reply *find(const struct store_result *result, const char *name)
{
	size_t count = store_reply_count(result->reply);

	for (size_t i = 1; i + 1 < count; i += 2)
		if (slice_eq_str(store_reply_str(store_reply_at(result->reply, i)), name))
			return store_reply_at(result->reply, i + 1);
	return NULL;
}

struct slice store_result_str(const struct store_result *result, const char *name)
{
	return store_reply_str(find(result, name));
}

int64_t store_result_int(const struct store_result *result, const char *name)
{
	int64_t value = 0;

	return store_reply_int(find(result, name), &value) ? value : 0;
}

uint64_t store_result_uint(const struct store_result *result, const char *name)
{
	int64_t value = store_result_int(result, name);

	return value > 0 ? (uint64_t)value : 0;
}

bool store_result_has(const struct store_result *result, const char *name)
{
	return find(result, name) != NULL;
}
