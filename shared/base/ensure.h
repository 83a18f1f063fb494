/*
 * ensure.h: invariants that stay checked in release builds.
 *
 * ensure() is for what can only be false through a bug of ours. Anything that a peer, a user, the network or
 * the operating system can cause is an error (err.h), never an ensure().
 */
#ifndef KP_BASE_ENSURE_H
#define KP_BASE_ENSURE_H

#include "shared/base/compiler.h"

#define ensure(cond)                                                        \
	do {                                                                \
		if (__builtin_expect(!(cond), 0))                           \
			ensure_failed(#cond, __FILE__, __LINE__, __func__); \
	} while (0)

/* Prints the broken invariant to stderr and aborts, so that a core and a stack are left behind. */
NO_RETURN void ensure_failed(const char *cond, const char *file, int line, const char *func);

/* malloc, calloc and strdup for start-up and control-plane objects: they end the process when memory is out.
 * Per-connection memory never comes from here: it is refused, not fatal (slab.h). */
void *mem_alloc(size_t size_bytes) MUST_CHECK;
void *mem_zalloc(size_t size_bytes) MUST_CHECK;
void *mem_realloc(void *p, size_t size_bytes) MUST_CHECK;
char *mem_strdup(const char *s) MUST_CHECK;
char *mem_strndup(const char *s, size_t len) MUST_CHECK;

#endif
