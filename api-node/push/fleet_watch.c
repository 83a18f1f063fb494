/* fleet_watch.c: see fleet_watch.h. The last frame is kept: it is what a new browser starts from, and what
 * the next one is compared with. */
#include "api-node/push/fleet_watch.h"

#include <stdlib.h>

#include "api-node/api.h"
#include "api-node/fleet_json.h"
#include "api-node/push/frame.h"
#include "api-node/push/push_client.h"
#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "shared/json/json_writer.h"
#include "shared/loop/loop.h"
#include "shared/store/store.h"
#include "shared/store/store_nodes.h"

enum { LOOK_MS = 1000 };

struct fleet_watch {
	struct api *api;          /* borrowed */
	struct list *clients;     /* borrowed */
	struct loop_timer *timer; /* owned */
	enum { WATCH_OFF, WATCH_WAITING /* for the timer */, WATCH_READING } state;
	struct frame *last; /* one reference; NULL while off */
};

static bool sees_fleet(const struct push_client *client)
{
	return user_role_may(client->who.role, MAY_MANAGE_FLEET);
}

static bool anybody_sees(const struct fleet_watch *watch)
{
	list_each (node, watch->clients) {
		if (sees_fleet(list_entry(node, struct push_client, node)))
			return true;
	}
	return false;
}

static struct frame *make_frame(const struct store_result *result)
{
	struct frame *frame = NULL;
	struct json_writer w;
	struct err err = {0};
	struct buf text;

	buf_init(&text, 0);
	json_writer_init(&w, &text);
	json_object_begin(&w);
	json_put_cstr(&w, "type", "fleet");
	json_key(&w, "fleet");
	json_object_begin(&w);
	if (fleet_write_members(&w, result, &err)) {
		json_object_end(&w);
		json_object_end(&w);
		frame = frame_new(buf_slice(&text));
	} else {
		log_warning("the fleet cannot be read, not telling it", log_err(&err));
	}
	buf_done(&text);
	return frame;
}

static void tell(struct fleet_watch *watch, struct frame *frame)
{
	if (watch->last && slice_eq(buf_slice(&watch->last->wire), buf_slice(&frame->wire)))
		return;
	frame_unref(watch->last);
	watch->last = frame_ref(frame);
	list_each (node, watch->clients) {
		struct push_client *client = list_entry(node, struct push_client, node);
		if (sees_fleet(client))
			push_client_tell_fleet(client, frame);
	}
}

static void on_read(const struct store_result *result, void *arg)
{
	struct fleet_watch *watch = arg;
	struct frame *frame = result->status == STORE_OK ? make_frame(result) : NULL;

	watch->state = WATCH_WAITING;
	loop_timer_start(watch->api->loop, watch->timer, LOOK_MS);
	if (frame)
		tell(watch, frame);
	frame_unref(frame);
}

static void on_timer(void *arg)
{
	struct fleet_watch *watch = arg;

	if (!anybody_sees(watch)) {
		watch->state = WATCH_OFF;
		frame_unref(watch->last);
		watch->last = NULL;
		return;
	}
	watch->state = WATCH_READING;
	store_fleet_read(watch->api->store, on_read, watch);
}

void fleet_watch_start(struct fleet_watch *watch, struct push_client *client)
{
	if (!sees_fleet(client))
		return;
	if (watch->last)
		push_client_tell_fleet(client, watch->last);
	if (watch->state != WATCH_OFF)
		return;
	watch->state = WATCH_WAITING;
	loop_timer_start(watch->api->loop, watch->timer, 0);
}

struct fleet_watch *fleet_watch_new(struct api *api, struct list *clients)
{
	struct fleet_watch *watch = mem_zalloc(sizeof(*watch));

	watch->api = api;
	watch->clients = clients;
	watch->timer = loop_timer_new(api->loop, on_timer, watch);
	return watch;
}

void fleet_watch_free(struct fleet_watch *watch)
{
	if (!watch)
		return;
	frame_unref(watch->last);
	loop_timer_free(watch->api->loop, watch->timer);
	free(watch);
}
