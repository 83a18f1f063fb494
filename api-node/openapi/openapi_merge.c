/*
 * openapi_merge.c: a build step: merges the contract's files into one document and writes it as C and as
 * JSON.
 *
 *	openapi-merge <out.c> <out.json> main.json <area.json>…
 *
 * Of every area `paths` and the sections of `components` are put into those of main.json; all else stands in
 * main.json only. The order of members stays as written (readers see it), blanks go. What stands twice is
 * refused, as all that json_parse() does not take. What the members mean is checked by a test.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/ensure.h"
#include "shared/base/err.h"
#include "shared/crypto/token.h"
#include "shared/json/json.h"
#include "shared/model/raw_json.h"

enum { INPUTS_MAX = 64, SECTIONS_MAX = 16, NAME_BYTES = 64, C_LINE_BYTES = 96 };

static const struct json_limits limits = {.max_bytes = 16 << 20, .max_depth = 64};

struct inputs {
	struct buf texts[INPUTS_MAX]; /* the first is main.json */
	size_t count;
};

static bool read_file(const char *path, struct buf *text, struct err *err)
{
	char chunk[16384];
	size_t n;
	FILE *file = fopen(path, "rb");

	if (!file)
		return err_set_sys(err, errno, "cannot open it");
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_append(text, chunk, n);
	fclose(file);
	struct json *json = json_parse(buf_slice(text), &limits, err);
	bool ok = json && (json_kind(json) == JSON_OBJECT || err_set(err, ERR_INVALID, "not an object"));
	json_free(json);
	return ok;
}

/* Without the blanks between its tokens. */
static void append_compact(struct buf *out, struct slice json)
{
	enum { OUTSIDE, IN_STRING, ESCAPED } at = OUTSIDE;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.data[i];
		if (at == OUTSIDE && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
			continue;
		buf_append_char(out, c);
		if (at == ESCAPED)
			at = IN_STRING;
		else if (at == IN_STRING && c == '\\')
			at = ESCAPED;
		else if (c == '"')
			at = at == OUTSIDE ? IN_STRING : OUTSIDE;
	}
}

static void append_member(struct buf *out, struct slice name, struct slice value)
{
	char last = out->data[out->len - 1];

	if (last != '{')
		buf_append_char(out, ',');
	buf_printf(out, "\"%.*s\":", SLICE_ARG(name));
	append_compact(out, value);
}

/* The object at `path` ("paths", or "components" and a section) of an input. */
static bool object_at(struct slice root, const char *first, const char *second, struct slice *ret)
{
	struct slice outer;

	if (!raw_json_member(root, first, &outer))
		return false;
	*ret = outer;
	return !second || raw_json_member(outer, second, ret);
}

/* The members of that object in every input, as one object. */
static void append_merged(struct buf *out, const struct inputs *inputs, const char *first, const char *second)
{
	struct slice object, name, value;

	buf_append_char(out, '{');
	for (size_t i = 0; i < inputs->count; i++) {
		if (!object_at(buf_slice(&inputs->texts[i]), first, second, &object))
			continue;
		struct raw_json walk = raw_json_of(object);
		while (raw_json_next(&walk, &name, &value))
			append_member(out, name, value);
	}
	buf_append_char(out, '}');
}

/* Every section of `components` that an input has, in the order met. */
static void append_components(struct buf *out, const struct inputs *inputs)
{
	char sections[SECTIONS_MAX][NAME_BYTES];
	size_t count = 0;
	struct slice components, name, value;

	for (size_t i = 0; i < inputs->count; i++) {
		if (!object_at(buf_slice(&inputs->texts[i]), "components", NULL, &components))
			continue;
		struct raw_json walk = raw_json_of(components);
		while (raw_json_next(&walk, &name, &value)) {
			size_t at = 0;
			while (at < count && !slice_eq_str(name, sections[at]))
				at++;
			if (at == count)
				ensure(count < SECTIONS_MAX &&
					slice_copy(name, sections[count++], NAME_BYTES));
		}
	}
	buf_append_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%s\"%s\":", i ? "," : "", sections[i]);
		append_merged(out, inputs, "components", sections[i]);
	}
	buf_append_char(out, '}');
}

