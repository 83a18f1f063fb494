/* proxy_enums.c: see proxy_enums.h. */
#include "shared/model/proxy_enums.h"

#include "shared/base/ensure.h"
#include "shared/model/enum_text.h"

#define X(name, text) [PROXY_##name] = text,
static const char *const STATUS_TEXTS[] = {PROXY_STATUSES(X)};
#undef X
#define X(name, text) [ROTATION_##name] = text,
static const char *const ROTATION_TEXTS[] = {ROTATION_STATES(X)};
#undef X
#define X(name, text) [ROTATE_##name] = text,
static const char *const MODE_TEXTS[] = {ROTATE_MODES(X)};
#undef X
#define X(name, text) [ON_ROTATE_##name] = text,
static const char *const ON_ROTATE_TEXTS[] = {ON_ROTATES(X)};
#undef X
#define X(name, text, english, vietnamese) [REGION_##name] = text,
static const char *const REGION_TEXTS[] = {REGIONS(X)};
#undef X

const char *proxy_status_text(enum proxy_status status)
{
	ensure((unsigned)status < PROXY_STATUS_COUNT);
	return STATUS_TEXTS[status];
}

const char *rotation_state_text(enum rotation_state state)
{
	ensure((unsigned)state < ROTATION_STATE_COUNT);
	return ROTATION_TEXTS[state];
}

const char *rotate_mode_text(enum rotate_mode mode)
{
	ensure((unsigned)mode < ROTATE_MODE_COUNT);
	return MODE_TEXTS[mode];
}

const char *on_rotate_text(enum on_rotate on_rotate)
{
	ensure((unsigned)on_rotate < ON_ROTATE_COUNT);
	return ON_ROTATE_TEXTS[on_rotate];
}

const char *region_text(enum region region)
{
	ensure((unsigned)region < REGION_COUNT);
	return REGION_TEXTS[region];
}

bool proxy_status_parse(struct slice text, enum proxy_status *ret_status)
{
	size_t i;

	if (!enum_text_find(STATUS_TEXTS, ARRAY_LEN(STATUS_TEXTS), text, &i))
		return false;
	*ret_status = (enum proxy_status)i;
	return true;
}

bool rotation_state_parse(struct slice text, enum rotation_state *ret_state)
{
	size_t i;

	if (!enum_text_find(ROTATION_TEXTS, ARRAY_LEN(ROTATION_TEXTS), text, &i))
		return false;
	*ret_state = (enum rotation_state)i;
	return true;
}

bool rotate_mode_parse(struct slice text, enum rotate_mode *ret_mode)
{
	size_t i;

	if (!enum_text_find(MODE_TEXTS, ARRAY_LEN(MODE_TEXTS), text, &i))
		return false;
	*ret_mode = (enum rotate_mode)i;
	return true;
}

bool on_rotate_parse(struct slice text, enum on_rotate *ret_on_rotate)
{
	size_t i;

	if (!enum_text_find(ON_ROTATE_TEXTS, ARRAY_LEN(ON_ROTATE_TEXTS), text, &i))
		return false;
	*ret_on_rotate = (enum on_rotate)i;
	return true;
}

bool region_parse(struct slice text, enum region *ret_region)
{
	size_t i;

	if (!enum_text_find(REGION_TEXTS, ARRAY_LEN(REGION_TEXTS), text, &i))
		return false;
	*ret_region = (enum region)i;
	return true;
}
