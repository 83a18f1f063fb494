/* proxy_json.c: see proxy_json.h. Names are those of the record, so that a reader of one knows the other. */
#include "shared/model/proxy_json.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/base/url_text.h"
#include "shared/json/json_writer.h"
#include "shared/model/iso8601.h"
#include "shared/model/raw_json.h"

static void put_known_int(struct json_writer *w, const char *name, int64_t value)
{
	if (value > 0)
		json_put_int(w, name, value);
	else
		json_put_null(w, name);
}

static bool is_time_name(struct slice name)
{
	return slice_eq(name, SLICE_LIT("at")) || slice_eq(name, SLICE_LIT("retry_at")) ||
	       slice_eq(name, SLICE_LIT("until"));
}

/* An object of the record, its epoch times turned into ISO 8601. */
static void write_with_times(struct json_writer *w, struct slice object)
{
	struct raw_json walk = raw_json_of(object);
	char text[ISO8601_TEXT_BYTES];
	struct slice name, value;
	int64_t epoch_ms;

	json_object_begin(w);
	while (raw_json_next(&walk, &name, &value)) {
		json_key_slice(w, name);
		if (!is_time_name(name) || !slice_parse_i64(value, &epoch_ms)) {
			json_raw(w, value);
		} else if (epoch_ms <= 0) {
			json_null(w);
		} else {
			iso8601_text(epoch_ms, text);
			json_text(w, slice_from_str(text));
		}
	}
	json_object_end(w);
}

static void put_last_error(struct json_writer *w, struct slice last_error)
{
	if (slice_eq(last_error, SLICE_LIT("null"))) {
		json_put_null(w, "last_error");
		return;
	}
	json_key(w, "last_error");
	write_with_times(w, last_error);
}

static void put_allow(struct json_writer *w, struct slice allow)
{
	struct raw_json walk = raw_json_of(allow);
	struct slice name, entry;

	json_key(w, "allow");
	json_array_begin(w);
	while (raw_json_next(&walk, &name, &entry))
		write_with_times(w, entry);
	json_array_end(w);
}

static void put_identity(struct json_writer *w, const struct proxy_view *view)
{
	const struct proxy *p = view->proxy;

	json_put_int(w, "id", p->id);
	json_put_int(w, "user_id", p->user_id);
	json_put_str(w, "key_name", p->key_name);
	json_put_str(w, "provider", p->provider);
	json_put_str(w, "provider_key", view->masked_key);
	if (slice_eq(p->provider, SLICE_LIT("kiotproxy")))
		json_put_str(w, "kiotproxy_key", view->masked_key);
	json_put_str(w, "subdomain", p->subdomain);
	json_put_int(w, "number", p->number);
	json_put_str(w, "region", p->region);
	json_put_bool(w, "is_active", p->is_active);
	json_put_raw(w, "tags", p->tags);
	json_put_str(w, "note", p->note);
	iso8601_put(w, "paid_until", p->paid_until);
	put_known_int(w, "price_vnd", p->price_vnd);
	put_known_int(w, "plan_days", p->plan_days);
	iso8601_put(w, "created_at", p->created_at);
}

static void put_upstream(struct json_writer *w, const struct proxy *p)
{
	json_put_str(w, "remote_http", p->remote_http);
	json_put_str(w, "remote_socks5", p->remote_socks5);
	json_put_str(w, "remote_ip", p->remote_ip);
	json_put_str(w, "location", p->location);
	iso8601_put(w, "expiration_at", p->expiration_at);
	iso8601_put(w, "next_request_at", p->next_request_at);
	put_known_int(w, "ttl", p->ttl);
	put_known_int(w, "ttc", p->ttc);
	iso8601_put(w, "last_rotated_at", p->last_rotated_at);
	json_put_cstr(w, "status", proxy_status_text(p->status));
	put_last_error(w, p->last_error);
	put_known_int(w, "latency_ms", p->latency_ms);
	iso8601_put(w, "last_check_at", p->last_check_at);
	if (p->exit_ip.len > 0)
		json_put_str(w, "exit_ip", p->exit_ip);
	else
		json_put_null(w, "exit_ip");
	iso8601_put(w, "exit_ip_checked_at", p->exit_ip_checked_at);
	json_put_int(w, "same_ip_count", p->same_ip_count);
}

