/* vendor_answer.c: see vendor_answer.h. Times are epoch milliseconds, ttl and ttc whole seconds rounded up.
 */
#include "tests/kiotproxy-sim/vendor_answer.h"

#include "tests/kiotproxy-sim/json_text.h"
#include "tests/kiotproxy-sim/wall_clock.h"

/* Status, error, code and class are the vendor's own where they are known. KEY_EXPIRED's and NO_STOCK's codes
 * and the names of COOLDOWN and NO_STOCK are not: no client may rest on them. */
static const struct {
	unsigned http;
	unsigned code;
	const char *error;
	const char *message;
	const char *outcome;
} errors[] = {
	[VENDOR_KEY_NOT_FOUND] = {404, 40400006, "KEY_NOT_FOUND", "Không tìm thấy key proxy",
		"key_not_found"},
	[VENDOR_KEY_FOREIGN] = {404, 40400006, "KEY_NOT_FOUND",
		"this is the simulator: it knows only keys starting with", "key_not_found"},
	[VENDOR_KEY_EXPIRED] = {400, 40000007, "KEY_EXPIRED",
		"Key proxy đã hết hạn, vui lòng gia hạn để tiếp tục sử dụng", "key_expired"},
	[VENDOR_NOT_ASSIGNED] = {400, 40001050, "PROXY_NOT_FOUND_BY_KEY", "Không tìm thấy proxy theo key",
		"not_assigned"},
	[VENDOR_COOLDOWN] = {400, 40001038, "PROXY_CHANGE_TOO_EARLY", "Vui lòng đổi proxy", "cooldown"},
	[VENDOR_RATE_LIMITED] = {429, 42900000, "TOO_MANY_REQUESTS",
		"Quá nhiều yêu cầu, bạn đã vượt quá giới hạn cho phép", "rate_limited"},
	[VENDOR_NO_STOCK] = {400, 40001039, "PROXY_OUT_OF_STOCK",
		"Hết proxy trong khu vực này, vui lòng chọn khu vực khác", "no_stock"},
	[VENDOR_BAD_REQUEST] = {400, 40000000, "BAD_REQUEST", "Tham số không hợp lệ", "bad_request"},
	[VENDOR_NOT_FOUND] = {404, 40400000, "NOT_FOUND", "Không tìm thấy", "not_found"},
	[VENDOR_ELSEWHERE] = {404, 40400000, "NOT_FOUND", "Only KiotProxy is simulated here", "not_found"},
	[VENDOR_METHOD] = {405, 40500000, "METHOD_NOT_ALLOWED", "Phương thức không được hỗ trợ", "method"},
	[VENDOR_INTERNAL] = {500, 50000000, "INTERNAL_SERVER_ERROR", "Lỗi hệ thống", "internal"},
};

void answer_init(struct answer *a)
{
	*a = (struct answer){.kind = ANSWER_TEXT};
	buf_init(&a->body, 0);
}

void answer_done(struct answer *a)
{
	buf_done(&a->body);
}

static void answer_set(struct answer *a, unsigned http, const char *type, const char *outcome)
{
	a->http = http;
	a->type = type;
	a->outcome = outcome;
	buf_clear(&a->body);
}

static unsigned long long seconds_up(uint64_t ms)
{
	return (ms + 999) / 1000;
}

/* "http" and "socks5": the second form carries the credentials itself. */
static void write_address(
	struct buf *out, const char *name, const struct upstream *up, const struct key_settings *s)
{
	buf_printf(out, "\"%s\":\"%s:%u", name, up->host, up->port);
	if (up->user[0] && s->auth_form == AUTH_JOINED)
		buf_printf(out, ":%s:%s", up->user, up->password);
	buf_append_str(out, "\",");
}

