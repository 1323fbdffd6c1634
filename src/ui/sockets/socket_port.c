/* The connections of a listener's port: how many in which state, and who waits in its queues. */
#include <math.h>
#include <netinet/in.h>
#include <string.h>

#include "devices.h"
#include "flow.h"
#include "idmap.h"
#include "listeners.h"
#include "socket.h"
#include "socket_text.h"
#include "text.h"
#include "units.h"

enum group { OPENING, WAITING, ESTABLISHED, CLOSING, OVER, GROUPS };

static enum group group_of(const struct record_socket *s)
{
	switch (s->state) {
	case STATE_SYN_RECV:
	case STATE_NEW_SYN_RECV: return OPENING;
	case STATE_ESTABLISHED: return s->flags & SOCKET_NO_FILE && !(s->flags & SOCKET_KERNEL) ? WAITING : ESTABLISHED;
	case STATE_TIME_WAIT: return OVER;
	default: return CLOSING;
	}
}

/* Is its local address one that the listener has? */
static bool same_address(const struct record_socket *listener, const struct record_socket *s)
{
	static const u8 any[16];
	size_t size = listener->family == 6 ? 16 : 4;

	if (memcmp(listener->laddr, any, size) == 0)
		return listener->family == 6 || s->family == 4;
	return listener->family == s->family && memcmp(listener->laddr, s->laddr, size) == 0;
}

static bool is_of(const struct row *listener, const struct row *r)
{
	/* Of most rows only the port is read: each field may lie in a cache line of its own. */
	return r->s.lport == listener->s.lport && r->live && !r->closed && r->s.proto == IPPROTO_TCP &&
	       r->s.state != STATE_LISTEN && r->s.netns == listener->s.netns && r->host == listener->host &&
	       r->s.dir != DIR_OUT && same_address(&listener->s, &r->s);
}

static void gather(const struct model *m, const struct row *listener, struct port *port)
{
	*port = (struct port){.generation = model_generation(m)};
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);
		enum group g;

		if (!is_of(listener, r))
			continue;
		g = group_of(&r->s);
		if (g < PORT_QUEUES && port->counts[g] < PORT_SHOWN)
			port->ids[g][port->counts[g]] = r->s.id;
		port->counts[g]++;
	}
}

static void draw_queue(const struct app *app, const struct port *port, enum group g, const char *title, struct flow *f)
{
	flow_title(f, title);
	for (u32 i = 0; i < MIN(port->counts[g], (u32)PORT_SHOWN); i++) {
		u32 index = model_find(app->model, port->ids[g][i]);
		char text[120] = "", age[64] = "";

		if (index == IDMAP_NONE)
			continue;
		socket_value(app, model_row(app->model, index), "remote", text, sizeof(text));
		socket_value(app, model_row(app->model, index), "age_us", age, sizeof(age));
		if (*age)
			text_join(text, sizeof(text), " ", "for %s", age);
		flow_field(f, NULL, STYLE_TEXT, text);
	}
	if (port->counts[g] > PORT_SHOWN)
		flow_printf(f, NULL, "and %u more", port->counts[g] - PORT_SHOWN);
}

/* How long the accept queue was for each handshake that was completed. */
static void draw_lengths(const struct app *app, const struct row *r, struct flow *f)
{
	const struct listener *l = model_listener(app->model, r);
	u64 all = l ? MAX(listener_handshakes(&l->r), 1) : 1;
	char label[LISTENER_LENGTH_MAX], n[UNITS_MAX];

	flow_title(f, "handshakes by the accept queue that they met");
	for (unsigned b = 0; l && b < LISTENER_LENGTHS; b++) {
		if (!l->r.found[b])
			continue;
		units_grouped(n, l->r.found[b]);
		flow_printf(f, listener_length(b, " to ", label), "%s (%.1f%%)", n,
			    100 * (double)l->r.found[b] / (double)all);
	}
}

/* What the kernel counts for all listeners of a namespace together. */
static void draw_namespace(const struct app *app, const struct row *r, struct flow *f)
{
	static const char *const names[] = {"TcpExtListenOverflows", "TcpExtListenDrops", "TcpExtSyncookiesSent",
					    "TcpExtTCPReqQFullDoCookies", "TcpExtTCPReqQFullDrop"};

	const struct stack *stack = model_stack(app->model, r->s.netns);

	flow_title(f, "all listeners of the network namespace");
	for (size_t i = 0; stack && i < ARRAY_SIZE(names); i++) {
		const struct counter *c = stack_counter(app->model, stack, names[i]);
		double rate = c ? of_stack_rate(&c->of, c->r.value, c->before.value) : NAN;
		char n[UNITS_MAX];

		if (!c)
			continue;
		units_grouped(n, c->r.value);
		if (rate > 0)
			flow_printf(f, names[i] + strlen("TcpExt"), "%s (%.1f/s)", n, rate);
		else
			flow_field(f, names[i] + strlen("TcpExt"), STYLE_TEXT, n);
	}
}

int socket_draw_port(const struct app *app, const struct row *r, struct port *port, const struct pane *p, int y)
{
	static const char *const names[GROUPS] = {[OPENING] = "opening",
						  [WAITING] = "to be accepted",
						  [ESTABLISHED] = "established",
						  [CLOSING] = "closing",
						  [OVER] = "TIME-WAIT"};
	struct flow f = flow_of(p, y);

	if (r->s.state != STATE_LISTEN || r->closed)
		return y;
	/* A look at all rows, once a tick. */
	if (port->generation != model_generation(app->model))
		gather(app->model, r, port);
	flow_title(&f, "connections");
	for (unsigned g = 0; g < GROUPS; g++) {
		char n[UNITS_MAX] = "";

		if (port->counts[g])
			units_grouped(n, port->counts[g]);
		flow_field(&f, names[g], STYLE_TEXT, n);
	}
	draw_queue(app, port, WAITING, "waiting for accept()", &f);
	draw_queue(app, port, OPENING, "SYN queue", &f);
	draw_lengths(app, r, &f);
	draw_namespace(app, r, &f);
	return flow_end(&f);
}
