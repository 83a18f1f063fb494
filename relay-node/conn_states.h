/*
 * conn_states.h: where a connection can be. One line = state (CONN_ in front), time allowed without progress, what
 * runs on its events, what runs when the time is up, allowed next states.
 *
 *	ACCEPTED → HEAD → DIAL → UPSTREAM_HEAD → TUNNEL → LINGER → CLOSED
 *	             ↑      ↕          ↓      ↘ FORWARD → IDLE → HEAD …
 *	             |   WAIT_ROUTE ←──┘
 */
/* clang-format off */
CONN_STATE(ACCEPTED,      cfg->head_timeout_ms,       stage_identify_run,      stage_identify_expire,      NEXT(HEAD) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(IDLE,          cfg->keep_alive_timeout_ms, stage_idle_run,          stage_idle_expire,          NEXT(HEAD) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(HEAD,          cfg->head_timeout_ms,       stage_head_run,          stage_head_expire,          NEXT(DIAL) | NEXT(WAIT_ROUTE) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(WAIT_ROUTE,    cfg->redial_wait_ms,        stage_wait_run,          stage_wait_expire,          NEXT(DIAL) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(DIAL,          cfg->dial_timeout_ms,       stage_dial_run,          stage_dial_expire,          NEXT(DIAL) | NEXT(UPSTREAM_HEAD) | NEXT(WAIT_ROUTE) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(UPSTREAM_HEAD, cfg->upstream_timeout_ms,   stage_upstream_head_run, stage_upstream_head_expire, NEXT(TUNNEL) | NEXT(FORWARD) | NEXT(DIAL) | NEXT(WAIT_ROUTE) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(FORWARD,       cfg->idle_timeout_ms,       stage_forward_run,       stage_forward_expire,       NEXT(IDLE) | NEXT(HEAD) | NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(TUNNEL,        cfg->idle_timeout_ms,       stage_tunnel_run,        stage_tunnel_expire,        NEXT(LINGER) | NEXT(CLOSED))
CONN_STATE(LINGER,        CONN_LINGER_MS,             conn_linger_run,         conn_linger_expire,         NEXT(CLOSED))
CONN_STATE(CLOSED,        0,                          NULL,                    NULL,                       0)
/* clang-format on */
