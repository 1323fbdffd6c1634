/* The view of one packet: every stamp with the times between, the devices, the decoded headers, and the bytes. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "app.h"
#include "packet_decode.h"
#include "packets.h"
#include "page.h"
#include "text.h"
#include "units.h"
#include "view_packets.h"
#include "wall.h"

#define NAME_WIDTH 22
#define HEX_COLUMNS 16

struct packet_view {
	struct page_view page;
	struct packet packet; /* a copy: it stays when the store drops the packet */
};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	const struct packets *store = model_packets(app->model);
	u32 slot = packets_slot(store, arg);
	struct packet_view *s;

	if (slot == IDMAP_NONE)
		return error_set(err, -ENOENT, "this packet is not kept any more");
	s = calloc(1, sizeof(*s));
	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->page.view.app = app;
	s->packet = *packets_in_slot(store, slot);
	*v = &s->page.view;
	return 0;
}

/* -- the page, line by line ---------------------------------------------------------------------------------- */

struct page {
	const struct packet_view *s;
	const struct pane *p;
	int y;
	char section[32]; /* whose fields are being drawn */
};

static void title(struct page *g, const char *text)
{
	g->y++;
	pane_put(g->p, g->y++, 1, -1, STYLE_TITLE, text);
}

static void field(struct page *g, const char *name, enum style style, const char *value)
{
	int width = g->p->w >= 60 ? NAME_WIDTH : 12;

	if (!*value)
		return;
	pane_cell(g->p, g->y, 2, width, false, STYLE_LABEL, name);
	pane_cell(g->p, g->y++, 3 + width, MAX(g->p->w - width - 3, 1), false, style, value);
}

static void field_printf(struct page *g, const char *name, const char *fmt, ...) printf_like(3, 4);

