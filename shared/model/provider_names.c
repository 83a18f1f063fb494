/* provider_names.c: see provider_names.h. */
#include "shared/model/provider_names.h"

static const struct {
	const char *text;
	enum { SOLD, TYPED_IN } kind;
} names[] = {
#define X(text, kind) {text, kind},
	PROVIDER_NAMES(X)
#undef X
};

/* It begins behind the first two characters. */
#define X(text, kind) ", " text
static const char LIST[] = PROVIDER_NAMES(X);
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
