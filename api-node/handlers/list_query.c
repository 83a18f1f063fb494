/* list_query.c: see list_query.h. One table of parameters; a new one is a line and a function. */
#include "api-node/handlers/list_query.h"

#include <stdlib.h>
#include <string.h>

#include "api-node/handlers/query.h"
#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/fold.h"
#include "shared/base/hash_map.h"
#include "shared/model/proxy_enums.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool add_word(struct list_query *query, struct slice text, size_t *folded_len, struct err *err)
{
	if (query->word_count == LIST_WORDS_MAX)
		return err_set(err, ERR_INVALID, "q may have at most %d words.", LIST_WORDS_MAX);
	char *at = query->folded_q + *folded_len;
	size_t len = fold_text(text, at);
	if (len == 0)
		return true; /* marks without a letter */
	*folded_len += len;
	query->words[query->word_count++] = (struct list_word){.folded = slice_of(at, len),
		.text = text,
		.key_hash = hash_bytes(text),
		.form = memchr(at, '.', len) || memchr(at, ':', len) ? ADDRESS_LIKE : PLAIN_WORD};
	return true;
}

static bool text_fits(const char *name, struct slice value, size_t max, struct err *err)
{
	if (value.len <= max)
		return true;
	return err_set(err, ERR_INVALID, "%s may have at most %zu bytes.", name, max);
}

static bool take_q(struct list_query *query, struct slice value, struct err *err)
{
	size_t folded_len = 0;

	if (!text_fits("q", value, LIST_TEXT_MAX_BYTES, err))
		return false;
	for (size_t i = 0; i < value.len;) {
		size_t start = i;
		while (i < value.len && !is_blank(value.data[i]))
			i++;
		if (i > start && !add_word(query, slice_of(value.data + start, i - start), &folded_len, err))
			return false;
		i++;
	}
	return true;
}

/* The words of a comma-separated list as bits. `parse` gives the place of a word, -1 for a wrong one. */
static bool take_words(struct slice value, int (*parse)(struct slice word), const char *wanted,
	unsigned *ret_bits, struct err *err)
{
	struct slice word, rest = value;
	unsigned bits = 0;

	for (bool more = true; more;) {
		more = slice_cut(rest, ',', &word, &rest);
		int place = parse(slice_trim(word, " "));
		if (place < 0)
			return err_set(err, ERR_INVALID, "%s", wanted);
		bits |= 1u << place;
	}
	*ret_bits = bits;
	return true;
}

static int status_place(struct slice word)
{
	enum proxy_status status;

	return proxy_status_parse(word, &status) ? (int)status : -1;
}

static int region_place(struct slice word)
{
	enum region region;

	return region_parse(word, &region) ? (int)region : -1;
}

static bool take_status(struct list_query *query, struct slice value, struct err *err)
{
#define X(name, text) " " text
	if (!text_fits("status", value, LIST_CHOICES_MAX_BYTES, err))
		return false;
	return take_words(value, status_place,
		"status must be one or more, separated by commas, of:" PROXY_STATUSES(X) ".",
		&query->statuses, err);
#undef X
}

static bool take_region(struct list_query *query, struct slice value, struct err *err)
{
#define X(name, text, english, vietnamese) " " text
	if (!text_fits("region", value, LIST_CHOICES_MAX_BYTES, err))
		return false;
	return take_words(value, region_place,
		"region must be one or more, separated by commas, of:" REGIONS(X) ".", &query->regions, err);
#undef X
}

static bool take_tag(struct list_query *query, struct slice value, struct err *err)
{
	if (!text_fits("tag", value, LIST_TEXT_MAX_BYTES, err))
		return false;
	query->tag = slice_of(query->folded_tag, fold_text(slice_trim(value, " "), query->folded_tag));
	return true;
}

