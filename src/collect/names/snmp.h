/* The kernel's own counters of a network namespace, beside which ours are shown: /proc/thread-self/net of the namespace
 * that the thread is in. */
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

/* Reads them; what cannot be read leaves the counters as they were. */
void snmp_read(struct snmp *s);
void snmp_add(struct snmp *sum, const struct snmp *s);
/* Into the tick's record. */
void snmp_fill(const struct snmp *s, struct record_tick *t);
/* Sockets in TIME_WAIT (sockstat). */
u32 snmp_time_wait(void);
/* The same of these texts instead; NULL: it could not be opened. For tests. */
void snmp_read_from(struct snmp *s, FILE *snmp, FILE *netstat);
u32 snmp_time_wait_from(FILE *sockstat);
