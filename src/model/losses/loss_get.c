/* How each column of a loss gets its value. */
#include "loss_get.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "owner_get.h"
#include "socket_words.h"
#include "text.h"

/* In a table with events of several kinds, a column is unknown for kinds that it does not apply to. */
static bool is_of(const struct column *c, const struct loss *l)
{
	return !c->of || c->of & loss_table_bit(l->r.kind);
}

#define LOSS_GETTER(name)                                                                                              \
	static inline int name##_of COLUMN_GETTER_TYPED(struct model, m, struct loss, l);                              \
	COLUMN_GETTER(name)                                                                                            \
	{                                                                                                              \
		return is_of(c, row) ? name##_of(c, picture, row, v) : 0;                                              \
	}                                                                                                              \
	static inline int name##_of COLUMN_GETTER_TYPED(struct model, m, struct loss, l)
#define NUMBER(name, known, number)                                                                                    \
	LOSS_GETTER(name)                                                                                              \
	{                                                                                                              \
		return (known) ? value_number(v, (u64)(number)) : 0;                                                   \
	}

/* For text that was written into v->buffer. */
static int written(struct value *v)
{
	return value_text(v, v->buffer);
}

/* -- when, why and where ------------------------------------------------------------------------------------------- */

LOSS_GETTER(get_loss_time)
{
	return value_time(v, model_realtime(m, l->r.time_ns));
}

NUMBER(get_loss_number, true, l->number)

LOSS_GETTER(get_loss_kind)
{
	return value_text(v, loss_kind_name(l->r.kind));
}

/* New events are highlighted. */
LOSS_GETTER(get_loss_reason)
{
	const struct record_tick *tick = model_tick(m);

	loss_reason(m, &l->r, v->buffer, sizeof(v->buffer));
	v->severity = tick && l->tick == tick->number;
	return written(v);
}

LOSS_GETTER(get_loss_function)
{
	loss_function(m, l->r.location, false, v->buffer, sizeof(v->buffer));
	return written(v);
}

LOSS_GETTER(get_loss_dropped_by)
{
	const struct loss_cause *cause = loss_cause(m, &l->r);

	return cause ? value_text(v, cause->by) : 0;
}

LOSS_GETTER(get_loss_remedy)
{
	const struct loss_cause *cause = loss_cause(m, &l->r);

	return cause ? value_text(v, cause->remedy) : 0;
}

/* Of folds, whatever events these are of. */
COLUMN_GETTER(get_loss_members)
{
	(void)c, (void)picture, (void)row;
	return value_number(v, 1);
}

LOSS_GETTER(get_loss_location)
{
	loss_function(m, l->r.location, true, v->buffer, sizeof(v->buffer));
	return written(v);
}

LOSS_GETTER(get_loss_stack)
{
	v->kind = VALUE_LIST;
	for (v->integer = 0; v->integer < LOSS_STACK && l->r.stack[v->integer];)
		v->integer++;
	v->number = (double)v->integer;
	return v->integer > 0;
}

size_t loss_stack_item(const void *picture, const void *row, size_t i, char *dst, size_t size)
{
	const struct loss *l = row;

	loss_function(picture, l->r.stack[i], true, dst, size);
	return *dst ? strlen(dst) : text_copy(dst, size, "?");
}

/* An invalid sequence number or checksum. */
NUMBER(get_loss_error, l->r.kind == LOSS_DROP, loss_is_error(m, &l->r))

LOSS_GETTER(get_loss_dir)
{
	bool tx = l->r.kind == LOSS_DROP ? l->r.flags & LOSS_TX : l->r.kind != LOSS_RESET_RECEIVED;

	return value_text(v, tx ? "tx" : "rx");
}

LOSS_GETTER(get_loss_way)
{
	return value_text(v, l->r.kind == LOSS_RESET_RECEIVED ? "received" : "sent");
}

/* -- whom ---------------------------------------------------------------------------------------------------------- */

static bool has_ports(const struct record_loss *r)
{
	return r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP || r->proto == IPPROTO_UDPLITE;
}

static int set_address(struct value *v, const struct record_loss *r, const u8 *address, u16 port)
{
	return r->family ? value_address(v, address, r->family, false, has_ports(r) ? port : PORT_NONE) : 0;
}

LOSS_GETTER(get_loss_local)
{
	return set_address(v, &l->r, l->r.laddr, l->r.lport);
}

/* A listener's counter does not show whose packet it refused. */
LOSS_GETTER(get_loss_remote)
{
	return l->r.flags & LOSS_REFUSED ? 0 : set_address(v, &l->r, l->r.raddr, l->r.rport);
}

LOSS_GETTER(get_loss_local_port)
{
	v->family = l->r.family;
	v->mapped = false;
	return has_ports(&l->r) ? value_number(v, l->r.lport) : 0;
}

LOSS_GETTER(get_loss_remote_port)
{
	v->family = l->r.family;
	v->mapped = false;
	return has_ports(&l->r) && !(l->r.flags & LOSS_REFUSED) ? value_number(v, l->r.rport) : 0;
}

LOSS_GETTER(get_loss_id)
{
	return l->r.id ? value_id(v, model_socket_id(m, l->r.id)) : 0;
}

NUMBER(get_loss_by_address, true, (l->marks & LOSS_BY_ADDRESS) != 0)

LOSS_GETTER(get_loss_proto)
{
	const char *name = proto_name(l->r.proto);

	if (!l->r.proto)
		return 0;
	if (strcmp(name, "?") != 0)
		return value_text(v, name);
	snprintf(v->buffer, sizeof(v->buffer), "%u", l->r.proto);
	return written(v);
}

