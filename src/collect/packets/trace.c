/* The trace: numbers the packets that the programs report, joins the events of each packet, and sends them as
 * records. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "namer.h"
#include "packet_read.h"
#include "retransmit.h"
#include "stages.h"
#include "stages.skel.h"

_Static_assert(ABI_PACKET_DATA == PACKET_DATA, "as many bytes of a packet");
_Static_assert((int)ABI_RETRANSMIT_FAST == RETRANSMIT_FAST && (int)ABI_RETRANSMIT_RTO == RETRANSMIT_RTO &&
		   (int)ABI_RETRANSMIT_TLP == RETRANSMIT_TLP && (int)ABI_RETRANSMIT_SYN == RETRANSMIT_SYN &&
		   (int)ABI_RETRANSMIT_SYNACK == RETRANSMIT_SYNACK,
	       "causes have the same numbers");

/* Sends packets that are new or have new stamps. A packet whose number was sent before replaces the earlier one. They
 * are events: a tick that is skipped because the reader is behind does not lose them. */
static void put_packets(struct stages *s)
{
	struct collector *c = s->source.c;

	for (u32 i = 0; i < s->changed_count; i++) {
		outbox_event(&c->out, RECORD_PACKET, &s->recent[s->changed[i]], true);
		s->pending[s->changed[i]] = false;
	}
	s->changed_count = 0;
}

static void note_changed(struct stages *s, u32 slot)
{
	struct record_packet *p = &s->recent[slot];

	if (s->pending[slot])
		return;
	if (!p->number)
		p->number = ++s->number;
	s->fate[slot] = FATE_KNOWN;
	s->pending[slot] = true;
	s->changed[s->changed_count++] = slot;
}

/* Packets to be forwarded are received, too. So an echo packet is held back until ICMP's hook or a drop shows that it
 * was for this machine, or until the tick after the next: not every kernel has that hook, and kprobes are skipped while
 * their processor is in a bpf(2) call. */
static void hold(struct stages *s, u32 slot)
{
	if (s->held_count == STAGES_RECENT) {
		note_changed(s, slot);
		return;
	}
	s->fate[slot] = FATE_HELD;
	s->held[s->held_count++] = slot;
}

static void let_go(struct stages *s)
{
	for (u32 i = 0; i < s->held_before; i++)
		if (s->fate[s->held[i]] == FATE_HELD)
			note_changed(s, s->held[i]);
	s->held_count -= s->held_before;
	memmove(s->held, s->held + s->held_before, s->held_count * sizeof(*s->held));
	s->held_before = s->held_count;
}

/* Scales the window: a SYN's is not scaled, and the peer's shift is known as soon as we have sent. */
static void packet_window(struct stages *s, const struct abi_packet *a, struct record_packet *p)
{
	if (a->tx && a->cwnd) {
		s->wscale[0] = a->snd_wscale;
		s->wscale[1] = a->rcv_wscale;
	}
	if (!(p->tcp_flags & TCP_SYN))
		p->window <<= s->wscale[a->tx] & 15;
}

/* Later events find the packet by its key; the packet that had this place can no longer be found. */
static void remember(struct stages *s, u32 slot, u64 key)
{
	if (s->keys[slot] && idmap_get(&s->slots, s->keys[slot]) == slot)
		idmap_remove(&s->slots, s->keys[slot]);
	s->keys[slot] = key;
	(void)!idmap_set(&s->slots, key, slot); /* without memory its later stamps are lost */
}

static void packet_seen(struct stages *s, const struct abi_packet *a)
{
	struct collector *c = s->source.c;
	u32 slot = (u32)(++s->seen & (STAGES_RECENT - 1));
	struct record_packet *p = &s->recent[slot];

	if (s->pending[slot])
		put_packets(s); /* the place is still in use */
	remember(s, slot, a->key);
	*p = (struct record_packet){
	    .id = s->trace,
	    .time_ns = a->gro ? a->stamps[0] : a->ns,
	    .gro_ns = a->gro ? a->ns : 0,
	    .frame = a->frame,
	    .captured = MIN(a->captured, (u32)PACKET_DATA),
	    .cwnd = a->cwnd,
	    .segments = a->segments,
	    .flags = a->tx ? PACKET_TX : 0,
	    .netns = a->netns,
	    .ifindex = {a->ifindex},
	    .device_ns = {a->ns},
	    .gro_cpu = a->gro ? a->cpu : 0,
	};
	p->cpu[a->tx ? STAGE_TX_QUEUE : STAGE_RX_DEVICE] = a->gro ? a->gro_cpu : a->cpu;
	memcpy(p->stamp_ns, a->stamps, sizeof(p->stamp_ns));
	memcpy(p->data, a->data, p->captured);
	packet_read(p, a->tx);
	if (c->options->payload)
		payloads_give(&s->payloads, p);
	else
		packet_cut(p);
	packet_window(s, a, p);
	namer_send_device(c->namer, &c->out, NAME_IFACE, p->netns, a->ifindex, a->dev);
	if (a->nat)
		packet_nat(p, a);
	if (a->again && p->payload) {
		p->flags |= PACKET_RETRANSMIT;
		p->cause = retransmit_cause(false, a->ca_state, a->pending);
	}
	if (p->id == ECHO_ID && !a->tx)
		hold(s, slot);
	else
		note_changed(s, slot);
}

