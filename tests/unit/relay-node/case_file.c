/* case_file.c: see case_file.h. */
#include "tests/unit/relay-node/case_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/ensure.h"

enum { LINE_BYTES_MAX = 2048 };

static void unescape(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s != '\\') {
			buf_append_char(out, *s);
			continue;
		}
		switch (*++s) {
		case 'r': buf_append_char(out, '\r'); break;
		case 'n': buf_append_char(out, '\n'); break;
		case 't': buf_append_char(out, '\t'); break;
		case '\\': buf_append_char(out, '\\'); break;
		case 'x': {
			char hex[3] = {s[1], s[1] ? s[2] : 0, 0};
			ensure(isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]));
			buf_append_char(out, (char)strtoul(hex, NULL, 16));
			s += 2;
			break;
		}
		case '{': {
			const char *star = strchr(s, '*'), *close = strchr(s, '}');
			ensure(star && close && star < close);
			struct buf piece;
			char inner[LINE_BYTES_MAX];
			ensure(slice_copy(slice_of(s + 1, (size_t)(star - s - 1)), inner, sizeof(inner)));
			buf_init(&piece, 0);
			unescape(&piece, inner);
			for (unsigned long n = strtoul(star + 1, NULL, 10); n > 0; n--)
				buf_append_slice(out, buf_slice(&piece));
			buf_done(&piece);
			s = close;
			break;
		}
		default: ensure(!"a known escape"); /* a bug in the case file */
		}
	}
}

static void copy_text(char *dst, size_t size, const char *text)
{
	ensure(slice_copy(slice_from_str(text), dst, size));
}

static void read_key(struct http_case *c, const char *key, const char *text)
{
	if (strcmp(key, "why") == 0) {
		copy_text(c->why, sizeof(c->why), text);
	} else if (strcmp(key, "send") == 0) {
		unescape(&c->send, text);
	} else if (strcmp(key, "rest") == 0) {
		unescape(&c->rest, text);
	} else if (strcmp(key, "want") == 0) {
		copy_text(c->want, sizeof(c->want), text);
	} else if (strcmp(key, "to") == 0) {
		copy_text(c->to, sizeof(c->to), text);
	} else if (strcmp(key, "with") == 0) {
		ensure(strcmp(text, "upgrade") == 0 || strcmp(text, "bare-lf") == 0);
		c->with_upgrade |= text[0] == 'u';
		c->with_bare_lf |= text[0] == 'b';
	} else if (strcmp(key, "eof") == 0) {
		c->eof = true;
	} else if (strcmp(key, "passes") == 0) {
		ensure(c->passes_count < CASE_TEXTS_MAX);
		copy_text(c->passes[c->passes_count++], sizeof(c->passes[0]), text);
	} else if (strcmp(key, "hides") == 0) {
		ensure(c->hides_count < CASE_TEXTS_MAX);
		copy_text(c->hides[c->hides_count++], sizeof(c->hides[0]), text);
	} else {
		fprintf(stderr, "unknown key '%s' in case '%s'\n", key, c->name);
		abort();
	}
}

static void case_end(struct http_case *c, void (*visit)(const struct http_case *c, void *arg), void *arg)
{
	if (c->name[0]) {
		ensure(c->want[0] && c->why[0]);
		visit(c, arg);
	}
	buf_done(&c->send);
	buf_done(&c->rest);
	memset(c, 0, sizeof(*c));
	buf_init(&c->send, 0);
	buf_init(&c->rest, 0);
	snprintf(c->to, sizeof(c->to), "GET");
}

unsigned case_file_each(const char *path, void (*visit)(const struct http_case *c, void *arg), void *arg)
{
	struct http_case *c = mem_zalloc(sizeof(*c));
	char line[LINE_BYTES_MAX], key[16];
	unsigned count = 0;
	int text_at;

	FILE *file = fopen(path, "r");
	ensure(file);
	while (fgets(line, sizeof(line), file)) {
		ensure(strchr(line, '\n'));
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' || line[0] == 0)
			continue;
		text_at = 0;
		ensure(sscanf(line, "%15s %n", key, &text_at) == 1 && text_at > 0);
		if (strcmp(key, "case") == 0) {
			case_end(c, visit, arg);
			copy_text(c->name, sizeof(c->name), line + text_at);
			count++;
		} else {
			read_key(c, key, line + text_at);
		}
	}
	case_end(c, visit, arg);
	fclose(file);
	free(c);
	return count;
}
