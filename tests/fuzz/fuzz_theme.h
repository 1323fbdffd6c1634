/* What both kinds of themes have to hold to. */
#pragma once

#include <string.h>

#include "fuzz.h"
#include "theme.h"

static inline bool is_color(int32_t color)
{
	return color == COLOR_DEFAULT || color == COLOR_UNSET || (color >= 0 && color <= 0xffffff) ||
	       (color >= COLOR_PALETTE && color <= COLOR_PALETTE + 255);
}

static inline int fuzz_theme(const uint8_t *data, size_t size,
			     void (*parse)(struct theme *t, const char *file, const char *text, size_t len,
					   struct notes *notes))
{
	cleanup_free char *text =
	    fuzz_text(data, size); /* strndup() of what is not terminated is an error to a strict sanitizer */
	struct notes notes = {};
	struct theme t;

	theme_init(&t, "fuzz");
	parse(&t, "a.theme", text, size, &notes);
	for (int i = 0; i < STYLE_COUNT; i++) {
		struct look on_text = theme_look(&t, (enum style)i, STYLE_TEXT);

		check(is_color(t.look[i].fg) && is_color(t.look[i].bg));
		check(on_text.fg != COLOR_UNSET && on_text.bg != COLOR_UNSET);
	}
	for (unsigned i = 0; i < MIN(notes.count, NOTES_KEPT); i++) {
		char clean[sizeof(notes.text[0])];

		text_clean(clean, sizeof(clean), notes.text[i], strlen(notes.text[i]));
		check(strcmp(clean, notes.text[i]) == 0);
	}
	return 0;
}
