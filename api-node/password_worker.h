/*
 * password_worker.h: one helper thread that hashes and verifies passwords, because each takes 20 to 220 ms of
 * CPU and must not hold up the event loop. At most a few wait in line: beyond that a login is refused (503),
 * so that a flood of logins cannot take the machine.
 */
#ifndef KP_API_PASSWORD_WORKER_H
#define KP_API_PASSWORD_WORKER_H

#include <stdbool.h>

#include "shared/base/err.h"
#include "shared/base/slice.h"
#include "shared/loop/loop.h"

enum { PASSWORD_QUEUE_MAX = 16, PASSWORD_RETRY_S = 2 /* when the line is full */ };

struct password_worker;

/* On the loop's thread, once, unless the call returned false; as password_hashed_fn. */
typedef void password_done_fn(bool matches, void *arg);

struct password_worker *password_worker_new(struct loop *loop, struct err *err) MUST_CHECK;
void password_worker_free(
	struct password_worker *worker); /* waits for the hash at work; drops the rest uncalled */

/* The hash of a new password, or NULL when there is none to be had; wiped after the call. */
typedef void password_hashed_fn(const char *hash, void *arg);

/* A yescrypt hash of `password`, which is copied and wiped. False when the line is full. */
bool password_worker_hash(struct password_worker *worker, struct slice password, password_hashed_fn *done,
	void *arg) MUST_CHECK;

/* Does `password` match `hash` (NULL: there is no such user; costs the same)? Both are copied; the password
 * is wiped afterwards. False when the line is full. */
bool password_worker_verify(struct password_worker *worker, const char *hash, struct slice password,
	password_done_fn *done, void *arg) MUST_CHECK;

#endif
