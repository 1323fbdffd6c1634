/* How each format writes retransmits, drops and resets: from the table of loss columns. */
#include "loss_rows.h"

#include <string.h>

#include "json.h"
#include "loss_column.h"
#include "text.h"

static bool is_due(const struct loss_rows *r, const struct model *m, const struct loss *l)
{
	const struct row *row;

	if (!(r->kinds & LOSS_BIT(l->r.kind)) || (r->errors && l->r.kind == LOSS_DROP && !loss_is_error(m, &l->r)))
		return false;
	if (!r->query)
		return true;
	row = loss_row(m, l);
	return row && query_match(r->query, m, row);
}

/* -- JSON --------------------------------------------------------------------------------------------------------- */

static void put_list(struct buf *out, char *text)
{
	char *save = NULL;
	const char *comma = "";

	buf_putc(out, '[');
	for (char *w = strtok_r(text, "\n", &save); w; w = strtok_r(NULL, "\n", &save), comma = ",") {
		buf_puts(out, comma);
		json_put_string(out, w);
	}
	buf_putc(out, ']');
}

static void json_row(struct buf *out, const struct model *m, const struct loss *l)
{
	char text[LOSS_TEXT_MAX];

	buf_printf(out, "{\"type\":\"%s\"", loss_kind_name(l->r.kind));
	for (size_t i = 0; loss_column_at(i); i++) {
		const struct loss_column *c = loss_column_at(i);

		if (!c->get || !(c->kinds & LOSS_BIT(l->r.kind)) || !c->get(m, l, text, sizeof(text)))
			continue;
		buf_printf(out, ",\"%s\":", c->name);
		if (c->type == LOSS_LIST)
			put_list(out, text);
		else if (c->type == LOSS_TEXT)
			json_put_string(out, text);
		else
			buf_puts(out, text);
	}
	buf_puts(out, "}\n");
}

/* -- CSV ---------------------------------------------------------------------------------------------------------- */

static void csv_head(struct buf *out, unsigned kinds)
{
	buf_puts(out, "type");
	for (size_t i = 0; loss_column_at(i); i++)
		if (loss_column_at(i)->get && loss_column_at(i)->kinds & kinds)
			buf_printf(out, ",%s", loss_column_at(i)->name);
	buf_puts(out, "\r\n");
}

/* A list is one field, its parts on lines of their own. */
static void csv_row(struct buf *out, unsigned kinds, const struct model *m, const struct loss *l)
{
	char text[LOSS_TEXT_MAX];

	buf_puts(out, loss_kind_name(l->r.kind));
	for (size_t i = 0; loss_column_at(i); i++) {
		const struct loss_column *c = loss_column_at(i);

		if (!c->get || !(c->kinds & kinds))
			continue;
		buf_putc(out, ',');
		if (c->kinds & LOSS_BIT(l->r.kind) && c->get(m, l, text, sizeof(text)))
			csv_put_field(out, text);
	}
	buf_puts(out, "\r\n");
}

/* -- text: as on the screen --------------------------------------------------------------------------------------- */

static void pad(struct buf *out, size_t n)
{
	while (n--)
		buf_putc(out, ' ');
}

static void text_cell(struct buf *out, const struct loss_column *c, const char *text)
{
	size_t wide = c->flex > 30 ? 24 : MAX(c->width, c->flex), used = text_width(text);

	if (c->right)
		pad(out, used < wide ? wide - used : 0);
	buf_puts(out, text);
	if (!c->right)
		pad(out, used < wide ? wide - used : 0);
	buf_putc(out, ' ');
}

static void text_end(struct buf *out)
{
	while (!out->failed && buf_len(out) && out->data[out->end - 1] == ' ')
		out->end--;
	buf_putc(out, '\n');
}

static bool in_text(const struct loss_column *c, unsigned kinds)
{
	return c->rank && c->kinds & kinds;
}

static void text_head(struct buf *out, unsigned kinds)
{
	for (size_t i = 0; loss_column_at(i); i++)
		if (in_text(loss_column_at(i), kinds))
			text_cell(out, loss_column_at(i), loss_column_at(i)->title);
	text_end(out);
}

static void text_row(struct buf *out, unsigned kinds, const struct model *m, const struct loss *l)
{
	char text[LOSS_TEXT_MAX];

	for (size_t i = 0; loss_column_at(i); i++) {
		const struct loss_column *c = loss_column_at(i);

		if (!in_text(c, kinds))
			continue;
		if (!(c->kinds & LOSS_BIT(l->r.kind)) || !(c->show ? c->show : c->get)(m, l, text, sizeof(text)))
			text_copy(text, sizeof(text), "-");
		text_cell(out, c, text);
	}
	text_end(out);
}

/* ----------------------------------------------------------------------------------------------------------------- */

static void put_head(const struct loss_rows *r, const struct page *p, struct buf *out)
{
	if (r->format == EXPORT_JSON)
		json_put_tick(out, p);
	else if (p->number == 0 && r->format == EXPORT_CSV)
		csv_head(out, r->kinds);
	else if (p->number == 0)
		text_head(out, r->kinds);
}

void loss_rows_put(struct loss_rows *r, const struct page *p, struct buf *out)
{
	u32 rows = 0;

	put_head(r, p, out);
	for (u64 n = MAX(r->written + 1, model_losses_oldest(p->m)); n <= model_losses_newest(p->m); n++) {
		const struct loss *l = model_loss(p->m, n);

		r->written = n;
		if (!l || !is_due(r, p->m, l) || (r->limit && rows++ >= r->limit))
			continue;
		if (r->format == EXPORT_JSON)
			json_row(out, p->m, l);
		else if (r->format == EXPORT_CSV)
			csv_row(out, r->kinds, p->m, l);
		else
			text_row(out, r->kinds, p->m, l);
	}
}
