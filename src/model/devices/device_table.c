/* The table of devices: network devices with their queueing disciplines and classes. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "devices_get.h"

#define DEVICE_GETTER(name) GETTER_FOR(struct device, d, name)

static bool is_nic(const struct device *d)
{
	return d->r.kind == DEVICE_NIC;
}

/* -- what it is ---------------------------------------------------------------------------------------------------- */

static const char *kind_name(unsigned kind)
{
	static const char *const names[] = {"?", "nic", "qdisc", "class"};

	return kind < ARRAY_SIZE(names) ? names[kind] : names[0];
}

DEVICE_GETTER(get_kind)
{
	return value_word(v, d->r.kind, kind_name(d->r.kind));
}

DEVICE_GETTER(get_device)
{
	return value_text(v, (const char *)d->r.name);
}

DEVICE_GETTER(get_type)
{
	return value_text(v, (const char *)d->r.type);
}

/* As tc(8) writes it. */
static int value_handle(struct value *v, u32 handle)
{
	if (handle & 0xffff)
		snprintf(v->buffer, sizeof(v->buffer), "%x:%x", handle >> 16, handle & 0xffff);
	else
		snprintf(v->buffer, sizeof(v->buffer), "%x:", handle >> 16);
	return value_text(v, v->buffer);
}

DEVICE_GETTER(get_handle)
{
	return is_nic(d) ? 0 : value_handle(v, d->r.handle);
}

/* A NIC's is the device that it is a part of: its bridge, bond or VRF. */
DEVICE_GETTER(get_parent)
{
	const struct shelf *s = model_shelf(m, SHELF_DEVICES);

	if (!is_nic(d))
		return d->r.parent == DEVICE_ROOT ? value_text(v, "root") : value_handle(v, d->r.parent);
	for (u32 i = d->r.parent ? d->of.stack->first[0] : IDMAP_NONE; i != IDMAP_NONE;) {
		const struct device *other = s->rows[i];

		if (is_nic(other) && other->r.ifindex == d->r.parent)
			return value_text(v, (const char *)other->r.name);
		i = other->of.next;
	}
	return 0;
}

DEVICE_GETTER(get_operstate)
{
	static const char *const names[] = {"unknown", "notpresent", "down", "lowerlayerdown",
					    "testing", "dormant",    "up"};

	v->severity = d->r.flags & IFF_UP && d->r.has & DEVICE_HAS_CARRIER && !d->r.carrier ? 2 : 0;
	return is_nic(d) && d->r.operstate < ARRAY_SIZE(names) ? value_text(v, names[d->r.operstate]) : 0;
}

DEVICE_GETTER(get_up)
{
	return is_nic(d) ? value_number(v, (d->r.flags & IFF_UP) != 0) : 0;
}

/* The kernel knows no carrier of a device that is down: it says that there is none. */
DEVICE_GETTER(get_carrier)
{
	v->severity = d->r.carrier ? 0 : 2;
	return is_nic(d) && d->r.has & DEVICE_HAS_CARRIER && d->r.flags & IFF_UP ? value_number(v, d->r.carrier) : 0;
}

/* -- figures ------------------------------------------------------------------------------------------------------- */

DEVICE_GETTER(get_nic)
{
	return is_nic(d) ? get_stored(c, m, d, v) : 0;
}

DEVICE_GETTER(get_nic_growth)
{
	return is_nic(d) ? get_growth(c, m, d, v) : 0;
}

DEVICE_GETTER(get_queue)
{
	return is_nic(d) ? 0 : get_stored(c, m, d, v);
}

DEVICE_GETTER(get_queue_growth)
{
	return is_nic(d) ? 0 : get_growth(c, m, d, v);
}

/* -- what is wrong with it ----------------------------------------------------------------------------------------- */

#define DROPS_FEW 1       /* a second: a network has packets that nobody here takes, one now and then */
#define QUEUE_LONG_S 5e-3 /* what CoDel lets wait (RFC 8289, TARGET) */

/* Seconds that what waits in a queue takes to leave; NaN: not known. */
static double queue_time(const struct device *d)
{
	double rate = of_stack_rate(&d->of, d->r.tx_bytes, d->before.tx_bytes);

	return is_nic(d) || !(rate > 0) ? NAN : (double)d->r.backlog / rate;
}

