/* state_file.c: see state_file.h. */
#include "tests/kiotproxy-sim/state_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <event2/event.h>

#include "shared/base/ensure.h"
#include "shared/base/log.h"
#include "tests/kiotproxy-sim/json_text.h"
#include "tests/kiotproxy-sim/wall_clock.h"

/* NULL without err set when there is no file. */
static cJSON *file_read(const char *path, struct err *err)
{
	FILE *in = path[0] ? fopen(path, "re") : NULL;
	struct stat st;
	cJSON *json = NULL;
	char *text;

	if (!in) {
		if (path[0] && errno != ENOENT)
			err_set_sys(err, errno, "--state-file: open %s", path);
		return NULL;
	}
	if (fstat(fileno(in), &st) == 0) {
		text = mem_alloc((size_t)st.st_size + 1);
		text[fread(text, 1, (size_t)st.st_size, in)] = '\0';
		json = cJSON_Parse(text);
		free(text);
	}
	fclose(in);
	if (!json)
		err_set(err, ERR_INVALID, "--state-file: %s holds no JSON", path);
	return json;
}

static uint64_t number_of(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	return cJSON_IsNumber(item) && item->valuedouble > 0 ? (uint64_t)item->valuedouble : 0;
}

static const char *text_of(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

	return text ? text : "";
}

bool state_file_port(const char *path, uint16_t *ret_port, struct err *err)
{
	struct err read_err = {0};
	cJSON *json = file_read(path, &read_err);

	*ret_port = (uint16_t)number_of(json, "upstream_port");
	cJSON_Delete(json);
	if (err && read_err.code)
		*err = read_err;
	return read_err.code == ERR_NONE;
}

static void key_restore(struct key_table *keys, const cJSON *json)
{
	struct slice name = slice_from_str(text_of(json, "key"));
	struct key_state *key = key_name_is_good(name) ? key_table_get(keys, name) : NULL;
	uint64_t expires_ms = number_of(json, "expires_ms");
	struct err err = {0};
	struct in_addr addr;

	if (!key)
		return;
	key->next_request_ms = number_of(json, "next_request_ms");
	if (inet_pton(AF_INET, text_of(json, "host"), &addr) != 1 || expires_ms <= wall_now_ms())
		return;
	struct upstream_spec spec = {.socket = key_socket(key),
		.user = text_of(json, "user"),
		.password = text_of(json, "password"),
		.owner_counts = &key->counts.conns};
	struct upstream *up = upstream_restore(
		keys->pool, &spec, addr, (uint16_t)number_of(json, "port"), text_of(json, "location"), &err);
	if (up)
		key_adopt(key, up, expires_ms, key->next_request_ms);
	else
		log_warning("an upstream of the state file is lost", log_err(&err));
}

static void key_write(const struct key_state *key, struct buf *out)
{
	const struct upstream *up = key->current;

	buf_append_str(out, "{\"key\":");
	json_text(out, key->name);
	buf_printf(out, ",\"next_request_ms\":%llu", (unsigned long long)key->next_request_ms);
	if (up && up->state == UPSTREAM_LIVE) {
		buf_printf(out,
			",\"host\":\"%s\",\"port\":%u,\"expires_ms\":%llu,\"location\":\"%s\",\"user\":",
			up->host, up->port, (unsigned long long)key->expires_ms, up->location);
		json_text(out, slice_from_str(up->user));
		buf_append_str(out, ",\"password\":");
		json_text(out, slice_from_str(up->password));
	}
	buf_append_char(out, '}');
}

static bool file_replace(const char *path, struct slice content, struct err *err)
{
	char temporary[600];

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	FILE *out = fopen(temporary, "we");
	if (!out)
		return err_set_sys(err, errno, "open %s", temporary);
	size_t written = fwrite(content.data, 1, content.len, out);
	if (fclose(out) != 0 || written != content.len || rename(temporary, path) != 0)
		return err_set_sys(err, errno, "write %s", path);
	return true;
}

static void file_write(struct state_file *file)
{
	struct key_table *keys = file->keys;
	struct key_state *key;
	const char *separator = "";
	size_t cursor = 0;
	uint64_t began_ms = wall_now_ms();
	struct err err = {0};
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "{\"upstream_port\":%u,\"counter\":%u,\"keys\":[\n", keys->pool->port,
		keys->pool->counter);
	while ((key = hash_map_next(&keys->keys, &cursor))) {
		buf_append_str(&b, separator);
		key_write(key, &b);
		separator = ",\n";
	}
	buf_append_str(&b, "]}\n");
	if (!file_replace(file->path, buf_slice(&b), &err))
		log_warning("state not kept, trying again", log_err(&err));
	else
		file->written_changes = keys->changes;
	buf_done(&b);
	uint64_t now = wall_now_ms();
	file->not_before_ms = now + 10 * (now - began_ms);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct state_file *file = arg;

	(void)fd;
	(void)what;
	if (file->keys->changes != file->written_changes && wall_now_ms() >= file->not_before_ms)
		file_write(file);
}

bool state_file_start(struct state_file *file, const char *path, struct key_table *keys, struct err *err)
{
	struct timeval second = {.tv_sec = 1};
	struct err read_err = {0};
	cJSON *json, *item;

	*file = (struct state_file){.path = path, .keys = keys};
	if (!path[0])
		return true;
	json = file_read(path, &read_err);
	if (!json && read_err.code) {
		if (err)
			*err = read_err;
		return false;
	}
	keys->pool->counter = (uint32_t)number_of(json, "counter");
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "keys")) key_restore(keys, item);
	cJSON_Delete(json);
	file->timer = event_new(keys->base, -1, EV_PERSIST, on_timer, file);
	ensure(file->timer);
	event_add(file->timer, &second);
	return true;
}

void state_file_done(struct state_file *file)
{
	if (!file->timer)
		return;
	file_write(file);
	event_free(file->timer);
}
