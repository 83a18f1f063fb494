/* validate_lists.c: the rules for allow, tags and limits; see validate.h. What is accepted is written anew,
 * so that a record never holds a user's own bytes of JSON. */
#include "shared/base/slice.h"
#include "shared/json/json.h"
#include "shared/json/json_writer.h"
#include "shared/model/given.h"
#include "shared/model/route.h"
#include "shared/model/printable.h"
#include "shared/model/validate.h"

#define LIMIT_BYTES_MAX 1000000000000000 /* a petabyte a month */
#define LIMITS_WANTED   "an object with the members connections and bytes_per_month, whole numbers or null"

enum { IPV4_IN_16_BYTES_BITS = 96, CIDR_TEXT_BYTES = IP_TEXT_BYTES + 8 };

static void cidr_text(const struct ip_cidr *cidr, struct buf *out)
{
	char addr[IP_TEXT_BYTES];
	unsigned bits = cidr->prefix_bits;

	if (ip_addr_is_v4(&cidr->base) && bits >= IPV4_IN_16_BYTES_BITS)
		bits -= IPV4_IN_16_BYTES_BITS;
	ip_addr_text(&cidr->base, addr);
	buf_printf(out, "%s/%u", addr, bits);
}

/* Of a text that is no block: an address and a prefix length, but the address is not the block's first one.
 */
static bool has_host_bits(struct slice text)
{
	struct slice addr_text, bits_text;
	struct ip_addr addr;
	uint32_t bits;

	return slice_cut(text, '/', &addr_text, &bits_text) && ip_addr_parse(addr_text, &addr) &&
	       slice_parse_u32(bits_text, ip_addr_is_v4(&addr) ? 32 : 128, &bits) &&
	       (bits_text.len == 1 || bits_text.data[0] != '0');
}

/* One entry into the array that `w` writes. until_ms 0 = for ever. */
static bool put_allow(struct json_writer *w, struct slice text, int64_t until_ms, struct field_err *err)
{
	struct ip_cidr cidr;
	struct buf normal;

	if (!ip_cidr_parse(text, &cidr)) {
		field_err_set(err, "allow", has_host_bits(text) ? "err.allow_host_bits" : "err.allow_cidr");
		return field_err_value(err, text);
	}
	buf_init(&normal, CIDR_TEXT_BYTES);
	cidr_text(&cidr, &normal);
	json_object_begin(w);
	json_put_str(w, "cidr", buf_slice(&normal));
	if (until_ms > 0)
		json_put_int(w, "until", until_ms);
	else
		json_put_null(w, "until");
	json_object_end(w);
	buf_done(&normal);
	return true;
}

static bool read_until(const struct json *entry, int64_t *ret_until_ms, struct field_err *err)
{
	const struct json *until = json_member(entry, "until");
	struct slice text;

	*ret_until_ms = 0;
	if (!until || json_kind(until) == JSON_NULL)
		return true;
	if (!json_str(until, &text) || !given_time(text, ret_until_ms) || *ret_until_ms <= 0)
		return field_err_set(err, "allow", "err.time");
	return true;
}

static bool read_allow_entry(const struct json *entry, struct json_writer *w, struct field_err *err)
{
	static const char *const NAMES[] = {"cidr", "until"};
	const struct json *cidr = json_member(entry, "cidr");
	struct slice text;
	int64_t until_ms;

	if (json_str(entry, &text))
		return put_allow(w, text, 0, err);
	if (json_kind(entry) != JSON_OBJECT || !json_only_members(entry, NAMES, ARRAY_LEN(NAMES), NULL) ||
		!cidr || !json_str(cidr, &text))
		return field_err_wanted(err, "allow", "err.type",
			"an array of addresses such as \"203.0.113.5\", or of {\"cidr\", \"until\"}");
	return read_until(entry, &until_ms, err) && put_allow(w, text, until_ms, err);
}

