/* Dumps by libmnl. Its own functions for sockets are not used: they bind and name an address, which the sandbox refuses
 * because nothing else here does; a netlink socket without either speaks to the kernel. */
#include "rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "array.h"
#include "cleanup.h"
#include "named.h"

#define ROOM 32768 /* the kernel writes no longer pieces: netlink_dump() in net/netlink/af_netlink.c */

struct dump {
	struct rtnl_list *list;
	int fd;
	unsigned seq;
	u32 nics; /* how many of the list are devices: all before the first that is none */
	u8 kind;  /* of what is dumped, from DEVICE_QDISC on */
};

static struct record_device *append(struct rtnl_list *l)
{
	if (l->count == RTNL_DEVICES_MAX) {
		l->unlisted++;
		return NULL;
	}
	if (array_append(&l->at, &l->cap, l->count, sizeof(*l->at)) < 0) {
		l->whole = false;
		return NULL;
	}
	l->at[l->count] = (struct record_device){};
	return &l->at[l->count++];
}

static void copy_name(u8 dst[16], const struct nlattr *a)
{
	memcpy(dst, mnl_attr_get_payload(a), MIN(mnl_attr_get_payload_len(a), 15));
}

/* An older kernel's struct is shorter, a newer one's longer. */
static void copy_struct(void *dst, size_t size, const struct nlattr *a)
{
	memcpy(dst, mnl_attr_get_payload(a), MIN(mnl_attr_get_payload_len(a), size));
}

static u32 number(const struct nlattr *a)
{
	u32 n = 0;

	copy_struct(&n, sizeof(n), a);
	return n;
}

/* -- devices ------------------------------------------------------------------------------------------------------- */

static void set_counters(struct record_device *d, const struct rtnl_link_stats64 *s)
{
	d->rx_bytes = s->rx_bytes;
	d->rx_packets = s->rx_packets;
	d->tx_bytes = s->tx_bytes;
	d->tx_packets = s->tx_packets;
	d->rx_errors = s->rx_errors;
	d->tx_errors = s->tx_errors;
	d->rx_dropped = s->rx_dropped;
	d->tx_dropped = s->tx_dropped;
	d->rx_missed = s->rx_missed_errors;
	d->rx_crc = s->rx_crc_errors;
	d->rx_fifo = s->rx_fifo_errors;
	d->rx_frame = s->rx_frame_errors;
	d->rx_nohandler = s->rx_nohandler;
	d->tx_carrier = s->tx_carrier_errors;
	d->tx_fifo = s->tx_fifo_errors;
	d->collisions = s->collisions;
	d->errors = d->rx_errors + d->tx_errors;
	d->drops = d->rx_dropped + d->tx_dropped + d->rx_missed;
}

static void take_link_info(struct record_device *d, const struct nlattr *info)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, info)
	{
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			copy_name(d->type, a);
	}
}

static void take_link_attribute(struct record_device *d, const struct nlattr *a)
{
	struct rtnl_link_stats64 stats = {};

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME: copy_name(d->name, a); break;
	case IFLA_MTU: d->mtu = number(a); break;
	case IFLA_MASTER: d->parent = number(a); break;
	case IFLA_CARRIER_CHANGES: d->carrier_changes = number(a); break;
	case IFLA_OPERSTATE: d->operstate = number(a) & 0xff; break;
	case IFLA_LINKINFO: take_link_info(d, a); break;
	case IFLA_CARRIER:
		d->carrier = number(a) & 0xff;
		d->has |= DEVICE_HAS_CARRIER;
		break;
	case IFLA_STATS64:
		copy_struct(&stats, sizeof(stats), a);
		set_counters(d, &stats);
		break;
	default: break;
	}
}

static int take_link(const struct nlmsghdr *h, void *dump)
{
	struct rtnl_list *l = ((struct dump *)dump)->list;
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;
	struct record_device *d;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*i))
		return MNL_CB_OK;
	l->nics++;
	d = append(l);
	if (!d)
		return MNL_CB_OK;
	d->kind = DEVICE_NIC;
	d->ifindex = (u32)i->ifi_index;
	d->flags = i->ifi_flags;
	mnl_attr_for_each(a, h, sizeof(*i)) take_link_attribute(d, a);
	return MNL_CB_OK;
}

/* -- queueing disciplines and classes ------------------------------------------------------------------------------ */

static void take_queue_stats(struct record_device *d, const struct nlattr *stats)
{
	struct gnet_stats_basic basic = {};
	struct gnet_stats_queue queue = {};
	const struct nlattr *a;
	u64 packets = 0; /* where 32 bits may have been too few (5.5) */

	mnl_attr_for_each_nested(a, stats)
	{
		switch (mnl_attr_get_type(a)) {
		case TCA_STATS_BASIC: copy_struct(&basic, sizeof(basic), a); break;
		case TCA_STATS_QUEUE: copy_struct(&queue, sizeof(queue), a); break;
		case TCA_STATS_PKT64: copy_struct(&packets, sizeof(packets), a); break;
		default: break;
		}
	}
	d->tx_bytes = basic.bytes;
	d->tx_packets = packets ? packets : basic.packets;
	d->drops = queue.drops;
	d->overlimits = queue.overlimits;
	d->requeues = queue.requeues;
	d->backlog = queue.backlog;
	d->qlen = queue.qlen;
}

