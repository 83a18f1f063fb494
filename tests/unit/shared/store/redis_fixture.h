/*
 * redis_fixture.h: a real redis-server of the test's own: a free port on 127.0.0.1, a new folder, append-only
 * file on, killed by its pid at the end. Waits for conditions, never for fixed times.
 */
#ifndef KP_TESTS_REDIS_FIXTURE_H
#define KP_TESTS_REDIS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct redisReply;

struct redis_fixture {
	pid_t pid; /* 0: not running */
	uint16_t port;
	char dir[64];
	char password[64];      /* of `requirepass`; empty: none */
	unsigned load_delay_us; /* for each key that a (re)start loads: makes "-LOADING" last */
};

/* Starts a server and waits until it answers. Ends the test program when there is none to be had. */
void redis_fixture_start(struct redis_fixture *fixture);
void redis_fixture_start_with_password(struct redis_fixture *fixture, const char *password);

/* Ends the server: as an operator does (SIGTERM), or as a crash does (SIGKILL). */
void redis_fixture_stop(struct redis_fixture *fixture);
void redis_fixture_kill(struct redis_fixture *fixture);

/* Starts it again on the same port and folder, waiting until it accepts connections. */
void redis_fixture_restart(struct redis_fixture *fixture);

/* Stops it and removes its folder. */
void redis_fixture_done(struct redis_fixture *fixture);

/* Sends one command over a connection of its own (hiredis' format) and returns the reply: freeReplyObject().
 */
struct redisReply *redis_fixture_command(const struct redis_fixture *fixture, const char *format, ...);

/* The same for a number; the test fails when the reply is none. */
long long redis_fixture_int(const struct redis_fixture *fixture, const char *format, ...);

#endif
