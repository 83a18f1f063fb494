/*
 * head_http_target.h: hosts, ports and request targets (RFC 9112 section 3.2, RFC 3986), strictly read. It
 * does not say whether a host may be reached (destination.h) and resolves nothing. Called by head_http and
 * head_socks5.
 */
#ifndef KP_RELAY_HEAD_HTTP_TARGET_H
#define KP_RELAY_HEAD_HTTP_TARGET_H

#include <stdint.h>

#include "relay-node/head_verdict.h"
#include "shared/base/slice.h"

enum { HTTP_HOST_BYTES_MAX = 253 }; /* RFC 1035: 255 octets on the wire */

enum http_host_kind {
	HTTP_HOST_NAME, /* a name, or an IPv4 address in whatever spelling: destination.h tells */
	HTTP_HOST_IPV6, /* a valid IPv6 literal, held without its brackets */
};

/* Where a request wants to go. The slices point into what was parsed. */
struct http_authority {
	struct slice host; /* no brackets, case as sent */
	enum http_host_kind kind;
	uint16_t port; /* 0 = not given (only where a port is optional) */
};

enum http_target_form {
	HTTP_TARGET_AUTHORITY, /* CONNECT host:port */
	HTTP_TARGET_ABSOLUTE,  /* http://host[:port][/path][?query] */
	HTTP_TARGET_ORIGIN,    /* /path: a browser that takes the proxy for a website */
	HTTP_TARGET_HTTPS,     /* https://…: a client that should have used CONNECT */
	HTTP_TARGET_OTHER,
};

struct http_target {
	enum http_target_form form;
	struct http_authority authority;
	struct slice authority_text; /* as sent: "host", "host:port", "[v6]:port" */
	struct slice path_and_query; /* absolute form: from '/' or '?' on, may be empty; else none */
};

/* One host without port: labels of 1-63 letters, digits, '-' and '_', at most `max` bytes, one dot at the end
 * allowed; or an IPv6 literal in brackets without zone. Percent-encoding and non-ASCII bytes are refused:
 * what a resolver further on makes of them cannot be known here. */
enum http_verdict http_host_parse(struct slice text, size_t max, struct http_authority *ret_authority);

enum http_port_rule { HTTP_PORT_REQUIRED, HTTP_PORT_OPTIONAL };

/* "host[:port]"; port 1-65535 in plain decimal digits without leading zero. HTTP_OK, HTTP_BAD_TARGET_HOST,
 * HTTP_BAD_TARGET_PORT or HTTP_TARGET_USERINFO. */
enum http_verdict http_authority_parse(
	struct slice text, size_t host_max, enum http_port_rule rule, struct http_authority *ret_authority);

/* The target of a CONNECT (authority form), and of every other method. HTTP_OK only for what can be proxied;
 * HTTP_ORIGIN_FORM and HTTP_HTTPS_ABSOLUTE say which mistake it was (ret_target->form is then set, too). */
enum http_verdict http_target_parse_connect(
	struct slice text, size_t host_max, struct http_target *ret_target);
enum http_verdict http_target_parse(struct slice text, size_t host_max, struct http_target *ret_target);

#endif
