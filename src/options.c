/* Reading the command line against the table, and working out what follows from it. */
#include "options.h"

#include <errno.h>
#include <string.h>

#include "finding_table.h"
#include "joint.h"
#include "loss_table.h"
#include "named.h"
#include "option_table.h"
#include "packet_table.h"
#include "metrics.h"
#include "report.h"
#include "snapshot.h"
#include "text.h"
#include "socket_table.h"

/* -- what was meant ----------------------------------------------------------------------------------------------- */

static int unknown_option(const char *name, struct error *err)
{
	const size_t len = strlen(name);
	unsigned best = MAX((unsigned)len / 3, 1U) + 1;
	const struct option *near = NULL;

	for (size_t i = 0; i < option_table_len; i++) {
		const char *candidate = option_table[i].doc.name;
		unsigned d = candidate ? named_distance(name, len, candidate, strlen(candidate)) : best;

		/* What somebody stopped typing is near as well. */
		if (candidate && len >= 3 && strncmp(candidate, name, len) == 0)
			d = 0;
		if (d < best) {
			best = d;
			near = &option_table[i];
		}
	}
	if (near)
		return error_set(err, -EINVAL, "unknown option '--%s'; did you mean --%s?", name, near->doc.name);
	return error_set(err, -EINVAL, "unknown option '--%s'; --help lists them", name);
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

static const struct option *find_long(const char *name, size_t len)
{
	for (size_t i = 0; i < option_table_len; i++) {
		const char *candidate = option_table[i].doc.name;

		if (candidate && strlen(candidate) == len && memcmp(candidate, name, len) == 0)
			return &option_table[i];
	}
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < option_table_len; i++)
		if (option_table[i].doc.letter == letter)
			return &option_table[i];
	return NULL;
}

static int apply(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	size_t i = (size_t)(opt - option_table);

	o->given |= 1ULL << i;
	return opt->set(o, opt, arg, err);
}

static bool given(const struct options *o, const struct option *opt)
{
	size_t i = (size_t)(opt - option_table);

	return o->given >> i & 1;
}

/* The words of the command line that are still to be read. */
struct words {
	char **at;
	int left;
};

static int missing_argument(const struct option *opt, struct error *err)
{
	char label[32];

	return error_set(err, -EINVAL, "%s needs an argument: %s", option_label(opt, label, sizeof(label)),
			 opt->doc.arg);
}

static int take_argument(struct words *w, const struct option *opt, const char **arg, struct error *err)
{
	if (!w->left)
		return missing_argument(opt, err);
	*arg = *w->at++;
	w->left--;
	return 0;
}

/* --name, --name=argument, --name argument. */
static int read_long(struct options *o, struct words *w, const char *word, struct error *err)
{
	size_t len = strcspn(word, "=");
	const struct option *opt = find_long(word, len);
	const char *arg = word[len] ? word + len + 1 : NULL;
	char name[32];
	int r;

	if (!opt) {
		snprintf(name, sizeof(name), "%.*s", (int)MIN(len, sizeof(name)), word);
		return unknown_option(name, err);
	}
	if (!opt->doc.arg && arg)
		return error_set(err, -EINVAL, "--%s takes no argument", opt->doc.name);
	if (opt->doc.arg && !arg) {
		r = take_argument(w, opt, &arg, err);
		if (r < 0)
			return r;
	}
	return apply(o, opt, arg, err);
}

/* -a, -ax, -d443, -d 443. */
static int read_letters(struct options *o, struct words *w, const char *letters, struct error *err)
{
	for (; *letters; letters++) {
		const struct option *opt = find_letter(*letters);
		const char *arg = NULL;
		int r;

		if (!opt)
			return error_set(err, -EINVAL, "unknown option '-%.*s'; --help lists them",
					 (int)text_fit(letters, 1, NULL), letters);
		if (!opt->doc.arg) {
			r = apply(o, opt, NULL, err);
			if (r < 0)
				return r;
			continue;
		}
		arg = letters + 1;
		r = *arg ? 0 : take_argument(w, opt, &arg, err);
		return r < 0 ? r : apply(o, opt, arg, err);
	}
	return 0;
}

