/*
 * proxy_fields.h: every field of a proxy's record, once: PROXY_FIELD(name, TYPE). Included by proxy.h (the
 * struct) and proxy.c (reading); the Redis hash `proxy:<id>` uses the same names, with texts as values.
 *
 * TYPE   in the hash                              in struct proxy
 * STR    text                                     struct slice
 * INT    decimal text; "" = 0                     int64_t
 * BOOL   "1" or "0"; "" = false                   bool
 * ARRAY  JSON text of an array; "" = []           struct slice, valid JSON
 * OBJECT JSON text of an object; "" = {}          struct slice, valid JSON
 * ERROR  JSON text of an object or null; "" = null  struct slice, valid JSON
 * others a word of proxy_enums.h; "" = the first  that enum
 * Names ending in _at and _ms and paid_until are epoch milliseconds of Redis' clock (0 = none), but
 * latency_ms is a duration; ttl and ttc are seconds; provider_expires_at is the provider's own clock.
 *
 * PROXY_STORE_FIELD: read by scripts and relays only. It has no place in the struct, of which an api-node
 * holds one for every proxy of the fleet.
 */
#ifndef PROXY_STORE_FIELD
#define PROXY_STORE_FIELD(name, type)
#endif
PROXY_FIELD(id, INT)
PROXY_FIELD(user_id, INT)
PROXY_FIELD(key_name, STR)
PROXY_FIELD(provider, STR)
PROXY_FIELD(provider_key, STR) /* sealed */
PROXY_FIELD(subdomain, STR)
PROXY_FIELD(number, INT)
PROXY_FIELD(region, STR)
PROXY_FIELD(is_active, BOOL)
PROXY_FIELD(tags, ARRAY)
PROXY_FIELD(note, STR)
/* The upstream as the provider told it. */
PROXY_FIELD(remote_http, STR)
PROXY_FIELD(remote_socks5, STR)
PROXY_FIELD(remote_user, STR)
PROXY_FIELD(remote_password, STR) /* sealed */
PROXY_FIELD(remote_ip, STR)
PROXY_FIELD(location, STR)
PROXY_FIELD(expiration_at, INT)
PROXY_FIELD(provider_expires_at, INT) /* raw, to see whether the provider changed it */
PROXY_FIELD(next_request_at, INT)
PROXY_FIELD(ttl, INT)
PROXY_FIELD(ttc, INT)
PROXY_FIELD(last_rotated_at, INT)
PROXY_FIELD(created_at, INT)
/* How it is. */
PROXY_FIELD(status, STATUS)
PROXY_FIELD(last_error, ERROR)
PROXY_FIELD(latency_ms, INT)
PROXY_FIELD(last_check_at, INT)
PROXY_STORE_FIELD(check_failures, INT) /* in a row */
PROXY_FIELD(exit_ip, STR) /* the address that IP_CHECK_URL saw through this upstream; "" = not asked */
PROXY_FIELD(exit_ip_checked_at, INT)
PROXY_FIELD(same_ip_count, INT) /* rotations, ever, that gave the address there was */
/* When and how it rotates. */
PROXY_FIELD(rotate_mode, ROTATE_MODE)
PROXY_FIELD(rotate_interval_minutes, INT)
PROXY_FIELD(rotate_idle_only, BOOL)
PROXY_FIELD(idle_wait_until, INT) /* a due rotation waits for the endpoint to be idle, at most until then */
PROXY_STORE_FIELD(rotate_region, STR) /* of the next rotation only; "" = region */
PROXY_FIELD(rotation_state, ROTATION_STATE)
PROXY_FIELD(rotation_scheduled_at, INT)
PROXY_FIELD(due_at, INT) /* of the next timed rotation */
PROXY_STORE_FIELD(retry_count, INT)
PROXY_FIELD(on_rotate, ON_ROTATE)
PROXY_FIELD(drain_seconds, INT)
/* Who may use it. */
PROXY_FIELD(password, STR)            /* sealed */
PROXY_STORE_FIELD(password_hash, STR) /* 64 hex digits, as in the route */
PROXY_FIELD(allow, ARRAY)
PROXY_FIELD(limits, OBJECT)
PROXY_FIELD(quota_used, INT) /* bytes of the month when its limit was reached; 0 = it was not */
PROXY_FIELD(restart_seq, INT)
PROXY_FIELD(link_token, STR) /* sealed; of the change-IP link; "" = none */
/* What it costs. */
PROXY_FIELD(paid_until, INT)
PROXY_FIELD(price_vnd, INT)
PROXY_FIELD(plan_days, INT)
/* Work in progress: written by the scripts only. */
PROXY_STORE_FIELD(open_slot, INT)
PROXY_STORE_FIELD(last_slot, INT)
PROXY_STORE_FIELD(attempted_slot, INT) /* a claim for this slot may have changed the upstream already */
PROXY_STORE_FIELD(fence, INT)
PROXY_STORE_FIELD(claim_job, STR)
PROXY_STORE_FIELD(claim_until_ms, INT)
PROXY_STORE_FIELD(job_entry, STR) /* stream id of the queued job of open_slot */
PROXY_STORE_FIELD(awaited_until_ms, INT)
PROXY_STORE_FIELD(version, INT) /* of the records topic, that wrote it */
