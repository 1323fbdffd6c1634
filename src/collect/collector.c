/* The collector's loop: attach, seed, then one tick after the other until the reader is gone. */
#include "collector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>

#include "clock.h"
#include "commands.h"
#include "confine.h"
#include "skbtop.skel.h"

#define DRAIN_MS (WATCHDOG_MS / 2) /* for the last words */
#define LARGE_BYTES (1 << 20)      /* memory of this size goes back to the system as soon as it is free */

static void drain_ring(void *collector)
{
	struct collector *c = collector;
	u64 now = now_ns();

	do
		drain_take(&c->drain, sizeof(struct abi_sock), hold_take, c);
	while (hold_settle(c, now_ns()));
	c->drained_ns = now;
}

void collector_between(void *collector)
{
	struct collector *c = collector;

	drain_ring(c);
	outbox_ahead(&c->out, &c->tick);
	meter_watch(c);
}

/* -- when the ticks are due ---------------------------------------------------------------------------------------- */

static struct timespec timespec_of(u64 ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NSEC_PER_SEC), .tv_nsec = (long)(ns % NSEC_PER_SEC)};
}

void collector_set_timer(int fd, u64 first_ns, u64 every_ns)
{
	struct itimerspec t = {.it_value = timespec_of(first_ns), .it_interval = timespec_of(every_ns)};

	timerfd_settime(fd, 0, &t, NULL);
}

void collector_tick_soon(struct collector *c)
{
	u64 floor = c->tick_at_ns + COLLECT_INTERVAL_MIN_NS, now = now_ns();

	/* Set once only: who asks again and again would put it off for ever. */
	if (!c->tick_soon)
		collector_set_timer(c->timer, floor > now ? floor - now : 1, 0);
	c->tick_soon = true;
}

static void begin_interval(struct collector *c, u64 start)
{
	c->tick_at_ns = start;
	if (c->tick_soon)
		collector_set_timer(c->timer, c->interval_ns, c->interval_ns);
	c->tick_soon = false;
}

/* -- one tick ----------------------------------------------------------------------------------------------------- */

/* false: there is no room near its slot. */
static bool put_wanted(u64 *wanted, u64 cookie)
{
	u32 slot = abi_wanted_slot(cookie);

	for (u32 i = 0; i < ABI_WANTED_PROBES; i++) {
		u64 *at = &wanted[(slot + i) & (ABI_WANTED_SLOTS - 1)];

		if (!*at)
			*at = cookie;
		if (*at == cookie)
			return true;
	}
	return false;
}

/* Hands the cookies that are wanted to the programs. */
void collector_set_wanted(struct collector *c)
{
	struct skbtop_bpf__bss *bss = c->hooks.table->bss;

	for (u32 i = 0; i < c->want_count; i++)
		if (!put_wanted(bss->wanted, c->want[i]))
			c->want_all = true;
	bss->wanted_count += c->want_count;
}

/* A tick that was never read takes its news with it: they are told again. */
static void retell(struct collector *c)
{
	for (u32 i = 0; i < c->table.end; i++) {
		if (c->table.entries[i].sent_tick == (u32)c->out.tick_number)
			c->table.entries[i].sum = 0;
		c->table.entries[i].layers_sum = 0;
	}
}

static void finish_tick(struct collector *c, u64 start)
{
	struct record_tick t = {
	    .number = c->number,
	    .time_ns = start,
	    .realtime_ns = clock_ns(CLOCK_REALTIME) - (now_ns() - start),
	    .interval_ns = c->interval_ns,
	};

	meter_tick(c);
	meter_fill(c, &t);
	t.duration_ns = now_ns() - start;
	stream_put(&c->tick, RECORD_TICK, &t);
	if (c->tick.failed)
		buf_deinit(&c->tick); /* out of memory: the tick is missing, its number tells */
	outbox_tick(&c->out, &c->tick, c->number);
}

/* The pass over files has seen all that there is: what it did not see may be gone, and what no file holds is looked
 * for. */
static void after_pass(struct collector *c)
{
	sweep_conns(c);
	drain_ring(c); /* a minisock comes after the end of its socket */
	slow_tick(c);
	files_done(c);
	sweep_flows(c);
	sweep_table(c);
}

static void tick(struct collector *c)
{
	u64 start = now_ns();

	begin_interval(c, start);
	budget_refill(&c->budget, c->interval_ns);
	files_next(c, c->number > 0 && c->out.delivered == c->number);
	if (outbox_begin(&c->out)) {
		retell(c);
		losses_retell(&c->losses);
	}
	if (c->losses_tried)
		hooks_forget_types(&c->hooks);
	c->number++;
	meter_begin(c);
	drain_ring(c);
	files_tick(c, start);
	slow_values(c);
	if (c->files.whole)
		after_pass(c);
	stages_tick(c);
	owners_tick(c);
	losses_tell(&c->losses, &c->table, &c->out, &c->tick);
	finish_tick(c, start);
	outbox_flush(&c->out);
}

