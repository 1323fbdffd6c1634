/* Makes the man page and the completions from the tables of options, columns, views, themes and keys, at build time:
 *   docgen man TEMPLATE | docgen bash | docgen zsh | docgen fish | docgen json | docgen metrics | docgen alerts |
 *   docgen keys | docgen findings */
#include "docgen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "packet_table.h"
#include "finding_table.h"
#include "folds.h"
#include "interception_table.h"
#include "exchange_table.h"
#include "request_table.h"
#include "life_table.h"
#include "metrics.h"
#include "socket_table.h"

#define TEMPLATE_MAX (1U << 20)

/* -- roff ---------------------------------------------------------------------------------------------------------- */

/* Text for roff: escapes and requests are neutralised, hyphens can be searched for. */
static void put_roff(struct buf *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		buf_puts(out, "\\&");
	for (; *s; s++) {
		switch (*s) {
		case '\\': buf_puts(out, "\\e"); break;
		case '-': buf_puts(out, "\\-"); break;
		case '^': buf_puts(out, "\\(ha"); break;
		case '~': buf_puts(out, "\\(ti"); break;
		case '`': buf_puts(out, "\\(ga"); break;
		default: buf_putc(out, *s);
		}
	}
}

static void put_option(struct buf *out, const struct option_doc *d)
{
	buf_puts(out, ".TP\n");
	if (d->letter)
		buf_printf(out, "\\fB\\-%c\\fR%s", d->letter, d->name ? ", " : "");
	if (d->name) {
		buf_puts(out, "\\fB\\-\\-");
		put_roff(out, d->name);
		buf_puts(out, "\\fR");
	}
	if (d->arg) {
		buf_puts(out, " \\fI");
		put_roff(out, d->arg);
		buf_puts(out, "\\fR");
	}
	buf_putc(out, '\n');
	put_roff(out, d->help);
	buf_putc(out, '\n');
}

static void man_options(struct buf *out)
{
	const char *group = "";
	struct option_doc d;

	for (size_t i = 0; option_doc(i, &d); i++) {
		if (strcmp(group, d.group) != 0)
			buf_printf(out, ".SS %s\n", d.group);
		group = d.group;
		put_option(out, &d);
	}
}

/* .TP, a bold term, and its text. */
static void put_term(struct buf *out, const char *term, const char *text)
{
	buf_puts(out, ".TP\n\\fB");
	put_roff(out, term);
	buf_puts(out, "\\fR\n");
	put_roff(out, text);
	buf_putc(out, '\n');
}

static void man_columns(struct buf *out)
{
	table_each (&socket_table, c)
		put_term(out, c->name, c->help);
}

static void man_keys(struct buf *out)
{
	struct ui_action_doc d;

	for (size_t i = 0; ui_action_doc(i, &d); i++)
		put_term(out, d.keys, d.help);
}

static void man_views(struct buf *out)
{
	struct ui_view v;

	for (size_t i = 0; ui_view(i, &v); i++)
		put_term(out, v.name, v.help);
}

static void man_themes(struct buf *out)
{
	for (size_t i = 0; ui_theme_name(i); i++)
		buf_printf(out, "%s\\fB%s\\fR", i ? ", " : "", ui_theme_name(i));
	buf_putc(out, '\n');
}

static void man_version(struct buf *out)
{
	buf_puts(out, SKBTOP_VERSION);
}

/* A template's @WORD@ is replaced by what its function writes. */
static const struct {
	const char *word;
	void (*put)(struct buf *out);
} parts[] = {
    {"@OPTIONS@", man_options}, {"@COLUMNS@", man_columns}, {"@KEYS@", man_keys},
    {"@VIEWS@", man_views},     {"@THEMES@", man_themes},   {"@VERSION@", man_version},
};

static size_t put_part(struct buf *out, const char *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t n = strlen(parts[i].word);

		if (strncmp(at, parts[i].word, n) == 0) {
			parts[i].put(out);
			return n;
		}
	}
	buf_putc(out, *at);
	return 1;
}

