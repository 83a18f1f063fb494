/* import_settings.c: the fleet's settings, where they differ from what they are here. */
#include "api-node/api.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/import/import_steps.h"
#include "api-node/records.h"
#include "shared/json/json.h"
#include "shared/model/settings.h"
#include "shared/store/store_result.h"
#include "shared/store/store_settings.h"

static void on_settings(const struct store_result *result, void *arg)
{
	struct import_run *run = arg;

	if (!import_call_failed(run, result))
		import_run_next(run);
}

void import_settings(struct import_run *run)
{
	const struct settings *here = records_settings(run->req->api->records);
	struct slice text = slice_of(run->list.text.data + run->list.settings_at, run->list.settings_len);
	char texts[SETTING_COUNT][SETTING_TEXT_BYTES], present[SETTING_TEXT_BYTES];
	struct store_field fields[SETTING_COUNT];
	struct settings brought;
	size_t count = 0;

	if (text.len == 0) {
		import_run_next(run);
		return;
	}
	/* What the file does not say stays as it is here, so each is compared by itself. */
	struct json *object = json_parse(text, NULL, NULL);
	bool readable = settings_from_json(text, &brought, NULL);
	for (enum setting i = 0; readable && i < SETTING_COUNT; i++) {
		setting_text(&brought, i, texts[count]);
		setting_text(here, i, present);
		if (!json_member(object, setting_name(i)) ||
			slice_eq(slice_from_str(texts[count]), slice_from_str(present)))
			continue;
		fields[count] = (struct store_field){setting_name(i), slice_from_str(texts[count])};
		count++;
	}
	json_free(object);
	run->settings = !readable ? SETTINGS_REFUSED : count > 0 ? SETTINGS_CHANGED : SETTINGS_SAME;
	if (count > 0 && run->effect == STORE_WRITE)
		store_settings_update(run->req->api->store, actor_of(run->req),
			(struct store_fields){fields, count}, on_settings, run);
	else
		import_run_next(run);
}
