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
#define GONE_F(type, field, doc) DESCRIBE(gone, field, type, 1, doc)
#define GONE_A(type, field, n, doc) DESCRIBE(gone, field, type, n, doc)
#define BYE_F(type, field, doc) DESCRIBE(bye, field, type, 1, doc)
#define BYE_A(type, field, n, doc) DESCRIBE(bye, field, type, n, doc)
#define OWNERS_F(type, field, doc) DESCRIBE(owners, field, type, 1, doc)
#define OWNERS_A(type, field, n, doc) DESCRIBE(owners, field, type, n, doc)
#define RESETS_F(type, field, doc) DESCRIBE(resets, field, type, 1, doc)
#define RESETS_A(type, field, n, doc) DESCRIBE(resets, field, type, n, doc)
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
#define DEVICE_F(type, field, doc) DESCRIBE(device, field, type, 1, doc)
#define DEVICE_A(type, field, n, doc) DESCRIBE(device, field, type, n, doc)
#define CPU_F(type, field, doc) DESCRIBE(cpu, field, type, 1, doc)
#define CPU_A(type, field, n, doc) DESCRIBE(cpu, field, type, n, doc)
#define COUNTER_F(type, field, doc) DESCRIBE(counter, field, type, 1, doc)
#define COUNTER_A(type, field, n, doc) DESCRIBE(counter, field, type, n, doc)
#define SPACE_F(type, field, doc) DESCRIBE(space, field, type, 1, doc)
#define SPACE_A(type, field, n, doc) DESCRIBE(space, field, type, n, doc)
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

const char *proto_name(unsigned proto)
{
	return proto == IPPROTO_TCP       ? "tcp"
	       : proto == IPPROTO_UDP     ? "udp"
	       : proto == IPPROTO_UDPLITE ? "udplite"
	       : proto == IPPROTO_ICMP    ? "icmp"
	       : proto == IPPROTO_ICMPV6  ? "icmpv6"
					  : "?";
}
