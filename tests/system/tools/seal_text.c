/*
 * seal_text.c: does for the system tests what an api-node does before it writes a record: seals secrets and
 * makes the keyed hashes, with the product's own library. SECRET_KEY comes from the environment. Lines on
 * stdin, one answer line each on stdout, fields separated by TAB:
 *
 *	seal <aad> <plain>       the sealed text
 *	open <aad> <sealed>      the plain text, or "-" when it does not open
 *	hmac <provider> <key>    keyed hash of a provider key
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/crypto/keyring.h"
#include "shared/crypto/seal.h"

static void answer(const struct keyring *kr, struct slice verb, struct slice a, struct slice b)
{
	char hex[HEX_SHA256_BYTES];
	struct buf out;

	buf_init(&out, 0);
	if (slice_eq_str(verb, "hmac")) {
		keyring_provider_key_hmac(kr, a, b, hex);
		buf_append_str(&out, hex);
	} else if (slice_eq_str(verb, "seal") ? !seal(kr, a, b, &out, NULL) : !unseal(kr, a, b, &out, NULL)) {
		buf_append_char(&out, '-');
	}
	puts(buf_str(&out));
	fflush(stdout);
	buf_done(&out);
}

int main(void)
{
	struct err err;
	struct keyring *kr = keyring_load(getenv("SECRET_KEY"), NULL, NULL, &err);
	char line[8192];

	if (!kr) {
		fprintf(stderr, "seal_text: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), stdin)) {
		struct slice rest = slice_trim(slice_from_str(line), "\n"), verb, a;

		slice_cut(rest, '\t', &verb, &rest);
		slice_cut(rest, '\t', &a, &rest);
		answer(kr, verb, a, rest);
	}
	keyring_free(kr);
	return EXIT_SUCCESS;
}
