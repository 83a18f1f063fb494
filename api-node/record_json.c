/* record_json.c: see record_json.h. */
#include "api-node/record_json.h"

#include "api-node/api.h"
#include "api-node/public_ports.h"
#include "api-node/records.h"
#include "shared/model/proxy_json.h"

void record_write_members(struct json_writer *w, struct api *api, const struct record *record)
{
	const struct proxy_view view = {
		.proxy = record->proxy,
		.access = public_ports_access(api->public_ports),
		.masked_key = slice_from_str(record->masked_key),
		.password = slice_from_str(record->password),
		.now_ms = records_now_ms(api->records),
	};

	proxy_view_write_members(w, &view);
}
