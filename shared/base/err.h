/*
 * err.h: the text and class of a failure, filled by whoever fails, read by whoever decides.
 *
 * Fallible functions return bool, are MUST_CHECK and take `struct err *err` last; NULL is allowed where the
 * caller does not care. `return err_set(err, …)` is always false. Libraries fill an err; they do not log.
 */
#ifndef KP_BASE_ERR_H
#define KP_BASE_ERR_H

#include <stdbool.h>

#include "shared/base/compiler.h"

enum err_code {
	ERR_NONE = 0,
	ERR_INVALID,     /* the input is wrong: a value, a message, an option */
	ERR_NOT_FOUND,   /* what was asked for does not exist */
	ERR_CONFLICT,    /* the present state forbids it */
	ERR_UNAVAILABLE, /* a peer (Redis, provider, upstream) cannot be reached now */
	ERR_TIMEOUT,     /* no answer within the deadline */
	ERR_SYSTEM,      /* a system call failed; sys_errno says how */
	ERR_PROTOCOL,    /* a peer broke its protocol */
	ERR_LIMIT,       /* a limit of ours was reached */
	ERR_INTERNAL,    /* a library failed in a way that should not happen */
};

struct err {
	enum err_code code;
	int sys_errno; /* 0 unless a system call failed */
	char msg[256]; /* one sentence, no newline, no secret */
};

/* Sets code and text. Always returns false, so that a failing function can return it. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set with ERR_SYSTEM, keeping sys_errno and adding its text. */
bool err_set_sys(struct err *err, int sys_errno, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "prefix: " before the present text, on the way up. Always returns false. */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

void err_clear(struct err *err);

/* The static analyzer sees one file at a time: this tells it what the comments above promise. */
#ifdef __clang_analyzer__
#define err_set(...)     ((void)err_set(__VA_ARGS__), false)
#define err_set_sys(...) ((void)err_set_sys(__VA_ARGS__), false)
#define err_prefix(...)  ((void)err_prefix(__VA_ARGS__), false)
#endif

#endif
