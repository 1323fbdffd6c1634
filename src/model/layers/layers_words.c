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
    [LAYER_TX_ACK] = "tx_ack",
};

static const char *const hooks[NETFILTER_HOOKS] = {
    [NETFILTER_PRE_ROUTING] = "nf_pre_routing",   [NETFILTER_LOCAL_IN] = "nf_local_in",
    [NETFILTER_FORWARD] = "nf_forward",           [NETFILTER_LOCAL_OUT] = "nf_local_out",
    [NETFILTER_POST_ROUTING] = "nf_post_routing",
};

const char *layer_name(unsigned layer)
{
	return layer < LAYER_COUNT ? names[layer] : layer < LAYER_WORDS ? hooks[layer - LAYER_HOOKS] : "?";
}

const char *layer_short_name(unsigned layer)
{
	return layer < LAYER_WORDS ? layer_name(layer) + strlen("rx_") : "?";
}

static void put_end(char *dst, size_t size, const u8 *address, const struct row *r, u16 port)
{
	char text[46];

	address_format(address, r->s.family, text, sizeof(text));
	snprintf(dst, size, r->s.family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

void layer_row_process(const struct layer_row *r, char *dst, size_t size)
{
	static const char *const others[] = {
	    [LAYERS_OF_MACHINE] = "machine", [LAYERS_OF_HOOKS] = "machine", [LAYERS_OF_ECHO] = "icmp echo"};
	const struct row *socket = layer_row_socket(r);

	*dst = '\0';
	if (!socket)
		snprintf(dst, size, "%s", others[r->of->whose]);
	else if (socket->s.has & HAS_OWNER)
		snprintf(dst, size, "%s[%u]", (const char *)socket->s.comm, socket->s.pid);
}

void layer_row_who(const struct layer_row *r, char *dst, size_t size)
{
	const struct row *socket = layer_row_socket(r);
	char process[40], local[60], remote[60] = "";

	layer_row_process(r, process, sizeof(process));
	if (!socket) {
		snprintf(dst, size, "%s", process);
		return;
	}
	put_end(local, sizeof(local), socket->s.laddr, socket, socket->s.lport);
	if (socket->s.has & HAS_REMOTE)
		put_end(remote, sizeof(remote), socket->s.raddr, socket, socket->s.rport);
	snprintf(dst, size, "%s%s%s%s%s", process, *process ? " " : "", local, *remote ? " > " : "", remote);
}
