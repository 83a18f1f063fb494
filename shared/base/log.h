/*
 * log.h: one line an event, as `key=value` text or JSON, to stderr.
 *
 *	log_info("route applied", log_str("subdomain", name), log_uint("ver", ver));
 *
 * Arguments are not evaluated when the level is off. Values are escaped: control characters never reach the
 * terminal or forge a second line. A secret is never an argument. A warning says what we do instead.
 */
#ifndef KP_BASE_LOG_H
#define KP_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *key; /* NULL ends a list */
	enum { LOG_FIELD_SLICE, LOG_FIELD_INT, LOG_FIELD_UINT } kind;
	union {
		struct slice slice;
		int64_t i;
		uint64_t u;
	};
};

/* Set once at start, before any thread; `node` (borrowed) is added to every line. */
void log_setup(enum log_level level, enum log_format format, const char *node);
bool log_level_parse(const char *name, enum log_level *ret_level) MUST_CHECK;
bool log_enabled(enum log_level level);

/* Writes one line with one write(2), so that lines of several threads never mix. Use the macros below. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

static inline struct log_field log_slice(const char *key, struct slice value)
{
	return (struct log_field){.key = key, .kind = LOG_FIELD_SLICE, .slice = value};
}

static inline struct log_field log_str(const char *key, const char *value)
{
	return log_slice(key, slice_from_str(value ? value : "-"));
}

static inline struct log_field log_int(const char *key, int64_t value)
{
	return (struct log_field){.key = key, .kind = LOG_FIELD_INT, .i = value};
}

static inline struct log_field log_uint(const char *key, uint64_t value)
{
	return (struct log_field){.key = key, .kind = LOG_FIELD_UINT, .u = value};
}

static inline struct log_field log_err(const struct err *err)
{
	return log_str("error", err->msg);
}

#define log_event(level, event, ...)                                                                        \
	do {                                                                                                \
		if (log_enabled(level))                                                                     \
			log_write(level, event, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}}); \
	} while (0)
#define log_debug(event, ...)   log_event(LOG_DEBUG, event __VA_OPT__(, ) __VA_ARGS__)
#define log_info(event, ...)    log_event(LOG_INFO, event __VA_OPT__(, ) __VA_ARGS__)
#define log_notice(event, ...)  log_event(LOG_NOTICE, event __VA_OPT__(, ) __VA_ARGS__)
#define log_warning(event, ...) log_event(LOG_WARNING, event __VA_OPT__(, ) __VA_ARGS__)
#define log_error(event, ...)   log_event(LOG_ERROR, event __VA_OPT__(, ) __VA_ARGS__)

#endif
