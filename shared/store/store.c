/*
 * store.c: see store.h.
 *
 *	DOWN ──link up──▶ INFO server ──▶ generation_bump ──▶ store_open ──▶ UP
 *	  ▲                   └── no answer, not ours yet: reset the link, try again ┘
 *	  └── link down ◀─────────────────────────────────────────────────── FATAL: wrong key, newer schema
 *
 * generation_bump runs on every connect and does nothing when the server is the one it knows: whether the
 * run_id is new is then decided by Redis itself, not by what this process happens to remember.
 */
#include "shared/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/store/store_script.h"

enum { INFO_DEADLINE_MS = 2000, RUN_ID_BYTES = 64 };

enum store_state { STORE_DOWN, STORE_OPENING, STORE_OPEN_UP, STORE_DEAD };

struct store {
	struct loop *loop;       /* borrowed */
	struct store_link *link; /* owned */
	struct store_url url;
	char *prefix;           /* owned */
	char *key_check;        /* owned */
	enum store_state state; /* written only by set_state() */
	uint64_t generation;
	char run_id[RUN_ID_BYTES];
	struct list listeners;
	struct loop_timer *news_timer; /* owned: tells listeners that came while the store was up */
	char said[sizeof(((struct err *)0)->msg)]; /* the last warning, so that a long outage is said once */
};

static void set_state(struct store *store, enum store_state state)
{
	store->state = state;
}

static void tell(struct store *store, enum store_event event, const struct err *err)
{
	list_each (node, &store->listeners) {
		struct store_listener *listener = list_entry(node, struct store_listener, node);
		bool knew = listener->told_up;
		listener->told_up = event == STORE_EVENT_UP;
		if (event != STORE_EVENT_UP || !knew)
			listener->event(listener->arg, event, err);
	}
}

static void on_news(void *arg)
{
	struct store *store = arg;

	if (store->state == STORE_OPEN_UP)
		tell(store, STORE_EVENT_UP, NULL);
}

/* ---- opening ---- */

/* Whether this reason was not the last one said: a long outage is said once, and each new reason. */
static bool warn_once(struct store *store, const struct err *err)
{
	if (strcmp(store->said, err->msg) == 0)
		return false;
	memcpy(store->said, err->msg, sizeof(store->said));
	log_warning("the store is away, trying again", log_err(err));
	return true;
}

/* An opening that did not work: like a broken link, so that the link's backoff spaces the attempts. */
static void opening_failed(struct store *store, const struct err *err)
{
	if (store->state != STORE_OPENING)
		return;
	store_link_reset(store->link, err->msg);
}

static void opening_fatal(struct store *store, const char *sentence)
{
	struct err err = {0};

	set_state(store, STORE_DEAD);
	err_set(&err, ERR_CONFLICT, "%s", sentence);
	tell(store, STORE_EVENT_FATAL, &err);
}

static void on_open(const struct store_result *result, void *arg)
{
	struct store *store = arg;
	struct err err = {0};

	if (store->state != STORE_OPENING)
		return;
	switch (result->status) {
	case STORE_OK:
		store->generation = store_result_uint(result, "gen");
		set_state(store, STORE_OPEN_UP);
		store->said[0] = '\0';
		log_info("the store is open", log_uint("generation", store->generation));
		tell(store, STORE_EVENT_UP, NULL);
		return;
	case STORE_NEWER_SCHEMA:
		opening_fatal(store,
			"the data in Redis were written by a newer version of this program; upgrade it");
		return;
	case STORE_WRONG_KEY:
		opening_fatal(store,
			"SECRET_KEY does not open the data in Redis; give the key they were written with");
		return;
	case STORE_NOT_INITIALISED:
		err_set(&err, ERR_UNAVAILABLE,
			"Redis has lost its data, which this fleet still holds; restore them, or restart every node to begin anew");
		break;
	case STORE_LOST:
	case STORE_ERROR: err = *result->err; break;
	default:
		err_set(&err, ERR_PROTOCOL, "store_open answered %s", store_status_text(result->status));
		break;
	}
	opening_failed(store, &err);
}

static void on_bumped(const struct store_result *result, void *arg)
{
	struct store *store = arg;
	struct store_call call;
	struct err err = {0};

	if (store->state != STORE_OPENING)
		return;
	if (result->status != STORE_OK) {
		if (result->err)
			err = *result->err;
		else
			err_set(&err, ERR_PROTOCOL, "generation_bump answered %s",
				store_status_text(result->status));
		opening_failed(store, &err);
		return;
	}
	if (store_result_int(result, "bumped"))
		log_notice("a new generation of the store begins",
			log_uint("generation", store_result_uint(result, "gen")),
			log_str("run_id", store->run_id));
	store_call_begin(&call, SCRIPT_STORE_OPEN);
	store_call_uint(&call, STORE_SCHEMA_VERSION);
	store_call_str(&call, store->key_check);
	store_call_uint(&call, store->generation);
	store_call_send(store, &call, on_open, store);
}