/* The device that it belongs to; NULL: it came after we asked for devices. Those of a device come one after the other,
 * in the order of the devices. */
static const struct record_device *device_of(const struct dump *dump, u32 ifindex)
{
	const struct rtnl_list *l = dump->list;
	u32 low = 0, high = dump->nics;

	if (l->count > dump->nics && l->at[l->count - 1].ifindex == ifindex)
		return &l->at[l->count - 1];
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (l->at[middle].ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low < dump->nics && l->at[low].ifindex == ifindex ? &l->at[low] : NULL;
}

/* Its kind; NULL: it has none, or cannot hold or drop anything. */
static const char *kind_of(const struct nlmsghdr *h)
{
	static const char *const idle[] = {"noqueue", "noop"};
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct tcmsg))
	{
		const char *kind = mnl_attr_get_payload(a);

		if (mnl_attr_get_type(a) == TCA_KIND && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0)
			return named_find(idle, sizeof(*idle), ARRAY_SIZE(idle), kind) < ARRAY_SIZE(idle) ? NULL : kind;
	}
	return NULL;
}

static int take_queue(const struct nlmsghdr *h, void *dump)
{
	const struct dump *from = dump;
	const struct tcmsg *t = mnl_nlmsg_get_payload(h);
	const char *kind = mnl_nlmsg_get_payload_len(h) < sizeof(*t) ? NULL : kind_of(h);
	const struct record_device *nic = kind ? device_of(from, (u32)t->tcm_ifindex) : NULL;
	struct record_device *d, made = {.kind = from->kind};
	const struct nlattr *a;

	if (!nic)
		return MNL_CB_OK;
	memcpy(made.name, nic->name, sizeof(made.name));
	d = append(from->list);
	if (!d)
		return MNL_CB_OK;
	*d = made;
	d->ifindex = (u32)t->tcm_ifindex;
	d->handle = t->tcm_handle;
	d->parent = t->tcm_parent;
	memcpy(d->type, kind, MIN(strlen(kind), sizeof(d->type) - 1));
	mnl_attr_for_each(a, h, sizeof(*t)) if (mnl_attr_get_type(a) == TCA_STATS2) take_queue_stats(d, a);
	return MNL_CB_OK;
}

/* -- dumps --------------------------------------------------------------------------------------------------------- */

/* Asks for all of a type and gives each answer to `each`. head: the message's own header. false: not all came. */
static bool dump_all(struct dump *d, u16 type, const void *head, size_t size, mnl_cb_t each)
{
	char room[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	int r = MNL_CB_OK;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++d->seq;
	memcpy(mnl_nlmsg_put_extra_header(h, size), head, size);
	if (send(d->fd, h, h->nlmsg_len, 0) < 0)
		return false;
	while (r > MNL_CB_STOP) {
		ssize_t n = recv(d->fd, room, sizeof(room), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n <= 0 ? MNL_CB_ERROR : mnl_cb_run(room, (size_t)n, d->seq, 0, each, d);
	}
	return r == MNL_CB_STOP;
}

/* Of the other disciplines classes tell nothing that their qdiscs do not: those of mq and prio are their children,
 * those of fq_codel single flows. */
static bool has_classes(const struct record_device *d)
{
	static const char *const kinds[] = {"htb", "hfsc", "qfq", "drr", "ets", "cbq"};

	return d->kind == DEVICE_QDISC &&
	       named_find(kinds, sizeof(*kinds), ARRAY_SIZE(kinds), (const char *)d->type) < ARRAY_SIZE(kinds);
}

/* The kernel tells classes of one device at a time. */
static bool dump_classes(struct dump *d)
{
	struct rtnl_list *l = d->list;
	u32 qdiscs = l->count, last = 0;
	bool whole = true;

	d->kind = DEVICE_CLASS;
	for (u32 i = d->nics; i < qdiscs; i++) {
		struct tcmsg of = {.tcm_ifindex = (int)l->at[i].ifindex};

		if (!has_classes(&l->at[i]) || l->at[i].ifindex == last)
			continue;
		last = l->at[i].ifindex;
		whole &= dump_all(d, RTM_GETTCLASS, &of, sizeof(of), take_queue);
	}
	return whole;
}

static int by_ifindex(const void *a, const void *b)
{
	u32 x = ((const struct record_device *)a)->ifindex, y = ((const struct record_device *)b)->ifindex;

	return (x > y) - (x < y);
}

void rtnl_read(struct rtnl_list *l)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct dump d = {.list = l, .fd = fd, .kind = DEVICE_QDISC};

	l->count = l->nics = l->unlisted = 0;
	l->whole = fd >= 0;
	if (fd < 0)
		return;
	l->whole &= dump_all(&d, RTM_GETLINK, &(struct ifinfomsg){}, sizeof(struct ifinfomsg), take_link);
	d.nics = l->count;
	if (l->count) /* the kernel's order is that of a hash (before 6.9) */
		qsort(l->at, l->count, sizeof(*l->at), by_ifindex);
	l->whole &= dump_all(&d, RTM_GETQDISC, &(struct tcmsg){}, sizeof(struct tcmsg), take_queue);
	l->whole &= dump_classes(&d);
}

void rtnl_list_deinit(struct rtnl_list *l)
{
	free(l->at);
	*l = (struct rtnl_list){};
}
