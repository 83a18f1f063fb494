/* first_admin.h: the administrator of a new fleet, made when the store has no user at all. */
#ifndef KP_API_FIRST_ADMIN_H
#define KP_API_FIRST_ADMIN_H

#include "shared/base/err.h"

struct api;
struct first_admin;

/* Hashes ADMIN_PASSWORD, or a generated password, now (some 100 ms: call it before the loop runs). NULL with
 * err. */
struct first_admin *first_admin_new(struct api *api, struct err *err) MUST_CHECK;
void first_admin_free(struct first_admin *admin);

/* Asks the store to create it unless there is a user; call it each time the store comes up, until it was
 * answered. A generated password is printed once, by the node that created the user. */
void first_admin_ensure(struct first_admin *admin);

#endif
