/*
 * routes.h: every call of the REST API, one line each: method, path, handler, what the role must allow, body,
 * body limit. Included by router.c only. More specific paths come before those with a parameter.
 */
ROUTE(GET, "/api/health", health_get, ACCESS_PUBLIC, BODY_NONE, 0)
ROUTE(POST, "/api/auth/login", auth_login, ACCESS_PUBLIC, BODY_JSON, 4096)
ROUTE(POST, "/api/auth/logout", auth_logout, ACCESS_SIGNED_IN, BODY_OPTIONAL, 4096)
ROUTE(GET, "/api/auth/me", auth_me, ACCESS_SIGNED_IN, BODY_NONE, 0)
ROUTE(GET, "/api/proxies", proxies_list, MAY_SEE_PROXY, BODY_NONE, 0)
ROUTE(POST, "/api/proxies", proxies_create, MAY_ADD_PROXY, BODY_JSON, API_BODY_MAX_BYTES)
ROUTE(GET, "/api/proxies/{id}", proxies_get, MAY_SEE_PROXY, BODY_NONE, 0)
ROUTE(PUT, "/api/proxies/{id}", proxies_update, MAY_EDIT_PROXY, BODY_JSON, API_BODY_MAX_BYTES)
ROUTE(DELETE, "/api/proxies/{id}", proxies_delete, MAY_EDIT_PROXY, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/rotate", rotation_rotate, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096)
ROUTE(DELETE, "/api/proxies/{id}/rotate", rotation_cancel, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/restart", rotation_restart, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/check", rotation_check, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/sync", rotation_sync, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096)
ROUTE(GET, "/api/logs", logs_list, MAY_SEE_PROXY, BODY_NONE, 0)
ROUTE(GET, "/api/settings", settings_get, MAY_SEE_SETTINGS, BODY_NONE, 0)
ROUTE(PUT, "/api/settings", settings_update, MAY_MANAGE_FLEET, BODY_JSON, 16384)
