/* A machine whose link is full: a shaper that drops, a NIC with errors, a veth without its peer, a processor that is
 * overrun; and a container whose table of connections is nearly full. */
#include "device_recording.h"

#include <net/if.h>
#include <string.h>

#include "cleanup.h"

#define MACHINE 4026531840U
#define CONTAINER 4026532208U
#define UP (IFF_UP | IFF_RUNNING)
#define MiB (1ULL << 20)

enum { OPER_UNKNOWN = 0, OPER_DOWN = 2, OPER_LOWER_DOWN = 3, OPER_UP = 6 };
enum {
	LO = 1,
	ETH0,
	SHAPER,
	CLASS_WEB,
	CLASS_REST,
	VETH,
	HOSTILE,
	CONTAINER_LO,
	CONTAINER_ETH0,
	BRIDGE,
	ETH1,
	BRIDGE_EMPTY
};

static void put_name(struct buf *out, u64 kind, u64 key, const char *text)
{
	struct record_name n = {.kind = kind, .key = key};

	memcpy(n.text, text, MIN(strlen(text), sizeof(n.text) - 1));
	stream_put(out, RECORD_NAME, &n);
}

static const char *const counters[] = {"TcpRetransSegs",        "TcpExtListenOverflows", "TcpExtSyncookiesSent",
				       "TcpInCsumErrors",       "IpInDelivers",          "Ip6InReceives",
				       "TcpExtTCPAbortOnMemory"};

void put_device_names(struct buf *out)
{
	put_name(out, NAME_NETNS, CONTAINER, "web-7f9c");
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		put_name(out, NAME_COUNTER, i, counters[i]);
}

static void put_device(struct buf *out, struct record_device d, const char *name, const char *type)
{
	memcpy(d.name, name, MIN(strlen(name), sizeof(d.name)));
	memcpy(d.type, type, MIN(strlen(type), sizeof(d.type)));
	stream_put(out, RECORD_DEVICE, &d);
}

static struct record_device nic(u64 id, u32 space, u32 ifindex, u32 operstate, u64 bytes)
{
	return (struct record_device){.id = id,
				      .space = space,
				      .kind = DEVICE_NIC,
				      .has = DEVICE_HAS_CARRIER,
				      .carrier = operstate != OPER_DOWN && operstate != OPER_LOWER_DOWN,
				      .ifindex = ifindex,
				      .flags = operstate == OPER_DOWN ? 0 : UP,
				      .operstate = operstate,
				      .mtu = 1500,
				      .carrier_changes = 2,
				      .rx_bytes = bytes,
				      .rx_packets = bytes / 1000,
				      .tx_bytes = 3 * bytes,
				      .tx_packets = bytes / 500};
}

static struct record_device queue(u64 id, enum device_kind kind, u32 handle, u32 parent, u64 bytes)
{
	return (struct record_device){.id = id,
				      .space = 1,
				      .kind = kind,
				      .ifindex = 2,
				      .handle = handle,
				      .parent = parent,
				      .tx_bytes = bytes,
				      .tx_packets = bytes / 1000};
}

