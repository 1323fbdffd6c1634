/* The other end of a connection within the machine: whose it is, and both as a group. */
#include <stdio.h>

#include "address.h"
#include "idmap.h"
#include "socket_get.h"
#include "text.h"

SOCKET_GETTER(get_peer)
{
	const struct row *peer = model_peer(m, r);

	return peer ? value_id(v, model_socket_id(m, peer->s.id)) : 0;
}

SOCKET_GETTER(get_peer_pid)
{
	const struct row *peer = model_peer(m, r);

	return peer && peer->s.has & HAS_OWNER ? value_number(v, peer->s.pid) : 0;
}

SOCKET_GETTER(get_peer_comm)
{
	const struct row *peer = model_peer(m, r);

	return peer && peer->s.has & HAS_OWNER ? value_text(v, (const char *)peer->s.comm) : 0;
}

/* -- both as a group ----------------------------------------------------------------------------------------------- */

/* Those without another end here are one group. */
u64 group_pair_key(const void *picture, const void *row)
{
	const struct row *r = row, *peer = model_peer(picture, r);

	return idmap_hash(peer ? MIN(r->s.id, peer->s.id) : 0) | 1;
}

static void end_text(const struct record_socket *s, char *dst, size_t size)
{
	char owner[RECORD_COMM_LEN + 16] = "", address[48];

	if (s->has & HAS_OWNER)
		snprintf(owner, sizeof(owner), "%.15s[%u] ", (const char *)s->comm, s->pid);
	address_format(s->laddr, s->family, address, sizeof(address));
	snprintf(dst, size, s->family == 6 ? "%s[%s]:%u" : "%s%s:%u", owner, address, s->lport);
}

/* Who called comes first. */
void group_pair_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row, *peer = model_peer(picture, r);
	bool called = r->s.dir == DIR_IN || (peer && peer->s.dir == DIR_OUT);
	char from[96], to[96];

	if (!peer) {
		text_copy(dst, size, "no other end here");
		return;
	}
	end_text(called ? &peer->s : &r->s, from, sizeof(from));
	end_text(called ? &r->s : &peer->s, to, sizeof(to));
	*dst = '\0';
	text_join(dst, size, "", "%s to %s", from, to);
}
