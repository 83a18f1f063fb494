/*
 * copy_format.h: the forms in which tools take a proxy, one line a proxy. The dashboard copies in the same
 * ones. Pure: which way to the endpoint is offered is the caller's business.
 */
#ifndef KP_MODEL_COPY_FORMAT_H
#define KP_MODEL_COPY_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/compiler.h"
#include "shared/base/err.h"
#include "shared/base/slice.h"

/* name, its id in the API, the line: a template of its own. A word in braces is a field of struct
 * copy_values; {url_user} and {url_pass} are percent-encoded. One line adds a format. */
#define COPY_FORMATS(X)                                                              \
	X(HOST_PORT_USER_PASS, "host_port_user_pass", "{host}:{port}:{user}:{pass}") \
	X(HOST_PORT, "host_port", "{host}:{port}")                                   \
	X(HTTP_URL, "http_url", "http://{url_user}:{url_pass}@{host}:{port}")        \
	X(SOCKS5_URL, "socks5_url", "socks5://{url_user}:{url_pass}@{host}:{port}")  \
	X(GPM, "gpm", "socks5://{host}:{port}:{user}:{pass}")                        \
	X(HIDEMIUM, "hidemium", "HTTP|{host}|{port}|{user}|{pass}")                  \
	X(TEMPLATE, "template", "")

#define X(name, text, line) COPY_##name,
enum copy_format { COPY_FORMATS(X) COPY_FORMAT_COUNT };
#undef X

enum { COPY_TEMPLATE_MAX_BYTES = 1024 };

struct copy_values {
	struct slice host; /* IPv6 addresses in brackets */
	uint16_t port;
	struct slice user, pass, rotate_link, name;
};

bool copy_format_parse(struct slice text, enum copy_format *ret_format) MUST_CHECK;
bool copy_format_is_socks5(enum copy_format format); /* its lines tell a tool to speak SOCKS5 */
const char *copy_format_names(void);                 /* "host_port_user_pass, …", for messages */

/* Whether every word in braces of a template of somebody's own is one that there is; the error names it.
 * Braces around anything but lower-case letters and _ are text. */
bool copy_template_check(struct slice template_text, struct err *err) MUST_CHECK;

/* Appends one line without its end. `template_text` is used by COPY_TEMPLATE only, and was checked. */
void copy_line(struct buf *out, enum copy_format format, struct slice template_text,
	const struct copy_values *values);

#endif