static bool find_run_id(struct slice info, char *dst, size_t size)
{
	struct slice line;

	while (info.len) {
		slice_cut(info, '\n', &line, &info);
		if (slice_has_prefix(line, SLICE_LIT("run_id:")))
			return slice_copy(
				       slice_trim(slice_from(line, strlen("run_id:")), "\r "), dst, size) &&
			       dst[0];
	}
	return false;
}

static void on_info(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct store *store = arg;
	struct store_call call;
	struct err err = {0};

	if (store->state != STORE_OPENING)
		return;
	if (lost) {
		opening_failed(store, lost);
	} else if (!find_run_id(store_reply_str(reply), store->run_id, sizeof(store->run_id))) {
		err_set(&err, ERR_PROTOCOL, "INFO server gives no run_id");
		opening_failed(store, &err);
	} else {
		store_call_begin(&call, SCRIPT_GENERATION_BUMP);
		store_call_str(&call, store->run_id);
		store_call_send(store, &call, on_bumped, store);
	}
}

static void on_link_up(void *arg)
{
	struct store *store = arg;

	if (store->state == STORE_DEAD)
		return;
	set_state(store, STORE_OPENING);
	store_link_command(store->link, INFO_DEADLINE_MS, 2,
		(struct slice[]){SLICE_LIT("INFO"), SLICE_LIT("server")}, on_info, store);
}

static void on_link_down(void *arg, const struct err *err)
{
	struct store *store = arg;
	bool was_up = store->state == STORE_OPEN_UP;

	if (store->state == STORE_DEAD)
		return;
	set_state(store, STORE_DOWN);
	if (warn_once(store, err) || was_up)
		tell(store, STORE_EVENT_DOWN, err);
}

static const struct store_link_ops link_ops = {.up = on_link_up, .down = on_link_down};

/* ---- commands ---- */

/* A link that is up while the store is not open must let nothing through: it may not be our store. */
static void command(struct store *store, bool passes, uint32_t deadline_ms, size_t argc,
	const struct slice *argv, store_reply_fn *done, void *arg)
{
	struct err err = {0};

	if (passes) {
		store_link_command(store->link, deadline_ms, argc, argv, done, arg);
		return;
	}
	err_set(&err, ERR_UNAVAILABLE, "the store is not open");
	store_link_refuse(store->link, &err, done, arg);
}

void store_command(struct store *store, uint32_t deadline_ms, size_t argc, const struct slice *argv,
	store_reply_fn *done, void *arg)
{
	command(store, store->state == STORE_OPEN_UP, deadline_ms, argc, argv, done, arg);
}

void store_script_command(struct store *store, enum store_script script, uint32_t deadline_ms, size_t argc,
	const struct slice *argv, store_reply_fn *done, void *arg)
{
	bool opens = script == SCRIPT_GENERATION_BUMP || script == SCRIPT_STORE_OPEN;

	command(store, store->state == STORE_OPEN_UP || (opens && store->state == STORE_OPENING), deadline_ms,
		argc, argv, done, arg);
}

/* ---- life ---- */

struct store *store_new(struct loop *loop, const struct store_options *options)
{
	struct store *store = mem_zalloc(sizeof(*store));

	store->loop = loop;
	store->url = options->url;
	store->prefix = mem_strdup(options->prefix);
	store->key_check = mem_strdup(options->key_check);
	list_init(&store->listeners);
	store->news_timer = loop_timer_new(loop, on_news, store);
	ensure(store->news_timer);
	store->link = store_link_new(loop, &store->url, "commands", &link_ops, store);
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	set_state(store, STORE_DEAD);
	store_link_free(store->link);
	loop_timer_free(store->loop, store->news_timer);
	explicit_bzero(&store->url, sizeof(store->url));
	free(store->prefix);
	free(store->key_check);
	free(store);
}

void store_listen(struct store *store, struct store_listener *listener)
{
	listener->told_up = false;
	list_append(&store->listeners, &listener->node);
	loop_timer_start(store->loop, store->news_timer, 0);
}

void store_unlisten(struct store *store, struct store_listener *listener)
{
	(void)store;
	list_remove(&listener->node);
}

bool store_is_up(const struct store *store)
{
	return store->state == STORE_OPEN_UP;
}

uint64_t store_generation(const struct store *store)
{
	return store->generation;
}

struct slice store_prefix(const struct store *store)
{
	return slice_from_str(store->prefix);
}

struct loop *store_loop(const struct store *store)
{
	return store->loop;
}

const struct store_url *store_url(const struct store *store)
{
	return &store->url;
}

struct store_link *store_command_link(struct store *store)
{
	return store->link;
}
