/*
 * push_load.c: many browsers at once: opens WebSockets to an api-node, reads what they are told and measures
 * how long ago each proxy's frame was committed: its note holds the committer's CLOCK_MONOTONIC in
 * nanoseconds. One thread, epoll; it looks at a frame's length and note and at nothing else, to cost less
 * than the server.
 *
 *	push_load <port> <token,token,…> <sockets> <slow sockets>
 *
 * stdin, a line each: "reset" begins a measurement, "report" prints it as JSON, the end of input ends.
 * "ready" is printed once all sockets have their hello. Slow sockets never read. Used by push.py.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_BYTES = 256 * 1024,
	EVENTS = 256,
	BUCKETS = 64 * 64, /* of a 64th of a power of two, from 1 µs */
	HEAD_BYTES = 4096,
	FRAME_MAX_BYTES = 1024 * 1024,
	TOKENS_MAX = 256,
};

static const char NOTE[] = "\"note\":\"";

struct peer {
	int fd;
	bool open;      /* the upgrade was answered */
	size_t kept;    /* bytes of an unfinished head or frame */
	char *rest;     /* owned; those bytes */
	size_t note_at; /* where the last frame had its note */
};

struct load {
	struct peer *peers;
	size_t count, opened, ended;
	uint64_t frames, bytes, proxies, resyncs;
	uint64_t histogram[BUCKETS];
	uint64_t max_us, began_ns, began_cpu_ns;
	char *buffer; /* kept bytes of one peer, then what was read */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- figures ---- */

static size_t bucket_of(uint64_t us)
{
	unsigned power = 63 - (unsigned)__builtin_clzll(us | 1);
	uint64_t within = power >= 6 ? (us >> (power - 6)) & 63 : (us << (6 - power)) & 63;
	size_t bucket = power * 64ull + within;

	return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double bucket_ms(size_t bucket)
{
	return (double)(1ull << bucket / 64) * (1 + (double)(bucket % 64) / 64) / 1000;
}

static double percentile(const struct load *load, double share)
{
	uint64_t wanted = (uint64_t)((double)load->proxies * share), seen = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		seen += load->histogram[i];
		if (seen > wanted)
			return bucket_ms(i);
	}
	return 0;
}

static void reset(struct load *load)
{
	memset(load->histogram, 0, sizeof(load->histogram));
	load->frames = load->bytes = load->proxies = load->resyncs = load->max_us = 0;
	load->began_ns = clock_ns(CLOCK_MONOTONIC);
	load->began_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void report(const struct load *load)
{
	double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - load->began_ns) / 1e9;
	double cpu = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - load->began_cpu_ns) / 1e9;

	printf("{\"seconds\":%.2f,\"client_cpu\":%.3f,\"frames\":%llu,\"proxy_frames\":%llu,\"bytes\":%llu,\"resyncs\":%llu,"
	       "\"ended\":%zu,\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.2f}\n",
		seconds, cpu / seconds, (unsigned long long)load->frames, (unsigned long long)load->proxies,
		(unsigned long long)load->bytes, (unsigned long long)load->resyncs, load->ended,
		percentile(load, 0.5), percentile(load, 0.9), percentile(load, 0.99), percentile(load, 0.999),
		(double)load->max_us / 1000);
	fflush(stdout);
}

/* ---- frames ---- */

/* The note's digits, where the last frame had them or anywhere; NULL when there are none. */
static const char *find_note(struct peer *peer, const char *text, size_t len)
{
	const size_t size = sizeof(NOTE) - 1;
	const char *at;

	if (peer->note_at + size < len && memcmp(text + peer->note_at, NOTE, size) == 0)
		return text + peer->note_at + size;
	at = memmem(text, len, NOTE, size);
	if (!at)
		return NULL;
	peer->note_at = (size_t)(at - text);
	return at + size;
}

static void take_frame(struct load *load, struct peer *peer, const char *text, size_t len, uint64_t at_ns)
{
	const char *note;
	uint64_t sent_ns = 0, us;

	load->frames++;
	if (len >= 15 && memcmp(text, "{\"type\":\"resync\"", 15) == 0)
		load->resyncs++;
	if (len < 16 || memcmp(text, "{\"type\":\"proxy\",", 16) != 0)
		return;
	note = find_note(peer, text, len);
	for (; note && *note >= '0' && *note <= '9'; note++)
		sent_ns = sent_ns * 10 + (uint64_t)(*note - '0');
	if (!sent_ns || sent_ns > at_ns)
		return;
	us = (at_ns - sent_ns) / 1000;
	load->proxies++;
	load->histogram[bucket_of(us)]++;
	if (us > load->max_us)
		load->max_us = us;
}

