/*
 * link_reply.h: what a change-IP link answers, in the JSON shape of KiotProxy's own API, which the users'
 * tools already read; with the proxy's constant endpoint where the vendor has the upstream's address.
 */
#ifndef KP_API_HANDLERS_LINK_REPLY_H
#define KP_API_HANDLERS_LINK_REPLY_H

#include <stdint.h>

struct field_err;
struct job_result;
struct record;
struct request;
struct store_result;

/* 200: the upstream that the proxy has now. */
void link_reply_upstream(struct request *req, const struct record *record);

/* 202: the rotation is at work. */
void link_reply_running(struct request *req);

/* 409 with "sau N giây" and Retry-After. */
void link_reply_cooldown(struct request *req, int64_t retry_in_ms);

/* 503 in the same words: the provider limits our calls, and this is no time for another. */
void link_reply_limited(struct request *req, int64_t retry_in_ms);

/* Any other failure by its message: status and vendor's code come from a table. */
void link_reply_failure(struct request *req, const char *message_id);

/* A parameter of the link is none that it takes. */
void link_reply_field(struct request *req, const struct field_err *err);

/* The job that the link asked for has failed. */
void link_reply_job_failure(struct request *req, const struct job_result *result);

/* The store refused, or could not be asked. */
void link_reply_refusal(struct request *req, const struct store_result *result);

#endif
