/* upstream.c: see upstream.h. Addresses are 127.16.0.1 to 127.254.255.254, handed out in order, z never 0 or
 * 255. */
#include "tests/kiotproxy-sim/upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "shared/base/ensure.h"

enum { ADDR_X_FIRST = 16, ADDR_X_COUNT = 239, ADDR_Z_COUNT = 254 };

static const uint32_t ADDR_COUNT = ADDR_X_COUNT * 256u * ADDR_Z_COUNT;

static const char *const locations[REGION_RANDOM][6] = {
	[REGION_BAC] = {"Hà Nội", "Phú Thọ", "Hải Phòng", "Quảng Ninh", "Bắc Ninh", "Thái Nguyên"},
	[REGION_TRUNG] = {"Đà Nẵng", "Huế", "Nghệ An", "Thanh Hóa", "Quảng Ngãi", "Khánh Hòa"},
	[REGION_NAM] = {"TP. Hồ Chí Minh", "Cần Thơ", "Đồng Nai", "Tây Ninh", "An Giang", "Vĩnh Long"},
};

bool region_parse(struct slice text, enum region *ret_region)
{
	static const char *const names[] = {"bac", "trung", "nam", "random"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_eq_str(text, names[i])) {
			*ret_region = (enum region)i;
			return true;
		}
	}
	return false;
}

static const char *location_draw(struct dice *dice, enum region region)
{
	if (region == REGION_RANDOM)
		region = (enum region)dice_below(dice, REGION_RANDOM);
	return locations[region][dice_below(dice, ARRAY_LEN(locations[region]))];
}

/* Stored places come back as the static text they were. */
static const char *location_known(const char *text)
{
	for (unsigned r = 0; r < REGION_RANDOM; r++)
		for (unsigned i = 0; i < ARRAY_LEN(locations[r]); i++)
			if (strcmp(locations[r][i], text) == 0)
				return locations[r][i];
	return locations[REGION_BAC][0];
}

static struct slice addr_key(const struct in_addr *addr)
{
	return slice_of((const char *)addr, sizeof(*addr));
}

void upstream_pool_init(
	struct upstream_pool *pool, struct event_base *base, struct dice *dice, uint64_t cut_after_ms)
{
	*pool = (struct upstream_pool){.base = base, .dice = dice, .cut_after_ms = cut_after_ms};
	hash_map_init(&pool->live);
	list_init(&pool->dying);
}

static struct in_addr addr_next(struct upstream_pool *pool)
{
	uint32_t n = pool->counter++ % ADDR_COUNT;
	uint32_t x = ADDR_X_FIRST + n / (256 * ADDR_Z_COUNT);
	uint32_t y = n / ADDR_Z_COUNT % 256;
	uint32_t z = 1 + n % ADDR_Z_COUNT;

	return (struct in_addr){htonl(127u << 24 | x << 16 | y << 8 | z)};
}

static void on_own_accept(
	struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int sa_len, void *arg)
{
	struct upstream *up = arg;

	(void)listener;
	(void)sa;
	(void)sa_len;
	up->pool->accept(up, fd, up->pool->accept_arg);
}

static bool listen_own(struct upstream *up, uint16_t port, struct err *err)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = up->addr, .sin_port = htons(port)};
	socklen_t len = sizeof(sa);

	up->listener = evconnlistener_new_bind(up->pool->base, on_own_accept, up,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 1024,
		(struct sockaddr *)&sa, sizeof(sa));
	if (!up->listener ||
		getsockname(evconnlistener_get_fd(up->listener), (struct sockaddr *)&sa, &len) != 0)
		return err_set_sys(err, errno, "listen on %s", up->host);
	up->port = ntohs(sa.sin_port);
	return true;
}

struct upstream *upstream_restore(struct upstream_pool *pool, const struct upstream_spec *spec,
	struct in_addr addr, uint16_t port, const char *location, struct err *err)
{
	struct upstream *up = mem_zalloc(sizeof(*up));

