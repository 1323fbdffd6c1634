/* Ports: how many of the local ports that a namespace has to give are taken, for each source address and destination.
 * To another destination the same ports are free again. */
#include <stdio.h>

#include "address.h"
#include "folds.h"
#include "idmap.h"
#include "socket_ports.h"

/* bind() gives a port to one socket of an address, wherever that connects to afterwards; unless it may be shared. */
static bool takes_for_all(const struct record_socket *s)
{
	return s->flags & SOCKET_BOUND && !(s->flags & (SOCKET_REUSEADDR | SOCKET_REUSEPORT));
}

static u64 destination_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;
	u64 h = idmap_mix((u64)s->netns << 8 | s->family, s->netns_cookie);

	(void)picture;
	h = idmap_mix(h, address_hash(s->laddr, 0));
	return idmap_hash(takes_for_all(s) ? ~h : h ^ address_hash(s->raddr, s->rport)) | 1;
}

static void destination_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_socket *s = &((const struct row *)row)->s;
	char from[48], to[48];

	(void)picture;
	address_format(s->laddr, s->family, from, sizeof(from));
	if (takes_for_all(s)) {
		snprintf(dst, size, "%s to any, by bind()", from);
		return;
	}
	address_format(s->raddr, s->family, to, sizeof(to));
	snprintf(dst, size, s->family == 6 ? "%s to [%s]:%u" : "%s to %s:%u", from, to, s->rport);
}

static const struct table_group by_destination = {"destination", destination_key, destination_label};
static const char *const down[] = {"netns", "proto", "laddr", "raddr", "rport", "bound", NULL};
static const struct fold fold = {.of = &socket_table,
				 .by = &by_destination,
				 .takes = socket_takes_port,
				 .down = down,
				 .loose = true,
				 .follows = get_ports_used,
				 .now = socket_ports_now};

static const struct table_shown shown[] = {
    {"laddr", true, 10, 9, 15, 40},       {"remote", true, 1, 14, 21, 47},   {"ports_share", true, 2, 5, 6, 6},
    {"ports_used", true, 3, 5, 5, 5},     {"ports_range", true, 7, 5, 5, 5}, {"ports_waiting", true, 5, 5, 5, 5},
    {"reusable", false, 12, 5, 5, 5},     {"ports_rate", true, 6, 6, 6, 6},  {"ports_left_us", true, 8, 6, 6, 6},
    {"holder_pid", true, 9, 7, 7, 7},     {"holder", true, 4, 7, 10, 15},    {"holder_sockets", false, 13, 5, 5, 5},
    {"ports_growth", false, 16, 7, 7, 7}, {"sampled", false, 14, 6, 6, 6},   {"connections", false, 15, 6, 6, 6},
    {"netns", false, 11, 10, 10, 10},     {"rx_rate", false, 17, 6, 6, 6},   {"tx_rate", false, 18, 6, 6, 6},
    {"bound", false, 19, 5, 5, 5},
};

static const char *const contract[] = {
    "netns",       "laddr",      "bound",          "raddr",         "rport",         "ports_used", "ports_range",
    "ports_share", "ports_rate", "ports_growth",   "ports_left_us", "ports_waiting", "reusable",   "sampled",
    "holder_pid",  "holder",     "holder_sockets", "connections",   "members",       NULL,
};

const struct table ports_fold = {
    .name = "port",
    .one = "destination",
    .many = "destinations",
    .fold = &fold,
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "ports_share:desc",
    .contract = contract,
    SOCKET_FOLD,
};
