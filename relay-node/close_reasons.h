/*
 * close_reasons.h: why a connection ends, or a request is answered by us. One line = enum (CLOSE_ in front) and
 * counter label, HTTP status (0 = no answer), SOCKS5 reply (RFC 1928 section 6), Proxy-Status error (RFC 9209
 * section 2.3, NULL = none), message_id (NULL = the two texts), English, Vietnamese.
 *
 * From DIAL_LOCAL to UPSTREAM_REFUSED the order counts: of several failed attempts the one that came furthest
 * down this list is told to the client.
 */
/* clang-format off */

/* Ends that are nobody's fault. */
CLOSE_REASON(DONE,                 0,   0, NULL, NULL, "", "")
CLOSE_REASON(CLIENT_GONE,          0,   0, NULL, NULL, "", "")
CLOSE_REASON(IDLE,                 0,   0, NULL, NULL, "", "")
CLOSE_REASON(SHUTDOWN,             0,   0, NULL, NULL, "", "")

/* Not what is spoken here. */
CLOSE_REASON(TLS_ON_PLAIN_PORT,    0,   1, NULL, NULL, "", "")
CLOSE_REASON(SOCKS_ON_HTTP_PORT,   0,   1, NULL, NULL, "", "")

/* The request. HEAD_REFUSED and BODY_REFUSED take status and text from head_verdicts.h. */
CLOSE_REASON(HEAD_REFUSED,         400, 1, "http_request_error", NULL, "The request is malformed.", "Yêu cầu không đúng định dạng.")
CLOSE_REASON(HEAD_TIMEOUT,         408, 1, "http_request_error", NULL, "The request head did not arrive in time.", "Không nhận đủ phần đầu của yêu cầu trong thời gian cho phép.")
CLOSE_REASON(BODY_REFUSED,         400, 1, "http_request_error", NULL, "The request body is malformed.", "Phần thân của yêu cầu không đúng định dạng.")
CLOSE_REASON(NOT_A_WEBSITE,        400, 1, "http_request_error", "err.not_a_website", "", "")
CLOSE_REASON(HTTPS_ABSOLUTE,       400, 1, "http_request_error", "err.https_absolute", "", "")

/* Admission. */
CLOSE_REASON(AUTH,                 407, 2, NULL, "err.auth_407", "", "")
CLOSE_REASON(AUTH_SHARED,          407, 2, NULL, "err.auth_407_shared", "", "")
CLOSE_REASON(ENDPOINT_DISAGREES,   403, 2, "http_request_denied", NULL, "The user name names another proxy than this port.", "Tên user thuộc proxy khác, không phải proxy của port này.")
CLOSE_REASON(DESTINATION_DENIED,   403, 2, "http_request_denied", NULL, "This destination may not be reached through a proxy.", "Không được truy cập địa chỉ này qua proxy.")
CLOSE_REASON(PAUSED,               403, 2, "http_request_denied", "err.paused", "", "")
CLOSE_REASON(QUOTA,                503, 2, "http_request_denied", "err.quota", "", "")
CLOSE_REASON(LIMIT_ENDPOINT,       503, 1, "connection_limit_reached", NULL, "This proxy has too many open connections.", "Proxy này đang có quá nhiều kết nối.")
CLOSE_REASON(LIMIT_CLIENT,         0,   1, "connection_limit_reached", NULL, "", "")

/* The endpoint. UNAVAILABLE takes its text from the route's reason. */
CLOSE_REASON(NOT_SYNCED,           503, 1, "proxy_internal_error", NULL, "This relay has not read its routes yet. Try again in a moment.", "Máy chủ proxy chưa đọc xong cấu hình. Thử lại sau giây lát.")
CLOSE_REASON(UNAVAILABLE,          503, 1, "destination_unavailable", "err.no_upstream", "", "")
CLOSE_REASON(NO_HTTP_UPSTREAM,     503, 1, "destination_unavailable", NULL, "The present upstream offers no HTTP proxy.", "IP hiện tại không hỗ trợ proxy HTTP.")
CLOSE_REASON(UPSTREAM_NOT_PUBLIC,  502, 1, "destination_ip_prohibited", NULL, "The upstream has a private address, which this relay refuses to dial.", "IP của nhà cung cấp là địa chỉ nội bộ nên bị từ chối.")

/* The upstream, least telling failure first. */
CLOSE_REASON(DIAL_LOCAL,           503, 1, "proxy_internal_error", NULL, "This relay could not open another connection.", "Máy chủ proxy không mở thêm được kết nối.")
CLOSE_REASON(DIAL_UNREACHABLE,     502, 3, "destination_ip_unroutable", NULL, "The present upstream cannot be reached.", "Không kết nối được tới IP hiện tại.")
CLOSE_REASON(DIAL_REFUSED,         502, 5, "connection_refused", NULL, "The present upstream refuses connections.", "IP hiện tại từ chối kết nối.")
CLOSE_REASON(DIAL_TIMEOUT,         504, 4, "connection_timeout", NULL, "The present upstream does not answer.", "IP hiện tại không phản hồi.")
CLOSE_REASON(UPSTREAM_CLOSED,      502, 1, "connection_terminated", NULL, "The upstream closed the connection without an answer.", "IP hiện tại đã ngắt kết nối mà không trả lời.")
CLOSE_REASON(UPSTREAM_TIMEOUT,     504, 4, "http_response_timeout", NULL, "The upstream did not answer in time.", "IP hiện tại không trả lời kịp thời.")
CLOSE_REASON(UPSTREAM_BAD_ANSWER,  502, 1, "http_protocol_error", NULL, "The upstream's answer is malformed.", "Câu trả lời của IP hiện tại không đúng định dạng.")
CLOSE_REASON(UPSTREAM_AUTH,        502, 1, "http_request_denied", NULL, "The upstream did not accept our credentials.", "IP hiện tại không chấp nhận thông tin đăng nhập.")
CLOSE_REASON(UPSTREAM_REFUSED,     502, 1, "http_request_denied", NULL, "The upstream refused to connect to this destination.", "IP hiện tại từ chối kết nối tới địa chỉ này.")

/* Cut while bytes were moving. */
CLOSE_REASON(UPSTREAM_LOST,        0,   1, "connection_terminated", NULL, "", "")
CLOSE_REASON(RESPONSE_BROKEN,      0,   1, "http_response_incomplete", NULL, "", "")

/* Our own doing. */
CLOSE_REASON(ROTATED,              0,   1, NULL, NULL, "", "")
CLOSE_REASON(RESTARTED,            503, 1, "connection_terminated", NULL, "This proxy was restarted.", "Proxy này vừa được khởi động lại.")
CLOSE_REASON(DELETED,              403, 2, "http_request_denied", NULL, "This proxy was deleted.", "Proxy này đã bị xóa.")
CLOSE_REASON(NO_MEMORY,            503, 1, "proxy_internal_error", NULL, "This relay is out of memory.", "Máy chủ proxy hết bộ nhớ.")
/* clang-format on */