static int read_words(struct options *o, struct words *w, struct error *err)
{
	while (w->left) {
		const char *word = *w->at++;
		int r;

		w->left--;
		if (strncmp(word, "--", 2) == 0 && word[2])
			r = read_long(o, w, word + 2, err);
		else if (word[0] == '-' && word[1] && word[1] != '-')
			r = read_letters(o, w, word + 1, err);
		else
			r = error_set(err, -EINVAL, "'%s' is not an option; --help lists them", word);
		if (r < 0)
			return r;
	}
	return 0;
}

/* -- what follows ------------------------------------------------------------------------------------------------- */

/* The first option of "a|b", names or letters, that is given, or NULL. */
static const struct option *first_given(const struct options *o, const char *names)
{
	for (size_t i = 0; names && i < option_table_len; i++) {
		const struct option *opt = &option_table[i];
		const char letter[2] = {opt->doc.letter};

		if (given(o, opt) && option_word(names, opt->doc.name ? opt->doc.name : letter) >= 0)
			return opt;
	}
	return NULL;
}

/* An option that would change nothing is a mistake of the caller's: it is refused, not passed over. */
static int check_company(const struct options *o, struct error *err)
{
	for (size_t i = 0; i < option_table_len; i++) {
		const struct option *opt = &option_table[i], *other;
		char label[32], barred[32];

		if (!given(o, opt))
			continue;
		option_label(opt, label, sizeof(label));
		other = first_given(o, opt->bars);
		if (other)
			return error_set(err, -EINVAL, "%s and %s exclude each other", label,
					 option_label(other, barred, sizeof(barred)));
		if (opt->needs && !first_given(o, opt->needs))
			return error_set(err, -EINVAL, "%s only goes with --%.*s", label, (int)strcspn(opt->needs, "|"),
					 opt->needs);
	}
	return 0;
}

/* What is written to a file or a pipe: rows, not a picture of a screen. */
static bool writes_rows(const struct options *o)
{
	enum snapshot_format picture = SNAPSHOT_TXT;

	return o->batch ||
	       (o->snapshot && snapshot_format(o->snapshot, &picture, NULL) == 0 && picture == SNAPSHOT_JSON);
}

/* With a screen one can go to another view later. */
static int check_views(const struct options *o, struct error *err)
{
	bool rows = writes_rows(o);

	for (size_t i = 0; i < option_table_len; i++) {
		const struct option *opt = &option_table[i];
		char label[32], names[64] = "";

		if (!given(o, opt) || !opt->views || !(rows || opt->anywhere) || (opt->recorded && o->record) ||
		    option_word(opt->views, o->view.name) >= 0)
			continue;
		for (const char *p = opt->views; *p; p += strspn(p, "|")) {
			text_join(names, sizeof(names), " or ", "%.*s", (int)strcspn(p, "|"), p);
			p += strcspn(p, "|");
		}
		return error_set(err, -EINVAL, "%s only goes with --view %s%s%s, not with %s",
				 option_label(opt, label, sizeof(label)), names,
				 opt->recorded ? ", or with --record," : "",
				 opt->anywhere ? "" : " where there is no screen", o->view.name);
	}
	return 0;
}

/* A batch that only writes its last tick: checks have to hold for a while. */
static void choose_check(struct options *o)
{
	if (!o->check)
		return;
	o->batch = true;
	if (!first_given(o, "count") || !o->count)
		o->count = CHECK_TICKS;
}

/* A report is of a while, and no longer than it has to be. */
static void choose_report(struct options *o)
{
	if (!o->report)
		return;
	if (!first_given(o, "count"))
		o->count = o->replay ? 0 : REPORT_TICKS;
	if (!first_given(o, "limit"))
		o->limit = REPORT_ROWS;
}

