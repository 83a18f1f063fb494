/*
 * reset_password.c: see reset_password.h.
 *
 *	the store comes up → user_by_name → user_update.lua (password, active; sessions end) → told once
 */
#include "api-node/reset_password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/api_config.h"
#include "api-node/server.h"
#include "shared/base/clock.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/crypto/keyring.h"
#include "shared/crypto/password.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/password_rules.h"
#include "shared/model/validate.h"
#include "shared/model/messages.h"
#include "shared/store/store.h"
#include "shared/store/store_people.h"
#include "shared/store/store_users.h"

enum { RESET_TIMEOUT_MS = 4000 };

static const char usage[] = "api-node: usage: api-node --reset-password <user> [--password-stdin]\n";

struct reset {
	const struct reset_options *options;
	struct store *store;
	char password[USER_PASSWORD_MAX_BYTES + 2]; /* and the line's end */
	char hash[PASSWORD_HASH_BYTES];
	char username[USERNAME_MAX_BYTES + 1];
	struct err down; /* why the store is not up */
	enum { RESET_WAITING, RESET_ASKED, RESET_DONE, RESET_FAILED } state;
};

bool reset_password_options(int argc, char **argv, struct reset_options *ret_options)
{
	*ret_options = (struct reset_options){0};
	if (argc < 2 || strcmp(argv[1], "--reset-password") != 0)
		return true;
	bool from_stdin = argc == 4 && strcmp(argv[3], "--password-stdin") == 0;
	if (argc != 3 && !from_stdin) {
		fputs(usage, stderr);
		return false;
	}
	*ret_options = (struct reset_options){
		.username = argv[2], .source = from_stdin ? RESET_FROM_STDIN : RESET_GENERATE};
	return true;
}

static void fail(struct reset *reset, const char *why)
{
	fprintf(stderr, "api-node: %s\n", why);
	reset->state = RESET_FAILED;
}

static void fail_store(struct reset *reset, const struct store_result *result)
{
	char text[sizeof(struct err) + 64];

	snprintf(text, sizeof(text), "the password was not changed: %s",
		result->err ? result->err->msg : store_status_text(result->status));
	fail(reset, text);
}

static void on_updated(const struct store_result *result, void *arg)
{
	struct reset *reset = arg;

	if (result->status != STORE_OK) {
		fail_store(reset, result);
		return;
	}
	reset->state = RESET_DONE;
	if (reset->options->source == RESET_GENERATE)
		printf("New password of %s (shown only now): %s\n", reset->username, reset->password);
	else
		printf("%s has the new password.\n", reset->username);
	printf("The account is active; all its sessions have ended. API tokens stay: revoke them if need be.\n");
	fflush(stdout);
}

static void on_user(const struct store_result *result, void *arg)
{
	struct reset *reset = arg;
	struct field_err why = {0};
	char text[160];

	if (result->status == STORE_NOT_FOUND) {
		snprintf(text, sizeof(text), "there is no user \"%.64s\" in this store",
			reset->options->username);
		fail(reset, text);
		return;
	}
	if (result->status != STORE_OK ||
		!slice_copy(store_result_str(result, "username"), reset->username, sizeof(reset->username))) {
		fail_store(reset, result);
		return;
	}
	if (!password_rules_check(
		    slice_from_str(reset->password), slice_from_str(reset->username), "password", &why)) {
		fail(reset, "the password must not be the user's name"); /* all else was checked before */
		return;
	}
	const struct store_field fields[] = {
		{"password_hash", slice_from_str(reset->hash)},
		{"active", SLICE_LIT("1")},
	};
	/* The actor is the fleet itself: whoever has this shell has all of it. */
	store_user_update(reset->store, store_result_uint(result, "id"), SLICE_LIT("|shell"), SLICE_NONE,
		(struct store_fields){fields, ARRAY_LEN(fields)}, on_updated, reset);
}

