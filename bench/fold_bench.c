/* What folds of many sockets cost: fold_bench [SOCKETS [GROUPS]]. For each fold the time of a gathering of what it
 * shows by default, of that of each column alone, and of no column; no kernel, no screen. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "folds.h"
#include "list.h"
#include "model.h"
#include "spread.h"

#define ROUNDS 9
#define MOVING 12000U /* sockets: more than have a history */
#define SECOND 1000000000ULL

static void put(struct model *m, enum record_kind kind, const void *data)
{
	struct record r = {.kind = kind, .data = data};
	struct error err = {};

	if (model_apply(m, &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
}

static struct record_socket socket_of(u32 i, u32 groups, u64 tick)
{
	u32 remote = htonl(0x0a000000 + i % groups * 300), local = htonl(0xc0a80001);
	struct record_socket s = {.id = i + 1,
				  .has = HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS |
					 HAS_TX_PKTS | HAS_TCP | HAS_CHRONO | HAS_MEM | HAS_DROPS | HAS_CGROUP,
				  .sample_ns = tick * SECOND,
				  .rx_bytes = tick * 1000 * (i % 100),
				  .tx_bytes = tick * 1000 * (i % 77),
				  .tx_pkts = tick * (i % 77),
				  .retrans = (u32)tick * (i % 77 == 3),
				  .rtt_us = 100 + i * 7919 % 100000,
				  .minrtt_us = 100,
				  .cgroup_id = 1 + i % groups,
				  .pid = 1000 + i % groups,
				  .uid = i % 10,
				  .netns = 4026531840U,
				  .cwnd = 10,
				  .lport = (u16)(1024 + i % 60000),
				  .rport = (u16)(i % 50 + 1),
				  .family = 4,
				  .proto = 6,
				  .state = STATE_ESTABLISHED,
				  .dir = i % 2 ? DIR_OUT : DIR_IN,
				  .owner = OWNER_EXACT,
				  .owners = 1};

	memcpy(s.raddr, &remote, sizeof(remote));
	memcpy(s.laddr, &local, sizeof(local));
	snprintf((char *)s.comm, sizeof(s.comm), "prog%u", i % groups % 100000);
	return s;
}

static struct model *make_model(u32 sockets, u32 groups)
{
	struct model *m = NULL;

	if (model_new(&m) < 0)
		exit(1);
	for (u64 tick = 1; tick <= 3; tick++) {
		struct record_tick t = {.number = tick, .time_ns = tick * SECOND, .interval_ns = SECOND};

		for (u32 i = 0; i < sockets; i++) {
			struct record_socket s = socket_of(i, groups, tick);

			put(m, RECORD_SOCKET, &s);
		}
		put(m, RECORD_TICK, &t);
	}
	return m;
}

static u64 gather(struct folded *f)
{
	u64 before = cpu_ns();

	fold_invalidate(f);
	while (!fold_whole(f))
		if (fold_work(f, 0) < 0)
			exit(1);
	return cpu_ns() - before;
}

/* The least of some gatherings, in ms: what else runs on the machine only adds to it. */
static double cost(const struct table *t, const struct model *m, const struct column *only, bool all)
{
	struct folded *f;
	u64 best = UINT64_MAX;

	if (fold_new(&f, t, m) < 0)
		exit(1);
	for (size_t i = 0; all && i < t->shown_count; i++)
		if (t->shown[i].base)
			fold_want(f, table_find(t, t->shown[i].name));
	if (all)
		fold_want(f, table_find(t, "rate"));
	if (only)
		fold_want(f, only);
	for (int i = 0; i < ROUNDS; i++)
		best = MIN(best, gather(f));
	fold_free(f);
	return (double)best / 1e6;
}

/* What a tick of the view Sockets works on instead: the list in the order of rates. */
static double list_cost(const struct model *m)
{
	struct list *l;
	u64 best = UINT64_MAX;

	if (list_new(&l, &socket_table, m) < 0)
		exit(1);
	list_set_sort(l, table_find(&socket_table, "rate"), true);
	for (int i = 0; i < ROUNDS; i++) {
		u64 before = cpu_ns();

		list_invalidate(l);
		while (!list_work(l, 0, 50, 0))
			;
		best = MIN(best, cpu_ns() - before);
	}
	list_free(l);
	return (double)best / 1e6;
}

/* Some sockets go on moving, until as many as can have a history have a full one. */
static void move_on(struct model *m, u32 sockets, u32 groups)
{
	for (u64 tick = 4; tick <= 4 + HISTORY_LEN; tick++) {
		struct record_tick t = {.number = tick, .time_ns = tick * SECOND, .interval_ns = SECOND};

		for (u32 i = 0; i < MIN(sockets, MOVING); i++) {
			struct record_socket s = socket_of(i, groups, tick);

			put(m, RECORD_SOCKET, &s);
		}
		put(m, RECORD_TICK, &t);
	}
}

/* What a tick of the view RTT walks over. */
static double spread_cost(const struct model *m)
{
	struct spread *rtt = calloc(2, sizeof(*rtt)), *connect = rtt + 1;
	u64 best = UINT64_MAX;

	for (int i = 0; rtt && i < ROUNDS; i++) {
		u64 before = cpu_ns();

		for (u32 k = 0; k < model_rows_end(m); k++) {
			const struct row *r = model_live_row(m, k);

			if (socket_table.prefetch && k + 8 < model_rows_end(m))
				socket_table.prefetch(m, k + 8, PART_ROW);
			if (!r)
				continue;
			spread_add_rtt(rtt, m, r);
			spread_add_connect(connect, m, r);
		}
		best = MIN(best, cpu_ns() - before);
	}
	free(rtt);
	return (double)best / 1e6;
}

int main(int argc, char **argv)
{
	u32 sockets = argc > 1 ? (u32)atoi(argv[1]) : 114000, groups = argc > 2 ? (u32)atoi(argv[2]) : 300;
	struct model *m = make_model(sockets, MAX(groups, 1U));
	const struct table *t;

	printf("%u sockets, ms of CPU time a gathering: all columns shown by default, no column, and each of them "
	       "beyond that\n",
	       sockets);
	printf("%-10s %6.2f\n", "the list", list_cost(m));
	for (size_t i = 0; (t = fold_at(i)); i++) {
		double none = cost(t, m, NULL, false);

		printf("%-10s %6.2f %6.2f ", t->many, cost(t, m, NULL, true), none);
		for (size_t k = 0; k < t->shown_count; k++) {
			const struct column *c = table_find(t, t->shown[k].name);

			if (t->shown[k].base && c->sum != SUM_LABEL)
				printf(" %s %.2f", c->name, cost(t, m, c, false) - none);
		}
		printf("\n");
	}
	printf("%-10s %6.2f", "rtt", spread_cost(m));
	move_on(m, sockets, MAX(groups, 1U));
	printf(" %6.2f where all that can have a history\n", spread_cost(m));
	model_free(m);
	return 0;
}
