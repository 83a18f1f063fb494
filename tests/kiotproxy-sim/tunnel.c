/* tunnel.c: see tunnel.h. */
#include "tests/kiotproxy-sim/tunnel.h"

#include <stdbool.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

/* Moves on what `from` has sent. False when the tunnel has ended (and may be gone). */
static bool side_pump(struct tunnel_side *from)
{
	struct tunnel *t = from->tunnel;
	struct bufferevent *to = from->peer->bev;
	struct evbuffer *out = bufferevent_get_output(to);

	bufferevent_write_buffer(to, bufferevent_get_input(from->bev));
	if (from->flow == FLOW_OPEN && evbuffer_get_length(out) > TUNNEL_HIGH_BYTES)
		bufferevent_disable(from->bev, EV_READ);
	if (from->flow == FLOW_DRAINING && evbuffer_get_length(out) == 0) {
		shutdown(bufferevent_getfd(to), SHUT_WR);
		from->flow = FLOW_SHUT;
	}
	if (from->flow != FLOW_SHUT || from->peer->flow != FLOW_SHUT)
		return true;
	t->end(TUNNEL_FINISHED, t->arg);
	return false;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	(void)side_pump(arg);
}

/* What was written to this side came from its peer. */
static void on_write(struct bufferevent *bev, void *arg)
{
	struct tunnel_side *side = arg;

	(void)bev;
	if (side_pump(side->peer) && side->peer->flow == FLOW_OPEN)
		bufferevent_enable(side->peer->bev, EV_READ);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct tunnel_side *side = arg;

	(void)bev;
	if ((what & BEV_EVENT_EOF) && side->flow == FLOW_OPEN) {
		side->flow = FLOW_DRAINING;
		(void)side_pump(side);
	} else if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) {
		side->tunnel->end(TUNNEL_BROKEN, side->tunnel->arg);
	}
}

void tunnel_start(struct tunnel *t, struct bufferevent *a, enum tunnel_input a_input, struct bufferevent *b,
	tunnel_end_fn *end, void *arg)
{
	t->end = end;
	t->arg = arg;
	t->sides[0] = (struct tunnel_side){
		t, a, &t->sides[1], a_input == TUNNEL_INPUT_ENDED ? FLOW_DRAINING : FLOW_OPEN};
	t->sides[1] = (struct tunnel_side){t, b, &t->sides[0], FLOW_OPEN};
	for (unsigned i = 0; i < 2; i++) {
		bufferevent_setcb(t->sides[i].bev, on_read, on_write, on_event, &t->sides[i]);
		bufferevent_setwatermark(t->sides[i].bev, EV_READ, 0, TUNNEL_HIGH_BYTES);
		bufferevent_setwatermark(t->sides[i].bev, EV_WRITE, TUNNEL_LOW_BYTES, 0);
		bufferevent_enable(t->sides[i].bev, EV_READ | EV_WRITE);
	}
	if (side_pump(&t->sides[0]))
		(void)side_pump(&t->sides[1]);
}
