/*
 * counter_table.h: the relay's plain counters. One line = enum (COUNTER_ in front), COUNTER or GAUGE, name on
 * /metrics, help. Errors by cause come from close_reasons.h and head_verdicts.h.
 */
/* clang-format off */
COUNTER(ACCEPTED,        COUNTER, "kiotproxy_relay_connections_total",           "Client connections accepted")
COUNTER(OPEN,            GAUGE,   "kiotproxy_relay_connections_open",            "Client connections open now")
COUNTER(REQUESTS,        COUNTER, "kiotproxy_relay_requests_total",              "Requests admitted: CONNECT and absolute form")
COUNTER(TUNNELS,         COUNTER, "kiotproxy_relay_tunnels_total",               "Tunnels opened")
COUNTER(BYTES_UP,        COUNTER, "kiotproxy_relay_up_bytes_total",              "Bytes from clients to upstreams")
COUNTER(BYTES_DOWN,      COUNTER, "kiotproxy_relay_down_bytes_total",            "Bytes from upstreams to clients")
COUNTER(SPLICED,         COUNTER, "kiotproxy_relay_spliced_bytes_total",         "Bytes of both directions moved by splice(2)")
COUNTER(DIALS,           COUNTER, "kiotproxy_relay_dials_total",                 "Connections to upstreams begun")
COUNTER(REDIALS,         COUNTER, "kiotproxy_relay_redials_total",               "Requests dialled again after a failure")
COUNTER(ROUTE_WAITS,     COUNTER, "kiotproxy_relay_route_waits_total",           "Requests that waited for a newer route")
COUNTER(ROUTES_APPLIED,  COUNTER, "kiotproxy_relay_routes_applied_total",        "Routes applied by workers")
COUNTER(LISTEN_FAILED,   GAUGE,   "kiotproxy_relay_listen_failed",               "Ports that cannot be listened on now")
COUNTER(LISTENING,       GAUGE,   "kiotproxy_relay_listening",                   "Listening sockets open now")
COUNTER(ACCEPT_PAUSES,   COUNTER, "kiotproxy_relay_accept_pauses_total",         "Times that accepting stopped for want of descriptors")
COUNTER(CLIENT_LIMITED,  COUNTER, "kiotproxy_relay_client_limited_total",        "Connections refused because their address holds too many")
/* clang-format on */
