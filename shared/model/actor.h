/*
 * actor.h: who did something, and by which means, as the one text that scripts take and the history
 * keeps:
 *
 *	lan            a person, signed in
 *	lan|token:n8n  a program with that person's API token
 *	lan|link       a proxy's change-IP link
 *	|relay         a relay that could not reach an upstream
 *	|provider      the provider, by itself
 *	|shell         whoever has the machine's own shell
 *	(empty)        the clock
 *
 * User names hold no `|`, so the first one divides. Pure.
 */
#ifndef KP_MODEL_ACTOR_H
#define KP_MODEL_ACTOR_H

#include "shared/base/slice.h"
#include "shared/model/validate.h"

enum { ACTOR_TEXT_BYTES = USERNAME_MAX_BYTES + sizeof("|token:") + TOKEN_NAME_MAX_BYTES };

/* How a request's sender is known. */
#define ACTOR_MEANS(X)                                                      \
	X(SESSION, "session") /* signed in with a password */               \
	X(TOKEN, "token:")    /* an API token; its name follows the text */ \
	X(LINK, "link")       /* a proxy's change-IP link */

#define X(name, text) MEANS_##name,
enum actor_means { ACTOR_MEANS(X) ACTOR_MEANS_COUNT };
#undef X

/* The text for a user by these means; token_name counts for MEANS_TOKEN only. Returns `dst` as a slice. */
struct slice actor_text(
	enum actor_means means, const char *username, const char *token_name, char dst[ACTOR_TEXT_BYTES]);

/* The parts as the history shows them: the user's name ("" for the fleet itself), and by which means:
 * session, token:<name>, link, provider, relay, shell, clock. Slices of `actor`, or static. */
void actor_split(struct slice actor, struct slice *ret_user, struct slice *ret_via);

#endif
