/* Converts losses from the kernel's units to the stream's. */
#include "loss_convert.h"

#include <string.h>
#include <sys/socket.h>

#include "id.h"

_Static_assert(ABI_LOSS_STACK == LOSS_STACK, "stacks are copied whole");
_Static_assert((int)ABI_DROP == (int)LOSS_DROP && (int)ABI_RESET_RECEIVED == (int)LOSS_RESET_RECEIVED,
	       "kinds are copied as they are");
_Static_assert((int)ABI_LOSS_SOCKET == (int)LOSS_SOCKET && (int)ABI_LOSS_FAILED == (int)LOSS_FAILED &&
		   (int)ABI_LOSS_FOREIGN == (int)LOSS_FOREIGN,
	       "flags are copied as they are");

/* ::ffff:a.b.c.d is shown as the IPv4 address. */
static bool convert_address(const u8 *from, u8 *to, bool mapped)
{
	static const u8 prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	memset(to, 0, 16);
	if (mapped)
		memcpy(to, from + 12, 4);
	else
		memcpy(to, from, 16);
	return memcmp(from, prefix, sizeof(prefix)) == 0;
}

/* On some kernels the stack begins with the tracepoint and our own program: skip to who freed the packet. */
static void convert_stack(const struct abi_loss *a, struct record_loss *r)
{
	size_t first = 0;

	while (first < LOSS_STACK && a->stack[first] != a->location)
		first++;
	if (first == LOSS_STACK)
		first = 0;
	for (size_t i = 0; first + i < LOSS_STACK; i++)
		r->stack[i] = a->stack[first + i];
}

void loss_convert(const struct abi_loss *a, u8 generation, struct record_loss *r)
{
	u8 scratch[16];
	bool mapped = a->family == AF_INET6 &&
		      (convert_address(a->laddr, scratch, false) || convert_address(a->raddr, scratch, false));

	*r = (struct record_loss){
	    .id = a->cookie ? id_make(a->cookie, generation) : 0,
	    .time_ns = a->time_ns,
	    .location = a->location,
	    .netns = a->netns,
	    .socket_netns = a->socket_netns,
	    .reason = a->reason,
	    .seq = a->seq,
	    .end_seq = a->end_seq,
	    .cwnd = a->cwnd,
	    .cwnd_before = a->prior_cwnd,
	    .ssthresh = a->ssthresh,
	    .ifindex = a->ifindex,
	    .length = a->length,
	    .lport = a->lport,
	    .rport = a->rport,
	    .segments = a->segments,
	    .flags = a->flags,
	    .kind = a->kind,
	    .family = a->family == AF_INET6 && !mapped ? 6
		      : a->family                      ? 4
						       : 0,
	    .proto = a->protocol,
	    .state = a->state < STATE_COUNT ? a->state : 0,
	    .ca_state = a->ca_state,
	    .tcp_flags = a->tcp_flags,
	};
	memcpy(r->dev, a->dev, sizeof(r->dev));
	convert_stack(a, r);
	convert_address(a->laddr, r->laddr, mapped);
	convert_address(a->raddr, r->raddr, mapped);
}
