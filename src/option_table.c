/* The table of options, how each takes its argument, and --help. An option whose feature is not there is not in the
 * table. */
#include "option_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bounds.h"
#include "prefixes.h"
#include "snapshot.h"
#include "units.h"

#define SNAPSHOT_MIN_COLUMNS 20
#define SNAPSHOT_MIN_LINES 5
#define SNAPSHOT_MAX_COLUMNS 1000
#define SNAPSHOT_MAX_LINES 500
#define SAMPLE_MAX 1000000
#define HISTORY_MB_MAX 65536
#define CPU_LIMIT_MAX 100 /* per cent: the passes are one thread's */

/* Where the help texts begin. */
#define HELP_COLUMN 28

bool options_name_prefixes(const char *arg)
{
	return *arg && arg[strspn(arg, "0123456789abcdefABCDEF.:/, ")] == '\0';
}

const char *option_label(const struct option *opt, char *dst, size_t size)
{
	if (opt->doc.name)
		snprintf(dst, size, "--%s", opt->doc.name);
	else
		snprintf(dst, size, "-%c", opt->doc.letter);
	return dst;
}

static int refuse(const struct option *opt, struct error *err, const char *arg, const char *wanted)
{
	char label[32];

	return error_set(err, -EINVAL, "%s: '%s' is not %s", option_label(opt, label, sizeof(label)), arg, wanted);
}

/* -- generic setters ---------------------------------------------------------------------------------------------- */

static void *field(struct options *o, const struct option *opt)
{
	return (char *)o + opt->offset;
}

static int set_flag(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	(void)arg;
	(void)err;
	*(bool *)field(o, opt) = true;
	return 0;
}

static int set_text(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!*arg)
		return refuse(opt, err, arg, "a name");
	*(const char **)field(o, opt) = arg;
	return 0;
}

/* A whole number without sign, at most max. */
static bool parse_whole(const char *s, u64 max, u64 *out)
{
	u64 n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return false;
		n = n * 10 + (u64)(*s - '0');
		if (n > max)
			return false;
	}
	*out = n;
	return true;
}

static int set_port(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	u64 n;

	if (!parse_whole(arg, UINT16_MAX, &n) || n == 0)
		return refuse(opt, err, arg, "a port from 1 to 65535");
	*(u16 *)field(o, opt) = (u16)n;
	return 0;
}

/* A number with a fraction, and nothing behind it. */
static bool parse_real(const char *s, double *out)
{
	return units_parse(s, UNITS_PLAIN, out) && isdigit((unsigned char)s[strlen(s) - 1]);
}

/* -- setters of their own ----------------------------------------------------------------------------------------- */

static int set_count(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	return parse_whole(arg, UINT32_MAX, &o->count) ? 0 : refuse(opt, err, arg, "a number of ticks (0: forever)");
}

static int set_limit(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	u64 n;

	if (!parse_whole(arg, UINT32_MAX, &n))
		return refuse(opt, err, arg, "a number of rows (0: all)");
	o->limit = (u32)n;
	return 0;
}

/* A number from 1 on, of rows or of MiB. */
static int set_bound(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	u64 n;

	if (!parse_whole(arg, MODEL_ROWS_MAX, &n) || !n)
		return refuse(opt, err, arg, "a number from 1 to 4194304");
	*(u32 *)field(o, opt) = (u32)n;
	return 0;
}

static int set_history(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	u64 n;

	if (!parse_whole(arg, HISTORY_MB_MAX, &n))
		return refuse(opt, err, arg, "a number of MiB up to 65536 (0: nothing is kept)");
	o->history_mb = (u32)n;
	return 0;
}

static int set_sample(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!parse_whole(arg, SAMPLE_MAX, &o->sample) || !o->sample)
		return refuse(opt, err, arg, "a number from 1 to 1000000");
	return 0;
}

