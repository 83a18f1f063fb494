/* notice_batch.c: see notice_batch.h. */
#include "scheduler/notices/notice_batch.h"

#include <stdlib.h>

#include "shared/base/ensure.h"
#include "shared/json/json.h"

/* 500 events of at most 2 KiB. */
static const struct json_limits limits = {.max_bytes = 2 << 20, .max_depth = 12};

static bool read_item(const struct json *value, struct notice_item *ret_item, struct err *err)
{
	int64_t id;
	struct slice event;

	*ret_item = (struct notice_item){.event = NOTICE_EVENT_COUNT};
	if (!json_get_str(value, "event", &event, err) || !json_get_i64(value, "id", &id, err) ||
		!json_get_str(value, "subdomain", &ret_item->subdomain, err) ||
		!json_get_str(value, "key_name", &ret_item->key_name, err) ||
		!json_get_i64(value, "at", &ret_item->at, err))
		return false;
	if (!notice_event_parse(event, &ret_item->event))
		ret_item->event = NOTICE_EVENT_COUNT;
	ret_item->proxy_id = (uint64_t)id;
	ret_item->error = json_member(value, "error");
	if (ret_item->error && json_kind(ret_item->error) != JSON_OBJECT)
		ret_item->error = NULL;
	ret_item->params = json_member(value, "params");
	return true;
}

/* proxy2 before proxy10: ids are given out as numbers are. */
static int by_proxy(const void *a, const void *b)
{
	const struct notice_item *x = a, *y = b;

	return x->proxy_id < y->proxy_id ? -1 : x->proxy_id > y->proxy_id;
}

/* All events into `items`, those of one kind side by side. */
static bool read_items(const struct json *events, struct notice_batch *batch, struct err *err)
{
	size_t total = json_count(events), n = 0;
	struct notice_item *read = mem_zalloc((total + 1) * sizeof(*read));
	bool ok = true;

	batch->items = mem_zalloc((total + 1) * sizeof(*batch->items));
	for (const struct json *v = json_first(events); v && ok; v = json_next(v))
		ok = read_item(v, &read[n++], err);
	for (int event = 0, at = 0; event < NOTICE_EVENT_COUNT && ok; event++) {
		struct notice_group group = {.event = (enum notice_event)event, .items = batch->items + at};

		for (size_t i = 0; i < n; i++)
			if (read[i].event == group.event)
				batch->items[at++] = read[i];
		group.len = (size_t)(batch->items + at - group.items);
		group.count = group.len;
		qsort(batch->items + at - group.len, group.len, sizeof(*batch->items), by_proxy);
		batch->groups[event] = group;
	}
	free(read);
	return ok;
}

/* {"unhealthy": 12}: how many more of a kind there were. */
static void add_more(const struct json *more, struct notice_batch *batch)
{
	enum notice_event event;
	int64_t count;

	for (const struct json *v = json_first(more); v; v = json_next(v))
		if (notice_event_parse(json_name(v), &event) && json_i64(v, &count) && count > 0)
			batch->groups[event].count += (uint64_t)count;
}

static void drop_empty_groups(struct notice_batch *batch)
{
	for (size_t i = 0; i < NOTICE_EVENT_COUNT; i++) {
		if (batch->groups[i].count == 0)
			continue;
		batch->total += batch->groups[i].count;
		batch->groups[batch->group_count++] = batch->groups[i];
	}
}

bool notice_batch_parse(struct slice text, struct notice_batch *ret_batch, struct err *err)
{
	struct notice_batch batch = {.json = json_parse(text, &limits, err)};
	const struct json *events;

	if (!batch.json)
		return err_prefix(err, "batch");
	if (json_count(batch.json) == 0) {
		*ret_batch = batch;
		return true;
	}
	if (!json_get_str(batch.json, "id", &batch.id, err) ||
		!json_get_i64(batch.json, "at", &batch.at, err) ||
		!json_get_array(batch.json, "events", &events, err) || !read_items(events, &batch, err)) {
		notice_batch_done(&batch);
		return err_prefix(err, "batch");
	}
	const struct json *more = json_member(batch.json, "more");
	if (more)
		add_more(more, &batch);
	drop_empty_groups(&batch);
	*ret_batch = batch;
	return true;
}

void notice_batch_done(struct notice_batch *batch)
{
	free(batch->items);
	json_free(batch->json);
	*batch = (struct notice_batch){0};
}
