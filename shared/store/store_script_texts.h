/*
 * store_script_texts.h: the texts of the files in lua as the build embedded them (embed_lua.cmake): includes
 * resolved, SHA-1 computed. Used by store_script.c, which runs them. Enum store_script indexes the table.
 */
#ifndef KP_STORE_STORE_SCRIPT_TEXTS_H
#define KP_STORE_STORE_SCRIPT_TEXTS_H

#include <stddef.h>

#define STORE_SCRIPT(name, file) SCRIPT_##name,
enum store_script {
#include "shared/store/store_script_ids.h"
	SCRIPT_COUNT
};
#undef STORE_SCRIPT

struct store_script_text {
	const char *name; /* the file's name without .lua */
	const char *sha1; /* 40 hex digits, as EVALSHA wants it */
	const char *text;
	size_t len;
};

extern const struct store_script_text store_script_texts[SCRIPT_COUNT];

#endif
