/* What is wrong, above the list that is on the screen: the worst findings, a line each. */
#pragma once

#include "action.h"
#include "canvas.h"

struct app;
struct finding;

#define BANNER_LINES 3

struct banner {
	bool folded;  /* to a line that counts them */
	size_t focus; /* the line on which the cursor is, from 1; 0: it is in the list */
	u64 id;       /* of the finding there: the cursor stays on it */
};

/* Of its sentence. */
enum style finding_style(const struct finding *of);
/* How many lines it takes of a screen with so many; 0 where nothing is wrong, or where there is no room. */
int banner_lines(const struct app *app, int screen_lines);
void banner_draw(struct app *app, const struct pane *p);
/* `!` moves the cursor to the next of its lines, and while it is there Enter and Esc are the banner's. false: the
 * action is not. */
bool banner_action(struct app *app, enum action a);
/* A click on its line, from 0. */
void banner_click(struct app *app, int line);
