/* The values of a socket's columns as they are read one by one. */
#include "socket_text.h"

#include "app.h"
#include "socket_table.h"
#include "units.h"

void column_full(const struct app *app, const struct column *c, const void *picture, const void *row, char *text,
		 size_t size)
{
	struct value v;
	char n[UNITS_MAX];

	*text = '\0';
	column_value(c, picture, row, &v);
	if (v.kind == VALUE_NONE)
		return;
	switch (v.kind == VALUE_NUMBER ? c->unit : UNIT_TEXT) {
	case UNIT_BYTES:
		units_grouped(n, v.integer);
		snprintf(text, size, "%s B", n);
		return;
	case UNIT_SEGMENTS:
		units_grouped(n, v.integer);
		snprintf(text, size, "%s seg", n);
		return;
	case UNIT_COUNT: units_grouped(text, v.integer); return;
	case UNIT_RATE: rate_text(app->units, v.number, text, size); return;
	default: column_format(c, picture, row, app->units, text, size); return;
	}
}

void socket_column(const struct app *app, const struct row *r, const struct column *c, char *text, size_t size)
{
	column_full(app, c, app->model, r, text, size);
}

void socket_value(const struct app *app, const struct row *r, const char *name, char *text, size_t size)
{
	socket_column(app, r, table_find(&socket_table, name), text, size);
}

void socket_ends(const struct app *app, const struct row *r, char *text, size_t size)
{
	char local[80], remote[80];

	socket_value(app, r, "local", local, sizeof(local));
	socket_value(app, r, "remote", remote, sizeof(remote));
	snprintf(text, size, "%s %s%s%s", proto_name(r->s.proto), local, *remote ? " -> " : "", remote);
}
