/* Reading the command line against the table, and working out what follows from it. */
#include "options.h"

#include <errno.h>
#include <string.h>

#include "loss_table.h"
#include "option_table.h"
#include "packet_table.h"
#include "snapshot.h"
#include "text.h"
#include "socket_table.h"

/* Where the help texts begin. */
#define HELP_COLUMN 28

/* -- what was meant ----------------------------------------------------------------------------------------------- */

/* Edits (insert, remove, replace, swap of neighbours) from a to b, both at most 31 characters; more than 31: far. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), d[32][32];

	if (la > 31 || lb > 31)
		return 32;
	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = MIN(MIN(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

static int unknown_option(const char *name, struct error *err)
{
	const struct option *near = NULL;
	size_t best = MAX(strlen(name) / 3, (size_t)1) + 1;

	for (size_t i = 0; i < option_table_len; i++) {
		const char *candidate = option_table[i].doc.name;
		size_t d = candidate ? distance(name, candidate) : best;

		/* What somebody stopped typing is near as well. */
		if (candidate && strlen(name) >= 3 && strncmp(candidate, name, strlen(name)) == 0)
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

/* The first of "a|b" that is given, or NULL. */
static const struct option *first_given(const struct options *o, const char *names)
{
	for (const char *p = names;; p++) {
		size_t n = strcspn(p, "|");
		const struct option *opt = find_long(p, n);

		if (opt && given(o, opt))
			return opt;
		p += n;
		if (!*p)
			return NULL;
	}
}

/* An option that would change nothing is a mistake of the caller's: it is refused, not passed over. */
static int check_company(const struct options *o, struct error *err)
{
	for (size_t i = 0; i < option_table_len; i++) {
		const struct option *opt = &option_table[i], *other;
		char label[32];

		if (!given(o, opt))
			continue;
		option_label(opt, label, sizeof(label));
		other = opt->bars ? first_given(o, opt->bars) : NULL;
		if (other)
			return error_set(err, -EINVAL, "%s and --%s exclude each other", label, other->doc.name);
		if (opt->needs && !first_given(o, opt->needs))
			return error_set(err, -EINVAL, "%s only goes with --%.*s", label, (int)strcspn(opt->needs, "|"),
					 opt->needs);
	}
	return 0;
}

static bool is_view(const struct options *o, const char *name)
{
	return o->view && strcmp(o->view, name) == 0;
}

/* -r, -k and -e name their views; in a batch they add up. */
static int choose_table(struct options *o, struct error *err)
{
	bool all = o->batch && o->retransmits && (o->drops || o->errors);

	if (o->retransmits || o->drops || o->errors)
		o->view = o->retransmits ? "retransmits" : "drops";
	o->table = o->view ? ui_view_table(o->view) : NULL;
	o->table = all ? &loss_table : o->table ? o->table : &socket_table;
	if (!o->batch && !o->snapshot && o->view && !ui_view_table(o->view) && (o->columns_text || o->sort_text))
		return error_set(err, -EINVAL, "--view %s: its screen has no --columns and no --sort", o->view);
	if (o->closed && o->batch && !o->table->ended)
		return error_set(err, -EINVAL, "-a: no %s ever ends", o->table->one);
	/* The first tick has nothing that happened yet. */
	if (o->batch && o->table->events && !given(o, find_long("count", strlen("count"))))
		o->count = 0;
	return 0;
}

/* The hooks are rows of the view Layers, and values of packets. */
static int choose_hooks(struct options *o, struct error *err)
{
	enum snapshot_format picture = SNAPSHOT_TXT;
	int r = o->snapshot ? snapshot_format(o->snapshot, &picture, err) : 0;

	if (r < 0 || !o->netfilter)
		return r;
	if (o->snapshot && picture == SNAPSHOT_JSON)
		return error_set(err, -EINVAL, "-n: a .json snapshot has rows of a table; use --batch --view layers");
	if (!o->view)
		o->view = "layers";
	if (o->batch && !is_view(o, "layers") && !is_view(o, "packets"))
		return error_set(err, -EINVAL, "-n only goes with --view layers or packets where there is no screen");
	return 0;
}

/* Packets are of a socket or ICMP echo, and have columns of their own. */
static int check_packets(struct options *o, struct error *err)
{
	bool rows;

	if (o->echo && (o->retransmits || o->drops || o->errors))
		return error_set(err, -EINVAL, "-I shows packets: it does not go with -r, -k and -e");
	if (o->echo && o->view && !is_view(o, "packets"))
		return error_set(err, -EINVAL, "-I is the view packets, not %s", o->view);
	if (o->echo && o->filter)
		return error_set(err, -EINVAL,
				 "-I shows the echo packets of the whole machine: -d, -s and -u are of sockets");
	if (o->echo)
		o->view = "packets";
	rows = o->batch && is_view(o, "packets");

	if (o->format == EXPORT_PCAPNG && !rows)
		return error_set(err, -EINVAL, "--format pcapng only goes with --view packets");
	if (rows && !o->filter && !o->arm && !o->echo)
		return error_set(err, -EINVAL,
				 "--view packets needs --filter EXPR, which says of which socket, --arm EXPR, or -I");
	if (rows && (o->extra || o->closed))
		return error_set(err, -EINVAL,
				 "--view packets: all columns are there, and no packet ever ends (-x, -a)");
	if (o->format == EXPORT_PCAPNG && (o->columns_text || o->sort_text))
		return error_set(err, -EINVAL,
				 "--format pcapng: a file of packets has no --columns, and is in order of time");
	if (o->batch && o->arm && !rows)
		return error_set(err, -EINVAL, "--arm only goes with --view packets where there is no screen");
	if (o->batch && o->payload && !rows)
		return error_set(err, -EINVAL, "-i only goes with --view packets where there is no screen");
	return 0;
}