DEVICE_GETTER(get_queue_time)
{
	double seconds = queue_time(d);

	return isnan(seconds) ? 0 : value_number(v, (u64)(seconds * 1e6));
}

enum trouble { TROUBLE_NONE, TROUBLE_CARRIER, TROUBLE_ERRORS, TROUBLE_RING, TROUBLE_DROPS, TROUBLE_QUEUE, TROUBLES };

static const char *trouble_name(unsigned trouble)
{
	static const char *const names[] = {"-", "no-carrier", "errors", "ring-full", "drops", "queue"};

	return trouble < ARRAY_SIZE(names) ? names[trouble] : names[0];
}

/* A port that never received anything is one that nobody uses, and a bridge has no carrier while nothing is connected
 * to it. */
static bool lost_carrier(const struct device *d)
{
	return d->r.flags & IFF_UP && d->r.has & DEVICE_HAS_CARRIER && !d->r.carrier && d->r.rx_packets &&
	       strcmp((const char *)d->r.type, "bridge") != 0;
}

/* Of queues only those that a device begins with: they count what those below them drop. */
static enum trouble trouble_of(const struct device *d)
{
#define GREW(field) of_stack_rate(&d->of, d->r.field, d->before.field)
	if (!is_nic(d) && d->r.parent != DEVICE_ROOT)
		return TROUBLE_NONE;
	if (is_nic(d) && lost_carrier(d))
		return TROUBLE_CARRIER;
	if (is_nic(d) && GREW(errors) > 0)
		return TROUBLE_ERRORS;
	if (is_nic(d) && GREW(rx_missed) > 0)
		return TROUBLE_RING;
	if (GREW(drops) >= DROPS_FEW)
		return TROUBLE_DROPS;
	return queue_time(d) >= QUEUE_LONG_S ? TROUBLE_QUEUE : TROUBLE_NONE;
#undef GREW
}

DEVICE_GETTER(get_trouble)
{
	enum trouble t = trouble_of(d);

	v->severity = 1;
	return t ? value_word(v, t, trouble_name(t)) : 0;
}

/* M, MR: as N and R; of several rows the largest, as what a qdisc lets out or drops its classes and its device count,
 * too. */
/* clang-format off */
#define M(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{NUMBER(name_, title_, width_, unit_, get_, MOST, help_), UNMARKED, __VA_ARGS__}
#define MR(name_, title_, width_, get_, help_, ...)                                                                    \
	{NUMBER(name_, title_, width_, EVENTS, get_, MOST, help_), __VA_ARGS__}
#define DEV(field) AT(struct device, field)
#define GROWTH(field)                                                                                                  \
	.offset = offsetof(struct device, r.field), .has = offsetof(struct device, before) - offsetof(struct device, r)

