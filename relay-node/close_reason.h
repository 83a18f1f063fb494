/* close_reason.h: the enum and the columns of close_reasons.h. */
#ifndef KP_RELAY_CLOSE_REASON_H
#define KP_RELAY_CLOSE_REASON_H

enum close_reason {
#define CLOSE_REASON(name, status, socks5, proxy_error, message, en, vi) CLOSE_##name,
#include "relay-node/close_reasons.h"
#undef CLOSE_REASON
	CLOSE_REASON_COUNT
};

struct close_reason_info {
	const char *name; /* as in the table: a label of counters and logs */
	unsigned status;  /* 0 = the connection just ends */
	unsigned socks5_reply;
	const char *proxy_error; /* or NULL */
	const char *message_id;  /* or NULL: then the two texts */
	const char *english, *vietnamese;
};

const struct close_reason_info *close_reason_info(enum close_reason reason);

/* Of two failures of one request, the one to tell. */
enum close_reason close_reason_worse(enum close_reason a, enum close_reason b);

#endif
