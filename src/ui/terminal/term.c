/* Curses, signals and the mapping of a theme's colours to the terminal's. Colours are never redefined: the palette
 * belongs to the user. */
#include "term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <wchar.h>

#include "clock.h"
#include "color.h"
#include "input.h"
#include "term_builtin.h"
#include "term_out.h"

#define PUT_BYTES 56 /* that curses writes for a character at most: with two direct colours */

struct term_look {
	bool valid;
	attr_t attr;
	int pair;
};

struct term {
	SCREEN *screen;
	struct term_out out;
	int signal_fd;
	sigset_t old_mask;
	bool masked;
	bool utf8;
	int colors; /* 0: none */
	bool use_color;
	const struct theme *theme;
	struct term_look looks[STYLE_COUNT][STYLE_COUNT];
	struct canvas shown; /* what the terminal shows */
	bool stale;          /* `shown` is not valid any more */
	bool blank;          /* … and neither is curses' own copy */
	size_t put;          /* bytes that curses may write at the next refresh */
	int cursor;          /* as curs_set */
	struct input input;
};

static void handled_signals(sigset_t *set)
{
	static const int list[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT};

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		sigaddset(set, list[i]);
}

static int open_signals(struct term *t, struct error *err)
{
	sigset_t set;

	handled_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, &t->old_mask) < 0)
		return error_set(err, -errno, "signals: %s", strerror(errno));
	t->masked = true;
	t->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return t->signal_fd < 0 ? error_set(err, -errno, "signals: %s", strerror(errno)) : 0;
}

