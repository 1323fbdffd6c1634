/* The layers of one socket, in a line for each direction: the mean of each, and a bar beside those that take the time.
 */
#include <math.h>
#include <string.h>

#include "graph.h"
#include "layers.h"
#include "socket.h"
#include "units.h"

#define BAR 16 /* columns of a whole direction */

/* One layer, if it fits. */
static void put_layer(const struct app *app, const struct layers *l, const struct pane *p, int y, int *x,
		      enum layer layer)
{
	double share = layer_share(app->model, layers_row(l, layer), LAYERS_RECENT);
	int bar = isnan(share) ? 0 : (int)lround(share * BAR);
	bool alarm = layers_alarm(app->model, l) >> layer & 1;
	char text[UNITS_MAX];

	units_nsec(text, (uint64_t)layer_mean(app->model, layers_row(l, layer), LAYERS_RECENT));
	if (*x + (int)(strlen(layer_short_name(layer)) + strlen(text)) + 2 > p->w)
		return;
	*x += pane_printf(p, y, *x, STYLE_LABEL, "%s%s ", layer_short_name(layer),
			  model_layer_includes(app->model, layer) ? "+" : "");
	*x += pane_put(p, y, *x, -1, alarm ? STYLE_ALARM : STYLE_TEXT, text) + 1;
	bar = MIN(bar, p->w - *x);
	if (bar > 0) {
		graph_bar(p, y, *x, bar, 1, app->charset, layer < LAYER_TX_TCP ? STYLE_RX : STYLE_TX);
		*x += bar + 1;
	}
	*x += 1;
}

static void put_part(const struct pane *p, int y, int *x, const char *word, double ns)
{
	char text[UNITS_MAX];

	if (isnan(ns) || *x + (int)strlen(word) + 8 > p->w)
		return;
	units_nsec(text, (uint64_t)ns);
	*x += pane_put(p, y, *x, -1, STYLE_LABEL, word);
	*x += pane_put(p, y, *x, -1, STYLE_TEXT, text) + 1;
}

static int draw_direction(const struct app *app, const struct layers *l, const struct pane *p, int y, enum layer first)
{
	unsigned mask = first == LAYER_RX_MAC ? LAYERS_RX : LAYERS_TX;
	struct layers_wait w;
	int x = 1;

	if (!(layers_time(app->model, l, mask, LAYERS_RECENT) > 0))
		return y;
	x += pane_put(p, y, x, -1, STYLE_TITLE, "layers ");
	x += pane_put(p, y, x, -1, STYLE_LABEL, mask == LAYERS_RX ? "rx  " : "tx  ");
	for (unsigned i = first; i < first + 4; i++)
		if (!isnan(layer_mean(app->model, layers_row(l, i), LAYERS_RECENT)))
			put_layer(app, l, p, y, &x, i);
	if (mask == LAYERS_TX) {
		double paced = layers_part(app->model, l, LAYER_TX_PACED, LAYERS_RECENT);

		put_part(p, y, &x, "of qdisc paced ", paced);
		put_part(p, y, &x, isnan(paced) ? "of qdisc direct " : "direct ",
			 layers_part(app->model, l, LAYER_TX_DIRECT, LAYERS_RECENT));
		put_part(p, y, &x, "acknowledged after ",
			 layer_mean(app->model, layers_row(l, LAYER_TX_ACK), LAYERS_RECENT));
		return y + 1;
	}
	if (layers_receive_wait(app->model, l, LAYERS_RECENT, &w) && !isnan(w.wakeup)) {
		put_part(p, y, &x, "of app wake-up ", w.wakeup);
		put_part(p, y, &x, "program ", w.program);
	}
	put_part(p, y, &x, "of mac gro ", layers_part(app->model, l, LAYER_RX_GRO, LAYERS_RECENT));
	return y + 1;
}

int socket_draw_layers(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	const struct layers *l = row_layers(app->model, r);

	y = draw_direction(app, l, p, y, LAYER_RX_MAC);
	return draw_direction(app, l, p, y, LAYER_TX_TCP);
}