static const struct column columns[] = {
	T("device", "DEVICE", 8, 1, get_device, "name of the network device", .tells = true),
	T("kind", "KIND", 5, 0, get_kind, "nic; qdisc or class of that device", .word = kind_name,
	  .words = DEVICE_CLASS + 1),
	T("type", "TYPE", 10, 0, get_type, "veth, bridge, …; fq_codel, htb, …; absent: a NIC of hardware, or lo"),
	T("handle", "HANDLE", 7, 0, get_handle, "of a qdisc or class, as tc writes it"),
	T("parent", "PARENT", 8, 0, get_parent,
	  "of a qdisc or class: root or a handle; of a NIC its bridge, bond or VRF"),
	N("ifindex", "IFINDEX", 7, NONE, get_stored, "number of the device", DEV(ifindex)),
	N("netns", "NETNS", 10, NONE, get_stack_netns, "inode of its network namespace"),
	T("space", "IN NETNS", 10, 1, get_stack_name, "that namespace, by name", EXTRA),
	T("trouble", "TROUBLE", 10, 0, get_trouble,
	  "no-carrier, errors, ring-full, drops (from one a second on), queue (5 ms of it or more); absent: none",
	  .word = trouble_name, .words = TROUBLES, .severity = value_severity),
	B("up", "UP", 3, get_up, "somebody has set it up", UNMARKED),
	B("carrier", "CARRIER", 7, get_carrier, "it is connected; absent: it is not up, or nobody knows", UNMARKED,
	  .severity = value_severity),
	T("operstate", "OPER", 8, 0, get_operstate, "operational state: up, down, lowerlayerdown, dormant, unknown, …",
	  .severity = value_severity),
	N("carrier_changes", "CARRIERS", 8, NONE, get_nic, "times that it lost or got its carrier",
	  DEV(carrier_changes)),
	N("mtu", "MTU", 5, NONE, get_nic, "bytes", DEV(mtu)),
	A("rx_bytes", "RXBYTES", 7, BYTES, get_nic, "bytes received", DEV(rx_bytes)),
	M("tx_bytes", "TXBYTES", 7, BYTES, get_stored, "bytes sent; of a qdisc or class let out", DEV(tx_bytes)),
	A("rx_rate", "RX/s", 6, RATE, get_nic_growth, "bytes per second received", GROWTH(rx_bytes)),
	M("tx_rate", "TX/s", 6, RATE, get_growth, "bytes per second sent, or let out", GROWTH(tx_bytes)),
	A("rx_packets", "RXPKTS", 6, COUNT, get_nic, "packets received", DEV(rx_packets)),
	M("tx_packets", "TXPKTS", 6, COUNT, get_stored, "packets sent, or let out", DEV(tx_packets)),
	R("rx_pps", "RXPKT/s", 7, get_nic_growth, "packets per second received", GROWTH(rx_packets), UNMARKED),
	MR("tx_pps", "TXPKT/s", 7, get_growth, "packets per second sent, or let out", GROWTH(tx_packets), UNMARKED),
	A("errors", "ERRORS", 6, COUNT, get_nic, "rx_errors and tx_errors together", DEV(errors)),
	R("errors_rate", "ERR/s", 6, get_nic_growth, "errors per second", GROWTH(errors), WARN(0.001, NAN)),
	M("drops", "DROPS", 6, COUNT, get_stored,
	  "packets dropped by a qdisc or class; of a NIC rx_dropped, tx_dropped and rx_missed together", DEV(drops)),
	MR("drops_rate", "DROP/s", 6, get_growth, "drops per second", GROWTH(drops), WARN(0.001, NAN)),
	M("backlog", "BACKLOG", 7, BYTES, get_queue, "bytes that wait in a qdisc or class", DEV(backlog)),
	M("qlen", "QLEN", 5, COUNT, get_queue, "packets that wait there", DEV(qlen)),
	M("queue_us", "QUEUE", 6, USEC, get_queue_time, "time that what waits there takes to leave, at tx_rate"),
	M("overlimits", "OVERLIM", 7, COUNT, get_queue, "times that a qdisc or class had to hold a packet back",
	  DEV(overlimits)),
	MR("overlimits_rate", "OVER/s", 6, get_queue_growth, "overlimits per second", GROWTH(overlimits), UNMARKED),
	M("requeues", "REQUEUE", 7, COUNT, get_queue, "packets that the driver did not take", DEV(requeues)),
	MR("requeues_rate", "REQ/s", 6, get_queue_growth, "requeues per second", GROWTH(requeues), UNMARKED),
	A("rx_errors", "RXERR", 6, COUNT, get_nic, "packets received with errors", DEV(rx_errors)),
	R("rx_errors_rate", "RXERR/s", 7, get_nic_growth, "rx_errors per second", GROWTH(rx_errors), WARN(0.001, NAN)),
	A("tx_errors", "TXERR", 6, COUNT, get_nic, "packets that could not be sent", DEV(tx_errors)),
	R("tx_errors_rate", "TXERR/s", 7, get_nic_growth, "tx_errors per second", GROWTH(tx_errors), WARN(0.001, NAN)),
	A("rx_dropped", "RXDROP", 6, COUNT, get_nic, "packets received, but not taken", DEV(rx_dropped)),
	R("rx_dropped_rate", "RXDRP/s", 7, get_nic_growth, "rx_dropped per second", GROWTH(rx_dropped), WARN(0.001,
	  NAN)),
	A("tx_dropped", "TXDROP", 6, COUNT, get_nic, "packets dropped on their way out", DEV(tx_dropped)),
	R("tx_dropped_rate", "TXDRP/s", 7, get_nic_growth, "tx_dropped per second", GROWTH(tx_dropped), WARN(0.001,
	  NAN)),
	A("rx_missed", "MISSED", 6, COUNT, get_nic, "packets for which its ring had no room (rx_missed_errors)",
	  DEV(rx_missed)),
	R("rx_missed_rate", "MISS/s", 6, get_nic_growth, "rx_missed per second", GROWTH(rx_missed), WARN(0.001, NAN)),
	A("rx_crc", "CRC", 6, COUNT, get_nic, "packets with a wrong checksum of the link", DEV(rx_crc)),
	A("rx_frame", "FRAME", 6, COUNT, get_nic, "packets that were no whole frames", DEV(rx_frame)),
	A("rx_fifo", "RXFIFO", 6, COUNT, get_nic, "overruns of its queue on receive", DEV(rx_fifo)),
	A("rx_nohandler", "NOHAND", 6, COUNT, get_nic, "packets on an inactive device, or that nobody here takes",
	  DEV(rx_nohandler)),
	A("tx_carrier", "TXCARR", 6, COUNT, get_nic, "packets that were lost with the carrier", DEV(tx_carrier)),
	A("tx_fifo", "TXFIFO", 6, COUNT, get_nic, "underruns of its queue on transmit", DEV(tx_fifo)),
	A("collisions", "COLL", 6, COUNT, get_nic, "collisions", DEV(collisions)),
};
/* clang-format on */

