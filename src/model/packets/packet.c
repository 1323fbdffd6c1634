/* A packet's times between its stamps, and the names of its stages. */
#include "packet.h"

#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"

void packet_times(const struct record_packet *r, struct packet_times *t)
{
	u64 last = 0;
	unsigned waiting = 0;

	*t = (struct packet_times){};
	for (unsigned i = 0; i < STAGE_MAX; i++) {
		u64 at = r->stamp_ns[i];

		if (at && at >= last && last) {
			t->part_ns[i - 1] = at - last;
			t->total_ns += at - last;
			t->known |= 1U << (i - 1);
			t->merged |= waiting;
			waiting = 0;
		} else if (i && last) {
			/* Its time is in the next part, if a later stamp follows. */
			waiting |= 1U << (i - 1);
		}
		if (at >= last && at)
			last = at;
	}
}

/* The time between two stamps, if the second is not earlier. */
static bool between(u64 from, u64 to, u64 *ns)
{
	*ns = to - from;
	return from && to >= from;
}

bool packet_gro(const struct record_packet *r, u64 *ns)
{
	return !packet_is_tx(r) && between(r->stamp_ns[STAGE_RX_DEVICE], r->gro_ns, ns);
}

bool packet_direct(const struct record_packet *r, u64 *ns)
{
	u64 queue = r->stamp_ns[STAGE_TX_QUEUE];

	return packet_is_tx(r) && queue && queue <= r->dequeue_ns &&
	       between(r->dequeue_ns, r->stamp_ns[STAGE_TX_DRIVER], ns);
}

/* A NIC's other processor may free it before the driver's call has returned: then the time is 0. */
bool packet_done(const struct record_packet *r, u64 *ns)
{
	u64 accepted = r->stamp_ns[STAGE_TX_ACCEPTED];

	return packet_is_tx(r) && r->freed_ns && between(accepted, MAX(accepted, r->freed_ns), ns);
}

/* 1 + its number, as in a record; 0: not known. */
static void add_cpu(struct packet_cpu *cpus, unsigned *count, const char *stage, u16 cpu)
{
	if (cpu)
		cpus[(*count)++] = (struct packet_cpu){stage, cpu - 1U};
}

unsigned packet_cpus(const struct record_packet *r, struct packet_cpu cpus[PACKET_CPUS])
{
	static const char *const names[2][STAGE_MAX] = {{"device", "ip", "transport", "queued", "read"},
							{"send", "leaves", "queue", "driver", "accepted"}};
	bool tx = packet_is_tx(r);
	unsigned count = 0;

	for (unsigned i = 0; i < STAGE_MAX; i++) {
		if (tx && i == STAGE_TX_DRIVER)
			add_cpu(cpus, &count, "dequeue", r->dequeue_cpu);
		add_cpu(cpus, &count, !tx && !i && r->gro_cpu ? "gro" : names[tx][i], r->cpu[i]);
		if (!tx && !i)
			add_cpu(cpus, &count, names[0][0], r->gro_cpu);
	}
	if (tx)
		add_cpu(cpus, &count, "freed", r->freed_cpu);
	return count;
}

int packet_cpu_changes(const struct record_packet *r)
{
	struct packet_cpu cpus[PACKET_CPUS];
	unsigned count = packet_cpus(r, cpus) - (packet_is_tx(r) && r->freed_cpu);
	int changes = 0;

	for (unsigned i = 1; i < count; i++)
		changes += cpus[i].cpu != cpus[i - 1].cpu;
	return count > 1 ? changes : -1;
}

const char *packet_part_name(bool tx, unsigned part)
{
	static const char *const names[2][PACKET_PARTS] = {{"mac", "ip", "tcp", "app"}, {"tcp", "ip", "qdisc", "nic"}};

	return part < PACKET_PARTS ? names[tx][part] : "?";
}

const char *packet_stage_help(bool tx, unsigned stage)
{
	static const char *const names[2][STAGE_MAX] = {
	    {"handed to the stack", "IP entry", "TCP or UDP entry", "queued on the socket", "read by the program"},
	    {"send call", "leaves TCP or UDP", "device queue", "driver call", "taken by the driver"}};

	return stage < STAGE_MAX ? names[tx][stage] : "?";
}
