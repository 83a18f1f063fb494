/* create_defaults.h: what a new proxy has that its creator did not say, for one (POST) and for many (import).
 */
#ifndef KP_API_HANDLERS_CREATE_DEFAULTS_H
#define KP_API_HANDLERS_CREATE_DEFAULTS_H

struct proxy_form;
struct request;

/* region, allow, the owner, and what the store must know of ports and numbers. Not the password: each proxy
 * has its own. */
void create_defaults(const struct request *req, struct proxy_form *form);

#endif
