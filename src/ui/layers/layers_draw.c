/* Drawing the layers: what the figures are worth, the machine's layers as rows of bars, and what to say when there is
 * nothing to show. */
#include <math.h>
#include <string.h>

#include "graph.h"
#include "layers_view.h"
#include "text.h"
#include "units.h"

#define LABEL 6       /* "qdisc+" */
#define HOOK_LABEL 12 /* "post_routing" */
#define FIGURE 6      /* "48.1us" */
#define N_WIDTH 5
#define BAR_MIN 4
#define BAR_MAX 48

/* -- what it is worth --------------------------------------------------------------------------------------- */

/* A word and a number behind each other, of what there is any of. */
static void mark_count(const struct pane *p, int *x, int end, const char *word, enum style style, u64 n)
{
	char text[64], number[UNITS_MAX];

	units_grouped(number, n);
	snprintf(text, sizeof(text), "%s %s", word, number);
	if (n)
		table_view_mark(p, x, end, style, text);
}

void layers_draw_worth(const struct table_view *s, const struct pane *line, int *x, int end)
{
	const struct model *m = s->view.app->model;
	const struct record_stages *stages = model_stages(m);
	char text[64];

	if (!stages)
		return;
	if (stages->sample > 1) {
		snprintf(text, sizeof(text), "1 in %llu packets measured", (unsigned long long)stages->sample);
		table_view_mark(line, x, end, STYLE_MARK, text);
	} else if (stages->sample) {
		table_view_mark(line, x, end, STYLE_TEXT, "every packet measured");
	}
	mark_count(line, x, end, "missed", STYLE_WARN, stages->missed);
	mark_count(line, x, end, "sockets left out", STYLE_WARN, stages->lost + model_layers_left_out(m));
	mark_count(line, x, end, "stamped", STYLE_LABEL, stages->stamped);
}

/* "rx mac, ip are counted with tcp" for each run of merged layers; what cannot be had at all. */
static void draw_merged(const struct layers_view *s, const struct pane *p, int y)
{
	const struct model *m = s->list.view.app->model;
	char absent[128] = "";
	int x = p->w >= 40 ? 1 : 0;

	for (unsigned i = 0; i < LAYER_PARTS; i++) {
		unsigned includes = model_layer_includes(m, i);
		char text[160] = "";

		if (model_layer_state(m, i) == LAYER_ABSENT)
			text_join(absent, sizeof(absent), ", ", "%s", layer_name(i));
		for (unsigned k = 0; includes && k < i; k++)
			if (includes & 1U << k)
				text_join(text, sizeof(text), ", ", "%s", layer_name(k));
		if (!includes)
			continue;
		text_join(text, sizeof(text), " ", "%s counted with %s: this kernel cannot stamp %s",
			  includes & (includes - 1) ? "are" : "is", layer_short_name(i),
			  includes & (includes - 1) ? "them" : "it");
		pane_piece(p, y, &x, "", STYLE_LABEL, text);
	}
	if (*absent)
		pane_piece(p, y, &x, "not to be had on this kernel: ", STYLE_LABEL, absent);
}

static bool is_whole(const struct model *m)
{
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		if (model_layer_state(m, i) != LAYER_STAMPED)
			return false;
	return true;
}

/* -- the machine -------------------------------------------------------------------------------------------- */

/* Which columns there is room for; the bar takes the rest. */
struct figures_layout {
	bool p50, p99, max, n;
	int label, bar;
};

static struct figures_layout fit(int w, int label)
{
	struct figures_layout f = {.label = label};
	int room = w - label - 1 - BAR_MIN;
	bool *const order[] = {&f.p99, &f.p50, &f.max, &f.n};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int width = order[i] == &f.n ? N_WIDTH + 1 : FIGURE + 1;

		if (room < width)
			break;
		*order[i] = true;
		room -= width;
	}
	f.bar = CLAMP(BAR_MIN + room, 0, BAR_MAX);
	return f;
}

static void figure(const struct pane *p, int y, int *x, int width, bool shown, enum style style, const char *text)
{
	if (!shown)
		return;
	pane_cell(p, y, *x, width, true, style, text);
	*x += width + 1;
}

static void draw_figures(const struct pane *p, int y, int x, const struct figures_layout *fl,
			 const struct histogram_figures *f, enum style style)
{
	char text[UNITS_MAX];

	units_nsec(text, f->p50_ns);
	figure(p, y, &x, FIGURE, fl->p50, style, text);
	units_nsec(text, f->p99_ns);
	figure(p, y, &x, FIGURE, fl->p99, style, text);
	units_nsec(text, f->max_ns);
	figure(p, y, &x, FIGURE, fl->max, style, text);
	units_count(text, f->n);
	figure(p, y, &x, N_WIDTH, fl->n, STYLE_TEXT, text);
}