static void packet_done(struct stages *s, const struct abi_packet_done *d)
{
	u32 slot = idmap_get(&s->slots, d->key);
	struct record_packet *p;

	if (slot == IDMAP_NONE)
		return; /* sent without them: too many packets came in between */
	if (d->kind == ABI_PACKET_PASSED) {
		s->fate[slot] = FATE_PASSED;
		return;
	}
	p = &s->recent[slot];
	memcpy(p->stamp_ns, d->stamps, sizeof(p->stamp_ns));
	for (size_t i = 0; i < STAGE_MAX; i++)
		p->cpu[i] = d->cpus[i] ? d->cpus[i] : p->cpu[i];
	p->dequeue_cpu = d->dequeue_cpu;
	p->flags |= (d->drop_location ? PACKET_DROPPED : 0) | (d->backlog ? PACKET_BACKLOG : 0);
	p->drop_location = d->drop_location;
	p->drop_reason = d->drop_reason;
	p->dequeue_ns = d->dequeue_ns;
	if (d->stamps[0] && d->stamps[0] < p->time_ns)
		p->time_ns = d->stamps[0];
	note_changed(s, slot);
}

static void packet_freed(struct stages *s, const struct abi_packet_freed *d)
{
	u32 slot = idmap_get(&s->slots, d->key);

	if (slot == IDMAP_NONE)
		return;
	s->recent[slot].freed_ns = d->ns;
	s->recent[slot].freed_cpu = (u16)d->cpu;
	note_changed(s, slot);
}

/* A traced packet at a further device. There is room for four. */
static void packet_crossed(struct stages *s, const struct abi_packet_crossed *d)
{
	struct collector *c = s->source.c;
	u32 slot = idmap_get(&s->slots, d->key);
	struct record_packet *p;

	if (slot == IDMAP_NONE)
		return;
	p = &s->recent[slot];
	for (size_t i = 1; i < PACKET_DEVICES; i++) {
		if (p->ifindex[i])
			continue;
		p->ifindex[i] = d->ifindex;
		p->device_ns[i] = d->ns;
		break;
	}
	namer_send_device(c->namer, &c->out, NAME_IFACE, d->netns, d->ifindex, d->dev);
	if (p->number)
		note_changed(s, slot);
}

/* There may be several events: a packet that passes a hook twice has the sum of both times. */
static void packet_hooks(struct stages *s, const struct abi_packet_hooks *a)
{
	u32 slot = idmap_get(&s->slots, a->key);
	struct record_packet *p;

	if (slot == IDMAP_NONE)
		return;
	p = &s->recent[slot];
	for (size_t i = 0; i < NETFILTER_HOOKS; i++)
		p->nf_ns[i] += a->passed >> i & 1 ? a->ns[i] : 0;
	p->nf_passed |= (u8)a->passed;
	note_changed(s, slot);
}

/* A received packet's payload comes after its first event, a sent packet's before. */
static void payload_came(struct stages *s, const struct abi_payload *a)
{
	for (u32 i = s->changed_count; i-- > 0 && s->changed_count - i <= PAYLOADS_HELD;) {
		struct record_packet *p = &s->recent[s->changed[i]];

		if (!payload_fits(a, p))
			continue;
		payload_put(a, p);
		return;
	}
	payloads_hold(&s->payloads, a);
}

int trace_take(void *stages, void *data, size_t size)
{
	struct stages *s = stages;
	const struct abi_packet *a = data;

	if (size >= sizeof(struct abi_packet) && a->kind == ABI_PACKET_SEEN)
		packet_seen(s, data);
	else if (size >= sizeof(struct abi_packet_done) && (a->kind == ABI_PACKET_DONE || a->kind == ABI_PACKET_PASSED))
		packet_done(s, data);
	else if (size >= sizeof(struct abi_packet_crossed) && a->kind == ABI_PACKET_CROSSED)
		packet_crossed(s, data);
	else if (size >= sizeof(struct abi_packet_freed) && a->kind == ABI_PACKET_FREED)
		packet_freed(s, data);
	else if (size >= sizeof(struct abi_packet_hooks) && a->kind == ABI_PACKET_HOOKS)
		packet_hooks(s, data);
	else if (size >= sizeof(struct abi_payload) && a->kind == ABI_PAYLOAD)
		payload_came(s, data);
	return 0;
}

void trace_clear(struct stages *s)
{
	s->seen = s->number = 0;
	idmap_clear(&s->slots);
	memset(s->keys, 0, sizeof(s->keys));
	if (s->recent)
		memset(s->recent, 0, STAGES_RECENT * sizeof(*s->recent));
	s->changed_count = 0;
	s->held_count = s->held_before = 0;
	memset(s->fate, FATE_KNOWN, sizeof(s->fate));
	memset(s->pending, 0, sizeof(s->pending));
	memset(s->wscale, 0, sizeof(s->wscale));
}

int trace_init(struct stages *s)
{
	s->recent = calloc(STAGES_RECENT, sizeof(*s->recent));
	trace_clear(s);
	return s->recent ? 0 : -ENOMEM;
}

void trace_deinit(struct stages *s)
{
	free(take(s->recent));
	idmap_deinit(&s->slots);
}

void trace_tick(struct stages *s)
{
	let_go(s);
	put_packets(s);
}
