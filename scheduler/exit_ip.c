/* exit_ip.c: see exit_ip.h. The page is somebody else's: nothing of its answer is kept but an address. */
#include "scheduler/exit_ip.h"

#include "shared/json/json.h"

static const struct json_limits answer_limits = {.max_bytes = 16384, .max_depth = 4};

static struct slice trim(struct slice text)
{
	while (text.len > 0 && (unsigned char)text.data[0] <= ' ')
		text = slice_from(text, 1);
	while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ')
		text.len--;
	return text;
}

static bool read_address(struct slice text, char ret_text[IP_TEXT_BYTES])
{
	struct slice first, rest;
	struct ip_addr addr;

	slice_cut(text, ',', &first, &rest);
	if (!ip_addr_parse(trim(first), &addr))
		return false;
	ip_addr_text(&addr, ret_text);
	return true;
}

bool exit_ip_read(struct slice body, char ret_text[IP_TEXT_BYTES])
{
	struct slice text;
	bool found = false;

	if (read_address(body, ret_text))
		return true;
	struct json *root = json_parse(body, &answer_limits, NULL);
	if (root && json_kind(root) == JSON_OBJECT)
		for (const struct json *value = json_first(root); value && !found; value = json_next(value))
			found = json_str(value, &text) && read_address(text, ret_text);
	json_free(root);
	return found;
}