/* A bar and figures, or a dash where there are none. */
static void draw_times(const struct layers_view *s, const struct pane *p, int y, const struct figures_layout *fl,
		       const struct histogram_figures *f, double share, enum style bar, enum style style)
{
	if (!f->n) {
		pane_put(p, y, fl->label + 1, -1, STYLE_DIM, "-");
		return;
	}
	graph_bar(p, y, fl->label + 1, fl->bar, share, s->list.view.app->charset, bar);
	draw_figures(p, y, fl->label + 1 + fl->bar + 1, fl, f, style);
}

static void draw_layer(const struct layers_view *s, const struct pane *p, int y, unsigned layer,
		       const struct figures_layout *fl)
{
	const struct app *app = s->list.view.app;
	const struct layers *l = model_layers(app->model);
	bool alarm = layers_alarm(app->model, l) >> layer & 1;
	enum style style = app_silent(app) ? STYLE_CLOSED : alarm ? STYLE_ALARM : STYLE_TEXT;
	struct histogram_figures f;
	char label[16];

	snprintf(label, sizeof(label), "%s%s", layer_short_name(layer),
		 model_layer_includes(app->model, layer) ? "+" : "");
	pane_put(p, y, 0, fl->label, style, label);
	if (layers_view_focus(s).layer == layer)
		pane_ground(p, y, 0, fl->label, STYLE_SORTED);
	if (model_layer_state(app->model, layer) != LAYER_STAMPED) {
		pane_put(p, y, fl->label + 1, -1, STYLE_DIM,
			 model_layer_state(app->model, layer) == LAYER_MERGED ? "↓ in the next" : "not on this kernel");
		return;
	}
	layer_figures(app->model, layers_row(l, layer), LAYERS_RECENT, &f);
	draw_times(s, p, y, fl, &f, layer_share(app->model, layers_row(l, layer), LAYERS_RECENT),
		   layer < LAYER_TX_TCP ? STYLE_RX : STYLE_TX, style);
}

static void draw_hook(const struct layers_view *s, const struct pane *p, int y, unsigned hook,
		      const struct figures_layout *fl)
{
	const struct app *app = s->list.view.app;
	enum style style = app_silent(app) ? STYLE_CLOSED : STYLE_TEXT;
	struct histogram_figures f;

	pane_put(p, y, 0, fl->label, style, netfilter_hook_name(hook));
	layer_figures(app->model, model_hook(app->model, hook), LAYERS_RECENT, &f);
	draw_times(s, p, y, fl, &f, layer_share(app->model, model_hook(app->model, hook), LAYERS_RECENT),
		   hook < NETFILTER_LOCAL_OUT ? STYLE_RX : STYLE_TX, style);
}

static void nsec_text(char *text, double ns)
{
	*text = '\0';
	if (!isnan(ns))
		units_nsec(text, ns > 0 ? (uint64_t)ns : 0);
}

static void draw_part(const struct model *m, const struct pane *p, int y, int *x, enum layer part, const char *words)
{
	char text[UNITS_MAX];

	nsec_text(text, layers_part(m, model_layers(m), part, LAYERS_RECENT));
	if (*text)
		pane_piece(p, y, x, words, STYLE_TEXT, text);
}

/* Parts of means: what a read waited for, and what was held back on purpose. */
static void draw_parts(const struct layers_view *s, const struct pane *p, int y, enum layer first)
{
	const struct model *m = s->list.view.app->model;
	bool gro = !isnan(layers_part(m, model_layers(m), LAYER_RX_GRO, LAYERS_RECENT));
	struct layers_wait w;
	char text[UNITS_MAX];
	int x = 0;

	if (first == LAYER_TX_TCP) {
		draw_part(m, p, y, &x, LAYER_TX_PACED, "mean of qdisc: paced ");
		draw_part(m, p, y, &x, LAYER_TX_DIRECT, x ? "direct " : "mean of qdisc: direct ");
		return;
	}
	if (!layers_receive_wait(m, model_layers(m), LAYERS_RECENT, &w))
		return;
	nsec_text(text, w.stack);
	if (*text)
		pane_piece(p, y, &x, p->w >= (gro ? 70 : 54) ? "mean wait: stack " : "stack ", STYLE_TEXT, text);
	nsec_text(text, w.wakeup);
	if (*text)
		pane_piece(p, y, &x, p->w >= 43 ? "wake-up " : "wake ", STYLE_TEXT, text);
	nsec_text(text, w.program);
	pane_piece(p, y, &x, *text && isnan(w.wakeup) ? "read " : "program ", STYLE_TEXT, text);
	draw_part(m, p, y, &x, LAYER_RX_GRO, p->w >= 70 ? "of mac gro " : "gro ");
}

