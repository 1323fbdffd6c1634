/* Times skbtop's screen from outside, through a pseudo-terminal of 120x40:
 *   screen_bench watch TEXT PROGRAM [ARGS]   says "drawn PID MS" when a line first shows TEXT, MS after the start; goes
 *                                            on reading what is drawn until stdin closes
 *   screen_bench keys COUNT PROGRAM [ARGS]   types keys of each kind and prints one JSON line for each kind
 *   screen_bench view COUNT NAME PROGRAM [ARGS]   the same on the way to a view, and of what its list can do
 * A frame is a burst of output: bytes less than GAP_NS apart. It is the key's if it changes which rows are shown, their
 * order, or the cursor; what ticks change (rates, the header) lies elsewhere, as long as the order is by a column that
 * does not move. A key's frame ends with the last byte of the last such burst before the terminal is quiet. Bytes are
 * stamped as they are read and drawn only afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "script.h"
#include "term.h"

#define GAP_NS (2 * NSEC_PER_MSEC)
#define QUIET_MS 40
#define BURSTS_MAX 64
#define COLUMNS 120
#define LINES 40
#define NAMES_COLUMNS 76 /* cursor … REMOTE; all in ASCII */
#define SAMPLES_MAX 1000

struct burst {
	size_t from, to; /* in the bytes read */
	uint64_t end_ns;
	uint64_t waited_ns; /* for a processor, program and ourselves, from the program's start to this burst's end */
};

/* Milliseconds from the key to the end of the first and of the last frame that it caused, and how much of the latter
 * went by while the program or we were ready to run and had no processor. */
struct latency {
	double first, last, waited;
};

struct key_kind {
	const char *name;
	const char *first;   /* typed once, before all; NULL: nothing */
	const char *before;  /* typed before each, not timed; NULL: nothing */
	const char *keys[2]; /* typed in turn, timed */
	const char *after;   /* typed after each, not timed; NULL: nothing */
	int quiet_ms;
	bool few; /* a fifth of the count */
};

/* Sorted by the local address at the start. */
static const struct key_kind kinds[] = {
    {"move", NULL, NULL, {"j", "<Down>"}, NULL, QUIET_MS, false},
    {"page", "g", NULL, {"<PageDown>", "<PageDown>"}, NULL, QUIET_MS, false},
    {"ends", NULL, NULL, {"G", "g"}, NULL, QUIET_MS, false},
    {"sort: next column", "g", NULL, {">", "<lt>"}, NULL, QUIET_MS, false},
    {"sort: invert", NULL, NULL, {"I", "I"}, NULL, QUIET_MS, false},
    {"filter", NULL, "\\<C-u>lport > 30000 and rport < 25000", {"<Enter>", "<Enter>"}, "\\<C-u><Enter>", 150, true},
    {"clear filter",
     NULL,
     "\\<C-u>lport > 30000 and rport <lt> 25000<Enter>",
     {"\\<C-u><Enter>", "\\<C-u><Enter>"},
     NULL,
     150,
     true},
};

static double ms(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) / 1e6 : 0;
}

/* Bytes of each row that tell whether a key has changed it. */
static size_t compared = NAMES_COLUMNS;

/* What only keys change: the line above the table, and the rows up to the columns with numbers. */
static void picture(const struct term *t, struct buf *out)
{
	buf_reset(out, 1 << 16);
	for (int y = 3; y < LINES - 1; y++) {
		struct buf line cleanup_buf = {};

		term_line(t, y, &line);
		buf_put(out, buf_at(&line), y > 3 && buf_len(&line) > compared ? compared : buf_len(&line));
		buf_putc(out, '\n');
	}
}

static bool same(const struct buf *a, const struct buf *b)
{
	return buf_len(a) == buf_len(b) && memcmp(buf_at(a), buf_at(b), buf_len(a)) == 0;
}

/* How long a process has been ready without a processor (kernel: run_delay). */
static uint64_t run_delay_ns(pid_t pid)
{
	char path[64], text[96] = "";
	unsigned long long run, delay = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 && sscanf(text, "%llu %llu", &run, &delay) == 2 ? delay : 0;
}

static uint64_t waited_ns(const struct term *t)
{
	return run_delay_ns(term_pid(t)) + run_delay_ns(getpid());
}

