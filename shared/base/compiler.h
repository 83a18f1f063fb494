/* compiler.h: the few attributes and macros that every file may use. Nothing here does any work. */
#ifndef KP_BASE_COMPILER_H
#define KP_BASE_COMPILER_H

#include <stddef.h>

#define MUST_CHECK                      __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first)         __attribute__((format(printf, fmt, first)))
#define NO_RETURN                       __attribute__((noreturn))

#define ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))

/* The struct of which `ptr` points to member `member`. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
