/* As many graphs side by side as the pane has room for. */
#include "panels.h"

#include "graph.h"
#include "socket_text.h"
#include "units.h"

static void top_text(enum rate_units units, enum history_kind kind, float max, char *text)
{
	*text = '\0';
	if (max <= 0)
		return;
	if (kind == HISTORY_RTT)
		units_usec(text, (uint64_t)max);
	else if (kind == HISTORY_RX || kind == HISTORY_TX)
		rate_short(units, (double)max, text);
	else
		units_rate(text, (double)max);
}

static void draw_panel(const struct fields *of, const struct history *h, const struct panel *panel,
		       const struct pane *p)
{
	const struct app *app = of->app;
	float samples[HISTORY_LEN];
	size_t n = graph_width_samples(app->charset, p->w);
	struct pane area = pane_part(p, 0, 1, p->w, p->h - 1);
	char text[128], top[UNITS_MAX];
	int x = 0;

	column_full(app, table_find(of->t, panel->column), of->picture, of->row, text, sizeof(text));
	pane_piece(p, 0, &x, panel->title, STYLE_TEXT, " ");
	x--;
	pane_piece(p, 0, &x, "", STYLE_TEXT, *text ? text : "-");
	graph_samples(h, panel->kind, samples, n);
	top_text(app->units, panel->kind, spark_max(samples, n), top);
	pane_piece(p, 0, &x, "max ", STYLE_LABEL, top);
	graph_draw(&area, h, panel->kind, 0, app->charset, panel->style);
}

int panels_draw(const struct fields *of, const struct history *h, const struct panel *panels, size_t count,
		const struct pane *p, int y)
{
	size_t columns = p->w >= 110 ? PANELS_MAX : p->w >= 66 ? 3 : p->w >= 44 ? 2 : 1;
	int width = (p->w - 1) / (int)columns;
	int height = p->h >= 40 ? 5 : p->h >= 18 ? 3 : 2;

	if (!h)
		return y - 1;
	for (size_t i = 0; i < count; i++) {
		int at = y + (int)(i / columns) * (height + 1);
		struct pane part = *p;

		/* A panel that is partly scrolled out is drawn in place: the pane clips it. */
		part.x += 1 + (int)(i % columns) * width;
		part.w = width - 2;
		part.h = height;
		if (at >= 0 && at + height <= p->h) {
			part.y += at;
			draw_panel(of, h, &panels[i], &part);
		}
	}
	return y + (int)((count + columns - 1) / columns) * (height + 1);
}
