/* One socket in words, for the views that are about one: what holds it back, its history, its fields, grouped. */
#pragma once

#include "app.h"
#include "lives.h"

/* The other end of a connection; NULL, and said so: it is not on this machine. */
const struct row *socket_find_peer(struct app *app, const struct row *r);
/* What holds it back, in a sentence with its share of the last ticks; how it ended. Returns the style that it deserves.
 */
enum style socket_verdict(const struct app *app, const struct row *r, char *text, size_t size);

#define STORY_MAX 32
#define STORY_TEXT 280

/* What happened to a socket, in the order of time, as it was told up to a tick. */
struct story {
	u32 count, left_out; /* older ones */
	struct story_line {
		u64 ns; /* CLOCK_MONOTONIC */
		enum style style;
		char text[STORY_TEXT];
	} lines[STORY_MAX];
};

/* Looks through losses, findings and the black box. end: its end, if that is kept, or NULL. */
void socket_tell(const struct app *app, const struct row *r, const struct life *end, struct story *s);

/* -- parts of its page: drawn from line y on, which may be outside the pane; they return the line after them --------
 */

/* What happened to it, the newest last: as much as is still known. */
int socket_draw_story(const struct app *app, const struct story *s, const struct pane *p, int y);
/* A line for each direction that had packets, while the layers are on. */
int socket_draw_layers(const struct app *app, const struct row *r, const struct pane *p, int y);
/* All sections that apply to it, and of them what is known. */
int socket_draw_fields(const struct app *app, const struct row *r, const struct pane *p, int y);

#define PORT_QUEUES 2 /* those that are listed: of handshakes, and of connections to be accepted */
#define PORT_SHOWN 12

/* The connections of a listener's port, as they were in one tick. */
struct port {
	u64 generation; /* 0: none yet */
	u32 counts[5];
	u64 ids[PORT_QUEUES][PORT_SHOWN];
};

int socket_draw_port(const struct app *app, const struct row *r, struct port *port, const struct pane *p, int y);
