/* first_admin.c: see first_admin.h. */
#include "api-node/first_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-node/api.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/crypto/password.h"
#include "shared/store/store_people.h"
#include "shared/store/store_result.h"

struct first_admin {
	struct api *api;
	char generated[PASSWORD_GENERATED_BYTES]; /* empty: the password was given */
	char hash[PASSWORD_HASH_BYTES];
	enum { ADMIN_UNKNOWN, ADMIN_ASKED, ADMIN_THERE } state;
};

struct first_admin *first_admin_new(struct api *api, struct err *err)
{
	struct first_admin *admin = mem_zalloc(sizeof(*admin));
	const char *password = api->config->admin_password;

	admin->api = api;
	if (!password) {
		password_generate(admin->generated);
		password = admin->generated;
	}
	if (password_hash(slice_from_str(password), admin->hash, err))
		return admin;
	first_admin_free(admin);
	return NULL;
}

void first_admin_free(struct first_admin *admin)
{
	if (!admin)
		return;
	explicit_bzero(admin, sizeof(*admin));
	free(admin);
}

static void on_ensured(const struct store_result *result, void *arg)
{
	struct first_admin *admin = arg;
	const char *username = admin->api->config->admin_username;

	if (result->status != STORE_CREATED && result->status != STORE_EXISTS) {
		admin->state = ADMIN_UNKNOWN;
		return;
	}
	admin->state = ADMIN_THERE;
	if (result->status == STORE_CREATED) {
		log_notice("the first administrator was created", log_str("user", username));
		if (admin->generated[0] != '\0') {
			printf("Administrator %s, password (shown only now): %s\n", username,
				admin->generated);
			fflush(stdout);
		}
	}
	explicit_bzero(admin->generated, sizeof(admin->generated));
}

void first_admin_ensure(struct first_admin *admin)
{
	if (admin->state != ADMIN_UNKNOWN)
		return;
	admin->state = ADMIN_ASKED;
	store_user_ensure_admin(admin->api->store, slice_from_str(admin->api->config->admin_username),
		slice_from_str(admin->hash), on_ensured, admin);
}