void answer_proxy(struct answer *a, const struct key_state *key, const char *outcome)
{
	const struct upstream *up = key->current;
	struct key_settings s = key_settings(key);
	uint64_t now = wall_now_ms();
	uint64_t cooldown_ms = key->next_request_ms > now ? key->next_request_ms - now : 0;
	struct buf *b = &a->body;

	answer_set(a, 200, "application/json", outcome);
	buf_printf(b, "{\"data\":{\"realIpAddress\":\"%s\",", s.real_ip[0] ? s.real_ip : up->host);
	write_address(b, "http", up, &s);
	write_address(b, "socks5", up, &s);
	if (s.next_request != NEXT_MISSING)
		buf_printf(b, "\"nextRequestAt\":%lld,",
			s.next_request == NEXT_ZERO ? 0 : (long long)key->next_request_ms + s.skew_ms);
	buf_printf(b,
		"\"httpPort\":%u,\"socks5Port\":%u,\"host\":\"%s\",\"location\":\"%s\",\"expirationAt\":%lld,",
		up->port, up->port, up->host, up->location, (long long)key->expires_ms + s.skew_ms);
	if (up->user[0] && s.auth_form == AUTH_FIELDS) {
		buf_append_str(b, "\"proxyUser\":");
		json_text(b, slice_from_str(up->user));
		buf_append_str(b, ",\"proxyPass\":");
		json_text(b, slice_from_str(up->password));
		buf_append_char(b, ',');
	}
	buf_printf(b,
		"\"ttl\":%llu,\"ttc\":%llu},\"success\":true,\"code\":200,\"timestamp\":%lld,\"status\":\"SUCCESS\"}",
		seconds_up(s.ttl_ms), seconds_up(cooldown_ms), (long long)now + s.skew_ms);
}

void answer_released(struct answer *a, const struct key_state *key)
{
	answer_set(a, 200, "application/json", "released");
	buf_printf(&a->body,
		"{\"data\":true,\"success\":true,\"code\":200,\"timestamp\":%lld,\"status\":\"SUCCESS\"}",
		(long long)wall_now_ms() + key_settings(key).skew_ms);
}

void answer_error(
	struct answer *a, enum vendor_error error, const struct key_state *key, const char *key_prefix)
{
	struct key_settings s = key ? key_settings(key) : (struct key_settings){0};
	struct buf *b = &a->body;

	answer_set(a, errors[error].http, "application/json", errors[error].outcome);
	buf_append_str(b, "{");
	if (error == VENDOR_COOLDOWN && s.cooldown == COOLDOWN_TTC)
		buf_printf(b, "\"data\":{\"ttc\":%llu},", seconds_up(key_cooldown_ms(key)));
	buf_printf(b, "\"success\":false,\"code\":%u,\"message\":\"%s", errors[error].code,
		errors[error].message);
	if (error == VENDOR_COOLDOWN && s.cooldown == COOLDOWN_TEXT)
		buf_printf(b, " sau %llu giây", seconds_up(key_cooldown_ms(key)));
	if (error == VENDOR_KEY_FOREIGN)
		buf_printf(b, " %s", key_prefix);
	buf_printf(b, "\",\"timestamp\":%lld,\"status\":\"FAIL\",\"error\":\"%s\"}",
		(long long)wall_now_ms() + s.skew_ms, errors[error].error);
}

void answer_firewall(struct answer *a)
{
	answer_set(a, 403, "text/html; charset=UTF-8", "firewall");
	buf_append_str(&a->body, "<!DOCTYPE html>\n<html><head><title>Attention Required!</title></head>\n"
				 "<body><h1>Sorry, you have been blocked</h1></body></html>\n");
}

/* The beginning of a good answer, broken off, with a byte that is no UTF-8. */
void answer_garbage(struct answer *a)
{
	answer_set(a, 200, "application/json", "garbage");
	buf_append_str(&a->body, "{\"data\":{\"realIpAddress\":\"127.0.0.\xff\",\"http\":[");
}

void answer_redirect(struct answer *a)
{
	answer_set(a, 302, "text/html", "redirect");
	a->extra = "Location: /login\r\n";
	buf_append_str(&a->body, "<html><body>Moved</body></html>\n");
}

void answer_server_error(struct answer *a)
{
	answer_set(a, 500, "text/html", "http_500");
	buf_append_str(&a->body, "<html><body><h1>Internal Server Error</h1></body></html>\n");
}
