/* Names of the devices that sockets are bound to, looked up like the kernel does: right in every namespace, after a
 * rename, and after the device's number was reused. */
#pragma once

#include "table_maps.h"

#define DEVICES_HASH 256 /* NETDEV_HASHENTRIES of include/linux/netdevice.h */
#define DEVICES_CHAIN 16 /* devices in a chain that are searched: with 4,096 in a namespace, 16 share one */

static __always_inline void device_name(struct abi_device *d, struct net *net)
{
	struct hlist_head *head = BPF_CORE_READ(net, dev_index_head);
	struct hlist_node *at = 0;

	bpf_probe_read_kernel(&at, sizeof(at), &head[d->ifindex % DEVICES_HASH]);
	for (u32 i = 0; i < DEVICES_CHAIN && at; i++) {
		struct net_device *dev = (void *)at - bpf_core_field_offset(struct net_device, index_hlist);

		if (BPF_CORE_READ(dev, ifindex) == d->ifindex) {
			BPF_CORE_READ_STR_INTO(&d->name, dev, name);
			return;
		}
		at = BPF_CORE_READ(at, next);
	}
}

/* A pass begins: it writes all devices again. */
static __always_inline void devices_begin(enum pass_kind pass)
{
	device_ifindex[pass] = 0;
}

/* Writes the device that the socket is bound to, unless it is the same as the last one's, as it mostly is. */
static __always_inline void write_device(struct seq_file *seq, const struct sock_common *c, enum pass_kind pass)
{
	struct abi_device d = {.size = sizeof(d), .kind = ABI_DEVICE, .ifindex = c->skc_bound_dev_if};
	struct net *net;

	if (!d.ifindex)
		return;
	net = BPF_CORE_READ(c, skc_net.net);
	if (d.ifindex == device_ifindex[pass] && net == device_net[pass])
		return;
	device_net[pass] = net;
	device_ifindex[pass] = d.ifindex;
	d.netns = BPF_CORE_READ(net, ns.inum);
	if (bpf_core_field_exists(net->net_cookie))
		d.netns_cookie = BPF_CORE_READ(net, net_cookie);
	device_name(&d, net);
	bpf_seq_write(seq, &d, sizeof(d));
}
