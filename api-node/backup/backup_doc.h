/*
 * backup_doc.h: the document of a backup: a readable envelope, and everything else sealed under a passphrase.
 * The envelope is bound to what is sealed: neither can be changed or exchanged. Pure, but for the
 * passphrase's cost: on the helper's thread only.
 */
#ifndef KP_API_BACKUP_BACKUP_DOC_H
#define KP_API_BACKUP_BACKUP_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/model/iso8601.h"

struct json;

#define BACKUP_FORMAT "kiotproxy-fleet backup"

enum { BACKUP_VERSION = 1, BACKUP_BUILD_BYTES = 96 };

struct backup_header {
	char created_at[ISO8601_TEXT_BYTES];
	char build[BACKUP_BUILD_BYTES];
	uint64_t users, proxies, tokens, channels; /* how many are sealed in it */
};

/* Appends the whole document. */
bool backup_doc_write(const struct backup_header *header, struct slice passphrase, struct slice plain,
	struct buf *out, struct err *err) MUST_CHECK;

/* Whether this is meant to be a backup, whatever else may be wrong with it. */
bool backup_doc_is(const struct json *root);

/* Opens it: appends the plain text. The error is one sentence for the user. */
bool backup_doc_read(const struct json *root, struct slice passphrase, struct backup_header *ret_header,
	struct buf *out, struct err *err) MUST_CHECK;

#endif
