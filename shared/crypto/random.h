/* random.h: randomness for secrets, from the kernel. jitter_below() (base/backoff.h) is for spreading load.
 */
#ifndef KP_CRYPTO_RANDOM_H
#define KP_CRYPTO_RANDOM_H

#include <stddef.h>

/* Fills `dst`. A kernel that gives no randomness ends the process: nothing secret could be made then. */
void random_bytes(void *dst, size_t len);

/* `len` characters drawn without bias from `alphabet` (2 to 256 characters), and a NUL: dst has len + 1
 * bytes. */
void random_text(char *dst, size_t len, const char *alphabet);

#endif
