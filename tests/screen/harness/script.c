/* Reads a script and does what it says, one command after the other. */
#include "script.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "file.h"
#include "golden.h"
#include "home.h"
#include "term.h"

#define WORDS_MAX 48
#define QUIET_MS 60 /* longer than ESCDELAY: a lone Esc has been taken as one */
#define TRIES 100   /* silences in which a screen has to become its golden */

struct run {
	const struct script_options *o;
	struct term *t;
	struct home home;
	int columns, lines;
	char *args[WORDS_MAX]; /* owned */
	size_t arg_count;
	uint64_t still_bytes;
	bool ended;
	FILE *script;
	int line;
};

typedef int (*command_fn)(struct run *r, char *rest, struct error *err);

static int parse_size(const char *text, int *columns, int *lines, struct error *err)
{
	if (sscanf(text, "%dx%d", columns, lines) != 2 || *columns < 1 || *lines < 1)
		return error_set(err, -EINVAL, "not a size: %s", text);
	return 0;
}

static int waited(const struct run *r, int code, const char *what, struct error *err)
{
	struct buf screen cleanup_buf = {};

	if (code >= 0)
		return 0;
	term_print(r->t, &screen);
	fprintf(stderr, "the screen at the time:\n%.*s", (int)buf_len(&screen), (const char *)buf_at(&screen));
	return error_set(err, code, "%s: %s", what, code == -EPIPE ? "the program ended" : strerror(-code));
}

static int do_size(struct run *r, char *rest, struct error *err)
{
	return parse_size(rest, &r->columns, &r->lines, err);
}

static int do_env(struct run *r, char *rest, struct error *err)
{
	return home_setenv(&r->home, rest) < 0 ? error_set(err, -EINVAL, "not NAME=VALUE, or too many: %s", rest) : 0;
}

static int do_unset(struct run *r, char *rest, struct error *err)
{
	(void)err;
	home_unsetenv(&r->home, rest);
	return 0;
}

/* Words divided by blanks; "…" keeps blanks together. */
static int do_args(struct run *r, char *rest, struct error *err)
{
	while (*rest) {
		const char *until = *rest == '"' ? "\"" : " ";
		size_t len;

		rest += *rest == '"';
		len = strcspn(rest, until);
		if (r->arg_count == WORDS_MAX)
			return error_set(err, -E2BIG, "too many arguments");
		r->args[r->arg_count++] = strndup(rest, len);
		rest += len + (rest[len] == '"');
		rest += strspn(rest, " ");
	}
	return 0;
}

static int do_home(struct run *r, char *rest, struct error *err)
{
	struct buf text cleanup_buf = {};
	char line[1024];

	while (fgets(line, sizeof(line), r->script) && strcmp(line, "end\n") != 0) {
		r->line++;
		buf_puts(&text, line);
	}
	r->line++;
	return home_write(&r->home, rest, &text, err);
}

static int do_start(struct run *r, char *rest, struct error *err)
{
	char *argv[WORDS_MAX + 8] = {(char *)r->o->program};
	size_t n = 1;

	(void)rest;
	if (r->o->replay) {
		argv[n++] = (char *)"--replay";
		argv[n++] = (char *)r->o->replay;
		argv[n++] = (char *)"--speed";
		argv[n++] = (char *)"0";
	}
	for (size_t i = 0; i < r->arg_count; i++)
		argv[n++] = r->args[i];
	return term_start(
	    &r->t,
	    &(struct term_options){
		.columns = r->columns, .lines = r->lines, .argv = argv, .env = r->home.env, .folder = r->home.path},
	    err);
}

static int do_wait(struct run *r, char *rest, struct error *err)
{
	return waited(r, term_wait_text(r->t, rest, true), rest, err);
}

static int do_gone(struct run *r, char *rest, struct error *err)
{
	return waited(r, term_wait_text(r->t, rest, false), rest, err);
}

static int do_keys(struct run *r, char *rest, struct error *err)
{
	struct buf bytes cleanup_buf = {};

	if (script_keys(rest, &bytes) < 0)
		return error_set(err, -EINVAL, "no such key: %s", rest);
	return waited(r, term_send(r->t, buf_at(&bytes), buf_len(&bytes)), "typing", err);
}

static int do_idle(struct run *r, char *rest, struct error *err)
{
	(void)rest;
	return waited(r, term_wait_idle(r->t, QUIET_MS), "idle", err);
}

static int do_resize(struct run *r, char *rest, struct error *err)
{
	int e = parse_size(rest, &r->columns, &r->lines, err);

	return e < 0 ? e : waited(r, term_resize(r->t, r->columns, r->lines), "resize", err);
}

/* The home's name differs from run to run: its last letters are made X. */
static void hide_home(const struct run *r, struct buf *text)
{
	size_t len = strlen(r->home.path);
	char *at;

	buf_putc(text, '\0');
	if (text->failed)
		return;
	for (at = (char *)buf_at(text); (at = strstr(at, r->home.path)); at += len)
		memset(at + len - HOME_RANDOM, 'X', HOME_RANDOM);
	text->end--;
}

