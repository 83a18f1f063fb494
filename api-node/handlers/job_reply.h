/* job_reply.h: how a finished job becomes an answer: its result, or the failure's class as an HTTP status. */
#ifndef KP_API_HANDLERS_JOB_REPLY_H
#define KP_API_HANDLERS_JOB_REPLY_H

struct job_result;
struct request;

/* Answers a caller that waited for a job of its proxy ({id}); `result` NULL: it did not end in time, 202. */
void job_reply(struct request *req, const struct job_result *result);

/* Only a failure (outcome error): 409, 422 or 503 with Retry-After, as its class says. */
void job_failure_reply(struct request *req, const struct job_result *result);

#endif
