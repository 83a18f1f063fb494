/* iso8601.c: see iso8601.h. Days are counted with the civil calendar by arithmetic: no time zone, no libc
 * state. */
#include "shared/model/iso8601.h"

#include <stdio.h>

#include "shared/json/json_writer.h"

enum { MS_PER_SECOND = 1000, MS_PER_MINUTE = 60000, MS_PER_HOUR = 3600000 };
#define MS_PER_DAY        86400000LL
#define DAYS_PER_ERA      146097 /* 400 years */
#define DAYS_TO_EPOCH     719468 /* from 0000-03-01 to 1970-01-01 */
#define YEAR_0000_MS      (-62167219200000LL)
#define YEAR_9999_LAST_MS 253402300799999LL

struct date {
	int64_t year;
	unsigned month, day;
};

/* Years are counted from March, so that the leap day comes last. */
static struct date date_of_days(int64_t days)
{
	days += DAYS_TO_EPOCH;
	int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	unsigned day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned shifted_month = (5 * day_of_year + 2) / 153;
	struct date date = {
		.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9,
		.day = day_of_year - (153 * shifted_month + 2) / 5 + 1,
	};

	date.year = (int64_t)year_of_era + era * 400 + (date.month <= 2);
	return date;
}

static int64_t days_of_date(struct date date)
{
	int64_t year = date.year - (date.month <= 2);
	int64_t era = year / 400; /* years are never negative here */
	unsigned year_of_era = (unsigned)(year - era * 400);
	unsigned shifted_month = date.month > 2 ? date.month - 3 : date.month + 9;
	unsigned day_of_year = (153 * shifted_month + 2) / 5 + date.day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
	       DAYS_TO_EPOCH;
}

void iso8601_text(int64_t epoch_ms, char dst[ISO8601_TEXT_BYTES])
{
	if (epoch_ms < YEAR_0000_MS)
		epoch_ms = YEAR_0000_MS;
	if (epoch_ms > YEAR_9999_LAST_MS)
		epoch_ms = YEAR_9999_LAST_MS;
	int64_t days = (epoch_ms >= 0 ? epoch_ms : epoch_ms - (MS_PER_DAY - 1)) / MS_PER_DAY;
	unsigned ms = (unsigned)(epoch_ms - days * MS_PER_DAY);
	struct date date = date_of_days(days);

	snprintf(dst, ISO8601_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)date.year % 10000,
		date.month % 100, date.day % 100, ms / MS_PER_HOUR % 100, ms / MS_PER_MINUTE % 60,
		ms / MS_PER_SECOND % 60, ms % MS_PER_SECOND);
}

void iso8601_put(struct json_writer *w, const char *name, int64_t epoch_ms)
{
	char text[ISO8601_TEXT_BYTES];

	iso8601_text(epoch_ms, text);
	json_put_cstr(w, name, epoch_ms > 0 ? text : NULL);
}

static unsigned days_in_month(int64_t year, unsigned month)
{
	static const unsigned char DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : DAYS[month - 1];
}

/* Takes exactly `digits` digits, min…max, off the front of `rest`. */
static bool take_number(struct slice *rest, size_t digits, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint32_t value;

	if (rest->len < digits || !slice_parse_u32(slice_of(rest->data, digits), max, &value) || value < min)
		return false;
	*rest = slice_from(*rest, digits);
	*ret = value;
	return true;
}

static bool take_char(struct slice *rest, const char *one_of)
{
	for (const char *c = one_of; rest->len > 0 && *c; c++) {
		if (rest->data[0] != *c)
			continue;
		*rest = slice_from(*rest, 1);
		return true;
	}
	return false;
}

static bool take_fraction_ms(struct slice *rest, uint32_t *ret_ms)
{
	uint32_t digit, ms = 0, scale = 100;

	*ret_ms = 0;
	if (!take_char(rest, "."))
		return true;
	if (!take_number(rest, 1, 0, 9, &digit))
		return false;
	do {
		ms += digit * scale;
		scale /= 10;
	} while (take_number(rest, 1, 0, 9, &digit));
	*ret_ms = ms;
	return true;
}

static bool take_offset_minutes(struct slice *rest, int32_t *ret_minutes)
{
	uint32_t hours, minutes;

	*ret_minutes = 0;
	if (take_char(rest, "Zz"))
		return true;
	bool west = rest->len > 0 && rest->data[0] == '-';
	if (!take_char(rest, "+-") || !take_number(rest, 2, 0, 23, &hours) || !take_char(rest, ":") ||
		!take_number(rest, 2, 0, 59, &minutes))
		return false;
	*ret_minutes = (int32_t)(hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

bool iso8601_parse(struct slice text, int64_t *ret_epoch_ms)
{
	struct slice rest = text;
	uint32_t year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
	int32_t offset_minutes = 0;

	if (!take_number(&rest, 4, 1970, 9999, &year) || !take_char(&rest, "-") ||
		!take_number(&rest, 2, 1, 12, &month) || !take_char(&rest, "-") ||
		!take_number(&rest, 2, 1, days_in_month(year, month), &day))
		return false;
	if (rest.len > 0 &&
		(!take_char(&rest, "Tt") || !take_number(&rest, 2, 0, 23, &hour) || !take_char(&rest, ":") ||
			!take_number(&rest, 2, 0, 59, &minute) || !take_char(&rest, ":") ||
			!take_number(&rest, 2, 0, 59, &second) || !take_fraction_ms(&rest, &ms) ||
			!take_offset_minutes(&rest, &offset_minutes) || rest.len > 0))
		return false;
	*ret_epoch_ms = days_of_date((struct date){year, month, day}) * MS_PER_DAY +
			(int64_t)hour * MS_PER_HOUR + ((int64_t)minute - offset_minutes) * MS_PER_MINUTE +
			(int64_t)second * MS_PER_SECOND + ms;
	return true;
}
