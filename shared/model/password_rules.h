/*
 * password_rules.h: which passwords people may take: 12 to 128 printable characters, not the user's name, not
 * what guessers try first. Only for new ones: passwords from before, or from an import, go on working. Pure.
 */
#ifndef KP_MODEL_PASSWORD_RULES_H
#define KP_MODEL_PASSWORD_RULES_H

#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct field_err;

/* False with a sentence for each refusal; `field` is the member's name for it. */
bool password_rules_check(
	struct slice password, struct slice username, const char *field, struct field_err *err) MUST_CHECK;

/* Common words with digits or signs around them (P@ssw0rd2024!, matkhau123456), digits alone, one short piece
 * again and again, rows of the keyboard or the alphabet. */
bool password_is_common(struct slice password);

#endif
