/* call_log.c: see call_log.h. */
#include "tests/kiotproxy-sim/call_log.h"

#include <stdlib.h>

#include "shared/base/ensure.h"
#include "tests/kiotproxy-sim/json_text.h"
#include "tests/kiotproxy-sim/wall_clock.h"

void call_log_init(struct call_log *log)
{
	log->ring = mem_zalloc(CALL_LOG_MAX * sizeof(*log->ring));
	log->next_seq = 1;
}

void call_log_done(struct call_log *log)
{
	free(log->ring);
	log->ring = NULL;
}

void call_log_add(struct call_log *log, const char *key, const char *call, const char *outcome, unsigned http)
{
	log->ring[log->next_seq % CALL_LOG_MAX] =
		(struct call_log_entry){log->next_seq, wall_now_ms(), key, call, outcome, http};
	log->next_seq++;
}

void call_log_write(const struct call_log *log, uint64_t since, struct buf *out)
{
	uint64_t first = log->next_seq > CALL_LOG_MAX ? log->next_seq - CALL_LOG_MAX : 1;
	const char *separator = "";

	buf_printf(out, "{\"last\":%llu,\"calls\":[", (unsigned long long)(log->next_seq - 1));
	for (uint64_t seq = since >= first ? since + 1 : first; seq < log->next_seq; seq++) {
		const struct call_log_entry *e = &log->ring[seq % CALL_LOG_MAX];

		buf_printf(out, "%s{\"seq\":%llu,\"ms\":%llu,\"key\":", separator, (unsigned long long)e->seq,
			(unsigned long long)e->at_ms);
		json_text(out, slice_from_str(e->key));
		buf_printf(out, ",\"call\":\"%s\",\"outcome\":\"%s\",\"http\":%u}", e->call, e->outcome,
			e->http);
		separator = ",";
	}
	buf_append_str(out, "]}");
}
