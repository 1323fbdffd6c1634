/* Which actions fit into the key bar: in the order of rank, except the last one, which leads out. */
#include "keybar.h"

#include <string.h>

#include "text.h"

/* The first key, and the word: "F4filter" is unreadable, "?help" is not. */
static int entry(const struct keymap *m, enum action a, char key[KEY_NAME_MAX], char *word, size_t size)
{
	const char *name = action_info(a)->bar;
	size_t len;

	key_text(key, m->keys[a][0]);
	len = strlen(key);
	snprintf(word, size, "%s%s",
		 len == 1 && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", key[0]) ? "" : " ", name);
	return (int)(text_width(key) + text_width(word));
}

static enum action by_rank(const struct keymap *m, unsigned scope, int rank)
{
	for (size_t a = 0; a < ACTION_COUNT; a++) {
		const struct action_info *i = action_info((enum action)a);

		if (i->rank == rank && (i->scope & scope) && m->keys[a][0])
			return (enum action)a;
	}
	return ACTION_NONE;
}

void keybar_draw(struct keybar *bar, const struct pane *line, const struct keymap *m, unsigned scope)
{
	enum action chosen[ACTION_COUNT];
	char key[KEY_NAME_MAX], word[32];
	size_t n = 0;
	int x = 1;

	for (int rank = 1; rank <= (int)ACTION_COUNT; rank++) {
		enum action a = by_rank(m, scope, rank);
		int width = a == ACTION_NONE ? 0 : entry(m, a, key, word, sizeof(word));

		if (!width || x + width > line->w)
			continue;
		chosen[n++] = a;
		x += width + 2;
	}
	/* The action that leads out always has room, at the end. */
	for (size_t i = 0; i + 1 < n; i++) {
		if (chosen[i] == ACTION_QUIT) {
			chosen[i] = chosen[i + 1];
			chosen[i + 1] = ACTION_QUIT;
		}
	}
	bar->count = 0;
	pane_fill(line, 0, 0, line->w, STYLE_BAR);
	x = 1;
	for (size_t i = 0; i < n; i++) {
		entry(m, chosen[i], key, word, sizeof(word));
		bar->places[i].from = x;
		x += pane_put(line, 0, x, -1, STYLE_KEY, key);
		x += pane_put(line, 0, x, -1, STYLE_TEXT, word);
		bar->places[i].to = x;
		bar->places[i].action = chosen[i];
		x += 2;
	}
	bar->count = n;
}

enum action keybar_at(const struct keybar *bar, int x)
{
	for (size_t i = 0; i < bar->count; i++)
		if (x >= bar->places[i].from && x < bar->places[i].to)
			return bar->places[i].action;
	return ACTION_NONE;
}
