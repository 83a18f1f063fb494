/* sched_env.h: what every part of the scheduler works with. Built by main, borrowed by all, never changed
 * while jobs run. */
#ifndef KP_SCHEDULER_SCHED_ENV_H
#define KP_SCHEDULER_SCHED_ENV_H

struct http_client;
struct keyring;
struct loop;
struct sched_config;
struct sched_metrics;
struct store;

struct sched_env {
	const struct sched_config *config;
	const struct keyring *keyring;
	struct loop *loop;
	struct store *store;
	struct http_client *http;
	struct sched_metrics *metrics;
};

#endif