/* Has a signal come that ends us, or has the reader hung up? Asked before anything that may take long. */
static bool leaving(struct collector *c)
{
	struct pollfd fds[] = {{.fd = c->signals, .events = POLLIN},
			       {.fd = c->options->in_fd, .events = POLLRDHUP},
			       {.fd = c->options->out_fd}};

	if (poll(fds, ARRAY_SIZE(fds), 0) <= 0)
		return false;
	if (fds[0].revents)
		snprintf(c->why, sizeof(c->why), "terminated");
	return true;
}

/* -- start and end ------------------------------------------------------------------------------------------------ */

void collector_tell_feature(struct collector *c, enum feature_id f)
{
	struct record_feature r = {.required = hooks_feature_required(f), .number = hooks_feature_number(f)};

	snprintf((char *)r.name, sizeof(r.name), "%s", hooks_feature_name(f));
	hooks_describe(&c->hooks, f, (char *)r.hook, sizeof(r.hook));
	snprintf((char *)r.reason, sizeof(r.reason), "%s", c->hooks.state[f].reason);
	outbox_keep(&c->out, RECORD_FEATURE, &r);
}

static void say_hello(struct collector *c)
{
	struct record_hello h = {.start_ns = c->start_ns,
				 .realtime_offset_ns = clock_ns(CLOCK_REALTIME) - now_ns(),
				 .cpus = (u32)sysconf(_SC_NPROCESSORS_ONLN),
				 .netns = c->namer.own_netns};
	struct utsname u;

	if (uname(&u) == 0) {
		snprintf((char *)h.host, sizeof(h.host), "%.63s", u.nodename);
		snprintf((char *)h.kernel, sizeof(h.kernel), "%.65s", u.release);
	}
	snprintf((char *)h.version, sizeof(h.version), "%s", SKBTOP_VERSION);
	outbox_keep(&c->out, RECORD_HELLO, &h);
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (hooks_feature_set(f) == SET_TABLE)
			collector_tell_feature(c, f);
}

static void say_bye(struct outbox *out, int code, const char *text)
{
	struct record_bye b = {.code = (u64)code};

	snprintf((char *)b.text, sizeof(b.text), "%s", text);
	outbox_keep(out, RECORD_BYE, &b);
	outbox_drain(out, DRAIN_MS);
}