LOSS_GETTER(get_loss_pid)
{
	return value_pid(v, owned_row(m, l->r.id));
}

LOSS_GETTER(get_loss_comm)
{
	return value_comm(v, owned_row(m, l->r.id));
}

LOSS_GETTER(get_loss_owner)
{
	const struct row *r = owned_row(m, l->r.id);

	if (!r)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "%s[%u]", (const char *)r->s.comm, r->s.pid);
	return written(v);
}

static int cgroup_name(const struct model *m, const struct loss *l, enum name_kind kind, struct value *v)
{
	const struct row *r = loss_row(m, l);

	return r && r->s.has & HAS_CGROUP ? value_text(v, model_name(m, kind, r->s.cgroup_id, 0)) : 0;
}

LOSS_GETTER(get_loss_cgroup)
{
	return cgroup_name(m, l, NAME_CGROUP, v);
}

LOSS_GETTER(get_loss_container)
{
	return cgroup_name(m, l, NAME_CONTAINER, v);
}

LOSS_GETTER(get_loss_user)
{
	const struct row *r = loss_row(m, l);

	return r && r->s.has & HAS_UID ? value_text(v, model_name(m, NAME_USER, r->s.uid, 0)) : 0;
}

/* -- in which namespace, at which device --------------------------------------------------------------------------- */

NUMBER(get_loss_netns, l->r.netns, l->r.netns)
NUMBER(get_loss_socket_netns, l->r.socket_netns, l->r.socket_netns)
NUMBER(get_loss_ifindex, l->r.ifindex, l->r.ifindex)

/* A packet in transit can be in another namespace than its socket. */
static bool is_elsewhere(const struct record_loss *r)
{
	return r->netns && r->socket_netns && r->netns != r->socket_netns;
}

NUMBER(get_loss_elsewhere, true, is_elsewhere(&l->r))

/* The namespace's name, or its inode. */
LOSS_GETTER(get_loss_place)
{
	const char *name = model_name(m, NAME_NETNS, l->r.netns, 0);

	if (!is_elsewhere(&l->r))
		return 0;
	if (name)
		return value_text(v, name);
	snprintf(v->buffer, sizeof(v->buffer), "%u", l->r.netns);
	return written(v);
}

LOSS_GETTER(get_loss_ifname)
{
	/* A recording from before events had the device's name. */
	if (!l->r.dev[0])
		return l->r.ifindex ? value_text(v, model_name(m, NAME_IFACE, l->r.ifindex, l->r.netns)) : 0;
	text_clean(v->buffer, sizeof(v->buffer), (const char *)l->r.dev, sizeof(l->r.dev));
	return written(v);
}

/* -- how ----------------------------------------------------------------------------------------------------------- */

LOSS_GETTER(get_loss_state)
{
	return l->r.state && l->r.state < STATE_COUNT ? value_word(v, l->r.state, state_word(l->r.state)) : 0;
}

LOSS_GETTER(get_loss_ca_state)
{
	return l->r.cwnd ? value_word(v, l->r.ca_state, ca_state_name(l->r.ca_state)) : 0;
}

NUMBER(get_loss_cwnd, l->r.cwnd, l->r.cwnd)
NUMBER(get_loss_cwnd_before, l->r.cwnd && l->r.cwnd_before, l->r.cwnd_before)
NUMBER(get_loss_ssthresh, l->r.cwnd && l->r.ssthresh < 0x7fffffff, l->r.ssthresh)
NUMBER(get_loss_segments, l->r.segments, l->r.segments)
NUMBER(get_loss_seq, l->r.seq != l->r.end_seq, l->r.seq)
NUMBER(get_loss_end_seq, l->r.seq != l->r.end_seq, l->r.end_seq)
NUMBER(get_loss_length, l->r.length, l->r.length)
NUMBER(get_loss_drop, l->drop, l->drop)
NUMBER(get_loss_dropped_here, true, (l->marks & LOSS_DROPPED_HERE) != 0)
NUMBER(get_loss_failed, true, (l->r.flags & LOSS_FAILED) != 0)
/* That a retransmit was not spurious is never certain. */
NUMBER(get_loss_spurious, l->marks &LOSS_SPURIOUS, 1)

LOSS_GETTER(get_loss_cwnd_change)
{
	if (!l->r.cwnd)
		return 0;
	if (l->r.cwnd_before && l->r.cwnd_before != l->r.cwnd)
		snprintf(v->buffer, sizeof(v->buffer), "%u -> %u", l->r.cwnd_before, l->r.cwnd);
	else
		snprintf(v->buffer, sizeof(v->buffer), "%u", l->r.cwnd);
	return written(v);
}

LOSS_GETTER(get_loss_tcp_flags)
{
	static const char letters[] = "FSRPAUEC";
	size_t at = 0;

	for (size_t i = 0; i < 8; i++)
		if (l->r.tcp_flags >> i & 1)
			v->buffer[at++] = letters[i];
	v->buffer[at] = '\0';
	return written(v);
}

LOSS_GETTER(get_loss_note)
{
	v->severity = l->marks & LOSS_DROPPED_HERE ? 2 : 1;
	return value_text(v, l->r.flags & LOSS_FAILED       ? "not sent"
			     : l->marks & LOSS_DROPPED_HERE ? "dropped here"
			     : l->marks & LOSS_SPURIOUS     ? "spurious"
							    : NULL);
}
