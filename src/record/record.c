/* The descriptions of all kinds, made from the field tables; and the names of numbers in the stream. */
#include "record.h"

#include <string.h>
#include <strings.h>

#include "cleanup.h"

#define DESCRIBE(lower, field_, type, n, doc_)                                                                         \
	{.name = #field_,                                                                                              \
	 .doc = doc_,                                                                                                  \
	 .offset = offsetof(struct record_##lower, field_),                                                            \
	 .width = sizeof(type),                                                                                        \
	 .count = n},

#define SOCKET_F(type, field, doc) DESCRIBE(socket, field, type, 1, doc)
#define SOCKET_A(type, field, n, doc) DESCRIBE(socket, field, type, n, doc)
#define INFO_F(type, field, doc) DESCRIBE(info, field, type, 1, doc)
#define INFO_A(type, field, n, doc) DESCRIBE(info, field, type, n, doc)
#define TICK_F(type, field, doc) DESCRIBE(tick, field, type, 1, doc)
#define TICK_A(type, field, n, doc) DESCRIBE(tick, field, type, n, doc)
#define HELLO_F(type, field, doc) DESCRIBE(hello, field, type, 1, doc)
#define HELLO_A(type, field, n, doc) DESCRIBE(hello, field, type, n, doc)
#define FEATURE_F(type, field, doc) DESCRIBE(feature, field, type, 1, doc)
#define FEATURE_A(type, field, n, doc) DESCRIBE(feature, field, type, n, doc)
#define NAME_F(type, field, doc) DESCRIBE(name, field, type, 1, doc)
#define NAME_A(type, field, n, doc) DESCRIBE(name, field, type, n, doc)
#define HOST_F(type, field, doc) DESCRIBE(host, field, type, 1, doc)
#define HOST_A(type, field, n, doc) DESCRIBE(host, field, type, n, doc)
#define ANSWER_F(type, field, doc) DESCRIBE(answer, field, type, 1, doc)
#define ANSWER_A(type, field, n, doc) DESCRIBE(answer, field, type, n, doc)
#define GONE_F(type, field, doc) DESCRIBE(gone, field, type, 1, doc)
#define GONE_A(type, field, n, doc) DESCRIBE(gone, field, type, n, doc)
#define BYE_F(type, field, doc) DESCRIBE(bye, field, type, 1, doc)
#define BYE_A(type, field, n, doc) DESCRIBE(bye, field, type, n, doc)
#define OWNERS_F(type, field, doc) DESCRIBE(owners, field, type, 1, doc)
#define OWNERS_A(type, field, n, doc) DESCRIBE(owners, field, type, n, doc)
#define RESETS_F(type, field, doc) DESCRIBE(resets, field, type, 1, doc)
#define RESETS_A(type, field, n, doc) DESCRIBE(resets, field, type, n, doc)
#define LISTENER_F(type, field, doc) DESCRIBE(listener, field, type, 1, doc)
#define LISTENER_A(type, field, n, doc) DESCRIBE(listener, field, type, n, doc)
#define LIFE_F(type, field, doc) DESCRIBE(life, field, type, 1, doc)
#define LIFE_A(type, field, n, doc) DESCRIBE(life, field, type, n, doc)
#define LOSS_F(type, field, doc) DESCRIBE(loss, field, type, 1, doc)
#define LOSS_A(type, field, n, doc) DESCRIBE(loss, field, type, n, doc)
#define LOSS_COUNT_F(type, field, doc) DESCRIBE(loss_count, field, type, 1, doc)
#define LOSS_COUNT_A(type, field, n, doc) DESCRIBE(loss_count, field, type, n, doc)
#define LOSSES_F(type, field, doc) DESCRIBE(losses, field, type, 1, doc)
#define LOSSES_A(type, field, n, doc) DESCRIBE(losses, field, type, n, doc)
#define LAYERS_F(type, field, doc) DESCRIBE(layers, field, type, 1, doc)
#define LAYERS_A(type, field, n, doc) DESCRIBE(layers, field, type, n, doc)
#define STAGES_F(type, field, doc) DESCRIBE(stages, field, type, 1, doc)
#define STAGES_A(type, field, n, doc) DESCRIBE(stages, field, type, n, doc)
#define PACKET_F(type, field, doc) DESCRIBE(packet, field, type, 1, doc)
#define PACKET_A(type, field, n, doc) DESCRIBE(packet, field, type, n, doc)
#define TRACE_F(type, field, doc) DESCRIBE(trace, field, type, 1, doc)
#define TRACE_A(type, field, n, doc) DESCRIBE(trace, field, type, n, doc)
#define NETFILTER_F(type, field, doc) DESCRIBE(netfilter, field, type, 1, doc)
#define NETFILTER_A(type, field, n, doc) DESCRIBE(netfilter, field, type, n, doc)
#define PORTS_F(type, field, doc) DESCRIBE(ports, field, type, 1, doc)
#define PORTS_A(type, field, n, doc) DESCRIBE(ports, field, type, n, doc)
#define PROCESS_F(type, field, doc) DESCRIBE(process, field, type, 1, doc)
#define PROCESS_A(type, field, n, doc) DESCRIBE(process, field, type, n, doc)
#define CMDLINE_F(type, field, doc) DESCRIBE(cmdline, field, type, 1, doc)
#define CMDLINE_A(type, field, n, doc) DESCRIBE(cmdline, field, type, n, doc)
#define INTERCEPTION_F(type, field, doc) DESCRIBE(interception, field, type, 1, doc)
#define INTERCEPTION_A(type, field, n, doc) DESCRIBE(interception, field, type, n, doc)
#define ATTACHED_F(type, field, doc) DESCRIBE(attached, field, type, 1, doc)
#define ATTACHED_A(type, field, n, doc) DESCRIBE(attached, field, type, n, doc)
#define DEVICE_F(type, field, doc) DESCRIBE(device, field, type, 1, doc)
#define DEVICE_A(type, field, n, doc) DESCRIBE(device, field, type, n, doc)
#define NAT_F(type, field, doc) DESCRIBE(nat, field, type, 1, doc)
#define NAT_A(type, field, n, doc) DESCRIBE(nat, field, type, n, doc)
#define CPU_F(type, field, doc) DESCRIBE(cpu, field, type, 1, doc)
#define CPU_A(type, field, n, doc) DESCRIBE(cpu, field, type, n, doc)
#define COUNTER_F(type, field, doc) DESCRIBE(counter, field, type, 1, doc)
#define COUNTER_A(type, field, n, doc) DESCRIBE(counter, field, type, n, doc)
#define SPACE_F(type, field, doc) DESCRIBE(space, field, type, 1, doc)
#define SPACE_A(type, field, n, doc) DESCRIBE(space, field, type, n, doc)
#define EXCHANGE_F(type, field, doc) DESCRIBE(exchange, field, type, 1, doc)
#define EXCHANGE_A(type, field, n, doc) DESCRIBE(exchange, field, type, n, doc)
#define EXCHANGES_F(type, field, doc) DESCRIBE(exchanges, field, type, 1, doc)
#define EXCHANGES_A(type, field, n, doc) DESCRIBE(exchanges, field, type, n, doc)
#define BEGINNING_F(type, field, doc) DESCRIBE(beginning, field, type, 1, doc)
#define BEGINNING_A(type, field, n, doc) DESCRIBE(beginning, field, type, n, doc)
#define HANDSHAKE_F(type, field, doc) DESCRIBE(handshake, field, type, 1, doc)
#define HANDSHAKE_A(type, field, n, doc) DESCRIBE(handshake, field, type, n, doc)
#define DATAGRAM_READ_F(type, field, doc) DESCRIBE(datagram_read, field, type, 1, doc)
#define DATAGRAM_READ_A(type, field, n, doc) DESCRIBE(datagram_read, field, type, n, doc)
#define BEGINNINGS_F(type, field, doc) DESCRIBE(beginnings, field, type, 1, doc)
#define BEGINNINGS_A(type, field, n, doc) DESCRIBE(beginnings, field, type, n, doc)
#define KEY_F(type, field, doc) DESCRIBE(key, field, type, 1, doc)
#define KEY_A(type, field, n, doc) DESCRIBE(key, field, type, n, doc)
#define CHARGE_F(type, field, doc) DESCRIBE(charge, field, type, 1, doc)
#define CHARGE_A(type, field, n, doc) DESCRIBE(charge, field, type, n, doc)
#define COMMAND_F(type, field, doc) DESCRIBE(command, field, type, 1, doc)
#define COMMAND_A(type, field, n, doc) DESCRIBE(command, field, type, n, doc)

#define K(number, UPPER, lower)                                                                                        \
	static const struct record_field lower##_fields[] = {RECORD_##UPPER##_FIELDS(UPPER##_F, UPPER##_A)};           \
	_Static_assert(sizeof(struct record_##lower) % 8 == 0, "record_" #lower " is not a whole number of words");
RECORD_KINDS(K)
#undef K

const struct record_type *record_type(unsigned kind)
{
	static const struct record_type types[RECORD_KIND_COUNT] = {
#define K(number, UPPER, lower)                                                                                        \
	[number] = {.name = #lower,                                                                                    \
		    .fields = lower##_fields,                                                                          \
		    .field_count = ARRAY_SIZE(lower##_fields),                                                         \
		    .size = sizeof(struct record_##lower)},
	    RECORD_KINDS(K)
#undef K
	};

	return kind < RECORD_KIND_COUNT && types[kind].name ? &types[kind] : NULL;
}

static const char *const state_names[STATE_COUNT] = {
    "unknown", "estab",      "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait",
    "unconn",  "close-wait", "last-ack", "listen",   "closing",    "syn-recv",
};

const char *state_name(unsigned state)
{
	return state < STATE_COUNT ? state_names[state] : "?";
}

#define S(x) (1U << STATE_##x)
#define ALL_STATES ((1U << STATE_COUNT) - 2)
#define SYN_RECVS (S(SYN_RECV) | S(NEW_SYN_RECV)) /* ss does not tell them apart */
/* ss omits TIME-WAIT and SYN-RECV by default; its word "connected" includes them. */
#define CONNECTED (ALL_STATES & ~(S(LISTEN) | S(CLOSE)))
#define BUCKET (SYN_RECVS | S(TIME_WAIT))

u32 state_parse(const char *name)
{
	/* The names that ss accepts in filters (ss(8), STATE-FILTER), in addition to those that it prints. */
	static const struct {
		const char *name;
		u32 set;
	} aliases[] = {
	    {"established", S(ESTABLISHED)},
	    {"syn-recv", SYN_RECVS},
	    {"syn-rcv", SYN_RECVS},
	    {"closed", S(CLOSE)},
	    {"unconnected", S(CLOSE)},
	    {"close", S(CLOSE)},
	    {"listening", S(LISTEN)},
	    {"all", ALL_STATES},
	    {"connected", CONNECTED},
	    {"synchronized", CONNECTED & ~S(SYN_SENT)},
	    {"bucket", BUCKET},
	    {"big", ALL_STATES & ~BUCKET},
	};

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			return aliases[i].set;
	for (unsigned i = 1; i < STATE_COUNT; i++)
		if (strcasecmp(name, state_names[i]) == 0)
			return 1U << i;
	return 0;
}

const char *dir_name(unsigned dir)
{
	static const char *const names[] = {"unknown", "out", "in", "listen"};

	return dir < ARRAY_SIZE(names) ? names[dir] : names[0];
}

const char *owner_name(unsigned kind)
{
	static const char *const names[] = {"unknown", "exact", "seeded", "closer", "creator"};

	return kind < ARRAY_SIZE(names) ? names[kind] : names[0];
}

const char *ca_state_name(unsigned state)
{
	static const char *const names[] = {"open", "disorder", "cwr", "recovery", "loss"};

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

const char *retransmit_cause_name(unsigned cause)
{
	static const char *const names[] = {"unknown", "fast", "rto", "tlp", "syn", "synack"};

	return cause < ARRAY_SIZE(names) ? names[cause] : names[0];
}

const char *netfilter_hook_name(unsigned hook)
{
	static const char *const names[NETFILTER_HOOKS] = {"pre_routing", "local_in", "forward", "local_out",
							   "post_routing"};

	return hook < NETFILTER_HOOKS ? names[hook] : "?";
}

/* In the order in which a socket, and then its packets, come by them; the kernel calls them BPF_CGROUP_INET4_BIND … */
const struct attach_hook attach_hooks[] = {
    {2, ATTACH_CGROUP, ATTACH_ALL, "sock_create"},
    {8, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_UDP4, "bind4"},
    {9, ATTACH_CGROUP, ATTACH_TCP6 | ATTACH_UDP6, "bind6"},
    {12, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_UDP4, "post_bind4"},
    {13, ATTACH_CGROUP, ATTACH_TCP6 | ATTACH_UDP6, "post_bind6"},
    {10, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_UDP4, "connect4"},
    {11, ATTACH_CGROUP, ATTACH_TCP6 | ATTACH_UDP6, "connect6"},
    {3, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_TCP6, "sock_ops"},
    {22, ATTACH_CGROUP, ATTACH_ALL, "setsockopt"},
    {21, ATTACH_CGROUP, ATTACH_ALL, "getsockopt"},
    {31, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_UDP4, "getsockname4"},
    {32, ATTACH_CGROUP, ATTACH_TCP6 | ATTACH_UDP6, "getsockname6"},
    {29, ATTACH_CGROUP, ATTACH_TCP4 | ATTACH_UDP4, "getpeername4"},
    {30, ATTACH_CGROUP, ATTACH_TCP6 | ATTACH_UDP6, "getpeername6"},
    /* An IPv6 socket can send to, and hear from, IPv4 addresses. */
    {14, ATTACH_CGROUP, ATTACH_UDP4 | ATTACH_UDP6, "sendmsg4"},
    {15, ATTACH_CGROUP, ATTACH_UDP6, "sendmsg6"},
    {19, ATTACH_CGROUP, ATTACH_UDP4 | ATTACH_UDP6, "recvmsg4"},
    {20, ATTACH_CGROUP, ATTACH_UDP6, "recvmsg6"},
    {1, ATTACH_CGROUP, ATTACH_ALL, "egress"},
    {0, ATTACH_CGROUP, ATTACH_ALL, "ingress"},
    {34, ATTACH_CGROUP, ATTACH_ALL, "sock_release"},
    {ATTACH_XDP, ATTACH_DEVICE, ATTACH_ALL, "xdp"},
    {ATTACH_TCX_INGRESS, ATTACH_DEVICE, ATTACH_ALL, "tcx_ingress"},
    {ATTACH_TC_INGRESS, ATTACH_DEVICE, ATTACH_ALL, "tc_ingress"},
    {ATTACH_TCX_EGRESS, ATTACH_DEVICE, ATTACH_ALL, "tcx_egress"},
    {ATTACH_TC_EGRESS, ATTACH_DEVICE, ATTACH_ALL, "tc_egress"},
};
const unsigned attach_hook_count = ARRAY_SIZE(attach_hooks);

const char *proto_name(unsigned proto)
{
	return proto == IPPROTO_TCP       ? "tcp"
	       : proto == IPPROTO_UDP     ? "udp"
	       : proto == IPPROTO_UDPLITE ? "udplite"
	       : proto == IPPROTO_ICMP    ? "icmp"
	       : proto == IPPROTO_ICMPV6  ? "icmpv6"
					  : "?";
}