/* Takes whole frames off the front; returns how many bytes. Server frames are never masked. */
static size_t take_frames(struct load *load, struct peer *peer, const char *data, size_t len, uint64_t at_ns)
{
	size_t taken = 0;

	while (len - taken >= 2) {
		const unsigned char *head = (const unsigned char *)data + taken;
		size_t head_bytes = 2, size = head[1] & 127;

		if (size == 126)
			head_bytes = 4;
		else if (size == 127)
			head_bytes = 10;
		if (len - taken < head_bytes)
			break;
		if (size >= 126) {
			size = 0;
			for (size_t i = 2; i < head_bytes; i++)
				size = size << 8 | head[i];
		}
		if (size > FRAME_MAX_BYTES)
			die("a frame that long");
		if (len - taken < head_bytes + size)
			break;
		if ((head[0] & 15) == 1)
			take_frame(load, peer, data + taken + head_bytes, size, at_ns);
		taken += head_bytes + size;
	}
	return taken;
}

static size_t take_head(struct load *load, struct peer *peer, const char *data, size_t len)
{
	const char *end = memmem(data, len, "\r\n\r\n", 4);

	if (!end)
		return 0;
	if (memcmp(data, "HTTP/1.1 101", 12) != 0) {
		fprintf(stderr, "push_load: %.*s\n", (int)(end - data), data);
		exit(1);
	}
	peer->open = true;
	load->opened++;
	return (size_t)(end - data) + 4;
}

static void keep(struct peer *peer, const char *data, size_t len)
{
	peer->rest = len ? realloc(peer->rest, len) : peer->rest;
	if (len && !peer->rest)
		die("realloc");
	if (len)
		memcpy(peer->rest, data, len);
	peer->kept = len;
}

static void read_peer(struct load *load, struct peer *peer)
{
	size_t len = peer->kept, taken = 0;
	uint64_t at_ns;
	ssize_t n;

	if (len)
		memcpy(load->buffer, peer->rest, len);
	n = read(peer->fd, load->buffer + len, READ_BYTES);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		load->ended++;
		close(peer->fd);
		peer->fd = -1;
		return;
	}
	at_ns = clock_ns(CLOCK_MONOTONIC);
	load->bytes += (uint64_t)n;
	len += (size_t)n;
	if (!peer->open)
		taken = take_head(load, peer, load->buffer, len);
	if (peer->open)
		taken += take_frames(load, peer, load->buffer + taken, len - taken, at_ns);
	keep(peer, load->buffer + taken, len - taken);
}

/* ---- life ---- */

static void open_peer(struct peer *peer, uint16_t port, const char *token)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char head[HEAD_BYTES];
	int len = snprintf(head, sizeof(head),
		"GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
		"Authorization: Bearer %s\r\n\r\n",
		port, token);

	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->fd < 0 || connect(peer->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		die("connect");
	if (write(peer->fd, head, (size_t)len) != len)
		die("write");
}

/* One a time: the upgrade of a thousand at once would only measure the listen queue. */
static void open_all(struct load *load, int epoll_fd, uint16_t port, char *tokens, size_t slow)
{
	char *list[TOKENS_MAX] = {tokens};
	size_t count = 1;

	for (char *comma; count < TOKENS_MAX && (comma = strchr(list[count - 1], ',')); count++) {
		*comma = '\0';
		list[count] = comma + 1;
	}
	for (size_t i = 0; i < load->count; i++) {
		struct peer *peer = &load->peers[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};

		open_peer(peer, port, list[i % count]);
		while (!peer->open)
			read_peer(load, peer);
		if (i < load->count - slow && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer->fd, &event) != 0)
			die("epoll_ctl");
	}
}

/* False at the end of input. */
static bool obey(struct load *load)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (strcmp(line, "reset\n") == 0)
		reset(load);
	else if (strcmp(line, "report\n") == 0)
		report(load);
	return true;
}

int main(int argc, char **argv)
{
	struct rlimit files = {.rlim_cur = 65536, .rlim_max = 65536};
	struct epoll_event events[EVENTS], input = {.events = EPOLLIN, .data.ptr = NULL};
	struct load load = {0};
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC), n;

	if (argc != 5) {
		fprintf(stderr, "usage: push_load <port> <tokens> <sockets> <slow sockets>\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	setvbuf(stdin, NULL, _IONBF, 0); /* epoll must see what is left */
	load.count = strtoul(argv[3], NULL, 10);
	load.peers = calloc(load.count, sizeof(*load.peers));
	load.buffer = malloc(READ_BYTES + FRAME_MAX_BYTES + 16);
	if (!load.peers || !load.buffer || epoll_fd < 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
		die("start");
	open_all(&load, epoll_fd, (uint16_t)strtoul(argv[1], NULL, 10), argv[2], strtoul(argv[4], NULL, 10));
	reset(&load);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(epoll_fd, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct peer *peer = events[i].data.ptr;

			if (!peer && !obey(&load))
				return 0;
			if (peer && peer->fd >= 0)
				read_peer(&load, peer);
		}
	}
}
