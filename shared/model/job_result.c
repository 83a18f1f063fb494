/* job_result.c: see job_result.h. */
#include "shared/model/job_result.h"

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/enum_text.h"
#include "shared/model/raw_json.h"

#define X(name, message_id) [FAILURE_##name] = #name,
static const char *const CLASS_TEXTS[] = {FAILURE_CLASSES(X)};
#undef X
#define X(name, message_id) [FAILURE_##name] = message_id,
static const char *const CLASS_MESSAGES[] = {FAILURE_CLASSES(X)};
#undef X

const char *failure_class_text(enum failure_class failure)
{
	ensure((unsigned)failure < FAILURE_CLASS_COUNT);
	return failure == FAILURE_NONE ? "" : CLASS_TEXTS[failure];
}

const char *failure_class_message_id(enum failure_class failure)
{
	ensure((unsigned)failure < FAILURE_CLASS_COUNT);
	return failure == FAILURE_NONE ? "" : CLASS_MESSAGES[failure];
}

bool failure_class_parse(struct slice text, enum failure_class *ret_failure)
{
	size_t i;

	if (!enum_text_find(CLASS_TEXTS, ARRAY_LEN(CLASS_TEXTS), text, &i))
		return false;
	*ret_failure = (enum failure_class)i;
	return true;
}

static bool opt_text(const struct json *root, const char *name, struct slice *ret, struct err *err)
{
	bool present;

	*ret = SLICE_LIT("");
	return json_opt_str(root, name, ret, &present, err);
}

static bool opt_ms(const struct json *root, const char *name, int64_t *ret, struct err *err)
{
	bool present;

	if (!json_opt_i64(root, name, ret, &present, err))
		return false;
	return *ret >= 0 || err_set(err, ERR_INVALID, "\"%s\" is negative", name);
}

static bool read_outcome(const struct json *root, struct job_result *result, struct err *err)
{
	struct slice outcome, class;

	if (!json_get_str(root, "outcome", &outcome, err) || !opt_text(root, "class", &class, err))
		return false;
	if (slice_eq(outcome, SLICE_LIT("error")))
		result->outcome = JOB_OUTCOME_ERROR;
	else if (!slice_eq(outcome, SLICE_LIT("ok")))
		return err_set(err, ERR_INVALID, "\"outcome\" is not known");
	/* A class of a newer scheduler: its message_id still says what happened. */
	if (class.len > 0 && !failure_class_parse(class, &result->failure))
		result->failure = FAILURE_NONE;
	return true;
}

static bool read_members(struct slice text, struct job_result *result, struct err *err)
{
	const struct json *root = result->json, *params;
	bool present;

	if (json_kind(root) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "not an object");
	if (!read_outcome(root, result, err) ||
		!json_opt_bool(root, "same_ip", &result->same_ip, &present, err) ||
		!opt_ms(root, "retry_in_ms", &result->retry_in_ms, err) ||
		!opt_ms(root, "latency_ms", &result->latency_ms, err) ||
		!opt_text(root, "message_id", &result->message_id, err) ||
		!opt_text(root, "provider_message", &result->provider_message, err) ||
		!opt_text(root, "new_ip", &result->new_ip, err) ||
		!opt_text(root, "location", &result->location, err) ||
		!opt_text(root, "remote_http", &result->remote_http, err) ||
		!opt_text(root, "exit_ip", &result->exit_ip, err) ||
		!opt_text(root, "expected_ip", &result->expected_ip, err) ||
		!opt_text(root, "way", &result->way, err) ||
		!opt_text(root, "version", &result->version, err) ||
		!json_opt_object(root, "params", &params, &present, err))
		return false;
	result->params = SLICE_LIT("");
	if (present && !raw_json_member(text, "params", &result->params))
		return err_set(err, ERR_INVALID, "\"params\" cannot be found in the text");
	return true;
}

bool job_result_parse(struct slice text, struct job_result *ret_result, struct err *err)
{
	struct job_result result = {.json = json_parse(text, NULL, err)};

	if (!result.json || !read_members(text, &result, err)) {
		job_result_done(&result);
		return err_prefix(err, "job result");
	}
	*ret_result = result;
	return true;
}

void job_result_done(struct job_result *result)
{
	if (!result)
		return;
	json_free(result->json);
	*result = (struct job_result){0};
}

const struct json *job_result_params(const struct job_result *result)
{
	return result->json ? json_member(result->json, "params") : NULL;
}

static void put_text(struct json_writer *w, const char *name, struct slice text)
{
	if (text.len > 0)
		json_put_str(w, name, text);
}

void job_result_write(struct json_writer *w, const struct job_result *result)
{
	json_object_begin(w);
	json_put_cstr(w, "outcome", result->outcome == JOB_OUTCOME_OK ? "ok" : "error");
	if (result->failure != FAILURE_NONE)
		json_put_cstr(w, "class", failure_class_text(result->failure));
	put_text(w, "message_id", result->message_id);
	if (result->params.len > 0)
		json_put_raw(w, "params", result->params);
	if (result->retry_in_ms > 0)
		json_put_int(w, "retry_in_ms", result->retry_in_ms);
	put_text(w, "provider_message", result->provider_message);
	put_text(w, "new_ip", result->new_ip);
	put_text(w, "location", result->location);
	put_text(w, "remote_http", result->remote_http);
	put_text(w, "exit_ip", result->exit_ip);
	put_text(w, "expected_ip", result->expected_ip);
	put_text(w, "way", result->way);
	if (result->same_ip)
		json_put_bool(w, "same_ip", true);
	put_text(w, "version", result->version);
	if (result->latency_ms > 0)
		json_put_int(w, "latency_ms", result->latency_ms);
	json_object_end(w);
}
