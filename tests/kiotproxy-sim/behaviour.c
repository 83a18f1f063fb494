/* behaviour.c: see behaviour.h. */
#include "tests/kiotproxy-sim/behaviour.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

static const struct {
	const char *name;
	unsigned on;
} modes[] = {
#define BEHAVIOUR(id, name, on) [MODE_##id] = {name, on},
#include "tests/kiotproxy-sim/behaviour_modes.h"
#undef BEHAVIOUR
};

const char *behaviour_mode_name(enum behaviour_mode mode)
{
	return modes[mode].name;
}

/* Whole numbers of at most a year in milliseconds; `min` may be negative. */
static bool number_get(const cJSON *item, int64_t min, int64_t max, int64_t *ret_value, struct err *err)
{
	if (!cJSON_IsNumber(item) || item->valuedouble != floor(item->valuedouble) ||
		item->valuedouble < (double)min || item->valuedouble > (double)max)
		return err_set(err, ERR_INVALID, "\"%s\": a whole number from %lld to %lld", item->string,
			(long long)min, (long long)max);
	*ret_value = (int64_t)item->valuedouble;
	return true;
}

static bool u32_get(const cJSON *item, uint32_t max, uint32_t *ret_value, struct err *err)
{
	int64_t value;

	if (!number_get(item, 0, max, &value, err))
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

/* One word of `words` (NULL-terminated); its place in the list. */
static bool word_get(const cJSON *item, const char *const *words, unsigned *ret_index, struct err *err)
{
	for (unsigned i = 0; cJSON_IsString(item) && words[i]; i++) {
		if (strcmp(words[i], item->valuestring) == 0) {
			*ret_index = i;
			return true;
		}
	}
	return err_set(err, ERR_INVALID, "\"%s\": this is not one of its words", item->string);
}

static bool text_get(const cJSON *item, char *dst, size_t size, struct err *err)
{
	if (cJSON_IsString(item) && slice_copy(slice_from_str(item->valuestring), dst, size))
		return true;
	return err_set(err, ERR_INVALID, "\"%s\": a text of at most %zu bytes", item->string, size - 1);
}

static bool on_get(const cJSON *item, unsigned *ret_on, struct err *err)
{
	static const char *const words[] = {"new", "current", "out", "any", NULL};
	unsigned word;

	if (!word_get(item, words, &word, err))
		return false;
	*ret_on = word < CALL_COUNT ? 1u << word : ON_ANY;
	return true;
}

static bool mode_get(const cJSON *item, struct behaviour *rule, struct err *err)
{
	for (unsigned i = 0; cJSON_IsString(item) && i < ARRAY_LEN(modes); i++) {
		if (strcmp(modes[i].name, item->valuestring) == 0) {
			*rule = (struct behaviour){
				.mode = (enum behaviour_mode)i, .on = modes[i].on, .percent = 100};
			return true;
		}
	}
	return err_set(err, ERR_INVALID, "\"mode\": there is no such mode");
}

static bool auth_get(const cJSON *item, struct key_settings *s, struct err *err)
{
	const cJSON *field;

	if (cJSON_IsNull(item)) {
		s->user[0] = s->password[0] = '\0';
		return true;
	}
	if (!cJSON_IsObject(item))
		return err_set(err, ERR_INVALID, "\"upstream_auth\": null or {user, password}");
	cJSON_ArrayForEach(field, item)
	{
		if (strcmp(field->string, "user") == 0 ? !text_get(field, s->user, sizeof(s->user), err)
			: strcmp(field->string, "password") == 0
				? !text_get(field, s->password, sizeof(s->password), err)
				: !err_set(err, ERR_INVALID, "\"upstream_auth\": only user and password"))
			return false;
	}
	return true;
}

/* RULE: a field of struct behaviour; returns -1 when `item` is none. */
static int rule_field(const cJSON *item, struct behaviour *rule, struct err *err)
{
	static const char *const works[] = {"first", "last", NULL}, *const cuts[] = {"fin", "rst", NULL};
	unsigned word = 0;
	bool good;

	if (strcmp(item->string, "times") == 0)
		good = u32_get(item, 1000000000, &rule->times, err);
	else if (strcmp(item->string, "delay_ms") == 0)
		good = u32_get(item, 600000, &rule->delay_ms, err);
	else if (strcmp(item->string, "jitter_ms") == 0)
		good = u32_get(item, 600000, &rule->jitter_ms, err);
	else if (strcmp(item->string, "percent") == 0)
		good = u32_get(item, 100, &rule->percent, err);
	else if (strcmp(item->string, "http") == 0)
		good = u32_get(item, 599, &rule->http, err);
	else if (strcmp(item->string, "on") == 0)
		good = on_get(item, &rule->on, err);
	else if (strcmp(item->string, "work") == 0)
		good = word_get(item, works, &word, err) && (rule->work = (enum behaviour_work)word, true);
	else if (strcmp(item->string, "cut") == 0)
		good = word_get(item, cuts, &word, err) && (rule->cut = (enum http_cut)word, true);
	else
		return -1;
	return good;
}

static int settings_field(const cJSON *item, struct key_settings *s, struct err *err)
{
	static const char *const forms[] = {"fields", "joined", NULL},
				 *const nexts[] = {"present", "missing", "zero", NULL},
				 *const cooldowns[] = {"text", "ttc", NULL};
	const int64_t year_ms = 365ll * 86400 * 1000;
	int64_t value = 0;
	unsigned word = 0, given;
	bool good;

	if (strcmp(item->string, "ttl_ms") == 0) {
		given = GIVEN_TTL;
		good = number_get(item, 1, year_ms, &value, err) && (s->ttl_ms = (uint64_t)value, true);
	} else if (strcmp(item->string, "ttc_ms") == 0) {
		given = GIVEN_TTC;
		good = number_get(item, 0, year_ms, &value, err) && (s->ttc_ms = (uint64_t)value, true);
	} else if (strcmp(item->string, "skew_ms") == 0) {
		given = GIVEN_SKEW;
		good = number_get(item, -year_ms, year_ms, &s->skew_ms, err);
	} else if (strcmp(item->string, "upstream_auth") == 0) {
		given = GIVEN_AUTH;
		good = auth_get(item, s, err);
	} else if (strcmp(item->string, "auth_form") == 0) {
		given = GIVEN_AUTH_FORM;
		good = word_get(item, forms, &word, err) && (s->auth_form = (enum auth_form)word, true);
	} else if (strcmp(item->string, "next_request") == 0) {
		given = GIVEN_NEXT_REQUEST;
		good = word_get(item, nexts, &word, err) &&
		       (s->next_request = (enum next_request_form)word, true);
	} else if (strcmp(item->string, "cooldown") == 0) {
		given = GIVEN_COOLDOWN;
		good = word_get(item, cooldowns, &word, err) &&
		       (s->cooldown = (enum cooldown_form)word, true);
	} else if (strcmp(item->string, "real_ip") == 0) {
		given = GIVEN_REAL_IP;
		good = text_get(item, s->real_ip, sizeof(s->real_ip), err);
	} else {
		return -1;
	}
	s->given |= given;
	return good;
}

bool behaviour_parse(
	const cJSON *json, struct behaviour *rule, struct key_settings *settings, struct err *err)
{
	struct behaviour new_rule = *rule;
	struct key_settings new_settings = *settings;
	const cJSON *item, *mode = cJSON_GetObjectItemCaseSensitive(json, "mode");

	if (!cJSON_IsObject(json))
		return err_set(err, ERR_INVALID, "the body is not a JSON object");
	if (mode && !mode_get(mode, &new_rule, err))
		return false;
	cJSON_ArrayForEach(item, json)
	{
		if (item == mode)
			continue;
		int rule_good = mode ? rule_field(item, &new_rule, err) : -1;
		int good = rule_good >= 0 ? rule_good : settings_field(item, &new_settings, err);
		if (good < 0)
			return err_set(err, ERR_INVALID, "\"%.64s\" is not a field%s", item->string,
				mode ? "" : " (rules need \"mode\")");
		if (good == 0)
			return false;
	}
	if (new_rule.http && new_rule.http < 200)
		return err_set(err, ERR_INVALID, "\"http\": 0 or 200 to 599");
	*rule = new_rule;
	*settings = new_settings;
	return true;
}

struct behaviour *behaviour_in_force(struct behaviour *own, struct behaviour *fallback)
{
	return own->mode != MODE_NONE ? own : fallback;
}

struct behaviour behaviour_pick(struct behaviour *rule, enum vendor_call_kind call, struct dice *dice)
{
	struct behaviour picked = *rule;

	if (rule->mode == MODE_NONE || !(rule->on & 1u << call) ||
		(rule->percent < 100 && dice_below(dice, 100) >= rule->percent))
		return (struct behaviour){.mode = MODE_NONE};
	if (rule->times > 0 && --rule->times == 0)
		*rule = (struct behaviour){.mode = MODE_NONE};
	if (picked.jitter_ms > 0)
		picked.delay_ms += dice_below(dice, picked.jitter_ms + 1);
	return picked;
}

static void settings_overlay(struct key_settings *base, const struct key_settings *over)
{
	if (over->given & GIVEN_TTL)
		base->ttl_ms = over->ttl_ms;
	if (over->given & GIVEN_TTC)
		base->ttc_ms = over->ttc_ms;
	if (over->given & GIVEN_SKEW)
		base->skew_ms = over->skew_ms;
	if (over->given & GIVEN_AUTH) {
		memcpy(base->user, over->user, sizeof(base->user));
		memcpy(base->password, over->password, sizeof(base->password));
	}
	if (over->given & GIVEN_AUTH_FORM)
		base->auth_form = over->auth_form;
	if (over->given & GIVEN_NEXT_REQUEST)
		base->next_request = over->next_request;
	if (over->given & GIVEN_COOLDOWN)
		base->cooldown = over->cooldown;
	if (over->given & GIVEN_REAL_IP)
		memcpy(base->real_ip, over->real_ip, sizeof(base->real_ip));
}

struct key_settings key_settings_effective(
	const struct key_settings *own, const struct key_settings *fallback, const struct sim_config *config)
{
	struct key_settings s = {.ttl_ms = config->ttl_ms, .ttc_ms = config->ttc_ms};

	settings_overlay(&s, fallback);
	if (own)
		settings_overlay(&s, own);
	return s;
}
