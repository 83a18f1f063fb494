/* store_settings.c: arguments of the settings scripts. */
#include "shared/store/store_settings.h"

void store_settings_update(
	struct store *s, struct slice actor, struct store_fields fields, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SETTINGS_UPDATE);
	store_call_text(&call, actor);
	store_call_fields(&call, fields);
	store_call_send(s, &call, done, arg);
}

void store_settings_rearm(
	struct store *s, struct slice leader_value, uint32_t count, store_done_fn *done, void *arg)
{
	struct store_call call;
	store_call_begin(&call, SCRIPT_SETTINGS_REARM);
	store_call_text(&call, leader_value);
	store_call_uint(&call, count);
	store_call_send(s, &call, done, arg);
}
