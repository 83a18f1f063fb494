/* err.c: see err.h. */
#include "shared/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef err_set
#undef err_set_sys
#undef err_prefix

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return false;
	err->code = code;
	err->sys_errno = 0;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return false;
}

bool err_set_sys(struct err *err, int sys_errno, const char *fmt, ...)
{
	char what[sizeof(err->msg)];
	char reason[96];
	va_list ap;

	if (!err)
		return false;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	/* The GNU strerror_r: may return a static text instead of filling `reason`. */
	const char *text = strerror_r(sys_errno, reason, sizeof(reason));
	err_set(err, ERR_SYSTEM, "%.150s: %s", what, text);
	err->sys_errno = sys_errno;
	return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	char joined[2 * sizeof(err->msg) + 3];
	va_list ap;

	if (!err)
		return false;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(joined, sizeof(joined), "%s: %s", text, err->msg);
	snprintf(err->msg, sizeof(err->msg), "%.*s", (int)sizeof(err->msg) - 1, joined);
	return false;
}

void err_clear(struct err *err)
{
	if (err)
		memset(err, 0, sizeof(*err));
}
