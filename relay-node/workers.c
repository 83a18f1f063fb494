/* workers.c: see workers.h. */
#include "relay-node/workers.h"

#include <stdlib.h>

#include "relay-node/mails.h"
#include "shared/base/ensure.h"

bool workers_start(struct workers *workers, struct relay_shared *shared, struct err *err)
{
	uint32_t count = shared->config->threads;

	workers->list = mem_zalloc(count * sizeof(*workers->list));
	for (uint32_t i = 0; i < count; i++) {
		workers->count++;
		if (!worker_init(&workers->list[i], i, shared, err))
			return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!worker_start(&workers->list[i], err))
			return false;
		workers->started++;
	}
	return true;
}

void workers_stop(struct workers *workers)
{
	for (uint32_t i = 0; i < workers->started; i++)
		pthread_join(workers->list[i].thread, NULL);
	for (uint32_t i = 0; i < workers->count; i++)
		worker_done(&workers->list[i]);
	free(workers->list);
	*workers = (struct workers){0};
}

void workers_tell(struct workers *workers, enum worker_phase phase)
{
	ensure(phase != WORKER_SERVING);
	for (uint32_t i = 0; i < workers->started; i++)
		worker_post(&workers->list[i], mail_new(phase == WORKER_LAME ? MAIL_LAME : MAIL_DRAIN));
}

void workers_collect(struct workers *workers)
{
	for (uint32_t i = 0; i < workers->started; i++)
		worker_post(&workers->list[i], mail_new(MAIL_COLLECT));
}

bool workers_are_current(const struct workers *workers)
{
	for (uint32_t i = 0; i < workers->started; i++) {
		if (!worker_is_current(&workers->list[i]))
			return false;
	}
	return true;
}

uint64_t workers_sum(const struct workers *workers, enum counter counter)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < workers->started; i++)
		sum += counter_read(&workers->list[i].counters.values[counter]);
	return sum;
}
