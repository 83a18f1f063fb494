/*
 * user.h: people: their roles, what a role may do, and the session a request comes with. Passwords and tokens
 * are not here: only the store and the crypto library ever see their hashes.
 */
#ifndef KP_MODEL_USER_H
#define KP_MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/actor.h"
#include "shared/model/validate.h"

struct json;
struct json_writer;

#define USER_ROLES(X)                             \
	X(ADMIN, "admin")       /* everything */  \
	X(USER, "user")         /* own proxies */ \
	X(OPERATOR, "operator") /* proxies assigned to them: see, copy, ROTATE_PROXY */

#define X(name, text) ROLE_##name,
enum user_role { USER_ROLES(X) USER_ROLE_COUNT };
#undef X

/* action, the roles that may */
#define USER_ACTIONS(X)                                                                            \
	X(SEE_PROXY, ADMIN, USER, OPERATOR)    /* with its password and endpoints, to copy them */ \
	X(ROTATE_PROXY, ADMIN, USER, OPERATOR) /* rotate, cancel, restart, check, sync */          \
	X(ADD_PROXY, ADMIN, USER, USER)                                                            \
	X(EDIT_PROXY, ADMIN, USER, USER) /* change, pause, delete, restore */                      \
	X(ASSIGN_PROXY, ADMIN, ADMIN, ADMIN)                                                       \
	X(SEE_SETTINGS, ADMIN, USER, OPERATOR)                                                     \
	X(MANAGE_FLEET, ADMIN, ADMIN, ADMIN) /* settings, users, fleet, import, backup, DNS zone */

#define X(name, role_a, role_b, role_c) MAY_##name,
enum user_action { USER_ACTIONS(X) USER_ACTION_COUNT };
#undef X

const char *user_role_text(enum user_role role);
bool user_role_parse(struct slice text, enum user_role *ret_role) MUST_CHECK;
bool user_role_may(enum user_role role, enum user_action action);

/* Who a request comes from, and how. Plain value; copy it freely. */
struct session {
	int64_t user_id;
	enum user_role role;
	enum actor_means means;
	enum { SESSION_READ_WRITE, SESSION_READ_ONLY } access; /* of a token; the role bounds it further */
	int64_t ends_in_ms; /* of a token that has an end, from when the store told it; else 0 */
	char username[USERNAME_MAX_BYTES + 1];
	char token_name[TOKEN_NAME_MAX_BYTES + 1]; /* "" unless MEANS_TOKEN */
};

/* From {"user_id":…,"username":…,"role":…} as the store gives it, with "token":<its name> and
 * "read_only":true where an API token came; user_id may be a number or its text. */
bool session_from_json(const struct json *value, struct session *ret_session, struct err *err) MUST_CHECK;
/* The object {"id":…,"username":…,"role":…} that REST shows. */
void session_write_user(struct json_writer *w, const struct session *session);
/* Whether this person may do that to a proxy of owner_id (its user_id). */
bool session_may(const struct session *session, enum user_action action, int64_t owner_id);

#endif
