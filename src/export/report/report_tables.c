/* The tables of a report: which there are, and their cells, as the screen writes them and as they are sorted by. */
#include <errno.h>

#include "clock.h"
#include "devices_table.h"
#include "exchange_table.h"
#include "finding_table.h"
#include "folds.h"
#include "json.h"
#include "layer_table.h"
#include "life_table.h"
#include "list.h"
#include "loss_table.h"
#include "report_private.h"
#include "request_table.h"
#include "requests.h"
#include "text.h"
#include "units.h"

#define WIDE 30 /* texts of that width are sentences: they may take several lines */

static const struct section {
	const struct table *t;
	const char *title; /* NULL: what its rows are called */
	const char *note;
	const char *first;         /* columns before those that are shown on the screen; NULL: none */
	const char *filter, *sort; /* NULL: all rows; the table's own order, "": that of appearance */
	bool whole;                /* first alone, whose values are of the whole time: also of rows that are over */
} sections[] = {
    {&listeners_fold, NULL, "those that listen at the end"},
    {&request_table, NULL, "what was asked for, how it was answered, how long that took"},
    {&exchange_table, "Slowest calls", "a request and its answer; the slowest of each tick are kept", "call_us,name",
     NULL, "call_us:desc"},
    {&layer_table, "Layers", "of all packets of the machine since they were measured",
     "layer,share,n,mean_us,p50_us,p99_us,max_us", "process = machine", "", true},
    {&device_table, "Devices in trouble", "at the end", NULL, "known trouble"},
    {&drop_table, "Packets dropped", "the newest"},
    {&life_table, "Connections that failed", "connect() that led to none; the newest", NULL, "event = fail"},
};

/* A table that is being written. */
struct part {
	const char *title, *note;
	const struct report_movers *movers; /* NULL: it is not followed */
	struct page page;
	struct folded *fold;    /* owned; NULL: it is none */
	struct list *list;      /* owned; NULL: findings, which are kept beside the model */
	struct query *query;    /* owned */
	struct columns columns; /* owned */
	size_t first;           /* of these, before those that the screen shows */
	const struct column *sort;
	bool descending, whole;
};

static void part_deinit(struct part *p)
{
	list_free(p->list);
	fold_free(p->fold);
	query_free(p->query);
	columns_deinit(&p->columns);
}

/* -- columns ------------------------------------------------------------------------------------------------------- */

/* All that the screen can show without being asked, after those that are named. */
static int choose_columns(struct part *p, const char *first, bool alone)
{
	const struct table *t = p->page.t;
	int r = first ? columns_parse(&p->columns, t, first, NULL) : 0;

	p->first = p->columns.count;
	for (size_t i = 0; i < t->shown_count && r == 0 && !alone; i++) {
		const struct column *c = table_find(t, t->shown[i].name);

		if (c && !columns_have(&p->columns, c))
			r = columns_add(&p->columns, c);
	}
	p->page.columns = &p->columns;
	return r;
}

/* Which columns go first where there is no room: those of the highest rank. */
static unsigned rank_of(const struct part *p, size_t i)
{
	const struct table *t = p->page.t;

	for (size_t k = 0; i >= p->first && k < t->shown_count; k++)
		if (table_find(t, t->shown[k].name) == p->columns.at[i])
			return t->shown[k].rank;
	return 1;
}

static bool is_parts(const struct column *c)
{
	return c->get == get_exchange_parts;
}

/* Of a table that is followed, what report_movers.c knows beside its columns. */
#define MOVED(name, title, rank, help)                                                                                 \
	",{\"name\":\"" name "\",\"title\":\"" title "\",\"help\":\"" help                                             \
	"\",\"kind\":\"\",\"right\":true,\"descending\":true,\"rank\":" rank "}"
static const char moved_columns[] = MOVED("moved", "MOVED", "2", "bytes received and sent in the whole time")
    MOVED("most", "MOST/s", "3", "received and sent in a second, in the tick with most");

static void put_column(struct buf *out, const struct part *p, size_t i)
{
	const struct column *c = p->columns.at[i];
	char title[TITLE_MAX];
	const char *kind = c->series ? "bars" : is_parts(c) ? "parts" : "";

	if (!*kind && c->unit == UNIT_TEXT && c->width >= WIDE)
		kind = "wide";
	buf_printf(out, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"right\":%s,\"rank\":%u,\"descending\":%s,\"title\":",
		   i ? "," : "", c->name, kind, c->align == ALIGN_RIGHT ? "true" : "false", rank_of(p, i),
		   c->descending ? "true" : "false");
	json_put_string(out, table_title(p->page.t, c, title));
	buf_puts(out, ",\"help\":");
	json_put_string(out, c->help);
	buf_puts(out, "}");
}

/* -- cells --------------------------------------------------------------------------------------------------------- */

