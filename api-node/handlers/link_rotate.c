/*
 * link_rotate.c: GET and POST /r/<token>: whoever has the link gets a new upstream for its proxy. Anti-detect
 * browsers and scripts call it; the token in the path is all they have.
 *
 *	link_find.lua → rotation_request.lua (joins what is at work) → job_waits
 *		→ our copy has caught up → answer
 *
 * Looking at a link must not rotate: HEAD, a browser's prefetch, a chat program's preview.
 */
#include <string.h>

#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/link_reply.h"
#include "api-node/job_waits.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/sessions.h"
#include "shared/base/ensure.h"
#include "shared/crypto/token.h"
#include "shared/model/job_result.h"
#include "shared/model/proxy.h"
#include "shared/model/raw_json.h"
#include "shared/model/validate.h"
#include "shared/store/store_links.h"
#include "shared/store/store_result.h"
#include "shared/store/store_rotation.h"

/* How the history names who came with a link. */
#define LINK_ACTOR "|link"

/* Programs that fetch each address pasted into a chat, for a picture of it. */
static const char *const preview_agents[] = {
	"TelegramBot",
	"facebookexternalhit",
	"Facebot",
	"WhatsApp",
	"Slackbot",
	"Discordbot",
	"Twitterbot",
	"LinkedInBot",
	"SkypeUriPreview",
	"Viber",
	"ZaloBot",
	"Zalo-",
	"Googlebot",
	"bingbot",
	"redditbot",
	"Applebot",
};

static bool contains(struct slice text, const char *word)
{
	return text.len > 0 && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

static bool is_preview(const struct request *req)
{
	static const enum request_header purposes[] = {
		HEADER_PURPOSE, HEADER_SEC_PURPOSE, HEADER_X_PURPOSE, HEADER_X_MOZ};
	static const char *const words[] = {"prefetch", "prerender", "preview"};

	for (size_t i = 0; i < ARRAY_LEN(purposes); i++)
		for (size_t j = 0; j < ARRAY_LEN(words); j++)
			if (contains(req->headers[purposes[i]], words[j]))
				return true;
	for (size_t i = 0; i < ARRAY_LEN(preview_agents); i++)
		if (contains(req->headers[HEADER_USER_AGENT], preview_agents[i]))
			return true;
	return false;
}

static void reply_rotated(struct request *req)
{
	const struct record *record = records_find(req->api->records, req->path_id);

	if (record)
		link_reply_upstream(req, record);
	else
		link_reply_failure(req, "link.unknown"); /* deleted meanwhile */
}

static void on_ended(struct request *req, const struct job_result *result)
{
	if (!result)
		link_reply_running(req);
	else if (result->outcome == JOB_OUTCOME_OK)
		sessions_caught_up(req, reply_rotated);
	else
		link_reply_job_failure(req, result);
}

/* ?wait=0: the caller does not want to wait for the new upstream. */
static bool waits(const struct request *req)
{
	char text[8];
	bool bad;

	return !request_query(req, "wait", text, sizeof(text), &bad) || strcmp(text, "0") != 0;
}

static void on_requested(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_QUEUED && result->status != STORE_JOINED)
		link_reply_refusal(req, result);
	else if (waits(req))
		job_waits_add(req->api->job_waits, req, store_result_str(result, "job"), on_ended);
	else
		link_reply_running(req);
}

/* False after the refusal was sent. */
static bool read_region(struct request *req, char *dst, size_t size)
{
	struct field_err field = {0};
	struct slice region;
	bool bad;

	if (!request_query(req, "region", dst, size, &bad)) {
		dst[0] = '\0';
		if (!bad)
			return true;
	} else if (dst[0] == '\0') {
		return true;
	} else {
		region = slice_from_str(dst);
		if (validate_region(&region, &field))
			return slice_copy(region, dst, size);
		link_reply_field(req, &field);
		return false;
	}
	link_reply_failure(req, "err.bad_request");
	return false;
}

/* The provider limits our calls: a tool that calls the link in a loop must not make that worse. Our copy may
 * be a moment old; then one call goes through. */
static bool provider_limits_us(struct request *req)
{
	const struct record *record = records_find(req->api->records, req->path_id);
	int64_t now_ms = records_now_ms(req->api->records);
	struct slice name, value, class = SLICE_NONE;
	int64_t retry_at_ms = 0;

	if (!record || slice_eq_str(record->proxy->last_error, "null"))
		return false;
	struct raw_json walk = raw_json_of(record->proxy->last_error);
	while (raw_json_next(&walk, &name, &value)) {
		if (slice_eq_str(name, "class"))
			class = slice_trim(value, "\"");
		else if (slice_eq_str(name, "retry_at") && !slice_parse_i64(value, &retry_at_ms))
			retry_at_ms = 0;
	}
	if (!slice_eq_str(class, failure_class_text(FAILURE_RATE_LIMITED)) || retry_at_ms <= now_ms)
		return false;
	link_reply_limited(req, retry_at_ms - now_ms);
	return true;
}

static void rotate(struct request *req)
{
	char region[16];

	if (provider_limits_us(req))
		return;
	if (!read_region(req, region, sizeof(region)))
		return;
	const struct store_rotation_request request = {
		.id = req->path_id,
		.kind = "rotate",
		.actor = SLICE_LIT(LINK_ACTOR),
		.region = slice_from_str(region),
		.when = STORE_WHEN_NOW,
	};
	store_rotation_request(req->api->store, &request, on_requested, req);
}

static void on_found(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);

	if (result->status != STORE_OK) {
		link_reply_refusal(req, result);
		return;
	}
	req->path_id = store_result_uint(result, "id");
	if (req->is_head)
		reply_empty(req, 200);
	else if (is_preview(req))
		link_reply_failure(req, "link.preview");
	else
		rotate(req);
}

void link_rotate(struct request *req)
{
	char hash[SHA256_HEX_BYTES];

	if (req->path_token.len != TOKEN_TEXT_BYTES - 1) {
		link_reply_failure(req, "link.unknown");
		return;
	}
	token_hash(req->path_token, hash);
	store_link_find(req->api->store, slice_from_str(hash), on_found, req);
}
