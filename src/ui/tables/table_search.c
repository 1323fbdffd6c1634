/* Searching text in the rows as they are shown: while it is typed, in slices, so that 114,000 rows delay no key. */
#include <string.h>

#include "clock.h"
#include "table_view.h"
#include "text.h"

const char *table_view_find(const struct table_view *s, const char *text)
{
	return text_find(text, s->needle);
}

static bool line_matches(const struct table_view *s, u32 at)
{
	struct table_line l = table_view_line(s, at);
	char text[512];

	if (l.head)
		return table_view_find(s, groups_sum(s->groups, l.group.group)->label);
	if (!l.row)
		return false;
	for (size_t i = 0; i < s->layout.count; i++) {
		table_view_cell(s, s->layout.columns[i].column, l.row, text, sizeof(text));
		if (table_view_find(s, text))
			return true;
	}
	return false;
}

static void start(struct table_view *s, u32 from, int step)
{
	u32 lines = table_view_lines(s);

	s->searching = lines > 0 && *s->needle;
	s->search_step = step;
	s->search_left = lines;
	s->search_at = lines ? from % lines : 0;
}

bool table_view_search_work(struct table_view *s, u64 budget_ns)
{
	u64 until = now_ns() + budget_ns;
	u32 lines = table_view_lines(s);

	while (s->searching) {
		if (!s->search_left || s->search_at >= lines) {
			s->searching = false;
			s->view.app->dirty = true;
			app_say(s->view.app, STYLE_WARN, "not found: %s", s->needle);
			break;
		}
		if (line_matches(s, s->search_at)) {
			s->searching = false;
			table_view_move(s, s->search_at);
			s->view.app->dirty = true;
			break;
		}
		s->search_at = (s->search_at + lines + (u32)s->search_step) % lines;
		s->search_left--;
		if (s->search_left % 32 == 0 && budget_ns && now_ns() >= until)
			return false;
	}
	return true;
}

static void search_changed(void *ctx, const char *text)
{
	struct table_view *s = ctx;

	text_copy(s->needle, sizeof(s->needle), text);
	start(s, s->search_origin, 1);
}

static int search_accept(void *ctx, const char *text, struct query_error *err)
{
	struct table_view *s = ctx;
	const char *last = prompt_history_last(&s->view.app->searches);

	(void)err;
	/* An empty line takes the last search again. */
	if (!*text && *last) {
		text_copy(s->needle, sizeof(s->needle), last);
		start(s, s->search_origin + 1, 1);
	}
	return 0;
}

static void search_cancel(void *ctx)
{
	struct table_view *s = ctx;

	s->needle[0] = '\0';
	s->searching = false;
	table_view_move(s, s->search_origin);
}

void table_view_ask_search(struct table_view *s)
{
	static const struct prompt_ops ops = {search_accept, search_changed, search_cancel};

	s->search_origin = s->cursor;
	s->needle[0] = '\0';
	prompt_open(&s->view.app->prompt, "find", "text in the columns that are shown; a capital makes it exact", "",
		    &ops, s, &s->view.app->searches);
}

void table_view_search_again(struct table_view *s, int step)
{
	u32 lines = table_view_lines(s);

	if (!*s->needle)
		text_copy(s->needle, sizeof(s->needle), prompt_history_last(&s->view.app->searches));
	if (!*s->needle || !lines) {
		app_say(s->view.app, STYLE_TEXT, "nothing to find: / asks for it");
		return;
	}
	start(s, s->cursor + lines + (u32)step, step);
}
