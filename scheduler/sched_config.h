/* sched_config.h: the scheduler's options, read once from the environment, const afterwards. */
#ifndef KP_SCHEDULER_SCHED_CONFIG_H
#define KP_SCHEDULER_SCHED_CONFIG_H

#include "shared/base/slice.h"
#include "shared/config/common_config.h"

enum { SCHED_OPTION_SETS = 2 };

/* Any other base is not the vendor: keys and addresses are not real. */
#define KIOTPROXY_API_REAL "https://api.kiotproxy.com/api/v1"

struct sched_config {
	struct common_config common; /* first: its table's offsets */
	const char *kiotproxy_api_base;
	const char *provider_base_urls; /* "name=url,…", as checked */
	const char *health_check_url;
	const char *ip_check_url;         /* NULL = not asked */
	uint32_t health_check_interval_s; /* 0 = no checks */
	uint32_t lease_ms;
	uint32_t provider_concurrency;
	uint32_t check_concurrency;
	const char *timezone;
	const char *notify_proxy_url; /* NULL = none; may hold a password */
	bool notify_allow_private;
	const char *telegram_api_base;
};

/* All options of the program, for config_load() and --help; returns how many sets. */
size_t sched_option_sets(struct option_set ret_sets[SCHED_OPTION_SETS]);

/* Where the options say that provider's API is; false: nothing, so its own constant holds. */
bool sched_config_provider_base(
	const struct sched_config *config, struct slice provider, struct slice *ret_base) MUST_CHECK;

/* Fills `config` and sets up the log; `config` must not move afterwards. */
bool sched_config_load(struct sched_config *config, struct err *err) MUST_CHECK;

#endif