/* What letters ask for, as a filter. */
static void put_letters(struct buf *b, const struct options *o)
{
	static const char *const mixed[2][2] = {
	    {"kind = retransmit", "( kind = retransmit or error )"},
	    {"( kind = retransmit or kind = drop )", "( kind = retransmit or kind = drop )"}};
	const char *and = "";

	if (o->dport)
		buf_printf(b, "dport = :%u", o->dport);
	and = buf_len(b) ? " and " : and;
	if (o->sport)
		buf_printf(b, "%ssport = :%u", and, o->sport);
	and = buf_len(b) ? " and " : and;
	if (o->udp)
		buf_printf(b, "%sproto = udp", and);
	and = buf_len(b) ? " and " : and;
	if (o->table == &loss_table)
		buf_printf(b, "%s%s", and, mixed[o->drops][o->errors]);
	else if (o->errors && !o->drops)
		buf_printf(b, "%serror", and);
}

static int refuse_filter(const struct query_error *where, struct error *err)
{
	return error_set(err, -EINVAL, "filter: column %zu: %s", where->column + 1, where->text);
}

/* --filter and what letters ask for, joined by `and`. */
static int join_filter(struct options *o, struct error *err)
{
	cleanup_buf struct buf b = {}, letters = {};
	struct query_error where;
	const char *expr = o->expr && o->expr[strspn(o->expr, " \t\r\n")] ? o->expr : "";

	/* For the place of a mistake in what was typed. */
	if (query_parse(o->table, expr, &o->query, &where) < 0)
		return refuse_filter(&where, err);
	put_letters(&letters, o);
	if (!*expr && !buf_len(&letters) && !letters.failed)
		return 0;
	buf_putc(&letters, '\0');
	if (*expr && buf_len(&letters) > 1)
		buf_printf(&b, "( %s ) and %s", expr, (const char *)buf_at(&letters));
	else
		buf_puts(&b, *expr ? expr : (const char *)buf_at(&letters));
	buf_putc(&b, '\0');
	if (b.failed || letters.failed)
		return error_set(err, -ENOMEM, "out of memory");
	o->filter = (char *)take(b.data);
	query_free(o->query);
	o->query = NULL;
	return query_parse(o->table, o->filter, &o->query, &where) < 0 ? refuse_filter(&where, err) : 0;
}

/* What is written: of the view packets the filter says whose they are. */
static const struct table *columns_table(const struct options *o)
{
	return o->batch && is_view(o, "packets") ? &packet_table : o->table;
}

/* "COLUMN[:asc|:desc]", of the table. */
static int choose_sort(struct options *o, struct error *err)
{
	cleanup_columns struct columns c = {};
	const char *colon = o->sort_text ? strchr(o->sort_text, ':') : NULL;
	char name[64];
	int r;

	if (!o->sort_text)
		return 0;
	snprintf(name, sizeof(name), "%.*s", colon ? (int)MIN(colon - o->sort_text, 63) : 63, o->sort_text);
	r = columns_parse(&c, columns_table(o), name, err);
	if (r < 0)
		return r;
	o->sort = c.at[0];
	o->descending = colon ? strcmp(colon, ":desc") == 0 : c.at[0]->descending;
	return 0;
}

/* Without a screen nothing turns the layers on later. */
static int check_layers(struct options *o, struct error *err)
{
	bool view = is_view(o, "layers"), rows = o->batch || o->snapshot;

	if (o->batch && o->view && !view && !is_view(o, "sockets") && (o->layer_times || o->layer_alarm))
		return error_set(err, -EINVAL, "%s does not go with --view %s", o->layer_times ? "-t" : "-L", o->view);
	if (o->batch && view && (o->columns_text || o->sort_text || o->extra))
		return error_set(err, -EINVAL, "--view layers: --columns, --sort and -x are of sockets");
	if (o->batch && o->layer_alarm && o->format == EXPORT_CSV && !view)
		return error_set(err, -EINVAL, "-L: in csv alarms are rows of --view layers");
	if (rows && o->sample && !(options_needs(o) & NEEDS_LAYERS))
		return error_set(err, -EINVAL,
				 "--sample only goes with -t, -L, --view layers or a column of the layers");
	/* They are what the user wants to see. */
	if (o->layer_times && !o->view && !o->batch)
		o->view = "layers";
	return 0;
}

