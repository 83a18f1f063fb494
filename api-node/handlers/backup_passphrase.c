/* backup_passphrase.c: see backup_passphrase.h. */
#include "api-node/handlers/backup_passphrase.h"

#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/utf8.h"
#include "shared/crypto/passphrase.h"

/* As the message promises them: "Đà Nẵng" has seven, in ten bytes. A byte of no UTF-8 is one. */
static size_t count_chars(struct slice text)
{
	size_t chars = 0;

	for (; text.len > 0; chars++) {
		size_t len = utf8_char_bytes(text);
		text = slice_from(text, len > 0 ? len : 1);
	}
	return chars;
}

bool backup_passphrase_ok(struct request *req, struct slice passphrase)
{
	if (req->caller.who.access == SESSION_READ_ONLY) {
		reply_problem(req, 403, "err.read_only", NULL,
			"A token that may only read may not take a backup: it holds what reading does not show.");
		return false;
	}
	if (passphrase.len == 0) {
		reply_problem(req, 400, "err.required", "{\"field\":\"Backup-Passphrase\"}",
			"The header Backup-Passphrase is missing: a backup is sealed under a passphrase of at least 12 "
			"characters.");
		return false;
	}
	if (count_chars(passphrase) < PASSPHRASE_MIN_BYTES || passphrase.len > PASSPHRASE_MAX_BYTES) {
		reply_problem(req, 422, "err.text_length",
			"{\"field\":\"Backup-Passphrase\",\"min\":12,\"max\":1024}",
			"The passphrase must have 12 to 1024 characters.");
		return false;
	}
	return true;
}

bool backup_passphrase(struct request *req, struct slice *ret_passphrase)
{
	*ret_passphrase = req->headers[HEADER_BACKUP_PASSPHRASE];
	return backup_passphrase_ok(req, *ret_passphrase);
}
