/* Fields in columns: as many as fit side by side, and a long value uses the places of its neighbours. */
#include "flow.h"

#include <stdarg.h>
#include <stdio.h>

#include "text.h"

#define FIELD_LABEL 16
#define FIELD_WIDTH 36 /* label, value, gap */

struct flow flow_of(const struct pane *p, int y)
{
	int columns = MAX((p->w - 2) / FIELD_WIDTH, 1);

	return (struct flow){.p = p, .y = y, .columns = columns, .width = MAX((p->w - 2) / columns, 1)};
}

void flow_title(struct flow *f, const char *title)
{
	flow_end(f);
	f->title = title;
}

static void flow_place(struct flow *f, int *x)
{
	if (!f->begun) {
		f->y++;
		pane_put(f->p, f->y, 1, -1, STYLE_TITLE, f->title);
		f->y++;
		f->begun = true;
		f->column = 0;
	} else if (f->column == f->columns) {
		f->y++;
		f->column = 0;
	}
	*x = 2 + f->column++ * f->width;
}

void flow_field(struct flow *f, const char *label, enum style style, const char *value)
{
	int at = label ? FIELD_LABEL + 1 : 0, x, wide = (int)text_width(value) + at + 1;

	if (!*value)
		return;
	if (f->begun && f->column && wide > f->width * (f->columns - f->column))
		f->column = f->columns;
	flow_place(f, &x);
	if (label)
		pane_cell(f->p, f->y, x, FIELD_LABEL, false, STYLE_LABEL, label);
	pane_cell(f->p, f->y, x + at, MAX(f->p->w - x - at, 1), false, style, value);
	f->column = MIN(f->column + (wide - 1) / f->width, f->columns);
}

void flow_printf(struct flow *f, const char *label, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	flow_field(f, label, STYLE_TEXT, text);
}

int flow_end(struct flow *f)
{
	if (f->begun)
		f->y++;
	f->begun = false;
	return f->y;
}