static struct figures_layout draw_block_heading(const struct pane *p, const char *title, int label)
{
	struct figures_layout fl = fit(p->w, label);
	int x = label + 1 + fl.bar + 1;

	pane_put(p, 0, 0, -1, STYLE_TITLE, title);
	figure(p, 0, &x, FIGURE, fl.p50, STYLE_LABEL, "P50");
	figure(p, 0, &x, FIGURE, fl.p99, STYLE_LABEL, "P99");
	figure(p, 0, &x, FIGURE, fl.max, STYLE_LABEL, "MAX");
	figure(p, 0, &x, N_WIDTH, fl.n, STYLE_LABEL, "N");
	return fl;
}

static void layers_draw_direction(const struct layers_view *s, const struct pane *p, enum layer first)
{
	struct figures_layout fl = draw_block_heading(p, first == LAYER_RX_MAC ? "receive" : "transmit", LABEL);

	for (int i = 0; i < 4; i++)
		draw_layer(s, p, 1 + i, first + (unsigned)i, &fl);
	draw_parts(s, p, 5, first);
}

static int draw_machine(const struct layers_view *s, const struct pane *p, int y)
{
	int half = (p->w - 4) / 2, wide = p->w - 1;
	struct pane part;

	if (p->w >= 72) {
		part = pane_part(p, 1, y, half, 6);
		layers_draw_direction(s, &part, LAYER_RX_MAC);
		part = pane_part(p, 1 + half + 2, y, p->w - half - 4, 6);
		layers_draw_direction(s, &part, LAYER_TX_TCP);
		return y + 6;
	}
	/* Where both do not fit one below the other, it is the one of the layer that is chosen. */
	if (p->h - y < 15) {
		part = pane_part(p, 0, y, wide, 6);
		layers_draw_direction(s, &part,
				      layers_is_receive(layers_view_focus(s).layer) ? LAYER_RX_MAC : LAYER_TX_TCP);
		return y + 6;
	}
	part = pane_part(p, 0, y, wide, 6);
	layers_draw_direction(s, &part, LAYER_RX_MAC);
	part = pane_part(p, 0, y + 6, wide, 6);
	layers_draw_direction(s, &part, LAYER_TX_TCP);
	return y + 12;
}

/* -- netfilter's hooks -------------------------------------------------------------------------------------- */

/* "dropped by local_in 12  forward 3  missed 1" */
static bool draw_hook_losses(const struct layers_view *s, const struct pane *p, int y)
{
	const struct record_netfilter *nf = model_netfilter(s->list.view.app->model);
	char word[48], n[UNITS_MAX];
	int x = 0;

	for (unsigned i = 0; i < NETFILTER_HOOKS; i++) {
		if (!nf->dropped[i])
			continue;
		snprintf(word, sizeof(word), "%s%s ", x ? "" : "dropped by ", netfilter_hook_name(i));
		units_grouped(n, nf->dropped[i]);
		pane_piece(p, y, &x, word, STYLE_WARN, n);
	}
	units_grouped(n, nf->missed);
	if (nf->missed)
		pane_piece(p, y, &x, "missed ", STYLE_WARN, n);
	return x > 0;
}

static void draw_hook_block(const struct layers_view *s, const struct pane *p, const char *title,
			    enum netfilter_hook first, int count)
{
	struct figures_layout fl = draw_block_heading(p, title, HOOK_LABEL);

	for (int i = 0; i < count; i++)
		draw_hook(s, p, 1 + i, first + (unsigned)i, &fl);
}

/* They were asked for and cannot be had: why. */
static int draw_no_hooks(const struct app *app, const struct pane *p, int y)
{
	const struct record_feature *f = app->o->netfilter ? model_unserved(app->model, TELLS_HOOK_TIMES) : NULL;

	if (!f)
		return y;
	pane_printf(p, y, p->w >= 40 ? 1 : 0, STYLE_LABEL, "no netfilter hooks: %.200s", (const char *)f->reason);
	return y + 1;
}

/* Below the directions: what receives under receive, what sends under transmit; in a narrow pane all below each other.
 */
