/* The loop over several machines. Each has a model of its own, so that no id, name or clock of one is taken for
 * another's; what is written is the joint table of all their pictures, at ticks of our own: nobody waits for a machine.
 */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "array.h"
#include "bounds.h"
#include "clock.h"
#include "file.h"
#include "fold.h"
#include "host_line.h"
#include "joint.h"
#include "keeper.h"
#include "list.h"
#include "model.h"
#include "outlet.h"
#include "requests.h"
#include "run.h"
#include "text.h"
#include "writer.h"

#define SLICE_NS (5 * NSEC_PER_MSEC) /* for a machine, before the next has its turn */
#define FIRST_NS (10 * NSEC_PER_SEC) /* for so long the first tick waits for those that have said nothing yet */
#define LEAVE_NS (1 * NSEC_PER_SEC)  /* for so long all of them together are waited for at the end */
#define SILENT_TICKS 2               /* that a machine may miss, … */
#define SILENT_NS (1 * NSEC_PER_SEC) /* … and so much more, before it is called silent */
#define CHUNK (256U * 1024)
#define FILE_MAX_BYTES (1U << 20) /* of --hosts */

struct host {
	struct host_line line;
	struct launch keeper;
	struct feed *feed;   /* NULL: it is not connected */
	struct model *live;  /* what the feed fills */
	struct model *shown; /* the last one with a whole tick: live, or that of the connection before */
	struct folded *fold; /* of shown, if the table is a fold */
	u64 heard_ns;        /* when its last tick was whole; 0: never */
	u64 written;         /* age of the newest event that was looked at */
};

struct hosts {
	const struct options *o;
	const struct collect_options *c;
	struct host *at;
	struct pollfd *fds;
	u32 count;
	struct joined *picture;
	struct list *list;
	struct outlet outlet;
	struct buf buf, file;
	u32 *rows;
	u32 row_cap;
	u16 *widths;
	u64 ticks;
};

/* -- who ----------------------------------------------------------------------------------------------------------- */

static int add_host(struct hosts *h, const char *name, struct error *err)
{
	for (u32 i = 0; i < h->count; i++)
		if (strcmp(h->at[i].line.name, name) == 0)
			return error_set(err, -EINVAL, "--hosts: %s is there twice", name);
	if (!options_is_host(name))
		return error_set(err, -EINVAL, "--hosts: '%s' is not the name of a host", name);
	if (h->count == OPTIONS_HOSTS_MAX)
		return error_set(err, -E2BIG, "more than %d hosts", OPTIONS_HOSTS_MAX);
	h->at[h->count++] = (struct host){.line.name = name, .keeper = LAUNCH_NONE};
	return 0;
}

/* A name on each line, whatever is behind a # is a comment. */
static int read_file(struct hosts *h, const char *path, struct error *err)
{
	char *line, *rest;
	int r = file_read(path, FILE_MAX_BYTES, &h->file, err);

	buf_putc(&h->file, '\0');
	if (r < 0 || h->file.failed)
		return r < 0 ? r : error_set(err, -ENOMEM, "out of memory");
	for (rest = (char *)buf_at(&h->file); r == 0 && (line = strsep(&rest, "\n"));) {
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t\r");
		line[strcspn(line, " \t\r")] = '\0';
		r = *line ? add_host(h, line, err) : 0;
	}
	return r;
}

static int read_names(struct hosts *h, struct error *err)
{
	int r = 0;

	h->at = calloc(OPTIONS_HOSTS_MAX, sizeof(*h->at));
	h->fds = calloc(2 * OPTIONS_HOSTS_MAX, sizeof(*h->fds));
	h->widths = calloc(h->o->rows.columns.count + 1, sizeof(*h->widths));
	if (!h->at || !h->fds || !h->widths)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < h->o->host_count; i++)
		r = add_host(h, h->o->hosts[i], err);
	if (r == 0 && h->o->hosts_file)
		r = read_file(h, h->o->hosts_file, err);
	return r == 0 && !h->count ? error_set(err, -EINVAL, "%s: it names no host", h->o->hosts_file) : r;
}

static int start_keepers(struct hosts *h, const int *copies, struct error *err)
{
	int r = 0;

	for (u32 i = 0; r == 0 && i < h->count; i++) {
		const struct remote there = {
		    .ssh = h->o->ssh, .host = h->at[i].line.name, .copy = copies ? copies[i] : -1};

		r = keeper_start(&h->at[i].keeper, &there, h->c, err);
	}
	return r;
}

/* -- streams ------------------------------------------------------------------------------------------------------- */

