/*
 * backup.c: GET and POST /api/backup: everything, sealed under a passphrase that only the caller knows. It
 * comes in a header or in the body, never in the address: addresses are written into logs.
 */
#include "api-node/api.h"
#include "api-node/backup/backup_run.h"
#include "api-node/handlers/backup_passphrase.h"
#include "api-node/handlers/field_text.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/request.h"
#include "shared/base/ensure.h"
#include "shared/model/validate.h"

void backup_get(struct request *req)
{
	struct slice passphrase;

	if (backup_passphrase(req, &passphrase))
		backup_run_start(req, passphrase);
}

void backup_post(struct request *req)
{
	static const char *const names[] = {"passphrase"};
	struct slice passphrase = req->headers[HEADER_BACKUP_PASSPHRASE];
	struct field_err err = {0};

	if (req->json && (!field_only_members(req->json, names, ARRAY_LEN(names), &err) ||
				 !field_text_required(req->json, "passphrase", &passphrase, &err)))
		field_reply(req, &err);
	else if (backup_passphrase_ok(req, passphrase))
		backup_run_start(req, passphrase);
}