/* Reads until it is quiet: the bursts that came. Negative errno when the program ended. */
static int read_bursts(struct term *t, struct buf *bytes, struct burst *bursts, int quiet_ms)
{
	int n = 0;

	for (;;) {
		size_t before = buf_len(bytes);
		uint64_t last = term_last_output_ns(t);
		int r = term_pump_raw(t, quiet_ms, bytes);

		if (r <= 0)
			return r < 0 ? r : n;
		if ((!n || term_last_output_ns(t) - last > GAP_NS) && n < BURSTS_MAX)
			bursts[n++] = (struct burst){.from = before};
		bursts[n - 1].to = buf_len(bytes);
		bursts[n - 1].end_ns = term_last_output_ns(t);
		bursts[n - 1].waited_ns = waited_ns(t);
	}
}

/* Types text and times the frames. 1: *l is set; 0: it changed nothing. */
static int time_key(struct term *t, const char *text, int quiet_ms, struct latency *l)
{
	struct buf typed cleanup_buf = {}, bytes cleanup_buf = {}, before cleanup_buf = {}, after cleanup_buf = {};
	struct burst bursts[BURSTS_MAX];
	uint64_t start, waited;
	bool found = false;
	int n;

	if (script_keys(text, &typed) < 0)
		return -EINVAL;
	picture(t, &before);
	waited = waited_ns(t);
	start = now_ns();
	if (term_send(t, buf_at(&typed), buf_len(&typed)) < 0)
		return -EPIPE;
	do { /* a slow frame is waited for, or the slowest would be left out */
		buf_reset(&bytes, 1 << 20);
		n = read_bursts(t, &bytes, bursts, quiet_ms);
		for (int i = 0; i < n; i++) {
			term_draw(t, buf_at(&bytes) + bursts[i].from, bursts[i].to - bursts[i].from);
			picture(t, &after);
			if (same(&before, &after))
				continue;
			l->last = ms(start, bursts[i].end_ns);
			l->first = found ? l->first : l->last;
			l->waited = ms(waited, bursts[i].waited_ns);
			found = true;
			buf_reset(&before, 1 << 16);
			buf_put(&before, buf_at(&after), buf_len(&after));
		}
	} while (n >= 0 && !found && now_ns() - start < NSEC_PER_SEC);
	return n < 0 ? n : found;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *sorted, size_t n, double q)
{
	size_t i = (size_t)(q * (double)n);

	return n ? sorted[i < n ? i : n - 1] : 0;
}

static void report(const char *name, double *first, double *last, double *own, size_t n, size_t none)
{
	qsort(first, n, sizeof(*first), by_size);
	qsort(last, n, sizeof(*last), by_size);
	qsort(own, n, sizeof(*own), by_size);
	printf("{\"keys\":\"%s\",\"frames\":%zu,\"nothing\":%zu,\"first_p50\":%.2f,\"first_p99\":%.2f,\"p50\":%.2f,"
	       "\"p99\":%.2f,\"max\":%.2f,\"own_p99\":%.2f}\n",
	       name, n, none, quantile(first, n, 0.5), quantile(first, n, 0.99), quantile(last, n, 0.5),
	       quantile(last, n, 0.99), n ? last[n - 1] : 0, quantile(own, n, 0.99));
	fflush(stdout);
}

static int time_kind(struct term *t, const struct key_kind *k, size_t count)
{
	static double first[SAMPLES_MAX], last[SAMPLES_MAX], own[SAMPLES_MAX];
	size_t n = 0, none = 0;
	struct latency l;
	int r = k->first ? time_key(t, k->first, k->quiet_ms, &l) : 0;

	if (k->few)
		count = count / 5 + 1;
	/* Nothing moves in a list that has no rows. */
	for (size_t i = 0; r >= 0 && i < count && i < SAMPLES_MAX && (n || none < 4); i++) {
		if (k->before)
			r = time_key(t, k->before, QUIET_MS, &l);
		r = r < 0 ? r : time_key(t, k->keys[i % ARRAY_SIZE(k->keys)], k->quiet_ms, &l);
		none += r == 0;
		if (r > 0) {
			first[n] = l.first;
			last[n] = l.last;
			own[n++] = l.last > l.waited ? l.last - l.waited : 0;
		}
		if (r >= 0 && k->after)
			r = time_key(t, k->after, k->quiet_ms, &l);
	}
	report(k->name, first, last, own, n, none);
	return r < 0 ? r : 0;
}

