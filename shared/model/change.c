/* change.c: see change.h. The message is checked as JSON first; values are then cut out of its bytes. */
#include "shared/model/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"
#include "shared/model/enum_text.h"
#include "shared/model/raw_json.h"

#define X(name, text) [CHANGE_##name] = text,
static const char *const OP_TEXTS[] = {CHANGE_OPS(X)};
#undef X

static const struct json_limits CHANGE_LIMITS = {.max_bytes = CHANGE_MAX_BYTES, .max_depth = 16};

const char *change_op_text(enum change_op op)
{
	ensure((unsigned)op < CHANGE_OP_COUNT);
	return OP_TEXTS[op];
}

static bool get_version(const struct json *root, const char *name, uint64_t *ret, struct err *err)
{
	int64_t value;

	if (!json_get_i64(root, name, &value, err))
		return false;
	if (value < 0)
		return err_set(err, ERR_INVALID, "\"%s\" is negative", name);
	*ret = (uint64_t)value;
	return true;
}

static bool op_needs_value(enum change_op op)
{
	return op == CHANGE_SET || op == CHANGE_LOG || op == CHANGE_JOB;
}

/* `entry` and `raw` are the same change, once as a tree and once as its bytes. An op that we do not know
 * gives CHANGE_OP_COUNT. */
static bool read_item(const struct json *entry, struct slice raw, struct change_item *ret, struct err *err)
{
	struct slice op_text;
	size_t op;

	if (json_kind(entry) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "a change is not an object");
	if (!json_get_str(entry, "op", &op_text, err) || !json_get_str(entry, "key", &ret->key, err))
		return false;
	ret->op = CHANGE_OP_COUNT;
	if (!enum_text_find(OP_TEXTS, ARRAY_LEN(OP_TEXTS), op_text, &op))
		return true;
	ret->op = (enum change_op)op;
	if (ret->key.len == 0 && ret->op != CHANGE_LOG)
		return err_set(err, ERR_INVALID, "a %s without key", OP_TEXTS[op]);
	ret->value = SLICE_NONE;
	if (!json_member(entry, "value")) {
		if (op_needs_value(ret->op))
			return err_set(err, ERR_INVALID, "a %s without value", OP_TEXTS[op]);
		return true;
	}
	/* Fails only where the name is written with escapes, which no writer of ours does. */
	if (!raw_json_member(raw, "value", &ret->value))
		return err_set(err, ERR_INVALID, "a value cannot be found in the text");
	return true;
}

static bool read_items(struct slice text, const struct json *changes, struct change *change, struct err *err)
{
	struct slice raw_changes, raw_item, name;
	size_t count = json_count(changes);

	if (count == 0)
		return true;
	if (!raw_json_member(text, "changes", &raw_changes))
		return err_set(err, ERR_INVALID, "the changes cannot be found in the text");
	change->items = calloc(count, sizeof(*change->items));
	if (!change->items)
		return err_set(err, ERR_LIMIT, "out of memory");
	struct raw_json walk = raw_json_of(raw_changes);
	for (const struct json *entry = json_first(changes); entry; entry = json_next(entry)) {
		if (!raw_json_next(&walk, &name, &raw_item))
			return err_set(err, ERR_INVALID, "a change cannot be found in the text");
		if (!read_item(entry, raw_item, &change->items[change->item_count], err))
			return false;
		if (change->items[change->item_count].op != CHANGE_OP_COUNT)
			change->item_count++;
	}
	return true;
}

bool change_parse(struct slice text, struct change *ret_change, struct err *err)
{
	struct change change = {0};
	const struct json *changes;

	change.json = json_parse(text, &CHANGE_LIMITS, err);
	if (!change.json)
		goto refuse;
	if (json_kind(change.json) != JSON_OBJECT) {
		err_set(err, ERR_INVALID, "not an object");
		goto refuse;
	}
	if (!get_version(change.json, "gen", &change.gen, err) ||
		!get_version(change.json, "prev", &change.prev, err) ||
		!get_version(change.json, "ver", &change.ver, err) ||
		!json_get_array(change.json, "changes", &changes, err))
		goto refuse;
	if (change.ver != change.prev + 1) {
		err_set(err, ERR_INVALID, "\"ver\" does not follow \"prev\"");
		goto refuse;
	}
	if (!read_items(text, changes, &change, err))
		goto refuse;
	*ret_change = change;
	return true;
refuse:
	change_done(&change);
	return err_prefix(err, "message");
}

void change_done(struct change *change)
{
	if (!change)
		return;
	free(change->items);
	json_free(change->json);
	*change = (struct change){0};
}

void version_text(uint64_t gen, uint64_t ver, char dst[VERSION_TEXT_BYTES])
{
	snprintf(dst, VERSION_TEXT_BYTES, "%" PRIu64 "-%" PRIu64, gen, ver);
}

bool version_parse(struct slice text, uint64_t *ret_gen, uint64_t *ret_ver)
{
	struct slice gen_text, ver_text;
	uint64_t gen, ver;

	if (!slice_cut(text, '-', &gen_text, &ver_text) || !slice_parse_u64(gen_text, &gen) ||
		!slice_parse_u64(ver_text, &ver))
		return false;
	*ret_gen = gen;
	*ret_ver = ver;
	return true;
}