/* "a,b,…" for the screen, which takes names. */
static char *join_columns(const struct columns *c)
{
	struct buf b = {};

	for (size_t i = 0; i < c->count; i++)
		buf_printf(&b, "%s%s", i ? "," : "", c->at[i]->name);
	buf_putc(&b, '\0');
	if (b.failed)
		buf_deinit(&b);
	return (char *)b.data;
}

/* Batch formats take columns by table row, the screen by name; it has a default of its own. */
static int choose_columns(struct options *o, struct error *err)
{
	enum snapshot_format picture = SNAPSHOT_TXT;
	int r = o->snapshot ? snapshot_format(o->snapshot, &picture, err) : 0;
	bool rows = o->batch || picture == SNAPSHOT_JSON;

	if (r == 0 && o->columns_text)
		r = columns_parse(&o->columns, columns_table(o), o->columns_text, err);
	if (r < 0)
		return r;
	if (picture == SNAPSHOT_JSON)
		o->format = EXPORT_JSON;
	if (!rows && !o->extra) {
		o->screen_columns = o->columns_text ? strdup(o->columns_text) : NULL;
		return o->columns_text && !o->screen_columns ? error_set(err, -ENOMEM, "out of memory") : 0;
	}
	if (!o->columns.count)
		r = columns_default(&o->columns, columns_table(o), o->format);
	if (r == 0 && o->layer_times && rows && !o->columns_text)
		r = columns_layers(&o->columns, o->table, o->format);
	if (r == 0 && o->extra)
		r = columns_extra(&o->columns, o->table, o->format);
	if (r == 0 && !rows)
		o->screen_columns = join_columns(&o->columns);
	return r < 0 || (!rows && !o->screen_columns) ? error_set(err, -ENOMEM, "out of memory") : 0;
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	struct words w = {.at = argv + 1, .left = argc > 1 ? argc - 1 : 0};
	int r;

	*o = (struct options){.count = 1,
			      .speed = -1,
			      .max_rows = OPTIONS_MAX_ROWS,
			      .max_mb = OPTIONS_MAX_MB,
			      .width = 120,
			      .height = 40};
	r = read_words(o, &w, err);
	if (r < 0 || o->help || o->version)
		return r;
	r = check_company(o, err);
	if (r == 0)
		r = choose_table(o, err);
	if (r == 0)
		r = join_filter(o, err);
	if (r == 0)
		r = choose_sort(o, err);
	if (r == 0)
		r = check_packets(o, err);
	if (r == 0)
		r = choose_hooks(o, err);
	if (r == 0)
		r = choose_columns(o, err);
	if (r == 0)
		r = check_layers(o, err);
	return r;
}

void options_deinit(struct options *o)
{
	query_free(o->query);
	columns_deinit(&o->columns);
	free(o->filter);
	free(o->screen_columns);
	*o = (struct options){};
}

unsigned options_needs(const struct options *o)
{
	unsigned needs = columns_needs(&o->columns) | query_needs(o->query) | o->arm_needs;

	if (o->layer_times || o->layer_alarm || (is_view(o, "layers") && (o->batch || o->snapshot)))
		needs |= NEEDS_LAYERS;
	return o->sort ? needs | o->sort->needs : needs;
}

/* -- documentation ------------------------------------------------------------------------------------------------ */

bool option_doc(size_t i, struct option_doc *out)
{
	if (i >= option_table_len)
		return false;
	*out = option_table[i].doc;
	return true;
}

/* "  -d DPORT", "      --view NAME", "  -h, --help" */
static size_t put_synopsis(struct buf *out, const struct option_doc *d)
{
	size_t from = buf_len(out);

	if (d->letter)
		buf_printf(out, "  -%c%s", d->letter, d->name ? ", " : "");
	else
		buf_puts(out, "      ");
	if (d->name)
		buf_printf(out, "--%s", d->name);
	if (d->arg)
		buf_printf(out, " %s", d->arg);
	return buf_len(out) - from;
}

void options_help(struct buf *out)
{
	const char *group = "";
	struct option_doc d;
	size_t used;

	buf_puts(out, "usage: skbtop [OPTIONS]\n"
		      "every TCP and UDP socket of this machine, live, and what holds each back\n");
	for (size_t i = 0; option_doc(i, &d); i++) {
		if (strcmp(d.group, group) != 0)
			buf_printf(out, "\n%s:\n", d.group);
		group = d.group;
		used = put_synopsis(out, &d);
		if (used > HELP_COLUMN - 2)
			buf_printf(out, "\n%*s%s\n", HELP_COLUMN, "", d.help);
		else
			buf_printf(out, "%*s%s\n", (int)(HELP_COLUMN - used), "", d.help);
	}
	buf_puts(out, "\nfilters: dport = :443 and rtt > 50ms, src 10.0.0.0/8, comm ~ ^nginx\n"
		      "exit status: 0 done, 1 it failed, 2 the command line is wrong\n");
}
