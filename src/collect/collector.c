/* The collector's main loop: attach, read what is there, then one tick after the other until the reader is gone. */
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>

#include "answers.h"
#include "clock.h"
#include "cgroup.h"
#include "confine.h"
#include "devices_source.h"
#include "exchanges.h"
#include "hooks.h"
#include "hosts_file.h"
#include "loss_watch.h"
#include "namer.h"
#include "process.h"
#include "reader.h"
#include "requests.h"
#include "sockets.h"
#include "sources.h"
#include "spaces.h"
#include "stages.h"
#include "kernel_btf.h"
#include "watchdog.h"

#define DRAIN_MS (WATCHDOG_MS / 2) /* for the last words */

static const struct source_class clock_source;

/* In the order of a tick: ends are taken before a pass looks for what exists, and both before packets of a socket are
 * reported. */
static const struct source_class *const classes[] = {
    &meter_source,      &devices_source,    &ends_source,    &redirects_source,
    &files_source,      &slow_source,       &sweep_source,   &stages_source,
    &exchanges_source,  &requests_source,   &owners_source,  &processes_source,
    &containers_source, &hosts_file_source, &answers_source, &cgroup_programs_source,
    &losses_source,     &commands_source,   &clock_source,
};

#define SOURCES ARRAY_SIZE(classes)

/* When the next tick is due. */
struct tick_timer {
	struct source source;
	int fd;
	bool soon; /* it was asked for: due as soon as the shortest interval allows */
	u64 at_ns; /* when the last tick began, 0: never */
};

/* A collector with everything that it consists of. */
struct loop {
	struct collector c; /* first: loop_of() */
	struct hooks hooks;
	struct sockets sockets;
	struct namer namer;
	struct spaces spaces;
	struct source *sources[SOURCES]; /* owned, by their classes */
	size_t opened;                   /* how many of them open() was called for */
	bool late;                       /* the late sources have started */
	struct tick_timer *timer;        /* borrowed */
	int epoll;                       /* what the loop waits for */
	int signals; /* a signalfd: readable once a signal has come that ends the collector, and from then on */
	struct reader reader;
	struct watchdog watchdog;
	u64 start_ns;
};

static struct loop *loop_of(struct collector *c)
{
	return (struct loop *)c;
}

/* Has the i-th source started, and does it have this function? */
#define HAS(l, i, what) (((l)->late || !classes[i]->late) && classes[i]->what)

/* -- what the sources may ask of the loop -------------------------------------------------------------------------- */

static int watch(int epoll, int fd, u32 events, struct source *s)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

int source_watch(struct source *s, int fd)
{
	return watch(loop_of(s->c)->epoll, fd, EPOLLIN, s);
}

int source_timer(struct source *s)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && source_watch(s, fd) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct timespec timespec_of(u64 ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NSEC_PER_SEC), .tv_nsec = (long)(ns % NSEC_PER_SEC)};
}

void source_set_timer(int fd, u64 first_ns, u64 every_ns)
{
	struct itimerspec t = {.it_value = timespec_of(first_ns), .it_interval = timespec_of(every_ns)};

	timerfd_settime(fd, 0, &t, NULL);
}

void collector_between(void *collector)
{
	struct collector *c = collector;
	struct loop *l = loop_of(c);

	for (size_t i = 0; i < SOURCES; i++)
		if (HAS(l, i, between))
			classes[i]->between(l->sources[i]);
	outbox_ahead(&c->out, &c->tick);
}

bool collector_want(struct collector *c)
{
	struct loop *l = loop_of(c);
	bool done = true;

	for (size_t i = 0; i < SOURCES; i++)
		if (HAS(l, i, want) && !classes[i]->want(l->sources[i], &c->wishes))
			done = false;
	return done;
}

void collector_tick_soon(struct collector *c)
{
	struct tick_timer *t = loop_of(c)->timer;
	u64 floor = t->at_ns + COLLECT_INTERVAL_MIN_NS, now = now_ns();

	/* Not again if it is already set: somebody who keeps asking would put it off for ever. */
	if (!t->soon)
		source_set_timer(t->fd, floor > now ? floor - now : 1, 0);
	t->soon = true;
}

/* -- one tick ------------------------------------------------------------------------------------------------------ */

static void finish_tick(struct loop *l)
{
	struct collector *c = &l->c;
	struct record_tick t = {
	    .number = c->number,
	    .time_ns = c->tick_ns,
	    .realtime_ns = c->tick_ns + realtime_offset_ns(),
	    .interval_ns = c->interval_ns,
	    .lost_ends = c->out.lost_ends,
	    .skipped_ticks = c->out.skipped,
	};

	for (size_t i = 0; i < SOURCES; i++)
		if (HAS(l, i, fill))
			classes[i]->fill(l->sources[i], &t);
	t.duration_ns = now_ns() - c->tick_ns;
	stream_put(&c->tick, RECORD_TICK, &t);
	if (c->tick.failed)
		buf_deinit(&c->tick); /* out of memory: the tick is missing, which its number shows */
	outbox_tick(&c->out, &c->tick, c->number);
}

