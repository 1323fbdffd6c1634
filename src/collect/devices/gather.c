/* Reads /proc as the current thread's namespace shows it, and asks rtnetlink. */
#include "gather.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "spaces.h"

#define NET "/proc/thread-self/net/"
#define SYS "/proc/sys/net/"

/* -- counters ------------------------------------------------------------------------------------------------------ */

struct counting {
	struct found *g;
	struct counter_names *names;
};

/* The number of a name, which is added if it is new; COUNTERS_MAX: there is no room. */
static u32 number_of(struct counter_names *n, const char *name)
{
	u32 i = n->expected;

	if (i < n->count && strcmp(n->at[i], name) == 0)
		return i;
	for (i = 0; i < n->count && strcmp(n->at[i], name) != 0;)
		i++;
	if (i < n->count || i == COUNTERS_MAX)
		return i;
	n->at[i] = strdup(name);
	if (!n->at[i])
		return COUNTERS_MAX;
	n->count++;
	return i;
}

/* What TCP is set to, or has now, is among the counters: nstat(8) leaves the same out. */
static bool is_counter(const char *name)
{
	static const char *const others[] = {"IpForwarding", "IpDefaultTTL", "TcpRtoAlgorithm", "TcpRtoMin",
					     "TcpRtoMax",    "TcpMaxConn",   "TcpCurrEstab"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i], name) == 0)
			return false;
	return true;
}

static void take_counter(void *counting, const char *name, u64 value)
{
	struct counting *c = counting;
	u32 i = number_of(c->names, name);

	if (i == COUNTERS_MAX)
		return;
	c->names->expected = i + 1;
	c->g->counters[i] = is_counter(name) ? value : 0;
}

static void gather_counters(struct found *g, struct counter_names *names)
{
	cleanup_fclose FILE *snmp = fopen(NET "snmp", "re");
	cleanup_fclose FILE *netstat = fopen(NET "netstat", "re");
	cleanup_fclose FILE *snmp6 = fopen(NET "snmp6", "re");
	struct counting c = {g, names};

	memset(g->counters, 0, sizeof(g->counters));
	names->expected = 0;
	counters_of_pairs(snmp, take_counter, &c);
	counters_of_pairs(netstat, take_counter, &c);
	counters_of_list(snmp6, take_counter, &c);
	g->counter_count = names->count;
}

void counter_names_deinit(struct counter_names *n)
{
	for (u32 i = 0; i < n->count; i++)
		free(n->at[i]);
	*n = (struct counter_names){};
}

/* -- figures ------------------------------------------------------------------------------------------------------- */

/* A setting: one number. false: the kernel does not have it, or not here. */
static bool read_setting(const char *path, u32 *value)
{
	cleanup_fclose FILE *f = fopen(path, "re");

	return f && fscanf(f, "%" SCNu32, value) == 1;
}

/* A line of headings, then one of hexadecimal numbers for each processor. */
void gather_conntrack(FILE *stat, struct record_space *s)
{
	static const struct {
		const char *name;
		size_t offset;
	} columns[] = {
	    {"insert_failed", offsetof(struct record_space, insert_failed)},
	    {"drop", offsetof(struct record_space, conntrack_drop)},
	    {"early_drop", offsetof(struct record_space, early_drop)},
	};
	char line[512], *at, *word;
	size_t place[32], n = 0;

	if (!stat || !fgets(line, sizeof(line), stat))
		return;
	for (word = strtok_r(line, " \n", &at); word && n < ARRAY_SIZE(place); word = strtok_r(NULL, " \n", &at)) {
		place[n] = 0;
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			if (strcmp(word, columns[i].name) == 0)
				place[n] = columns[i].offset;
		n++;
	}
	while (fgets(line, sizeof(line), stat)) {
		word = strtok_r(line, " \n", &at);
		for (size_t i = 0; word && i < n; word = strtok_r(NULL, " \n", &at), i++)
			if (place[i])
				*(u64 *)((u8 *)s + place[i]) += strtoull(word, NULL, 16);
		s->has |= SPACE_CONNTRACK_STATS;
	}
}

