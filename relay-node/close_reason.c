/* close_reason.c: see close_reason.h. */
#include "relay-node/close_reason.h"

#include "shared/base/ensure.h"

static const struct close_reason_info infos[] = {
#define CLOSE_REASON(name, status, socks5, proxy_error, message, en, vi) \
	[CLOSE_##name] = {#name, status, socks5, proxy_error, message, en, vi},
#include "relay-node/close_reasons.h"
#undef CLOSE_REASON
};

const struct close_reason_info *close_reason_info(enum close_reason reason)
{
	ensure(reason >= 0 && reason < CLOSE_REASON_COUNT);
	return &infos[reason];
}

enum close_reason close_reason_worse(enum close_reason a, enum close_reason b)
{
	return a > b ? a : b;
}
