/* Fuzzes /proc/net/snmp, netstat and sockstat, the range of local ports and the list of those that are reserved, and
 * /proc/PID/stat, which are one text here, apart by a NUL each: whatever they are, counters are taken as a whole or not
 * at all. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "port_range.h"
#include "processes.h"
#include "snmp.h"

/* A file of the text up to the next NUL, or of the rest. */
static FILE *next_file(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, 0, *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	FILE *f = len ? fmemopen((void *)*data, len, "r") : NULL;

	len = MIN(len + 1, *size);
	*data += len;
	*size -= len;
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct snmp before = {.known = true, .tcp_out_segs = 7, .listen_drops = 9};
	cleanup_fclose FILE *snmp = next_file(&data, &size);
	cleanup_fclose FILE *netstat = next_file(&data, &size);
	cleanup_fclose FILE *sockstat = next_file(&data, &size);
	cleanup_fclose FILE *range = next_file(&data, &size);
	cleanup_fclose FILE *reserved = next_file(&data, &size);
	cleanup_fclose FILE *stat = next_file(&data, &size);
	u64 ticks = 7;
	struct record_tick t = {};
	struct record_ports p = {};
	struct snmp s = before;

	snmp_read_from(&s, snmp, netstat);
	check(s.known);
	if (!snmp || !netstat)
		check(memcmp(&s, &before, sizeof(s)) == 0);
	snmp_fill(&s, &t);
	check(t.stat_has & 1 && t.tcp_out_segs == s.tcp_out_segs && t.listen_drops == s.listen_drops);
	(void)snmp_time_wait_from(sockstat);
	if (port_range_read_from(&p, &(struct port_range_files){.range = range, .reserved = reserved}))
		check(p.first && p.first <= p.last && p.kept <= (u32)p.last - p.first + 1);
	check(process_start_ticks(stat, &ticks) || ticks == 7);
	return 0;
}
