/*
 * store_topic_reader.h: reads what a watch asks for over the store's command link: a snapshot in chunks, a
 * gap from the stream, the version. For store_follow.c only. One snapshot or gap at a time; a newer one makes
 * the older stop.
 */
#ifndef KP_STORE_STORE_TOPIC_READER_H
#define KP_STORE_STORE_TOPIC_READER_H

#include <stdint.h>

#include "shared/store/store.h"
#include "shared/store/store_follow.h"
#include "shared/store/store_watch.h"

struct topic_reader;

struct topic_reader_ops {
	void (*version)(void *arg, uint64_t gen, uint64_t ver); /* after each version read that worked */
	void (*moved)(void *arg);                               /* after each batch given to the watch */
};

/* All borrowed. */
struct topic_reader *topic_reader_new(struct store *store, enum store_topic topic,
	const struct topic_reader_ops *ops, void *arg) MUST_CHECK;
void topic_reader_set_watch(struct topic_reader *reader, struct watch *watch); /* before the first read */
/* Calls nothing any more; the memory goes with the last answer. */
void topic_reader_free(struct topic_reader *reader);

void topic_reader_snapshot(struct topic_reader *reader, uint32_t ticket);
void topic_reader_gap(struct topic_reader *reader, uint32_t ticket, uint64_t gen, uint64_t ver);
void topic_reader_version(struct topic_reader *reader); /* nothing when one is on its way */

#endif