/* What was shown stays so, with its age. */
static void disconnect(struct host *host)
{
	feed_free(take(host->feed));
	if (host->live != host->shown)
		model_free(host->live);
	host->live = NULL;
	host->line.state = HOST_DOWN;
}

static int connect_host(struct hosts *h, struct host *host, int fd, struct error *err)
{
	int r;

	disconnect(host);
	r = model_new(&host->live);
	if (r < 0) {
		close(fd);
		return error_set(err, r, "out of memory");
	}
	model_limit(host->live, h->o->max_rows, (u64)h->o->max_mb << 20);
	if (h->o->show_values)
		model_requests_show_values(host->live);
	r = feed_open(&host->feed, host->live, fd, err);
	if (r < 0)
		return r;
	run_ask(host->feed, h->o, options_needs(h->o));
	host->line.state = HOST_STARTS;
	return 0;
}

/* Its keeper leaves then. */
static void hang_up(struct host *host)
{
	if (host->keeper.fd >= 0)
		close(host->keeper.fd);
	host->keeper.fd = -1;
}

/* Without the name, which stands beside it. "": a new stream begins. What its stream said last is nearer to the cause
 * than how the command ended. */
static void take_reason(struct host *host, const char *text)
{
	size_t len = strlen(host->line.name);

	if (*text && host->line.why[0])
		return;

	if (strncmp(text, host->line.name, len) == 0 && strncmp(text + len, ": ", 2) == 0)
		text += len + 2;
	text_clean(host->line.why, sizeof(host->line.why), text, strlen(text));
}

/* What its keeper says. */
static int hear(struct hosts *h, struct host *host, struct error *err)
{
	struct keeper_word word;
	int r = 0;

	while (r == 0 && host->keeper.fd >= 0 && (r = keeper_hear(host->keeper.fd, &word)) == 1) {
		take_reason(host, word.text);
		r = word.stream >= 0 ? connect_host(h, host, word.stream, err) : 0;
	}
	if (r == -EPIPE)
		hang_up(host);
	return r == -EPIPE ? 0 : r;
}

/* What is written and sorted by is summed from the first tick on, unless it is a column of ours. */
static void want(const struct hosts *h, struct folded *fold, const struct column *c)
{
	const struct column *origin = joint_origin(h->o->joint, c);

	if (origin)
		fold_want(fold, origin);
}

/* The first tick of a connection: from here on its model is what is shown. */
static int show_live(struct hosts *h, u32 i)
{
	struct host *host = &h->at[i];
	const struct table_choice *what = &h->o->rows;
	const struct table *t = h->o->joint_of;
	int r = 0;

	joined_set(h->picture, i, NULL);
	fold_free(take(host->fold));
	if (host->shown != host->live)
		model_free(host->shown);
	host->shown = host->live;
	host->written = 0;
	host->line.offset = (struct clock_offset){};
	if (t->fold)
		r = fold_new(&host->fold, t, host->shown);
	for (size_t k = 0; host->fold && k < what->columns.count; k++)
		want(h, host->fold, what->columns.at[k]);
	if (host->fold && what->sort)
		want(h, host->fold, what->sort);
	if (r == 0)
		joined_set(h->picture, i, host->fold ? (const void *)host->fold : host->shown);
	return r;
}

static int ticked(struct hosts *h, u32 i)
{
	struct host *host = &h->at[i];
	int r = host->shown == host->live ? 0 : show_live(h, i);

	host->heard_ns = now_ns();
	host->line.state = HOST_UP;
	host->line.why[0] = '\0';
	clock_offset_add(&host->line.offset, (s64)(model_tick(host->live)->realtime_ns - clock_ns(CLOCK_REALTIME)));
	return r;
}

