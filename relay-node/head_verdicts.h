/*
 * head_verdicts.h: every way in which an HTTP/1 message can be judged. One line = enum (HTTP_ in front), the status
 * we answer with, the RFC 9209 Proxy-Status error (NULL = none), one sentence for people.
 *
 * Included with HTTP_VERDICT defined by whoever needs a column: the enum (head_verdict.h), the texts
 * (head_verdict.c). A line here is all it takes to add a verdict.
 */
/* clang-format off */

/* Not refusals. */
HTTP_VERDICT(OK,                    200, NULL, "The message is well formed.")
HTTP_VERDICT(NEED_MORE,             408, "http_request_error", "The request did not arrive completely in time.")

/* The request line. */
HTTP_VERDICT(NOT_HTTP,              400, "http_request_error", "This is not an HTTP request.")
HTTP_VERDICT(BAD_REQUEST_LINE,      400, "http_request_error", "The request line is not 'METHOD target HTTP/1.1' with single spaces.")
HTTP_VERDICT(BAD_METHOD,            400, "http_request_error", "The request method has a character that methods cannot have, or is too long.")
HTTP_VERDICT(METHOD_REFUSED,        405, "http_request_denied", "TRACE is not allowed through this proxy.")
HTTP_VERDICT(BAD_VERSION,           400, "http_request_error", "The request line does not end in HTTP/1.1 or HTTP/1.0.")
HTTP_VERDICT(VERSION_UNSUPPORTED,   505, "http_request_error", "This proxy speaks HTTP/1.1 and HTTP/1.0 only.")
HTTP_VERDICT(LINE_TOO_LONG,         414, "http_request_error", "The request line is too long.")
HTTP_VERDICT(BAD_TARGET,            400, "http_request_error", "The request target is malformed: use http://host/path, or CONNECT host:port.")
HTTP_VERDICT(BAD_TARGET_HOST,       400, "http_request_error", "The target's host name is malformed.")
HTTP_VERDICT(BAD_TARGET_PORT,       400, "http_request_error", "The target's port is not a number from 1 to 65535.")
HTTP_VERDICT(TARGET_USERINFO,       400, "http_request_error", "A user name or password inside the target address is refused.")
HTTP_VERDICT(ORIGIN_FORM,           400, "http_request_error", "This is a proxy, not a website. Put its host and port into your tool's proxy settings.")
HTTP_VERDICT(HTTPS_ABSOLUTE,        400, "http_request_error", "Use CONNECT for https addresses (axios: https-proxy-agent).")
HTTP_VERDICT(SCHEME_UNSUPPORTED,    400, "http_request_error", "Only http:// addresses and CONNECT are served here.")

/* Fields of a request. */
HTTP_VERDICT(HEAD_TOO_LARGE,        431, "http_request_error", "The request head is too large.")
HTTP_VERDICT(TOO_MANY_FIELDS,       431, "http_request_error", "The request has too many header fields.")
HTTP_VERDICT(BARE_LF,               400, "http_request_error", "A line ends in LF without CR.")
HTTP_VERDICT(BARE_CR,               400, "http_request_error", "A line has a CR that no LF follows.")
HTTP_VERDICT(FOLDED_FIELD,          400, "http_request_error", "A header line begins with white space (folded lines are refused).")
HTTP_VERDICT(BAD_FIELD_NAME,        400, "http_request_error", "A header field name is empty, has a space before its colon, or a character that names cannot have.")
HTTP_VERDICT(BAD_FIELD_VALUE,       400, "http_request_error", "A header field value has a control character.")
HTTP_VERDICT(HOST_MISSING,          400, "http_request_error", "The Host field is missing.")
HTTP_VERDICT(HOST_REPEATED,         400, "http_request_error", "The Host field is given more than once.")
HTTP_VERDICT(BAD_HOST,              400, "http_request_error", "The Host field is not a host name with an optional port.")
HTTP_VERDICT(FIELD_REPEATED,        400, "http_request_error", "A header field that may be given once is given more than once.")
HTTP_VERDICT(BAD_CONTENT_LENGTH,    400, "http_request_error", "The Content-Length field is not one number.")
HTTP_VERDICT(BAD_TRANSFER_ENCODING, 400, "http_request_error", "The only Transfer-Encoding understood here is 'chunked', in HTTP/1.1.")
HTTP_VERDICT(LENGTH_AND_CODING,     400, "http_request_error", "Content-Length and Transfer-Encoding exclude each other.")
HTTP_VERDICT(CONNECT_WITH_BODY,     400, "http_request_error", "A CONNECT request has no body.")
HTTP_VERDICT(BAD_CONNECTION,        400, "http_request_error", "The Connection field is malformed or names too many options.")
HTTP_VERDICT(EXPECT_UNKNOWN,        417, "http_request_error", "The only expectation understood here is 100-continue.")

/* A body, of either direction. For a response's body the caller answers 502 or cuts the client off. */
HTTP_VERDICT(BAD_CHUNK_SIZE,        400, "http_request_error", "A chunk size is not 1 to 16 hexadecimal digits, or too large.")
HTTP_VERDICT(BAD_CHUNK_EXTENSION,   400, "http_request_error", "A chunk extension is malformed.")
HTTP_VERDICT(CHUNK_EXTENSION_LIMIT, 400, "http_request_error", "The chunk extensions are too long.")
HTTP_VERDICT(BAD_CHUNK_END,         400, "http_request_error", "A chunk does not end in CRLF where its size says.")
HTTP_VERDICT(BAD_TRAILER,           400, "http_request_error", "A trailer field is malformed.")
HTTP_VERDICT(TRAILER_FORBIDDEN,     400, "http_request_error", "A trailer field tries to change framing, routing or credentials.")
HTTP_VERDICT(TRAILER_LIMIT,         431, "http_request_error", "The trailer section is too large.")
HTTP_VERDICT(BODY_INCOMPLETE,       400, "http_request_error", "The body ended before its announced end.")

/* A response's head: all are the upstream's fault. */
HTTP_VERDICT(RESPONSE_BAD_LINE,     502, "http_protocol_error", "The upstream proxy's answer does not begin with an HTTP/1 status line.")
HTTP_VERDICT(RESPONSE_TOO_LARGE,    502, "http_response_header_section_size", "The head of the upstream's answer is too large.")
HTTP_VERDICT(RESPONSE_BAD_FIELD,    502, "http_protocol_error", "The upstream's answer has a malformed header line.")
HTTP_VERDICT(RESPONSE_BAD_LENGTH,   502, "http_protocol_error", "The upstream's answer has a wrong or ambiguous Content-Length.")
HTTP_VERDICT(RESPONSE_BAD_CODING,   502, "http_response_transfer_coding", "The upstream's answer has a Transfer-Encoding that is not plain 'chunked'.")
HTTP_VERDICT(RESPONSE_INTERIM_FLOOD, 502, "http_protocol_error", "The upstream sent too many interim answers.")
HTTP_VERDICT(RESPONSE_BAD_UPGRADE,  502, "http_upgrade_failed", "The upstream switched protocols without being asked.")
/* clang-format on */
