/* An ini file as a list of lines: read with line numbers for errors, changed in place, written back with unknown parts
 * unchanged. */
#pragma once

#include "buf.h"
#include "error.h"
#include "notes.h"

#define INI_FILE_MAX (1 << 20)

struct ini_line {
	char *text;    /* as in the file, without the newline; owned */
	char *section; /* of the line; "" before the first; owned */
	char *key;     /* NULL: no pair (blank, comment, heading, error); owned */
	char *value;   /* trimmed; owned */
};

struct ini {
	struct ini_line *lines;
	size_t count;
};

void ini_deinit(struct ini *ini);
/* Parses the text; a line that is no pair, heading or comment is noted as "file:line: …" and kept. */
int ini_parse(struct ini *ini, const char *file, const char *text, size_t len, struct notes *notes) must_check;
/* The last value of a key, or NULL; *line (may be NULL) is its number from 1. */
const char *ini_get(const struct ini *ini, const char *section, const char *key, size_t *line);
/* Changes or adds a pair. -ENOMEM. */
int ini_set(struct ini *ini, const char *section, const char *key, const char *value) must_check;
/* The whole text again. */
void ini_write(const struct ini *ini, struct buf *out);