void gather_sockstat(FILE *sockstat, struct record_space *s)
{
	char line[256];
	u64 pages;

	while (sockstat && fgets(line, sizeof(line), sockstat))
		if (sscanf(line, "TCP: inuse %*u orphan %" SCNu32 " tw %*u alloc %*u mem %" SCNu64, &s->orphans,
			   &pages) == 2) {
			s->tcp_mem = pages * (u64)sysconf(_SC_PAGESIZE);
			s->has |= SPACE_MACHINE;
		}
}

/* TCP's memory and orphans are counted for the machine. */
static void gather_machine(struct record_space *s)
{
	cleanup_fclose FILE *sockstat = fopen(NET "sockstat", "re");
	cleanup_fclose FILE *limits = fopen(SYS "ipv4/tcp_mem", "re");
	u64 pressure, most, page = (u64)sysconf(_SC_PAGESIZE);

	if (!limits || fscanf(limits, "%*u %" SCNu64 " %" SCNu64, &pressure, &most) != 2 ||
	    !read_setting(SYS "ipv4/tcp_max_orphans", &s->orphans_max))
		return;
	s->tcp_mem_pressure = pressure * page;
	s->tcp_mem_max = most * page;
	gather_sockstat(sockstat, s);
}

/* softnet_seq_show() in net/core/net-procfs.c: hexadecimal words, more with each version. */
u32 gather_cpus(FILE *softnet, struct record_cpu *cpus, u32 max)
{
	char line[256];
	u32 n = 0;

	for (; softnet && n < max && fgets(line, sizeof(line), softnet); n++) {
		u64 words[14] = {};
		char *at = line, *end;

		words[12] = n; /* before 5.10 processors that are off are not told apart */
		for (size_t i = 0; i < ARRAY_SIZE(words); i++, at = end) {
			u64 word = strtoull(at, &end, 16);

			if (end == at)
				break;
			words[i] = word;
		}
		cpus[n] = (struct record_cpu){.cpu = (u32)words[12],
					      .processed = words[0],
					      .dropped = words[1],
					      .squeezed = words[2],
					      .rps = words[9],
					      .flow_limit = words[10],
					      .backlog = (u32)words[11]};
	}
	return n;
}

static void gather_softnet(struct found *g)
{
	cleanup_fclose FILE *f = fopen(NET "softnet_stat", "re");

	if (!g->cpus)
		g->cpus = calloc(CPUS_MAX, sizeof(*g->cpus));
	g->cpu_count = g->cpus ? gather_cpus(f, g->cpus, CPUS_MAX) : 0;
}

/* There is no such file without CONFIG_NF_CONNTRACK_PROCFS. */
static void gather_nat(struct found *g)
{
	cleanup_fclose FILE *f = g->space.conntrack <= NAT_ENTRIES_MAX ? fopen(NET "nf_conntrack", "re") : NULL;

	g->has_nat = f;
	conntrack_read(f, &g->nat);
}

void gather(struct found *g, struct counter_names *names, bool own, bool nat, bool programs)
{
	cleanup_fclose FILE *conntrack = fopen(NET "stat/nf_conntrack", "re");
	struct record_space *s = &g->space;

	*s = (struct record_space){.time_ns = now_ns(), .cookie = spaces_cookie_here()};
	gather_counters(g, names);
	if (read_setting(SYS "netfilter/nf_conntrack_count", &s->conntrack) &&
	    read_setting(SYS "netfilter/nf_conntrack_max", &s->conntrack_max))
		s->has |= SPACE_CONNTRACK;
	gather_conntrack(conntrack, s);
	g->cpu_count = 0;
	g->has_nat = false;
	if (nat && s->has & SPACE_CONNTRACK)
		gather_nat(g);
	if (own) {
		gather_machine(s);
		gather_softnet(g);
	}
	rtnl_read(&g->devices, programs);
	s->devices = g->devices.nics;
	s->unlisted = g->devices.unlisted;
}

void found_deinit(struct found *g)
{
	rtnl_list_deinit(&g->devices);
	nat_list_deinit(&g->nat);
	free(g->cpus);
	*g = (struct found){};
}
