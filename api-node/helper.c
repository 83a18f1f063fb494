/* helper.c: see helper.h. The thread tells the loop through an eventfd. */
#include "api-node/helper.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/ensure.h"

struct helper {
	struct loop *loop; /* borrowed */
	struct loop_io *io;
	int event_fd;
	pthread_t thread;
	helper_fn *done;      /* the loop's thread only */
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	enum { HELPER_IDLE, HELPER_ASKED, HELPER_FINISHED, HELPER_STOPPING } state;
	helper_fn *work;
	void *arg;
};

static void *run(void *arg)
{
	struct helper *helper = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&helper->lock);
	while (helper->state != HELPER_STOPPING) {
		if (helper->state != HELPER_ASKED) {
			pthread_cond_wait(&helper->changed, &helper->lock);
			continue;
		}
		pthread_mutex_unlock(&helper->lock);
		helper->work(helper->arg);
		pthread_mutex_lock(&helper->lock);
		if (helper->state == HELPER_STOPPING)
			break;
		helper->state = HELPER_FINISHED;
		ensure(write(helper->event_fd, &one, sizeof(one)) == sizeof(one));
	}
	pthread_mutex_unlock(&helper->lock);
	return NULL;
}

static void on_finished(int fd, unsigned events, void *arg)
{
	struct helper *helper = arg;
	uint64_t count;

	(void)events;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&helper->lock);
	helper->state = HELPER_IDLE;
	void *work_arg = helper->arg;
	pthread_mutex_unlock(&helper->lock);
	helper->done(work_arg); /* may ask for more */
}

struct helper *helper_new(struct loop *loop, struct err *err)
{
	struct helper *helper = mem_zalloc(sizeof(*helper));

	helper->loop = loop;
	pthread_mutex_init(&helper->lock, NULL);
	pthread_cond_init(&helper->changed, NULL);
	helper->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (helper->event_fd < 0) {
		err_set_sys(err, errno, "eventfd");
		goto out_free;
	}
	helper->io = loop_io_new(loop, helper->event_fd, on_finished, helper);
	if (!helper->io) {
		err_set(err, ERR_SYSTEM, "helper thread: no descriptor left");
		goto out_close;
	}
	loop_io_want(loop, helper->io, LOOP_READ);
	int failed = pthread_create(&helper->thread, NULL, run, helper);
	if (failed == 0)
		return helper;
	err_set_sys(err, failed, "start the helper thread");
	loop_io_free(loop, helper->io);
out_close:
	close(helper->event_fd);
out_free:
	pthread_cond_destroy(&helper->changed);
	pthread_mutex_destroy(&helper->lock);
	free(helper);
	return NULL;
}

void helper_free(struct helper *helper)
{
	if (!helper)
		return;
	pthread_mutex_lock(&helper->lock);
	helper->state = HELPER_STOPPING;
	pthread_cond_signal(&helper->changed);
	pthread_mutex_unlock(&helper->lock);
	pthread_join(helper->thread, NULL);
	loop_io_free(helper->loop, helper->io);
	close(helper->event_fd);
	pthread_cond_destroy(&helper->changed);
	pthread_mutex_destroy(&helper->lock);
	free(helper);
}

bool helper_run(struct helper *helper, helper_fn *work, helper_fn *done, void *arg)
{
	pthread_mutex_lock(&helper->lock);
	bool idle = helper->state == HELPER_IDLE;
	if (idle) {
		helper->state = HELPER_ASKED;
		helper->work = work;
		helper->done = done;
		helper->arg = arg;
		pthread_cond_signal(&helper->changed);
	}
	pthread_mutex_unlock(&helper->lock);
	return idle;
}
