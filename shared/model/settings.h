/*
 * settings.h: what holds for the whole fleet and is changed by an administrator while it runs. The fields,
 * their defaults and ranges are one table; Redis keeps them as a hash of texts, REST as typed JSON.
 */
#ifndef KP_MODEL_SETTINGS_H
#define KP_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/validate.h"

struct json;
struct json_writer;

/* name, type, default, min, max, message_id when out of range */
#define SETTINGS(X)                                                           \
	X(auto_rotate_on_expiration, BOOL, 1, 0, 1, "err.type")               \
	X(auto_rotate_interval_enabled, BOOL, 0, 0, 1, "err.type")            \
	X(auto_rotate_interval_minutes, U32, 10, 2, 1440, "err.interval_min") \
	X(auto_rotate_on_failure, BOOL, 1, 0, 1, "err.type")                  \
	X(auto_rotate_idle_wait_minutes, U32, 30, 1, 1440, "err.range")       \
	X(auto_update_enabled, BOOL, 1, 0, 1, "err.type")                     \
	X(auto_update_interval_seconds, U32, 30, 5, 86400, "err.range")

#define SETTING_C_BOOL bool
#define SETTING_C_U32  uint32_t

struct settings {
#define X(name, type, fallback, min, max, message_id) SETTING_C_##type name;
	SETTINGS(X)
#undef X
	uint64_t settings_version; /* counts changes; written by the store */
};

#define X(name, type, fallback, min, max, message_id) SETTING_##name,
enum setting { SETTINGS(X) SETTING_COUNT };
#undef X

/* A change asked for: only the settings in `present` (bit per enum setting). */
struct settings_patch {
	uint32_t present;
	struct settings values;
};

void settings_default(struct settings *ret_settings);

/* From the store: an object of texts (typed members are taken too). Absent and empty ones keep their default,
 * unknown ones are ignored; a value that does not fit refuses the whole. */
bool settings_from_json(struct slice json, struct settings *ret_settings, struct err *err) MUST_CHECK;

/* From a user: typed members, unknown names and wrong types refused (err.unknown_field, err.type). */
bool settings_patch_from_json(
	const struct json *body, struct settings_patch *ret_patch, struct field_err *err) MUST_CHECK;

const char *setting_name(enum setting setting);
enum { SETTING_TEXT_BYTES = 16 };
/* The value as Redis keeps it: "1", "0", "10". */
void setting_text(const struct settings *settings, enum setting setting, char dst[SETTING_TEXT_BYTES]);

/* One object with every setting, typed, and settings_version. */
void settings_write(struct json_writer *w, const struct settings *settings);

#endif