	*up = (struct upstream){.refs = 1,
		.addr = addr,
		.port = pool->port,
		.location = location_known(location),
		.pool = pool,
		.owner_counts = spec->owner_counts};
	list_init(&up->links);
	inet_ntop(AF_INET, &addr, up->host, sizeof(up->host));
	if (!slice_copy(slice_from_str(spec->user), up->user, sizeof(up->user)) ||
		!slice_copy(slice_from_str(spec->password), up->password, sizeof(up->password))) {
		err_set(err, ERR_INVALID, "user or password of the upstream is too long");
		goto fail;
	}
	if (spec->socket == UPSTREAM_OWN_SOCKET && !listen_own(up, port, err))
		goto fail;
	hash_map_set(&pool->live, addr_key(&up->addr), up);
	return up;
fail:
	if (up->listener)
		evconnlistener_free(up->listener);
	free(up);
	return NULL;
}

struct upstream *upstream_assign(
	struct upstream_pool *pool, const struct upstream_spec *spec, struct err *err)
{
	for (uint32_t tries = 0; tries < ADDR_COUNT; tries++) {
		struct in_addr addr = addr_next(pool);

		if (!hash_map_find(&pool->live, addr_key(&addr)))
			return upstream_restore(
				pool, spec, addr, 0, location_draw(pool->dice, spec->region), err);
	}
	err_set(err, ERR_LIMIT, "every upstream address is in use");
	return NULL;
}

struct upstream *upstream_find(const struct upstream_pool *pool, struct in_addr addr)
{
	return hash_map_find(&pool->live, addr_key(&addr));
}

void upstream_unref(struct upstream *up)
{
	if (!up || --up->refs > 0)
		return;
	ensure(up->state == UPSTREAM_DEAD && list_empty(&up->links));
	free(up);
}

static void cut_links(struct upstream *up)
{
	while (!list_empty(&up->links)) {
		struct upstream_link *link = list_entry(up->links.next, struct upstream_link, node);

		link->cut(link);
		ensure(up->links.next != &link->node);
	}
}

static void on_cut_timer(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *up = arg;

	(void)fd;
	(void)what;
	event_free(up->cut_timer);
	up->cut_timer = NULL;
	list_remove(&up->dying);
	cut_links(up);
	upstream_unref(up);
}

void upstream_pool_done(struct upstream_pool *pool)
{
	list_each (it, &pool->dying)
		on_cut_timer(-1, 0, list_entry(it, struct upstream, dying));
	hash_map_done(&pool->live);
}

void upstream_kill(struct upstream *up)
{
	uint64_t ms = up->pool->cut_after_ms;
	struct timeval after = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	if (up->state == UPSTREAM_DEAD)
		return;
	up->state = UPSTREAM_DEAD;
	hash_map_remove(&up->pool->live, addr_key(&up->addr));
	if (up->listener)
		evconnlistener_free(up->listener); /* the kernel refuses from here on */
	up->listener = NULL;
	if (ms > 0 && !list_empty(&up->links)) {
		up->refs++;
		list_append(&up->pool->dying, &up->dying);
		up->cut_timer = evtimer_new(up->pool->base, on_cut_timer, up);
		evtimer_add(up->cut_timer, &after);
		return;
	}
	up->refs++; /* the links' references may be the last ones */
	cut_links(up);
	upstream_unref(up);
}

void upstream_link_attach(
	struct upstream_link *link, struct upstream *up, void (*cut)(struct upstream_link *))
{
	link->upstream = up;
	link->cut = cut;
	list_append(&up->links, &link->node);
	up->refs++;
	up->counts.opened++;
	up->counts.open++;
	up->owner_counts->opened++;
	up->owner_counts->open++;
}

void upstream_link_detach(struct upstream_link *link)
{
	struct upstream *up = link->upstream;

	if (!up)
		return;
	link->upstream = NULL;
	list_remove(&link->node);
	up->counts.open--;
	up->owner_counts->open--;
	upstream_unref(up);
}