static void put_machine(struct buf *out, u64 t)
{
	struct record_device eth0 = nic(ETH0, 1, 2, OPER_UP, t * 10 * MiB), veth = nic(VETH, 1, 7, OPER_LOWER_DOWN, 0);
	struct record_device shaper = queue(SHAPER, DEVICE_QDISC, 0x10000, DEVICE_ROOT, t * 30 * MiB);
	struct record_device web = queue(CLASS_WEB, DEVICE_CLASS, 0x10010, 0x10001, t * 29 * MiB);

	eth0.rx_errors = eth0.errors = 12 + 3 * t;
	eth0.rx_crc = 5;
	eth0.rx_missed = 40 * t;
	eth0.rx_dropped = 2;
	eth0.drops = eth0.rx_missed + eth0.rx_dropped;
	veth.parent = 9;
	shaper.drops = web.drops = 170 * t;
	shaper.overlimits = web.overlimits = 1900 * t;
	shaper.requeues = 7;
	shaper.backlog = web.backlog = 140000 + 1514 * t;
	shaper.qlen = web.qlen = 93;
	put_device(out, nic(LO, 1, 1, OPER_UNKNOWN, t * MiB), "lo", "");
	put_device(out, eth0, "eth0", "");
	put_device(out, shaper, "eth0", "htb");
	put_device(out, web, "eth0", "htb");
	if (t > 1) /* nothing of it has changed since */
		return;
	put_device(out, queue(CLASS_REST, DEVICE_CLASS, 0x10020, 0x10001, MiB), "eth0", "htb");
	put_device(out, veth, "veth7", "veth");
	put_device(out, nic(HOSTILE, 1, 8, OPER_DOWN, 0), "a\x1b[31m\n\"b\",c", "tun\x07");
	put_device(out, nic(BRIDGE, 1, 9, OPER_UP, 5 * MiB), "br0", "bridge");
	put_device(out, nic(ETH1, 1, 3, OPER_LOWER_DOWN, MiB), "eth1", "");
	put_device(out, nic(BRIDGE_EMPTY, 1, 10, OPER_LOWER_DOWN, MiB), "br1", "bridge");
}

static void put_counter(struct buf *out, u32 space, u32 number, u64 value)
{
	stream_put(out, RECORD_COUNTER, &(struct record_counter){value, space, number});
}

static void put_cpus(struct buf *out, u64 t)
{
	struct record_cpu first = {
	    .cpu = 0, .processed = 100000 + 52000 * t, .dropped = 30 * (t - 1), .squeezed = 400 * t};
	struct record_cpu second = {.cpu = 1, .processed = 90000 + 100 * t, .rps = 7};

	first.backlog = 1000;
	stream_put(out, RECORD_CPU, &first);
	stream_put(out, RECORD_CPU, &second);
}

static void put_container(struct buf *out, u64 t)
{
	if (t <= 2)
		put_device(out, nic(CONTAINER_LO, 2, 1, OPER_UNKNOWN, 5000), "lo", "");
	put_device(out, nic(CONTAINER_ETH0, 2, 5, OPER_UP, t * 4 * MiB), "eth0", "veth");
	put_counter(out, 2, 1, 41 * t);
	put_counter(out, 2, 2, 1000 * t);
}

void put_devices(struct buf *out, unsigned tick, u64 time_ns)
{
	struct record_space machine = {.id = 1, .netns = MACHINE, .time_ns = time_ns, .devices = 7};
	struct record_space container = {.id = 2, .netns = CONTAINER, .cookie = 77, .devices = 2};

	machine.has = SPACE_MACHINE;
	machine.tcp_mem = 300 * MiB;
	machine.tcp_mem_pressure = 256 * MiB;
	machine.tcp_mem_max = 384 * MiB;
	machine.orphans = 50;
	machine.orphans_max = 65536;
	stream_put(out, RECORD_SPACE, &machine);
	put_counter(out, 1, 0, 100 + 20 * tick);
	put_counter(out, 1, 4, 9000ULL * tick);
	if (tick == 1)
		put_counter(out, 1, 5, 12);
	if (tick == 2)
		put_counter(out, 1, 6, 3); /* it was 0 */
	put_cpus(out, tick);
	put_machine(out, tick);
	container.time_ns = time_ns + 1000000;
	container.has = SPACE_CONNTRACK | SPACE_CONNTRACK_STATS;
	container.conntrack = 950 + tick;
	container.conntrack_max = 1000;
	container.insert_failed = 4 * tick;
	container.conntrack_drop = 60 * tick;
	container.early_drop = 5;
	stream_put(out, RECORD_SPACE, &container);
	put_container(out, tick);
	if (tick == DEVICE_TICKS)
		stream_put(out, RECORD_DEVICE, &(struct record_device){.id = HOSTILE, .has = DEVICE_GONE});
}
