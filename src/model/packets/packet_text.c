/* Texts about a packet: flags, devices, losses, and the note and the comment that consist of them. */
#include "packet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "address.h"
#include "idmap.h"
#include "packet_decode.h"
#include "text.h"
#include "units.h"

/* A text that grows up to its size. */
struct words {
	char *dst;
	size_t size, len;
};

static struct words words_at(char *dst, size_t size)
{
	if (size)
		*dst = '\0';
	return (struct words){dst, size, 0};
}

/* Appends, with the separator before all but the first. Cut at a character boundary if it does not fit. */
static void printf_like(3, 4) say(struct words *w, const char *separator, const char *fmt, ...)
{
	char text[PACKET_TEXT];
	size_t room = w->size - w->len;
	va_list ap;

	if (room <= 1)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (w->len)
		w->len += text_copy(w->dst + w->len, room, separator);
	w->len += text_copy(w->dst + w->len, w->size - w->len, text);
}

size_t packet_flags_text(const struct record_packet *r, char *dst, size_t size)
{
	static const struct {
		u8 bit;
		char letter;
	} flags[] = {{TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_URG, 'U'},
		     {TCP_ECE, 'E'}, {TCP_CWR, 'W'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'}};
	char text[ARRAY_SIZE(flags) + 1];
	size_t n = 0;

	if (packet_is_echo(r))
		return text_copy(dst, size, packet_is_echo_reply(r) ? "reply" : "req");
	if (r->proto == IPPROTO_TCP && r->tcp_flags == TCP_ACK)
		return text_copy(dst, size, ".A");
	for (size_t i = 0; r->proto == IPPROTO_TCP && i < ARRAY_SIZE(flags); i++)
		if (r->tcp_flags & flags[i].bit)
			text[n++] = flags[i].letter;
	text[n] = '\0';
	return text_copy(dst, size, text);
}

/* -- where --------------------------------------------------------------------------------------------------------- */

size_t packet_device_text(const struct model *m, const struct record_packet *r, u32 ifindex, char *dst, size_t size)
{
	const char *name = model_name(m, NAME_IFACE, ifindex, r->netns);
	struct words w = words_at(dst, size);

	/* The name of a device that was passed in another namespace is unknown. */
	if (name && *name)
		say(&w, "", "%s", name);
	else if (ifindex == 1)
		say(&w, "", "lo"); /* LOOPBACK_IFINDEX, in every namespace */
	else if (ifindex)
		say(&w, "", "if%" PRIu32, ifindex);
	return w.len;
}

size_t packet_devices_text(const struct model *m, const struct record_packet *r, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char name[RECORD_NAME_LEN];

	for (unsigned i = 0; i < PACKET_DEVICES && r->ifindex[i]; i++) {
		packet_device_text(m, r, r->ifindex[i], name, sizeof(name));
		say(&w, ",", "%s", name);
	}
	return w.len;
}

static void end_text(const struct record_packet *r, const u8 *address, u16 port, char *dst, size_t size)
{
	u8 family = r->family == 6 ? 6 : 4;
	char text[64];

	address_format(address, family, text, sizeof(text));
	if (packet_is_echo(r))
		text_copy(dst, size, text);
	else
		snprintf(dst, size, family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

size_t packet_ends_text(const struct record_packet *r, bool nat, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char local[80], remote[80];

	if (nat && !(r->flags & PACKET_NAT))
		return 0;
	end_text(r, nat ? r->nat_laddr : r->laddr, nat ? r->nat_lport : r->lport, local, sizeof(local));
	end_text(r, nat ? r->nat_raddr : r->raddr, nat ? r->nat_rport : r->rport, remote, sizeof(remote));
	say(&w, "", "%s -> %s", local, remote);
	return w.len;
}

size_t packet_owner_text(const struct model *m, const struct record_packet *r, char *dst, size_t size)
{
	u32 index = model_find(m, r->id);
	const struct row *row = index == IDMAP_NONE ? NULL : model_row(m, index);
	struct words w = words_at(dst, size);

	if (r->id == ECHO_ID)
		say(&w, "", "icmp echo");
	if (row && (row->s.has & HAS_OWNER))
		say(&w, "", "%.*s[%" PRIu32 "]", (int)sizeof(row->s.comm), (const char *)row->s.comm, row->s.pid);
	return w.len;
}

/* -- losses -------------------------------------------------------------------------------------------------------- */

const char *packet_retransmit_name(const struct packet *p)
{
	if (p->r.flags & PACKET_RETRANSMIT)
		return retransmit_cause_name(p->r.cause);
	return p->marks & PACKET_AGAIN ? "again" : "";
}

size_t packet_drop_reason(const struct model *m, const struct record_packet *r, char *dst, size_t size)
{
	const char *name = r->drop_reason ? model_name(m, NAME_DROP_REASON, r->drop_reason, 0) : NULL;
	struct words w = words_at(dst, size);

	if (!(r->flags & PACKET_DROPPED))
		return 0;
	if (name && *name)
		say(&w, "", "%s", name);
	else if (r->drop_reason)
		say(&w, "", "reason %" PRIu32, r->drop_reason);
	return w.len;
}

size_t packet_drop_function(const struct model *m, const struct record_packet *r, char *dst, size_t size)
{
	const char *name = r->drop_location ? model_name(m, NAME_SYMBOL, r->drop_location, 0) : NULL;
	struct words w = words_at(dst, size);

	if (!(r->flags & PACKET_DROPPED) || !r->drop_location)
		return 0;
	if (name && *name)
		say(&w, "", "%s", name);
	else
		say(&w, "", "%#" PRIx64, r->drop_location);
	return w.len;
}

size_t packet_sack_text(const struct packet *p, bool grouped, char *dst, size_t size)
{
	struct words w = words_at(dst, size);

	for (unsigned i = 0; i < ARRAY_SIZE(p->r.sack); i += 2) {
		char text[2][UNITS_MAX];

		if (!p->r.sack[i] && !p->r.sack[i + 1])
			break;
		for (unsigned k = 0; k < 2; k++) {
			u32 raw = p->r.sack[i + k];
			/* Relative numbers, if the acknowledgement has them. */
			s64 n = p->marks & PACKET_HAS_ACK ? p->rel_ack + (int32_t)(raw - p->r.ack) : (s64)raw;

			if (grouped && n >= 0)
				units_grouped(text[k], (u64)n);
			else
				snprintf(text[k], sizeof(text[k]), "%" PRId64, n);
		}
		say(&w, " ", "%s-%s", text[0], text[1]);
	}
	return w.len;
}

static void say_drop(struct words *w, const struct model *m, const struct record_packet *r)
{
	char reason[PACKET_TEXT], function[PACKET_TEXT];

	packet_drop_reason(m, r, reason, sizeof(reason));
	packet_drop_function(m, r, function, sizeof(function));
	if (r->flags & PACKET_DROPPED)
		say(w, ", ", "dropped%s%s%s%s", *reason ? ": " : "", reason, *function ? " at " : "", function);
}

static void say_retransmit(struct words *w, const struct packet *p)
{
	const char *name = packet_retransmit_name(p);

	if (!(p->r.flags & PACKET_RETRANSMIT) && p->marks & PACKET_AGAIN)
		say(w, ", ", "retransmit (seen again)");
	else if (p->r.flags & PACKET_RETRANSMIT && p->r.cause == RETRANSMIT_UNKNOWN)
		say(w, ", ", "retransmit");
	else if (*name)
		say(w, ", ", "retransmit (%s)", name);
	if (*name && p->r.cwnd)
		say(w, ", ", "cwnd %" PRIu32, p->r.cwnd);
}

/* A request that no socket has received ends with ICMP, which answers it. */
static void say_echo(struct words *w, const struct packet *p)
{
	const struct record_packet *r = &p->r;
	char n[UNITS_MAX];

	if (!packet_is_echo(r))
		return;
	say(w, ", ", "id %u", r->echo_id);
	if (p->echo_rtt_ns) {
		units_nsec(n, p->echo_rtt_ns);
		say(w, ", ", "rtt %s", n);
	}
	if (packet_ends_in_icmp(r))
		say(w, ", ", "for the kernel");
}

static void say_order(struct words *w, const struct packet *p)
{
	char n[UNITS_MAX];

	if (p->marks & PACKET_GAP) {
		units_grouped(n, (u64)p->gap);
		say(w, ", ", "%s missing before it", n);
	} else if (p->r.flags & PACKET_OUT_OF_ORDER || p->marks & PACKET_LATE) {
		say(w, ", ", "out of order");
	}
}

/* -- payload ------------------------------------------------------------------------------------------------------- */

size_t packet_first_line(const struct record_packet *r, char *dst, size_t size)
{
	struct packet_headers h;
	u32 captured = MIN(r->captured, (u32)PACKET_DATA);
	size_t len = 0, n, at = 0;
	const char *line;
	uint32_t ch = 0;

	*dst = '\0';
	packet_headers(r->data, captured, &h);
	if (!h.payload || h.payload >= captured)
		return 0;
	line = (const char *)r->data + h.payload;
	while (h.payload + len < captured && line[len] != '\n' && line[len] != '\r')
		len++;
	/* Is it text? A character that was cut off at the end is ignored. */
	for (; at < len; at += n) {
		n = text_decode(line + at, len - at, &ch);
		if (n == 0 || ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || (ch == 0xfffd && len - at > 3))
			return 0;
		if (ch == 0xfffd)
			break;
	}
	return text_clean(dst, size, line, at);
}

/* -- all together -------------------------------------------------------------------------------------------------- */

size_t packet_cpus_text(const struct record_packet *r, char *dst, size_t size)
{
	struct packet_cpu cpus[PACKET_CPUS];
	unsigned count = packet_cpus(r, cpus) - (packet_is_tx(r) && r->freed_cpu);
	struct words w = words_at(dst, size);

	if (count)
		say(&w, "", "CPU %u", cpus[0].cpu);
	for (unsigned i = 1; i < count; i++)
		if (cpus[i].cpu != cpus[i - 1].cpu)
			say(&w, " ", "-> %u (%s)", cpus[i].cpu, cpus[i].stage);
	return w.len;
}

size_t packet_note(const struct model *m, const struct packet *p, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char text[PACKET_TEXT];

	if (p->is_retold)
		say(&w, "", "told again");
	say_drop(&w, m, &p->r);
	say_retransmit(&w, p);
	say_echo(&w, p);
	say_order(&w, p);
	if (packet_sack_text(p, true, text, sizeof(text)))
		say(&w, ", ", "SACK %s", text);
	if (p->r.segments > 1)
		say(&w, ", ", "x%u %s", p->r.segments, packet_is_tx(&p->r) ? "GSO" : "GRO");
	if (packet_ends_text(&p->r, true, text, sizeof(text)))
		say(&w, ", ", "NAT %s", text);
	if (p->r.flags & PACKET_BACKLOG)
		say(&w, ", ", "backlog");
	if (packet_cpu_changes(&p->r) > 0 && packet_cpus_text(&p->r, text, sizeof(text)))
		say(&w, ", ", "%s", text);
	if (packet_first_line(&p->r, text, sizeof(text)))
		say(&w, ", ", "%s", text);
	return w.len;
}

/* Times within this part, in brackets after it. */
static void say_within(struct words *w, const struct record_packet *r, unsigned part)
{
	char n[UNITS_MAX];
	u64 ns;

	if (!packet_is_tx(r) && part == STAGE_RX_DEVICE && packet_gro(r, &ns)) {
		units_nsec(n, ns);
		say(w, " ", "(gro %s)", n);
	} else if (packet_is_tx(r) && part == STAGE_TX_QUEUE && packet_direct(r, &ns)) {
		units_nsec(n, ns);
		say(w, " ", "(direct %s)", n);
	}
}

size_t packet_stages_text(const struct record_packet *r, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char n[UNITS_MAX], with[64] = "";
	struct packet_times t;
	u64 ns;

	packet_times(r, &t);
	for (unsigned i = 0; i < PACKET_PARTS; i++) {
		const char *name = packet_part_name(packet_is_tx(r), i);

		if (t.merged & 1U << i) {
			snprintf(with + strlen(with), sizeof(with) - strlen(with), "%s+", name);
		} else if (t.known & 1U << i) {
			units_nsec(n, t.part_ns[i]);
			say(&w, " ", "%s%s %s", with, name, n);
			*with = '\0';
			say_within(&w, r, i);
		}
	}
	if (t.known) {
		units_nsec(n, t.total_ns);
		say(&w, " ", "= %s", n);
	}
	if (packet_done(r, &ns)) {
		units_nsec(n, ns);
		say(&w, ", ", "done after %s", n);
	}
	return w.len;
}

size_t packet_hooks_text(const struct record_packet *r, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char n[UNITS_MAX];

	for (unsigned i = 0; i < NETFILTER_HOOKS; i++) {
		if (!(r->nf_passed >> i & 1))
			continue;
		units_nsec(n, r->nf_ns[i]);
		say(&w, " ", "%s %s", netfilter_hook_name(i), n);
	}
	return w.len;
}

size_t packet_comment(const struct model *m, const struct packet *p, char *dst, size_t size)
{
	struct words w = words_at(dst, size);
	char text[PACKET_TEXT];

	if (packet_owner_text(m, &p->r, text, sizeof(text)))
		say(&w, "", "%s", text);
	else
		say(&w, "", "owner unknown");
	say(&w, " ", "%s", packet_is_tx(&p->r) ? "tx" : "rx");
	if (packet_devices_text(m, &p->r, text, sizeof(text)))
		say(&w, " ", "%s", text);
	if (packet_stages_text(&p->r, text, sizeof(text)))
		say(&w, "; ", "%s", text);
	if (packet_hooks_text(&p->r, text, sizeof(text)))
		say(&w, "; ", "netfilter %s", text);
	if (packet_cpu_changes(&p->r) <= 0 && packet_cpus_text(&p->r, text, sizeof(text)))
		say(&w, "; ", "%s", text);
	if (packet_note(m, p, text, sizeof(text)))
		say(&w, "; ", "%s", text);
	return w.len;
}

int packet_severity(const struct packet *p)
{
	if (p->r.flags & PACKET_DROPPED)
		return 2;
	return *packet_retransmit_name(p) || p->r.flags & PACKET_OUT_OF_ORDER || p->marks & (PACKET_LATE | PACKET_GAP);
}
