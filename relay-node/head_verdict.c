/* head_verdict.c: see head_verdict.h. */
#include "relay-node/head_verdict.h"

#include <stddef.h>

#include "shared/base/ensure.h"

static const struct http_verdict_info infos[HTTP_VERDICT_COUNT] = {
#define HTTP_VERDICT(name, status, proxy_error, text) [HTTP_##name] = {#name, status, proxy_error, text},
#include "relay-node/head_verdicts.h"
#undef HTTP_VERDICT
};

const struct http_verdict_info *http_verdict_info(enum http_verdict verdict)
{
	ensure((unsigned)verdict < HTTP_VERDICT_COUNT);
	return &infos[verdict];
}