static void merge(struct buf *out, const struct inputs *inputs)
{
	struct raw_json walk = raw_json_of(buf_slice(&inputs->texts[0]));
	struct slice name, value;

	buf_append_char(out, '{');
	while (raw_json_next(&walk, &name, &value)) {
		bool paths = slice_eq_str(name, "paths"), components = slice_eq_str(name, "components");
		if (!paths && !components) {
			append_member(out, name, value);
			continue;
		}
		buf_printf(out, "%s\"%.*s\":", out->data[out->len - 1] == '{' ? "" : ",", SLICE_ARG(name));
		if (paths)
			append_merged(out, inputs, "paths", NULL);
		else
			append_components(out, inputs);
	}
	buf_append_char(out, '}');
}

/* An area holds nothing but `paths` and `components`: anything else would be lost in silence. */
static bool check_area(struct slice root, struct err *err)
{
	struct raw_json walk = raw_json_of(root);
	struct slice name, value;

	while (raw_json_next(&walk, &name, &value))
		if (!slice_eq_str(name, "paths") && !slice_eq_str(name, "components"))
			return err_set(
				err, ERR_INVALID, "\"%.*s\" may stand in main.json only", SLICE_ARG(name));
	return true;
}

static void write_c(FILE *file, struct slice text)
{
	char digest[SHA256_HEX_BYTES];

	sha256_hex(text, digest);
	fprintf(file, "/* Generated from api-node/openapi by openapi_merge.c. */\n"
		      "#include \"api-node/openapi/openapi.h\"\n\n"
		      "static const char text[] =");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		if (i % C_LINE_BYTES == 0)
			fprintf(file, "%s\n\t\"", i ? "\"" : "");
		/* Octal takes three digits and no more: what follows cannot be read as one of them. */
		fprintf(file, c == '"' || c == '\\' ? "\\%c" : c < 0x20 || c > 0x7e ? "\\%03o" : "%c", c);
	}
	fprintf(file,
		"\";\n\nconst struct openapi_document openapi_document = {\n"
		"\t\"\\\"%.32s\\\"\", {text, sizeof(text) - 1}};\n",
		digest);
}

static void write_json(FILE *file, struct slice text)
{
	fwrite(text.data, 1, text.len, file);
}

static bool write_file(const char *path, void (*write)(FILE *file, struct slice text), struct slice text)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return false;
	write(file, text);
	bool ok = ferror(file) == 0;
	return fclose(file) == 0 && ok;
}

int main(int argc, char **argv)
{
	static struct inputs inputs;
	struct err err = {0};
	struct buf out;
	int exit_code = EXIT_FAILURE;

	buf_init(&out, 0);
	for (int i = 3; i < argc; i++) {
		ensure(inputs.count < INPUTS_MAX);
		struct buf *text = &inputs.texts[inputs.count++];
		buf_init(text, 0);
		if (!read_file(argv[i], text, &err) ||
			(inputs.count > 1 && !check_area(buf_slice(text), &err))) {
			fprintf(stderr, "%s:1: %s\n", argv[i], err.msg);
			goto out;
		}
	}
	if (inputs.count == 0)
		goto out;
	merge(&out, &inputs);
	struct json *whole = json_parse(buf_slice(&out), &limits, &err);
	if (!whole) {
		fprintf(stderr, "the merged OpenAPI document: %s\n", err.msg);
		goto out;
	}
	json_free(whole);
	if (write_file(argv[1], write_c, buf_slice(&out)) && write_file(argv[2], write_json, buf_slice(&out)))
		exit_code = EXIT_SUCCESS;
out:
	for (size_t i = 0; i < inputs.count; i++)
		buf_done(&inputs.texts[i]);
	buf_done(&out);
	return exit_code;
}
