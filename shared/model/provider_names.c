/* provider_names.c: see provider_names.h. */
#include "shared/model/provider_names.h"

static const struct {
	const char *text, *title;
	enum { SOLD, TYPED_IN } kind;
} names[] = {
#define X(text, kind, title) {text, title, kind},
	PROVIDER_NAMES(X)
#undef X
};

/* It begins behind the first two characters. */
#define X(text, kind, title) ", " text
static const char LIST[] = PROVIDER_NAMES(X);
#undef X

/* The same without those that are typed in. */
#define SOLD_TEXT(text)      ", " text
#define TYPED_IN_TEXT(text)  ""
#define X(text, kind, title) kind##_TEXT(text)
static const char SOLD_LIST[] = PROVIDER_NAMES(X);
#undef X

const char *provider_name_at(size_t i)
{
	return i < ARRAY_LEN(names) ? names[i].text : NULL;
}

bool provider_name_known(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_str(name, names[i].text))
			return true;
	return false;
}

bool provider_name_sold(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_str(name, names[i].text))
			return names[i].kind == SOLD;
	return false;
}

const char *provider_names_list(void)
{
	return LIST + 2;
}

const char *provider_names_sold_list(void)
{
	return SOLD_LIST + 2;
}

struct slice provider_title(struct slice name)
{
	if (name.len == 0)
		name = SLICE_LIT(PROVIDER_DEFAULT);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_eq_str(name, names[i].text))
			return slice_from_str(names[i].title);
	return name;
}
