/*
 * stages.h: the life of a connection, in order. Each stage has what runs on events (`run`) and when its time
 * is up (`expire`), called by conn.c through conn_states.h, and the entries that the stage before it calls. A
 * stage never calls an earlier one, but for the two ways back: a failed dial waits (redial), a finished
 * exchange begins anew (idle).
 *
 *	accept → identify → head → dial ⇄ redial
 *	                             → upstream_head → tunnel | forward → (idle → head …)
 *	account: counted by all of them
 */
#ifndef KP_RELAY_STAGES_H
#define KP_RELAY_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "relay-node/close_reason.h"

struct conn;
struct io;
struct listener;
struct served_route;
struct worker;

/* accept.c: a listener has connections. */
void stage_accept_ready(struct io *listener_io, uint32_t epoll_events);
void stage_accept_all(struct listener *listener); /* before it is closed: until its queue is empty */

/* identify.c: which protocol does the client speak? */
void stage_identify_run(struct conn *c);
void stage_identify_expire(struct conn *c);

/* head.c: read the request head, find the endpoint, admit. */
void stage_head_run(struct conn *c);
void stage_head_expire(struct conn *c);

/* idle.c: between two requests of a kept connection. */
void stage_idle_enter(struct conn *c); /* the exchange is complete */
void stage_idle_run(struct conn *c);
void stage_idle_expire(struct conn *c);

/* dial.c: connect to the upstream of the route in force, send the request. */
void stage_dial_enter(struct conn *c); /* c->entry's route is active */
void stage_dial_run(struct conn *c);
void stage_dial_expire(struct conn *c);

/* redial.c: the request failed without one byte of an answer: again, wait for a newer route, or give up. */
void stage_redial_failed(struct conn *c, enum close_reason reason, int sys_errno);
void stage_redial_wait(struct conn *c);            /* no upstream yet, but a rotation is at work */
bool stage_redial_is_better(const struct conn *c); /* another upstream is there, and asking it does no harm */
void stage_redial_route_changed(struct conn *c, const struct served_route *old);
void stage_wait_run(struct conn *c);
void stage_wait_expire(struct conn *c);

/* upstream_head.c: the head of the upstream's answer. */
void stage_upstream_head_run(struct conn *c);
void stage_upstream_head_expire(struct conn *c);

/* tunnel.c: bytes both ways. */
void stage_tunnel_enter(struct conn *c);
void stage_tunnel_run(struct conn *c);
void stage_tunnel_expire(struct conn *c);
void stage_tunnel_route_changed(struct conn *c);

/* forward.c: request body up, response body down. */
void stage_forward_send_body(struct conn *c); /* while the answer's head is awaited, too */
void stage_forward_run(struct conn *c);
void stage_forward_expire(struct conn *c);

/* account.c: what is counted, for whom. */
enum account_side { ACCOUNT_UP, ACCOUNT_DOWN };
void account_bytes(struct conn *c, enum account_side side, uint64_t bytes, uint64_t spliced_bytes);
void account_request(struct conn *c); /* admitted */
void account_served(struct conn *c);  /* the upstream answered: a tunnel is open, or a response begins */
void account_closed(struct conn *c, enum close_reason reason);

#endif
