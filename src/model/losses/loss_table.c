/* The tables of retransmits, drops and resets: one array of columns, of which each table has those that apply to its
 * events. */
#include "loss_table.h"

#include "fold.h"
#include "loss_get.h"
#include "losses_private.h"
#include "socket_words.h"

/* Bits of column.of: loss_table_bit(). */
#define R 1 /* retransmits */
#define D 2 /* drops */
#define X 4 /* resets */
#define ALL 0

/* clang-format off */
/* N: a number. T: text. B: true or false. of: the tables that have it. Of several events there is what they agree on,
 * if nothing else is said. */
#define N(of_, name_, title_, width_, unit_, get_, help_, ...)                                                         \
	{.of = of_, .name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT,         \
	 .width = width_, .descending = 1, .sum = SUM_SAME, .get = get_loss_##get_, __VA_ARGS__},
#define T(of_, name_, title_, width_, flex_, unit_, get_, help_, ...)                                                  \
	{.of = of_, .name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = width_,              \
	 .flex = flex_, .sum = SUM_SAME, .get = get_loss_##get_, __VA_ARGS__},
#define B(of_, name_, title_, help_)                                                                                   \
	{.of = of_, .name = #name_, .title = title_, .help = help_, .unit = UNIT_BOOL, .descending = 1,                \
	 .width = sizeof(title_) - 1 > 3 ? sizeof(title_) - 1 : 3, .sum = SUM_SAME, .get = get_loss_##name_},
#define NO_SUM .sum = SUM_NONE
#define EXTRA .extra = true

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

static const struct column columns[] = {
	T(ALL, "time", "TIME", 15, 0, TIME, time, "when it happened, unix seconds", .descending = 1, .tells = true)
	N(ALL, "number", "NUMBER", 8, NONE, number, "of the event, in the order of telling", .tells = true, NO_SUM)
	T(ALL, "kind", "KIND", 10, 0, TEXT, kind, "retransmit, drop or reset", EXTRA)
	T(R, "cause", "TYPE", 6, 0, TEXT, reason, "fast, rto, tlp, syn or synack", .severity = value_severity)
	T(D | X, "dir", "DIR", 3, 0, TEXT, dir, "rx: it was received; tx: it was sent, or on its way out")
	T(X, "reset", "RESET", 8, 0, TEXT, way, "sent or received", EXTRA)
	T(D | X, "reason", "REASON", 18, 1, TEXT, reason, "the kernel's name of the reason; absent where it gives none",
	  .severity = value_severity)
	T(D, "function", "FUNCTION", 16, 1, TEXT, function, "kernel function that dropped it")
	T(D, "dropped_by", "BY", 16, 0, TEXT, dropped_by,
	  "what of this machine refused it, in plain words; absent: none of those that are refused on purpose", EXTRA)
	T(D, "remedy", "REMEDY", 30, 1, TEXT, remedy, "what can be done about that", EXTRA)
	N(TABLE_FOLDS, "members", "LOSSES", 6, COUNT, members, "how many they are", .sum = SUM_COUNT)
	T(D, "location", "LOCATION", 16, 1, TEXT, location, "the place in it")
	T(D, "stack", "STACK", 16, 2, LIST, stack, "who called it: a list, innermost first", .item = loss_stack_item,
	  NO_SUM)
	T(D, "error", "INVALID", 7, 0, BOOL, error, "its sequence number or checksum was invalid", EXTRA)
	T(ALL, "proto", "PROTO", 5, 0, TEXT, proto, "protocol")
	T(ALL, "state", "STATE", 10, 0, STATE, state, "of the socket, as ss names it", STATE_COLUMN)
	T(R, "ca_state", "CA", 8, 0, TEXT, ca_state, "congestion avoidance state",
	  .word = ca_state_name, .words = CA_LOSS + 1)
	N(R, "cwnd_before", "BEFORE", 6, SEGMENTS, cwnd_before,
	  "before the reduction that is under way, else as cwnd; segments")
	N(R, "cwnd", "CWND", 5, SEGMENTS, cwnd, "congestion window when it was sent again, segments")
	T(R, "cwnd_change", "CWND", 10, 0, TEXT, cwnd_change, "the congestion window before and then, segments",
	  .align = ALIGN_RIGHT, EXTRA)
	N(R, "ssthresh", "SSTHR", 6, SEGMENTS, ssthresh, "slow start threshold, segments")
	N(R, "segments", "SEGS", 5, SEGMENTS, segments, "segments sent again", .sum = SUM_ADD)
	T(ALL, "local", "LOCAL", 15, 2, ENDPOINT, local, "this machine's address and port", .elide = ELIDE_ADDRESS,
	  EXTRA)
	T(ALL, "remote", "REMOTE", 15, 2, ENDPOINT, remote, "the other address and port", .elide = ELIDE_START, EXTRA)
	T(ALL, "laddr", "LADDR", 15, 2, ADDRESS, local, "this machine's address")
	N(ALL, "lport", "LPORT", 5, PORT, local_port, "its port")
	T(ALL, "raddr", "RADDR", 15, 2, ADDRESS, remote, "the other address")
	N(ALL, "rport", "RPORT", 5, PORT, remote_port, "its port")
	T(ALL, "id", "ID", 10, 0, ID, id, "the socket that was hit, as in its socket row")
	B(ALL, by_address, "BY ADDR", "the socket was found by the packet's addresses: the kernel named none")
	N(ALL, "pid", "PID", 7, NONE, pid, "process that holds the socket")
	T(ALL, "comm", "COMM", 10, 1, TEXT, comm, "name of that process")
	T(ALL, "process", "OWNER", 12, 1, TEXT, owner, "that process and its pid", EXTRA)
	T(ALL, "user", "USER", 8, 1, TEXT, user, "user name of the socket", EXTRA)
	T(ALL, "cgroup", "CGROUP", 16, 3, TEXT, cgroup, "cgroup v2 path of the socket", EXTRA)
	T(ALL, "container", "CONTAINER", 16, 2, TEXT, container, "container of that cgroup", EXTRA)
	N(ALL, "netns", "NETNS", 10, NONE, netns,
	  "inode of the network namespace where it happened: the device's, without one the socket's")
	N(ALL, "socket_netns", "SOCK NETNS", 10, NONE, socket_netns,
	  "inode of the namespace of the socket that was hit")
	B(D, elsewhere, "ELSEWHERE", "it was dropped on its way, in another namespace than its socket's")
	T(D, "place", "IN NETNS", 10, 1, TEXT, place, "that namespace, by name", EXTRA)
	N(D | X, "ifindex", "IFINDEX", 7, NONE, ifindex, "number of the device")
	T(D | X, "ifname", "DEV", 6, 0, TEXT, ifname, "name of the device")
	N(R | D, "seq", "SEQ", 10, NONE, seq, "first sequence number as on the wire", NO_SUM)
	N(R | D, "end_seq", "END", 10, NONE, end_seq, "one past the last", NO_SUM)
	T(D, "tcp_flags", "FLAGS", 5, 0, TEXT, tcp_flags, "F S R P A U E C: FIN SYN RST PSH ACK URG ECE CWR")
	N(D, "length", "LEN", 5, BYTES, length, "bytes from the IP header on", .sum = SUM_ADD)
	B(R, dropped_here, "HERE", "the segment was dropped on this machine before")
	N(R, "drop", "DROP", 8, NONE, drop, "number of that drop", NO_SUM)
	B(R, failed, "FAILED", "it did not leave: dropped on its way out")
	B(R, spurious, "SPURIOUS", "true: the peer had it already, its DSACK said so later; absent: not known")
	T(R, "note", "NOTE", 12, 0, TEXT, note, "what became of it", .severity = value_severity, EXTRA)
};
/* clang-format on */

#pragma GCC diagnostic pop

static struct column folded[ARRAY_SIZE(columns)];

__attribute__((constructor)) static void make_folded(void)
{
	fold_columns(folded, columns, ARRAY_SIZE(columns));
}

static const struct column_alias aliases[] = {
    TABLE_END_ALIASES,
    {"dev", "ifname"},
    {"device", "ifname"},
    {"len", "length"},
};

static const struct column predicates[] = {TABLE_END_PREDICATES};

/* On a narrow screen: what, when, with whom and whose, our own end as its port. */
static const struct table_shown retransmits[] = {
    {"time", true, 2, 12, 15, 15},    {"cause", true, 1, 6, 6, 6},          {"state", false, 9, 10, 10, 10},
    {"ca_state", false, 10, 8, 8, 8}, {"cwnd_change", true, 7, 10, 10, 10}, {"ssthresh", false, 11, 6, 6, 6},
    {"segments", true, 8, 4, 4, 4},   {"local", true, 6, 6, 15, 47},        {"remote", true, 3, 15, 21, 47},
    {"process", true, 5, 12, 16, 20}, {"seq", false, 12, 10, 10, 10},       {"note", true, 4, 12, 12, 12},
};

static const struct table_shown drops[] = {
    {"time", true, 2, 12, 15, 15},   {"reason", true, 1, 20, 20, 28},  {"function", true, 5, 16, 16, 26},
    {"proto", true, 7, 5, 5, 5},     {"dir", true, 9, 3, 3, 3},        {"local", true, 6, 6, 15, 47},
    {"remote", true, 3, 15, 21, 47}, {"process", true, 4, 12, 16, 20}, {"place", false, 12, 10, 10, 16},
    {"ifname", false, 11, 6, 6, 6},  {"seq", false, 13, 10, 10, 10},   {"tcp_flags", false, 10, 5, 5, 5},
    {"length", true, 8, 5, 5, 5},
};

static const struct table_shown resets[] = {
    {"time", true, 2, 12, 15, 15},    {"reset", true, 1, 8, 8, 8},    {"reason", true, 4, 20, 20, 28},
    {"state", true, 7, 10, 10, 10},   {"local", true, 6, 6, 15, 47},  {"remote", true, 3, 15, 21, 47},
    {"process", true, 5, 12, 16, 20}, {"ifname", false, 11, 6, 6, 6},
};

/* As text all of them. */
static const char *const retransmits_text[] = {
    "time",  "cause",  "state",   "ca_state", "cwnd_change", "ssthresh", "segments",
    "local", "remote", "process", "seq",      "note",        NULL,
};
static const char *const drops_text[] = {
    "time",    "reason", "function", "proto", "dir",       "local",  "remote",
    "process", "place",  "ifname",   "seq",   "tcp_flags", "length", NULL,
};
static const char *const resets_text[] = {
    "time", "reset", "reason", "state", "local", "remote", "process", "ifname", NULL,
};

static const struct ring *events(const struct model *m)
{
	return &m->losses->events;
}

static u32 end(const void *picture)
{
	return ring_index_end(events(picture));
}

static bool is_of(const struct loss *l, unsigned kinds)
{
	return l && kinds >> l->r.kind & 1;
}

#define RETRANSMITS (1U << LOSS_RETRANSMIT)
#define DROPS (1U << LOSS_DROP)
#define RESETS (1U << LOSS_RESET_SENT | 1U << LOSS_RESET_RECEIVED)

/* A table with its events: one of their kinds. */
#define LOSS_TABLE(which, kinds_, is_, name_, one_, many_, shown_, groups_)                                            \
	static const void *row_##which(const void *picture, u32 index)                                                 \
	{                                                                                                              \
		const struct loss *l = ring_at(events(picture), index);                                                \
                                                                                                                       \
		return is_of(l, kinds_) ? l : NULL;                                                                    \
	}                                                                                                              \
                                                                                                                       \
	static u32 rows_##which(const void *picture, bool ended)                                                       \
	{                                                                                                              \
		u32 n = 0;                                                                                             \
                                                                                                                       \
		(void)ended;                                                                                           \
		for (u32 i = 0; i < end(picture); i++)                                                                 \
			n += is_of(ring_at(events(picture), i), kinds_);                                               \
		return n;                                                                                              \
	}                                                                                                              \
                                                                                                                       \
	const struct table which##_table = {                                                                           \
	    .name = name_,                                                                                             \
	    .one = one_,                                                                                               \
	    .many = many_,                                                                                             \
	    .is = is_,                                                                                                 \
	    .columns = columns,                                                                                        \
	    .count = ARRAY_SIZE(columns),                                                                              \
	    .folded = folded,                                                                                          \
	    .predicates = predicates,                                                                                  \
	    .predicate_count = ARRAY_SIZE(predicates),                                                                 \
	    .aliases = aliases,                                                                                        \
	    .alias_count = ARRAY_SIZE(aliases),                                                                        \
	    .groups = groups_,                                                                                         \
	    .group_count = LOSS_GROUPS,                                                                                \
	    .shown = shown_,                                                                                           \
	    .shown_count = ARRAY_SIZE(shown_),                                                                         \
	    .text = shown_##_text,                                                                                     \
	    .sort = "time:desc",                                                                                       \
	    .events = true,                                                                                            \
	    .end = end,                                                                                                \
	    .row = row_##which,                                                                                        \
	    .id = number,                                                                                              \
	    .find = find,                                                                                              \
	    .age = number,                                                                                             \
	    .type = type,                                                                                              \
	    .rows = rows_##which,                                                                                      \
	    .generation = model_generation,                                                                            \
	}

static u64 number(const void *row)
{
	return ((const struct loss *)row)->number;
}

static u32 find(const void *picture, u64 id)
{
	return ring_index(events(picture), id);
}

static const char *type(const void *row)
{
	return loss_kind_name(((const struct loss *)row)->r.kind);
}

LOSS_TABLE(retransmit, RETRANSMITS, R, "retransmit", "retransmit", "retransmits", retransmits, retransmit_groups);
LOSS_TABLE(drop, DROPS, D, "drop", "drop", "drops", drops, loss_groups);
LOSS_TABLE(reset, RESETS, X, "reset", "reset", "resets", resets, loss_groups);
LOSS_TABLE(loss, RETRANSMITS | DROPS | RESETS, R | D | X, "loss", "loss", "losses", drops, loss_groups);

unsigned loss_table_kinds(const struct table *t)
{
	return (t->is & R ? RETRANSMITS : 0) | (t->is & D ? DROPS : 0) | (t->is & X ? RESETS : 0);
}