static int draw_hooks(const struct layers_view *s, const struct pane *p, int y)
{
	int half = (p->w - 4) / 2;
	struct pane part;

	if (!model_netfilter(s->list.view.app->model))
		return draw_no_hooks(s->list.view.app, p, y);
	if (p->w >= 72 && p->h - y >= 4) {
		part = pane_part(p, 1, y, half, 4);
		draw_hook_block(s, &part, "netfilter", NETFILTER_PRE_ROUTING, 3);
		part = pane_part(p, 1 + half + 2, y, p->w - half - 4, 4);
		draw_hook_block(s, &part, "", NETFILTER_LOCAL_OUT, 2);
		draw_hook_losses(s, &part, 3);
		return y + 4;
	}
	if (p->w < 72 && p->h - y >= 6) {
		part = pane_part(p, 0, y, p->w - 1, 7);
		draw_hook_block(s, &part, "netfilter", NETFILTER_PRE_ROUTING, NETFILTER_HOOKS);
		return y + 6 + draw_hook_losses(s, &part, 6);
	}
	return y;
}

/* -- nothing to show ---------------------------------------------------------------------------------------- */

static bool is_missing(const struct record_feature *f)
{
	return strncmp((const char *)f->name, "stamp", 5) == 0 && !f->hook[0];
}

/* Has this kernel nothing to give? Its stamps are told once they were tried; without a required one none is used. */
static bool cannot(const struct model *m)
{
	const struct record_feature *f;
	bool absent = model_layers_on(m);

	for (size_t i = 0; !absent && (f = model_feature(m, i)); i++)
		if (f->required && is_missing(f))
			return true;
	for (unsigned i = 0; i < LAYER_PARTS; i++)
		absent = absent && model_layer_state(m, i) == LAYER_ABSENT;
	return absent;
}

static void draw_cannot(const struct app *app, const struct pane *p, int y)
{
	const struct record_feature *f;

	pane_put(p, y++, 1, -1, STYLE_WARN, "this kernel does not let packets be stamped");
	for (size_t i = 0; (f = model_feature(app->model, i)); i++) {
		int x = 1;

		if (!is_missing(f))
			continue;
		y++;
		x += pane_printf(p, y, x, STYLE_TEXT, "%.32s", (const char *)f->name) + 2;
		pane_printf(p, y, x, STYLE_LABEL, "%.200s", (const char *)f->reason);
	}
	view_draw_doctor(p, y + 2, 1);
}

/* true: there is nothing else to draw. */
static bool draw_nothing(const struct layers_view *s, const struct pane *p, int y)
{
	const struct app *app = s->list.view.app;
	const struct model *m = app->model;
	int x = p->w >= 40 ? 1 : 0;

	if (cannot(m))
		draw_cannot(app, p, y);
	else if (!model_layers_on(m))
		pane_put(p, y, x, -1, STYLE_LABEL,
			 app->live ? "turning the layers on…" : "this recording has no layers here");
	else if (!(layers_time(m, model_layers(m), LAYERS_RX | LAYERS_TX, LAYERS_SINCE) > 0) &&
		 !(layers_time(m, model_layers_echo(m), LAYERS_RX | LAYERS_TX, LAYERS_SINCE) > 0))
		pane_put(p, y, x, -1, STYLE_LABEL, "no packet measured yet");
	else
		return false;
	return true;
}

/* The machine, and the heat map where there is room for it and for a list. Returns where that begins; p->h: nowhere. */
static int draw_above(const struct layers_view *s, const struct pane *p, int y)
{
	int rest, heat;

	if (draw_nothing(s, p, y))
		return p->h;
	if (p->h >= 12 && !is_whole(s->list.view.app->model))
		draw_merged(s, p, y++);
	y = draw_machine(s, p, y);
	y = draw_hooks(s, p, y);
	rest = p->h - y;
	heat = CLAMP((rest - 2) / 2, 0, 14);
	return heat >= 2 && rest >= 7 ? layers_draw_heat(s, p, y, heat) : y;
}

void layers_view_draw(struct view *v, const struct pane *p)
{
	struct layers_view *s = layers_view_of(v);
	const struct model *m = v->app->model;
	int marks = p->h >= 8, events = 0, y;
	struct pane line = pane_part(p, 0, 0, p->w, 1), above = *p, list;

	if (marks)
		table_view_draw_marks(&s->list, &line);
	if (model_layers_has_alarm(m) && p->h >= 18)
		events = (int)MIN(model_layer_events(m) + 1, (u64)CLAMP((p->h - 8) / 5, 2, 8) + 1);
	above.h -= events;
	y = draw_above(s, &above, marks);
	list = pane_part(&above, 0, y, p->w, above.h - y);
	table_view_draw_rows(&s->list, &list);
	list = pane_part(p, 0, above.h, p->w, events);
	if (events && y < above.h)
		layers_draw_events(m, &list);
}
