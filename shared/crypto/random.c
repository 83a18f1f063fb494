/* random.c: see random.h. getrandom(2) rather than OpenSSL's generator: no state of ours to fork or to leak.
 */
#include "shared/crypto/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "shared/base/ensure.h"

void random_bytes(void *dst, size_t len)
{
	uint8_t *at = dst;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR) /* only possible before the kernel's pool is ready, or for > 256
						bytes */
			continue;
		ensure(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

void random_text(char *dst, size_t len, const char *alphabet)
{
	size_t count = strlen(alphabet);
	uint8_t byte;

	ensure(count >= 2 && count <= 256);
	/* Bytes at or above the largest multiple of `count` are drawn again: a plain modulo would be biased.
	 */
	for (size_t i = 0; i < len;) {
		random_bytes(&byte, 1);
		if (byte >= 256 - 256 % count)
			continue;
		dst[i++] = alphabet[byte % count];
	}
	dst[len] = '\0';
}
