/* The layers' and hooks' names, and whose layers they are. */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "layers_private.h"

static const char *const names[LAYER_COUNT] = {
    [LAYER_RX_MAC] = "rx_mac",     [LAYER_RX_IP] = "rx_ip",   [LAYER_RX_TCP] = "rx_tcp",
    [LAYER_RX_APP] = "rx_app",     [LAYER_TX_TCP] = "tx_tcp", [LAYER_TX_IP] = "tx_ip",
    [LAYER_TX_QDISC] = "tx_qdisc", [LAYER_TX_NIC] = "tx_nic", [LAYER_RX_WAKEUP] = "rx_wakeup",
    [LAYER_TX_PACED] = "tx_paced", [LAYER_RX_GRO] = "rx_gro", [LAYER_TX_DIRECT] = "tx_direct",
};

static const char *const hooks[NETFILTER_HOOKS] = {
    [NETFILTER_PRE_ROUTING] = "nf_pre_routing",   [NETFILTER_LOCAL_IN] = "nf_local_in",
    [NETFILTER_FORWARD] = "nf_forward",           [NETFILTER_LOCAL_OUT] = "nf_local_out",
    [NETFILTER_POST_ROUTING] = "nf_post_routing",
};

const char *layer_name(unsigned layer)
{
	return layer < LAYER_COUNT ? names[layer] : "?";
}

const char *layer_short_name(unsigned layer)
{
	return layer < LAYER_COUNT ? names[layer] + strlen("rx_") : "?";
}

const char *hook_name(unsigned hook)
{
	return hook < NETFILTER_HOOKS ? hooks[hook] : "?";
}

static void put_end(char *dst, size_t size, const u8 *address, const struct row *r, u16 port)
{
	char text[46];

	address_format(address, r->s.family, text, sizeof(text));
	snprintf(dst, size, r->s.family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void put_socket(const struct row *r, char *dst, size_t size)
{
	char owner[40] = "", local[60], remote[60] = "";

	if (r->s.has & HAS_OWNER)
		snprintf(owner, sizeof(owner), "%s[%u] ", (const char *)r->s.comm, r->s.pid);
	put_end(local, sizeof(local), r->s.laddr, r, r->s.lport);
	if (r->s.has & HAS_REMOTE)
		put_end(remote, sizeof(remote), r->s.raddr, r, r->s.rport);
	snprintf(dst, size, "%s%s%s%s", owner, local, *remote ? " > " : "", remote);
}

void layers_who(const struct model *m, const struct layers *l, char *dst, size_t size)
{
	u32 index = l->whose == LAYERS_OF_SOCKET ? model_find(m, l->id) : IDMAP_NONE;

	*dst = '\0';
	if (index != IDMAP_NONE)
		put_socket(model_row(m, index), dst, size);
	else if (l->whose != LAYERS_OF_SOCKET)
		snprintf(dst, size, l->whose == LAYERS_OF_ECHO ? "icmp echo" : "machine");
}
