/* ensure.c: see ensure.h. The one place that ends the process on a broken invariant or at out of memory. */
#include "shared/base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

NO_RETURN void ensure_failed(const char *cond, const char *file, int line, const char *func)
{
	fprintf(stderr, "invariant broken: %s (%s:%d in %s)\n", cond, file, line, func);
	abort();
}

static NO_RETURN void out_of_memory(size_t size_bytes)
{
	fprintf(stderr, "out of memory: could not get %zu bytes\n", size_bytes);
	abort();
}

void *mem_alloc(size_t size_bytes)
{
	return mem_realloc(NULL, size_bytes);
}

void *mem_zalloc(size_t size_bytes)
{
	void *p = calloc(1, size_bytes ? size_bytes : 1);

	if (!p)
		out_of_memory(size_bytes);
	return p;
}

void *mem_realloc(void *p, size_t size_bytes)
{
	void *q = realloc(p, size_bytes ? size_bytes : 1);

	if (!q)
		out_of_memory(size_bytes);
	return q;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}