static int make_man(const char *path, struct buf *out, struct error *err)
{
	cleanup_buf struct buf template = {};
	int r = file_read(path, TEMPLATE_MAX, &template, err);

	if (r < 0)
		return r;
	buf_putc(&template, '\0');
	if (template.failed)
		return error_set(err, -ENOMEM, "out of memory");
	for (const char *p = (const char *)buf_at(&template); *p; p += put_part(out, p))
		;
	return 0;
}

/* -- docs/json.md's tables ----------------------------------------------------------------------------------------- */

static const char *unit_text(const struct column *c)
{
	switch (c->unit) {
	case UNIT_BYTES: return "bytes";
	case UNIT_RATE: return "bytes/s";
	case UNIT_USEC:
	case UNIT_NSEC: return "µs";
	case UNIT_SEGMENTS: return "segments";
	case UNIT_BOOL: return "true/false";
	case UNIT_COUNT: return "count";
	case UNIT_EVENTS: return "per second";
	case UNIT_FACTOR: return "factor";
	case UNIT_SHARE: return "share";
	case UNIT_TIME:
	case UNIT_TIME_NSEC: return "unix seconds";
	case UNIT_SIGNED:
	case UNIT_PORT:
	case UNIT_NONE: return "number";
	default: return "text";
	}
}

/* What a way of gathering has in common with the first one stands there. */
static bool is_told(const struct table *t, const struct column *c)
{
	const struct table *first = t->fold ? t->fold->way_of : NULL;

	return first && column_is_contract(first, c);
}

static void json_columns(struct buf *out, const struct table *t, bool contract)
{
	buf_puts(out, "| name | unit | meaning |\n|---|---|---|\n");
	table_each (t, c)
		if (column_is_contract(t, c) == contract && !is_told(t, c))
			buf_printf(out, "| `%s` | %s%s | %s |\n", c->name, c->series ? "array of " : "", unit_text(c),
				   c->help);
}

static void json_limited(struct buf *out)
{
	buf_puts(out, "| word | meaning |\n|---|---|\n");
	for (unsigned v = LIMITED_UNKNOWN + 1; v < LIMITED_COUNT; v++)
		buf_printf(out, "| `%s` | %s |\n", limited_name(v), limited_help(v));
}

static void json_folds(struct buf *out)
{
	const struct table *t;

	for (size_t i = 0; (t = fold_at(i)); i++) {
		buf_putc(out, '\n');
		json_columns(out, t, true);
	}
}

static void make_json(struct buf *out)
{
	struct json_name n;

	buf_puts(out, "| name | meaning |\n|---|---|\n");
	for (size_t i = 0; json_tick_name(i, &n); i++)
		buf_printf(out, "| `%s%s%s` | %s |\n", n.group, *n.group ? "." : "", n.name, n.help);
	buf_putc(out, '\n');
	json_columns(out, &socket_table, true);
	buf_putc(out, '\n');
	json_columns(out, &socket_table, false);
	buf_putc(out, '\n');
	json_limited(out);
	buf_putc(out, '\n');
	json_columns(out, &packet_table, true);
	buf_putc(out, '\n');
	json_columns(out, &finding_table, true);
	json_folds(out);
	buf_putc(out, '\n');
	json_columns(out, &life_table, true);
	buf_putc(out, '\n');
	json_columns(out, &exchange_table, true);
	buf_putc(out, '\n');
	json_columns(out, &request_table, true);
	buf_putc(out, '\n');
	json_columns(out, &interception_table, true);
}

/* -- docs/metrics.md's table -------------------------------------------------------------------------------------- */

static void make_metrics(struct buf *out)
{
	char buffer[METRIC_NAMES_MAX];
	struct metric m;

	buf_puts(out, "| name | labels | meaning |\n|---|---|---|\n");
	for (size_t i = 0; metrics_at(i, &m, buffer); i++)
		buf_printf(out, "| `skbtop_%s` | %s | %s |\n", m.name, m.labels, m.help);
}