static void adapt_size(struct term *t)
{
	struct winsize size;

	if (ioctl(t->out.fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
	term_out_lines(LINES);
	term_redraw(t);
}

static void set_up_screen(struct term *t)
{
	scrollok(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	/* A picture is complete: curses must not stop because keys have come (typeahead). */
	typeahead(-1);
	curs_set(0);
	if (has_colors() && start_color() == OK) {
		t->colors = COLORS;
		if (use_default_colors() == ERR)
			assume_default_colors(7, 0);
	}
}

/* What this terminal sends according to terminfo, where that differs from what input.c expects. */
static void name_keys(struct input *in)
{
	static const struct {
		const char *capability;
		uint32_t key;
	} table[] = {
	    {"kcuu1", K_UP},     {"kcud1", K_DOWN},      {"kcub1", K_LEFT},   {"kcuf1", K_RIGHT},
	    {"khome", K_HOME},   {"kend", K_END},        {"kpp", K_PAGE_UP},  {"knp", K_PAGE_DOWN},
	    {"kent", K_ENTER},   {"kcbt", K_SHIFT_TAB},  {"kdch1", K_DELETE}, {"kich1", K_INSERT},
	    {"kri", K_SHIFT_UP}, {"kind", K_SHIFT_DOWN}, {"kfnd", K_HOME},    {"kslt", K_END},
	};
	char name[8];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		input_name(in, table[i].key, term_out_capability(table[i].capability));
	for (unsigned f = 1; f <= K_LAST - K_FUNCTION; f++) {
		snprintf(name, sizeof(name), "kf%u", f);
		input_name(in, K_FUNCTION + f, term_out_capability(name));
	}
}

static void set_up_input(struct term *t)
{
	const char *mouse = term_out_capability("kmous");

	t->input.utf8 = t->utf8;
	t->input.x10_mouse = mouse && strcmp(mouse, "\033[M") == 0;
	name_keys(&t->input);
}

static int open_screen(struct term *t, struct error *err)
{
	const char *name = getenv("TERM"), *builtin;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(err, -ENOTTY, "no terminal on stdin and stdout: use --batch or --snapshot FILE");
	r = term_out_open(&t->out, err);
	if (r < 0)
		return r;
	t->screen = newterm(NULL, t->out.curses, stdin);
	if (!t->screen && (builtin = term_builtin(name))) {
		t->screen = newterm(builtin, t->out.curses, stdin);
		term_builtin_forget();
	}
	if (!t->screen)
		return error_set(err, -ENOTTY, "the terminal type '%s' is not known: set TERM", name ? name : "");
	/* Raw mode: ^C, ^Z and ^\ arrive as keys, and so can be bound. */
	raw();
	noecho();
	nonl();
	r = term_out_catch(&t->out, err);
	if (r < 0)
		return r;
	set_up_screen(t);
	set_up_input(t);
	term_out_ask_keys(&t->out);
	adapt_size(t);
	return 0;
}

int term_new(struct term **out, struct error *err)
{
	struct term *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return error_set(err, -ENOMEM, "out of memory");
	t->signal_fd = -1;
	t->stale = true;
	setlocale(LC_CTYPE, "");
	/* Numbers on the screen, in filters and in files have a decimal point, in any locale. */
	setlocale(LC_NUMERIC, "C");
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	t->out = TERM_OUT_NONE;
	/* Signals are blocked last: until then a fatal one kills us at once, with the terminal restored. */
	r = open_screen(t, err);
	if (r == 0)
		r = open_signals(t, err);
	if (r < 0) {
		term_free(t);
		return r;
	}
	*out = t;
	return 0;
}

void term_free(struct term *t)
{
	if (!t)
		return;
	term_out_put_right(&t->out);
	if (t->screen) {
		endwin();
		delscreen(t->screen);
	}
	term_out_close(&t->out);
	if (t->signal_fd >= 0)
		close(t->signal_fd);
	if (t->masked)
		sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
	canvas_deinit(&t->shown);
	free(t);
}

bool term_utf8(const struct term *t)
{
	return t->utf8;
}

bool term_has_colors(const struct term *t)
{
	return t->colors >= 8;
}

void term_size(const struct term *t, int *columns, int *lines)
{
	(void)t;
	*columns = COLS;
	*lines = LINES;
}

void term_set_theme(struct term *t, const struct theme *theme, bool color)
{
	t->theme = theme;
	t->use_color = color && term_has_colors(t);
	memset(t->looks, 0, sizeof(t->looks));
	/* Few terminals have pairs to spare: the previous theme's are freed. */
	if (has_colors())
		reset_color_pairs();
	t->stale = true;
}

void term_set_mouse(struct term *t, bool on)
{
	(void)t;
	mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

int term_fd(const struct term *t)
{
	(void)t;
	return STDIN_FILENO;
}

int term_signal_fd(const struct term *t)
{
	return t->signal_fd;
}

int term_out_fd(const struct term *t)
{
	return t->out.fd;
}

bool term_busy(struct term *t)
{
	return term_out_flush(&t->out);
}

/* Gives the terminal back and stops; whom: 0 for the whole foreground group. */
static void stop(struct term *t, pid_t whom)
{
	struct sigaction act = {.sa_handler = SIG_DFL}, old;
	sigset_t set;

	term_out_put_right(&t->out);
	endwin();
	term_out_collect(&t->out);
	buf_reset(&t->out.waiting, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaction(SIGTSTP, &act, &old);
	kill(whom, SIGTSTP);
	/* Stops here. */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTSTP, &old, NULL);
	term_out_take_again(&t->out);
	term_out_ask_keys(&t->out);
	adapt_size(t);
}

enum term_event term_event(struct term *t)
{
	struct signalfd_siginfo info;

	if (read(t->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return TERM_NOTHING;
	if (info.ssi_signo == SIGWINCH) {
		adapt_size(t);
		return TERM_RESIZED;
	}
	if (info.ssi_signo == SIGTSTP)
		stop(t, getpid());
	if (info.ssi_signo == SIGTSTP || info.ssi_signo == SIGCONT) {
		/* Another program may have changed the terminal's modes. */
		term_out_take_again(&t->out);
		term_redraw(t);
		return TERM_CONTINUED;
	}
	return TERM_QUIT;
}

/* -- keys --------------------------------------------------------------------------------------------------- */

bool term_key(struct term *t, uint32_t *key, struct mouse *m)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t room;
	void *to = input_room(&t->input, &room);
	ssize_t n = room && poll(&fd, 1, 0) > 0 && fd.revents & POLLIN ? read(STDIN_FILENO, to, room) : 0;
	uint64_t now = now_ns();

	/* Read first: the rest of a sequence may have come while we were busy. */
	if (n > 0)
		input_came(&t->input, (size_t)n, now);
	if (input_next(&t->input, now, key, m))
		return true;
	*key = K_NONE;
	return n > 0;
}

int term_wait_ms(const struct term *t)
{
	return input_wait_ms(&t->input, now_ns());
}

/* -- picture ------------------------------------------------------------------------------------------------ */

/* The terminal's number for a theme's colour; -1: its default. *bold selects the bright half of 8 colours. */
static int map_color(const struct term *t, int32_t color, bool *bold)
{
	if (color < 0)
		return -1;
	if (color >= COLOR_PALETTE) {
		int n = color - COLOR_PALETTE;

		if (n < 8 || (n < t->colors && t->colors <= 256))
			return n;
		if (n < 16 && t->colors < 16) {
			*bold = true;
			return n - 8;
		}
		color = color_of_palette((unsigned)n);
	}
	if (t->colors > 256) /* direct colour; numbers 0 … 7 are still the palette's */
		return color < 8 ? 0 : color;
	return (int)color_nearest(color, t->colors >= 256 ? 256 : t->colors >= 16 ? 16 : 8);
}

static attr_t curses_attr(uint32_t attr)
{
	attr_t a = A_NORMAL;

	a |= attr & CELL_BOLD ? A_BOLD : 0;
	a |= attr & CELL_DIM ? A_DIM : 0;
	a |= attr & CELL_UNDERLINE ? A_UNDERLINE : 0;
	a |= attr & CELL_REVERSE ? A_REVERSE : 0;
	a |= attr & CELL_ITALIC ? A_ITALIC : 0;
	return a;
}

/* With few colours a background may become the same as the screen's, or as its text: it is then shown reversed. */
static bool ground_is_lost(const struct term *t, const struct look *look, int fg, int bg)
{
	bool bold = false;
	int base = map_color(t, theme_look(t->theme, STYLE_TEXT, STYLE_TEXT).bg, &bold);

	if (look->bg == COLOR_DEFAULT)
		return false;
	return t->colors <= 16 && (bg == fg || bg == base || (bg == 0 && base == -1)) &&
	       theme_look(t->theme, STYLE_TEXT, STYLE_TEXT).bg != look->bg;
}

static const struct term_look *find_look(struct term *t, enum style style, enum style ground)
{
	struct term_look *l = &t->looks[style][ground];
	struct look look;
	bool bold = false;
	int fg, bg, pair;

	if (l->valid)
		return l;
	look = theme_look(t->theme, style, ground);
	l->valid = true;
	l->attr = curses_attr(look.attr);
	if (!t->use_color) {
		/* Without colours a theme would lose its backgrounds: they are shown reversed. */
		if (look.bg != COLOR_DEFAULT && ground != STYLE_TEXT && ground != STYLE_BAR && ground != STYLE_MENU)
			l->attr |= A_REVERSE;
		return l;
	}
	fg = map_color(t, look.fg, &bold);
	bg = map_color(t, look.bg, &(bool){false});
	if (ground_is_lost(t, &look, fg, bg)) {
		l->attr |= A_REVERSE;
		bg = -1;
		fg = fg == 0 ? -1 : fg;
	}
	if (fg == bg && fg >= 0)
		fg = bg == 0 || bg == 1 || bg == 4 ? 7 : 0;
	if (bold)
		l->attr |= A_BOLD;
	pair = alloc_pair(fg, bg);
	l->pair = pair > 0 ? pair : 0;
	return l;
}

static void put_glyph(struct term *t, int y, int x, const struct glyph *g)
{
	const struct term_look *l = find_look(t, g->style, g->ground);
	wchar_t text[3] = {(wchar_t)g->ch, (wchar_t)g->mark, 0};
	int pair = l->pair;
	cchar_t c;

	/* If the C library disagrees about a character's width, replace it, or the line would be broken. */
	if (g->ch >= 0x80 && wcwidth((wchar_t)g->ch) != g->width)
		text[0] = '?', text[1] = 0;
	if (text[1] && wcwidth(text[1]) != 0)
		text[1] = 0;
	if (setcchar(&c, text, l->attr, (short)(pair & 0x7fff), &pair) == ERR)
		return;
	mvadd_wch(y, x, &c);
	if (g->width == 2 && text[0] == '?')
		mvadd_wch(y, x + 1, &c);
}

static void show_put(struct term *t)
{
	refresh();
	term_out_collect(&t->out);
	t->put = 0;
}

/* Is the line the same as shown? With wide characters a line is sent as a whole. */
static void show_line(struct term *t, const struct canvas *c, int y)
{
	const struct glyph *now = &c->glyphs[(size_t)y * (size_t)c->columns];
	const struct glyph *old = &t->shown.glyphs[(size_t)y * (size_t)c->columns];
	size_t bytes = (size_t)c->columns * sizeof(*now);
	bool whole = t->stale;

	if (!whole && memcmp(now, old, bytes) == 0)
		return;
	/* Refresh between lines if possible: for half a line curses writes more than needed. */
	if (t->put && t->put + (size_t)c->columns * PUT_BYTES > t->out.room)
		show_put(t);
	for (int x = 0; x < c->columns && !whole; x++)
		whole = now[x].width != 1 || old[x].width != 1;
	for (int x = 0; x < c->columns; x++) {
		if (!now[x].width || (!whole && memcmp(&now[x], &old[x], sizeof(*now)) == 0))
			continue;
		put_glyph(t, y, x, &now[x]);
		t->put += PUT_BYTES;
		if (t->put + PUT_BYTES > t->out.room)
			show_put(t);
	}
	memcpy((void *)old, now, bytes);
}

/* Curses clears the terminal when the picture is empty: sending everything at once might not fit. */
static void show_blank(struct term *t)
{
	if (!t->blank)
		return;
	t->blank = false;
	erase();
	clearok(stdscr, TRUE);
	show_put(t);
}

void term_show(struct term *t, const struct canvas *c)
{
	if (canvas_resize(&t->shown, c->columns, c->lines) < 0)
		return;
	show_blank(t);
	for (int y = 0; y < c->lines; y++)
		show_line(t, c, y);
	t->stale = false;
	if (t->cursor != (c->cursor_x >= 0)) {
		t->cursor = c->cursor_x >= 0;
		curs_set(t->cursor);
	}
	if (c->cursor_x >= 0)
		move(c->cursor_y, c->cursor_x);
	show_put(t);
	term_out_flush(&t->out);
}

void term_redraw(struct term *t)
{
	t->stale = t->blank = true;
}

void term_suspend(struct term *t)
{
	/* As if the terminal had sent it: sudo beside us must stop as well. */
	stop(t, 0);
}