/* Waits until the screen is like the golden, because a program that waits for a processor is quiet, too. After TRIES
 * such silences the screen is compared as it is. */
static int compare(struct run *r, const char *name, void (*print)(const struct term *t, struct buf *text),
		   struct error *err)
{
	struct buf text cleanup_buf = {};

	for (int i = 0; i < TRIES; i++) {
		int e = waited(r, term_wait_idle(r->t, QUIET_MS), "idle", err);

		if (e < 0)
			return e;
		buf_reset(&text, 0);
		print(r->t, &text);
		hide_home(r, &text);
		if (golden_is(r->o->goldens, name, &text))
			break;
	}
	return golden_check(r->o->goldens, name, &text, err);
}

static int do_golden(struct run *r, char *rest, struct error *err)
{
	return compare(r, rest, term_print, err);
}

static int do_styles(struct run *r, char *rest, struct error *err)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.styles", rest);
	return compare(r, name, term_print_styles, err);
}

static int do_still(struct run *r, char *rest, struct error *err)
{
	int e = do_idle(r, rest, err);

	r->still_bytes = term_bytes(r->t);
	return e;
}

static int do_most(struct run *r, char *rest, struct error *err)
{
	int e = do_idle(r, rest, err);
	uint64_t sent = term_bytes(r->t) - r->still_bytes;

	if (e == 0 && sent > strtoull(rest, NULL, 10))
		return error_set(err, -EBADMSG, "%llu bytes were sent to the terminal, at most %s expected",
				 (unsigned long long)sent, rest);
	return e;
}

struct expected_file {
	struct home *home;
	const char *path, *text;
};

static bool file_is_there(void *context)
{
	struct expected_file *f = context;
	struct error err;

	return home_check(f->home, f->path, f->text, &err) == 0;
}

static int do_file(struct run *r, char *rest, struct error *err)
{
	char *text = strchr(rest, ' ');

	if (!text)
		return error_set(err, -EINVAL, "file PATH TEXT");
	*text++ = '\0';
	(void)!term_wait(r->t, file_is_there, &(struct expected_file){&r->home, rest, text});
	return home_check(&r->home, rest, text, err);
}

static int do_exit(struct run *r, char *rest, struct error *err)
{
	int status = 0, e = term_wait_exit(r->t, &status), want = atoi(rest);

	if (e < 0)
		return waited(r, e, "exit", err);
	r->ended = true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == want)
		return 0;
	(void)waited(r, -EPIPE, "exit", err);
	return WIFSIGNALED(status) ? error_set(err, -EBADMSG, "killed by signal %d", WTERMSIG(status))
				   : error_set(err, -EBADMSG, "exit status %d, not %d", WEXITSTATUS(status), want);
}

static const struct {
	const char *name;
	command_fn run;
	bool before; /* the start */
} commands[] = {
    {"size", do_size, true}, {"env", do_env, true},     {"unset", do_unset, true}, {"args", do_args, true},
    {"home", do_home, true}, {"start", do_start, true}, {"wait", do_wait},         {"gone", do_gone},
    {"keys", do_keys},       {"idle", do_idle},         {"resize", do_resize},     {"golden", do_golden},
    {"styles", do_styles},   {"still", do_still},       {"most", do_most},         {"file", do_file},
    {"exit", do_exit},
};

static int run_line(struct run *r, char *line, struct error *err)
{
	size_t len;
	char *rest;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return 0;
	len = strcspn(line, " ");
	rest = line + len + (line[len] == ' ');
	line[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, line) != 0)
			continue;
		if (commands[i].before == (r->t != NULL))
			return error_set(err, -EINVAL, "%s belongs %s the start", line, r->t ? "before" : "after");
		return commands[i].run(r, rest, err);
	}
	return error_set(err, -EINVAL, "no command %s", line);
}

static int run_lines(struct run *r, struct error *err)
{
	char line[1024], quit[] = "q", zero[] = "0";
	int e = 0;

	while (e == 0 && fgets(line, sizeof(line), r->script)) {
		r->line++;
		e = run_line(r, line, err);
	}
	if (e == 0 && r->t && !r->ended) {
		e = do_keys(r, quit, err);
		e = e < 0 ? e : do_exit(r, zero, err);
	}
	return e;
}

int script_run(const struct script_options *o, struct error *err)
{
	struct run r = {.o = o, .columns = 80, .lines = 24};
	struct error why = {};
	int e = home_init(&r.home, err);

	if (e < 0)
		return e;
	r.script = fopen(o->script, "re");
	e = r.script ? run_lines(&r, &why) : error_set(&why, -errno, "%s", strerror(errno));
	if (r.script)
		fclose(r.script);
	term_free(r.t);
	home_deinit(&r.home);
	for (size_t i = 0; i < r.arg_count; i++)
		free(r.args[i]);
	return e < 0 ? error_set(err, e, "%s:%d: %s", o->script, r.line, why.text) : 0;
}
