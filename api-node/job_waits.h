/*
 * job_waits.h: requests that wait for a job's result. The result is read when the `records` topic tells that
 * the job ended, and each second (a message may be lost), and for the last time before the caller is answered
 * 202.
 */
#ifndef KP_API_JOB_WAITS_H
#define KP_API_JOB_WAITS_H

#include "shared/base/compiler.h"
#include "shared/base/slice.h"

struct api;
struct job_result;
struct job_waits;
struct request;

enum { JOB_WAIT_MS = 15000 };

/* `result` NULL: it did not end in time (answer 202). Valid only inside. */
typedef void job_done_fn(struct request *req, const struct job_result *result);

struct job_waits *job_waits_new(struct api *api) MUST_CHECK;
void job_waits_free(struct job_waits *waits);

/* Calls `done` once, when `job` has ended or JOB_WAIT_MS have passed; never before it returns. */
void job_waits_add(struct job_waits *waits, struct request *req, struct slice job, job_done_fn *done);

/* The topic told that `job` ended. */
void job_waits_ended(struct job_waits *waits, struct slice job);

#endif
