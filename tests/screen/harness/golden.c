/* Comparison with golden files, line by line. */
#include "golden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define GOLDEN_MAX (1 << 20)

/* The next line of a NUL-terminated text, which moves on; NULL at the end. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	*text = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

static int show_difference(const char *path, char *want, char *got, struct error *err)
{
	int differing = 0;

	for (int n = 1;; n++) {
		char *w = next_line(&want), *g = next_line(&got);

		if (!w && !g)
			break;
		if (w && g && strcmp(w, g) == 0)
			continue;
		if (++differing <= 60)
			fprintf(stderr, "%s:%d\n  golden: %s\n  screen: %s\n", path, n, w ? w : "(no line)",
				g ? g : "(no line)");
	}
	if (!differing)
		return 0;
	return error_set(err, -EBADMSG, "%d lines differ from %s (UPDATE_GOLDENS=1 rewrites it)", differing, path);
}

static bool is_update(void)
{
	const char *update = getenv("UPDATE_GOLDENS");

	return update && strcmp(update, "1") == 0;
}

bool golden_is(const char *folder, const char *name, const struct buf *text)
{
	struct buf golden cleanup_buf = {};
	struct error err = {};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.txt", folder, name);
	if (is_update() || file_read(path, GOLDEN_MAX, &golden, &err) < 0)
		return true;
	return buf_len(&golden) == buf_len(text) && memcmp(buf_at(&golden), buf_at(text), buf_len(text)) == 0;
}

int golden_check(const char *folder, const char *name, struct buf *text, struct error *err)
{
	struct buf golden cleanup_buf = {};
	char path[512];
	int r;

	if (text->failed || snprintf(path, sizeof(path), "%s/%s.txt", folder, name) >= (int)sizeof(path))
		return error_set(err, -ENOMEM, "out of memory, or a path too long");
	if (is_update())
		return file_write_atomic(path, buf_at(text), buf_len(text), err);
	r = file_read(path, GOLDEN_MAX, &golden, err);
	if (r < 0)
		return r;
	buf_putc(&golden, '\0');
	buf_putc(text, '\0');
	if (golden.failed || text->failed)
		return error_set(err, -ENOMEM, "out of memory");
	return show_difference(path, (char *)buf_at(&golden), (char *)buf_at(text), err);
}
