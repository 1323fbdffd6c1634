/* The checks of what all sockets of a machine or namespace share: devices, queues, tables of the kernel. */
#include "checks_machine.h"

#include "devices_table.h"

/* clang-format off */
const struct check checks_machine[] = {
	{
		.name = "qdisc",
		.severity = FINDING_WARNING,
		.of = &device_table,
		.when = "kind = qdisc and parent = root and drops_rate >= 10",
		.grave = "drops_rate >= 10000",
		.after = 3,
		.until = 5,
		.about = "device,netns",
		.value = "drops_rate",
		.text = "the queue of {device} ({type}) drops {drops_rate} packets a second, {backlog} wait in it",
		.advice = "more is sent than {device} takes, or is allowed: see overlimits and the classes; a longer "
			  "queue only delays",
		.why = "a sender that looks for its rate loses a packet now and then; ten each second for three "
		       "seconds "
		       "are a queue that stays full",
	},
	{
		.name = "device_errors",
		.severity = FINDING_WARNING,
		.of = &device_table,
		.when = "kind = nic and (errors_rate > 0 or rx_missed_rate > 0)",
		.grave = "errors_rate >= 1000 or rx_missed_rate >= 1000",
		.until = 30,
		.about = "device,netns",
		.value = "errors",
		.text = "{device} has {rx_errors_rate} errors a second on receive, {tx_errors_rate} on transmit, "
			"and missed "
			"{rx_missed_rate} packets for want of room in its ring",
		.advice = "errors: cable, transceiver, duplex; missed: a larger ring (ethtool -G), or more queues",
		.why = "a link that works has none; half a minute, because they come now and then",
	},
	{
		.name = "no_carrier",
		.severity = FINDING_WARNING,
		.of = &device_table,
		.when = "trouble = no-carrier",
		.after = 3,
		.until = 3,
		.about = "device,netns",
		.value = "carrier_changes",
		.text = "{device} has no carrier, though it is up and was in use",
		.advice = "is the cable in, and is the other end up?",
		.why = "what never received anything is a port that nobody uses; a bridge has none while nothing is "
		       "connected to it; three seconds are longer than a link takes to come up",
	},
	{
		.name = "softnet",
		.severity = FINDING_CRITICAL,
		.of = &cpu_table,
		.when = "dropped_rate > 0 or flow_limit_rate > 0",
		.until = 10,
		.about = "",
		.value = "dropped_rate",
		.text = "processor {cpu} drops {dropped_rate} packets a second: its receive queue is full",
		.advice = "spread the interrupts or turn on RPS, or raise net.core.netdev_max_backlog",
		.why = "each is a packet that arrived and was thrown away before any socket was looked for "
		       "(enqueue_to_backlog())",
	},
	{
		.name = "conntrack_full",
		.severity = FINDING_WARNING,
		.of = &stack_table,
		.when = "conntrack_share >= 0.9 or conntrack_drop_rate > 0",
		.grave = "conntrack_drop_rate > 0",
		.after = 2,
		.until = 10,
		.about = "netns",
		.value = "conntrack",
		.text = "the table of tracked connections is {conntrack_share} full: {conntrack} of {conntrack_max}"
			"[ in {space}]",
		.grave_text = "new connections are dropped[ in {space}]: the table of tracked connections is full, "
			      "{conntrack} of {conntrack_max}",
		.advice = "raise net.netfilter.nf_conntrack_max, or do not track what needs no NAT and no state "
			  "(notrack)",
		.why = "the last tenth is taken by one burst; from then on packets of new connections are dropped "
		       "(__nf_conntrack_alloc())",
	},
	{
		.name = "tcp_memory",
		.severity = FINDING_WARNING,
		.of = &stack_table,
		.when = "tcp_pressure = yes or orphans_share >= 0.5",
		.grave = "tcp_mem_share >= 0.95 or orphans_share >= 0.95",
		.after = 2,
		.until = 10,
		.about = "",
		.value = "tcp_mem",
		.text = "TCP is short of memory: {tcp_mem} of {tcp_mem_max}, {orphans} of {orphans_max} orphans",
		.advice = "find whose queues are long (sort by rmem_alloc and wmem_queued), or raise net.ipv4.tcp_mem",
		.why = "above its second value the kernel shrinks windows and buffers "
		       "(tcp_enter_memory_pressure()); tcp_check_oom() may count an orphan twice",
	},
	{
		.name = "syn_queue",
		.severity = FINDING_WARNING,
		.of = &counter_table,
		.when = "rate > 0 and (name = TcpExtTCPReqQFullDoCookies or name = TcpExtTCPReqQFullDrop)",
		.grave = "name = TcpExtTCPReqQFullDrop",
		.after = 1,
		.until = 10,
		.about = "netns",
		.value = "rate",
		.text = "a listener's SYN queue is full[ in {space}]: {rate} SYNs a second are answered with cookies",
		.grave_text = "a listener's SYN queue is full[ in {space}]: {rate} SYNs a second are dropped",
		.advice = "a flood, or a backlog that is too small: *Listeners* shows which port; "
			  "net.ipv4.tcp_max_syn_backlog",
		.why = "cookies are only sent once the queue is full (tcp_conn_request()); with "
		       "net.ipv4.tcp_syncookies = 0 the SYN is dropped",
	},
	{
		.name = "bad_packets",
		.severity = FINDING_WARNING,
		.of = &counter_table,
		.when = "rate > 0 and name ~ InCsumErrors$",
		.until = 10,
		.about = "netns",
		.value = "rate",
		.text = "damaged packets arrive[ in {space}]: {rate} a second ({name})",
		.advice = "a checksum that is wrong comes from the path or from an offload: try ethtool -K "
			  "DEVICE rx off",
		.why = "these stand still as long as nothing is wrong; InErrs also counts a SYN for an open connection "
		       "(tcp_validate_incoming()), InHdrErrors a TTL that ran out (ip_forward())",
	},
};
/* clang-format on */

const size_t checks_machine_count = ARRAY_SIZE(checks_machine);
