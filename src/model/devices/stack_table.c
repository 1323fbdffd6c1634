/* The table of network stacks: of each namespace what it has as a whole. */
#include "devices_get.h"

#define STACK_GETTER(name) GETTER_FOR(struct stack, s, name)

/* Each column says which bits of record_space.has it needs. */
STACK_GETTER(get_known)
{
	return (s->r.has & c->has) == c->has ? get_stored(c, m, s, v) : 0;
}

STACK_GETTER(get_name)
{
	return value_text(v, stack_name(m, s->r.netns));
}

STACK_GETTER(get_stat_rate)
{
	size_t apart = offsetof(struct stack, before) - offsetof(struct stack, r);
	u64 now = field_at(s, c->offset, c->size), before = field_at(s, c->offset + apart, c->size);

	return s->r.has & s->before.has & SPACE_CONNTRACK_STATS ? value_real(v, stack_rate(s, now, before)) : 0;
}

static int value_share(struct value *v, u64 part, u64 of)
{
	return of ? value_real(v, (double)part / (double)of) : 0;
}

STACK_GETTER(get_conntrack_share)
{
	return s->r.has & SPACE_CONNTRACK ? value_share(v, s->r.conntrack, s->r.conntrack_max) : 0;
}

STACK_GETTER(get_tcp_mem_share)
{
	return s->r.has & SPACE_MACHINE ? value_share(v, s->r.tcp_mem, s->r.tcp_mem_max) : 0;
}

STACK_GETTER(get_tcp_pressure)
{
	return s->r.has & SPACE_MACHINE ? value_number(v, s->r.tcp_mem > s->r.tcp_mem_pressure) : 0;
}

STACK_GETTER(get_orphans_share)
{
	return s->r.has & SPACE_MACHINE ? value_share(v, s->r.orphans, s->r.orphans_max) : 0;
}

/* clang-format off */
#define OF(field) AT(struct stack, field)
#define CONNTRACK .has = SPACE_CONNTRACK
#define STATS .has = SPACE_CONNTRACK_STATS
#define MACHINE .has = SPACE_MACHINE

static const struct column columns[] = {
	N("netns", "NETNS", 10, NONE, get_stored, "inode of the network namespace", OF(netns), .tells = true),
	T("space", "NAME", 10, 1, get_name, "its name, by ip-netns(8)", .tells = true),
	N("netns_cookie", "NSCOOKIE", 10, NONE, get_stored, "its cookie; 0 before 5.14", OF(cookie), EXTRA),
	N("devices", "DEVICES", 7, COUNT, get_stored, "network devices in it", OF(devices)),
	{NUMBER("unlisted", "UNLIST", 6, COUNT, get_stored, SAME, "devices and qdiscs that are too many to be listed"),
	 OF(unlisted), WARN(1, NAN)},
	N("conntrack", "CONNTRK", 7, COUNT, get_known, "connections that are tracked", OF(conntrack), CONNTRACK),
	N("conntrack_max", "CTMAX", 7, COUNT, get_known, "their limit (nf_conntrack_max)", OF(conntrack_max),
	  CONNTRACK),
	SHARE("conntrack_share", "CT%", get_conntrack_share, "of the limit that is taken", WARN(0.75, 0.9)),
	N("insert_failed", "INSFAIL", 7, COUNT, get_known, "connections that could not be entered", OF(insert_failed),
	  STATS),
	R("insert_failed_rate", "INSF/s", 6, get_stat_rate, "the same per second", OF(insert_failed), WARN(0.001, NAN)),
	N("conntrack_drop", "CTDROP", 7, COUNT, get_known,
	  "packets dropped because there was no room for their connection",
	  OF(conntrack_drop), STATS),
	R("conntrack_drop_rate", "CTDRP/s", 7, get_stat_rate, "the same per second", OF(conntrack_drop), WARN(0.001,
	  0.001)),
	N("early_drop", "EARLY", 7, COUNT, get_known, "connections forgotten early to make room", OF(early_drop),
	  STATS),
	R("early_drop_rate", "EARLY/s", 7, get_stat_rate, "the same per second", OF(early_drop), WARN(0.001, NAN)),
	N("tcp_mem", "TCPMEM", 7, BYTES, get_known,
	  "memory of all TCP sockets of the machine; in skbtop's own namespace",
	  OF(tcp_mem), MACHINE),
	N("tcp_mem_pressure", "TCPPRES", 7, BYTES, get_known, "from which on TCP is sparing (net.ipv4.tcp_mem)",
	  OF(tcp_mem_pressure), MACHINE),
	N("tcp_mem_max", "TCPMAX", 7, BYTES, get_known, "beyond which nothing is buffered (net.ipv4.tcp_mem)",
	  OF(tcp_mem_max), MACHINE),
	SHARE("tcp_mem_share", "TCP%", get_tcp_mem_share, "of the limit that is taken", WARN(0.75, 0.9)),
	B("tcp_pressure", "PRESS", 5, get_tcp_pressure, "TCP's memory is beyond tcp_mem_pressure", WARN(1, NAN)),
	N("orphans", "ORPHANS", 7, COUNT, get_known, "connections of the machine that no process holds any more",
	  OF(orphans), MACHINE),
	N("orphans_max", "ORPHMAX", 7, COUNT, get_known, "their limit (net.ipv4.tcp_max_orphans)", OF(orphans_max),
	  MACHINE),
	SHARE("orphans_share", "ORPH%", get_orphans_share, "of the limit that is taken", WARN(0.5, 0.9)),
};
/* clang-format on */

SHELF_TABLE(SHELF_STACKS);

static const struct table_shown shown[] = {
    {"netns", true, 1, 10, 10, 10},
    {"space", true, 2, 8, 10, 20},
    {"devices", true, 9, 7, 7, 7},
    {"conntrack", true, 4, 7, 7, 7},
    {"conntrack_max", true, 8, 7, 7, 7},
    {"conntrack_share", true, 3, 5, 5, 5},
    {"conntrack_drop_rate", true, 6, 7, 7, 7},
    {"insert_failed_rate", false, 10, 6, 6, 6},
    {"early_drop_rate", false, 11, 7, 7, 7},
    {"tcp_mem", true, 7, 7, 7, 7},
    {"tcp_mem_share", true, 5, 5, 5, 5},
    {"tcp_mem_max", false, 14, 7, 7, 7},
    {"orphans", true, 10, 7, 7, 7},
    {"orphans_max", false, 13, 7, 7, 7},
    {"orphans_share", false, 12, 5, 5, 5},
};

const struct table stack_table = {
    .name = "stack",
    .one = "namespace",
    .many = "namespaces",
    .sort = "conntrack_share:desc",
    SHELF_FUNCTIONS,
};
