/*
 * import_secret.h: the sealed fields of what can be moved, what each is sealed for, and the keyed hash that
 * is kept beside it: opened for a backup, sealed anew for the fleet that takes it in. Whoever adds a sealed
 * field adds its line here.
 */
#ifndef KP_API_IMPORT_IMPORT_SECRET_H
#define KP_API_IMPORT_IMPORT_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "api-node/import/import_list.h"
#include "shared/base/err.h"

struct json_writer;
struct keyring;

struct import_secret;

/* NULL: that field is no secret. */
const struct import_secret *import_secret_find(enum import_kind kind, struct slice field);
/* Whether this field is a hash that import_secret_write() makes. */
bool import_secret_is_hash(enum import_kind kind, struct slice field);

/* Appends the plain text. */
bool import_secret_open(const struct import_secret *secret, const struct keyring *keyring, uint64_t id,
	struct slice sealed, struct buf *out, struct err *err) MUST_CHECK;

/* Writes the sealed field and its hash as members. `provider`: the proxy's. */
bool import_secret_write(const struct import_secret *secret, const struct keyring *keyring, uint64_t id,
	struct slice provider, struct slice plain, struct json_writer *w, struct err *err) MUST_CHECK;

#endif
