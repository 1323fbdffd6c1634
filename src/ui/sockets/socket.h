/* One socket in words, for the views that are about one: what holds it back, its history, its fields, grouped. */
#pragma once

#include "app.h"

/* The other end of a connection; NULL, and said so: it is not on this machine. */
const struct row *socket_find_peer(struct app *app, const struct row *r);
/* What holds it back, in a sentence with its share of the last ticks; how it ended. Returns the style that it deserves.
 */
enum style socket_verdict(const struct app *app, const struct row *r, char *text, size_t size);

/* -- parts of its page: drawn from line y on, which may be outside the pane; they return the line after them --------
 */

/* The states in the order in which they were entered, with the time spent in each: a line, or none. */
int socket_draw_states(const struct app *app, const struct row *r, const struct pane *p, int y);
/* The newest events that are charged to it. */
int socket_draw_losses(const struct app *app, const struct row *r, const struct pane *p, int y);
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
