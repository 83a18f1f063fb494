/* store_digest.c: see store_digest.h. */
#include "shared/store/store_digest.h"

static uint64_t fnv1a64(uint64_t h, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ (unsigned char)bytes.data[i]) * 0x100000001b3u;
	return h;
}

/* FNV alone is nearly linear in its last bytes: sums of it would hide swapped values. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
	return h ^ (h >> 31);
}

uint64_t store_digest_entry(struct slice key, struct slice value)
{
	uint64_t h = fnv1a64(0xcbf29ce484222325u, key);

	h = fnv1a64(h, slice_of("\0", 1));
	return mix(fnv1a64(h, value));
}
