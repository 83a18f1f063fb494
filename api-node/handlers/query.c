/* query.c: see query.h. */
#include "api-node/handlers/query.h"

#include <stdio.h>

#include "api-node/reply.h"
#include "api-node/request.h"
#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/json/json_writer.h"

enum { KNOWN_MAX = 32, NAME_SHOWN_MAX_BYTES = 40 };

/* The query is of any bytes: what of a name stands in our answer is short, and ASCII. */
static struct slice shown(struct slice name)
{
	size_t len = 0;

	while (len < name.len && len < NAME_SHOWN_MAX_BYTES && name.data[len] >= ' ' && name.data[len] <= '~')
		len++;
	return slice_of(name.data, len);
}

static bool refuse(struct request *req, const char *message_id, struct slice name, const char *detail)
{
	struct json_writer w;
	struct buf params;

	buf_init(&params, 0);
	json_writer_init(&w, &params);
	json_object_begin(&w);
	json_put_str(&w, "field", shown(name));
	json_object_end(&w);
	reply_problem(req, 400, message_id, buf_str(&params), detail);
	buf_done(&params);
	return false;
}

bool query_refuse(struct request *req, const char *name, const char *detail)
{
	return refuse(req, "err.bad_request", slice_from_str(name), detail);
}

/* Whoever writes a secret into the address is told that others have read it by now. */
static bool is_secret(struct slice name)
{
	static const char *const names[] = {"passphrase", "password", "token", "access_token"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_str(name, names[i]))
			return true;
	return false;
}

static bool refuse_unknown(struct request *req, struct slice name, const char *known)
{
	struct slice text = shown(name);
	struct buf detail;

	buf_init(&detail, 0);
	if (is_secret(name))
		buf_printf(&detail,
			"Never write the %.*s into the address, which is kept in logs: send it in a header or in the "
			"body. Choose another one now.",
			SLICE_ARG(name));
	else if (known[0] == '\0')
		buf_printf(&detail, "There is no parameter \"%.*s\"; this call takes none.", SLICE_ARG(text));
	else
		buf_printf(&detail, "There is no parameter \"%.*s\"; there are %s.", SLICE_ARG(text), known);
	refuse(req, "err.unknown_parameter", name, buf_str(&detail));
	buf_done(&detail);
	return false;
}

/* The place of `name` among the known; KNOWN_MAX: it is none of them. */
static unsigned place_of(struct slice name, const char *known)
{
	struct slice item, rest = slice_from_str(known);

	for (unsigned i = 0; rest.len > 0 && i < KNOWN_MAX; i++) {
		slice_cut(rest, ',', &item, &rest);
		if (slice_eq(slice_trim(item, " "), name))
			return i;
	}
	return KNOWN_MAX;
}

bool query_known(struct request *req, const char *known)
{
	struct slice field, name, value, rest = req->query;
	uint32_t seen = 0;

	while (known && rest.len > 0) {
		slice_cut(rest, '\0', &field, &rest);
		if (field.len == 0)
			continue;
		slice_cut(field, '=', &name, &value);
		unsigned place = place_of(name, known);
		if (place == KNOWN_MAX)
			return refuse_unknown(req, name, known);
		if (seen & 1u << place) {
			char detail[NAME_SHOWN_MAX_BYTES + 32];
			snprintf(detail, sizeof(detail), "%.*s is given twice.", SLICE_ARG(name));
			return refuse(req, "err.bad_request", name, detail);
		}
		seen |= 1u << place;
	}
	return true;
}

bool query_number(struct request *req, const char *name, uint64_t min, uint64_t max, uint64_t *value)
{
	char text[24], detail[128];
	uint64_t number;
	bool bad;

	bool present = request_query(req, name, text, sizeof(text), &bad);
	if (!present && !bad)
		return true;
	if (present && slice_parse_u64(slice_from_str(text), &number) && number >= min && number <= max) {
		*value = number;
		return true;
	}
	snprintf(detail, sizeof(detail), "%s must be a whole number from %llu to %llu.", name,
		(unsigned long long)min, (unsigned long long)max);
	return query_refuse(req, name, detail);
}

bool query_flag(struct request *req, const char *name, bool *value)
{
	char text[8], detail[64];
	bool bad;

	bool present = request_query(req, name, text, sizeof(text), &bad);
	if (!present && !bad)
		return true;
	if (present &&
		(slice_eq_str(slice_from_str(text), "true") || slice_eq_str(slice_from_str(text), "false"))) {
		*value = text[0] == 't';
		return true;
	}
	snprintf(detail, sizeof(detail), "%s must be true or false.", name);
	return query_refuse(req, name, detail);
}
