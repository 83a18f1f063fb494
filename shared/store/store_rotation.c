/* store_rotation.c: arguments of the scripts that ask for and end rotations, syncs and checks. */
#include "shared/store/store_rotation.h"

void store_rotation_request(
	struct store *s, const struct store_rotation_request *q, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_ROTATION_REQUEST);
	store_call_uint(&call, q->id);
	store_call_str(&call, q->kind);
	store_call_text(&call, q->actor);
	store_call_text(&call, q->region);
	store_call_str(&call, q->when == STORE_WHEN_ALLOWED ? "allowed" : "now");
	store_call_send(s, &call, done, arg);
}

void store_probe_request(struct store *s, uint64_t id, struct slice actor, const char *way,
	struct slice target, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_PROBE_REQUEST);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_str(&call, way);
	store_call_text(&call, target);
	store_call_send(s, &call, done, arg);
}

void store_rotation_cancel(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_ROTATION_CANCEL);
	store_call_uint(&call, id);
	store_call_text(&call, actor);
	store_call_send(s, &call, done, arg);
}

/* entry, job, id, [slot,] fence, gen: how every script that ends a claim begins. */
static void begin_rotate(struct store_call *call, enum store_script script, const struct store_claim *claim)
{
	store_call_begin(call, script);
	store_call_text(call, claim->entry);
	store_call_text(call, claim->job);
	store_call_uint(call, claim->id);
	store_call_uint(call, claim->slot);
	store_call_uint(call, claim->fence);
	store_call_uint(call, claim->gen);
}

static void begin_sync(struct store_call *call, enum store_script script, const struct store_claim *claim)
{
	store_call_begin(call, script);
	store_call_text(call, claim->entry);
	store_call_text(call, claim->job);
	store_call_uint(call, claim->id);
	store_call_uint(call, claim->fence);
	store_call_uint(call, claim->gen);
}

static void add_upstream(struct store_call *call, const struct store_upstream *up)
{
	store_call_int(call, up->expires_in_ms);
	store_call_int(call, up->next_change_in_ms);
	store_call_fields(call, up->fields);
}

void store_rotation_commit(struct store *s, const struct store_claim *claim, const struct store_upstream *up,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	begin_rotate(&call, SCRIPT_ROTATION_COMMIT, claim);
	add_upstream(&call, up);
	store_call_send(s, &call, done, arg);
}

void store_rotation_fail(struct store *s, const struct store_claim *claim, const struct store_failure *f,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	begin_rotate(&call, SCRIPT_ROTATION_FAIL, claim);
	store_call_str(&call, f->class_name);
	store_call_int(&call, f->retry_in_ms);
	store_call_int(&call, f->next_change_in_ms);
	store_call_str(&call, f->message_id);
	store_call_text(&call, f->params);
	store_call_text(&call, f->provider_message);
	store_call_uint(&call, f->sent);
	store_call_send(s, &call, done, arg);
}

void store_sync_commit(struct store *s, const struct store_claim *claim, const struct store_upstream *up,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	begin_sync(&call, SCRIPT_SYNC_COMMIT, claim);
	add_upstream(&call, up);
	store_call_send(s, &call, done, arg);
}

void store_sync_fail(struct store *s, const struct store_claim *claim, const struct store_failure *f,
	store_done_fn *done, void *arg)
{
	struct store_call call;
	begin_sync(&call, SCRIPT_SYNC_FAIL, claim);
	store_call_str(&call, f->class_name);
	store_call_int(&call, f->retry_in_ms);
	store_call_str(&call, f->message_id);
	store_call_text(&call, f->params);
	store_call_text(&call, f->provider_message);
	store_call_send(s, &call, done, arg);
}

void store_check_commit(
	struct store *s, const struct store_check *checks, size_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_CHECK_COMMIT);
	store_call_uint(&call, count);
	for (size_t i = 0; i < count; i++) {
		store_call_text(&call, checks[i].entry);
		store_call_text(&call, checks[i].job);
		store_call_uint(&call, checks[i].id);
		store_call_uint(&call, checks[i].verdict);
		store_call_int(&call, checks[i].latency_ms);
		store_call_str(&call, checks[i].message_id);
		store_call_text(&call, checks[i].exit_ip);
	}
	store_call_send(s, &call, done, arg);
}