/* The first ticks build what later ones only change: by the third, the BPF run time has been sampled. */
static int settle(struct term *t)
{
	struct buf bytes cleanup_buf = {};
	struct burst bursts[BURSTS_MAX];
	int r = term_wait_text(t, "bpf ", true);

	if (r >= 0)
		r = term_wait_text(t, "bpf -", false);
	if (r >= 0)
		r = read_bursts(t, &bytes, bursts, QUIET_MS);

	if (r >= 0)
		term_draw(t, buf_at(&bytes), buf_len(&bytes));
	return r;
}

static int run_keys(struct term *t, size_t count)
{
	int r = settle(t);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(kinds); i++)
		r = time_kind(t, &kinds[i], count);
	return r < 0 ? r : 0;
}

/* What lists have in common, of one with few rows, too: there each key has to change something. */
static const struct key_kind list_kinds[] = {
    {"move", "g", NULL, {"j", "k"}, NULL, QUIET_MS, false},
    {"ends", NULL, NULL, {"G", "g"}, NULL, QUIET_MS, false},
    {"sort: next column", NULL, NULL, {">", "<lt>"}, NULL, QUIET_MS, false},
    {"sort: invert", NULL, NULL, {"I", "I"}, NULL, QUIET_MS, false},
};

/* The way to another view, and its list. name: as the list of views has it. */
static int run_view(struct term *t, const char *name, size_t count)
{
	char keys[64];
	struct key_kind open = {"open", NULL, "1", {keys, keys}, NULL, 150, true};
	int r = settle(t);

	compared = COLUMNS;
	snprintf(keys, sizeof(keys), "v%s<Enter>", name);
	if (r >= 0)
		r = time_kind(t, &open, count);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(list_kinds); i++)
		r = time_kind(t, &list_kinds[i], count);
	return r < 0 ? r : 0;
}

static int run_watch(struct term *t, const char *text, uint64_t start)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = term_fd(t), .events = POLLIN}};
	int r = term_wait_text(t, text, true);

	if (r < 0)
		return r;
	printf("drawn %d %.1f\n", term_pid(t), ms(start, term_last_output_ns(t)));
	fflush(stdout);
	while (poll(fds, 2, -1) > 0 && !fds[0].revents && (r = term_pump(t, 0)) >= 0)
		;
	return r < 0 ? r : 0;
}

int main(int argc, char **argv)
{
	char *env[] = {(char *)"TERM=xterm-256color", (char *)"LANG=C.UTF-8", (char *)"HOME=/nonexistent",
		       (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	struct error err = {};
	struct term *t = NULL;
	uint64_t start = now_ns();
	int r, status;

	bool view = argc > 4 && strcmp(argv[1], "view") == 0;

	if (argc < 4 || (!view && strcmp(argv[1], "watch") && strcmp(argv[1], "keys"))) {
		fprintf(stderr, "usage: screen_bench watch TEXT|keys COUNT|view COUNT NAME PROGRAM [ARGS]\n");
		return 2;
	}
	if (term_start(&t,
		       &(struct term_options){.columns = COLUMNS, .lines = LINES, .argv = argv + 3 + view, .env = env},
		       &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (strcmp(argv[1], "watch") == 0)
		r = run_watch(t, argv[2], start);
	else if (term_wait_text(t, "ESTAB", true) < 0)
		r = -EPIPE;
	else
		r = view ? run_view(t, argv[3], strtoul(argv[2], NULL, 10)) : run_keys(t, strtoul(argv[2], NULL, 10));
	if (r < 0) {
		struct buf screen cleanup_buf = {};

		term_print(t, &screen);
		fprintf(stderr, "screen_bench: %s\n%.*s", strerror(-r), (int)buf_len(&screen),
			(const char *)buf_at(&screen));
	} else if (term_send(t, "q", 1) == 0) {
		r = term_wait_exit(t, &status);
	}
	term_free(t);
	return r < 0;
}
