/* How each column's value is read from a row, and when it is not known. Nothing here formats or allocates, so that
 * filters and sorting may ask for every row. */
#include "socket_get.h"

#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "devices.h"
#include "prefixes.h"

#define SSTHRESH_INFINITE 0x7fffffffU

static void set_family(struct value *v, const struct row *r)
{
	v->family = r->s.family == 6 ? 6 : 4;
	v->mapped = r->s.is_mapped;
}

static int set_address(struct value *v, const u8 *address, const struct row *r, unsigned port)
{
	return value_address(v, address, r->s.family, r->s.is_mapped, port);
}

SOCKET_GETTER(get_field)
{
	return has(c, r) ? value_number(v, load(r, c)) : 0;
}

SOCKET_GETTER(get_nonzero)
{
	return get_field(c, m, r, v) && v->integer != 0;
}

SOCKET_GETTER(get_not_max)
{
	return get_field(c, m, r, v) && v->integer != UINT64_MAX >> (64 - 8 * c->size);
}

SOCKET_GETTER(get_queue)
{
	return r->s.has & HAS_ACCEPT ? 0 : get_field(c, m, r, v);
}

/* More than the limit: the kernel's queue is full when one more than that waits (sk_acceptq_is_full()). */
SOCKET_GETTER(get_accept_share)
{
	return r->s.has & HAS_ACCEPT ? value_fullness(v, r->s.accept_queue, r->s.accept_limit) : 0;
}

SOCKET_GETTER(get_rtt_ratio)
{
	if (!(r->s.has & HAS_TCP) || !r->s.rtt_us || !r->s.minrtt_us || r->s.minrtt_us == UINT32_MAX)
		return 0;
	return value_real(v, (double)r->s.rtt_us / r->s.minrtt_us);
}

SOCKET_GETTER(get_ssthresh)
{
	return get_field(c, m, r, v) && v->integer < SSTHRESH_INFINITE;
}

SOCKET_GETTER(get_rttvar)
{
	return r->s.rtt_us && get_field(c, m, r, v);
}

SOCKET_GETTER(get_rate)
{
	float f;

	memcpy(&f, (const u8 *)r + c->offset, sizeof(f));
	return value_real(v, (double)f);
}

SOCKET_GETTER(get_rx_smooth)
{
	return value_real(v, (double)r->rx_smooth);
}

SOCKET_GETTER(get_tx_smooth)
{
	return value_real(v, (double)r->tx_smooth);
}

/* Of UDP and of young sockets one may not be known. */
static int sum(struct value *v, float rx, float tx)
{
	return value_real(v, (double)(isnan(rx) ? tx : isnan(tx) ? rx : rx + tx));
}

SOCKET_GETTER(get_both_rates)
{
	return sum(v, r->rx_rate, r->tx_rate);
}

SOCKET_GETTER(get_both_smooth)
{
	return sum(v, r->rx_smooth, r->tx_smooth);
}

/* As ss works it out. */
SOCKET_GETTER(get_send_rate)
{
	return has(c, r) && r->s.rtt_us && r->s.cwnd && r->s.mss
		   ? value_real(v, (double)r->s.cwnd * (double)r->s.mss * 1e6 / (double)r->s.rtt_us)
		   : 0;
}

/* From the second sample on, or where the birth was seen: before, a difference of 0 would say what nobody saw. */
static bool has_per_tick(const struct column *c, const struct model *m, const struct row *r)
{
	const struct record_tick *tick = model_tick(m);
	bool known = !(isnan(r->rx_rate) && isnan(r->tx_rate)) || (tick && r->first_tick < (u32)tick->number);

	return known && has(c, r);
}

SOCKET_GETTER(get_per_tick)
{
	return has_per_tick(c, m, r) && get_field(c, m, r, v);
}

SOCKET_GETTER(get_drops_tick)
{
	return has_per_tick(c, m, r) && value_number(v, r->drops_tick);
}

SOCKET_GETTER(get_resets_tick)
{
	return has_per_tick(c, m, r) && value_number(v, r->resets_tick);
}

