/*
 * public_ports.h: the public ways to the endpoints: what PUBLIC_* says and, where that is silent, what live
 * relays report in their heartbeats.
 */
#ifndef KP_API_PUBLIC_PORTS_H
#define KP_API_PUBLIC_PORTS_H

#include <stdint.h>

#include "shared/base/compiler.h"
#include "shared/base/slice.h"
#include "shared/model/endpoint.h"

struct api_config;
struct public_ports;

struct public_ports *public_ports_new(const struct api_config *config) MUST_CHECK;
void public_ports_free(struct public_ports *ports);

const struct public_access *public_ports_access(const struct public_ports *ports);

/* Another number whenever public_ports_access() gives something else. */
uint64_t public_ports_epoch(const struct public_ports *ports);

/* `nodes`: the JSON array of heartbeats that store_fleet_read gives. True when the ways have changed. */
bool public_ports_learn(struct public_ports *ports, struct slice nodes);

#endif