/* The view that is named, else that of the first option that has one. */
static void choose_view(struct options *o)
{
	for (size_t i = 0; i < option_table_len && !o->view_name; i++) {
		const struct option *opt = &option_table[i];

		if (given(o, opt) && !(opt->on_screen && writes_rows(o)))
			o->view_name = opt->view;
	}
	if (!o->view_name || !ui_view_find(o->view_name, &o->view))
		ui_view(0, &o->view);
}

/* Several machines are one table. */
static int join_table(struct options *o)
{
	int r = joint_new(&o->joint, o->rows.t);

	if (r < 0)
		return r;
	o->joint_of = o->rows.t;
	o->rows.t = joint_table(o->joint);
	return 0;
}

/* -r, -k and -e add up where rows are written. */
static int choose_table(struct options *o, struct error *err)
{
	bool all = writes_rows(o) && o->retransmits && (o->drops || o->errors);

	o->rows.t = all ? &loss_table : o->echo ? &echo_table : o->view.table;
	if (!o->rows.t && !writes_rows(o) && !o->columns_text && !o->sort_text)
		o->rows.t = o->view.filters;
	if (!o->rows.t && (writes_rows(o) || o->columns_text || o->sort_text || o->expr))
		return error_set(err, -EINVAL, "--view %s has no rows", o->view.name);
	if (!o->rows.t)
		return 0;
	if (o->several && join_table(o) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	if (o->closed && writes_rows(o) && !o->rows.t->ended)
		return error_set(err, -EINVAL, "-a: no %s ever ends", o->rows.t->one);
	/* The first tick has nothing that happened yet. */
	if (o->batch && o->rows.t->events && !first_given(o, "count"))
		o->count = 0;
	if (o->snapshot && writes_rows(o))
		o->format = EXPORT_JSON;
	return 0;
}

/* Columns that are named or asked for; those that outputs have by default. */
static int choose_columns(struct options *o, struct error *err)
{
	struct table_choice *c = &o->rows;
	bool rows = writes_rows(o), letters = rows && o->layer_times && !o->columns_text;
	int r = o->columns_text ? columns_parse(&c->columns, c->t, o->columns_text, err) : 0;

	if (r < 0)
		return r;
	if (!c->columns.count && (rows || o->extra))
		r = columns_default(&c->columns, c->t, o->format);
	if (r == 0 && letters)
		r = columns_layers(&c->columns, c->t, o->format);
	if (r == 0 && o->extra)
		r = columns_extra(&c->columns, c->t, o->format);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

/* -- filter ------------------------------------------------------------------------------------------------------- */

static int refuse_filter(const struct query_error *where, struct error *err)
{
	return error_set(err, -EINVAL, "filter: column %zu: %s", where->column + 1, where->text);
}

/* What letters ask for, as a filter. */
static void put_letters(struct buf *b, const struct options *o)
{
	static const char *const mixed[2][2] = {
	    {"kind = retransmit", "( kind = retransmit or error )"},
	    {"( kind = retransmit or kind = drop )", "( kind = retransmit or kind = drop )"}};
	char protocols[64] = "";
	const char *and = "";

	if (o->dns)
		text_join(protocols, sizeof(protocols), " or ", "proto = dns");
	if (o->mysql)
		text_join(protocols, sizeof(protocols), " or ", "proto = mysql");
	if (o->redis)
		text_join(protocols, sizeof(protocols), " or ", "proto = redis");
	if (o->dport)
		buf_printf(b, "dport = :%u", o->dport);
	and = buf_len(b) ? " and " : and;
	if (o->sport)
		buf_printf(b, "%ssport = :%u", and, o->sport);
	and = buf_len(b) ? " and " : and;
	if (o->udp)
		buf_printf(b, "%sproto = udp", and);
	and = buf_len(b) ? " and " : and;
	if ((o->several ? o->joint_of : o->rows.t) == &loss_table)
		buf_printf(b, "%s%s", and, mixed[o->drops][o->errors]);
	else if (o->errors && !o->drops)
		buf_printf(b, "%serror", and);
	else if (*protocols)
		buf_printf(b, "%s( %s )", and, protocols);
}

/* Compiles a filter of the table's rows; plain text may be in any column that was named, or that a person is shown. */
static int compile(const struct options *o, const struct table *t, const char *text, struct query **q, bool *plain,
		   struct error *err)
{
	cleanup_columns struct columns usual = {};
	const struct columns *shown = o->columns_text && t == o->rows.t ? &o->rows.columns : &usual;
	struct query_error where;

	if (columns_default(&usual, t, EXPORT_TEXT) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	return query_parse_typed(t, text, shown->at, shown->count, q, plain, &where) < 0 ? refuse_filter(&where, err)
											 : 0;
}

/* Of a view for which a socket is traced: which packets, as far as it is about packets, and whose, as far as it is
 * about sockets. Plain text is about sockets. */
static int compile_both(struct options *o, const char *text, struct error *err)
{
	const struct table *t = o->rows.t;
	struct query_error where;
	int r = query_parse_part(&socket_table, t, text, &o->whose, &where);

	if (r == 0)
		r = query_parse_part(t, &socket_table, text, &o->rows.query, &where);
	if (r == 0)
		return 0;
	query_free(o->whose);
	r = compile(o, &socket_table, text, &o->whose, &o->rows.plain, err);
	return r == 0 || o->rows.plain ? r : refuse_filter(&where, err);
}

static int compile_filter(struct options *o, const char *text, struct error *err)
{
	query_free(o->rows.query);
	query_free(o->whose);
	o->rows.query = o->whose = NULL;
	return o->view.traces ? compile_both(o, text, err)
			      : compile(o, o->rows.t, text, &o->rows.query, &o->rows.plain, err);
}

/* --filter and what letters ask for, joined by `and`. */
static int choose_filter(struct options *o, struct error *err)
{
	cleanup_buf struct buf b = {}, letters = {};
	const char *expr = o->expr && o->expr[strspn(o->expr, " \t\r\n")] ? o->expr : "";
	/* By itself first, for the place of a mistake in what was typed. */
	int r = *expr ? compile_filter(o, expr, err) : 0;

	if (r < 0)
		return r;
	put_letters(&letters, o);
	buf_putc(&letters, '\0');
	if (*expr && buf_len(&letters) > 1)
		buf_printf(&b, o->rows.plain ? "\"%s\" and %s" : "( %s ) and %s", expr, (const char *)buf_at(&letters));
	else
		buf_puts(&b, *expr ? expr : (const char *)buf_at(&letters));
	buf_putc(&b, '\0');
	if (b.failed || letters.failed)
		return error_set(err, -ENOMEM, "out of memory");
	if (buf_len(&b) <= 1)
		return 0;
	o->filter = (char *)take(b.data);
	r = compile_filter(o, o->filter, err);
	o->rows.text = o->rows.query ? o->filter : NULL;
	return r;
}

/* -- what does not go together ------------------------------------------------------------------------------------ */

static int check_traces(const struct options *o, struct error *err)
{
	if (o->format == EXPORT_PCAPNG && !o->view.traces)
		return error_set(err, -EINVAL, "--format pcapng only goes with --view packets");
	if (o->format == EXPORT_PCAPNG && (o->columns_text || o->sort_text || o->extra))
		return error_set(err, -EINVAL,
				 "--format pcapng: a file of packets has no columns, and is in order of time");
	if (o->batch && o->view.traces && !o->whose && !o->arm && !o->echo)
		return error_set(err, -EINVAL,
				 "--view %s needs --filter EXPR that says of which socket, --arm EXPR, or -I",
				 o->view.name);
	if (o->snapshot && o->view.traces && writes_rows(o))
		return error_set(err, -EINVAL, "--view %s: a .json snapshot has rows of one tick; use --batch",
				 o->view.name);
	return 0;
}

/* It is of the whole machine: tables of its own, and no rows of a view. */
static int choose_metrics(struct options *o, struct error *err)
{
	static const char *const others[] = {"view", "filter", "sort", "columns", "check"};

	if (o->format != EXPORT_OPENMETRICS)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (first_given(o, others[i]))
			return error_set(err, -EINVAL, "--format openmetrics does not go with --%s", others[i]);
	if (o->view_name || o->closed || o->extra || o->layer_times || o->layer_alarm || o->expr || o->udp)
		return error_set(err, -EINVAL,
				 "--format openmetrics is of the whole machine: no option chooses its rows");
	if (!first_given(o, "limit"))
		o->limit = METRICS_TOP;
	if (o->limit < 1 || o->limit > METRICS_TOP_MAX)
		return error_set(err, -EINVAL, "--format openmetrics needs a --limit of 1 to %u rows of each table",
				 METRICS_TOP_MAX);
	return 0;
}

static int check_layers(const struct options *o, struct error *err)
{
	bool view = o->view.needs & NEEDS_LAYERS;

	if (o->batch && o->layer_alarm && o->format == EXPORT_CSV && !view)
		return error_set(err, -EINVAL, "-L: in csv alarms are rows of --view layers");
	if ((o->batch || o->snapshot) && o->sample && !(options_needs(o) & NEEDS_LAYERS))
		return error_set(err, -EINVAL,
				 "--sample only goes with -t, -L, --view layers or a column of the layers");
	return 0;
}

/* What only knows one picture so far. */
static int check_several(struct options *o, struct error *err)
{
	static const char *const others[] = {"check",  "snapshot", "report", "record", "arm",
					     "prefix", "resolve",  "a",      "L",      "I"};

	o->several = o->host_count > 1 || o->hosts_file;
	o->host = o->several || !o->host_count ? NULL : o->hosts[0];
	if (!o->several)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (first_given(o, others[i]))
			return error_set(err, -EINVAL, "%s%s goes with one --host only", others[i][1] ? "--" : "-",
					 others[i]);
	if (!o->batch || o->format >= EXPORT_FORMATS || o->view.traces || o->view.table == &finding_table)
		return error_set(err, -EINVAL,
				 "of several hosts there are rows only: --batch, as text, json or csv, and neither "
				 "--view packets nor --view findings");
	return 0;
}

static int check_rows(struct options *o, struct error *err)
{
	struct table_choice *c = &o->rows;
	int r = choose_table(o, err);

	if (r < 0 || !c->t)
		return r;
	r = choose_columns(o, err);
	if (r == 0)
		r = choose_filter(o, err);
	if (r == 0 && (o->sort_text || (c->t->ordered && writes_rows(o))))
		r = table_parse_sort(c->t, o->sort_text ? o->sort_text : c->t->sort, &c->sort, &c->descending, err);
	return r;
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct words w = {.at = argv + 1, .left = argc > 1 ? argc - 1 : 0};
	int r;

	*o = (struct options){.count = 1,
			      .speed = -1,
			      .max_rows = OPTIONS_MAX_ROWS,
			      .max_mb = OPTIONS_MAX_MB,
			      .history_mb = OPTIONS_HISTORY_MB,
			      .width = 120,
			      .height = 40};
	r = read_words(o, &w, err);
	if (r < 0 || o->help || o->version)
		return r;
	r = check_company(o, err);
	if (r < 0)
		return r;
	choose_view(o);
	choose_check(o);
	choose_report(o);
	r = check_views(o, err);
	if (r == 0)
		r = check_several(o, err);
	if (r == 0)
		r = check_rows(o, err);
	if (r == 0)
		r = check_traces(o, err);
	if (r == 0)
		r = choose_metrics(o, err);
	return r < 0 ? r : check_layers(o, err);
}

void options_deinit(struct options *o)
{
	query_free(o->whose);
	table_choice_deinit(&o->rows);
	joint_free(o->joint);
	free(o->filter);
	*o = (struct options){};
}

unsigned options_needs(const struct options *o)
{
	unsigned needs = table_choice_needs(&o->rows) | query_needs(o->whose) | o->arm_needs;

	if (o->batch || o->snapshot)
		needs |= o->view.needs;
	if (o->report)
		needs |= report_needs();
	return o->layer_times || o->layer_alarm ? needs | NEEDS_LAYERS : needs;
}
