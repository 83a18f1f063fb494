/* redis_fixture.c: see redis_fixture.h. */
#include "tests/unit/shared/store/redis_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

static void die(const char *what)
{
	fprintf(stderr, "redis fixture: %s\n", what);
	exit(1);
}

static uint16_t free_port(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) != 0 ||
		getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		die("no free port");
	close(fd);
	return ntohs(sa.sin_port);
}

static void run_server(const struct redis_fixture *fixture)
{
	char port[8], delay[16];
	int log = open("/dev/null", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves nothing behind */
	snprintf(port, sizeof(port), "%u", fixture->port);
	snprintf(delay, sizeof(delay), "%u", fixture->load_delay_us);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	execlp("redis-server", "redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", fixture->dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command",
		"yes", "--hash-max-listpack-value", "512", "--key-load-delay", delay,
		"--loading-process-events-interval-bytes", "1024",
		fixture->password[0] ? "--requirepass" : "--daemonize",
		fixture->password[0] ? fixture->password : "no", (char *)NULL);
	_exit(127);
}

/* Whether something answers on the port, be it "-LOADING" or "-NOAUTH". */
static bool is_answering(const struct redis_fixture *fixture)
{
	redisContext *c = redisConnect("127.0.0.1", fixture->port);
	redisReply *reply = c && !c->err ? redisCommand(c, "PING") : NULL;
	bool ok = reply != NULL;

	if (reply)
		freeReplyObject(reply);
	if (c)
		redisFree(c);
	return ok;
}

void redis_fixture_restart(struct redis_fixture *fixture)
{
	int status;

	fixture->pid = fork();
	if (fixture->pid < 0)
		die("fork failed");
	if (fixture->pid == 0)
		run_server(fixture);
	for (int i = 0; i < 2000; i++) {
		if (is_answering(fixture))
			return;
		if (waitpid(fixture->pid, &status, WNOHANG) == fixture->pid)
			die("redis-server did not start");
		usleep(5000);
	}
	die("redis-server does not answer");
}

void redis_fixture_start_with_password(struct redis_fixture *fixture, const char *password)
{
	memset(fixture, 0, sizeof(*fixture));
	snprintf(fixture->password, sizeof(fixture->password), "%s", password);
	snprintf(fixture->dir, sizeof(fixture->dir), "%s/kp-redis-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(fixture->dir))
		die("no folder");
	fixture->port = free_port();
	redis_fixture_restart(fixture);
}

void redis_fixture_start(struct redis_fixture *fixture)
{
	redis_fixture_start_with_password(fixture, "");
}

static void end(struct redis_fixture *fixture, int signal_number)
{
	if (fixture->pid <= 0)
		return;
	kill(fixture->pid, signal_number);
	kill(fixture->pid, SIGCONT);
	waitpid(fixture->pid, NULL, 0);
	fixture->pid = 0;
}

void redis_fixture_stop(struct redis_fixture *fixture)
{
	end(fixture, SIGTERM);
}

void redis_fixture_kill(struct redis_fixture *fixture)
{
	end(fixture, SIGKILL);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void redis_fixture_done(struct redis_fixture *fixture)
{
	redis_fixture_kill(fixture);
	if (fixture->dir[0] && nftw(fixture->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "redis fixture: cannot remove %s\n", fixture->dir);
}

static redisReply *command(const struct redis_fixture *fixture, const char *format, va_list ap)
{
	redisContext *c = redisConnect("127.0.0.1", fixture->port);
	redisReply *reply;

	if (!c || c->err)
		die("cannot connect");
	if (fixture->password[0])
		freeReplyObject(redisCommand(c, "AUTH %s", fixture->password));
	reply = redisvCommand(c, format, ap);
	redisFree(c);
	if (!reply)
		die("no reply");
	return reply;
}

struct redisReply *redis_fixture_command(const struct redis_fixture *fixture, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	redisReply *reply = command(fixture, format, ap);
	va_end(ap);
	return reply;
}

long long redis_fixture_int(const struct redis_fixture *fixture, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	redisReply *reply = command(fixture, format, ap);
	va_end(ap);
	if (reply->type != REDIS_REPLY_INTEGER && reply->type != REDIS_REPLY_STRING)
		die(reply->str ? reply->str : "a reply that is no number");
	long long value = reply->type == REDIS_REPLY_INTEGER ? reply->integer : strtoll(reply->str, NULL, 10);
	freeReplyObject(reply);
	return value;
}
