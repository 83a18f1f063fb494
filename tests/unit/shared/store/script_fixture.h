/* script_fixture.h: runs our Lua transactions synchronously against a redis_fixture, as another node would.
 */
#ifndef KP_TESTS_SCRIPT_FIXTURE_H
#define KP_TESTS_SCRIPT_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "shared/store/store_script_texts.h"
#include "tests/unit/shared/store/redis_fixture.h"

#define SCRIPT_PREFIX    "{kp}:"
#define SCRIPT_KEY_CHECK "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* EVAL of a script with its arguments (a NULL ends them) on connection `c`. The reply is the caller's. */
static inline redisReply *script_run(redisContext *c, enum store_script script, const char *const *args)
{
	const char *argv[64] = {"EVAL", store_script_texts[script].text, "1", SCRIPT_PREFIX};
	int argc = 4;

	while (*args)
		argv[argc++] = *args++;
	redisReply *reply = redisCommandArgv(c, argc, argv, NULL);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		print_error("%s: %s\n", store_script_texts[script].name, reply->str);
	assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
	return reply;
}

/* The named value of a result, copied. */
static inline void script_value(const redisReply *reply, const char *name, char *dst, size_t size)
{
	dst[0] = '\0';
	for (size_t i = 1; i + 1 < reply->elements; i += 2)
		if (strcmp(reply->element[i]->str, name) == 0)
			snprintf(dst, size, "%s", reply->element[i + 1]->str);
}

#define SCRIPT(c, script, ...) script_run(c, script, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

/* Runs it and expects OK. */
#define SCRIPT_OK(c, script, ...)                                    \
	do {                                                         \
		redisReply *reply_ = SCRIPT(c, script, __VA_ARGS__); \
		assert_string_equal(reply_->element[0]->str, "OK");  \
		freeReplyObject(reply_);                             \
	} while (0)

#endif
