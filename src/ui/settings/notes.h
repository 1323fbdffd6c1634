/* Notes about errors in files that were read: they are shown, while the program uses the rest. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

#define NOTES_KEPT 8

struct notes {
	char text[NOTES_KEPT][256]; /* the first ones, printable */
	unsigned count;             /* all of them */
};

/* A file's name in a note: its folder and its name, so that there is room for the error. */
static inline const char *notes_file(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	while (name && name > path && name[-1] != '/')
		name--;
	return name ? name : path ? path : "";
}

/* n may be NULL. */
static inline void printf_like(2, 3) notes_add(struct notes *n, const char *fmt, ...)
{
	char raw[256];
	va_list ap;

	if (!n || n->count++ >= NOTES_KEPT)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_clean(n->text[n->count - 1], sizeof(n->text[0]), raw, sizeof(raw));
}
