/*
 * pages.c: see pages.h. What is asked for is looked up in memory (static_files.h); ranges are not offered,
 * the largest file is small.
 */
#include "api-node/handlers/pages.h"

#include "api-node/api.h"
#include "api-node/etag.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "api-node/static_files.h"

/*
 * Everything a page loads comes from this node; nothing in the page itself is run. A browser takes
 * `connect-src 'self'` for the WebSocket of the same host too. Images may be `data:` for what style sheets
 * draw.
 */
#define PAGE_SECURITY_POLICY                                                                               \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " \
	"connect-src 'self'; manifest-src 'self'; form-action 'self'"

/* Never pages, whatever is asked for under them. */
static bool is_of_the_api(struct slice path)
{
	return slice_eq_str(path, "/api") || slice_has_prefix(path, SLICE_LIT("/api/")) ||
	       slice_eq_str(path, "/r") || slice_has_prefix(path, SLICE_LIT("/r/"));
}

/* Those of another port (METRICS_PORT): a page in their place would tell a probe that all is well. */
static bool is_of_operators(struct slice path)
{
	return slice_eq_str(path, "/metrics") || slice_eq_str(path, "/healthz") ||
	       slice_eq_str(path, "/readyz");
}

/* A person navigates: then a path that no file has is a page that the dashboard shows by itself. Programs and
 * scanners, which do not ask for HTML, are told the truth. */
static enum static_wish wish_of(const struct request *req)
{
	struct slice type, rest = req->headers[HEADER_ACCEPT];

	if (is_of_operators(req->path))
		return STATIC_FILE;
	while (rest.len > 0) {
		slice_cut(rest, ',', &type, &rest);
		slice_cut(type, ';', &type, &(struct slice){0});
		if (slice_eq_icase(slice_trim(type, " \t"), SLICE_LIT("text/html")))
			return STATIC_PAGE;
	}
	return STATIC_FILE;
}

static void send_file(struct request *req, const struct static_file *file)
{
	const char *encoding;
	const struct static_content *content =
		static_file_content(file, req->headers[HEADER_ACCEPT_ENCODING], &encoding);

	reply_cache_control(req, file->cache_control);
	reply_security_policy(req, PAGE_SECURITY_POLICY);
	reply_header(req, "ETag", "%s", content->etag);
	reply_header(req, "Vary", "Accept-Encoding");
	if (etag_matches(req->headers[HEADER_IF_NONE_MATCH], content->etag)) {
		reply_empty(req, 304);
		return;
	}
	if (encoding)
		reply_header(req, "Content-Encoding", "%s", encoding);
	reply_borrowed(req, 200, file->type, content->bytes);
}

bool pages_serve(struct request *req)
{
	if (is_of_the_api(req->path))
		return false;
	const struct static_file *file = static_files_find(req->api->static_files, req->path, wish_of(req));
	if (file && req->method != METHOD_GET) {
		reply_header(req, "Allow", "GET, HEAD");
		reply_problem(req, 405, "err.method", NULL, "This address does not take this method.");
	} else if (file) {
		send_file(req, file);
	} else if (slice_eq_str(req->path, "/docs") && req->method == METHOD_GET) {
		reply_problem(req, 404, "err.not_found", NULL,
			"This node was started without its pages (UI_DIR); the contract that /docs would show is at "
			"/api/openapi.json.");
	} else {
		return false;
	}
	return true;
}
