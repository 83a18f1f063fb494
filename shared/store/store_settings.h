/*
 * store_settings.h: the fleet's settings. api-node changes them, and reads them
 * in the topic `records`; the leader re-arms due times.
 */
#ifndef KP_STORE_STORE_SETTINGS_H
#define KP_STORE_STORE_SETTINGS_H

#include "shared/store/store_op.h"

/* Fields: auto_rotate_on_expiration auto_rotate_interval_enabled auto_update_enabled (1|0)
 * auto_rotate_interval_minutes (2–1440) auto_update_interval_seconds (5–86400).
 * OK settings(JSON) version | INVALID field */
void store_settings_update(
	struct store *s, struct slice actor, struct store_fields fields, store_done_fn *done, void *arg);

/* The leader walks up to `count` (1–200) ids after a change of settings, giving each its new due time.
 * OK done(0|1) walked | NOT_LEADER */
void store_settings_rearm(
	struct store *s, struct slice leader_value, uint32_t count, store_done_fn *done, void *arg);

#endif
