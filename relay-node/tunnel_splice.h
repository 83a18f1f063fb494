/* tunnel_splice.h: moves bytes from socket to socket through a kernel pipe, without copying them to us.
 * Called by flow.c only. */
#ifndef KP_RELAY_TUNNEL_SPLICE_H
#define KP_RELAY_TUNNEL_SPLICE_H

#include "relay-node/pipe_pool.h"
#include "relay-node/stream.h"

/* Socket → empty pipe, once, at most `max` bytes. */
enum stream_result splice_fill(struct pipe_pair *pipe, struct stream *from, size_t max, size_t *ret_n);
/* Pipe → socket, once. */
enum stream_result splice_drain(struct pipe_pair *pipe, struct stream *to, size_t *ret_n);

#endif