/* The last tick was never read: what was new in it is sent again. */
static void resend(struct loop *l)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (HAS(l, i, resend))
			classes[i]->resend(l->sources[i]);
}

static void tick(struct loop *l)
{
	struct collector *c = &l->c;

	c->tick_ns = now_ns();
	budget_refill(&c->budget, c->interval_ns);
	c->delivered = c->number > 0 && c->out.delivered == c->number;
	if (outbox_begin(&c->out))
		resend(l);
	if (l->late)
		hooks_forget_types(c->hooks);
	c->number++;
	c->unread = c->out.delivered + 1 >= c->number ? 0 : c->unread + 1;
	for (size_t i = 0; i < SOURCES; i++)
		if (HAS(l, i, tick))
			classes[i]->tick(l->sources[i]);
	finish_tick(l);
	outbox_flush(&c->out);
}

static int clock_open(struct source *s, struct error *err)
{
	struct tick_timer *t = (struct tick_timer *)s;

	(void)err;
	t->fd = -1;
	loop_of(s->c)->timer = t;
	return 0;
}

static int clock_start(struct source *s, struct error *err)
{
	struct tick_timer *t = (struct tick_timer *)s;

	t->fd = source_timer(s);
	if (t->fd < 0)
		return error_set(err, -errno, "timerfd: %s", strerror(errno));
	collector_tick_soon(s->c);
	return 0;
}

static void clock_readable(struct source *s)
{
	struct tick_timer *t = (struct tick_timer *)s;
	u64 expirations;

	if (read(t->fd, &expirations, sizeof(expirations)) <= 0)
		return;
	t->at_ns = now_ns();
	if (t->soon)
		source_set_timer(t->fd, s->c->interval_ns, s->c->interval_ns);
	t->soon = false;
	tick(loop_of(s->c));
}

static bool clock_stop(struct source *s)
{
	struct tick_timer *t = (struct tick_timer *)s;

	if (t->fd >= 0)
		close(t->fd);
	return true;
}

static const struct source_class clock_source = {
    .name = "clock",
    .size = sizeof(struct tick_timer),
    .open = clock_open,
    .start = clock_start,
    .readable = clock_readable,
    .stop = clock_stop,
};

/* -- the loop ------------------------------------------------------------------------------------------------------ */

/* Has a signal come that ends us, or has the reader hung up? Asked before anything that may take long. */
static bool leaving(struct loop *l)
{
	struct pollfd fds[] = {{.fd = l->signals, .events = POLLIN},
			       {.fd = l->c.options->in_fd, .events = POLLRDHUP},
			       {.fd = l->c.options->out_fd}};

	if (poll(fds, ARRAY_SIZE(fds), 0) <= 0)
		return false;
	if (fds[0].revents)
		snprintf(l->c.why, sizeof(l->c.why), "terminated");
	return true;
}

/* s is NULL for a signal, and when the reader can take more. */
static void serve(struct loop *l, struct source *s)
{
	if (leaving(l))
		l->c.quit = true;
	else if (s)
		s->class->readable(s);
}

/* A late source that fails does not end the collector. */
static void start_late(struct loop *l)
{
	l->late = true;
	for (size_t i = 0; i < SOURCES; i++)
		if (classes[i]->late)
			(void)!classes[i]->start(l->sources[i], &(struct error){});
}

static void run_loop(struct loop *l)
{
	struct collector *c = &l->c;
	cleanup_close int out = fcntl(c->options->out_fd, F_DUPFD_CLOEXEC, 3); /* epoll needs a descriptor of its own */

	if (watch(l->epoll, l->signals, EPOLLIN, NULL) < 0 || (watch(l->epoll, out, 0, NULL) < 0 && errno != EPERM))
		return;
	while (!c->quit && !c->out.peer_gone) {
		struct epoll_event e[8], want = {.events = outbox_waiting(&c->out) ? EPOLLOUT : 0};
		int n;

		epoll_ctl(l->epoll, EPOLL_CTL_MOD, out, &want);
		n = epoll_wait(l->epoll, e, ARRAY_SIZE(e), -1);
		for (int i = 0; !c->quit && i < n; i++)
			serve(l, e[i].data.ptr);
		outbox_flush(&c->out);
		if (!l->late && c->out.delivered && !outbox_waiting(&c->out))
			start_late(l);
	}
}

/* -- start and end ------------------------------------------------------------------------------------------------- */

static void say_hello(struct collector *c, u64 start_ns)
{
	struct record_hello h = {.start_ns = start_ns,
				 .realtime_offset_ns = realtime_offset_ns(),
				 .cpus = (u32)sysconf(_SC_NPROCESSORS_ONLN),
				 .netns = c->namer->own_netns};
	struct utsname u;

	if (uname(&u) == 0) {
		snprintf((char *)h.host, sizeof(h.host), "%.63s", u.nodename);
		snprintf((char *)h.kernel, sizeof(h.kernel), "%.65s", u.release);
	}
	snprintf((char *)h.version, sizeof(h.version), "%s", SKBTOP_VERSION);
	outbox_keep(&c->out, RECORD_HELLO, &h);
	hooks_report(c->hooks, SET_TABLE, &c->out);
}