static int set_cpu_limit(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!parse_whole(arg, CPU_LIMIT_MAX, &o->cpu_limit) || !o->cpu_limit)
		return refuse(opt, err, arg, "per cent of one CPU, from 1 to 100");
	return 0;
}

static int set_interval(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!parse_real(arg, &o->interval) || o->interval < INTERVAL_MIN || o->interval > INTERVAL_MAX)
		return refuse(opt, err, arg, "a number of seconds from 0.1 to 3600");
	return 0;
}

static int set_speed(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!parse_real(arg, &o->speed) || o->speed > 1000 || (o->speed > 0 && o->speed < 0.01))
		return refuse(opt, err, arg, "a factor from 0.01 to 1000 (0: as fast as it goes)");
	return 0;
}

static int set_from(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!moment_parse(arg, &o->from))
		return refuse(opt, err, arg, "a time of day, 14:02:11, or seconds from the beginning, +90");
	return 0;
}

static int set_size(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	const char *x = strchr(arg, 'x');
	char left[8];
	u64 w, h;

	snprintf(left, sizeof(left), "%.*s", x ? (int)MIN(x - arg, 7) : 0, arg);
	if (!x || !parse_whole(left, SNAPSHOT_MAX_COLUMNS, &w) || !parse_whole(x + 1, SNAPSHOT_MAX_LINES, &h) ||
	    w < SNAPSHOT_MIN_COLUMNS || h < SNAPSHOT_MIN_LINES)
		return refuse(opt, err, arg, "COLSxROWS from 20x5 to 1000x500");
	o->width = (int)w;
	o->height = (int)h;
	return 0;
}

int option_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	int i = 0;

	for (const char *p = list;; p++, i++) {
		size_t n = strcspn(p, "|");

		if (n == len && memcmp(p, word, n) == 0)
			return i;
		p += n;
		if (!*p)
			return -1;
	}
}

/* The same of what the table lists for an argument; says what would be right. */
static int listed_word(const struct option *opt, const char *arg, struct error *err)
{
	char wanted[128];
	int i = option_word(opt->doc.list, arg);

	snprintf(wanted, sizeof(wanted), "one of %s", opt->doc.list);
	return i < 0 ? refuse(opt, err, arg, wanted) : i;
}

static int set_word(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	int i = listed_word(opt, arg, err);

	if (i < 0)
		return i;
	/* The enums are in the order of the lists. */
	*(unsigned *)field(o, opt) = (unsigned)i;
	return 0;
}

static int add_without(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	int i = listed_word(opt, arg, err);

	if (i < 0)
		return i;
	if (o->without_count < ARRAY_SIZE(o->without))
		o->without[o->without_count++] = arg;
	return 0;
}

static int set_view(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	(void)opt;
	o->view_name = arg;
	return ui_check_view(arg, err);
}

/* Filter, order and columns are of the view's table, which may be named later: options.c compiles them. */
static int set_words(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	(void)err;
	*(const char **)field(o, opt) = arg;
	return 0;
}

bool options_is_host(const char *name)
{
	return *name && *name != '-' && !strpbrk(name, " \t\n");
}

static int set_host(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	if (!options_is_host(arg))
		return refuse(opt, err, arg, "the name of a host");
	for (size_t i = 0; i < o->host_count; i++)
		if (strcmp(o->hosts[i], arg) == 0)
			return error_set(err, -EINVAL, "--host: %s is there twice", arg);
	if (o->host_count == OPTIONS_HOSTS_MAX)
		return error_set(err, -EINVAL, "--host: not more than %d", OPTIONS_HOSTS_MAX);
	o->hosts[o->host_count++] = arg;
	return 0;
}

static int set_prefix(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	struct prefixes *p = NULL;
	struct error why = {};

	o->prefixes = arg;
	if (!*arg)
		return refuse(opt, err, arg, "a file or a list of prefixes");
	if (options_name_prefixes(arg) && prefixes_new(&p, arg, &why) < 0)
		return error_set(err, -EINVAL, "--prefix: %s", why.text);
	prefixes_free(p);
	return 0;
}

