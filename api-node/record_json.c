/* record_json.c: see record_json.h. */
#include "api-node/record_json.h"

#include "api-node/api.h"
#include "api-node/link_url.h"
#include "api-node/public_ports.h"
#include "api-node/records.h"
#include "shared/base/log.h"
#include "shared/crypto/seal.h"
#include "shared/model/proxy.h"
#include "shared/model/proxy_json.h"

void record_write_members(struct json_writer *w, struct api *api, const struct record *record)
{
	struct err err = {0};
	struct buf link;

	buf_init(&link, 0);
	if (!link_url_of_proxy(api, record->proxy, &link, &err))
		log_warning("a sealed field cannot be opened, showing it empty",
			log_int("proxy", record->proxy->id), log_str("field", "link_token"), log_err(&err));
	const struct proxy_view view = {
		.proxy = record->proxy,
		.access = public_ports_access(api->public_ports),
		.masked_key = slice_from_str(record->masked_key),
		.password = slice_from_str(record->password),
		.rotate_link = buf_slice(&link),
		.now_ms = records_now_ms(api->records),
	};

	proxy_view_write_members(w, &view);
	secret_wipe(&link);
}
