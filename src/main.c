/* skbtop: reads the command line, starts the collector, gives up its privileges and shows what the collector sends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "file.h"
#include "hosts.h"
#include "launch.h"
#include "options.h"
#include "privilege.h"
#include "remote.h"
#include "resolver.h"
#include "run.h"
#include "version.h"

#define STACK_NEEDED (512U << 10) /* bytes: the screen takes about 100 KiB, in addition to curses and the C library */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

static int complain(const struct error *err, int status)
{
	fprintf(stderr, "skbtop: %s\n", err->text);
	return status;
}

/* A full disk is an error: the output must have been written. */
static int finish_output(int status)
{
	struct error err = {};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error_set(&err, -errno, "cannot write the output: %s", strerror(errno));
	return complain(&err, EXIT_FAILED);
}

static int print(void (*write)(struct buf *))
{
	cleanup_buf struct buf text = {};

	write(&text);
	fwrite(buf_at(&text), 1, buf_len(&text), stdout);
	return finish_output(text.failed ? EXIT_FAILED : EXIT_DONE);
}

/* The collector only, with its stream on standard input and output, for another skbtop. */
static int run_collect(struct collect_options *c)
{
	struct error err = {};

	c->in_fd = STDIN_FILENO;
	c->out_fd = STDOUT_FILENO;
	if (collect_check(c, &err) < 0)
		return complain(&err, EXIT_FAILED);
	return collect_run(c);
}

/* A theme may be a file: only the user may read it. */
static int check_theme(const struct options *o, struct error *err)
{
	return o->theme ? ui_check_theme(o->theme, err) : 0;
}

static int show(const struct options *o, struct launch *child)
{
	struct error err = {};
	int r = run_monitor(o, child, &err);

	if (r == RUN_DONE || r == RUN_FOUND)
		return r == RUN_FOUND ? EXIT_FOUND : EXIT_DONE;
	return complain(&err, r == RUN_NOTED ? EXIT_DONE : EXIT_FAILED);
}

/* Each machine reads a copy of its own: the position in it is the descriptor's. Not after we are hidden. */
static void open_copies(int copies[OPTIONS_HOSTS_MAX], const struct options *o)
{
	size_t count = !o->copy ? 0 : o->several ? OPTIONS_HOSTS_MAX : 1;

	for (size_t i = 0; i < OPTIONS_HOSTS_MAX; i++)
		copies[i] = i < count ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1;
}

static int show_several(const struct options *o, const struct collect_options *c, const int *copies)
{
	struct error err = {};

	return hosts_run(o, c, copies, &err) < 0 ? complain(&err, EXIT_FAILED) : EXIT_DONE;
}

static int run(const struct options *o, struct collect_options *c)
{
	cleanup_identity struct identity id = {};
	int copies[OPTIONS_HOSTS_MAX]; /* until we end */
	struct remote there = {.ssh = o->ssh, .host = o->host};
	struct launch child = LAUNCH_NONE;
	struct error err = {};
	int status = EXIT_FAILED;

	open_copies(copies, o);
	there.copy = copies[0];
	if (identity_find(&id, o->user, &err) < 0)
		return complain(&err, EXIT_USAGE);
	if (!id.changes && check_theme(o, &err) < 0)
		return complain(&err, EXIT_USAGE);
	if (run_check_terminal(o, &err) < 0)
		return complain(&err, EXIT_FAILED);
	if (!o->replay && !options_is_remote(o) &&
	    (collect_check(c, &err) < 0 || launch_collector(&child, c, &err) < 0))
		return complain(&err, EXIT_FAILED);
	/* Nobody waits for a batch as for the response to a key. */
	if (options_has_screen(o))
		privilege_be_prompt();
	if (privilege_drop(&id, &err) < 0 || (!o->replay && privilege_hide(&err) < 0))
		complain(&err, EXIT_FAILED);
	else if (id.changes && check_theme(o, &err) < 0)
		status = complain(&err, EXIT_USAGE);
	else if (o->host && remote_launch(&child, &there, c, &err) < 0)
		complain(&err, EXIT_FAILED);
	else if (o->resolve && resolver_start(&child.names, &err) < 0)
		complain(&err, EXIT_FAILED);
	else
		status = o->several ? show_several(o, c, copies) : show(o, &child);
	launch_wait(&child);
	return status;
}

/* A standard descriptor that the caller has closed must not become the collector's socket or one of our files. */
static bool open_standard_fds(void)
{
	int fd;

	do
		fd = file_open_null();
	while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	return fd >= 0 && close(fd) == 0;
}

/* With less (ulimit -s) we would crash at some point. The limit applies when the stack grows, so it can still be raised
 * now. */
static int grow_stack(struct error *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= STACK_NEEDED)
		return 0;
	if (limit.rlim_max < STACK_NEEDED)
		return error_set(err, -ENOMEM, "the stack is limited to %llu KiB, and %u are needed: raise ulimit -s",
				 (unsigned long long)limit.rlim_max >> 10, STACK_NEEDED >> 10);
	limit.rlim_cur = STACK_NEEDED;
	return setrlimit(RLIMIT_STACK, &limit) < 0 ? error_set(err, -errno, "ulimit -s: %s", strerror(errno)) : 0;
}

int main(int argc, char **argv)
{
	cleanup_options struct options o;
	struct collect_options c = {};
	struct error err = {};

	signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow (ulimit -f) is like a full disk: writing fails, and we report it. */
	signal(SIGXFSZ, SIG_IGN);
	if (!open_standard_fds())
		return EXIT_FAILED;
	if (options_parse(&o, argc, argv, &err) < 0)
		return complain(&err, EXIT_USAGE);
	if (o.help)
		return print(options_help);
	if (o.version)
		return print(version_write);
	if (grow_stack(&err) < 0)
		return complain(&err, EXIT_FAILED);
	c = (struct collect_options){.interval_ns = (u64)((o.interval > 0 ? o.interval : 1) * (double)NSEC_PER_SEC),
				     .without_count = o.without_count,
				     .cpu_percent = (u32)o.cpu_limit,
				     .info_all = options_needs(&o) & NEEDS_INFO,
				     .btf = o.btf,
				     .payload = o.payload,
				     .netfilter = o.netfilter};
	memcpy(c.without, o.without, sizeof(c.without));
	if (o.doctor)
		return finish_output(collect_doctor(stdout, &c));
	return o.collect ? run_collect(&c) : run(&o, &c);
}
