/* Values of a row by the names of their columns. */
#include "fields.h"

#include <string.h>

#include "socket_text.h"
#include "text.h"

/* As fields_draw() takes it. */
struct field {
	const struct column *column, *of; /* of: NULL: no share */
	char label[40];
};

static const struct column *column_at(const struct table *t, const char **at)
{
	char name[40];
	size_t len = strcspn(*at, " =%");

	snprintf(name, sizeof(name), "%.*s", (int)len, *at);
	*at += len;
	return table_find(t, name);
}

/* rtt_us is shown as rtt: the value says its unit. */
static bool next_field(const struct table *t, const char **at, struct field *f)
{
	const char *label;
	size_t len;

	*f = (struct field){};
	*at += strspn(*at, " ");
	label = *at;
	if (!*label)
		return false;
	f->column = column_at(t, at);
	len = (size_t)(*at - label);
	if (len > 3 && strncmp(*at - 3, "_us", 3) == 0)
		len -= 3;
	if (**at == '=') {
		label = ++*at;
		len = strcspn(label, " ");
		*at += len;
	} else if (**at == '%') {
		++*at;
		f->of = column_at(t, at);
	}
	snprintf(f->label, sizeof(f->label), "%.*s", (int)len, label);
	text_blanks(f->label);
	return true;
}

static enum style style_of(const struct fields *of, const struct column *c)
{
	static const enum style styles[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};

	return styles[CLAMP(table_severity(of->t, c, of->picture, of->row), 0, 2)];
}

static void add_share(const struct fields *of, const struct field *f, char *text, size_t size)
{
	struct value part, whole;
	size_t n = strlen(text);

	if (!f->of || !n || n >= size)
		return;
	column_value(f->column, of->picture, of->row, &part);
	column_value(f->of, of->picture, of->row, &whole);
	if (part.number > 0 && whole.kind == VALUE_NUMBER && whole.number > 0)
		snprintf(text + n, size - n, " (%.1f%%)", 100 * part.number / whole.number);
}

/* Zeros are pale: what happened stands out. */
void fields_draw(const struct fields *of, struct flow *f, const char *columns)
{
	struct field field;
	char text[512];

	for (const char *at = columns; next_field(of->t, &at, &field);) {
		if (!field.column)
			continue;
		column_full(of->app, field.column, of->picture, of->row, text, sizeof(text));
		add_share(of, &field, text, sizeof(text));
		flow_field(f, field.label,
			   strcspn(text, " ") != strspn(text, "0") ? style_of(of, field.column) : STYLE_DIM, text);
	}
}

void fields_want(const struct table *t, struct folded *f, const char *columns)
{
	struct field field;

	for (const char *at = columns; next_field(t, &at, &field);) {
		if (field.column)
			fold_want(f, field.column);
		if (field.of)
			fold_want(f, field.of);
	}
}
