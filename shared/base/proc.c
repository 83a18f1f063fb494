/* proc.c: see proc.h. */
#include "shared/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef KP_BUILD
#define KP_BUILD "development"
#endif

uint64_t proc_raise_nofile(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	return limit.rlim_cur;
}

void proc_ignore_sigpipe(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &action, NULL);
}

void proc_keep_heap(int bytes)
{
#ifdef __GLIBC__
	mallopt(M_TRIM_THRESHOLD, bytes);
	mallopt(M_TOP_PAD, bytes / 8);
	mallopt(M_MMAP_THRESHOLD, bytes / 8); /* fixed, now that the first is */
#else
	(void)bytes;
#endif
}

const char *proc_build(void)
{
	return KP_BUILD;
}

bool proc_read_file(const char *path, char *dst, size_t size, struct err *err)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set_sys(err, errno, "open %s", path);
	while (len < size && (n = read(fd, dst + len, size - len)) > 0)
		len += (size_t)n;
	int read_errno = errno;
	close(fd);
	if (n < 0)
		return err_set_sys(err, read_errno, "read %s", path);
	if (len >= size)
		return err_set(err, ERR_LIMIT, "%s: longer than %zu bytes", path, size - 1);
	while (len > 0 && (dst[len - 1] == '\n' || dst[len - 1] == '\r'))
		len--;
	dst[len] = '\0';
	return true;
}
