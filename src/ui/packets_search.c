/* Searching text in the packets as they are shown, in slices, so that a full store delays no key. */
#include <string.h>

#include "clock.h"
#include "packets_view.h"
#include "text.h"

const char *packets_match(const struct packets_view *s, const char *text)
{
	return text_find(text, s->needle);
}

static void start(struct packets_view *s, u32 from, int step)
{
	s->searching = s->count > 0 && *s->needle;
	s->search_step = step;
	s->search_left = s->count;
	s->search_at = s->count ? from % s->count : 0;
}

bool packets_search_work(struct packets_view *s, u64 budget_ns)
{
	u64 until = now_ns() + budget_ns;
	char text[2 * PACKET_TEXT];

	while (s->searching) {
		const struct packet *p = packets_line(s, s->search_at);

		if (!s->search_left || !p) {
			s->searching = false;
			app_say(s->view.app, STYLE_WARN, "not found: %s", s->needle);
			break;
		}
		packets_line_text(s, p, text, sizeof(text));
		if (packets_match(s, text)) {
			s->searching = false;
			packets_move(s, s->search_at);
			s->view.app->dirty = true;
			break;
		}
		s->search_at = (s->search_at + s->count + (u32)s->search_step) % s->count;
		s->search_left--;
		if (s->search_left % 32 == 0 && budget_ns && now_ns() >= until)
			return false;
	}
	return true;
}

static void search_changed(void *ctx, const char *text)
{
	struct packets_view *s = ctx;

	text_copy(s->needle, sizeof(s->needle), text);
	start(s, s->search_origin, 1);
}

static int search_accept(void *ctx, const char *text, struct query_error *err)
{
	struct packets_view *s = ctx;
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
	struct packets_view *s = ctx;

	s->needle[0] = '\0';
	s->searching = false;
	packets_move(s, s->search_origin);
}

void packets_ask_search(struct packets_view *s)
{
	static const struct prompt_ops ops = {search_accept, search_changed, search_cancel};

	s->search_origin = s->cursor;
	s->needle[0] = '\0';
	prompt_open(&s->view.app->prompt, "find", "text in the packets' lines; a capital makes it exact", "", &ops, s,
		    &s->view.app->searches);
}

void packets_search_again(struct packets_view *s, int step)
{
	if (!*s->needle)
		text_copy(s->needle, sizeof(s->needle), prompt_history_last(&s->view.app->searches));
	if (!*s->needle || !s->count) {
		app_say(s->view.app, STYLE_TEXT, "nothing to find: / asks for it");
		return;
	}
	start(s, s->cursor + s->count + (u32)step, step);
}
