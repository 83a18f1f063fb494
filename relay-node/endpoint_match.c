/* endpoint_match.c: see endpoint_match.h. */
#include "relay-node/endpoint_match.h"

enum endpoint_verdict endpoint_match(const struct evidence *evidence, struct slice *ret_subdomain)
{
	const struct slice ways[] = {evidence->port, evidence->address, evidence->sni};
	struct slice chosen = SLICE_NONE;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (!ways[i].len)
			continue;
		if (chosen.len && !slice_eq_icase(chosen, ways[i]))
			return ENDPOINT_CONFLICT;
		chosen = ways[i];
	}
	if (!chosen.len)
		chosen = evidence->user;
	if (!chosen.len)
		return ENDPOINT_NEEDS_USER;
	*ret_subdomain = chosen;
	return ENDPOINT_FOUND;
}
