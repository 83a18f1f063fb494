/*
 * io.h: a descriptor in a worker's epoll set. It is registered once, edge-triggered, for both directions, and
 * leaves the set when it is closed. The struct must live until the end of the loop turn in which it is closed
 * (worker.c frees later), so that an event already fetched finds it with fd == -1.
 */
#ifndef KP_RELAY_IO_H
#define KP_RELAY_IO_H

#include <stdint.h>

struct io {
	int fd; /* owned; -1 when closed */
	void (*on_event)(struct io *io, uint32_t epoll_events);
};

#endif
