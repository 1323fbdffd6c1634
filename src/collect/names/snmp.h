/* The kernel's own counters of the thread's network namespace, in /proc/thread-self/net: shown beside ours. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

struct snmp {
	bool known;
	u64 tcp_retrans_segs, tcp_out_segs, tcp_in_segs, tcp_in_errs, tcp_out_rsts;
	u64 listen_overflows, listen_drops;
	u64 udp_in_errors;
};

/* Reads them. A counter that cannot be read keeps its value. */
void snmp_read(struct snmp *s);
void snmp_add(struct snmp *sum, const struct snmp *s);
/* Adds them to the tick's record. */
void snmp_fill(const struct snmp *s, struct record_tick *t);
/* Sockets in TIME_WAIT (sockstat). */
u32 snmp_time_wait(void);
/* The same from these texts, for tests; NULL: a file that could not be opened. */
void snmp_read_from(struct snmp *s, FILE *snmp, FILE *netstat);
u32 snmp_time_wait_from(FILE *sockstat);
