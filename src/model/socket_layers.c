/* The columns of the layers: figures for about the last ten ticks, and bars that show which layer takes the time. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "socket_get.h"
#include "buf.h"
#include "layers.h"

static int set_nsec(const struct column *c, const struct model *m, const struct row *r, struct value *v, u64 ns)
{
	v->severity = layers_alarm(m, row_layers(m, r)) >> c->offset & 1 ? 2 : 0;
	return value_nsec(v, ns);
}

static bool figures(const struct column *c, const struct model *m, const struct row *r, struct histogram_figures *f)
{
	return layer_figures(m, layers_row(row_layers(m, r), (enum layer)c->offset), LAYERS_RECENT, f);
}

bool layer_times_of(const struct column *c, const void *picture, const void *row, struct histogram *h)
{
	const struct layers *l = row_layers(picture, row);

	return layer_histogram(picture, layers_row(l, (enum layer)c->offset), LAYERS_RECENT, h);
}

SOCKET_GETTER(get_layer_p50)
{
	struct histogram_figures f;

	return figures(c, m, r, &f) ? set_nsec(c, m, r, v, f.p50_ns) : 0;
}

SOCKET_GETTER(get_layer_p99)
{
	struct histogram_figures f;

	return figures(c, m, r, &f) ? set_nsec(c, m, r, v, f.p99_ns) : 0;
}

SOCKET_GETTER(get_layer_max)
{
	struct histogram_figures f;

	return figures(c, m, r, &f) ? set_nsec(c, m, r, v, f.max_ns) : 0;
}

bool layers_bars(const struct model *m, const struct layers *l, char *dst)
{
	bool any = false;

	for (unsigned i = 0; i < LAYER_PARTS; i++) {
		double share = layer_share(m, layers_row(l, i), LAYERS_RECENT);

		if (i == LAYER_TX_TCP)
			*dst++ = ' ';
		if (isnan(share)) {
			*dst++ = ' ';
			continue;
		}
		any = true;
		dst += snprintf(dst, 4, "\xe2\x96%c", (char)(0x81 + CLAMP((int)lround(share * 8) - 1, 0, 7)));
	}
	*dst = '\0';
	return any;
}

SOCKET_GETTER(get_layers)
{
	const struct layers *l = row_layers(m, r);

	if (!l || !layers_bars(m, l, v->buffer))
		return 0;
	v->kind = VALUE_TEXT;
	v->text = v->buffer;
	v->severity = layers_alarm(m, l) ? 2 : 0;
	return 1;
}

/* Appends {"rx_mac":{"n":…,"p50_us":…,"p99_us":…,"max_us":…},…} since the layers were turned on; false, and nothing,
 * when none is known. l may be NULL. */
static bool layers_object(const struct model *m, const struct layers *l, struct buf *out)
{
	const char *separator = "{";
	struct histogram_figures f;

	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		if (!layer_figures(m, layers_row(l, i), LAYERS_SINCE, &f))
			continue;
		buf_printf(out, "%s\"%s\":{", separator, layer_name(i));
		histogram_put_figures(out, &f);
		buf_putc(out, '}');
		separator = ",";
	}
	if (*separator == '{')
		return false;
	buf_putc(out, '}');
	return true;
}

bool socket_layers_object(const void *picture, const void *row, struct buf *out)
{
	return layers_object(picture, row_layers(picture, row), out);
}