/* Reads for a slice of time. 1: there is more. */
static int step(struct hosts *h, u32 i, struct error *err)
{
	struct host *host = &h->at[i];
	struct error why = {};
	int r = host->feed ? feed_step(host->feed, SLICE_NS, &why) : FEED_IDLE;

	if (r == FEED_TICK && ticked(h, i) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	if (r >= 0 && r != FEED_END)
		return r != FEED_IDLE;
	/* Of a stream that is broken the keeper does not know why. Its command ends as we read no more. */
	if (r < 0)
		text_copy(host->line.why, sizeof(host->line.why), why.text);
	else if (model_bye(host->live) && model_bye(host->live)->text[0])
		text_copy(host->line.why, sizeof(host->line.why), (const char *)model_bye(host->live)->text);
	disconnect(host);
	return 0;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

/* All folds, and then the list of all rows; what a filter was the first to ask of a fold comes with the next round. */
static int make_list(struct hosts *h)
{
	bool whole = true;

	for (u32 i = 0; i < h->count; i++)
		if (h->at[i].fold)
			fold_invalidate(h->at[i].fold);
	do {
		for (u32 i = 0; i < h->count; i++)
			if (h->at[i].fold && fold_work(h->at[i].fold, 0) < 0)
				return -ENOMEM;
		list_invalidate(h->list);
		while (!list_work(h->list, 0, UINT32_MAX, 0))
			;
		whole = true;
		for (u32 i = 0; i < h->count; i++)
			whole = whole && (!h->at[i].fold || fold_whole(h->at[i].fold));
	} while (!whole);
	return 0;
}

/* What happened is written once. */
static bool is_due(const struct hosts *h, const void *row)
{
	const struct table *t = h->o->rows.t;

	return t->events ? t->age(row) > h->at[joined_part(row)].written : !table_ended(t, row);
}

/* The rows of this tick into h->rows. Returns how many; -ENOMEM. */
static ssize_t collect_rows(struct hosts *h)
{
	const struct table *t = h->o->rows.t;
	u32 n = list_count(h->list), due = 0;

	if (array_reserve(&h->rows, &h->row_cap, n, sizeof(*h->rows)) < 0)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		u32 index = list_at(h->list, i);
		const void *row = index == IDMAP_NONE ? NULL : t->row(h->picture, index);

		if (row && is_due(h, row) && (!h->o->limit || due < h->o->limit))
			h->rows[due++] = index;
	}
	for (u32 i = 0; t->events && i < n; i++) {
		u32 index = list_at(h->list, i);
		const void *row = index == IDMAP_NONE ? NULL : t->row(h->picture, index);
		u64 *written = row ? &h->at[joined_part(row)].written : NULL;

		if (row)
			*written = MAX(*written, t->age(row));
	}
	return due;
}

/* How it is with each of them, now. */
static void look_at_hosts(struct hosts *h)
{
	u64 now = now_ns();

	for (u32 i = 0; i < h->count; i++) {
		struct host *host = &h->at[i];

		host->line.m = host->shown;
		host->line.heard = host->heard_ns != 0;
		host->line.age_ns = host->heard_ns ? now - host->heard_ns : 0;
		if (host->line.state == HOST_UP && host->line.age_ns > SILENT_TICKS * h->c->interval_ns + SILENT_NS)
			host->line.state = HOST_SILENT;
		joined_silent(h->picture, i, host->line.age_ns);
	}
}

/* In JSON they are the tick's line; text has them under its rows. */
static void put_hosts(struct hosts *h, const struct page *page)
{
	host_lines_begin(&h->buf, h->o->format, page, (double)h->c->interval_ns / (double)NSEC_PER_SEC);
	for (u32 i = 0; i < h->count; i++)
		host_lines_put(&h->buf, h->o->format, &h->at[i].line, i);
	host_lines_end(&h->buf, h->o->format);
}

static int write_out(struct hosts *h, struct error *err)
{
	int r = outlet_write(&h->outlet, &h->buf, err);

	if (r == OUTLET_DONE)
		buf_reset(&h->buf, 2 * CHUNK);
	return r;
}

/* An enum outlet_result, or a negative errno. */
static int write_tick(struct hosts *h, struct error *err)
{
	const struct writer *w = writer_of(h->o->format);
	struct page page = {.time_ns = clock_ns(CLOCK_REALTIME),
			    .t = h->o->rows.t,
			    .picture = h->picture,
			    .columns = &h->o->rows.columns,
			    .number = h->ticks,
			    .several = true,
			    .widths = h->widths};
	ssize_t n;
	int r = 0;

	look_at_hosts(h);
	n = make_list(h) < 0 ? -ENOMEM : collect_rows(h);
	if (n < 0)
		return error_set(err, -ENOMEM, "out of memory");
	page.rows = h->rows;
	page.row_count = (size_t)n;
	if (h->o->format == EXPORT_JSON)
		put_hosts(h, &page);
	else
		w->head(&h->buf, &page);
	for (size_t i = 0; r == 0 && i < page.row_count; i++) {
		w->row(&h->buf, &page, page.t->row(h->picture, page.rows[i]));
		r = buf_len(&h->buf) < CHUNK ? 0 : write_out(h, err);
	}
	if (h->o->format == EXPORT_TEXT)
		put_hosts(h, &page);
	h->ticks++;
	return r ? r : write_out(h, err);
}

/* -- the loop ------------------------------------------------------------------------------------------------------ */

/* The first tick waits a while for those of whom nothing is known, not even why they are not there. */
static bool all_have_spoken(const struct hosts *h)
{
	for (u32 i = 0; i < h->count; i++)
		if (h->at[i].line.state != HOST_UP && !h->at[i].line.why[0])
			return false;
	return true;
}

/* Waits until one of them has something, or until due_ns. */
static int wait_for_any(struct hosts *h, u64 due_ns, struct error *err)
{
	u64 now = now_ns();
	int ms = due_ns > now ? (int)((due_ns - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC) : 0;

	for (u32 i = 0; i < h->count; i++) {
		const struct host *host = &h->at[i];
		int theirs = host->feed ? feed_timeout_ms(host->feed) : -1;

		h->fds[2 * i] = (struct pollfd){.fd = host->keeper.fd, .events = POLLIN};
		h->fds[2 * i + 1] = (struct pollfd){.fd = host->feed ? feed_fd(host->feed) : -1, .events = POLLIN};
		ms = theirs >= 0 ? MIN(ms, theirs) : ms;
	}
	if (outlet_poll(&h->outlet, h->fds, 2 * h->count, ms) < 0 && errno != EINTR)
		return error_set(err, -errno, "poll: %s", strerror(errno));
	return 0;
}

/* One round: everybody has a turn. 1: somebody has more. */
static int round_of_all(struct hosts *h, struct error *err)
{
	int more = 0;

	for (u32 i = 0; i < h->count; i++) {
		int r = hear(h, &h->at[i], err);

		r = r < 0 ? r : step(h, i, err);
		if (r < 0)
			return r;
		more |= r;
	}
	return more;
}

static bool nobody_came(const struct hosts *h)
{
	for (u32 i = 0; i < h->count; i++)
		if (h->at[i].heard_ns)
			return false;
	return true;
}

static int loop(struct hosts *h, struct error *err)
{
	u64 began = now_ns(), due = began + FIRST_NS;
	int r;

	for (;;) {
		r = round_of_all(h, err);
		/* Signals are seen there, also while somebody always has more. */
		if (r >= 0)
			r = wait_for_any(h, r ? 0 : due, err);
		if (r < 0)
			return r;
		if (outlet_stopped(&h->outlet))
			return RUN_DONE;
		if (now_ns() < due && (h->ticks || !all_have_spoken(h)))
			continue;
		r = write_tick(h, err);
		if (r != OUTLET_DONE)
			return r < 0 ? r : RUN_DONE;
		if (h->o->count && h->ticks >= h->o->count)
			break;
		due = (h->ticks == 1 ? now_ns() : MAX(due, now_ns() - h->c->interval_ns)) + h->c->interval_ns;
	}
	if (nobody_came(h))
		return error_set(err, -ECHILD, "%s: %s", h->at[0].line.name,
				 h->at[0].line.why[0] ? h->at[0].line.why : "it has not answered");
	return RUN_DONE;
}

static void hosts_deinit(struct hosts *h)
{
	u64 until = now_ns() + LEAVE_NS, now;

	outlet_deinit(&h->outlet);
	list_free(h->list);
	joined_free(h->picture);
	for (u32 i = 0; i < h->count; i++) {
		struct host *host = &h->at[i];

		fold_free(host->fold);
		disconnect(host);
		model_free(host->shown);
		hang_up(host);
	}
	for (u32 i = 0; i < h->count; i++) {
		now = now_ns();
		h->at[i].keeper.wait_ms = now < until ? (int)((until - now) / NSEC_PER_MSEC) + 1 : 1;
		launch_wait(&h->at[i].keeper);
	}
	buf_deinit(&h->buf);
	buf_deinit(&h->file);
	free(h->at);
	free(h->fds);
	free(h->rows);
	free(h->widths);
}

static int make_table(struct hosts *h, struct error *err)
{
	const struct table_choice *what = &h->o->rows;
	int r = joined_new(&h->picture, h->o->joint, h->count);

	if (r == 0)
		r = list_new(&h->list, what->t, h->picture);
	if (r < 0)
		return error_set(err, r, "out of memory");
	for (u32 i = 0; i < h->count; i++)
		joined_name(h->picture, i, h->at[i].line.name);
	list_set_query(h->list, what->query);
	list_set_sort(h->list, what->sort, what->descending);
	return 0;
}

int hosts_run(const struct options *o, const struct collect_options *c, const int *copies, struct error *err)
{
	cleanup(hosts_deinit) struct hosts h = {.o = o, .c = c};
	int r;

	outlet_init(&h.outlet, stdout, true);
	r = read_names(&h, err);
	if (r == 0)
		r = make_table(&h, err);
	if (r == 0)
		r = start_keepers(&h, copies, err);
	if (r == 0)
		r = run_confine(o, err);
	return r == 0 ? loop(&h, err) : r;
}
