/*
 * routes.h: every call of the REST API, one line each: method, path, handler, what the role must allow, body,
 * body limit, the query's parameters. Included by router.c only. More specific paths come before those with a
 * parameter.
 */
ROUTE(GET, "/api/health", health_get, ACCESS_PUBLIC, BODY_NONE, 0, ANY_QUERY)
ROUTE(GET, "/api/openapi.json", openapi_get, ACCESS_PUBLIC, BODY_NONE, 0, ANY_QUERY)
ROUTE(POST, "/api/auth/login", auth_login, ACCESS_PUBLIC, BODY_JSON, 4096, NO_QUERY)
ROUTE(POST, "/api/auth/logout", auth_logout, ACCESS_SESSION, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(GET, "/api/auth/me", auth_me, ACCESS_SIGNED_IN, BODY_NONE, 0, NO_QUERY)
ROUTE(PUT, "/api/auth/password", password_change, ACCESS_SESSION, BODY_JSON, 4096, NO_QUERY)
ROUTE(GET, "/api/auth/sessions", auth_sessions_list, ACCESS_SESSION, BODY_NONE, 0, NO_QUERY)
ROUTE(DELETE, "/api/auth/sessions/{token}", auth_sessions_close, ACCESS_SESSION, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(GET, "/api/users", users_list, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(POST, "/api/users", users_create, MAY_MANAGE_FLEET, BODY_JSON, 4096, NO_QUERY)
ROUTE(GET, "/api/users/{id}", users_get, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(PUT, "/api/users/{id}", users_update, MAY_MANAGE_FLEET, BODY_JSON, 4096, NO_QUERY)
ROUTE(DELETE, "/api/users/{id}", users_delete, MAY_MANAGE_FLEET, BODY_EMPTY, 4096, "reassign_to")
ROUTE(GET, "/api/tokens", tokens_list, ACCESS_SIGNED_IN, BODY_NONE, 0, "user_id, all")
ROUTE(POST, "/api/tokens", tokens_create, ACCESS_SESSION, BODY_JSON, 4096, NO_QUERY)
ROUTE(DELETE, "/api/tokens/{id}", tokens_revoke, ACCESS_SIGNED_IN, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(GET, "/api/proxies", proxies_list, MAY_SEE_PROXY, BODY_NONE, 0,
	"q, status, region, tag, user, sort, offset, limit")
ROUTE(POST, "/api/proxies", proxies_create, MAY_ADD_PROXY, BODY_JSON, API_BODY_MAX_BYTES, NO_QUERY)
ROUTE(POST, "/api/proxies/bulk", proxies_bulk, MAY_ROTATE_PROXY, BODY_JSON, API_BODY_MAX_BYTES, NO_QUERY)
ROUTE(POST, "/api/proxies/bulk-import", proxies_bulk_import, MAY_ADD_PROXY, BODY_JSON, API_BODY_MAX_BYTES,
	NO_QUERY)
ROUTE(POST, "/api/proxies/replace-keys", proxies_replace_keys, MAY_EDIT_PROXY, BODY_JSON, API_BODY_MAX_BYTES,
	NO_QUERY)
ROUTE(POST, "/api/proxies/check-all", proxies_check_all, MAY_ROTATE_PROXY, BODY_EMPTY, 4096,
	"q, status, region, tag, user")
ROUTE(POST, "/api/proxies/sync-all", proxies_sync_all, MAY_ROTATE_PROXY, BODY_EMPTY, 4096,
	"q, status, region, tag, user")
ROUTE(GET, "/api/proxies/deleted", proxies_deleted, MAY_EDIT_PROXY, BODY_NONE, 0, "limit")
ROUTE(GET, "/api/proxies/export", proxies_export, MAY_SEE_PROXY, BODY_NONE, 0,
	"format, template, way, host, ids, q, status, region, tag, user, sort")
ROUTE(GET, "/api/proxies/usage", usage_list, MAY_SEE_PROXY, BODY_NONE, 0, "ids, minutes")
ROUTE(GET, "/api/proxies/{id}", proxies_get, MAY_SEE_PROXY, BODY_NONE, 0, NO_QUERY)
ROUTE(PUT, "/api/proxies/{id}", proxies_update, MAY_EDIT_PROXY, BODY_JSON, API_BODY_MAX_BYTES, NO_QUERY)
ROUTE(DELETE, "/api/proxies/{id}", proxies_delete, MAY_EDIT_PROXY, BODY_EMPTY, 4096, "release")
ROUTE(POST, "/api/proxies/{id}/restore", proxies_restore, MAY_EDIT_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(POST, "/api/proxies/{id}/rotate", rotation_rotate, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096, NO_QUERY)
ROUTE(DELETE, "/api/proxies/{id}/rotate", rotation_cancel, MAY_ROTATE_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(POST, "/api/proxies/{id}/restart", rotation_restart, MAY_ROTATE_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(POST, "/api/proxies/{id}/link", links_create, MAY_EDIT_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(DELETE, "/api/proxies/{id}/link", links_delete, MAY_EDIT_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(POST, "/api/proxies/{id}/check", rotation_check, MAY_ROTATE_PROXY, BODY_OPTIONAL, 4096, NO_QUERY)
ROUTE(POST, "/api/proxies/{id}/sync", rotation_sync, MAY_ROTATE_PROXY, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(GET, "/api/proxies/{id}/usage", usage_get, MAY_SEE_PROXY, BODY_NONE, 0, "minutes")
ROUTE(GET, "/api/fleet", fleet_get, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(GET, "/api/dns-zone", dns_zone_get, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(GET, "/api/logs", logs_list, MAY_SEE_PROXY, BODY_NONE, 0,
	"proxy_id, before, action, status, user, via, q, limit")
ROUTE(GET, "/api/notices/channels", notices_list, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(POST, "/api/notices/channels", notices_create, MAY_MANAGE_FLEET, BODY_JSON, 16384, NO_QUERY)
ROUTE(PUT, "/api/notices/channels/{id}", notices_update, MAY_MANAGE_FLEET, BODY_JSON, 16384, NO_QUERY)
ROUTE(DELETE, "/api/notices/channels/{id}", notices_delete, MAY_MANAGE_FLEET, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(POST, "/api/notices/channels/{id}/test", notices_test, MAY_MANAGE_FLEET, BODY_EMPTY, 4096, NO_QUERY)
ROUTE(GET, "/api/notices/deliveries", notices_deliveries, MAY_MANAGE_FLEET, BODY_NONE, 0,
	"channel, before, limit")
ROUTE(GET, "/api/settings", settings_get, MAY_SEE_SETTINGS, BODY_NONE, 0, NO_QUERY)
ROUTE(PUT, "/api/settings", settings_update, MAY_MANAGE_FLEET, BODY_JSON, 16384, NO_QUERY)
ROUTE(GET, "/api/backup", backup_get, MAY_MANAGE_FLEET, BODY_NONE, 0, NO_QUERY)
ROUTE(POST, "/api/backup", backup_post, MAY_MANAGE_FLEET, BODY_OPTIONAL, 4096, NO_QUERY)
ROUTE(POST, "/api/import", import_post, MAY_MANAGE_FLEET, BODY_UNPARSED, API_IMPORT_MAX_BYTES, "dry_run")
ROUTE(GET, "/r/{token}", link_rotate, ACCESS_BY_LINK, BODY_NONE, 0, ANY_QUERY)
ROUTE(POST, "/r/{token}", link_rotate, ACCESS_BY_LINK, BODY_IGNORED, 4096, ANY_QUERY)