/* -- docs/findings.md's table -------------------------------------------------------------------------------------- */

static void make_findings(struct buf *out)
{
	const struct check *c;

	for (size_t i = 0; (c = check_at(i)); i++) {
		buf_printf(out, "### %s\n\n%s", c->name, finding_severity_name(c->severity));
		if (c->grave)
			buf_printf(out, "; critical where `%s`", c->grave);
		buf_printf(out, "\n: %s\n\n", c->text);
		if (c->each)
			buf_printf(out, "- of %s with `%s`\n", c->of->fold->of->many, c->each);
		if (c->when)
			buf_printf(out, "- where `%s`\n", c->when);
		buf_printf(out, "- held for %u s; gone for %u s before it is over\n- why so: %s\n- what to do: %s\n\n",
			   c->after, c->until, c->why, c->advice);
	}
}

/* -- packaging/skbtop.rules.yml ------------------------------------------------------------------------------------ */

/* dns_slow is SkbtopDnsSlow, and in a sentence "dns slow". */
static void put_alert(struct buf *out, const struct check *c)
{
	bool first = true;

	buf_puts(out, "  - alert: Skbtop");
	for (const char *p = c->name; *p; first = *p++ == '_')
		if (*p != '_')
			buf_putc(out, first && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	buf_printf(out, "\n    expr: skbtop_findings{check=\"%s\"} > 0\n    labels:\n      severity: %s\n", c->name,
		   finding_severity_name(c->severity));
	buf_puts(out, "    annotations:\n      summary: '{{ $labels.instance }}: ");
	for (const char *p = c->name; *p; p++)
		buf_putc(out, *p == '_' ? ' ' : *p);
	buf_puts(out, " ({{ $value }}); skbtop --check says whom it is about'\n");
}

static void make_alerts(struct buf *out)
{
	const struct check *c;

	buf_puts(
	    out,
	    "# An alert for each of skbtop's checks (docs/findings.md says when each speaks). Made by docgen alerts.\n"
	    "groups:\n- name: skbtop\n  rules:\n");
	for (size_t i = 0; (c = check_at(i)); i++)
		put_alert(out, c);
}

/* -- docs/keys.md's table ------------------------------------------------------------------------------------------ */

static void make_keys(struct buf *out)
{
	char row[UI_ACTION_ROW_MAX];

	buf_puts(out, "| action | keys | where | what it does |\n|---|---|---|---|\n");
	for (size_t i = 0; ui_action_row(i, row); i++)
		buf_puts(out, row);
}

int main(int argc, char **argv)
{
	cleanup_buf struct buf out = {};
	const char *what = argc > 1 ? argv[1] : "";
	struct error err = {};
	int r = 0;

	if (strcmp(what, "man") == 0 && argc > 2)
		r = make_man(argv[2], &out, &err);
	else if (strcmp(what, "bash") == 0)
		docgen_bash(&out);
	else if (strcmp(what, "zsh") == 0)
		docgen_zsh(&out);
	else if (strcmp(what, "fish") == 0)
		docgen_fish(&out);
	else if (strcmp(what, "json") == 0)
		make_json(&out);
	else if (strcmp(what, "findings") == 0)
		make_findings(&out);
	else if (strcmp(what, "metrics") == 0)
		make_metrics(&out);
	else if (strcmp(what, "alerts") == 0)
		make_alerts(&out);
	else if (strcmp(what, "keys") == 0)
		make_keys(&out);
	else
		r = error_set(&err, -EINVAL,
			      "usage: docgen man TEMPLATE|bash|zsh|fish|json|metrics|alerts|keys|findings");
	if (r < 0 || out.failed) {
		fprintf(stderr, "docgen: %s\n", r < 0 ? err.text : "out of memory");
		return 1;
	}
	fwrite(buf_at(&out), 1, buf_len(&out), stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
