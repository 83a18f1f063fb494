/* provider.c: the table of vendors; see provider.h. */
#include "scheduler/providers/provider.h"

static const struct provider *const providers[] = {&provider_kiotproxy, &provider_static};

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