/* With it the causes add up to retrans. */
SOCKET_GETTER(get_retrans_unknown)
{
	u64 known = (u64)r->s.retrans_fast + r->s.retrans_rto + r->s.retrans_tlp + r->s.retrans_syn;

	return has(c, r) ? value_number(v, r->s.retrans - MIN(known, (u64)r->s.retrans)) : 0;
}

SOCKET_GETTER(get_text)
{
	return has(c, r) ? value_text(v, (const char *)r + c->offset) : 0;
}

SOCKET_GETTER(get_id)
{
	return value_id(v, model_socket_id(m, r->s.id));
}

const char *proto_word(unsigned code)
{
	static const u8 protos[] = {6, 17, 136, 1};

	return proto_name(code < ARRAY_SIZE(protos) ? protos[code] : 0);
}

SOCKET_GETTER(get_proto)
{
	unsigned code = r->s.proto == IPPROTO_TCP       ? 0
			: r->s.proto == IPPROTO_UDP     ? 1
			: r->s.proto == IPPROTO_UDPLITE ? 2
							: 3;

	return value_word(v, code, proto_name(r->s.proto));
}

/* A cgroup may be given by its path in the file system, as ss takes it. */
const char *cgroup_operand(const char *typed)
{
	static const char *const mounts[] = {"/sys/fs/cgroup/unified/", "/sys/fs/cgroup/"};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (strncmp(typed, mounts[i], strlen(mounts[i])) == 0)
			return typed + strlen(mounts[i]) - 1;
	return typed;
}

SOCKET_GETTER(get_state)
{
	unsigned code = r->closed ? STATE_COUNT : r->s.state;

	return code == STATE_UNKNOWN || code > STATE_COUNT ? 0 : value_word(v, code, state_word(code));
}

SOCKET_GETTER(get_dir)
{
	return r->s.dir == DIR_UNKNOWN ? 0 : value_word(v, r->s.dir, dir_name(r->s.dir));
}

SOCKET_GETTER(get_owner)
{
	return value_word(v, r->s.owner, owner_name(r->s.owner));
}

SOCKET_GETTER(get_limited)
{
	return r->limited == LIMITED_UNKNOWN ? 0 : value_word(v, r->limited, limited_name(r->limited));
}

SOCKET_GETTER(get_ca_state)
{
	return has(c, r) ? value_word(v, r->s.ca_state, ca_state_name(r->s.ca_state)) : 0;
}

/* Of an end: address, endpoint or port, as the column's unit says. */
SOCKET_GETTER(get_local)
{
	return set_address(v, r->s.laddr, r, r->s.lport);
}

SOCKET_GETTER(get_remote)
{
	set_family(v, r);
	return has(c, r) ? set_address(v, r->s.raddr, r, r->s.rport) : 0;
}

/* Listeners and sockets that were never connected have no remote end, which the kernel tells ss as zeros. In any other
 * state a remote end that is missing is one that we were not told. */
SOCKET_GETTER(get_remote_as_ss)
{
	static const u8 nowhere[16];

	if (!(r->s.has & HAS_REMOTE) && (r->s.state == STATE_LISTEN || r->s.state == STATE_CLOSE))
		return set_address(v, nowhere, r, 0);
	return get_remote(c, m, r, v);
}

/* A port is a number that has a family, too. */
static int as_port(struct value *v)
{
	v->kind = VALUE_NUMBER;
	return 1;
}

SOCKET_GETTER(get_local_port)
{
	return get_local(c, m, r, v) ? as_port(v) : 0;
}

SOCKET_GETTER(get_remote_port)
{
	return get_remote(c, m, r, v) ? as_port(v) : 0;
}

SOCKET_GETTER(get_remote_port_as_ss)
{
	return get_remote_as_ss(c, m, r, v) ? as_port(v) : 0;
}

SOCKET_GETTER(get_service)
{
	if (r->s.dir == DIR_UNKNOWN)
		return 0;
	set_family(v, r);
	value_number(v, socket_service(&r->s));
	return 1;
}

