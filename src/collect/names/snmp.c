/* Reads /proc/net/snmp, netstat and sockstat. */
#include "snmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

struct counter {
	const char *protocol, *name;
	size_t offset; /* in struct snmp */
};

static const struct counter in_snmp[] = {
    {"Tcp:", "RetransSegs", offsetof(struct snmp, tcp_retrans_segs)},
    {"Tcp:", "OutSegs", offsetof(struct snmp, tcp_out_segs)},
    {"Tcp:", "InSegs", offsetof(struct snmp, tcp_in_segs)},
    {"Tcp:", "InErrs", offsetof(struct snmp, tcp_in_errs)},
    {"Tcp:", "OutRsts", offsetof(struct snmp, tcp_out_rsts)},
    {"Udp:", "InErrors", offsetof(struct snmp, udp_in_errors)},
};
static const struct counter in_netstat[] = {
    {"TcpExt:", "ListenOverflows", offsetof(struct snmp, listen_overflows)},
    {"TcpExt:", "ListenDrops", offsetof(struct snmp, listen_drops)},
};

static u64 *value_of(struct snmp *s, const struct counter *c)
{
	return (u64 *)((u8 *)s + c->offset);
}

/* A line of names followed by a line of values, both beginning with "Protocol:". */
static bool match_line(char *names, char *values, const struct counter *counters, size_t n, struct snmp *s)
{
	char *name_at, *value_at, *name = strtok_r(names, " \n", &name_at), *value = strtok_r(values, " \n", &value_at);
	const char *protocol = name;
	bool any = false;

	while (name && value) {
		for (size_t i = 0; i < n; i++)
			if (strcmp(protocol, counters[i].protocol) == 0 && strcmp(name, counters[i].name) == 0) {
				*value_of(s, &counters[i]) = strtoull(value, NULL, 10);
				any = true;
			}
		name = strtok_r(NULL, " \n", &name_at);
		value = strtok_r(NULL, " \n", &value_at);
	}
	return any;
}

static bool read_counters(FILE *f, const struct counter *counters, size_t n, struct snmp *s)
{
	char names[8192], values[8192];
	bool any = false;

	while (f && fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f))
		any |= match_line(names, values, counters, n, s);
	return any;
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