static bool take_number(
	const char *name, struct slice value, uint64_t min, uint64_t max, uint64_t *ret, struct err *err)
{
	uint64_t number;

	if (!slice_parse_u64(value, &number) || number < min || number > max)
		return err_set(err, ERR_INVALID, "%s must be a whole number from %llu to %llu.", name,
			(unsigned long long)min, (unsigned long long)max);
	*ret = number;
	return true;
}

static bool take_user(struct list_query *query, struct slice value, struct err *err)
{
	return take_number("user (a user's id)", value, 1, QUERY_ID_MAX, &query->user_id, err);
}

static bool take_offset(struct list_query *query, struct slice value, struct err *err)
{
	return take_number("offset", value, 0, UINT32_MAX, &query->offset, err);
}

static bool take_limit(struct list_query *query, struct slice value, struct err *err)
{
	query->part = LIST_PAGED;
	return take_number("limit", value, 1, LIST_LIMIT_MAX, &query->limit, err);
}

static bool take_sort(struct list_query *query, struct slice value, struct err *err)
{
	struct slice name = value;

	if (slice_has_prefix(value, SLICE_LIT("-"))) {
		query->direction = LIST_DESCENDING;
		name = slice_from(value, 1);
	}
	if (!list_sort_parse(name, &query->sort))
		return err_set(err, ERR_INVALID, "sort must be one of %s; with a - in front it descends.",
			list_sort_names());
	return true;
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool take_ids(struct list_query *query, struct slice value, struct err *err)
{
	struct slice word, rest = value;

	if (!query->ids)
		query->ids = mem_alloc(LIST_IDS_MAX * sizeof(*query->ids));
	for (bool more = true; more;) {
		more = slice_cut(rest, ',', &word, &rest);
		if (query->id_count == LIST_IDS_MAX)
			return err_set(err, ERR_INVALID, "ids may name at most %d proxies.", LIST_IDS_MAX);
		if (!slice_parse_u64(slice_trim(word, " "), &query->ids[query->id_count++]))
			return err_set(err, ERR_INVALID,
				"ids must be the ids of proxies, separated by commas, such as 1,2,3.");
	}
	qsort(query->ids, query->id_count, sizeof(*query->ids), compare_ids);
	return true;
}

/* What a form left empty filters nothing; an empty number, or no ids where ids are named, is a mistake. */
static const struct param {
	const char *name;
	enum { MAY_BE_EMPTY, NEVER_EMPTY } empty;
	bool (*take)(struct list_query *query, struct slice value, struct err *err);
} PARAMS[] = {
	{"q", MAY_BE_EMPTY, take_q},
	{"status", MAY_BE_EMPTY, take_status},
	{"region", MAY_BE_EMPTY, take_region},
	{"tag", MAY_BE_EMPTY, take_tag},
	{"user", NEVER_EMPTY, take_user},
	{"sort", MAY_BE_EMPTY, take_sort},
	{"offset", NEVER_EMPTY, take_offset},
	{"limit", NEVER_EMPTY, take_limit},
	{"ids", NEVER_EMPTY, take_ids},
};

static bool take_field(struct list_query *query, struct slice field, struct err *err)
{
	struct slice name, value;

	slice_cut(field, '=', &name, &value);
	for (size_t i = 0; i < ARRAY_LEN(PARAMS); i++) {
		if (!slice_eq_str(name, PARAMS[i].name))
			continue;
		if ((value.len == 0 && PARAMS[i].empty == MAY_BE_EMPTY) || PARAMS[i].take(query, value, err))
			return true;
		query->refused = PARAMS[i].name;
		return false;
	}
	return true;
}

bool list_query_parse(struct slice query, struct list_query *ret_query, struct err *err)
{
	struct slice field, rest = query;

	*ret_query = (struct list_query){.limit = LIST_LIMIT_MAX};
	while (rest.len > 0) {
		slice_cut(rest, '\0', &field, &rest);
		if (!take_field(ret_query, field, err))
			return false;
	}
	return true;
}

void list_query_done(struct list_query *query)
{
	free(query->ids);
	query->ids = NULL;
}
