/* api_config.h: the options of an api-node; the table in api_config.c is also its --help. */
#ifndef KP_API_API_CONFIG_H
#define KP_API_API_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "shared/base/ip_addr.h"
#include "shared/config/common_config.h"

enum { API_TRUSTED_PROXIES_MAX = 32 };

struct api_config {
	struct common_config common; /* first: the common table's offsets */
	uint32_t api_port;
	const char *ui_dir;
	const char *admin_username;
	const char *admin_password;
	const char *allow_default;
	const char *public_host;
	uint32_t public_http_port, public_tls_port, public_port_start, public_port_end;
	const char *public_urls;
	const char *api_trusted_proxies;
	uint32_t number_reuse_hours;
	bool notify_allow_private;

	/* Derived by api_config_load. */
	struct ip_cidr trusted_proxies[API_TRUSTED_PROXIES_MAX];
	size_t trusted_proxy_count;
	char *allow_default_json; /* owned; [{"cidr":"…","until":null}, …] */
};

extern const struct option_set api_options;

/* From the environment. The struct must not move afterwards. */
bool api_config_load(struct api_config *config, struct err *err) MUST_CHECK;
void api_config_done(struct api_config *config);

#endif
