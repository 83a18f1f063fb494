/* log_pace.c: see log_pace.h. */
#include "shared/base/log_pace.h"

bool log_pace_take(struct log_pace *pace, uint64_t now_ms, uint64_t *ret_left_out)
{
	*ret_left_out = pace->left_out;
	if (now_ms < pace->next_ms) {
		pace->left_out++;
		return false;
	}
	*pace = (struct log_pace){.next_ms = now_ms + LOG_PACE_MS};
	return true;
}
