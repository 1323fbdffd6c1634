/* Reads /proc/net/snmp, netstat and sockstat. */
#include "snmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "counters.h"
#include "named.h"

struct counter {
	const char *name;
	size_t offset; /* in struct snmp */
};

static const struct counter in_snmp[] = {
    {"TcpRetransSegs", offsetof(struct snmp, tcp_retrans_segs)}, {"TcpOutSegs", offsetof(struct snmp, tcp_out_segs)},
    {"TcpInSegs", offsetof(struct snmp, tcp_in_segs)},           {"TcpInErrs", offsetof(struct snmp, tcp_in_errs)},
    {"TcpOutRsts", offsetof(struct snmp, tcp_out_rsts)},         {"UdpInErrors", offsetof(struct snmp, udp_in_errors)},
};
static const struct counter in_netstat[] = {
    {"TcpExtListenOverflows", offsetof(struct snmp, listen_overflows)},
    {"TcpExtListenDrops", offsetof(struct snmp, listen_drops)},
};

/* What is read of a file. */
struct reading {
	struct snmp *into;
	const struct counter *counters;
	size_t count;
	bool any;
};

static u64 *value_of(struct snmp *s, const struct counter *c)
{
	return (u64 *)((u8 *)s + c->offset);
}

static void take_counter(void *reading, const char *name, u64 value)
{
	struct reading *r = reading;
	size_t i = named_find(&r->counters->name, sizeof(*r->counters), r->count, name);

	if (i == r->count)
		return;
	*value_of(r->into, &r->counters[i]) = value;
	r->any = true;
}

static bool read_counters(FILE *f, const struct counter *counters, size_t n, struct snmp *s)
{
	struct reading r = {s, counters, n, false};

	counters_of_pairs(f, take_counter, &r);
	return r.any;
}

void snmp_read_from(struct snmp *s, FILE *snmp, FILE *netstat)
{
	struct snmp now = {};

	now.known = read_counters(snmp, in_snmp, ARRAY_SIZE(in_snmp), &now) &&
		    read_counters(netstat, in_netstat, ARRAY_SIZE(in_netstat), &now);
	if (now.known)
		*s = now;
}

void snmp_read(struct snmp *s)
{
	cleanup_fclose FILE *snmp = fopen("/proc/thread-self/net/snmp", "re");
	cleanup_fclose FILE *netstat = fopen("/proc/thread-self/net/netstat", "re");

	snmp_read_from(s, snmp, netstat);
}

static void add(struct snmp *sum, const struct snmp *s, const struct counter *counters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*value_of(sum, &counters[i]) += *(const u64 *)((const u8 *)s + counters[i].offset);
}

void snmp_add(struct snmp *sum, const struct snmp *s)
{
	sum->known |= s->known;
	add(sum, s, in_snmp, ARRAY_SIZE(in_snmp));
	add(sum, s, in_netstat, ARRAY_SIZE(in_netstat));
}

void snmp_fill(const struct snmp *s, struct record_tick *t)
{
	if (!s->known)
		return;
	t->tcp_retrans_segs = s->tcp_retrans_segs;
	t->tcp_out_segs = s->tcp_out_segs;
	t->tcp_in_segs = s->tcp_in_segs;
	t->tcp_in_errs = s->tcp_in_errs;
	t->tcp_out_rsts = s->tcp_out_rsts;
	t->udp_in_errors = s->udp_in_errors;
	t->listen_overflows = s->listen_overflows;
	t->listen_drops = s->listen_drops;
	t->stat_has |= 1;
}

u32 snmp_time_wait_from(FILE *f)
{
	char line[256];
	u32 tw = 0;

	while (f && fgets(line, sizeof(line), f)) {
		const char *at = strncmp(line, "TCP:", 4) == 0 ? strstr(line, " tw ") : NULL;

		if (at)
			tw = (u32)strtoul(at + 4, NULL, 10);
	}
	return tw;
}

u32 snmp_time_wait(void)
{
	cleanup_fclose FILE *f = fopen("/proc/thread-self/net/sockstat", "re");

	return snmp_time_wait_from(f);
}
