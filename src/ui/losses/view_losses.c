/* The views of retransmits, drops and resets: live, the newest first, or gathered by reason or by socket. */
#include <math.h>
#include <string.h>

#include "loss_table.h"
#include "table_view.h"
#include "text.h"
#include "units.h"
#include "view_losses.h"
#include "view_packets.h"

static void open_event(struct table_view *s, const void *row)
{
	app_open(s->view.app, &view_loss_class, ((const struct loss *)row)->number);
}

/* What was dropped and is no loss, in short: as much of it as there is room for. */
static void mark_no_losses(const struct pane *p, int *x, int end, const struct record_losses *worth)
{
	const struct {
		u64 count;
		const char *what;
	} parts[] = {
	    {worth->unmissed, "nobody misses"},
	    {worth->foreign, "not for us"},
	    {worth->purged, "left in queues"},
	};
	char text[160] = "", longer[160] = "", n[UNITS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].count)
			continue;
		units_count(n, parts[i].count);
		text_join(longer, sizeof(longer), ", ", "%s%s %s", *longer ? "" : "no losses: ", n, parts[i].what);
		if (*x + (int)text_width(longer) > end)
			break;
		text_copy(text, sizeof(text), longer);
	}
	if (*text)
		table_view_mark(p, x, end, STYLE_DIM, text);
}

static bool has_drops(const struct table_view *s)
{
	return loss_table_kinds(s->t) & LOSS_BIT(LOSS_DROP);
}

static void alarms(const struct table_view *s, const struct pane *p, int *x, int end)
{
	const struct record_losses *worth = model_losses(s->view.app->model);
	char text[128], n[UNITS_MAX], of[UNITS_MAX];

	if (!worth || !(worth->limited + worth->lost))
		return;
	units_grouped(n, worth->limited + worth->lost);
	units_grouped(of, worth->limit);
	snprintf(text, sizeof(text), "%s only counted (more than %s/s)", n, of);
	table_view_mark(p, x, end, STYLE_WARN, text);
}

static void marks(const struct table_view *s, const struct pane *p, int *x, int end)
{
	const struct record_losses *worth = model_losses(s->view.app->model);

	if (worth && has_drops(s))
		mark_no_losses(p, x, end, worth);
}

/* How many there were, and how many of them are in the list. */
static void counts(const struct table_view *s, char *text, size_t size)
{
	const struct model *m = s->view.app->model;
	bool segments = loss_table_kinds(s->t) & LOSS_BIT(LOSS_RETRANSMIT);
	char n[UNITS_MAX], of[UNITS_MAX];
	const struct loss_count *c;
	u64 total = 0;

	for (size_t i = 0; (c = model_loss_count(m, i)); i++)
		total += loss_table_kinds(s->t) >> c->r.kind & 1 ? c->r.count : 0;
	units_grouped(n, total);
	units_grouped(of, list_count(s->list));
	/* How many a filter would have left in all is not counted. */
	if (s->query)
		snprintf(text, size, "%s listed", of);
	else if (total == list_count(s->list))
		table_counted(s->t, total, text, size);
	else
		snprintf(text, size, "%s %sin all, %s listed", n, segments ? "segments " : "", of);
}

/* The hooks that serve the view's kinds: why there can be nothing to show. */
static const char *unserved(const struct table_view *s)
{
	static const u8 needs[LOSS_KINDS] = {
	    [LOSS_DROP] = TELLS_DROPS,
	    [LOSS_RETRANSMIT] = TELLS_RETRANSMITS,
	    [LOSS_RESET_SENT] = TELLS_RESETS_SENT,
	    [LOSS_RESET_RECEIVED] = TELLS_RESETS_RECEIVED,
	};
	const struct record_feature *f;

	for (size_t i = 0; (f = model_feature(s->view.app->model, i)); i++)
		for (unsigned kind = LOSS_RETRANSMIT; kind < LOSS_KINDS; kind++)
			if (loss_table_kinds(s->t) & LOSS_BIT(kind) && f->number == needs[kind] && !f->hook[0])
				return (const char *)f->reason;
	return NULL;
}

