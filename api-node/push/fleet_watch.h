/*
 * fleet_watch.h: the frame `fleet`: how the nodes are, read once a second while an administrator's browser is
 * connected, and told when it has changed.
 */
#ifndef KP_API_PUSH_FLEET_WATCH_H
#define KP_API_PUSH_FLEET_WATCH_H

#include "shared/base/compiler.h"
#include "shared/base/list.h"

struct api;
struct fleet_watch;
struct push_client;

/* `clients`: the hub's list of push_client->node, borrowed. */
struct fleet_watch *fleet_watch_new(struct api *api, struct list *clients) MUST_CHECK;
/* After the store is gone: no answer may come any more; accepts NULL. */
void fleet_watch_free(struct fleet_watch *watch);

/* `client` has come, or is somebody else now: an administrator is told how the fleet is. */
void fleet_watch_start(struct fleet_watch *watch, struct push_client *client);

#endif
