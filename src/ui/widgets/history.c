/* Reads and writes the histories of prompts. */
#include "history.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define FILE_MAX (4U << 20) /* more than PROMPT_HISTORY lines of PROMPT_MAX bytes for each kind */
#define COMMENT "# what was typed at skbtop's prompts"

/* "kind text"; ignored if it is neither. */
static void read_line(const char *line, size_t len, const struct history_file *files, size_t count)
{
	char text[PROMPT_MAX + 1];

	for (size_t i = 0; i < count; i++) {
		size_t kind = strlen(files[i].kind);

		if (len <= kind + 1 || memcmp(line, files[i].kind, kind) != 0 || line[kind] != ' ')
			continue;
		text_clean(text, sizeof(text), line + kind + 1, len - kind - 1);
		prompt_history_add(files[i].lines, text);
		return;
	}
}

static int read_file(const char *path, const struct history_file *files, size_t count, struct error *err)
{
	cleanup_buf struct buf text = {};
	const char *at, *end;
	int r;

	if (access(path, F_OK) < 0)
		return 0;
	r = file_read(path, FILE_MAX, &text, err);
	if (r < 0)
		return r;
	at = (const char *)buf_at(&text);
	end = at + buf_len(&text);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;

		read_line(at, (size_t)(stop - at), files, count);
		at = newline ? newline + 1 : end;
	}
	return 0;
}

void history_load(const char *path, const struct history_file *files, size_t count, struct notes *notes)
{
	struct error err = {};

	if (path && read_file(path, files, count, &err) < 0)
		notes_add(notes, "%s", err.text);
	for (size_t i = 0; i < count; i++)
		files[i].lines->fresh = 0;
}

/* The current contents of the file, followed by our new lines. */
static int merge(const char *path, const struct history_file *files, size_t count, struct prompt_history *merged,
		 struct error *err)
{
	struct history_file to[HISTORY_FILES_MAX];
	int r;

	for (size_t i = 0; i < count; i++)
		to[i] = (struct history_file){files[i].kind, &merged[i]};
	r = read_file(path, to, count, err);
	for (size_t i = 0; r == 0 && i < count; i++)
		for (size_t k = files[i].lines->count - files[i].lines->fresh; k < files[i].lines->count; k++)
			prompt_history_add(&merged[i], files[i].lines->lines[k]);
	return r;
}

int history_store(const char *path, const struct history_file *files, size_t count, struct error *err)
{
	struct prompt_history merged[HISTORY_FILES_MAX] = {};
	cleanup_buf struct buf out = {};
	size_t fresh = 0;
	int r;

	for (size_t i = 0; i < count; i++)
		fresh += files[i].lines->fresh;
	if (!fresh)
		return 0;
	if (!path)
		return error_set(err, -ENOENT, "no home folder for the history: not saved");
	r = merge(path, files, count, merged, err);
	buf_puts(&out, COMMENT "\n");
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < merged[i].count; k++)
			buf_printf(&out, "%s %s\n", files[i].kind, merged[i].lines[k]);
	for (size_t i = 0; i < count; i++)
		prompt_history_deinit(&merged[i]);
	if (r == 0 && out.failed)
		r = error_set(err, -ENOMEM, "out of memory");
	return r < 0 ? r : file_write_atomic(path, buf_at(&out), buf_len(&out), err);
}
