/* bulk_members.c: see bulk_members.h. */
#include "api-node/handlers/bulk_members.h"

#include <string.h>

#include "api-node/handlers/bulk_actions.h"
#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/given.h"
#include "shared/model/validate.h"

static const char CHOICES_WHEN[] = "now, allowed";

static bool opt_flag(const struct json *body, const char *name, bool *flag, struct field_err *err)
{
	const struct json *value = json_member(body, name);

	return !value || json_bool(value, flag) || field_err_wanted(err, name, "err.type", "true or false");
}

static bool take_when(struct bulk_call *call, const struct json *value, struct field_err *err)
{
	struct slice when;

	if (!json_str(value, &when))
		return field_err_wanted(err, "when", "err.type", "a string");
	call->when = slice_eq_str(when, "allowed") ? STORE_WHEN_ALLOWED : STORE_WHEN_NOW;
	if (call->when == STORE_WHEN_ALLOWED || slice_eq_str(when, "now"))
		return true;
	field_err_wanted(err, "when", "err.choice", CHOICES_WHEN);
	return field_err_value(err, when);
}

bool take_rotate(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	const struct json *region = json_member(body, "region"), *when = json_member(body, "when");
	struct slice text;

	if (region) {
		if (!json_str(region, &text))
			return field_err_wanted(err, "region", "err.type", "a string");
		if (!validate_region(&text, err))
			return false;
		ensure(slice_copy(text, call->region, sizeof(call->region)));
	}
	return !when || take_when(call, when, err);
}

bool take_pause(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	(void)body, (void)err;
	proxy_form_set_int(&call->form, "is_active", 0);
	return true;
}

bool take_resume(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	(void)body, (void)err;
	proxy_form_set_int(&call->form, "is_active", 1);
	return true;
}

bool take_delete(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	return opt_flag(body, "release", &call->release, err);
}

static bool take_tags(struct bulk_call *call, const struct json *body, const char *name, const char *field,
	struct field_err *err)
{
	const struct json *value = json_member(body, name);
	struct buf tags;

	if (!value)
		return true;
	buf_init(&tags, 0);
	bool ok = validate_tags(value, &tags, err);
	if (ok)
		proxy_form_set(&call->form, field, buf_slice(&tags));
	else
		err->field = name;
	buf_done(&tags);
	return ok;
}

bool take_tag(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	if (!take_tags(call, body, "add", "tags_add", err) ||
		!take_tags(call, body, "remove", "tags_remove", err))
		return false;
	return call->form.count > 0 || field_err_set(err, "add", "err.required");
}

bool take_set(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	/* They have replace-keys and assign. */
	static const char *const elsewhere[] = {"kiotproxy_key", "provider_key", "user_id"};
	const struct json *fields = json_member(body, "fields");
	struct slice value;

	if (!opt_flag(body, "regenerate_password", &call->regenerate_password, err))
		return false;
	if (fields && json_kind(fields) != JSON_OBJECT)
		return field_err_wanted(err, "fields", "err.type", "an object");
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if (fields && json_member(fields, elsewhere[i]))
			return field_err_set(err, elsewhere[i], "err.unknown_field");
	if (fields && !proxy_form_take(&call->form, fields, FORM_EDIT, err))
		return false;
	if (call->form.count == 0 && !call->regenerate_password)
		return field_err_set(err, "fields", "err.required");
	if (call->regenerate_password && proxy_form_get(&call->form, "password", &value))
		return field_err_wanted(err, "password", "err.not_both", "regenerate_password");
	return true;
}

bool take_assign(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	const struct json *value = json_member(body, "user_id");
	int64_t user_id;

	if (!value)
		return field_err_set(err, "user_id", "err.required");
	if (!json_i64(value, &user_id))
		return field_err_wanted(err, "user_id", "err.type", "a whole number");
	if (user_id < 1 || user_id > INT32_MAX)
		return field_err_range(err, "user_id", "err.range", 1, INT32_MAX);
	proxy_form_set_int(&call->form, "user_id", user_id);
	return true;
}

/* Without days and date each is moved on by its own plan_days, which `renew_days` 0 says. */
bool take_renewed(struct bulk_call *call, const struct json *body, struct field_err *err)
{
	const struct json *days = json_member(body, "days"), *until = json_member(body, "paid_until");
	int64_t number = 0, at_ms;
	struct slice text;

	proxy_form_set_int(&call->form, "try_key", 1);
	if (until) {
		if (days)
			return field_err_wanted(err, "days", "err.not_both", "paid_until");
		if (!json_str(until, &text))
			return field_err_wanted(
				err, "paid_until", "err.type", "a time such as \"2026-01-31T12:00:00Z\"");
		if (!given_time(text, &at_ms))
			return field_err_set(err, "paid_until", "err.time");
		proxy_form_set_int(&call->form, "paid_until", at_ms);
		return true;
	}
	if (days && !json_i64(days, &number))
		return field_err_wanted(err, "days", "err.type", "a whole number");
	if (days && (number < 1 || number > RENEW_DAYS_MAX))
		return field_err_range(err, "days", "err.range", 1, RENEW_DAYS_MAX);
	proxy_form_set_int(&call->form, "renew_days", number);
	return true;
}