static void put_rotation(struct json_writer *w, const struct proxy *p, int64_t now_ms)
{
	json_put_cstr(w, "rotate_mode", rotate_mode_text(p->rotate_mode));
	put_known_int(w, "rotate_interval_minutes", p->rotate_interval_minutes);
	json_put_bool(w, "rotate_idle_only", p->rotate_idle_only);
	iso8601_put(w, "idle_wait_until", p->idle_wait_until);
	json_put_cstr(w, "rotation_state", rotation_state_text(proxy_rotation_state(p, now_ms)));
	iso8601_put(w, "rotation_scheduled_at", p->rotation_scheduled_at);
	iso8601_put(w, "due_at", p->due_at);
	json_put_cstr(w, "on_rotate", on_rotate_text(p->on_rotate));
	json_put_int(w, "drain_seconds", p->drain_seconds);
	json_put_int(w, "restart_seq", p->restart_seq);
}

static void write_endpoint(
	struct json_writer *w, const struct proxy_view *view, const struct endpoint *endpoint)
{
	struct slice host = slice_from_str(endpoint->host);
	struct ip_addr addr;
	struct buf url;

	buf_init(&url, 1024);
	buf_printf(&url, "%s://", endpoint->scheme);
	if (view->password.data) {
		url_encode(&url, view->proxy->subdomain);
		buf_append_char(&url, ':');
		url_encode(&url, view->password);
		buf_append_char(&url, '@');
	}
	bool v6 = ip_addr_parse(host, &addr) && !ip_addr_is_v4(&addr);
	buf_printf(&url, v6 ? "[%.*s]:%u" : "%.*s:%u", SLICE_ARG(host), endpoint->port);

	json_object_begin(w);
	json_put_cstr(w, "way", endpoint_way_text(endpoint->way));
	json_put_cstr(w, "scheme", endpoint->scheme);
	json_put_str(w, "host", host);
	json_put_uint(w, "port", endpoint->port);
	json_put_str(w, "username", view->proxy->subdomain);
	if (view->password.data)
		json_put_str(w, "password", view->password);
	else
		json_put_null(w, "password");
	json_put_str(w, "url", buf_slice(&url));
	json_object_end(w);
	buf_done(&url);
}

static void put_access(struct json_writer *w, const struct proxy_view *view)
{
	const struct proxy *p = view->proxy;
	struct endpoint endpoints[ENDPOINT_MAX];
	char name[ENDPOINT_NAME_BYTES];
	size_t count = endpoint_list(view->access, p->subdomain, p->number, endpoints);

	if (view->password.data)
		json_put_str(w, "password", view->password);
	if (view->rotate_link.len > 0)
		json_put_str(w, "rotate_link", view->rotate_link);
	else
		json_put_null(w, "rotate_link");
	put_allow(w, p->allow);
	json_put_raw(w, "limits", p->limits);
	endpoint_name(view->access, p->subdomain, p->number, name);
	json_put_cstr(w, "endpoint", name);
	json_key(w, "endpoints");
	json_array_begin(w);
	for (size_t i = 0; i < count; i++)
		write_endpoint(w, view, &endpoints[i]);
	json_array_end(w);
}

void proxy_view_write_members(struct json_writer *w, const struct proxy_view *view)
{
	put_identity(w, view);
	put_upstream(w, view->proxy);
	put_rotation(w, view->proxy, view->now_ms);
	put_access(w, view);
}

void proxy_view_write(struct json_writer *w, const struct proxy_view *view)
{
	json_object_begin(w);
	proxy_view_write_members(w, view);
	json_object_end(w);
}

/* Of all that is shown only the rotation state looks at the clock. */
int64_t proxy_view_until_ms(const struct proxy *proxy, int64_t now_ms)
{
	return proxy_rotation_state(proxy, now_ms) == ROTATION_COOLDOWN ? proxy->next_request_at : INT64_MAX;
}
