/* The time of a page, as all formats write it. */
#include "wall.h"
#include "writer.h"

const struct writer *writer_of(enum export_format format)
{
	static const struct writer *const writers[EXPORT_FORMATS] = {
	    [EXPORT_TEXT] = &writer_text, [EXPORT_JSON] = &writer_json, [EXPORT_CSV] = &writer_csv};

	return writers[format];
}

static u64 page_time(const struct page *p)
{
	if (!p->m)
		return p->time_ns;
	return model_tick(p->m) ? model_tick(p->m)->realtime_ns : 0;
}

bool page_put_time(struct buf *out, const struct page *p)
{
	u64 ns = page_time(p);
	char text[WALL_MAX];

	wall_unix(text, sizeof(text), ns, 6);
	buf_puts(out, text);
	return ns;
}

/* Local time, by the clock of the machine that was watched. */
void text_put_time(struct buf *out, const struct page *p)
{
	char text[WALL_MAX];

	wall_date(text, sizeof(text), page_time(p), 3);
	buf_printf(out, "%s\n", text);
}
