/*
 * store_script.c: see store_script.h. A run keeps its arguments until the answer is here: when the server
 * does not know the script, the same arguments go out once more with the text itself (EVAL), which makes the
 * server remember it. Arguments are offsets into one buffer, because the buffer moves while it grows.
 */
#include "shared/store/store_script.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"
#include "shared/store/store.h"

enum { CALL_MAX_BYTES = 32 * 1024 * 1024, FEW_ARGS = 24 };

struct run {
	struct store *store; /* borrowed: the store tells all of its runs before it goes */
	struct store_call call;
	store_done_fn *done;
	void *arg;
};

void store_call_begin(struct store_call *call, enum store_script script)
{
	*call = (struct store_call){.script = script, .deadline_ms = STORE_CALL_DEADLINE_MS};
	buf_init(&call->bytes, CALL_MAX_BYTES);
	buf_init(&call->ends, 0);
}

void store_call_text(struct store_call *call, struct slice text)
{
	buf_append_slice(&call->bytes, text);
	buf_append(&call->ends, &call->bytes.len, sizeof(call->bytes.len));
}

void store_call_str(struct store_call *call, const char *text)
{
	store_call_text(call, slice_from_str(text));
}

void store_call_int(struct store_call *call, int64_t value)
{
	buf_printf(&call->bytes, "%lld", (long long)value);
	store_call_text(call, SLICE_NONE);
}

void store_call_uint(struct store_call *call, uint64_t value)
{
	buf_printf(&call->bytes, "%llu", (unsigned long long)value);
	store_call_text(call, SLICE_NONE);
}

void store_call_done(struct store_call *call)
{
	buf_done(&call->bytes);
	buf_done(&call->ends);
}

static void run_end(struct run *run, const struct store_result *result)
{
	run->done(result, run->arg);
	store_call_done(&run->call);
	free(run);
}

/* EVALSHA sha1 1 prefix args…, or EVAL text 1 prefix args… */
static void run_send(struct run *run, const char *command, struct slice script, store_reply_fn *fn)
{
	struct slice few[FEW_ARGS], *argv = few;
	size_t count = run->call.ends.len / sizeof(size_t), start = 0, end;

	if (count + 4 > FEW_ARGS)
		argv = mem_alloc((count + 4) * sizeof(*argv));
	argv[0] = slice_from_str(command);
	argv[1] = script;
	argv[2] = SLICE_LIT("1");
	argv[3] = store_prefix(run->store);
	for (size_t i = 0; i < count; i++) {
		memcpy(&end, run->call.ends.data + i * sizeof(end), sizeof(end));
		argv[4 + i] = slice_of(run->call.bytes.data + start, end - start);
		start = end;
	}
	store_script_command(run->store, run->call.script, run->call.deadline_ms, count + 4, argv, fn, run);
	if (argv != few)
		free(argv);
}

static void on_answer(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct run *run = arg;
	struct store_result result = {.status = STORE_LOST, .err = lost};
	struct err room = {0};

	if (!lost)
		store_result_read(&result, reply, &room);
	run_end(run, &result);
}

static void on_first_answer(const struct store_reply *reply, const struct err *lost, void *arg)
{
	struct run *run = arg;
	const struct store_script_text *script = &store_script_texts[run->call.script];

	if (!lost && store_reply_is_error(reply, "NOSCRIPT"))
		run_send(run, "EVAL", slice_of(script->text, script->len), on_answer);
	else
		on_answer(reply, lost, arg);
}

void store_call_send(struct store *store, struct store_call *call, store_done_fn *done, void *arg)
{
	struct run *run = mem_zalloc(sizeof(*run));

	ensure(call->script < SCRIPT_COUNT && done && !call->bytes.overflow);
	*run = (struct run){.store = store, .call = *call, .done = done, .arg = arg};
	store_call_begin(call, call->script);
	run_send(run, "EVALSHA", slice_from_str(store_script_texts[run->call.script].sha1), on_first_answer);
}
