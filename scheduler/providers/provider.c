/* provider.c: the table of vendors; see provider.h. */
#include "scheduler/providers/provider.h"

#include <stdio.h>

static const struct provider *const providers[] = {
	&provider_kiotproxy,
	&provider_tmproxy,
	&provider_wwproxy,
	&provider_proxyxoay,
	&provider_netproxy,
	&provider_static,
};

enum { REQUEST_MAX_BYTES = 4096 };

const struct provider *provider_find(struct slice name)
{
	if (name.len == 0)
		return &provider_kiotproxy;
	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		if (slice_eq_str(name, providers[i]->name))
			return providers[i];
	return NULL;
}

const char *provider_call_text(enum provider_call call)
{
	static const char *const texts[] = {
		[PROVIDER_NEW] = "new", [PROVIDER_CURRENT] = "current", [PROVIDER_RELEASE] = "release"};

	return texts[call];
}

size_t provider_count(void)
{
	return ARRAY_LEN(providers);
}

bool provider_offers(const struct provider *provider, enum provider_call call)
{
	return (provider->calls & PROVIDER_CALL(call)) != 0;
}

struct provider_reply provider_not_offered(const struct provider *provider, enum provider_call call)
{
	struct provider_reply reply = {.class = FAILURE_NOT_OFFERED, .effect = EFFECT_NONE};

	snprintf(reply.reason, sizeof(reply.reason), "%s has no call \"%s\"", provider->name,
		provider_call_text(call));
	return reply;
}

void provider_request_init(struct provider_request *request)
{
	*request = (struct provider_request){.method = "GET"};
	buf_init(&request->url, REQUEST_MAX_BYTES);
	buf_init(&request->body, REQUEST_MAX_BYTES);
}

void provider_request_done(struct provider_request *request)
{
	if (!request)
		return;
	buf_done(&request->url);
	buf_done(&request->body);
}
