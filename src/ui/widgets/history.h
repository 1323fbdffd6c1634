/* The lines typed at prompts, kept across runs in the file history beside config.ini: one a line, after the kind of
 * prompt, the newest last. */
#pragma once

#include "notes.h"
#include "prompt.h"

#define HISTORY_FILES_MAX 4

struct history_file {
	const char *kind; /* one word */
	struct prompt_history *lines;
};

/* Reads the file into the histories; path may be NULL. A missing file counts as empty; an unreadable one is noted.
 * Lines of unknown kinds are ignored. count: HISTORY_FILES_MAX at most, here and below. */
void history_load(const char *path, const struct history_file *files, size_t count, struct notes *notes);
/* Appends what was typed since; what another skbtop wrote meanwhile stays. Writes nothing if there is nothing new.
 * -ENOENT: no path. */
int history_store(const char *path, const struct history_file *files, size_t count, struct error *err) must_check;
