/* Made-up histograms: each socket has its slow layer, and all grow by the same shape in each tick. */
#include "layer_recording.h"

#include <string.h>

#include "histogram.h"

#define USEC 1000ULL
#define SPIKE_TICK 32
#define SPIKE_SOCKET 3

/* Means in ns, about: mac ip tcp app, tcp ip qdisc nic, wake-up, paced, gro, direct. */
static const u64 calm[LAYER_COUNT] = {1800, 900, 2600, 38 * USEC, 45 * USEC, 1200, 2300, 700, 9 * USEC, 0, 1100, 500};

static void add(struct record_layers *r, unsigned layer, u64 ns, u64 count)
{
	r->n[layer] += count;
	r->sum_ns[layer] += ns * count;
	if (count && ns > r->max_ns[layer])
		r->max_ns[layer] = ns;
	r->buckets[layer * LAYER_BUCKETS + histogram_bucket(ns)] += (u32)count;
}

/* Most are fast, some are not, a few are slow. */
static void add_shape(struct record_layers *r, unsigned layer, u64 ns, u64 count)
{
	static const struct {
		unsigned percent, tenths;
	} shape[] = {{50, 7}, {30, 10}, {15, 16}, {4, 30}, {1, 80}};

	for (size_t i = 0; i < ARRAY_SIZE(shape); i++)
		add(r, layer, ns * shape[i].tenths / 10, count * shape[i].percent / 100);
}

/* What a socket's packets took in one tick. */
static void add_tick(struct record_layers *r, unsigned socket, unsigned tick)
{
	u64 count = 100 * (1 + (socket * 7 + tick) % 5);

	for (unsigned layer = 0; layer < LAYER_COUNT; layer++) {
		u64 ns = calm[layer] * (8 + (socket + tick + layer) % 5) / 10;

		/* 1 is held back by a queue, 2 by its own buffer; 5 only sends. */
		if (socket == 1 && layer == LAYER_TX_QDISC)
			ns = 900 * USEC;
		if (socket == 1 && layer == LAYER_TX_PACED)
			ns = 700 * USEC;
		if (socket == 2 && layer == LAYER_TX_TCP)
			ns = 4200 * USEC;
		if (socket == 5 && (layer < LAYER_TX_TCP || layer == LAYER_RX_WAKEUP || layer == LAYER_RX_GRO))
			continue;
		if (socket == SPIKE_SOCKET && tick >= SPIKE_TICK && layer == LAYER_RX_APP)
			ns = 14000 * USEC;
		if (ns)
			add_shape(r, layer, ns, layer < LAYER_PARTS ? count : count / 2);
	}
}

static void add_record(struct record_layers *sum, const struct record_layers *r)
{
	for (size_t i = 0; i < LAYER_COUNT; i++) {
		sum->n[i] += r->n[i];
		sum->sum_ns[i] += r->sum_ns[i];
		if (r->max_ns[i] > sum->max_ns[i])
			sum->max_ns[i] = r->max_ns[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(r->buckets); i++)
		sum->buckets[i] += r->buckets[i];
}

/* A layer that is not stamped apart has nothing; its time is in the next one's. */
static void leave_out(struct record_layers *r, u32 bits)
{
	for (unsigned layer = 0; layer < LAYER_COUNT; layer++) {
		if (!(bits >> layer & 1))
			continue;
		r->n[layer] = r->sum_ns[layer] = r->max_ns[layer] = 0;
		memset(r->buckets + layer * LAYER_BUCKETS, 0, LAYER_BUCKETS * sizeof(r->buckets[0]));
	}
}

/* In ns, about, and packets in a tick: a firewall with many rules in FORWARD, which drops one in a hundred. */
static const struct {
	u64 ns, count;
} hooks[NETFILTER_HOOKS] = {{700, 900}, {1500, 500}, {9 * USEC, 400}, {400, 300}, {1100, 700}};

/* They are kept like as many layers. */
static void put_hooks(struct buf *out, unsigned tick)
{
	struct record_netfilter nf = {.missed = tick / 5};
	struct record_layers r = {};

	for (unsigned t = 1; t <= tick; t++)
		for (unsigned i = 0; i < NETFILTER_HOOKS; i++)
			add_shape(&r, i, hooks[i].ns * (8 + (t + i) % 5) / 10, hooks[i].count);
	memcpy(nf.n, r.n, sizeof(nf.n));
	memcpy(nf.sum_ns, r.sum_ns, sizeof(nf.sum_ns));
	memcpy(nf.max_ns, r.max_ns, sizeof(nf.max_ns));
	memcpy(nf.buckets, r.buckets, sizeof(nf.buckets));
	nf.dropped[NETFILTER_FORWARD] = nf.n[NETFILTER_FORWARD] / 100;
	nf.dropped[NETFILTER_LOCAL_IN] = tick;
	stream_put(out, RECORD_NETFILTER, &nf);
}

void put_layers(struct buf *out, unsigned tick, enum layer_kernel kernel)
{
	struct record_stages stages = {.sample = kernel == LAYERS_PARTLY ? 10 : 1};
	struct record_layers machine = {};

	if (kernel == LAYERS_PARTLY) {
		stages.merged = 1U << LAYER_RX_IP | 1U << LAYER_RX_MAC;
		stages.absent = 1U << LAYER_TX_NIC | 1U << LAYER_RX_WAKEUP | 1U << LAYER_TX_PACED | 1U << LAYER_RX_GRO |
				1U << LAYER_TX_DIRECT;
		stages.missed = 3 * tick;
		stages.lost = 2;
	}
	if (kernel == LAYERS_NONE)
		stages.absent = (1U << LAYER_COUNT) - 1;
	for (unsigned socket = 0; kernel != LAYERS_NONE && socket < LAYER_SOCKETS; socket++) {
		struct record_layers r = {};

		for (unsigned t = 1; t <= tick; t++)
			add_tick(&r, socket, t);
		r.id = LAYER_FIRST_ID + socket;
		leave_out(&r, stages.merged | stages.absent);
		add_record(&machine, &r);
		stream_put(out, RECORD_LAYERS, &r);
	}
	stages.stamped = machine.n[LAYER_TX_TCP] + machine.n[LAYER_RX_TCP];
	if (kernel != LAYERS_NONE)
		stream_put(out, RECORD_LAYERS, &machine);
	if (kernel == LAYERS_NETFILTER)
		put_hooks(out, tick);
	stream_put(out, RECORD_STAGES, &stages);
}

void put_layer_features(struct buf *out, enum layer_kernel kernel)
{
	struct record_feature device = {.name = "stamp: received by a device", .hook = "tp_btf/netif_receive_skb"};
	struct record_feature ip = {.name = "stamp: IP entry", .hook = "fentry/ip_rcv_core"};

	if (kernel == LAYERS_PARTLY || kernel == LAYERS_NONE) {
		memset(ip.hook, 0, sizeof(ip.hook));
		strcpy((char *)ip.reason, "fentry/ip_rcv_core: Operation not permitted; counted with the next stamp");
	}
	if (kernel == LAYERS_NONE) {
		memset(device.hook, 0, sizeof(device.hook));
		strcpy((char *)device.reason, "tp_btf/netif_receive_skb: No such process");
	}
	stream_put(out, RECORD_FEATURE, &device);
	stream_put(out, RECORD_FEATURE, &ip);
	if (kernel == LAYERS_PARTLY)
		stream_put(
		    out, RECORD_FEATURE,
		    &(struct record_feature){.name = "whatever it is called",
					     .number = TELLS_HOOK_TIMES,
					     .reason = "netfilter/first is there from Linux 6.4 on: Invalid argument"});
}
