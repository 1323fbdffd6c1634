/* Reads and writes conversations as text. */
#include "conversation_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "file.h"

#define FILE_MAX (1U << 20)

static void fail(const struct conversation_file *f, const char *what)
{
	fprintf(stderr, "%s: %s\n", f->path, what);
	abort();
}

static bool find(struct conversation_file *f, const char *folder, unsigned wanted)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, NULL, alphasort);
	unsigned seen = 0;
	bool found = false;

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' && seen++ == wanted) {
			snprintf(f->path, sizeof(f->path), "%s/%s", folder, entries[i]->d_name);
			found = true;
		}
		free(entries[i]);
	}
	free(entries);
	return found;
}

static void put_escaped(struct buf *b, const char *p, const char *end)
{
	static const char letters[] = "r\rn\nt\t\\\\";

	for (; p < end; p++) {
		const char *at = *p == '\\' && p + 1 < end ? strchr(letters, p[1]) : NULL;
		unsigned byte;

		if (*p != '\\') {
			buf_putc(b, *p);
		} else if (at) {
			buf_putc(b, at[1]);
			p++;
		} else if (sscanf(p, "\\x%2x", &byte) == 1) {
			buf_putc(b, (char)byte);
			p += 3;
		}
	}
}

static void add(struct conversation_file *f, const char *line, const char *end)
{
	const char *blank = memchr(line, ' ', (size_t)(end - line));
	struct said *s;

	if (!blank || array_append(&f->said, &f->cap, f->count, sizeof(*f->said)) < 0)
		fail(f, "a line without a blank");
	s = &f->said[f->count++];
	*s = (struct said){.answer = *line == '<'};
	for (const char *mark = line + 1; mark < blank; mark++) {
		s->cut |= *mark == '+';
		if (*mark == '?')
			s->missed = PIECE_UNKNOWN;
		else if (*mark >= '0' && *mark <= '9')
			s->missed = s->missed * 10 + (u32)(*mark - '0');
		f->flags |= *mark == 'u' ? CONVERSATION_DATAGRAMS : *mark == 'o' ? CONVERSATION_OLDER : 0;
	}
	put_escaped(&s->bytes, blank + 1, end);
}

bool conversation_file_read(struct conversation_file *f, const char *folder, unsigned i)
{
	struct error err = {};
	const char *line, *end;

	*f = (struct conversation_file){};
	if (!find(f, folder, i))
		return false;
	if (file_read(f->path, FILE_MAX, &f->text, &err) < 0)
		fail(f, err.text);
	buf_putc(&f->text, '\0');
	for (line = (const char *)buf_at(&f->text); *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			fail(f, "its last line has no end");
		if (*line == '>' || *line == '<')
			add(f, line, end);
		else if (strncmp(line, "  ", 2) == 0 && f->count)
			put_escaped(&f->said[f->count - 1].bytes, line + 2, end);
		else if (sscanf(line, "protocol %63[^\n]", f->protocol) != 1 && !strchr("#=s", *line))
			fail(f, "a line that is none");
	}
	return true;
}

void conversation_file_deinit(struct conversation_file *f)
{
	for (u32 i = 0; i < f->count; i++)
		buf_deinit(&f->said[i].bytes);
	free(f->said);
	buf_deinit(&f->text);
}

void conversation_write_call(const struct call *call, struct buf *text)
{
	buf_puts(text, "=");
	if (call->has_id)
		buf_printf(text, " [%llu]", (unsigned long long)call->id);
	if (call->name[0])
		buf_printf(text, " %s | %s%s%s", call->name, call->shown, call->host[0] ? " | " : "", call->host);
	if (call->status[0])
		buf_printf(text, " %s", call->status);
	buf_puts(text, call->refused ? " !refused" : call->error ? " !error" : "");
	buf_puts(text, call->unanswered ? " (unanswered)" : "");
	buf_puts(text, call->again ? " (again)" : "");
}

static void write_line(void *context, const struct call *call)
{
	conversation_write_call(call, context);
	buf_putc(context, '\n');
}

void conversation_file_told(const struct conversation_file *f, struct buf *text)
{
	cleanup_buf struct buf body = {};
	struct call_sink sink = {write_line, &body};
	struct conversation *c = conversation_new(f->flags);
	const char *line, *end;
	u32 i = 0;

	if (!c)
		abort();
	/* What is told stands behind the bytes, of which lines can follow. */
	for (line = (const char *)buf_at(&f->text); *line; line = end + 1) {
		end = strchr(line, '\n');
		if (*line == '#')
			buf_put(text, line, (size_t)(end + 1 - line));
		if (!strchr("#=ps", *line))
			buf_put(&body, line, (size_t)(end + 1 - line));
		if (i < f->count && (*line == '>' || *line == '<' || *line == ' ') && strncmp(end + 1, "  ", 2) != 0) {
			const struct said *s = &f->said[i++];
			struct piece p = {buf_at(&s->bytes), (u32)buf_len(&s->bytes), s->missed, s->cut};

			(s->answer ? conversation_answer : conversation_request)(c, &p, &sink);
		}
	}
	buf_printf(text, "protocol %s%s\n", conversation_word(c),
		   conversation_protocol(c) && !conversation_sure(c) ? "?" : "");
	if (conversation_subject(c)[0])
		buf_printf(text, "subject %s\n", conversation_subject(c));
	buf_put(text, buf_at(&body), buf_len(&body));
	conversation_free(c);
}
