/* Connects feed, model and output, and says why they ended. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "file.h"
#include "finding_table.h"
#include "layers.h"
#include "bounds.h"
#include "metrics.h"
#include "model.h"
#include "packets.h"
#include "pcapng.h"
#include "prefixes.h"
#include "privilege.h"
#include "remote.h"
#include "report.h"
#include "request_table.h"
#include "requests.h"
#include "snapshot.h"
#include "wanted.h"

/* The parts of a run. */
struct run {
	const struct options *o;
	struct launch *child;
	struct model *m;
	struct feed *f;
	bool ended;                /* the feed ended before we were done */
	bool found;                /* something is wrong: --check */
	struct findings *findings; /* owned; NULL: they are not what is written */
	struct prefixes *prefixes; /* owned; NULL: no list */
};

int run_check_terminal(const struct options *o, struct error *err)
{
	if (!options_has_screen(o) || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return 0;
	return error_set(err, -ENOTTY, "no terminal: use --batch, --snapshot FILE or --report FILE");
}

void run_ask(struct feed *f, const struct options *o, unsigned needs)
{
	/* Cannot fail: the socket was just made and is empty. */
	if (needs & NEEDS_EXCHANGES)
		feed_command(f, COMMAND_EXCHANGES, 1);
	if (requests_asked(needs))
		feed_command(f, COMMAND_REQUESTS, requests_asked(needs));
	if (needs & NEEDS_LAYERS)
		feed_command(f, COMMAND_LAYERS, MAX(o->sample, (u64)1));
	if (needs & NEEDS_NAT)
		feed_command(f, COMMAND_NAT, 1);
	if (needs & NEEDS_REDIRECTS)
		feed_command(f, COMMAND_REDIRECTS, 1);
	/* A collector here has been told on its command line. */
	if (options_is_remote(o) && options_needs(o) & NEEDS_INFO)
		feed_command(f, COMMAND_INFO, ~0ULL);
	if (needs & NEEDS_NAMES)
		feed_command(f, COMMAND_NAMES, 1);
}

/* A screen asks for what it shows while it shows it; without a screen it is asked for all the time. */
static void ask_needs(struct run *r)
{
	unsigned needs = options_has_screen(r->o) ? 0 : options_needs(r->o);

	run_ask(r->f, r->o, needs | (r->findings ? findings_asks(r->findings) : 0));
}

#define PREFIX_FILE_MAX (4U << 20)

/* The networks of --prefix, from the command line or a file. */
static int read_prefixes(struct run *r, struct error *err)
{
	cleanup_buf struct buf text = {};
	const char *name = r->o->prefixes;
	bool list = name && options_name_prefixes(name);
	struct error why = {};
	int code = name && !list ? file_read(name, PREFIX_FILE_MAX, &text, &why) : 0;

	buf_putc(&text, '\0');
	if (code == 0 && name)
		code =
		    text.failed ? -ENOMEM : prefixes_new(&r->prefixes, list ? name : (const char *)buf_at(&text), &why);
	model_set_prefixes(r->m, r->prefixes);
	return code < 0 ? error_set(err, code, "--prefix: %s", *why.text ? why.text : "out of memory") : 0;
}

/* Keys lead back in time. */
static int keep_past(struct run *r, struct error *err)
{
	if (!options_has_screen(r->o) || !r->o->history_mb)
		return 0;
	return feed_keep(r->f, (u64)r->o->history_mb << 20) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

static int open_feed(struct run *r, struct error *err)
{
	const struct options *o = r->o;
	/* Without a screen a recording is read as fast as possible. */
	double speed = o->speed >= 0 ? o->speed : options_has_screen(o) ? 1 : 0;
	int code = model_new(&r->m);

	if (code < 0)
		return error_set(err, code, "out of memory");
	if (o->replay || o->host)
		model_limit(r->m, o->max_rows, (u64)o->max_mb << 20);
	packets_keep_payload(model_packets(r->m), o->payload);
	model_layers_set_alarm(r->m, o->layer_alarm);
	if (o->show_values)
		model_requests_show_values(r->m);
	code = read_prefixes(r, err);
	if (code < 0)
		return code;
	if (o->replay) {
		code = feed_replay(&r->f, r->m, o->replay, speed, err);
		if (code == 0)
			feed_from(r->f, &o->from);
		return code < 0 ? code : keep_past(r, err);
	}
	code = feed_open(&r->f, r->m, r->child->fd, err);
	r->child->fd = -1;
	if (code < 0)
		return code;
	if (r->child->names >= 0) {
		feed_resolve(r->f, r->child->names);
		r->child->names = -1;
		if (model_want_hosts(r->m) < 0)
			return error_set(err, -ENOMEM, "out of memory");
	}
	if (o->record) {
		code = feed_record(r->f, o->record, err);
		if (code < 0)
			return code;
	}
	if (o->record_mb)
		feed_record_rotate(r->f, (u64)o->record_mb << 20);
	ask_needs(r);
	return keep_past(r, err);
}

static void cleanup_arm_p(struct arm **a)
{
	arm_free(*a);
}

/* With the user's own checks, whose file cannot be read any more once we are confined. */
static int make_findings(struct run *r, struct error *err)
{
	int code;

	if (r->o->rows.t != &finding_table && !r->o->report && r->o->format != EXPORT_OPENMETRICS)
		return 0;
	code = findings_new(&r->findings, r->m, err);
	if (code == 0)
		code = ui_own_checks(r->o->config, r->findings, err);
	if (code == 0 && findings_asks(r->findings))
		ask_needs(r);
	return code;
}

static int batch_to(struct run *r, FILE *out, u64 skip, u64 count, struct error *err)
{
	const struct options *o = r->o;
	cleanup(cleanup_arm_p) struct arm *arm = NULL;
	bool later = options_needs(o) &
		     (NEEDS_LAYERS | NEEDS_DEVICES | NEEDS_EXCHANGES | NEEDS_REQUESTS); /* the first tick has none */
	struct batch_options b = {.rows = o->view.traces ? BATCH_PACKETS : BATCH_TABLE,
				  .what = &o->rows,
				  .whose = o->whose,
				  .echo = o->echo,
				  .format = o->format,
				  .closed = o->closed,
				  /* In a first tick that comes at once no packet was measured. */
				  .skip = MAX(skip, (u64)(later && !o->replay)),
				  .count = count,
				  .limit = o->limit,
				  .check = o->check,
				  .findings = r->findings};
	int code = o->arm ? arm_new(&arm, o->arm, NULL) : 0;

	if (code < 0)
		return error_set(err, code, "out of memory");
	b.arm = arm;
	code = batch_run(&b, r->f, r->m, out, err);

	r->ended = code == BATCH_FEED_ENDED;
	r->found = code == BATCH_FOUND;
	return code;
}

/* The rows of the second tick, the first one with rates, as a file. */
static int snapshot_rows(struct run *r, struct error *err)
{
	cleanup_free char *text = NULL;
	cleanup_fclose FILE *out = NULL;
	size_t len = 0;
	int code;

	out = open_memstream(&text, &len);
	if (!out)
		return error_set(err, -ENOMEM, "out of memory");
	code = batch_to(r, out, 1, 1, err);
	if (code < 0 || r->ended)
		return code;
	return file_write_atomic(r->o->snapshot, text, len, err);
}

/* -- the sandbox --------------------------------------------------------------------------------------------------- */

/* The folder of path; the caller frees it. */
static char *folder_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!path)
		return NULL;
	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

/* A recording to read or write is open by now. files is NULL without a screen. */
static int confine(void *run, const struct ui_files *files, struct error *err)
{
	const struct options *o = ((struct run *)run)->o;
	cleanup_free char *snapshot = folder_of(o->report ? o->report : o->snapshot),
			  *config = folder_of(files ? files->config : NULL),
			  *record = folder_of(o->record_mb ? o->record : NULL); /* another is begun there */
	bool asks = options_has_screen(o); /* the keys w and e ask for a file's name */
	const struct sandbox_path paths[] = {
	    {snapshot, SANDBOX_WRITE},
	    {record, SANDBOX_WRITE},
	    {asks ? "." : NULL, SANDBOX_WRITE},
	    {config, asks ? SANDBOX_KEEP : SANDBOX_READ},
	    {files ? files->themes[0] : NULL, SANDBOX_READ},
	    {files ? files->themes[1] : NULL, SANDBOX_READ},
	    {files && strchr(files->theme, '/') ? files->theme : NULL, SANDBOX_READ},
	    {"/proc/self/fd/1", SANDBOX_WRITE}, /* a batch opens it again, without blocking (outlet.c) */
	};

	return privilege_confine(paths, ARRAY_SIZE(paths), err);
}

/* Says where it may write if that is why it could not. */
static int explain_refusal(int r, const char *path, struct error *err)
{
	if (r == -EACCES)
		error_set(err, r, "%s: Permission denied; only the folder that skbtop was started in is open to it",
			  path);
	return r;
}

int run_confine(const struct options *o, struct error *err)
{
	struct run r = {.o = o};

	return confine(&r, NULL, err);
}

static int write_snapshot(const char *path, const struct cells *cells, struct error *err)
{
	return explain_refusal(snapshot_write(path, cells, err), path, err);
}

static int write_packets(const char *path, const struct model *m, u64 id, struct error *err)
{
	return explain_refusal(pcapng_write(path, m, id, err), path, err);
}

/* -- screen, batch, snapshot --------------------------------------------------------------------------------------- */

static struct ui_options ui_words(struct run *r)
{
	const struct options *o = r->o;

	return (struct ui_options){.view = o->view_name,
				   .rows = &o->rows,
				   .whose = o->whose,
				   .whose_text = o->filter,
				   .theme = o->theme,
				   .config = o->config,
				   .closed = o->closed,
				   .layers = o->layer_times,
				   .netfilter = o->netfilter,
				   .layer_alarm = o->layer_alarm,
				   .sample = o->sample,
				   .echo = o->echo,
				   .interval = o->interval,
				   .color = o->color,
				   .arm = o->arm,
				   .write_packets = write_packets,
				   .write_snapshot = write_snapshot,
				   .confine = confine,
				   .confine_context = r};
}

static int snapshot_screen(struct run *r, struct error *err)
{
	struct ui_options words = ui_words(r);
	struct cells cells = {};
	int code = ui_snapshot(&words, r->f, r->m, r->o->width, r->o->height, &cells, err);

	if (code == 0)
		code = snapshot_write(r->o->snapshot, &cells, err);
	free(cells.cell);
	return code;
}

static int report(struct run *r, struct error *err)
{
	const struct options *o = r->o;
	struct report_options p = {
	    .path = o->report, .source = o->replay, .count = o->count, .rows = o->limit ? o->limit : UINT32_MAX};
	int code = make_findings(r, err);

	if (code == 0)
		code = confine(r, NULL, err);
	if (code < 0)
		return code;
	p.findings = r->findings;
	code = report_run(&p, r->f, r->m, err);
	r->ended = code == BATCH_FEED_ENDED;
	return code;
}

static int metrics(struct run *r, struct error *err)
{
	struct metrics_options x = {.count = r->o->count, .top = r->o->limit, .findings = r->findings};
	int code = metrics_run(&x, r->f, r->m, stdout, err);

	r->ended = code == BATCH_FEED_ENDED;
	return code;
}

static int show(struct run *r, struct error *err)
{
	enum snapshot_format format = SNAPSHOT_TXT;
	struct ui_options words = ui_words(r);
	int code;

	if (r->o->report)
		return report(r, err);
	if (r->o->batch) {
		code = make_findings(r, err);
		if (code == 0)
			code = confine(r, NULL, err);
		if (code < 0)
			return code;
		if (r->o->format == EXPORT_OPENMETRICS)
			return metrics(r, err);
		return r->o->check ? batch_to(r, stdout, r->o->count - 1, 1, err)
				   : batch_to(r, stdout, 0, r->o->count, err);
	}
	if (r->o->snapshot) {
		code = snapshot_format(r->o->snapshot, &format, err);
		if (code < 0)
			return code;
		if (format != SNAPSHOT_JSON)
			return snapshot_screen(r, err);
		code = make_findings(r, err);
		if (code == 0)
			code = confine(r, NULL, err);
		return code < 0 ? code : snapshot_rows(r, err);
	}
	code = ui_run(&words, r->f, r->m, err);
	r->ended = code == 1;
	return code;
}

/* Why the collector left: its last words, or else how its process ended. For a recording: an enum run_result. */
static int explain_end(struct run *r, struct error *err)
{
	const struct record_bye *bye = model_bye(r->m);
	char text[sizeof(bye->text) + 1] = "";

	if (r->o->replay && r->o->snapshot)
		return error_set(err, -ENODATA, "%s: the recording has fewer than two ticks", r->o->replay);
	if (r->o->replay && !model_tick(r->m))
		return error_set(err, -ENODATA, "%s: the recording holds no tick", r->o->replay);
	if (r->o->replay && feed_is_cut(r->f)) {
		error_set(err, 0, "%s: the recording ends within a tick", r->o->replay);
		return RUN_NOTED;
	}
	if (r->o->replay)
		return RUN_DONE;
	if (bye)
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(bye->text), (const char *)bye->text);
	if (*text)
		return error_set(err, -ECHILD, "%s%s%s", r->o->host ? r->o->host : "", r->o->host ? ": " : "", text);
	if (r->o->host)
		remote_explain(r->child, r->o->host, err);
	else
		launch_describe(launch_wait(r->child), err);
	return -ECHILD;
}

int run_monitor(const struct options *o, struct launch *child, struct error *err)
{
	struct run r = {.o = o, .child = child};
	int code = open_feed(&r, err);

	if (code == 0)
		code = show(&r, err);
	if (code >= 0)
		code = r.ended ? explain_end(&r, err) : r.found ? RUN_FOUND : RUN_DONE;
	if (code >= 0 && r.f && feed_record_error(r.f))
		code = error_set(err, -EIO, "%s", feed_record_error(r.f));
	/* Closing our end of the socket ends the collector. */
	feed_free(r.f);
	findings_free(r.findings);
	model_free(r.m);
	prefixes_free(r.prefixes);
	return code;
}
