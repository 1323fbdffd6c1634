/* The last line: the keys that matter here, from the table of actions; each can be clicked. */
#pragma once

#include "action.h"
#include "canvas.h"

struct keybar {
	struct {
		int from, to; /* columns, up to but not including `to` */
		enum action action;
	} places[ACTION_COUNT];
	size_t count;
};

void keybar_draw(struct keybar *bar, const struct pane *line, const struct keymap *m, unsigned scope);
enum action keybar_at(const struct keybar *bar, int x);