/* What no hook counts is unknown, not 0. */
static void note_unserved(struct collector *c)
{
	static const struct {
		enum feature_id feature;
		bool other;
		u64 has;
	} needs[] = {
	    {FEATURE_RETRANSMIT, false, HAS_RETRANS_SPLIT},
	    {FEATURE_RESET_RECEIVED, false, HAS_RESETS},
	    {FEATURE_RESET_SENT, false, HAS_RESETS},
	    {FEATURE_UDP_SEND, true, HAS_TX_BYTES | HAS_TX_PKTS},
	    {FEATURE_UDP_RECEIVE, true, HAS_RX_BYTES | HAS_RX_PKTS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!hooks_has(&c->hooks, needs[i].feature))
			c->unserved[needs[i].other] |= needs[i].has;
}

/* Those that would end us at once do so in good order. The terminal's are the monitor's; where we are a shell's job, we
 * go on in the background, where a read() of the terminal fails. */
static int make_signalfd(void)
{
	static const int ending[] = {SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU};
	static const int ignored[] = {SIGINT, SIGHUP, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct collector *c, struct error *err)
{
	int r;

	hooks_init(&c->hooks, c->options);
	c->watchdog.stop_fd = -1;
	drain_init(&c->drain);
	r = collect_check(c->options, err);
	/* Before there is a second thread: all are to have it. And whatever is loaded later, layers for one, is loaded
	 * from within: so the first of it is, too. */
	if (r == 0)
		r = confine(err);
	if (r == 0)
		r = watchdog_start(&c->watchdog, &c->reader, c->signals, err);
	if (r == 0)
		r = hooks_load(&c->hooks, SET_TABLE, err);
	if (r < 0)
		return r;
	note_unserved(c);
	c->start_ns = now_ns();
	hold_init(&c->hold, bpf_map__fd(c->hooks.table->maps.conns), hooks_has(&c->hooks, FEATURE_RESET_SENT));
	r = drain_start(&c->drain, bpf_map__fd(c->hooks.table->maps.ends), err);
	if (r < 0)
		return r;
	namer_init(&c->namer);
	spaces_init(&c->spaces);
	return 0;
}

static int watch(int epoll, int fd, u32 events)
{
	struct epoll_event e = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

int collector_watch(struct collector *c, int fd)
{
	return watch(c->epoll, fd, EPOLLIN);
}

/* Once the first tick is on its way: nothing of this may delay the first picture. What fails leaves the features
 * unserved, which their records tell. */
static void watch_losses(struct collector *c, int epoll)
{
	struct error err = {};

	c->losses_tried = true;
	/* Without the ring's file descriptor they are read with each tick. */
	if (hooks_load(&c->hooks, SET_LOSSES, &err) == 0 && losses_start(&c->losses, &c->hooks, &err) == 0)
		(void)!watch(epoll, losses_fd(&c->losses), EPOLLIN);
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (hooks_feature_set(f) == SET_LOSSES)
			collector_tell_feature(c, f);
}

/* What a file descriptor asks for; false ends the loop. */
static bool serve(struct collector *c, struct commands *commands, int fd)
{
	u64 expirations;

	if (leaving(c))
		return false;
	if (fd == c->timer) {
		if (read(c->timer, &expirations, sizeof(expirations)) > 0)
			tick(c);
	} else if (fd == losses_fd(&c->losses)) {
		losses_read(&c->losses);
	} else if (fd == c->meter.timer_fd) {
		meter_watch(c);
	} else if (fd == c->owners.timer_fd) {
		owners_pass(c);
	} else if (fd == c->options->in_fd) {
		return commands_read(commands, c);
	} else {
		stages_drain(c);
	}
	return true;
}

static void loop(struct collector *c, struct commands *commands)
{
	cleanup_close int epoll = epoll_create1(EPOLL_CLOEXEC);
	cleanup_close int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	cleanup_close int out = fcntl(c->options->out_fd, F_DUPFD_CLOEXEC, 3); /* epoll wants a number of its own */
	bool going = watch(epoll, timer, EPOLLIN) == 0 && watch(epoll, c->signals, EPOLLIN) == 0 &&
		     watch(epoll, c->options->in_fd, EPOLLIN) == 0;

	if (watch(epoll, out, 0) < 0 && errno != EPERM)
		going = false;
	c->epoll = epoll;
	c->timer = timer;
	owners_init(c);
	meter_start(c);
	collector_tick_soon(c);
	while (going && !c->out.peer_gone) {
		struct epoll_event e[8], want = {.events = outbox_waiting(&c->out) ? EPOLLOUT : 0, .data.fd = out};
		int n;

		epoll_ctl(epoll, EPOLL_CTL_MOD, out, &want);
		n = epoll_wait(epoll, e, ARRAY_SIZE(e), -1);
		for (int i = 0; going && i < n; i++)
			going = serve(c, commands, e[i].data.fd);
		outbox_flush(&c->out);
		if (!c->losses_tried && c->out.delivered && !outbox_waiting(&c->out))
			watch_losses(c, epoll);
	}
	owners_deinit(c);
}

/* Netfilter links alone take 24 in each network namespace. */
static void raise_fd_limit(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
}

/* Nothing has begun: says why and is done. */
static int refuse(const struct collect_options *o, const char *why)
{
	struct outbox out;

	outbox_init(&out, o->out_fd);
	say_bye(&out, 1, why);
	outbox_deinit(&out);
	return 1;
}

int collect_run(const struct collect_options *o)
{
	struct collector *c = calloc(1, sizeof(*c));
	struct commands commands;
	struct error err = {};
	bool held;
	int code = 0;

	if (!c || commands_init(&commands) < 0) {
		free(c);
		return refuse(o, "out of memory");
	}
	setsid();
	prctl(PR_SET_NAME, "skbtop-collect");
	confine_descriptors(o);
	/* Else glibc takes the largest buffer that was ever freed for usual, and keeps as much for ever: of a first
	 * tick that the reader was slow to take, of a storm of ends. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	raise_fd_limit();
	c->signals = make_signalfd();
	reader_take(&c->reader, o->in_fd, o->out_fd);
	c->options = o;
	c->interval_ns =
	    o->interval_ns ? CLAMP(o->interval_ns, COLLECT_INTERVAL_MIN_NS, COLLECT_INTERVAL_MAX_NS) : NSEC_PER_SEC;
	c->info = o->info_all ? ~0ULL : 0;
	c->clock = tick_clock_now();
	c->mini_share = 1;
	budget_init(&c->budget, o->cpu_percent);
	entries_init(&c->table);
	meter_init(&c->meter);
	outbox_init(&c->out, o->out_fd);
	if (start(c, &err) < 0) {
		code = 1;
	} else {
		say_hello(c);
		loop(c, &commands);
	}
	say_bye(&c->out, code, code ? err.text : c->why);
	meter_deinit(&c->meter);
	drain_stop(&c->drain);
	hold_deinit(&c->hold);
	stages_deinit(c);
	losses_stop(&c->losses);
	hooks_deinit(&c->hooks);
	namer_deinit(&c->namer);
	pass_deinit(&c->files.pass);
	held = !slow_deinit(&c->slow);
	spaces_deinit(&c->spaces);
	entries_deinit(&c->table);
	outbox_deinit(&c->out);
	buf_deinit(&c->tick);
	commands_deinit(&commands);
	reader_give_back(&c->reader);
	watchdog_stop(&c->watchdog);
	if (held) {
		/* Its thread shares our descriptors, and the process does not end before the thread does. */
		close_range(0, ~0U, 0);
		return code;
	}
	if (c->signals >= 0)
		close(c->signals);
	free(c);
	return code;
}
