/*
 * routes.h: every call of the REST API, one line each: method, path, handler, least role, body, body limit.
 * Included by router.c only. More specific paths come before those with a parameter.
 */
ROUTE(GET, "/api/health", health_get, ROLE_NONE, BODY_NONE, 0)
ROUTE(POST, "/api/auth/login", auth_login, ROLE_NONE, BODY_JSON, 4096)
ROUTE(POST, "/api/auth/logout", auth_logout, ROLE_NONE, BODY_OPTIONAL, 4096)
ROUTE(GET, "/api/auth/me", auth_me, ROLE_OPERATOR, BODY_NONE, 0)
ROUTE(GET, "/api/proxies", proxies_list, ROLE_OPERATOR, BODY_NONE, 0)
ROUTE(POST, "/api/proxies", proxies_create, ROLE_USER, BODY_JSON, API_BODY_MAX_BYTES)
ROUTE(GET, "/api/proxies/{id}", proxies_get, ROLE_OPERATOR, BODY_NONE, 0)
ROUTE(PUT, "/api/proxies/{id}", proxies_update, ROLE_USER, BODY_JSON, API_BODY_MAX_BYTES)
ROUTE(DELETE, "/api/proxies/{id}", proxies_delete, ROLE_USER, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/rotate", rotation_rotate, ROLE_OPERATOR, BODY_OPTIONAL, 4096)
ROUTE(DELETE, "/api/proxies/{id}/rotate", rotation_cancel, ROLE_OPERATOR, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/restart", rotation_restart, ROLE_USER, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/check", rotation_check, ROLE_OPERATOR, BODY_OPTIONAL, 4096)
ROUTE(POST, "/api/proxies/{id}/sync", rotation_sync, ROLE_OPERATOR, BODY_OPTIONAL, 4096)
ROUTE(GET, "/api/logs", logs_list, ROLE_OPERATOR, BODY_NONE, 0)
ROUTE(GET, "/api/settings", settings_get, ROLE_OPERATOR, BODY_NONE, 0)
ROUTE(PUT, "/api/settings", settings_update, ROLE_ADMIN, BODY_JSON, 16384)
