/* static.c: a fixed upstream typed in by the user. Nobody sells it, so there is no call to make; the store
 * already refuses to queue one, and this refusal keeps a stray job from becoming a request. */
#include "scheduler/providers/provider.h"

#include <stdio.h>

static bool static_build(enum provider_call call, struct slice base, struct slice key, struct slice region,
	struct provider_request *request, struct err *err)
{
	(void)call;
	(void)base;
	(void)key;
	(void)region;
	(void)request;
	return err_set(err, ERR_CONFLICT, "a fixed upstream cannot be changed by a provider");
}

static void static_read(
	enum provider_call call, const struct provider_answer *answer, struct provider_reply *reply)
{
	(void)call;
	(void)answer;
	*reply = (struct provider_reply){.class = FAILURE_TRANSIENT};
	snprintf(reply->reason, sizeof(reply->reason), "a fixed upstream has no provider");
}

const struct provider provider_static = {
	.name = "static",
	.kind = PROVIDER_FIXED,
	.build = static_build,
	.read = static_read,
};
