/* settings.c: the fleet's settings, read and changed. */
#include "api-node/api.h"
#include "api-node/handlers/handlers.h"
#include "api-node/handlers/proxy_reply.h"
#include "api-node/records.h"
#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/json/json_writer.h"
#include "shared/model/settings.h"
#include "shared/store/store_result.h"
#include "shared/store/store_settings.h"

static void reply_settings(struct request *req, const struct settings *settings)
{
	struct json_writer w;
	struct buf body;

	buf_init(&body, 0);
	json_writer_init(&w, &body);
	json_object_begin(&w);
	json_put_bool(&w, "success", true);
	json_key(&w, "settings");
	settings_write(&w, settings);
	json_object_end(&w);
	reply_json(req, 200, &body);
}

void settings_get(struct request *req)
{
	reply_settings(req, records_settings(req->api->records));
}

static void on_updated(const struct store_result *result, void *arg)
{
	struct request *req = request_from(arg);
	struct settings settings;
	struct err err = {0};

	if (result->status != STORE_OK) {
		store_refusal_reply(req, result);
		return;
	}
	if (!settings_from_json(store_result_str(result, "settings"), &settings, &err)) {
		reply_unknown(req, err.msg);
		return;
	}
	reply_settings(req, &settings);
}

void settings_update(struct request *req)
{
	struct settings_patch patch;
	struct field_err err = {0};
	char texts[SETTING_COUNT][SETTING_TEXT_BYTES];
	struct store_field list[SETTING_COUNT];
	size_t count = 0;

	if (!settings_patch_from_json(req->json, &patch, &err)) {
		field_reply(req, &err);
		return;
	}
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		if (!(patch.present & 1u << i))
			continue;
		setting_text(&patch.values, i, texts[count]);
		list[count] = (struct store_field){setting_name(i), slice_from_str(texts[count])};
		count++;
	}
	if (count == 0) {
		settings_get(req);
		return;
	}
	store_settings_update(
		req->api->store, actor_of(req), (struct store_fields){list, count}, on_updated, req);
}