/* In the order of time: [[name, place, us], …]; a client was away while `served` happened, which comes fourth then. */
static void put_steps(struct buf *out, unsigned role, const u64 ns[EXCHANGE_PARTS], const u64 *served)
{
	const char *comma = "[";

	for (const enum exchange_part *part = exchange_part_order(role); *part != EXCHANGE_PARTS; part++, comma = ",") {
		buf_printf(out, "%s[\"%s\",%d,%.3f", comma, exchange_part_name(*part), exchange_part_place(*part),
			   (double)ns[*part] / NSEC_PER_USEC);
		if (*part == EXCHANGE_AWAY && served) {
			buf_puts(out, ",");
			put_steps(out, EXCHANGE_SERVER, served, NULL);
		}
		buf_puts(out, "]");
	}
	buf_puts(out, "]");
}

static bool put_parts(struct buf *out, const struct exchange *x)
{
	if (!exchange_part_order(x->role) || !exchange_has_times(x) || !x->whole_ns)
		return false;
	put_steps(out, x->role, x->ns, x->served ? x->served_ns : NULL);
	return true;
}

/* Does the screen write it otherwise than it is sorted by? */
static bool has_text(const struct column *c)
{
	return !c->series &&
	       (column_is_number(c) || is_parts(c) || c->unit == UNIT_LIST || c->unit == UNIT_STATE || c->blanks);
}

/* null, [value], [value, text] or [value, text, severity]. */
static void put_cell(struct buf *out, const struct page *p, const struct column *c, const void *row)
{
	int severity = table_severity(p->t, c, p->picture, row);
	size_t at = buf_len(out);
	char text[CELL_MAX];

	buf_puts(out, "[");
	if (!(is_parts(c) ? put_parts(out, row) : json_put_cell(out, p, c, row))) {
		if (!out->failed)
			out->end = out->start + at;
		buf_puts(out, "null");
		return;
	}
	if (has_text(c)) {
		column_format(c, p->picture, row, RATE_BYTES, text, sizeof(text));
		buf_puts(out, ",");
		json_put_string(out, text);
	} else if (severity > 0) {
		buf_puts(out, ",null");
	}
	if (severity > 0)
		buf_printf(out, ",%d", severity);
	buf_puts(out, "]");
}

/* Behind a row's label. */
static void put_moved(struct buf *out, const struct report_mover *mover)
{
	char bytes[UNITS_MAX], most[UNITS_MAX];

	units_count(bytes, (u64)MIN(mover->bytes, 1e18));
	rate_short(RATE_BYTES, mover->most, most);
	buf_printf(out, ",[%.0f,\"%s\"],[%.1f,\"%s\"]", mover->bytes, bytes, mover->most, most);
}

/* row NULL: it is gone; only its label is known. mover NULL: of a table that is not followed. */
static void put_row(struct buf *out, const struct part *p, const void *row, const struct report_mover *mover)
{
	buf_printf(out, "{\"ended\":%s,\"cells\":[", !row || table_ended(p->page.t, row) ? "true" : "false");
	for (size_t i = 0; i < p->columns.count; i++) {
		const struct column *c = p->columns.at[i];

		buf_puts(out, i ? "," : "");
		if (row) {
			put_cell(out, &p->page, c, row);
		} else if (c == p->movers->label) {
			buf_puts(out, "[");
			json_put_string(out, mover->label);
			buf_puts(out, "]");
		} else {
			buf_puts(out, "null");
		}
		if (mover && c == p->movers->label)
			put_moved(out, mover);
	}
	buf_puts(out, "]}");
}

/* -- tables -------------------------------------------------------------------------------------------------------- */

static void put_head(struct buf *out, const struct part *p, u64 count, u64 more)
{
	char title[TITLE_MAX], counted[64];

	text_copy(title, sizeof(title), p->page.t->many);
	title[0] = (char)(title[0] - ('a' - 'A') * (title[0] >= 'a' && title[0] <= 'z'));
	table_counted(p->page.t, count, counted, sizeof(counted));
	buf_printf(out,
		   "%s{\"name\":\"%s\",\"title\":\"%s\",\"note\":\"%s\",\"counted\":\"%s\",\"more\":%llu,\"columns\":[",
		   buf_len(out) ? "," : "", p->page.t->name, p->title ? p->title : title, p->note, counted,
		   (unsigned long long)more);
	for (size_t i = 0; i < p->columns.count; i++) {
		put_column(out, p, i);
		if (p->movers && p->columns.at[i] == p->movers->label)
			buf_puts(out, moved_columns);
	}
	buf_puts(out, "],\"rows\":[");
}

/* Findings come from those that are kept. */
static int put_findings(struct buf *out, const struct report_kept *r)
{
	cleanup(part_deinit) struct part p = {.note = "of the whole time; in grey what was over by the end",
					      .page = {.m = r->m, .t = &finding_table, .picture = r->o->findings}};
	u64 all = r->findings.count + r->findings.more;
	u32 rows = MIN(r->findings.count, r->o->rows);
	int code = rows ? choose_columns(&p, "severity,text,began", false) : 0;

	if (!rows || code < 0)
		return code;
	put_head(out, &p, all, all - rows);
	for (u32 i = 0; i < rows; i++) {
		buf_puts(out, i ? "," : "");
		put_row(out, &p, &r->findings.kept[i], NULL);
	}
	buf_puts(out, "]}");
	return 0;
}