static void on_event(void *arg, enum store_event event, const struct err *err)
{
	struct reset *reset = arg;

	switch (event) {
	case STORE_EVENT_UP:
		if (reset->state != RESET_WAITING)
			return;
		reset->state = RESET_ASKED;
		store_user_by_name(reset->store, slice_from_str(reset->options->username), on_user, reset);
		return;
	case STORE_EVENT_DOWN: reset->down = *err; return;
	case STORE_EVENT_FATAL: fail(reset, err->msg); return;
	}
}

/* The password as one line of stdin, its end taken off. */
static bool read_password(struct reset *reset)
{
	if (!fgets(reset->password, sizeof(reset->password), stdin)) {
		fail(reset, "--password-stdin: stdin holds no password");
		return false;
	}
	reset->password[strcspn(reset->password, "\r\n")] = '\0';
	return true;
}

static bool take_password(struct reset *reset)
{
	struct field_err why = {0};
	struct buf sentence, params;
	struct json_writer w;
	struct err err = {0};

	if (reset->options->source == RESET_GENERATE)
		password_generate(reset->password);
	else if (!read_password(reset))
		return false;
	if (!password_rules_check(slice_from_str(reset->password), SLICE_NONE, "password", &why)) {
		buf_init(&sentence, 0);
		buf_init(&params, 0);
		json_writer_init(&w, &params);
		field_err_params(&why, &w);
		struct json *values = json_parse(buf_slice(&params), NULL, NULL);
		message_format(&sentence, slice_from_str(why.message_id), MESSAGE_ENGLISH, values);
		fail(reset, buf_str(&sentence));
		json_free(values);
		buf_done(&sentence);
		buf_done(&params);
		return false;
	}
	if (password_hash(slice_from_str(reset->password), reset->hash, &err))
		return true;
	fail(reset, err.msg);
	return false;
}

static void run(struct reset *reset, struct server *server)
{
	uint64_t deadline_ms = clock_now_ms() + RESET_TIMEOUT_MS;
	char text[sizeof(struct err) + 64];

	while (reset->state == RESET_WAITING || reset->state == RESET_ASKED) {
		if (clock_now_ms() >= deadline_ms) {
			snprintf(text, sizeof(text), "Redis (REDIS_URL) does not answer: %s",
				reset->down.msg[0] ? reset->down.msg : "no connection");
			fail(reset, text);
			return;
		}
		if (!server_turn(server)) {
			fail(reset, "the event loop broke");
			return;
		}
	}
}

static void on_tick(void *arg)
{
	(void)arg; /* the loop's turn is all that is wanted: run() looks at the clock */
}

int reset_password(
	const struct reset_options *options, const struct api_config *config, const struct keyring *keyring)
{
	struct store_options store_options = {.prefix = config->common.redis_prefix};
	struct reset *reset = mem_zalloc(sizeof(*reset));
	struct store_listener listener = {.event = on_event, .arg = reset};
	char key_check[HEX_SHA256_BYTES];
	struct server *server = NULL;
	struct loop_timer *tick = NULL;
	struct err err = {0};

	/* Whoever reads this wants one sentence, not how the store comes up. */
	log_setup(LOG_ERROR, LOG_TEXT, config->common.node_id);
	reset->options = options;
	if (!take_password(reset))
		goto out;
	server = server_new(&err);
	if (!server || !store_url_parse(config->common.redis_url, &store_options.url, &err)) {
		fail(reset, err.msg);
		goto out;
	}
	keyring_check_text(keyring, key_check);
	store_options.key_check = key_check;
	tick = loop_timer_new(server_loop(server), on_tick, NULL);
	loop_timer_start(server_loop(server), tick, RESET_TIMEOUT_MS);
	reset->store = store_new(server_loop(server), &store_options);
	store_listen(reset->store, &listener);
	run(reset, server);
	store_unlisten(reset->store, &listener);
	store_free(reset->store);
	loop_timer_free(server_loop(server), tick);
out:
	server_free(server);
	int status = reset->state == RESET_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
	explicit_bzero(reset, sizeof(*reset));
	free(reset);
	return status;
}
