/* Dumps by rtnetlink(7), with the kernel's own macros: a library for it is nowhere to be had for a static binary. The
 * socket is not bound, which the sandbox refuses because nothing else here does; without it speaks to the kernel, too.
 */
#include "rtnl.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "array.h"
#include "cleanup.h"
#include "named.h"
#include "programs.h"

#define ROOM 32768 /* the kernel writes no longer pieces: netlink_dump() in net/netlink/af_netlink.c */

/* The attributes in a piece of a message, or within one of them. */
struct attributes {
	const struct rtattr *at;
	unsigned left; /* bytes */
};

struct dump;
typedef void take_fn(const struct nlmsghdr *h, struct dump *d);

struct dump {
	struct rtnl_list *list;
	int fd;
	unsigned seq;
	u32 nics; /* how many of the list are devices: all before the first that is none */
	u8 kind;  /* of what is dumped, from DEVICE_QDISC on; of filters where they are: attach_hook.number */
};

/* Those behind the message's own header of this size, which is there: dump_all() has looked. */
static struct attributes attributes_behind(const struct nlmsghdr *h, size_t head)
{
	const char *begin = (const char *)NLMSG_DATA(h) + NLMSG_ALIGN(head);

	return (struct attributes){(const void *)begin, (unsigned)MAX((const char *)h + h->nlmsg_len - begin, 0)};
}

static struct attributes attributes_in(const struct rtattr *a)
{
	return (struct attributes){RTA_DATA(a), (unsigned)RTA_PAYLOAD(a)};
}

#define attributes_each(a, in)                                                                                         \
	for (struct attributes in_ = (in); RTA_OK(in_.at, in_.left) && ((a) = in_.at, true);                           \
	     in_.at = RTA_NEXT(in_.at, in_.left))

static unsigned type_of(const struct rtattr *a)
{
	return a->rta_type & NLA_TYPE_MASK;
}

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

static void copy_name(u8 dst[16], const struct rtattr *a)
{
	memcpy(dst, RTA_DATA(a), MIN(RTA_PAYLOAD(a), 15));
}

/* An older kernel's struct is shorter, a newer one's longer. */
static void copy_struct(void *dst, size_t size, const struct rtattr *a)
{
	memcpy(dst, RTA_DATA(a), MIN(RTA_PAYLOAD(a), size));
}

static u32 number(const struct rtattr *a)
{
	u32 n = 0;

	copy_struct(&n, sizeof(n), a);
	return n;
}

/* Those of a device; NULL: out of memory. */
static struct record_attached *programs_of(struct rtnl_list *l, u32 ifindex)
{
	struct record_attached *a;

	for (u32 i = l->programs_count; i-- > 0;)
		if (l->programs[i].key == ifindex)
			return &l->programs[i];
	if (array_append(&l->programs, &l->programs_cap, l->programs_count, sizeof(*l->programs)) < 0)
		return NULL;
	a = &l->programs[l->programs_count++];
	*a = (struct record_attached){.key = ifindex, .place = ATTACH_DEVICE};
	return a;
}

static void add_program(struct rtnl_list *l, u32 ifindex, u8 hook, u32 id)
{
	struct record_attached *a = id ? programs_of(l, ifindex) : NULL;

	if (a)
		programs_add(a, hook, id);
}