/* -ENOMEM. What is named in sections is there: anything else would be a mistake of ours, which a test would see. */
static int part_init(struct part *p, const struct section *s, const struct model *m)
{
	struct query_error where;
	int r = 0;

	*p = (struct part){
	    .title = s->title, .note = s->note, .whole = s->whole, .page = {.m = m, .t = s->t, .picture = m}};
	if (s->t->fold)
		r = fold_new(&p->fold, s->t, m);
	if (p->fold)
		p->page.picture = p->fold;
	if (r == 0)
		r = list_new(&p->list, s->t, p->page.picture);
	if (r == 0)
		r = choose_columns(p, s->first, s->whole);
	if (r == 0 && s->filter)
		r = query_parse(s->t, s->filter, &p->query, &where);
	if (r == 0 && (!s->sort || *s->sort))
		r = table_parse_sort(s->t, s->sort ? s->sort : s->t->sort, &p->sort, &p->descending, NULL);
	return r;
}

static int make_list(struct part *p)
{
	for (size_t i = 0; p->fold && i < p->columns.count; i++)
		fold_want(p->fold, p->columns.at[i]);
	if (p->fold)
		fold_want(p->fold, p->sort);
	list_set_query(p->list, p->query);
	list_set_closed(p->list, p->whole);
	/* Where a filter says which rows are meant, it means them all. */
	list_set_quiet(p->list, !p->query);
	list_set_sort(p->list, p->sort, p->descending);
	return fold_list(p->fold, p->list);
}

/* Of a fold that is followed: what each moved in the whole time, and the rest as of the end. */
static int put_movers(struct buf *out, const struct report_movers *movers, const struct report_kept *r)
{
	cleanup(part_deinit) struct part p = {
	    .note = "what they moved is of the whole time, the rest of the end; in grey what had ended by then",
	    .movers = movers,
	    .page = {.m = r->m, .t = movers->t, .picture = movers->fold}};
	u32 rows = MIN(movers->count, r->o->rows);
	int code = rows ? choose_columns(&p, NULL, false) : 0;

	if (!rows || code < 0)
		return code;
	for (size_t i = 0; i < p.columns.count; i++)
		fold_want(movers->fold, p.columns.at[i]);
	while (code >= 0 && !fold_whole(movers->fold))
		code = fold_work(movers->fold, 0);
	put_head(out, &p, (u64)movers->count + movers->left_out, (u64)movers->count + movers->left_out - rows);
	for (u32 i = 0; i < rows && code >= 0; i++) {
		u32 index = fold_find(movers->fold, movers->at[i].id);

		buf_puts(out, i ? "," : "");
		put_row(out, &p, index == IDMAP_NONE ? NULL : fold_row(movers->fold, index), &movers->at[i]);
	}
	buf_puts(out, "]}");
	return MIN(code, 0);
}

static bool measured(const struct model *m, unsigned needs)
{
	return !(needs & NEEDS_EXCHANGES && !model_exchanges_on(m)) &&
	       !(needs & NEEDS_REQUESTS && !model_requests_on(m)) && !(needs & NEEDS_LAYERS && !model_layers_on(m));
}

static void put_rows(struct buf *out, const struct part *p, u32 rows)
{
	for (u32 i = 0; i < rows; i++) {
		buf_puts(out, i ? "," : "");
		put_row(out, p, p->page.t->row(p->page.picture, list_at(p->list, i)), NULL);
	}
	buf_puts(out, "]}");
}

static int put_section(struct buf *out, struct buf *unseen, const struct section *s, const struct report_kept *r)
{
	cleanup(part_deinit) struct part p;
	int code = part_init(&p, s, r->m);
	u32 count;

	if (code == 0)
		code = make_list(&p);
	if (code < 0)
		return code;
	count = list_count(p.list);
	if (!count && !measured(r->m, table_needs(s->t)))
		buf_printf(unseen, ",\"%s were not measured\"", s->t->many);
	if (!count)
		return 0;
	put_head(out, &p, count, count - MIN(count, r->o->rows));
	put_rows(out, &p, MIN(count, r->o->rows));
	return 0;
}

int report_tables_put(struct buf *out, struct buf *unseen, const struct report_kept *r)
{
	cleanup_buf struct buf tables = {};
	int code = put_findings(&tables, r);

	for (size_t i = 0; i < REPORT_FOLLOWED && code == 0; i++)
		code = put_movers(&tables, &r->movers[i], r);
	for (size_t i = 0; i < ARRAY_SIZE(sections) && code == 0; i++)
		code = put_section(&tables, unseen, &sections[i], r);
	buf_put(out, buf_at(&tables), buf_len(&tables));
	return tables.failed ? -ENOMEM : code;
}

const struct table *report_followed(size_t i)
{
	static const struct table *const followed[REPORT_FOLLOWED] = {&processes_fold, &hosts_fold};

	return i < REPORT_FOLLOWED ? followed[i] : NULL;
}

unsigned report_needs(void)
{
	unsigned needs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		needs |= table_needs(sections[i].t);
	return needs;
}
