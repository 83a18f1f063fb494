/* proc.h: what a program asks of the operating system once, at start. */
#ifndef KP_BASE_PROC_H
#define KP_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/err.h"

/* Raises the soft limit of open descriptors to the hard one; returns the limit in force. */
uint64_t proc_raise_nofile(void);

/* Ignores SIGPIPE: a write to a closed connection is an errno, not the end of the process. */
void proc_ignore_sigpipe(void);

/* The allocator holds on to so much freed memory. Without it a program whose buffers come and go together
 * gives pages back to the kernel and faults them in again at each turn. */
void proc_keep_heap(int bytes);

/* "<version> (<git or build id>)", for --version, heartbeats and /metrics. Static text. */
const char *proc_build(void);

/* Reads a whole small file (at most size-1 bytes) into `dst` as a C string, trailing newline removed. */
bool proc_read_file(const char *path, char *dst, size_t size, struct err *err) MUST_CHECK;

#endif