/* A device can have one for each way: in its driver, before the stack, in its hardware. */
static void take_xdp(struct rtnl_list *l, u32 ifindex, const struct rtattr *xdp)
{
	const struct rtattr *a;

	attributes_each (a, attributes_in(xdp)) {
		switch (type_of(a)) {
		case IFLA_XDP_DRV_PROG_ID:
		case IFLA_XDP_SKB_PROG_ID:
		case IFLA_XDP_HW_PROG_ID: add_program(l, ifindex, ATTACH_XDP, number(a)); break;
		default: break;
		}
	}
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

static void take_link_info(struct record_device *d, const struct rtattr *info)
{
	const struct rtattr *a;

	attributes_each (a, attributes_in(info)) {
		if (type_of(a) == IFLA_INFO_KIND)
			copy_name(d->type, a);
	}
}

static void take_link_attribute(struct record_device *d, const struct rtattr *a)
{
	struct rtnl_link_stats64 stats = {};

	switch (type_of(a)) {
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

static void take_link(const struct nlmsghdr *h, struct dump *dump)
{
	struct rtnl_list *l = dump->list;
	const struct ifinfomsg *i = NLMSG_DATA(h);
	const struct rtattr *a;
	struct record_device *d;

	l->nics++;
	d = append(l);
	if (!d)
		return;
	d->kind = DEVICE_NIC;
	d->ifindex = (u32)i->ifi_index;
	d->flags = i->ifi_flags;
	attributes_each (a, attributes_behind(h, sizeof(*i))) {
		take_link_attribute(d, a);
		if (type_of(a) == IFLA_XDP)
			take_xdp(l, d->ifindex, a);
	}
}

/* -- queueing disciplines and classes ------------------------------------------------------------------------------ */

static void take_queue_stats(struct record_device *d, const struct rtattr *stats)
{
	struct gnet_stats_basic basic = {};
	struct gnet_stats_queue queue = {};
	const struct rtattr *a;
	u64 packets = 0; /* where 32 bits may have been too few (5.5) */

	attributes_each (a, attributes_in(stats)) {
		switch (type_of(a)) {
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
	const struct rtattr *a;

	attributes_each (a, attributes_behind(h, sizeof(struct tcmsg))) {
		const char *kind = RTA_DATA(a);

		if (type_of(a) == TCA_KIND && memchr(kind, 0, RTA_PAYLOAD(a)))
			return named_find(idle, sizeof(*idle), ARRAY_SIZE(idle), kind) < ARRAY_SIZE(idle) ? NULL : kind;
	}
	return NULL;
}

static void take_queue(const struct nlmsghdr *h, struct dump *dump)
{
	const struct tcmsg *t = NLMSG_DATA(h);
	const char *kind = kind_of(h);
	const struct record_device *nic = kind ? device_of(dump, (u32)t->tcm_ifindex) : NULL;
	struct record_device *d, made = {.kind = dump->kind};
	const struct rtattr *a;

	if (!nic)
		return;
	memcpy(made.name, nic->name, sizeof(made.name));
	d = append(dump->list);
	if (!d)
		return;
	*d = made;
	d->ifindex = (u32)t->tcm_ifindex;
	d->handle = t->tcm_handle;
	d->parent = t->tcm_parent;
	memcpy(d->type, kind, MIN(strlen(kind), sizeof(d->type) - 1));
	attributes_each (a, attributes_behind(h, sizeof(*t)))
		if (type_of(a) == TCA_STATS2)
			take_queue_stats(d, a);
}

/* -- dumps --------------------------------------------------------------------------------------------------------- */

/* Gives each message of a piece that is long enough for its header to `each`. 1: the dump has ended, 0: there is more,
 * -1: it broke off. */
static int take_piece(struct dump *d, const void *piece, size_t len, size_t head, take_fn *each)
{
	for (const struct nlmsghdr *h = piece; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_seq != d->seq || h->nlmsg_flags & NLM_F_DUMP_INTR || h->nlmsg_type == NLMSG_ERROR)
			return -1;
		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type >= NLMSG_MIN_TYPE && h->nlmsg_len >= NLMSG_LENGTH(head))
			each(h, d);
	}
	return 0;
}

/* Asks for all of a type and gives each answer to `each`. head: the message's own header, at most a struct tcmsg.
 * false: not all came. */
static bool dump_all(struct dump *d, u16 type, const void *head, size_t size, take_fn *each)
{
	char room[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct {
		struct nlmsghdr h;
		char head[sizeof(struct tcmsg)];
	} ask = {{(u32)NLMSG_LENGTH(size), type, NLM_F_REQUEST | NLM_F_DUMP, ++d->seq, 0}, {}};
	int r = 0;

	memcpy(ask.head, head, size);
	if (send(d->fd, &ask, ask.h.nlmsg_len, 0) < 0)
		return false;
	while (!r) {
		ssize_t n = recv(d->fd, room, sizeof(room), 0);

		if (n < 0 && errno == EINTR)
			continue;
		r = n <= 0 ? -1 : take_piece(d, room, (size_t)n, size, each);
	}
	return r > 0;
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

/* -- programs of BPF ----------------------------------------------------------------------------------------------- */

/* false: this kernel has no tcx (6.6), or it is not known. */
static bool ask_tcx(struct rtnl_list *l, u32 ifindex)
{
	struct record_attached a = {};
	bool known = programs_query(&a, (int)ifindex, ATTACH_TCX_INGRESS, 0) == 0 &&
		     programs_query(&a, (int)ifindex, ATTACH_TCX_EGRESS, 0) == 0;

	for (u32 i = 0; i < MIN(a.count, ATTACHED_MAX); i++)
		add_program(l, ifindex, a.hooks[i], a.programs[i]);
	return known;
}

static u32 bpf_id_of(const struct rtattr *options)
{
	const struct rtattr *a;

	attributes_each (a, attributes_in(options))
		if (type_of(a) == TCA_BPF_ID)
			return number(a);
	return 0;
}

static void take_filter(const struct nlmsghdr *h, struct dump *d)
{
	const struct tcmsg *t = NLMSG_DATA(h);
	const struct rtattr *a;
	const char *kind = kind_of(h);

	if (!kind || strcmp(kind, "bpf") != 0)
		return;
	attributes_each (a, attributes_behind(h, sizeof(*t)))
		if (type_of(a) == TCA_OPTIONS)
			add_program(d->list, (u32)t->tcm_ifindex, d->kind, bpf_id_of(a));
}

/* The kernel tells filters of one place at a time. */
static bool dump_filters(struct dump *d, u32 ifindex, u32 parent, u8 hook)
{
	struct tcmsg at = {.tcm_ifindex = (int)ifindex, .tcm_parent = parent};

	d->kind = hook;
	return dump_all(d, RTM_GETTFILTER, &at, sizeof(at), take_filter);
}

/* clsact has classifiers for both directions, ingress for one. */
static bool dump_filters_of(struct dump *d, const struct record_device *qdisc)
{
	const char *kind = (const char *)qdisc->type;
	bool both = strcmp(kind, "clsact") == 0, whole = true;

	if (both || strcmp(kind, "ingress") == 0)
		whole &= dump_filters(d, qdisc->ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), ATTACH_TC_INGRESS);
	if (both)
		whole &= dump_filters(d, qdisc->ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), ATTACH_TC_EGRESS);
	if (has_classes(qdisc))
		whole &= dump_filters(d, qdisc->ifindex, qdisc->handle, ATTACH_TC_EGRESS);
	return whole;
}

static int by_key(const void *a, const void *b)
{
	u64 x = ((const struct record_attached *)a)->key, y = ((const struct record_attached *)b)->key;

	return (x > y) - (x < y);
}

static void read_programs(struct dump *d, u32 qdiscs)
{
	struct rtnl_list *l = d->list;
	bool tcx = true;

	l->has_programs = l->whole;
	for (u32 i = 0; tcx && i < d->nics; i++)
		tcx = ask_tcx(l, l->at[i].ifindex);
	for (u32 i = d->nics; i < qdiscs; i++)
		l->has_programs &= dump_filters_of(d, &l->at[i]);
	if (l->programs_count)
		qsort(l->programs, l->programs_count, sizeof(*l->programs), by_key);
}

static int by_ifindex(const void *a, const void *b)
{
	u32 x = ((const struct record_device *)a)->ifindex, y = ((const struct record_device *)b)->ifindex;

	return (x > y) - (x < y);
}

void rtnl_read(struct rtnl_list *l, bool programs)
{
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct dump d = {.list = l, .fd = fd, .kind = DEVICE_QDISC};
	u32 qdiscs;

	l->count = l->nics = l->unlisted = 0;
	l->programs_count = 0;
	l->has_programs = false;
	l->whole = fd >= 0;
	if (fd < 0)
		return;
	l->whole &= dump_all(&d, RTM_GETLINK, &(struct ifinfomsg){}, sizeof(struct ifinfomsg), take_link);
	d.nics = l->count;
	if (l->count) /* the kernel's order is that of a hash (before 6.9) */
		qsort(l->at, l->count, sizeof(*l->at), by_ifindex);
	l->whole &= dump_all(&d, RTM_GETQDISC, &(struct tcmsg){}, sizeof(struct tcmsg), take_queue);
	qdiscs = l->count;
	l->whole &= dump_classes(&d);
	if (programs)
		read_programs(&d, qdiscs);
}

void rtnl_list_deinit(struct rtnl_list *l)
{
	free(l->at);
	free(l->programs);
	*l = (struct rtnl_list){};
}
