/* Connections whose addresses are translated in the thread's network namespace. Of the file /proc/net/nf_conntrack: to
 * ask by netlink takes CAP_NET_ADMIN, with which whoever can make us ask could turn off a firewall. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

/* Before 6.17 each piece of 4 KiB, some 20 entries, is searched for from the beginning of the kernel's table: with more
 * entries the file is not read. */
#define NAT_ENTRIES_MAX 32768

struct nat_list {
	struct record_nat *at; /* owned; without space, index and count */
	u32 count, cap;
};

/* Only those stay for which there() is true at both ends. */
void conntrack_keep(struct nat_list *l, bool (*there)(const void *context, const u8 address[16]), const void *context);
/* Those of TCP and UDP, into an empty list or one that was filled before. f may be NULL. */
void conntrack_read(FILE *f, struct nat_list *l);
void nat_list_deinit(struct nat_list *l);
