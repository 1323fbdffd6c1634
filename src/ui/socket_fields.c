/* Everything that ss -tiepmo knows of a socket, in sections. The values are columns: name, unit and source are theirs.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "socket_table.h"
#include "socket.h"
#include "text.h"
#include "units.h"

/* A section's fields are names of columns, separated by blanks. */
static const struct section {
	const char *title, *columns;
} sections[] = {
    {"rates", "rx_rate tx_rate send_rate delivery_rate pacing_rate max_pacing_rate"},
    {"limits", "busy_us rwnd_limited_us sndbuf_limited_us"},
    {"timing", "rtt_us rttvar_us minrtt_us rto_us ato_us rcv_rtt_us lastsnd_us lastrcv_us lastack_us"},
    {"windows", "cwnd ssthresh inflight unacked snd_wnd rcv_wnd rcv_ssthresh rcv_space snd_wscale rcv_wscale mss pmtu "
		"rcv_mss advmss"},
    {"loss", "retrans retrans_fast retrans_rto retrans_tlp retrans_syn retrans_unknown retrans_out lost sacked "
	     "dsack_dups reordering "
	     "reord_seen ooo resets rehash"},
    {"bytes and segments",
     "rx_bytes tx_bytes bytes_received bytes_acked bytes_sent bytes_retrans rx_pkts tx_pkts segs_in "
     "segs_out data_segs_in data_segs_out delivered delivered_ce"},
    {"queues and memory",
     "recvq sendq notsent accept_queue accept_limit rcvbuf sndbuf rmem_alloc wmem_alloc wmem_queued "
     "fwd_alloc omem_alloc sk_backlog drops"},
    {"timers", "timer timer_us timer_retrans backoff probes"},
    {"congestion control", "cc ca_state"},
    {"bbr", "bbr_bw bbr_mrtt_us bbr_pacing_gain bbr_cwnd_gain"},
    {"options", "options ulp tos tclass mark priority class_id"},
    {"mptcp", "mptcp_flags mptcp_token mptcp_map"},
    {"identity", "id proto family inode fd user uid netns netns_cookie cgroup ifname owner owners"},
};

void socket_value(const struct app *app, const struct row *r, const char *name, char *text, size_t size)
{
	const struct column *c = table_find(&socket_table, name);
	const struct model *m = app->model;
	struct value v;
	char n[UNITS_MAX];

	*text = '\0';
	if (strcmp(name, "family") == 0) {
		snprintf(text, size, r->s.is_mapped ? "IPv6 with IPv4 addresses" : r->s.family == 6 ? "IPv6" : "IPv4");
		return;
	}
	if (!c)
		return;
	column_value(c, m, r, &v);
	if (v.kind == VALUE_NONE)
		return;
	switch (v.kind == VALUE_NUMBER ? c->unit : UNIT_TEXT) {
	case UNIT_BYTES:
		units_grouped(n, v.integer);
		snprintf(text, size, "%s B", n);
		return;
	case UNIT_SEGMENTS:
		units_grouped(n, v.integer);
		snprintf(text, size, "%s seg", n);
		return;
	case UNIT_COUNT: units_grouped(text, v.integer); return;
	case UNIT_RATE: rate_text(app->units, v.number, text, size); return;
	default: column_format(c, m, r, text, size); return;
	}
}

/* -- one field after the other, in columns ------------------------------------------------------------------ */

#define FIELD_LABEL 16
#define FIELD_WIDTH 36 /* label, value, gap */

struct flow {
	const struct pane *p;
	const char *title; /* drawn before the first field */
	int y, column, columns, width;
	bool begun;
};

static void flow_place(struct flow *f, int *x)
{
	if (!f->begun) {
		f->y++;
		pane_put(f->p, f->y, 1, -1, STYLE_TITLE, f->title);
		f->y++;
		f->begun = true;
		f->column = 0;
	} else if (f->column == f->columns) {
		f->y++;
		f->column = 0;
	}
	*x = 2 + f->column++ * f->width;
}

static void flow_field(struct flow *f, const char *label, enum style style, const char *value)
{
	int x, wide = (int)text_width(value) + FIELD_LABEL + 2;

	/* A long value takes the places of its neighbours. */
	if (f->begun && f->column && wide > f->width * (f->columns - f->column))
		f->column = f->columns;
	flow_place(f, &x);
	pane_cell(f->p, f->y, x, FIELD_LABEL, false, STYLE_LABEL, label);
	pane_cell(f->p, f->y, x + FIELD_LABEL + 1, MAX(f->p->w - x - FIELD_LABEL - 1, 1), false, style, value);
	f->column += (wide - 1) / f->width;
	f->column = MIN(f->column, f->columns);
}

/* rtt_us is shown as rtt: the value says its unit. */
static void label_of(const char *name, char *label, size_t size)
{
	size_t n = text_copy(label, size, strcmp(name, "timer_us") == 0 ? "expires in" : name);

	if (n > 3 && strcmp(label + n - 3, "_us") == 0)
		label[n - 3] = '\0';
	for (char *c = label; *c; c++)
		if (*c == '_')
			*c = ' ';
}

