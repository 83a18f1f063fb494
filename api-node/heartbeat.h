/*
 * heartbeat.h: once a second: tells the store that this node lives and what it has applied, and learns the
 * newest version, Redis' clock, and now and then where the relays are reached.
 */
#ifndef KP_API_HEARTBEAT_H
#define KP_API_HEARTBEAT_H

#include "shared/base/compiler.h"

struct api;
struct heartbeat;

struct heartbeat *heartbeat_new(struct api *api) MUST_CHECK;
void heartbeat_free(struct heartbeat *heartbeat);

#endif
