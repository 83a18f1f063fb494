/* people_json.h: what the handlers of users, sessions and tokens share: JSON from the store made into REST's.
 */
#ifndef KP_API_HANDLERS_PEOPLE_JSON_H
#define KP_API_HANDLERS_PEOPLE_JSON_H

struct json;
struct json_writer;

/* Copies member `name` of `object` under the same name: a text, number or flag as it is; absent or empty:
 * null. */
void people_copy(struct json_writer *w, const struct json *object, const char *name);

/* The same for an epoch ms, shown as ISO 8601; 0, absent or empty: null. */
void people_copy_time(struct json_writer *w, const struct json *object, const char *name);

#endif
