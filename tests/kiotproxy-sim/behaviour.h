/*
 * behaviour.h: how a key (or every key) is told to misbehave, and the settings that shape its good answers.
 * Read from the JSON of the admin calls; the vendor API picks the rule that holds for a call.
 */
#ifndef KP_SIM_BEHAVIOUR_H
#define KP_SIM_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/err.h"
#include "tests/kiotproxy-sim/dice.h"
#include "tests/kiotproxy-sim/http_server.h"
#include "tests/kiotproxy-sim/sim_config.h"

struct cJSON;

enum vendor_call_kind { CALL_NEW, CALL_CURRENT, CALL_OUT, CALL_COUNT };
enum behaviour_on {
	ON_NEW = 1 << CALL_NEW,
	ON_CURRENT = 1 << CALL_CURRENT,
	ON_OUT = 1 << CALL_OUT,
	ON_ANY = 7
};
enum behaviour_work { WORK_FIRST, WORK_LAST }; /* the work is done before the delay, or after it */

enum behaviour_mode {
#define BEHAVIOUR(id, name, on) MODE_##id,
#include "tests/kiotproxy-sim/behaviour_modes.h"
#undef BEHAVIOUR
};

struct behaviour {
	enum behaviour_mode mode;
	uint32_t times;     /* calls left; 0 = until changed */
	uint32_t delay_ms;  /* before the answer, in any mode */
	uint32_t jitter_ms; /* up to so much more */
	uint32_t percent;   /* of the calls; the others are answered well */
	uint32_t http;      /* instead of the mode's own status; 0 = keep it */
	unsigned on;        /* enum behaviour_on, or-ed */
	enum behaviour_work work;
	enum http_cut cut; /* of the lost modes */
};

enum auth_form { AUTH_FIELDS, AUTH_JOINED }; /* proxyUser/proxyPass, or ip:port:user:pass */
enum next_request_form { NEXT_PRESENT, NEXT_MISSING, NEXT_ZERO }; /* nextRequestAt */
enum cooldown_form { COOLDOWN_TEXT, COOLDOWN_TTC };               /* `sau N giây`, or data.ttc only */

struct key_settings {
	unsigned given; /* enum settings_given: which of the following hold */
	uint64_t ttl_ms, ttc_ms;
	int64_t skew_ms; /* added to every time in an answer: the vendor's clock is wrong */
	enum auth_form auth_form;
	enum next_request_form next_request;
	enum cooldown_form cooldown;
	char user[64], password[64]; /* what the next upstream asks for */
	char real_ip[46];            /* realIpAddress, where it is not the host; "" = the host */
};

enum settings_given {
	GIVEN_TTL = 1,
	GIVEN_TTC = 2,
	GIVEN_SKEW = 4,
	GIVEN_AUTH = 8,
	GIVEN_AUTH_FORM = 16,
	GIVEN_NEXT_REQUEST = 32,
	GIVEN_COOLDOWN = 64,
	GIVEN_REAL_IP = 128,
};

/* Reads an admin body: a rule if it holds "mode", and any settings. Unknown fields and values are refused;
 * nothing is changed then. */
bool behaviour_parse(const struct cJSON *json, struct behaviour *rule, struct key_settings *settings,
	struct err *err) MUST_CHECK;
const char *behaviour_mode_name(enum behaviour_mode mode);

/* The key's own rule if it has one, else the default. */
struct behaviour *behaviour_in_force(struct behaviour *own, struct behaviour *fallback);
/* What the rule does to this call: counts it down and throws the dice for `percent`; mode NONE when the call
 * goes well. */
struct behaviour behaviour_pick(struct behaviour *rule, enum vendor_call_kind call, struct dice *dice);
/* The key's own settings over the default ones over the options. `own` may be NULL. */
struct key_settings key_settings_effective(
	const struct key_settings *own, const struct key_settings *fallback, const struct sim_config *config);

#endif
