/*
 * store_notices.h: the channels over which people are told outside the page. api-node keeps them and asks for
 * tests; the clock makes jobs of those that have something to tell (store_due_dispatch), and schedulers take
 * such a job and say what came of it. What is to be told is queued by the scripts that change the state.
 */
#ifndef KP_STORE_STORE_NOTICES_H
#define KP_STORE_STORE_NOTICES_H

#include "shared/store/store_op.h"

/* An id for a new channel: its secrets are sealed for it ("notice:<id>:<field>"). OK id */
void store_notice_id_take(struct store *s, store_done_fn *done, void *arg);

/* Makes a channel (its fields hold `kind`) or changes one. Fields: kind name language events(JSON) active tag
 * user_id interval_ms shown chat_id, and sealed: url bot_token secret.
 * OK channel(JSON) | NOT_FOUND | LIMIT max | INVALID field */
void store_notice_save(struct store *s, uint64_t id, struct slice actor, struct store_fields fields,
	store_done_fn *done, void *arg);

/* OK | NOT_FOUND */
void store_notice_delete(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg);

/* All channels by id, or one (id > 0), without sealed fields. OK channels(JSON array of objects of texts) */
void store_notice_list(struct store *s, uint64_t id, store_done_fn *done, void *arg);

/* Queues the sending of a sample now. QUEUED job name | NOT_FOUND */
void store_notice_test(struct store *s, uint64_t id, struct slice actor, store_done_fn *done, void *arg);

/* What was sent or not, newest first. channel 0: of all; before: older than this id (empty: from the newest);
 * limit 1–500. OK deliveries(JSON array) | INVALID field */
void store_notice_deliveries(struct store *s, uint64_t channel, struct slice before, uint32_t limit,
	store_done_fn *done, void *arg);

/* What the job has to send. reason: "clock" or "manual" (a test: batch is {}).
 * CLAIMED channel(JSON, with the sealed fields) batch(JSON) now_ms | GONE | NOTHING; the last two ended the
 * entry.
 */
void store_notice_claim(struct store *s, struct slice entry, struct slice job, uint64_t id,
	const char *reason, store_done_fn *done, void *arg);

struct store_notice_end {
	struct slice entry, job;
	uint64_t id;          /* of the channel */
	struct slice message; /* the batch's id; empty: it was a test */
	enum { STORE_NOTICE_FAILED = 0, STORE_NOTICE_SENT = 1 } sent;
	uint64_t retry_in_ms; /* the receiver's wish; 0: none */
	uint64_t events;      /* how many the message told of */
	uint32_t status;      /* HTTP; 0: no answer */
	struct slice cause;   /* why it was not sent; no secret */
	struct slice answer;  /* the receiver's words */
	uint64_t latency_ms;
	bool refused; /* by us, before anything was sent */
};

/* OK gave_up(0|1) began(0|1) failing(channels) | ALREADY | GONE */
void store_notice_end(struct store *s, const struct store_notice_end *q, store_done_fn *done, void *arg);

#endif
