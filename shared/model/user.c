/* user.c: see user.h. */
#include "shared/model/user.h"

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/enum_text.h"

#define X(name, text) [ROLE_##name] = text,
static const char *const ROLE_TEXTS[] = {USER_ROLES(X)};
#undef X

#define X(name, role_a, role_b, role_c) \
	[MAY_##name] = 1u << ROLE_##role_a | 1u << ROLE_##role_b | 1u << ROLE_##role_c,
static const unsigned MAY[] = {USER_ACTIONS(X)};
#undef X

const char *user_role_text(enum user_role role)
{
	ensure((unsigned)role < USER_ROLE_COUNT);
	return ROLE_TEXTS[role];
}

bool user_role_parse(struct slice text, enum user_role *ret_role)
{
	size_t i;

	if (!enum_text_find(ROLE_TEXTS, ARRAY_LEN(ROLE_TEXTS), text, &i))
		return false;
	*ret_role = (enum user_role)i;
	return true;
}

bool user_role_may(enum user_role role, enum user_action action)
{
	ensure((unsigned)role < USER_ROLE_COUNT && (unsigned)action < USER_ACTION_COUNT);
	return MAY[action] & 1u << role;
}

static bool read_token(const struct json *value, struct session *session, struct err *err)
{
	bool present, read_only = false;
	struct slice name;

	if (!json_opt_str(value, "token", &name, &present, err))
		return false;
	if (!present)
		return true;
	session->means = MEANS_TOKEN;
	if (!slice_copy(name, session->token_name, sizeof(session->token_name)))
		return err_set(err, ERR_INVALID, "token name too long");
	if (!json_opt_bool(value, "read_only", &read_only, &present, err))
		return false;
	session->access = read_only ? SESSION_READ_ONLY : SESSION_READ_WRITE;
	return json_opt_i64(value, "ends_in_ms", &session->ends_in_ms, &present, err);
}

bool session_from_json(const struct json *value, struct session *ret_session, struct err *err)
{
	struct session session = {0};
	struct slice id_text, username, role;

	if (json_kind(value) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "session: not an object");
	const struct json *id = json_member(value, "user_id");
	if (!id || !(json_i64(id, &session.user_id) ||
			   (json_str(id, &id_text) && slice_parse_i64(id_text, &session.user_id))))
		return err_set(err, ERR_INVALID, "session: without user_id");
	if (!json_get_str(value, "username", &username, err) || !json_get_str(value, "role", &role, err))
		return err_prefix(err, "session");
	if (!slice_copy(username, session.username, sizeof(session.username)))
		return err_set(err, ERR_INVALID, "session: user name too long");
	if (!user_role_parse(role, &session.role))
		return err_set(err, ERR_INVALID, "session: unknown role");
	if (!read_token(value, &session, err))
		return err_prefix(err, "session");
	*ret_session = session;
	return true;
}

void session_write_user(struct json_writer *w, const struct session *session)
{
	json_object_begin(w);
	json_put_int(w, "id", session->user_id);
	json_put_cstr(w, "username", session->username);
	json_put_cstr(w, "role", user_role_text(session->role));
	json_object_end(w);
}

bool session_may(const struct session *session, enum user_action action, int64_t owner_id)
{
	if (!user_role_may(session->role, action))
		return false;
	return session->role == ROLE_ADMIN || session->user_id == owner_id;
}
