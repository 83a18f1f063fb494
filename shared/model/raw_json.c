/* raw_json.c: see raw_json.h. Every step is bounded by the text, whatever is in it. */
#include "shared/model/raw_json.h"

#include <string.h>

static void skip_blanks(struct raw_json *walk)
{
	while (walk->at < walk->text.len && strchr(" \t\r\n", walk->text.data[walk->at]) &&
		walk->text.data[walk->at] != '\0')
		walk->at++;
}

/* The character here, or NUL at the end. */
static char peek(const struct raw_json *walk)
{
	return walk->at < walk->text.len ? walk->text.data[walk->at] : '\0';
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct raw_json *walk)
{
	walk->at++;
	while (walk->at < walk->text.len && walk->text.data[walk->at] != '"')
		walk->at += walk->text.data[walk->at] == '\\' ? 2 : 1;
	walk->at++;
	if (walk->at > walk->text.len)
		walk->at = walk->text.len;
}

static void skip_value(struct raw_json *walk)
{
	size_t depth = 0;

	for (char c; (c = peek(walk)) != '\0';) {
		if (c == '"') {
			skip_string(walk);
		} else {
			bool ends = depth == 0 && strchr(",]} \t\r\n", c);

			if (ends)
				return;
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			walk->at++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return;
	}
}

struct raw_json raw_json_of(struct slice container)
{
	return (struct raw_json){.text = slice_trim(container, " \t\r\n")};
}

/* Moves onto the next member or element; false when there is none. */
static bool enter(struct raw_json *walk)
{
	char expected = walk->at == 0 ? walk->text.len > 0 ? walk->text.data[0] : '\0' : ',';

	skip_blanks(walk);
	if (peek(walk) != expected || (walk->at == 0 && expected != '{' && expected != '['))
		return false;
	walk->at++;
	skip_blanks(walk);
	return peek(walk) != '}' && peek(walk) != ']' && peek(walk) != '\0';
}

bool raw_json_next(struct raw_json *walk, struct slice *ret_name, struct slice *ret_value)
{
	struct slice name = SLICE_LIT("");

	if (!enter(walk))
		goto end;
	if (walk->text.data[0] == '{') {
		size_t start = walk->at;

		if (peek(walk) != '"')
			goto end;
		skip_string(walk);
		if (walk->at - start < 2)
			goto end;
		name = slice_of(walk->text.data + start + 1, walk->at - start - 2);
		skip_blanks(walk);
		if (peek(walk) != ':')
			goto end;
		walk->at++;
		skip_blanks(walk);
	}
	size_t start = walk->at;
	skip_value(walk);
	if (walk->at == start)
		goto end;
	*ret_name = name;
	*ret_value = slice_of(walk->text.data + start, walk->at - start);
	return true;
end:
	walk->at = walk->text.len;
	return false;
}

bool raw_json_member(struct slice object, const char *name, struct slice *ret_value)
{
	struct raw_json walk = raw_json_of(object);
	struct slice member, value;

	while (raw_json_next(&walk, &member, &value)) {
		if (!slice_eq_str(member, name))
			continue;
		*ret_value = value;
		return true;
	}
	return false;
}
