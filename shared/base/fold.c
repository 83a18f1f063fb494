/* fold.c: see fold.h. Three tables, one letter for each code point; '?' keeps the character. */
#include "shared/base/fold.h"

#include <stdint.h>
#include <string.h>

#include "shared/base/utf8.h"

enum { LATIN1_FIRST = 0xc0, EXTENDED_A_FIRST = 0x100, VIETNAMESE_FIRST = 0x1ea0 };

/* U+00C0–U+00FF; Ð counts as the Đ that it is often typed for. */
static const char LATIN1[] = "aaaaaa?ceeeeiiiidnooooo?ouuuuy??aaaaaa?ceeeeiiiidnooooo?ouuuuy?y";

/* U+0100–U+017F */
static const char EXTENDED_A[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkk?lllllllllln"
				 "nnnnn???oooooo??rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* U+1EA0–U+1EF9: the vowels that carry a tone */
static const char VIETNAMESE[] =
	"aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";

_Static_assert(sizeof(LATIN1) == 0x100 - 0xc0 + 1, "a letter each");
_Static_assert(sizeof(EXTENDED_A) == 0x180 - 0x100 + 1, "a letter each");
_Static_assert(sizeof(VIETNAMESE) == 0x1efa - 0x1ea0 + 1, "a letter each");

/* Of two or three bytes, well-formed. */
static uint32_t code_point(const unsigned char *b, size_t len)
{
	if (len == 2)
		return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
	return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
}

static char from_table(const char *table, size_t table_len, uint32_t index)
{
	return index < table_len ? table[index] : '?';
}

/* The letter behind a marked one; '?': none. */
static char plain_letter(uint32_t cp)
{
	switch (cp) {
	case 0x00a0: return ' '; /* the space that word processors put */
	case 0x01a0:
	case 0x01a1: return 'o'; /* Ơ ơ */
	case 0x01af:
	case 0x01b0: return 'u'; /* Ư ư */
	default: break;
	}
	if (cp >= VIETNAMESE_FIRST)
		return from_table(VIETNAMESE, sizeof(VIETNAMESE) - 1, cp - VIETNAMESE_FIRST);
	if (cp >= EXTENDED_A_FIRST)
		return from_table(EXTENDED_A, sizeof(EXTENDED_A) - 1, cp - EXTENDED_A_FIRST);
	return cp >= LATIN1_FIRST ? LATIN1[cp - LATIN1_FIRST] : '?';
}

/* The marks that NFD puts behind a letter. */
static bool is_combining_mark(uint32_t cp)
{
	return cp >= 0x300 && cp <= 0x36f;
}

/* One character of several bytes; returns how many it wrote. */
static size_t fold_wide(const char *at, size_t len, char *dst)
{
	uint32_t cp = len <= 3 ? code_point((const unsigned char *)at, len) : UINT32_MAX;

	if (is_combining_mark(cp))
		return 0;
	char letter = plain_letter(cp);
	if (letter == '?') {
		memmove(dst, at, len);
		return len;
	}
	*dst = letter;
	return 1;
}

size_t fold_text(struct slice text, char *dst)
{
	size_t out = 0;

	for (size_t i = 0; i < text.len;) {
		unsigned char c = (unsigned char)text.data[i];
		size_t len = c < 0x80 ? 1 : utf8_char_bytes(slice_from(text, i));

		if (len > 1) {
			out += fold_wide(text.data + i, len, dst + out);
			i += len;
		} else {
			dst[out++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
			i++;
		}
	}
	return out;
}
