/* Reads and writes ini files line by line. A value extends to the end of the line: filters and colours contain `;` and
 * `#`, so only a line that begins with one of them is a comment. */
#include "ini.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static void line_deinit(struct ini_line *l)
{
	free(l->text);
	free(l->section);
	free(l->key);
	free(l->value);
}

void ini_deinit(struct ini *ini)
{
	for (size_t i = 0; i < ini->count; i++)
		line_deinit(&ini->lines[i]);
	free(ini->lines);
	*ini = (struct ini){};
}

static char *trimmed(const char *from, const char *end)
{
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	return strndup(from, (size_t)(end - from));
}

/* Inserts a line at index `at`; the caller sets its strings. */
static struct ini_line *line_insert(struct ini *ini, size_t at)
{
	struct ini_line *lines = reallocarray(ini->lines, ini->count + 1, sizeof(*lines));

	if (!lines)
		return NULL;
	ini->lines = lines;
	memmove(lines + at + 1, lines + at, (ini->count - at) * sizeof(*lines));
	lines[at] = (struct ini_line){};
	ini->count++;
	return &lines[at];
}

/* A byte order mark at the beginning of the file: it stays in the text of the first line. */
static size_t mark_len(const char *text)
{
	return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Sets l from its text after the first skipped bytes; section is the current one. Returns what is wrong with the line,
 * or NULL. */
static const char *line_read(struct ini_line *l, size_t skip, char **section)
{
	char *s = l->text + skip + strspn(l->text + skip, " \t\r"), *end = s + strlen(s), *close, *equals;

	if (*s == '[') {
		close = strchr(s, ']');
		if (!close)
			return "a heading without ]";
		free(*section);
		*section = trimmed(s + 1, close);
	} else if (*s && *s != '#' && *s != ';') {
		equals = strchr(s, '=');
		if (!equals || equals == s)
			return "not a line of the form name = value";
		l->key = trimmed(s, equals);
		l->value = trimmed(equals + 1, end);
	}
	return NULL;
}

int ini_parse(struct ini *ini, const char *file, const char *text, size_t len, struct notes *notes)
{
	cleanup_free char *section = strdup("");
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end, *wrong;
		struct ini_line *l = line_insert(ini, ini->count);

		if (!l || !section)
			return -ENOMEM;
		l->text = strndup(text, (size_t)(stop - text));
		if (!l->text)
			return -ENOMEM;
		wrong = line_read(l, ini->count == 1 ? mark_len(l->text) : 0, &section);
		if (wrong)
			notes_add(notes, "%s:%zu: %s", file, ini->count, wrong);
		if (!section || !(l->section = strdup(section)))
			return -ENOMEM;
		text = newline ? newline + 1 : end;
	}
	return 0;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key, size_t *line)
{
	for (size_t i = ini->count; i-- > 0;) {
		const struct ini_line *l = &ini->lines[i];

		if (!l->key || strcmp(l->section, section) != 0 || strcmp(l->key, key) != 0)
			continue;
		if (line)
			*line = i + 1;
		return l->value;
	}
	return NULL;
}

/* Adds `key = value` (or a heading, when key is NULL) at a place. */
static int line_add(struct ini *ini, size_t at, const char *section, const char *key, const char *value)
{
	struct ini_line *l = line_insert(ini, at);
	int n;

	if (!l)
		return -ENOMEM;
	n = key ? asprintf(&l->text, "%s = %s", key, value) : asprintf(&l->text, "[%s]", section);
	if (n < 0)
		l->text = NULL;
	l->section = strdup(section);
	l->key = key ? strdup(key) : NULL;
	l->value = key ? strdup(value) : NULL;
	return l->text && l->section && (!key || (l->key && l->value)) ? 0 : -ENOMEM;
}

int ini_set(struct ini *ini, const char *section, const char *key, const char *value)
{
	size_t line = 0, at = ini->count;
	bool found = false;
	int r;

	if (ini_get(ini, section, key, &line)) {
		struct ini_line old = ini->lines[line - 1];

		r = line_add(ini, line - 1, section, key, value);
		if (r < 0)
			return r;
		line_deinit(&old);
		memmove(ini->lines + line, ini->lines + line + 1, (ini->count - line - 1) * sizeof(*ini->lines));
		ini->count--;
		return 0;
	}
	/* After the last line of the section that is not blank, so that blank lines stay between sections. */
	for (size_t i = 0; i < ini->count; i++) {
		const char *text = ini->lines[i].text;

		if (strcmp(ini->lines[i].section, section) != 0 || text[strspn(text, " \t\r")] == '\0')
			continue;
		at = i + 1;
		found = true;
	}
	if (!found && *section) {
		r = line_add(ini, ini->count, section, NULL, NULL);
		if (r < 0)
			return r;
		at = ini->count;
	}
	return line_add(ini, at, section, key, value);
}

void ini_write(const struct ini *ini, struct buf *out)
{
	for (size_t i = 0; i < ini->count; i++) {
		buf_puts(out, ini->lines[i].text);
		buf_putc(out, '\n');
	}
}