SOCKET_GETTER(get_prefix)
{
	struct prefix p;

	if (!(r->s.has & HAS_REMOTE))
		return 0;
	p = prefixes_find(model_prefixes(m), r->s.raddr, r->s.family);
	prefix_format(&p, v->buffer, sizeof(v->buffer));
	return value_text(v, v->buffer);
}

/* The kernel's default net.ipv4.ip_local_port_range. */
SOCKET_GETTER(get_autobound)
{
	return value_number(v, r->s.lport >= 32768 && r->s.lport <= 60999);
}

/* Of a socket that is bound to none the number is 0. */
SOCKET_GETTER(get_device)
{
	v->kind = VALUE_TEXT;
	v->integer = r->s.ifindex;
	v->text = r->s.ifindex ? model_device(m, &r->s) : NULL;
	return 1;
}

SOCKET_GETTER(get_ifname)
{
	return value_text(v, model_device(m, &r->s));
}

#define LOOPBACK_IFINDEX 1 /* include/net/flow.h: each namespace has it */

/* A device that is gone has its number; before its namespace is visited nothing is known. */
SOCKET_GETTER(get_via)
{
	const struct device *nic = model_nic(m, &r->s, r->s.via);

	if (nic)
		return value_text(v, (const char *)nic->r.name);
	if (!r->s.via || !model_nic(m, &r->s, LOOPBACK_IFINDEX))
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "if%u", r->s.via);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_user)
{
	return has(c, r) ? value_text(v, model_name(m, NAME_USER, r->s.uid, 0)) : 0;
}

SOCKET_GETTER(get_cgroup)
{
	return has(c, r) ? value_text(v, model_name(m, NAME_CGROUP, r->s.cgroup_id, 0)) : 0;
}

SOCKET_GETTER(get_container)
{
	return has(c, r) ? value_text(v, model_name(m, NAME_CONTAINER, r->s.cgroup_id, 0)) : 0;
}

SOCKET_GETTER(get_host)
{
	enum host_from from;

	return has(c, r) ? value_text(v, model_host(m, r->s.raddr, r->s.family, &from)) : 0;
}

const char *host_from_word(unsigned code)
{
	static const char *const words[] = {"unknown", "hosts", "dns", "resolved"};

	_Static_assert(ARRAY_SIZE(words) == HOST_FROM_COUNT, "a word for each");
	return words[MIN(code, HOST_FROM_COUNT - 1U)];
}

SOCKET_GETTER(get_host_from)
{
	enum host_from from;

	return has(c, r) && model_host(m, r->s.raddr, r->s.family, &from) ? value_word(v, from, host_from_word(from))
									  : 0;
}

SOCKET_GETTER(get_age)
{
	u64 end = r->closed && r->s.ended_ns ? r->s.ended_ns : present(m);

	return has(c, r) && r->s.birth_ns && end ? set_usec_between(v, r->s.birth_ns, end) : 0;
}

SOCKET_GETTER(get_ended_at)
{
	return r->closed && r->s.ended_ns ? value_time(v, model_realtime(m, r->s.ended_ns)) : 0;
}

SOCKET_GETTER(get_old_state)
{
	unsigned code = r->s.last_state;

	return code && code < STATE_COUNT ? value_word(v, code, state_word(code)) : 0;
}

SOCKET_GETTER(get_ended_by)
{
	return r->s.ended_by ? value_word(v, r->s.ended_by, ended_by_name(r->s.ended_by)) : 0;
}

SOCKET_GETTER(get_error)
{
	unsigned code = error_code(r->s.error);

	return r->s.error ? value_word(v, code, error_word(code)) : 0;
}

/* Whether connect() fails is known once the connection is open or over. */
SOCKET_GETTER(get_failed)
{
	bool over = r->closed && r->s.last_state == STATE_SYN_SENT;

	return over || r->s.connect_us ? value_number(v, over) : 0;
}