static void field_printf(struct page *g, const char *name, const char *fmt, ...)
{
	char text[PACKET_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	field(g, name, STYLE_TEXT, text);
}

static void draw_identity(struct page *g)
{
	static const enum style severities[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	const struct packet *p = &g->s->packet;
	const struct model *m = g->s->page.view.app->model;
	char text[PACKET_TEXT], owner[PACKET_TEXT];
	int x = 1;

	packet_owner_text(m, &p->r, owner, sizeof(owner));
	packet_ends_text(&p->r, false, text, sizeof(text));
	x += pane_printf(g->p, g->y, x, STYLE_TITLE, "%s  packet %" PRIu64, packet_is_tx(&p->r) ? "sent" : "received",
			 p->r.number) +
	     2;
	x += pane_put(g->p, g->y, x, -1, STYLE_TEXT, owner) + (*owner ? 2 : 0);
	if (x + 4 + (int)text_width(text) > g->p->w) {
		g->y++;
		x = 1;
	}
	pane_printf(g->p, g->y++, x, STYLE_TEXT, "%s %s", proto_name(p->r.proto), text);
	if (packet_note(m, p, text, sizeof(text)))
		pane_cell(g->p, g->y++, 1, MAX(g->p->w - 2, 1), false, severities[packet_severity(p)], text);
}

/* "+1.2us    mac     CPU 1". after: what stands before the CPU; cpu: as in the record. */
static void time_field(struct page *g, const char *name, u64 ns, const char *after, u16 cpu)
{
	char n[UNITS_MAX], at[16] = "";

	units_nsec(n, ns);
	if (cpu)
		snprintf(at, sizeof(at), "  CPU %u", cpu - 1U);
	field_printf(g, name, "+%-8s %s%s", n, after, at);
}

/* Times within the part that follows a stage: since that stage, and as part of it. */
static void draw_within(struct page *g, unsigned stage)
{
	const struct record_packet *r = &g->s->packet.r;
	char then[64], to[UNITS_MAX];
	u64 ns;

	if (!packet_is_tx(r) && stage == STAGE_RX_DEVICE && packet_gro(r, &ns)) {
		time_field(g, "handed on by GRO", ns, "gro, part of mac", r->gro_cpu);
	} else if (packet_is_tx(r) && stage == STAGE_TX_QUEUE && packet_direct(r, &ns)) {
		units_nsec(to, ns);
		snprintf(then, sizeof(then), "then direct %s, part of qdisc", to);
		time_field(g, "given out by the qdisc", r->dequeue_ns - r->stamp_ns[STAGE_TX_QUEUE], then,
			   r->dequeue_cpu);
	}
}

/* Stamps in the order of the stages: the first with its time, the others with the time since the one before. */
static void draw_stages(struct page *g)
{
	const struct packet *p = &g->s->packet;
	bool tx = packet_is_tx(&p->r);
	struct packet_times t;
	char text[64], n[UNITS_MAX];
	u64 first = 0, ns;

	packet_times(&p->r, &t);
	title(g, "stages");
	for (unsigned i = 0; i < STAGE_MAX; i++) {
		const char *name = packet_stage_help(tx, i);

		if (packet_is_echo(&p->r) && !tx && i == STAGE_RX_TRANSPORT)
			name = "ICMP entry";
		if (p->r.stamp_ns[i] && !first) {
			first = p->r.stamp_ns[i];
			wall_clock(text, sizeof(text), model_realtime(g->s->page.view.app->model, first), 9);
			if (p->r.cpu[i])
				text_join(text, sizeof(text), "  ", "CPU %u", p->r.cpu[i] - 1U);
			field(g, name, STYLE_TEXT, *text ? text : "stamped");
		} else if (i && t.known & 1U << (i - 1)) {
			time_field(g, name, t.part_ns[i - 1], packet_part_name(tx, i - 1), p->r.cpu[i]);
		} else if (i && t.merged & 1U << (i - 1)) {
			field_printf(g, name, "not stamped: %s is within the next", packet_part_name(tx, i - 1));
		} else {
			field(g, name, STYLE_DIM, packet_ends_in_icmp(&p->r) ? "none: the kernel answers" : "-");
		}
		draw_within(g, i);
	}
	if (t.known) {
		units_nsec(n, t.total_ns);
		field_printf(g, "total", "%s", n);
	}
	if (packet_done(&p->r, &ns)) {
		time_field(g, "freed by the driver", ns, "done", p->r.freed_cpu);
	}
	if (p->echo_rtt_ns) {
		units_nsec(n, p->echo_rtt_ns);
		field_printf(g, "round trip", "%s since its request", n);
	}
}

/* Parts of ip: not added to the total. */
static void draw_hooks(struct page *g)
{
	const struct record_packet *r = &g->s->packet.r;
	char n[UNITS_MAX];

	if (!(r->nf_passed & ((1U << NETFILTER_HOOKS) - 1)))
		return;
	title(g, "netfilter, within ip");
	for (unsigned i = 0; i < NETFILTER_HOOKS; i++) {
		if (!(r->nf_passed >> i & 1))
			continue;
		units_nsec(n, r->nf_ns[i]);
		field(g, netfilter_hook_name(i), STYLE_TEXT, n);
	}
}

static void draw_devices(struct page *g)
{
	const struct record_packet *r = &g->s->packet.r;
	const struct model *m = g->s->page.view.app->model;
	char name[RECORD_NAME_LEN], n[UNITS_MAX];

	if (!r->ifindex[0])
		return;
	title(g, "devices");
	for (unsigned i = 0; i < PACKET_DEVICES && r->ifindex[i]; i++) {
		packet_device_text(m, r, r->ifindex[i], name, sizeof(name));
		if (r->device_ns[i] >= r->time_ns && r->device_ns[i]) {
			units_nsec(n, r->device_ns[i] - r->time_ns);
			field_printf(g, name, "+%-8s device %" PRIu32, n, r->ifindex[i]);
		} else {
			field_printf(g, name, "%-9s device %" PRIu32, "", r->ifindex[i]);
		}
	}
}

static void draw_loss(struct page *g)
{
	const struct packet *p = &g->s->packet;
	const struct model *m = g->s->page.view.app->model;
	char text[PACKET_TEXT];

	if (p->r.flags & PACKET_DROPPED) {
		title(g, "dropped");
		packet_drop_reason(m, &p->r, text, sizeof(text));
		field(g, "reason", STYLE_ALARM, *text ? text : "this kernel gives none");
		packet_drop_function(m, &p->r, text, sizeof(text));
		field(g, "in", STYLE_TEXT, text);
	}
	if (packet_ends_text(&p->r, true, text, sizeof(text))) {
		title(g, "translated (NAT)");
		field(g, "other side", STYLE_TEXT, text);
	}
}

static void draw_size(struct page *g)
{
	const struct packet *p = &g->s->packet;
	char text[PACKET_TEXT], n[UNITS_MAX], of[UNITS_MAX];

	title(g, "size");
	units_grouped(n, p->r.payload);
	units_grouped(of, p->r.frame);
	field_printf(g, "payload", "%s B of %s B from the IP header on", n, of);
	if (p->r.segments > 1)
		field_printf(g, "segments", "%u in one %s packet", p->r.segments, packet_is_tx(&p->r) ? "GSO" : "GRO");
	units_grouped(n, p->r.window);
	if (p->r.proto == IPPROTO_TCP)
		field_printf(g, "window", "%s B", n);
	if (p->marks & PACKET_HAS_SEQ)
		field_printf(g, "seq", "%" PRId64 " (relative), %" PRIu32 " on the wire", p->rel_seq, p->r.seq);
	if (p->marks & PACKET_HAS_ACK)
		field_printf(g, "ack", "%" PRId64 " (relative), %" PRIu32 " on the wire", p->rel_ack, p->r.ack);
	if (packet_sack_text(p, true, text, sizeof(text)))
		field(g, "SACK", STYLE_TEXT, text);
}

static void header_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct page *g = ctx;

	if (strcmp(g->section, section) != 0) {
		text_copy(g->section, sizeof(g->section), section);
		title(g, section);
	}
	field(g, name, STYLE_TEXT, value);
}

static void draw_bytes(struct page *g)
{
	const struct record_packet *r = &g->s->packet.r;
	u32 len = MIN(r->captured, (u32)PACKET_DATA), step = g->p->w >= 74 ? HEX_COLUMNS : HEX_COLUMNS / 2;

	if (!len)
		return;
	title(g, "bytes");
	for (u32 at = 0; at < len; at += step) {
		int x = 2;

		x += pane_printf(g->p, g->y, x, STYLE_LABEL, "%04" PRIx32, at) + 2;
		for (u32 i = 0; i < step; i++, x += 3) {
			char ch;

			if (at + i >= len)
				continue;
			pane_printf(g->p, g->y, x, STYLE_TEXT, "%02x", r->data[at + i]);
			ch = r->data[at + i] >= ' ' && r->data[at + i] < 0x7f ? (char)r->data[at + i] : '.';
			pane_char(g->p, g->y, 9 + (int)step * 3 + (int)i, STYLE_LABEL, (uint32_t)ch);
		}
		g->y++;
	}
	if (r->frame > len)
		pane_printf(g->p, g->y++, 2, STYLE_DIM, "%" PRIu32 " of %" PRIu32 " bytes were kept", len, r->frame);
}

static int draw_page(struct page_view *page, const struct pane *p, int y)
{
	const struct packet_view *s = (const struct packet_view *)page;
	struct page g = {.s = s, .p = p, .y = y};

	draw_identity(&g);
	draw_stages(&g);
	draw_hooks(&g);
	draw_loss(&g);
	draw_devices(&g);
	draw_size(&g);
	packet_decode(s->packet.r.data, MIN(s->packet.r.captured, (u32)PACKET_DATA), header_line, &g);
	draw_bytes(&g);
	return g.y;
}

/* -- view ---------------------------------------------------------------------------------------------------- */

static void draw(struct view *v, const struct pane *p)
{
	struct packet_view *s = (struct packet_view *)v;
	const struct packets *store = model_packets(v->app->model);
	u32 slot = packets_slot(store, s->packet.serial);

	if (slot != IDMAP_NONE)
		s->packet = *packets_in_slot(store, slot);
	page_draw(&s->page, p, draw_page);
}

const struct view_class view_packet_class = {
    .name = "packet",
    .title = "Packet",
    .help = "one packet: its stamps, devices, headers and bytes",
    .scope = SCOPE_HELP,
    .open = open_view,
    .close = page_close,
    .of_moment = true,
    .draw = draw,
    .action = page_action,
    .mouse = page_mouse,
};