static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	const struct app *app = s->view.app;
	const char *why = unserved(s);
	int x = p->w >= 40 ? 2 : 0;

	if (why) {
		pane_printf(p, y, x, STYLE_WARN, "no hook serves %s here", s->t->many);
		pane_put(p, y + 1, x, -1, STYLE_LABEL, why);
		view_draw_doctor(p, y + 3, x);
	} else if (!app->whole_once && !app->ended) {
		return false;
	} else if (!model_losses(app->model) && app->live) {
		pane_put(p, y, x, -1, STYLE_LABEL, "attaching…");
	} else if (!model_losses(app->model) && app->ended) {
		pane_printf(p, y, x, STYLE_LABEL, "the recording holds no %s", s->t->many);
	} else if (s->query && !s->t->rows(s->rows, true)) {
		pane_put(p, y, x, -1, STYLE_LABEL, "none so far, whatever the filter");
	} else if (!s->query) {
		pane_put(p, y, x, -1, STYLE_LABEL, "none so far");
	} else {
		return false;
	}
	return true;
}

/* The time stands out of what has just come. */
static enum style style_of(const struct table_view *s, const struct column *c, const void *row, enum style style)
{
	const struct record_tick *tick = model_tick(s->view.app->model);
	const struct loss *l = row;

	return c->unit == UNIT_TIME && !(tick && l->tick == tick->number) ? STYLE_DIM : style;
}

/* How many there were of a reason, and how many a second now. */
static int head(const struct table_view *s, const struct group_sum *g, const struct pane *p, int y)
{
	double seconds = model_tick_seconds(s->view.app->model);
	char count[UNITS_MAX], rate[UNITS_MAX], text[UNITS_MAX + 4];
	int x = p->w - 10;

	if (!g->counted || x <= 40)
		return p->w;
	units_rate(rate, isnan(seconds) || seconds <= 0 ? 0 : (double)g->recent / seconds);
	units_grouped(count, g->total);
	snprintf(text, sizeof(text), "%s/s", rate);
	pane_cell(p, y, x, 8, true, g->recent ? STYLE_WARN : STYLE_DIM, text);
	pane_cell(p, y, x - 12, 11, true, STYLE_GROUP, count);
	return x - 12;
}

/* The packets of the socket that was hit. */
static bool action(struct table_view *s, enum action a)
{
	const struct loss *l = table_view_selected(s);

	if (a != ACTION_PACKETS)
		return false;
	if (l && !loss_row(s->view.app->model, l))
		app_say(s->view.app, STYLE_WARN, "there is no socket whose packets could be traced");
	else if (l)
		app_open(s->view.app, &view_packets_class, l->r.id);
	return true;
}

static const struct table_view_ops ops = {
    .open = open_event,
    .alarms = alarms,
    .marks = marks,
    .counts = counts,
    .nothing = nothing,
    .style = style_of,
    .head = head,
    .action = action,
};

#define LOSSES_VIEW(id, table_, title_, help_)                                                                         \
	static int open_##id(struct view **v, struct app *app, u64 arg, struct error *err)                             \
	{                                                                                                              \
		(void)arg;                                                                                             \
		return table_view_open(v, app, &view_##id##_class, &table_, app->model, &ops, err);                    \
	}                                                                                                              \
                                                                                                                       \
	const struct view_class view_##id##_class = {                                                                  \
	    .name = #id,                                                                                               \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_LIST | SCOPE_EVENTS,                                                                        \
	    .words = words_losses,                                                                                     \
	    .top = true,                                                                                               \
	    .table = &table_,                                                                                          \
	    .open = open_##id,                                                                                         \
	    TABLE_VIEW_CLASS,                                                                                          \
	}

LOSSES_VIEW(retransmits, retransmit_table, "Retransmits",
	    "each retransmitted segment: why, and whether it was lost here");
LOSSES_VIEW(drops, drop_table, "Drops", "each packet that the kernel dropped: why, where, and whose");
LOSSES_VIEW(resets, reset_table, "Resets", "each reset sent or received, with the kernel's reason");