static int set_arm(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	struct query_error where = {};
	struct arm *a = NULL;

	(void)opt;
	if (arm_new(&a, arg, &where) < 0)
		return error_set(err, -EINVAL, "--arm: column %zu: %s", where.column + 1, where.text);
	o->arm_needs = arm_needs(a);
	arm_free(a);
	o->arm = arg;
	return 0;
}

static int set_snapshot(struct options *o, const struct option *opt, const char *arg, struct error *err)
{
	enum snapshot_format format;

	(void)opt;
	o->snapshot = arg;
	return snapshot_format(arg, &format, err);
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define WHAT "what is shown"
#define BATCH "without a screen"
#define FILES "recordings"
#define LOOK "screen"
#define SYSTEM "system"

/* clang-format off */
#define AT(f) .offset = offsetof(struct options, f)
#define FLAG(name_, letter_, help_, group_, f) \
	.doc = {.name = name_, .letter = letter_, .help = help_, .group = group_}, .set = set_flag, AT(f)
#define ARG(name_, letter_, arg_, help_, group_) \
	.doc = {.name = name_, .letter = letter_, .arg = arg_, .help = help_, .group = group_

const struct option option_table[] = {
	{ARG("view", 0, "NAME", "begin with this view", WHAT), .words = WORDS_VIEW}, .set = set_view},
	{ARG("filter", 0, "EXPR", "rows for which EXPR is true, or that have the text", WHAT)}, .set = set_words,
	 AT(expr)},
	{ARG("sort", 0, "COLUMN[:asc|:desc]", "order of the rows", WHAT), .words = WORDS_COLUMN}, .set = set_words,
	 AT(sort_text)},
	{ARG("columns", 0, "A,B,...", "which columns", WHAT), .words = WORDS_COLUMNS}, .set = set_words,
	 AT(columns_text)},
	{ARG("prefix", 0, "FILE|LIST", "networks for the view prefixes: 10.0.0.0/8,…", WHAT), .words = WORDS_FILE},
	 .set = set_prefix},
	{FLAG("resolve", 0, "ask name servers for the names of hosts", WHAT, resolve),
	 .bars = "replay|doctor|collect"},
	{FLAG(NULL, 'a', "closed connections too, with their final totals", WHAT, closed)},
	{ARG(NULL, 'd', "DPORT", "only this destination port", WHAT)}, .set = set_port, AT(dport)},
	{ARG(NULL, 's', "SPORT", "only this source port", WHAT)}, .set = set_port, AT(sport)},
	{FLAG(NULL, 'u', "UDP only", WHAT, udp)},
	{FLAG(NULL, 'r', "each retransmit: why, cwnd, whether it was lost here", WHAT, retransmits), .bars = "view",
	 .view = "retransmits"},
	{FLAG(NULL, 'k', "each drop: the kernel's reason, where, whom it hit", WHAT, drops), .bars = "view",
	 .view = "drops"},
	{FLAG(NULL, 'e', "each segment with invalid sequence or checksum", WHAT, errors), .bars = "view",
	 .view = "drops"},
	{FLAG(NULL, 'D', "what name servers are asked: answers, errors, times", WHAT, dns), .bars = "view",
	 .view = "requests"},
	{FLAG(NULL, 'M', "the same of MySQL and MariaDB: statements", WHAT, mysql), .bars = "view", .view = "requests"},
	{FLAG(NULL, 'R', "the same of Redis: commands", WHAT, redis), .bars = "view", .view = "requests"},
	{ARG("arm", 0, "EXPR", "trace packets where EXPR comes true", WHAT)}, .set = set_arm, .views = "packets|lives",
	 .recorded = true},
	{FLAG(NULL, 'i', "traced packets: their payload's first bytes, too", WHAT, payload), .views = "packets"},
	{FLAG("show-values", 0, "names of requests with their values: GET /user/77", WHAT, show_values),
	 .bars = "doctor|collect", .views = "requests|exchanges"},
	{FLAG(NULL, 'I', "ICMP echo: each request and reply, its round trip", WHAT, echo),
	 .bars = "filter|arm|d|s|u|r|k|e|doctor|collect", .view = "packets", .views = "packets", .anywhere = true},
	{FLAG(NULL, 'n', "netfilter: time of packets in each of the hooks", WHAT, netfilter), .view = "layers",
	 .views = "layers|packets"},
	{FLAG(NULL, 'x', "extra columns", WHAT, extra)},
	{FLAG(NULL, 't', "layer times: where packets spend their time", WHAT, layer_times),
	 .bars = "doctor|collect", .view = "layers", .on_screen = true, .views = "sockets|layers"},
	{FLAG(NULL, 'L', "tell when a layer leaves its own moving average", WHAT, layer_alarm),
	 .bars = "doctor|collect", .views = "sockets|layers"},
	{ARG("sample", 0, "N", "measure one in N packets of the layers (default 1)", WHAT)}, .set = set_sample,
	 .bars = "replay|doctor|collect"},
	{ARG("interval", 0, "SECONDS", "from tick to tick, 0.1 to 3600 (default 1)", WHAT)}, .set = set_interval,
	 .bars = "replay"},

	{FLAG("batch", 0, "rows to standard output; the first tick at once", BATCH, batch),
	 .bars = "snapshot|doctor|collect"},
	{FLAG("check", 0, "what is wrong, after ten ticks; exits 3 if anything", BATCH, check),
	 .bars = "view|batch|snapshot|r|k|e|I|n|t|L|arm|doctor|collect", .view = "findings"},
	{ARG("format", 0, "FORMAT", "text, json, csv, openmetrics; packets: pcapng, too", BATCH),
	  .words = WORDS_LIST, .list = "text|json|csv|pcapng|openmetrics"}, .set = set_word, AT(format),
	 .needs = "batch|check"},
	{ARG("count", 0, "N", "ticks of --batch; 0: forever (default 1, events 0)", BATCH)}, .set = set_count,
	 .needs = "batch|check|report"},
	{ARG("limit", 0, "N", "rows a tick that --batch writes; 0: all (default)", BATCH)}, .set = set_limit,
	 .needs = "batch|check|snapshot|report"},
	{ARG("snapshot", 0, "FILE", "one screen to FILE: .txt .ansi .html .svg .json", BATCH),
	  .words = WORDS_FILE}, .set = set_snapshot},
	{ARG("report", 0, "FILE", "a page to hand on: of a recording, or 60 ticks", BATCH), .words = WORDS_FILE},
	 .set = set_text, AT(report), .bars = "view|filter|sort|columns|batch|check|snapshot|doctor|collect|"
	 "a|d|s|u|r|k|e|D|M|R|i|I|n|x|t|L|arm|theme|color"},
	{ARG("size", 0, "COLSxROWS", "of the snapshot (default 120x40)", BATCH)}, .set = set_size, .needs = "snapshot"},

	{ARG("record", 0, "FILE", "also write all that is seen to FILE", FILES), .words = WORDS_FILE}, .set = set_text,
	 AT(record), .bars = "replay"},
	{ARG("record-mb", 0, "N", "MiB of two files: FILE, and FILE.1 from before it", FILES)}, .set = set_bound,
	 AT(record_mb), .needs = "record"},
	{ARG("replay", 0, "FILE", "show a recording; needs no privileges", FILES),
	  .words = WORDS_FILE}, .set = set_text, AT(replay)},
	{ARG("from", 0, "TIME", "of the replay: from 14:02:11 on, or +SECONDS", FILES)}, .set = set_from,
	 .needs = "replay"},
	{ARG("speed", 0, "X", "of the replay: 2 is twice as fast, 0 all at once", FILES)}, .set = set_speed,
	 .needs = "replay"},
	{ARG("history-mb", 0, "N", "MiB to go back in with [ and { (default 64; 0: none)", FILES)}, .set = set_history,
	 .bars = "batch|check|snapshot|report|doctor|collect"},
	{ARG("max-rows", 0, "N", "sockets of a replay or --host (default 1000000)", FILES)}, .set = set_bound,
	 AT(max_rows), .needs = "replay|host|hosts"},
	{ARG("max-mb", 0, "N", "MiB for these sockets (default 1024)", FILES)}, .set = set_bound,
	 AT(max_mb), .needs = "replay|host|hosts"},

	{ARG("theme", 0, "NAME|FILE", "a built-in theme, a theme file, or one of btop's", LOOK),
	  .words = WORDS_THEME}, .set = set_text, AT(theme)},
	{ARG("color", 0, "WHEN", "auto, always or never (default auto)", LOOK), .words = WORDS_LIST,
	  .list = "auto|always|never"}, .set = set_word, AT(color)},
	{ARG("config", 0, "FILE", "instead of ~/.config/skbtop/config.ini", LOOK), .words = WORDS_FILE},
	 .set = set_text, AT(config)},

	{ARG("user", 0, "NAME", "whom the screen runs as (default: sudo's caller)", SYSTEM), .words = WORDS_USER},
	 .set = set_text, AT(user)},
	{ARG("without", 0, "HOOKKIND", "leave these hooks out; repeatable", SYSTEM), .words = WORDS_LIST,
	  .list = "fentry|fexit|kprobe|tracepoint|cgroup", .repeats = true}, .set = add_without, .bars = "replay"},
	{ARG("cpu-limit", 0, "PERCENT", "of one CPU for the collector (default 25)", SYSTEM)}, .set = set_cpu_limit,
	 .bars = "replay|doctor"},
	{ARG("host", 0, "NAME", "watch another machine; with --batch, several", SYSTEM),
	  .repeats = true}, .set = set_host, .bars = "replay|doctor|collect"},
	{ARG("hosts", 0, "FILE", "the same of all that FILE names, one on each line", SYSTEM), .words = WORDS_FILE},
	 .set = set_text, AT(hosts_file), .bars = "replay|doctor|collect"},
	{FLAG("copy", 0, "skbtop is not there: bring this one along", SYSTEM, copy), .needs = "host|hosts"},
	{ARG("ssh", 0, "COMMAND", "what leads there, in place of ssh -o BatchMode=yes", SYSTEM)}, .set = set_text,
	 AT(ssh), .needs = "host|hosts"},
	{ARG("btf", 0, "FILE", "the kernel's types, if it does not show its own", SYSTEM), .words = WORDS_FILE},
	 .set = set_text, AT(btf), .bars = "replay|host|hosts"},
	{FLAG("doctor", 0, "which hook serves each feature, or why none does", SYSTEM, doctor),
	 .bars = "snapshot|collect|replay"},
	{FLAG("collect", 0, "speak the record stream on standard in and output", SYSTEM, collect),
	 .bars = "snapshot|replay"},
	{FLAG("help", 'h', "print this", SYSTEM, help)},
	{FLAG("version", 'V', "print the version, and what it was built with", SYSTEM, version)},
};
/* clang-format on */

const size_t option_table_len = ARRAY_SIZE(option_table);

_Static_assert(ARRAY_SIZE(option_table) <= 64, "options.given has 64 bits");
_Static_assert(EXPORT_TEXT == 0 && EXPORT_JSON == 1 && EXPORT_CSV == 2, "--format's list is in the enum's order");
_Static_assert(EXPORT_PCAPNG == 3 && EXPORT_OPENMETRICS == 4, "--format's list is in the enum's order");
_Static_assert(UI_COLOR_AUTO == 0 && UI_COLOR_ALWAYS == 1 && UI_COLOR_NEVER == 2,
	       "--color's list is in the enum's order");

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
		      "exit status: 0 done, 1 failed, 2 wrong command line, 3 --check found something\n");
}
