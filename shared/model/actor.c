/* actor.c: see actor.h. */
#include "shared/model/actor.h"

#include <stdio.h>

#include "shared/base/ensure.h"

#define X(name, text) [MEANS_##name] = text,
static const char *const MEANS_TEXTS[] = {ACTOR_MEANS(X)};
#undef X

struct slice actor_text(
	enum actor_means means, const char *username, const char *token_name, char dst[ACTOR_TEXT_BYTES])
{
	ensure((unsigned)means < ACTOR_MEANS_COUNT);
	/* A session is the plain case: the bare name, as the history has always had it. */
	if (means == MEANS_SESSION)
		snprintf(dst, ACTOR_TEXT_BYTES, "%s", username);
	else
		snprintf(dst, ACTOR_TEXT_BYTES, "%s|%s%s", username, MEANS_TEXTS[means],
			means == MEANS_TOKEN ? token_name : "");
	return slice_from_str(dst);
}

void actor_split(struct slice actor, struct slice *ret_user, struct slice *ret_via)
{
	if (actor.len == 0) {
		*ret_user = SLICE_LIT("");
		*ret_via = SLICE_LIT("clock");
	} else if (!slice_cut(actor, '|', ret_user, ret_via)) {
		*ret_via = slice_from_str(MEANS_TEXTS[MEANS_SESSION]);
	}
}
