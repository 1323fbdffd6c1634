/* The table of loss columns, and how each finds its value. */
#include "loss_column.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "text.h"
#include "units.h"

#define GETTER(name) static bool name(const struct model *m, const struct loss *l, char *text, size_t size)
#define NUMBER(name, known, value)                                                                                     \
	GETTER(name)                                                                                                   \
	{                                                                                                              \
		(void)m;                                                                                               \
		snprintf(text, size, "%" PRIu64, (u64)(value));                                                        \
		return known;                                                                                          \
	}
#define BOOL(name, value)                                                                                              \
	GETTER(name)                                                                                                   \
	{                                                                                                              \
		(void)m;                                                                                               \
		text_copy(text, size, (value) ? "true" : "false");                                                     \
		return true;                                                                                           \
	}

static bool copy(char *text, size_t size, const char *from)
{
	text_copy(text, size, from ? from : "");
	return *text;
}

/* -- when --------------------------------------------------------------------------------------------------------- */

GETTER(get_time)
{
	u64 ns = model_realtime(m, l->r.time_ns);

	snprintf(text, size, "%" PRIu64 ".%06" PRIu64, (u64)(ns / NSEC_PER_SEC),
		 (u64)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
	return ns;
}

GETTER(show_time)
{
	u64 ns = model_realtime(m, l->r.time_ns);
	time_t t = (time_t)(ns / NSEC_PER_SEC);
	char clock[16];
	struct tm tm;

	if (!ns || !localtime_r(&t, &tm) || !strftime(clock, sizeof(clock), "%H:%M:%S", &tm))
		return false;
	snprintf(text, size, "%s.%06u", clock, (unsigned)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
	return true;
}

/* -- why and where ------------------------------------------------------------------------------------------------ */

GETTER(get_reason)
{
	loss_reason(m, &l->r, text, size);
	return *text;
}

GETTER(get_function)
{
	loss_function(m, l->r.location, false, text, size);
	return *text;
}

GETTER(get_location)
{
	loss_function(m, l->r.location, true, text, size);
	return *text;
}

GETTER(get_stack)
{
	size_t at = 0;

	*text = '\0';
	for (size_t i = 0; i < LOSS_STACK && l->r.stack[i] && at + 2 < size; i++) {
		if (at)
			text[at++] = '\n';
		loss_function(m, l->r.stack[i], true, text + at, MIN(size - at, (size_t)(LOSS_TEXT_MAX / LOSS_STACK)));
		if (!text[at])
			text_copy(text + at, size - at, "?");
		at += strlen(text + at);
	}
	return *text;
}

GETTER(get_dir)
{
	(void)m;
	if (l->r.kind == LOSS_DROP)
		return copy(text, size, l->r.flags & LOSS_TX ? "tx" : "rx");
	return copy(text, size, l->r.kind == LOSS_RESET_RECEIVED ? "rx" : "tx");
}

GETTER(show_sent)
{
	(void)m;
	return copy(text, size, l->r.kind == LOSS_RESET_RECEIVED ? "received" : "sent");
}

/* -- whom --------------------------------------------------------------------------------------------------------- */

static bool endpoint(const struct record_loss *r, const u8 *address, int port, char *text, size_t size)
{
	char a[INET6_ADDRSTRLEN];

	*text = '\0';
	/* A listener's counter does not say whose packet it refused. */
	if (r->flags & LOSS_REFUSED && address == r->raddr)
		return false;
	if (!r->family || !inet_ntop(r->family == 6 ? AF_INET6 : AF_INET, address, a, sizeof(a)))
		return false;
	if (port < 0)
		snprintf(text, size, "%s", a);
	else
		snprintf(text, size, r->family == 6 ? "[%s]:%d" : "%s:%d", a, port);
	return true;
}

static bool has_ports(const struct record_loss *r)
{
	return r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP || r->proto == IPPROTO_UDPLITE;
}

GETTER(get_laddr)
{
	(void)m;
	return endpoint(&l->r, l->r.laddr, -1, text, size);
}

GETTER(get_raddr)
{
	(void)m;
	return endpoint(&l->r, l->r.raddr, -1, text, size);
}

GETTER(get_local)
{
	(void)m;
	return endpoint(&l->r, l->r.laddr, has_ports(&l->r) ? l->r.lport : -1, text, size);
}

GETTER(get_remote)
{
	(void)m;
	return endpoint(&l->r, l->r.raddr, has_ports(&l->r) ? l->r.rport : -1, text, size);
}

NUMBER(get_lport, has_ports(&l->r), l->r.lport)
NUMBER(get_rport, has_ports(&l->r) && !(l->r.flags & LOSS_REFUSED), l->r.rport)
NUMBER(get_netns, l->r.netns, l->r.netns)
NUMBER(get_ifindex, l->r.ifindex, l->r.ifindex)

NUMBER(get_socket_netns, l->r.socket_netns, l->r.socket_netns)

/* On its way, a packet can be in another namespace than its socket. */
static bool is_elsewhere(const struct record_loss *r)
{
	return r->netns && r->socket_netns && r->netns != r->socket_netns;
}

BOOL(get_elsewhere, is_elsewhere(&l->r))

/* The namespace's name, or its inode. */
GETTER(show_place)
{
	const char *name = model_name(m, NAME_NETNS, l->r.netns, 0);

	if (name)
		text_copy(text, size, name);
	else
		snprintf(text, size, "%u", l->r.netns);
	return is_elsewhere(&l->r);
}

GETTER(get_ifname)
{
	/* A recording from before the device's name came with the event. */
	if (!l->r.dev[0])
		return copy(text, size, l->r.ifindex ? model_name(m, NAME_IFACE, l->r.ifindex, l->r.netns) : NULL);
	text_clean(text, size, (const char *)l->r.dev, sizeof(l->r.dev));
	return *text;
}

GETTER(get_proto)
{
	(void)m;
	if (strcmp(proto_name(l->r.proto), "?") != 0)
		return copy(text, size, proto_name(l->r.proto));
	snprintf(text, size, "%u", l->r.proto);
	return l->r.proto;
}

GETTER(get_id)
{
	(void)m;
	snprintf(text, size, l->r.id >> 56 ? "%" PRIu64 ".%u" : "%" PRIu64, (u64)(l->r.id & ((1ULL << 56) - 1)),
		 (unsigned)(l->r.id >> 56));
	return l->r.id;
}

static const struct row *owned_row(const struct model *m, const struct loss *l)
{
	const struct row *r = loss_row(m, l);

	return r && r->s.has & HAS_OWNER ? r : NULL;
}

GETTER(get_pid)
{
	const struct row *r = owned_row(m, l);

	snprintf(text, size, "%u", r ? r->s.pid : 0);
	return r;
}

GETTER(get_comm)
{
	const struct row *r = owned_row(m, l);

	if (!r)
		return false;
	text_clean(text, size, (const char *)r->s.comm, sizeof(r->s.comm));
	return true;
}

GETTER(show_who)
{
	const struct row *r = owned_row(m, l);
	char comm[64];

	if (!r)
		return false;
	text_clean(comm, sizeof(comm), (const char *)r->s.comm, sizeof(r->s.comm));
	snprintf(text, size, "%s[%u]", comm, r->s.pid);
	return true;
}

/* -- how ---------------------------------------------------------------------------------------------------------- */

GETTER(get_state)
{
	(void)m;
	return l->r.state && copy(text, size, state_name(l->r.state));
}

GETTER(get_ca_state)
{
	(void)m;
	return l->r.cwnd && copy(text, size, ca_state_name(l->r.ca_state));
}

NUMBER(get_cwnd, l->r.cwnd, l->r.cwnd)
NUMBER(get_cwnd_before, l->r.cwnd && l->r.cwnd_before, l->r.cwnd_before)
NUMBER(get_ssthresh, l->r.cwnd && l->r.ssthresh < 0x7fffffff, l->r.ssthresh)
NUMBER(get_segments, l->r.segments, l->r.segments)
NUMBER(get_seq, l->r.seq != l->r.end_seq, l->r.seq)
NUMBER(get_end_seq, l->r.seq != l->r.end_seq, l->r.end_seq)
NUMBER(get_length, l->r.length, l->r.length)
NUMBER(get_number, true, l->number)
NUMBER(get_drop, l->drop, l->drop)
BOOL(get_dropped_here, l->marks &LOSS_DROPPED_HERE)

/* That it is not is never known for certain. */
GETTER(get_spurious)
{
	(void)m;
	return l->marks & LOSS_SPURIOUS && copy(text, size, "true");
}

BOOL(get_failed, l->r.flags &LOSS_FAILED)
BOOL(get_by_address, l->marks &LOSS_BY_ADDRESS)

GETTER(show_cwnd)
{
	(void)m;
	if (!l->r.cwnd)
		return false;
	if (l->r.cwnd_before && l->r.cwnd_before != l->r.cwnd)
		snprintf(text, size, "%u -> %u", l->r.cwnd_before, l->r.cwnd);
	else
		snprintf(text, size, "%u", l->r.cwnd);
	return true;
}

GETTER(show_length)
{
	(void)m;
	if (size >= UNITS_MAX)
		units_count(text, l->r.length);
	return l->r.length && size >= UNITS_MAX;
}

GETTER(get_tcp_flags)
{
	static const char letters[] = "FSRPAUEC";
	size_t at = 0;

	(void)m;
	for (size_t i = 0; i < 8 && at + 1 < size; i++)
		if (l->r.tcp_flags >> i & 1)
			text[at++] = letters[i];
	text[at] = '\0';
	return at;
}

GETTER(show_note)
{
	(void)m;
	return copy(text, size,
		    l->r.flags & LOSS_FAILED       ? "not sent"
		    : l->marks & LOSS_DROPPED_HERE ? "dropped here"
		    : l->marks & LOSS_SPURIOUS     ? "spurious"
						   : "");
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define RETRANSMITS LOSS_BIT(LOSS_RETRANSMIT)
#define DROPS LOSS_BIT(LOSS_DROP)

static const struct loss_column columns[] = {
    {"time", "TIME", "when it happened, unix seconds", LOSS_ALL, LOSS_NUMBER, 2, 15, 0, false, get_time, show_time},
    {"number", "NUMBER", "of the event, in the order of telling", LOSS_ALL, LOSS_NUMBER, 0, 0, 0, true, get_number,
     NULL},
    {"cause", "TYPE", "fast, rto, tlp, syn or synack", RETRANSMITS, LOSS_TEXT, 1, 6, 0, false, get_reason, NULL},
    {"dir", "DIR", "rx: it was received; tx: it was sent, or on its way out", DROPS | LOSS_RESETS, LOSS_TEXT, 0, 0, 0,
     false, get_dir, NULL},
    {"dir", "RESET", "", LOSS_RESETS, LOSS_TEXT, 2, 8, 0, false, NULL, show_sent},
    {"reason", "REASON", "the kernel's name of the reason; absent where it gives none", DROPS | LOSS_RESETS, LOSS_TEXT,
     1, 18, 28, false, get_reason, NULL},
    {"function", "FUNCTION", "kernel function that dropped it", DROPS, LOSS_TEXT, 3, 16, 26, false, get_function, NULL},
    {"location", "LOCATION", "the place in it", DROPS, LOSS_TEXT, 0, 0, 0, false, get_location, NULL},
    {"stack", "STACK", "who called it: a list, innermost first", DROPS, LOSS_LIST, 0, 0, 0, false, get_stack, NULL},
    {"proto", "PROTO", "protocol", LOSS_ALL, LOSS_TEXT, 0, 0, 0, false, get_proto, NULL},
    {"proto", "PROTO", "", DROPS, LOSS_TEXT, 6, 5, 0, false, NULL, get_proto},
    {"dir", "DIR", "", DROPS, LOSS_TEXT, 8, 3, 0, false, NULL, get_dir},
    {"state", "STATE", "of the socket, as ss names it", LOSS_ALL, LOSS_TEXT, 0, 0, 0, false, get_state, NULL},
    {"state", "STATE", "", RETRANSMITS | LOSS_RESETS, LOSS_TEXT, 7, 10, 0, false, NULL, get_state},
    {"ca_state", "CA", "congestion avoidance state", RETRANSMITS, LOSS_TEXT, 8, 8, 0, false, get_ca_state, NULL},
    {"cwnd_before", "CWND", "before the reduction that is under way, else as cwnd; segments", RETRANSMITS, LOSS_NUMBER,
     0, 0, 0, true, get_cwnd_before, NULL},
    {"cwnd", "CWND", "congestion window when it was sent again, segments", RETRANSMITS, LOSS_NUMBER, 5, 10, 0, true,
     get_cwnd, show_cwnd},
    {"ssthresh", "SSTHR", "slow start threshold, segments", RETRANSMITS, LOSS_NUMBER, 10, 6, 0, true, get_ssthresh,
     NULL},
    {"segments", "SEGS", "segments sent again", RETRANSMITS, LOSS_NUMBER, 6, 4, 0, true, get_segments, NULL},
    {"local", "LOCAL", "", LOSS_ALL, LOSS_TEXT, 4, 15, 47, false, NULL, get_local},
    {"remote", "REMOTE", "", LOSS_ALL, LOSS_TEXT, 3, 15, 47, false, NULL, get_remote},
    {"laddr", "LADDR", "this machine's address", LOSS_ALL, LOSS_TEXT, 0, 0, 0, false, get_laddr, NULL},
    {"lport", "LPORT", "its port", LOSS_ALL, LOSS_NUMBER, 0, 0, 0, true, get_lport, NULL},
    {"raddr", "RADDR", "the other address", LOSS_ALL, LOSS_TEXT, 0, 0, 0, false, get_raddr, NULL},
    {"rport", "RPORT", "its port", LOSS_ALL, LOSS_NUMBER, 0, 0, 0, true, get_rport, NULL},
    {"id", "ID", "the socket that was hit, as in its socket row", LOSS_ALL, LOSS_TEXT, 0, 0, 0, false, get_id, NULL},
    {"by_address", "BY ADDR", "the socket was found by the packet's addresses: the kernel named none", LOSS_ALL,
     LOSS_BOOL, 0, 0, 0, false, get_by_address, NULL},
    {"pid", "PID", "process that holds the socket", LOSS_ALL, LOSS_NUMBER, 0, 0, 0, true, get_pid, NULL},
    {"comm", "OWNER", "name of that process", LOSS_ALL, LOSS_TEXT, 5, 12, 20, false, get_comm, show_who},
    {"netns", "NETNS", "inode of the network namespace where it happened: the device's, without one the socket's",
     LOSS_ALL, LOSS_NUMBER, 0, 0, 0, true, get_netns, NULL},
    {"socket_netns", "SOCK NETNS", "inode of the namespace of the socket that was hit", LOSS_ALL, LOSS_NUMBER, 0, 0, 0,
     true, get_socket_netns, NULL},
    {"elsewhere", "ELSEWHERE", "it was dropped on its way, in another namespace than its socket's", DROPS, LOSS_BOOL, 0,
     0, 0, false, get_elsewhere, NULL},
    {"netns", "IN NETNS", "", DROPS, LOSS_TEXT, 12, 10, 16, false, NULL, show_place},
    {"ifindex", "IFINDEX", "number of the device", DROPS | LOSS_RESETS, LOSS_NUMBER, 0, 0, 0, true, get_ifindex, NULL},
    {"ifname", "DEV", "name of the device", DROPS | LOSS_RESETS, LOSS_TEXT, 11, 6, 0, false, get_ifname, NULL},
    {"seq", "SEQ", "first sequence number as on the wire", RETRANSMITS | DROPS, LOSS_NUMBER, 12, 10, 0, true, get_seq,
     NULL},
    {"end_seq", "END", "one past the last", RETRANSMITS | DROPS, LOSS_NUMBER, 0, 0, 0, true, get_end_seq, NULL},
    {"tcp_flags", "FLAGS", "F S R P A U E C: FIN SYN RST PSH ACK URG ECE CWR", DROPS, LOSS_TEXT, 9, 5, 0, false,
     get_tcp_flags, NULL},
    {"length", "LEN", "bytes from the IP header on", DROPS, LOSS_NUMBER, 7, 5, 0, true, get_length, show_length},
    {"dropped_here", "HERE", "the segment was dropped on this machine before", RETRANSMITS, LOSS_BOOL, 0, 0, 0, false,
     get_dropped_here, NULL},
    {"drop", "DROP", "number of that drop", RETRANSMITS, LOSS_NUMBER, 0, 0, 0, true, get_drop, NULL},
    {"failed", "FAILED", "it did not leave: dropped on its way out", RETRANSMITS, LOSS_BOOL, 0, 0, 0, false, get_failed,
     NULL},
    {"spurious", "SPURIOUS", "true: the peer had it already, its DSACK said so later; absent: not known", RETRANSMITS,
     LOSS_BOOL, 0, 0, 0, false, get_spurious, NULL},
    {"note", "NOTE", "", RETRANSMITS, LOSS_TEXT, 4, 12, 0, false, NULL, show_note},
};

const struct loss_column *loss_column_at(size_t i)
{
	return i < ARRAY_SIZE(columns) ? &columns[i] : NULL;
}