static void say_bye(struct outbox *out, int code, const char *text)
{
	struct record_bye b = {.code = (u64)code};

	snprintf((char *)b.text, sizeof(b.text), "%s", text);
	outbox_keep(out, RECORD_BYE, &b);
	outbox_drain(out, DRAIN_MS);
}

static int open_sources(struct loop *l, struct error *err)
{
	int code = 0;

	for (; code == 0 && l->opened < SOURCES; l->opened++)
		if (classes[l->opened]->open)
			code = classes[l->opened]->open(l->sources[l->opened], err);
	return code;
}

static int start_sources(struct loop *l, struct error *err)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < SOURCES; i++)
		if (HAS(l, i, start))
			code = classes[i]->start(l->sources[i], err);
	return code;
}

static int start(struct loop *l, struct error *err)
{
	struct collector *c = &l->c;
	char from[KERNEL_BTF_FROM_MAX];
	int code;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	code = l->epoll < 0 ? error_set(err, -errno, "epoll: %s", strerror(errno)) : open_sources(l, err);
	if (code == 0)
		code = collect_check(c->options, err);
	if (code == 0)
		code = kernel_btf_provide(c->options->btf, from, err);
	/* Before there is a second thread, so that all threads have it. What is loaded later, the layers for one, is
	 * loaded under the same rules; so they apply to the first load too. */
	cgroup_init();
	if (code == 0)
		code = confine(err);
	if (code == 0)
		code = watchdog_start(&l->watchdog, &l->reader, l->signals, err);
	if (code == 0)
		code = hooks_load(c->hooks, SET_TABLE, err);
	if (code < 0)
		return code;
	sockets_note_unserved(c->sockets, c->hooks);
	l->start_ns = now_ns();
	namer_init(c->namer);
	spaces_init(c->spaces);
	return start_sources(l, err);
}

/* Says why the collector cannot start, and ends. */
static int refuse(const struct collect_options *o, const char *why)
{
	struct outbox out;

	outbox_init(&out, o->out_fd);
	say_bye(&out, 1, why);
	outbox_deinit(&out);
	return 1;
}

static void loop_free(struct loop *l)
{
	for (size_t i = 0; l && i < SOURCES; i++)
		free(l->sources[i]);
	free(l);
}

/* NULL: out of memory. */
static struct loop *loop_new(const struct collect_options *o)
{
	struct loop *l = calloc(1, sizeof(*l));

	for (size_t i = 0; l && i < SOURCES; i++) {
		l->sources[i] = calloc(1, classes[i]->size);
		if (!l->sources[i]) {
			loop_free(l);
			return NULL;
		}
		*l->sources[i] = (struct source){.class = classes[i], .c = &l->c};
	}
	if (!l)
		return NULL;
	l->epoll = l->signals = l->watchdog.stop_fd = -1;
	l->namer.cgroup_fd = l->namer.sock = l->spaces.own_fd = -1;
	l->c = (struct collector){
	    .options = o,
	    .hooks = &l->hooks,
	    .sockets = &l->sockets,
	    .namer = &l->namer,
	    .spaces = &l->spaces,
	    .wishes.info = o->info_all ? ~0ULL : 0,
	    .interval_ns =
		o->interval_ns ? CLAMP(o->interval_ns, COLLECT_INTERVAL_MIN_NS, COLLECT_INTERVAL_MAX_NS) : NSEC_PER_SEC,
	};
	return l;
}

/* false: a thread is stuck. */
static bool stop(struct loop *l)
{
	bool back = true;

	for (size_t i = 0; i < l->opened; i++)
		if (classes[i]->stop && !classes[i]->stop(l->sources[i]))
			back = false;
	hooks_deinit(&l->hooks);
	namer_deinit(&l->namer);
	spaces_deinit(&l->spaces);
	sockets_deinit(&l->sockets);
	outbox_deinit(&l->c.out);
	buf_deinit(&l->c.tick);
	if (l->epoll >= 0)
		close(l->epoll);
	reader_give_back(&l->reader);
	watchdog_stop(&l->watchdog);
	return back;
}

int collect_run(const struct collect_options *o)
{
	struct loop *l = loop_new(o);
	struct error err = {};
	int code = 0;

	if (!l)
		return refuse(o, "out of memory");
	l->signals = process_become_collector(o);
	reader_take(&l->reader, o->in_fd, o->out_fd);
	hooks_init(&l->hooks, o);
	sockets_init(&l->sockets);
	budget_init(&l->c.budget, o->cpu_percent);
	outbox_init(&l->c.out, o->out_fd);
	if (start(l, &err) < 0) {
		code = 1;
	} else {
		say_hello(&l->c, l->start_ns);
		run_loop(l);
	}
	say_bye(&l->c.out, code, code ? err.text : l->c.why);
	if (!stop(l)) {
		/* The thread shares our descriptors, and the process does not end before the thread does. */
		close_range(0, ~0U, 0);
		return code;
	}
	if (l->signals >= 0)
		close(l->signals);
	loop_free(l);
	return code;
}
