/* Eight rows that filters choose from, each known by a letter. */
#pragma once

#include "rows.h"

#include "query.h"

enum { NGINX, DB, LISTENER, V6, MAPPED, UDP, TW, ENDED, ROWS };

static const char letters[] = "ndl6mute";

struct world {
	struct model *m;
	struct row *row[ROWS];
};

static struct world world;

static inline void make_tcp_rows(void)
{
	struct record_socket s = rows_tcp(1, "10.0.0.5", 443, "203.0.113.9", 51822);

	strcpy((char *)s.comm, "nginx");
	s.rtt_us = 48000;
	s.retrans = 31;
	s.cgroup_id = 7;
	s.ifindex = 2;
	s.dir = DIR_IN;
	world.row[NGINX] = rows_put(world.m, &s);

	s = rows_tcp(2 | 1ULL << 56, "10.0.0.5", 40112, "193.233.7.5", 22);
	strcpy((char *)s.comm, "postgres");
	s.state = STATE_FIN_WAIT1;
	s.rtt_us = 300;
	s.has &= ~(u64)HAS_CGROUP;
	world.row[DB] = rows_put(world.m, &s);

	s = rows_tcp(3, "0.0.0.0", 22, NULL, 0);
	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.has = HAS_OWNER | HAS_ACCEPT | HAS_MEM;
	strcpy((char *)s.comm, "sshd");
	world.row[LISTENER] = rows_put(world.m, &s);

	s = rows_tcp(4, "::1", 80, "::1", 50000);
	s.flags = SOCKET_NO_FILE;
	s.has &= ~(u64)HAS_OWNER;
	world.row[V6] = rows_put(world.m, &s);

	s = rows_tcp(5, "10.9.9.9", 8080, "10.8.8.8", 1234);
	s.is_mapped = 1;
	world.row[MAPPED] = rows_put(world.m, &s);
}

static inline int setup(void **state)
{
	struct record_socket s;

	world.m = fixture_new();
	rows_name(world.m, NAME_CGROUP, 7, 0, "/system.slice/my-web.service");
	rows_name(world.m, NAME_IFACE, 2, 4026531840U, "eth0");
	make_tcp_rows();

	s = rows_tcp(6, "127.0.0.1", 53, NULL, 0);
	s.proto = IPPROTO_UDP;
	s.state = STATE_CLOSE;
	s.has = HAS_OWNER;
	world.row[UDP] = rows_put(world.m, &s);

	s = rows_tcp(7, "10.0.0.5", 443, "10.0.0.77", 33333);
	s.state = STATE_TIME_WAIT;
	s.has = HAS_REMOTE;
	world.row[TW] = rows_put(world.m, &s);

	s = rows_tcp(8, "10.0.0.5", 443, "10.0.0.78", 33334);
	s.flags = SOCKET_ENDED;
	s.ended_ns = ROWS_SECOND;
	world.row[ENDED] = rows_put(world.m, &s);
	rows_tick(world.m, 1);
	world.row[NGINX]->limited = LIMITED_NOT_READING;
	return 0;
}

static inline int teardown(void **state)
{
	fixture_free(world.m);
	return 0;
}

/* The letters of the rows that match, or "error". */
static inline void matches(const char *text, char *dst)
{
	struct query_error err;
	struct query *q;

	if (query_parse(&socket_table, text, &q, &err)) {
		strcpy(dst, "error");
		return;
	}
	for (int i = 0; i < ROWS; i++)
		if (query_match(q, world.m, world.row[i]))
			*dst++ = letters[i];
	*dst = '\0';
	query_free(q);
}

struct expected {
	const char *text, *rows;
};

static inline void check(const struct expected *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char got[ROWS + 8];

		matches(e[i].text, got);
		if (strcmp(got, e[i].rows) != 0)
			fail_msg("%s: expected %s, got %s", e[i].text, e[i].rows, got);
	}
}
