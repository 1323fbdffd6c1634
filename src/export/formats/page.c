/* The time of a page, as all formats write it. */
#include "wall.h"
#include "writer.h"

const struct writer *writer_of(enum export_format format)
{
	static const struct writer *const writers[EXPORT_FORMATS] = {
	    [EXPORT_TEXT] = &writer_text, [EXPORT_JSON] = &writer_json, [EXPORT_CSV] = &writer_csv};

	return writers[format];
}

static u64 page_time(const struct model *m)
{
	return model_tick(m) ? model_tick(m)->realtime_ns : 0;
}

bool page_put_time(struct buf *out, const struct page *p)
{
	u64 ns = page_time(p->m);
	char text[WALL_MAX];

	wall_unix(text, sizeof(text), ns, 6);
	buf_puts(out, text);
	return ns;
}

/* Local time, by the clock of the machine that was watched. */
void text_put_time(struct buf *out, const struct model *m)
{
	char text[WALL_MAX];

	wall_date(text, sizeof(text), page_time(m), 3);
	buf_printf(out, "%s\n", text);
}