SOCKET_GETTER(get_state_time)
{
	u64 now = present(m);

	if (!now)
		return 0;
	if (r->closed)
		return r->s.ended_ns ? set_usec_between(v, r->s.ended_ns, now) : 0;
	return has(c, r) && r->s.state_ns ? set_usec_between(v, r->s.state_ns, now) : 0;
}

SOCKET_GETTER(get_true)
{
	return value_number(v, 1);
}

/* One that waits for accept() is in its listener's queue, and counted there. */
SOCKET_GETTER(get_connected)
{
	bool waits = r->s.flags & SOCKET_NO_FILE && !(r->s.flags & SOCKET_KERNEL);

	return value_number(v, r->s.state == STATE_ESTABLISHED && r->s.has & HAS_REMOTE && !waits);
}

#define BOOLEAN(name, condition)                                                                                       \
	SOCKET_GETTER(get_##name)                                                                                      \
	{                                                                                                              \
		return has(c, r) ? value_number(v, (condition) ? 1 : 0) : 0;                                           \
	}

BOOLEAN(ended, r->closed)
BOOLEAN(tagged, r->tagged)
BOOLEAN(mapped, r->s.is_mapped)
BOOLEAN(nofile, r->s.flags &SOCKET_NO_FILE)
BOOLEAN(aborted, r->s.flags &SOCKET_ABORTED)
BOOLEAN(cwnd_limited, r->s.flags &SOCKET_CWND_LIMITED)
BOOLEAN(app_limited, r->s.flags &SOCKET_APP_LIMITED)
BOOLEAN(reuseport, r->s.flags &SOCKET_REUSEPORT)
BOOLEAN(reuseaddr, r->s.flags &SOCKET_REUSEADDR)
BOOLEAN(v6only, r->s.flags &SOCKET_V6ONLY)
BOOLEAN(bound, r->s.flags &SOCKET_BOUND)
BOOLEAN(repair, r->s.flags &SOCKET_REPAIR)
BOOLEAN(mptcp, r->s.flags &SOCKET_MPTCP)
BOOLEAN(kernel, r->s.flags &SOCKET_KERNEL)
BOOLEAN(seeded, r->s.flags &SOCKET_SEEDED)
BOOLEAN(shut_rd, r->s.flags &SOCKET_SHUT_RD)
BOOLEAN(shut_wr, r->s.flags &SOCKET_SHUT_WR)

/* -- what deserves a colour ---------------------------------------------------------------------------------------- */

/* Part of whole: 1 from half on, 2 when it is full. */
static int fullness(u64 part, u64 whole)
{
	return !whole ? (part ? 2 : 0) : part >= whole ? 2 : part * 2 >= whole ? 1 : 0;
}

int severity_accept_queue(const void *row, const struct value *v)
{
	const struct row *r = row;

	return v->integer ? fullness(v->integer, r->s.accept_limit) : 0;
}

/* The number is of all its life: what alarms is that it grows, as in drops_tick. */
int severity_drops(const void *row, const struct value *v)
{
	const struct row *r = row;

	(void)v;
	return (r->drops_tick >= 1) + (r->drops_tick >= 10);
}

int severity_recvq(const void *row, const struct value *v)
{
	const struct row *r = row;

	return r->s.rcvbuf ? fullness(v->integer, r->s.rcvbuf) : 0;
}

int severity_sendq(const void *row, const struct value *v)
{
	const struct row *r = row;

	/* A bulk sender fills its buffer on purpose: it is worth a look only while the connection holds it back. */
	return r->s.sndbuf && v->integer >= r->s.sndbuf && (r->limited == LIMITED_RWND || r->limited == LIMITED_LOSS);
}

int severity_limited(const void *row, const struct value *v)
{
	(void)row;
	return v->integer == LIMITED_IDLE ? -1 : limited_severity((unsigned)v->integer);
}

int severity_ca_state(const void *row, const struct value *v)
{
	(void)row;
	return v->integer == CA_LOSS ? 2 : v->integer == CA_RECOVERY ? 1 : 0;
}
