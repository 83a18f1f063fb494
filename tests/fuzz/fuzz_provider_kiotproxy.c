/*
 * fuzz_provider_kiotproxy.c: what the vendor answers. Whatever the bytes: every text ends, is printable and
 * holds no key, every address is one that a relay may dial, every duration is within its bound. The first
 * byte picks call, status and policy.
 */
#include <string.h>

#include "scheduler/providers/provider.h"
#include "scheduler/providers/vendor_text.h"
#include "shared/base/ensure.h"
#include "tests/fuzz/fuzz_input.h"

#define KEY "K5ecret"

static void check_text(const char *text, size_t size)
{
	ensure(memchr(text, '\0', size) != NULL);
	for (const char *c = text; *c; c++)
		ensure((unsigned char)*c >= 0x20 && *c != 0x7f);
	ensure(strstr(text, KEY) == NULL);
}

static void check_address(const char *text, enum address_policy policy)
{
	struct vendor_upstream up;

	if (text[0] == '\0')
		return;
	ensure(vendor_upstream_read(slice_from_str(text), policy, &up, NULL));
	ensure(up.user.len == 0 && up.port > 0);
	ensure(policy == ADDRESS_PRIVATE_ALLOWED || ip_addr_is_public(&up.addr));
}

static void check_reply(enum provider_call call, const struct provider_reply *r, enum address_policy policy)
{
	ensure(r->class < FAILURE_CLASS_COUNT);
	check_text(r->location, sizeof(r->location));
	check_text(r->message, sizeof(r->message));
	check_text(r->exit_ip, sizeof(r->exit_ip));
	check_address(r->http, policy);
	check_address(r->socks5, policy);
	ensure(r->expires_in_ms <= 30ull * 86400 * 1000 && r->next_change_in_ms <= 86400ull * 1000);
	ensure(r->retry_in_ms <= 86400ull * 1000);
	if (r->class == FAILURE_NONE && call != PROVIDER_RELEASE)
		ensure(r->http[0] || r->socks5[0]);
	if (call == PROVIDER_NEW)
		ensure(r->class != FAILURE_NOT_ASSIGNED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t statuses[] = {200, 400, 403, 404, 429, 500, 302, 200};
	struct provider_reply reply;

	if (size < 1)
		return 0;
	enum provider_call call = (enum provider_call)(data[0] % 3);
	enum address_policy policy = data[0] & 0x80 ? ADDRESS_PRIVATE_ALLOWED : ADDRESS_PUBLIC_ONLY;
	struct slice body = fuzz_copy(data + 1, size - 1);
	struct provider_answer answer = {.http_status = statuses[(data[0] >> 3) & 7],
		.body = body,
		.key = SLICE_LIT(KEY),
		.policy = policy};

	provider_kiotproxy.read(call, &answer, &reply);
	check_reply(call, &reply, policy);
	free((void *)(uintptr_t)body.data);
	return 0;
}
