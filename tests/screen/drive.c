/* A screen for another program to use: drive COLSxROWS PROGRAM [ARGS]. Commands on stdin, a line each:
 *   keys KEYS    types them (script.h)
 *   look MS      waits for output, at most so long, and prints the screen, all of its lines
 * It types q when stdin closes, and ends with the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "term.h"

static int type(struct term *t, const char *text)
{
	struct buf bytes cleanup_buf = {};
	int r = script_keys(text, &bytes);

	return r < 0 ? r : term_send(t, buf_at(&bytes), buf_len(&bytes));
}

static int look(struct term *t, int ms)
{
	int r = term_pump(t, ms);

	if (r < 0)
		return r;
	for (int y = 0;; y++) {
		struct buf line cleanup_buf = {};

		if (!term_line(t, y, &line))
			break;
		printf("%.*s\n", (int)buf_len(&line), (const char *)buf_at(&line));
	}
	return 0;
}

static int serve(struct term *t)
{
	char line[256];
	int r = 0;

	while (r >= 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "keys ", 5) == 0)
			r = type(t, line + 5);
		else if (strncmp(line, "look ", 5) == 0)
			r = look(t, atoi(line + 5));
		else
			r = -1;
		fflush(stdout);
	}
	return r;
}

int main(int argc, char **argv)
{
	extern char **environ;
	struct term_options o = {.argv = argv + 2, .env = environ};
	struct error err = {};
	struct term *t = NULL;
	int r, status = 0;

	if (argc < 3 || sscanf(argv[1], "%dx%d", &o.columns, &o.lines) != 2) {
		fprintf(stderr, "usage: drive COLSxROWS PROGRAM [ARGS]\n");
		return 2;
	}
	if (term_start(&t, &o, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	r = serve(t);
	if (r >= 0 && term_send(t, "q", 1) == 0)
		r = term_wait_exit(t, &status);
	term_free(t);
	return r < 0 || status;
}
