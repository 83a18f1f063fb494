/* password_worker.c: see password_worker.h. The thread tells the loop through an eventfd. */
#include "api-node/password_worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/ensure.h"
#include "shared/base/list.h"
#include "shared/crypto/password.h"

struct task {
	struct list node;
	enum { TASK_VERIFY, TASK_HASH } kind;
	char *hash; /* owned; what to verify with, NULL: nobody; or what came of hashing, NULL: it failed */
	char *password;
	size_t password_len;
	bool matches;
	password_done_fn *verified; /* of the kind */
	password_hashed_fn *hashed;
	void *arg;
};

struct password_worker {
	struct loop *loop; /* borrowed */
	struct loop_io *io;
	int event_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct list waiting, finished;
	size_t held; /* tasks that were not given back yet */
	enum { WORKER_RUNNING, WORKER_STOPPING } state;
};

static void task_free(struct task *task)
{
	explicit_bzero(task->password, task->password_len);
	free(task->password);
	if (task->hash)
		explicit_bzero(task->hash, strlen(task->hash));
	free(task->hash);
	free(task);
}

static void work(struct task *task)
{
	struct slice password = slice_of(task->password, task->password_len);
	char hash[PASSWORD_HASH_BYTES];

	if (task->kind == TASK_VERIFY)
		task->matches =
			task->hash ? password_verify(task->hash, password) : password_verify_nobody(password);
	else if (password_hash(password, hash, NULL))
		task->hash = mem_strdup(hash);
}

static void *run(void *arg)
{
	struct password_worker *worker = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&worker->lock);
	while (worker->state == WORKER_RUNNING) {
		struct list *node = list_pop(&worker->waiting);
		if (!node) {
			pthread_cond_wait(&worker->changed, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		struct task *task = list_entry(node, struct task, node);
		work(task);
		pthread_mutex_lock(&worker->lock);
		list_append(&worker->finished, &task->node);
		/* The counter of an eventfd cannot overflow here: the line is 16 long. */
		ensure(write(worker->event_fd, &one, sizeof(one)) == sizeof(one));
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void on_finished(int fd, unsigned events, void *arg)
{
	struct password_worker *worker = arg;
	struct list done;
	uint64_t count;

	(void)events;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	list_init(&done);
	pthread_mutex_lock(&worker->lock);
	for (struct list *node; (node = list_pop(&worker->finished));) {
		list_append(&done, node);
		worker->held--;
	}
	pthread_mutex_unlock(&worker->lock);
	for (struct list *node; (node = list_pop(&done));) {
		struct task *task = list_entry(node, struct task, node);
		if (task->kind == TASK_VERIFY)
			task->verified(task->matches, task->arg);
		else
			task->hashed(task->hash, task->arg);
		task_free(task);
	}
}

struct password_worker *password_worker_new(struct loop *loop, struct err *err)
{
	struct password_worker *worker = mem_zalloc(sizeof(*worker));

	worker->loop = loop;
	list_init(&worker->waiting);
	list_init(&worker->finished);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (worker->event_fd < 0) {
		err_set_sys(err, errno, "eventfd");
		goto out_free;
	}
	worker->io = loop_io_new(loop, worker->event_fd, on_finished, worker);
	if (!worker->io) {
		err_set(err, ERR_SYSTEM, "password thread: no descriptor left");
		goto out_close;
	}
	loop_io_want(loop, worker->io, LOOP_READ);
	int failed = pthread_create(&worker->thread, NULL, run, worker);
	if (failed == 0)
		return worker;
	err_set_sys(err, failed, "start the password thread");
	loop_io_free(loop, worker->io);
out_close:
	close(worker->event_fd);
out_free:
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
	return NULL;
}

void password_worker_free(struct password_worker *worker)
{
	struct list *node;

	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->state = WORKER_STOPPING;
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	while ((node = list_pop(&worker->waiting)) || (node = list_pop(&worker->finished)))
		task_free(list_entry(node, struct task, node));
	loop_io_free(worker->loop, worker->io);
	close(worker->event_fd);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

/* Copied into the line; the task, or NULL when the line is full. Under the lock. */
static struct task *take_place(struct password_worker *worker, struct slice password, void *arg)
{
	if (worker->held >= PASSWORD_QUEUE_MAX)
		return NULL;
	struct task *task = mem_zalloc(sizeof(*task));
	task->password = mem_strndup(password.data ? password.data : "", password.len);
	task->password_len = password.len;
	task->arg = arg;
	list_append(&worker->waiting, &task->node);
	worker->held++;
	pthread_cond_signal(&worker->changed);
	return task;
}

bool password_worker_verify(struct password_worker *worker, const char *hash, struct slice password,
	password_done_fn *done, void *arg)
{
	pthread_mutex_lock(&worker->lock);
	struct task *task = take_place(worker, password, arg);
	if (task) {
		task->kind = TASK_VERIFY;
		task->hash = hash ? mem_strdup(hash) : NULL;
		task->verified = done;
	}
	pthread_mutex_unlock(&worker->lock);
	return task != NULL;
}

bool password_worker_hash(
	struct password_worker *worker, struct slice password, password_hashed_fn *done, void *arg)
{
	pthread_mutex_lock(&worker->lock);
	struct task *task = take_place(worker, password, arg);
	if (task) {
		task->kind = TASK_HASH;
		task->hashed = done;
	}
	pthread_mutex_unlock(&worker->lock);
	return task != NULL;
}
