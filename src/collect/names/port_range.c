/* Reads the range of local ports, what is reserved of it, whether TIME_WAIT can be reused, and how many there may be.
 */
#include "port_range.h"

#define SYSCTL "/proc/sys/net/ipv4/"
#define REUSE_DELAY_MS 1000 /* before it was a setting: tcp_twsk_unique() in net/ipv4/tcp_ipv4.c */

/* Ports from first to last in a list like "8080,9148-9150", which the kernel writes in order and without overlaps. */
static u32 count_within(FILE *list, u32 first, u32 last)
{
	u32 from, to, sum = 0;

	while (list && fscanf(list, "%u", &from) == 1) {
		to = from;
		if (fscanf(list, "-%u", &to) == 1 && to < from)
			break;
		if (from <= last && to >= first)
			sum += MIN(to, last) - MAX(from, first) + 1;
		if (getc(list) != ',')
			break;
	}
	return MIN(sum, last - first + 1);
}

static u32 number_in(FILE *f, u32 otherwise)
{
	u32 n;

	return f && fscanf(f, "%u", &n) == 1 ? n : otherwise;
}

bool port_range_read_from(struct record_ports *p, const struct port_range_files *f)
{
	u32 first, last, reuse = number_in(f->reuse, 0);

	if (!f->range || fscanf(f->range, "%u %u", &first, &last) != 2 || !first || last > UINT16_MAX || first > last)
		return false;
	p->first = (u16)first;
	p->last = (u16)last;
	p->kept = count_within(f->reserved, first, last);
	p->reuse = reuse <= 2 && number_in(f->timestamps, 1) ? (u8)reuse : 0;
	p->reuse_delay_ms = number_in(f->delay, REUSE_DELAY_MS);
	p->time_wait_max = number_in(f->time_wait_max, 0);
	return true;
}

bool port_range_read(struct record_ports *p)
{
	cleanup_fclose FILE *range = fopen(SYSCTL "ip_local_port_range", "re");
	cleanup_fclose FILE *reserved = fopen(SYSCTL "ip_local_reserved_ports", "re");
	cleanup_fclose FILE *reuse = fopen(SYSCTL "tcp_tw_reuse", "re");
	cleanup_fclose FILE *delay = fopen(SYSCTL "tcp_tw_reuse_delay", "re");
	cleanup_fclose FILE *timestamps = fopen(SYSCTL "tcp_timestamps", "re");
	cleanup_fclose FILE *most = fopen(SYSCTL "tcp_max_tw_buckets", "re");

	return port_range_read_from(p, &(struct port_range_files){range, reserved, reuse, delay, timestamps, most});
}