static enum style style_of(const struct app *app, const struct row *r, const char *name)
{
	static const enum style styles[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	const struct column *c = table_find(&socket_table, name);

	return c && !r->closed ? styles[CLAMP(table_severity(&socket_table, c, app->model, r), 0, 2)] : STYLE_TEXT;
}

static bool next_name(const char **at, char *name, size_t size)
{
	size_t len;

	*at += strspn(*at, " ");
	len = strcspn(*at, " ");
	if (!len)
		return false;
	snprintf(name, size, "%.*s", (int)len, *at);
	*at += len;
	return true;
}

/* A share of the busy time, as ss gives it. */
static void add_share(const struct row *r, const char *name, char *text, size_t size)
{
	u64 part = strcmp(name, "rwnd_limited_us") == 0     ? r->s.rwnd_limited_us
		   : strcmp(name, "sndbuf_limited_us") == 0 ? r->s.sndbuf_limited_us
							    : 0;
	size_t n = strlen(text);

	if (part && r->s.busy_us && n && n < size)
		snprintf(text + n, size - n, " (%.1f%%)", 100.0 * (double)part / (double)r->s.busy_us);
}

static void draw_section(const struct app *app, const struct row *r, struct flow *f, const char *names)
{
	bool known = false;
	char name[40], label[40], text[512];

	for (const char *at = names; next_name(&at, name, sizeof(name)) && !known;) {
		socket_value(app, r, name, text, sizeof(text));
		known = *text != '\0';
	}
	for (const char *at = names; known && next_name(&at, name, sizeof(name));) {
		socket_value(app, r, name, text, sizeof(text));
		add_share(r, name, text, sizeof(text));
		label_of(name, label, sizeof(label));
		/* Zeros are pale: what happened stands out. */
		flow_field(f, label,
			   *text && strcspn(text, " ") != strspn(text, "0") ? style_of(app, r, name) : STYLE_DIM,
			   *text ? text : "-");
	}
}

/* -- what is no column -------------------------------------------------------------------------------------- */

static void field_printf(struct flow *f, const char *label, const char *fmt, ...) printf_like(3, 4);

static void field_printf(struct flow *f, const char *label, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	flow_field(f, label, STYLE_TEXT, text);
}

/* Older than skbtop: of its retransmits only the later ones were told apart. */
static void draw_late_split(const struct row *r, struct flow *f)
{
	char text[160];
	size_t n;

	if (r->s.has & HAS_RETRANS_SPLIT || !(r->s.has & HAS_TCP) || !(r->s.flags & SOCKET_SEEDED) || !r->s.retrans)
		return;
	n = (size_t)snprintf(text, sizeof(text),
			     "since skbtop started: rto %" PRIu32 ", fast %" PRIu32 ", tlp %" PRIu32, r->s.retrans_rto,
			     r->s.retrans_fast, r->s.retrans_tlp);
	if (r->s.retrans_syn && n < sizeof(text))
		snprintf(text + n, sizeof(text) - n, ", syn %" PRIu32, r->s.retrans_syn);
	flow_field(f, "retrans by kind", r->s.retrans_rto || r->s.retrans_fast ? STYLE_WARN : STYLE_TEXT, text);
}

/* Flags that are set, in ss's words where it has them. */
static void draw_flags(const struct row *r, struct flow *f)
{
	static const struct {
		u32 bit;
		const char *name;
	} flags[] = {
	    {SOCKET_APP_LIMITED, "app_limited"},
	    {SOCKET_CWND_LIMITED, "cwnd_limited"},
	    {SOCKET_PACED, "paced"},
	    {SOCKET_TSQ_THROTTLED, "tsq_throttled"},
	    {SOCKET_REUSEPORT, "reuseport"},
	    {SOCKET_REUSEADDR, "reuseaddr"},
	    {SOCKET_V6ONLY, "v6only"},
	    {SOCKET_REPAIR, "repair"},
	    {SOCKET_MPTCP, "mptcp"},
	    {SOCKET_KERNEL, "kernel"},
	    {SOCKET_NO_FILE, "no file"},
	    {SOCKET_SHUT_RD, "shut rd"},
	    {SOCKET_SHUT_WR, "shut wr"},
	    {SOCKET_SEEDED, "older than skbtop"},
	    {SOCKET_ABORTED, "aborted"},
	};
	char text[256] = "";

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (r->s.flags & flags[i].bit)
			text_join(text, sizeof(text), ", ", "%s", flags[i].name);
	if (*text)
		flow_field(f, "flags", STYLE_TEXT, text);
}

/* The layers that it lacks: tcp_sendmsg_locked() and tcp_rcv_space_adjust() are not called for it. */
static void draw_mptcp(const struct row *r, struct flow *f)
{
	if (f->begun && r->s.flags & SOCKET_MPTCP)
		flow_field(f, "layers", STYLE_TEXT, "tx ip, qdisc, nic: MPTCP itself writes and reads");
}

static void draw_info_extras(const struct record_info *info, const char *title, struct flow *f)
{
	if (strcmp(title, "queues and memory") == 0 && info->snd_buf_locked & 3)
		flow_field(f, "set by hand", STYLE_TEXT,
			   (info->snd_buf_locked & 3) == 3 ? "sndbuf, rcvbuf"
			   : info->snd_buf_locked & 1      ? "sndbuf"
							   : "rcvbuf");
	if (strcmp(title, "loss") == 0 && info->fackets)
		field_printf(f, "fackets", "%" PRIu32 " seg", info->fackets);
	if (strcmp(title, "options") == 0 && info->ttl)
		field_printf(f, "ttl", "%u", info->ttl);
}

int socket_draw_fields(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	int columns = MAX((p->w - 2) / FIELD_WIDTH, 1);
	struct flow f = {.p = p, .columns = columns, .width = MAX((p->w - 2) / columns, 1), .y = y};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		f.begun = false;
		f.title = sections[i].title;
		draw_section(app, r, &f, sections[i].columns);
		if (strcmp(sections[i].title, "loss") == 0)
			draw_late_split(r, &f);
		if (r->info)
			draw_info_extras(r->info, sections[i].title, &f);
		if (strcmp(sections[i].title, "options") == 0)
			draw_flags(r, &f);
		if (strcmp(sections[i].title, "mptcp") == 0)
			draw_mptcp(r, &f);
		if (f.begun)
			f.y++;
	}
	return f.y;
}