SHELF_TABLE(SHELF_DEVICES);

static const struct column_alias aliases[] = {{"dev", "device"}, {"ifname", "device"}};

static const struct table_shown shown[] = {
    {"device", true, 1, 8, 10, 15},
    {"kind", true, 2, 5, 5, 5},
    {"type", true, 9, 8, 8, 10},
    {"trouble", true, 7, 10, 10, 10},
    {"handle", false, 16, 7, 7, 7},
    {"parent", true, 12, 7, 7, 9},
    {"operstate", true, 10, 7, 7, 9},
    {"rx_rate", true, 5, 6, 6, 6},
    {"tx_rate", true, 6, 6, 6, 6},
    {"rx_pps", true, 14, 7, 7, 7},
    {"tx_pps", true, 13, 7, 7, 7},
    {"drops_rate", true, 3, 6, 6, 6},
    {"errors_rate", true, 4, 6, 6, 6},
    {"backlog", true, 8, 7, 7, 7},
    {"qlen", false, 22, 5, 5, 5},
    {"queue_us", false, 23, 6, 6, 6},
    {"drops", false, 15, 6, 6, 6},
    {"errors", false, 15, 6, 6, 6},
    {"overlimits_rate", false, 18, 6, 6, 6},
    {"requeues_rate", false, 19, 6, 6, 6},
    {"mtu", false, 20, 5, 5, 5},
    {"space", true, 11, 8, 10, 16},
    {"netns", false, 17, 10, 10, 10, .alike = 3},
};

/* -- groups -------------------------------------------------------------------------------------------------------- */

static u64 device_key(const void *picture, const void *row)
{
	const struct device *d = row;

	(void)picture;
	return idmap_hash(d->of.stack->row.key << 32 | d->r.ifindex) | 1;
}

static void device_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct device *d = row;
	const char *name = stack_name(picture, d->of.stack->r.netns);

	snprintf(dst, size, "%s%s%s", (const char *)d->r.name, name ? "  in " : "", name ? name : "");
}

static u64 netns_key(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct device *)row)->of.stack->row.key;
}

static void netns_label(const void *picture, const void *row, char *dst, size_t size)
{
	u32 netns = ((const struct device *)row)->of.stack->r.netns;
	const char *name = stack_name(picture, netns);

	if (name)
		snprintf(dst, size, "%s", name);
	else
		snprintf(dst, size, "netns %u", netns);
}

/* The same device of another namespace. */
static u64 alike(const void *picture, const void *row)
{
	const struct device *d = row;
	u64 hash = (u64)d->r.kind << 32 | d->r.handle;

	(void)picture;
	for (const u8 *c = d->r.name; *c; c++)
		hash = idmap_mix(hash, *c);
	return idmap_hash(hash);
}

static const struct table_group groups[] = {
    {.name = "device", .key = device_key, .label = device_label},
    {.name = "namespace", .key = netns_key, .label = netns_label},
};

const struct table device_table = {
    .name = "device",
    .one = "device",
    .many = "devices",
    .aliases = aliases,
    .alias_count = ARRAY_SIZE(aliases),
    .groups = groups,
    .group_count = ARRAY_SIZE(groups),
    .sort = "drops_rate:desc",
    .alike = alike,
    SHELF_FUNCTIONS,
};
