/* admin_request.c: see admin_request.h. What is ambiguous is refused, not repaired. */
#include "shared/admin/admin_request.h"

#include <string.h>

static enum admin_parse refuse(struct admin_request *request, int status)
{
	request->status = status;
	return ADMIN_PARSE_BAD;
}

/* One line without its CRLF; false when there is none, or a CR or LF stands alone. */
static bool take_line(struct slice *rest, struct slice *ret_line)
{
	struct slice line;

	if (!slice_cut(*rest, '\n', &line, rest) || line.len == 0 || line.data[line.len - 1] != '\r')
		return false;
	line.len--;
	if (memchr(line.data, '\r', line.len) || memchr(line.data, '\0', line.len))
		return false;
	*ret_line = line;
	return true;
}

static bool is_token(struct slice s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && (c == '\0' || !strchr(others, c)))
			return false;
	}
	return s.len > 0;
}

static bool is_target(struct slice target)
{
	if (target.len == 0 || target.data[0] != '/')
		return false;
	for (size_t i = 0; i < target.len; i++)
		if (target.data[i] <= ' ' || target.data[i] >= 0x7f || target.data[i] == '#')
			return false;
	return true;
}

/* `GET /path?query HTTP/1.1`; 0, or the status to refuse it with. */
static int parse_request_line(struct slice line, struct admin_request *request)
{
	struct slice method, target, version;

	slice_cut(line, ' ', &method, &line);
	slice_cut(line, ' ', &target, &version);
	if (!is_token(method) || !is_target(target) || !slice_has_prefix(version, SLICE_LIT("HTTP/")))
		return 400;
	if (!slice_eq(version, SLICE_LIT("HTTP/1.1")) && !slice_eq(version, SLICE_LIT("HTTP/1.0")))
		return 505;
	request->head_only = slice_eq(method, SLICE_LIT("HEAD"));
	if (!request->head_only && !slice_eq(method, SLICE_LIT("GET")))
		return 405;
	slice_cut(target, '?', &request->path, &request->query);
	return 0;
}

/* A body has no meaning here; one that is announced would be read as the next request by somebody else. */
static bool field_is_acceptable(struct slice line)
{
	struct slice name, value;

	if (!slice_cut(line, ':', &name, &value) || !is_token(name))
		return false;
	if (slice_eq_icase(name, SLICE_LIT("transfer-encoding")))
		return false;
	if (slice_eq_icase(name, SLICE_LIT("content-length")))
		return slice_eq(slice_trim(value, " \t"), SLICE_LIT("0"));
	return true;
}

enum admin_parse admin_request_parse(struct slice bytes, struct admin_request *ret_request)
{
	struct slice line;

	*ret_request = (struct admin_request){0};
	const char *end = bytes.len > 0 ? memmem(bytes.data, bytes.len, "\r\n\r\n", 4) : NULL;
	if (!end)
		return bytes.len < ADMIN_MAX_HEAD_BYTES ? ADMIN_PARSE_MORE : refuse(ret_request, 431);
	struct slice head = slice_of(bytes.data, (size_t)(end - bytes.data) + 2);
	if (!take_line(&head, &line))
		return refuse(ret_request, 400);
	int status = parse_request_line(line, ret_request);
	if (status != 0)
		return refuse(ret_request, status);
	while (head.len > 0)
		if (!take_line(&head, &line) || !field_is_acceptable(line))
			return refuse(ret_request, 400);
	return ADMIN_PARSE_OK;
}