bool validate_allow(const struct json *value, struct buf *record, struct field_err *err)
{
	struct json_writer w;

	if (json_kind(value) != JSON_ARRAY)
		return field_err_wanted(err, "allow", "err.type",
			"an array of addresses such as \"203.0.113.5\", or of {\"cidr\", \"until\"}");
	if (json_count(value) > ALLOW_MAX)
		return field_err_range(err, "allow", "err.too_many", 0, ALLOW_MAX);
	json_writer_init(&w, record);
	json_array_begin(&w);
	for (const struct json *entry = json_first(value); entry; entry = json_next(entry))
		if (!read_allow_entry(entry, &w, err))
			return false;
	json_array_end(&w);
	return true;
}

bool validate_allow_list(struct slice list, struct buf *record, struct field_err *err)
{
	struct json_writer w;
	struct slice entry, rest = slice_trim(list, " ");
	bool more = rest.len > 0;
	size_t count = 0;

	json_writer_init(&w, record);
	json_array_begin(&w);
	while (more) {
		more = slice_cut(rest, ',', &entry, &rest);
		if (++count > ALLOW_MAX)
			return field_err_range(err, "allow", "err.too_many", 0, ALLOW_MAX);
		if (!put_allow(&w, slice_trim(entry, " "), 0, err))
			return false;
	}
	json_array_end(&w);
	return true;
}

/* Whether an earlier element has the same text. */
static bool is_repeated(const struct json *array, const struct json *element, struct slice text)
{
	struct slice earlier;

	for (const struct json *it = json_first(array); it && it != element; it = json_next(it))
		if (json_str(it, &earlier) && slice_eq(slice_trim(earlier, " "), text))
			return true;
	return false;
}

bool validate_tags(const struct json *value, struct buf *record, struct field_err *err)
{
	struct json_writer w;
	struct slice text;
	size_t chars;

	if (json_kind(value) != JSON_ARRAY)
		return field_err_wanted(err, "tags", "err.type", "an array of texts");
	if (json_count(value) > TAGS_MAX)
		return field_err_range(err, "tags", "err.too_many", 0, TAGS_MAX);
	json_writer_init(&w, record);
	json_array_begin(&w);
	for (const struct json *tag = json_first(value); tag; tag = json_next(tag)) {
		if (!json_str(tag, &text))
			return field_err_wanted(err, "tags", "err.type", "an array of texts");
		text = slice_trim(text, " ");
		if (!printable_check(text, PRINTABLE_ONE_LINE, &chars))
			return field_err_set(err, "tags", "err.text_chars");
		if (chars < 1 || chars > TAG_MAX_CHARS)
			return field_err_range(err, "tags", "err.text_length", 1, TAG_MAX_CHARS);
		if (!is_repeated(value, tag, text))
			json_text(&w, text);
	}
	json_array_end(&w);
	return true;
}

bool validate_limits(const struct json *value, struct buf *record, struct field_err *err)
{
	static const struct {
		const char *name, *field;
		int64_t max;
	} limits[] = {{"connections", "limits.connections", ROUTE_CONNECTIONS_MAX},
		{"bytes_per_month", "limits.bytes_per_month", LIMIT_BYTES_MAX}};
	static const char *const NAMES[] = {"connections", "bytes_per_month"};
	struct json_writer w;

	int64_t numbers[ARRAY_LEN(limits)] = {0};

	if (json_kind(value) != JSON_OBJECT || !json_only_members(value, NAMES, ARRAY_LEN(NAMES), NULL))
		return field_err_wanted(err, "limits", "err.type", LIMITS_WANTED);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct json *member = json_member(value, limits[i].name);

		if (member && json_kind(member) != JSON_NULL && !json_i64(member, &numbers[i]))
			return field_err_wanted(err, "limits", "err.type", LIMITS_WANTED);
		if (numbers[i] < 0 || numbers[i] > limits[i].max)
			return field_err_range(err, limits[i].field, "err.range", 0, limits[i].max);
	}
	json_writer_init(&w, record);
	json_object_begin(&w);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (json_member(value, limits[i].name))
			json_put_int(&w, limits[i].name, numbers[i]);
	json_object_end(&w);
	return true;
}
