/* How each column's value is read from a row, and when it is not known. Nothing here formats or allocates, so that
 * filters and sorting may ask for every row. */
#include "socket_get.h"

#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "prefixes.h"

#define SSTHRESH_INFINITE 0x7fffffffU

static u64 load(const void *base, const struct column *c)
{
	const u8 *p = (const u8 *)base + c->offset;
	u16 half;
	u32 word;
	u64 whole;

	switch (c->size) {
	case 1: return *p;
	case 2: memcpy(&half, p, 2); return half;
	case 4: memcpy(&word, p, 4); return word;
	default: memcpy(&whole, p, 8); return whole;
	}
}

static void set_family(struct value *v, const struct row *r)
{
	v->family = r->s.family == 6 ? 6 : 4;
	v->mapped = r->s.is_mapped;
}

static int set_address(struct value *v, const u8 *address, const struct row *r, unsigned port)
{
	v->kind = VALUE_ADDRESS;
	v->address = address;
	v->integer = port;
	v->number = port;
	set_family(v, r);
	return 1;
}

static bool has(const struct column *c, const struct row *r)
{
	return (r->s.has & c->has) == c->has;
}

SOCKET_GETTER(get_field)
{
	(void)m;
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
	u32 queue = r->s.accept_queue, limit = r->s.accept_limit;

	(void)c, (void)m;
	if (!(r->s.has & HAS_ACCEPT))
		return 0;
	return value_real(v, limit ? (double)queue / limit : queue ? 2 : 0);
}

SOCKET_GETTER(get_rtt_ratio)
{
	(void)c, (void)m;
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

	(void)m;
	memcpy(&f, (const u8 *)r + c->offset, sizeof(f));
	return isnan(f) ? 0 : value_real(v, (double)f);
}

static int smooth(struct value *v, float f)
{
	return isnan(f) ? 0 : value_real(v, (double)f);
}

SOCKET_GETTER(get_rx_smooth)
{
	(void)c, (void)m;
	return smooth(v, r->rx_smooth);
}

SOCKET_GETTER(get_tx_smooth)
{
	(void)c, (void)m;
	return smooth(v, r->tx_smooth);
}

/* Of UDP and of young sockets one may not be known. */
static int sum(struct value *v, float rx, float tx)
{
	return isnan(rx) ? smooth(v, tx) : smooth(v, isnan(tx) ? rx : rx + tx);
}

SOCKET_GETTER(get_both_rates)
{
	(void)c, (void)m;
	return sum(v, r->rx_rate, r->tx_rate);
}

SOCKET_GETTER(get_both_smooth)
{
	(void)c, (void)m;
	return sum(v, r->rx_smooth, r->tx_smooth);
}

/* As ss works it out. */
SOCKET_GETTER(get_send_rate)
{
	(void)m;
	return has(c, r) && r->s.rtt_us && r->s.cwnd && r->s.mss
		   ? value_real(v, (double)r->s.cwnd * (double)r->s.mss * 1e6 / (double)r->s.rtt_us)
		   : 0;
}

/* Or its birth was seen. Before, a difference of 0 would say what nobody saw. */
static bool sampled_twice(const struct column *c, const struct model *m, const struct row *r)
{
	const struct record_tick *tick = model_tick(m);
	bool known = !(isnan(r->rx_rate) && isnan(r->tx_rate)) || (tick && r->first_tick < tick->number);

	return known && has(c, r);
}

SOCKET_GETTER(get_per_tick)
{
	return sampled_twice(c, m, r) && get_field(c, m, r, v);
}

SOCKET_GETTER(get_drops_tick)
{
	return sampled_twice(c, m, r) && value_number(v, r->drops_tick);
}

SOCKET_GETTER(get_resets_tick)
{
	return sampled_twice(c, m, r) && value_number(v, r->resets_tick);
}

/* With it the causes add up to retrans. */
SOCKET_GETTER(get_retrans_unknown)
{
	u64 known = (u64)r->s.retrans_fast + r->s.retrans_rto + r->s.retrans_tlp + r->s.retrans_syn;

	(void)m;
	return has(c, r) ? value_number(v, r->s.retrans - MIN(known, (u64)r->s.retrans)) : 0;
}

SOCKET_GETTER(get_text)
{
	(void)m;
	return has(c, r) ? value_text(v, (const char *)r + c->offset) : 0;
}

/* Of a minisock only the timer is known. */
SOCKET_GETTER(get_info)
{
	(void)m;
	return r->info && !(r->info->has & INFO_TIMER_ALONE) ? value_number(v, load(r->info, c)) : 0;
}

/* What other protocols do not have. */
SOCKET_GETTER(get_tcp_info)
{
	return r->s.proto == IPPROTO_TCP ? get_info(c, m, r, v) : 0;
}

SOCKET_GETTER(get_class_id)
{
	return r->info && r->info->has & INFO_CLASS_ID && get_info(c, m, r, v);
}

SOCKET_GETTER(get_tclass)
{
	return r->info && r->info->has & INFO_TCLASS && get_info(c, m, r, v);
}

/* struct tcp_bbr_info of include/uapi/linux/inet_diag.h, a word of it; the first two are the bandwidth. */
static bool bbr_word(const struct row *r, unsigned i, u32 *word)
{
	u32 words[sizeof(r->info->cc_info) / (sizeof(u32))];

	if (!r->info || r->info->cc_info_kind != CC_INFO_BBR)
		return false;
	memcpy(words, r->info->cc_info, sizeof(words));
	*word = words[i];
	return true;
}

SOCKET_GETTER(get_bbr_bw)
{
	return r->info && r->info->cc_info_kind == CC_INFO_BBR && get_info(c, m, r, v);
}

SOCKET_GETTER(get_bbr_mrtt)
{
	u32 word;

	(void)c;
	(void)m;
	return bbr_word(r, 2, &word) && word != UINT32_MAX && value_number(v, word);
}

/* BBR_UNIT is 256. */
SOCKET_GETTER(get_bbr_pacing_gain)
{
	u32 word;

	(void)c;
	(void)m;
	return bbr_word(r, 3, &word) && word && value_real(v, word / 256.0);
}

SOCKET_GETTER(get_bbr_cwnd_gain)
{
	u32 word;

	(void)c;
	(void)m;
	return bbr_word(r, 4, &word) && word && value_real(v, word / 256.0);
}

SOCKET_GETTER(get_info_nonzero)
{
	return get_info(c, m, r, v) && v->integer != 0;
}

SOCKET_GETTER(get_info_not_max)
{
	return get_info(c, m, r, v) && v->integer != UINT64_MAX >> (64 - 8 * c->size);
}

static int set_usec_between(struct value *v, u64 from_ns, u64 to_ns)
{
	/* Stamps of one tick are taken one after the other: a small step back is 0, not a huge number. */
	return value_number(v, to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0);
}

static u64 present(const struct model *m)
{
	const struct record_tick *t = model_tick(m);

	return t ? t->time_ns : 0;
}

SOCKET_GETTER(get_info_since)
{
	u64 now = present(m);

	return now && get_info_nonzero(c, m, r, v) ? set_usec_between(v, v->integer, now) : 0;
}

SOCKET_GETTER(get_timer_until)
{
	u64 now = present(m), at = r->info ? load(r->info, c) : 0;

	return now && at ? set_usec_between(v, now, at) : 0;
}

SOCKET_GETTER(get_wscale)
{
	return r->info && (r->info->options & 4) ? get_info(c, m, r, v) : 0;
}

const char *timer_name(unsigned timer)
{
	static const char *const names[] = {"none",         "retransmit", "keepalive", "time-wait",
					    "window-probe", "loss-probe", "reorder"};

	return timer < ARRAY_SIZE(names) ? names[timer] : "?";
}

SOCKET_GETTER(get_timer)
{
	(void)c, (void)m;
	return r->info && r->s.proto == IPPROTO_TCP ? value_word(v, r->info->timer, timer_name(r->info->timer)) : 0;
}

SOCKET_GETTER(get_options)
{
	static const struct {
		u8 bits; /* TCPI_OPT_* */
		const char *name;
	} names[] = {{1, "ts"}, {2, "sack"}, {8, "ecn"}, {16, "ecnseen"}, {32, "fastopen"}};
	size_t len = 0;

	(void)c, (void)m;
	if (!r->info)
		return 0;
	v->buffer[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].name);

		if (!(r->info->options & names[i].bits))
			continue;
		if (len)
			v->buffer[len++] = ' ';
		memcpy(v->buffer + len, names[i].name, n + 1);
		len += n;
	}
	return value_text(v, v->buffer);
}

/* What subflows have in more. A listener is one too, but has nothing of it. */
static const struct record_info *mptcp_info(const struct row *r)
{
	return r->s.flags & SOCKET_MPTCP && r->info && r->info->mptcp_flags ? r->info : NULL;
}

SOCKET_GETTER(get_mptcp_flags)
{
	static const char letters[] = "MmJjBbecv"; /* MPTCP_SUBFLOW_FLAG_*, from bit 0 on */
	const struct record_info *i = mptcp_info(r);
	size_t len = 0;

	(void)c, (void)m;
	if (!i)
		return 0;
	for (unsigned bit = 0; bit < sizeof(letters) - 1; bit++)
		if (i->mptcp_flags >> bit & 1)
			v->buffer[len++] = letters[bit];
	v->buffer[len] = '\0';
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_mptcp_token)
{
	const struct record_info *i = mptcp_info(r);

	(void)c, (void)m;
	if (!i)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "%04x(id:%u)/%04x(id:%u)", i->mptcp_token_rem, i->mptcp_id_rem,
		 i->mptcp_token_loc, i->mptcp_id_loc);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_mptcp_map)
{
	const struct record_info *i = mptcp_info(r);

	(void)c, (void)m;
	if (!i)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "seq:%llx sfseq:%x ssnoff:%x maplen:%x",
		 (unsigned long long)i->mptcp_seq, i->mptcp_sfseq, i->mptcp_ssn_offset, i->mptcp_map_len);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_id)
{
	(void)c;
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

	(void)c, (void)m;
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

	(void)c, (void)m;
	return code == STATE_UNKNOWN || code > STATE_COUNT ? 0 : value_word(v, code, state_word(code));
}

SOCKET_GETTER(get_dir)
{
	(void)c, (void)m;
	return r->s.dir == DIR_UNKNOWN ? 0 : value_word(v, r->s.dir, dir_name(r->s.dir));
}

SOCKET_GETTER(get_owner)
{
	(void)c, (void)m;
	return value_word(v, r->s.owner, owner_name(r->s.owner));
}

SOCKET_GETTER(get_limited)
{
	(void)c, (void)m;
	return r->limited == LIMITED_UNKNOWN ? 0 : value_word(v, r->limited, limited_name(r->limited));
}

SOCKET_GETTER(get_ca_state)
{
	(void)m;
	return has(c, r) ? value_word(v, r->s.ca_state, ca_state_name(r->s.ca_state)) : 0;
}

/* Of an end: address, endpoint or port, as the column's unit says. */
SOCKET_GETTER(get_local)
{
	(void)c, (void)m;
	return set_address(v, r->s.laddr, r, r->s.lport);
}

SOCKET_GETTER(get_remote)
{
	(void)m;
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
	(void)c, (void)m;
	if (r->s.dir == DIR_UNKNOWN)
		return 0;
	set_family(v, r);
	value_number(v, socket_service(&r->s));
	return 1;
}

SOCKET_GETTER(get_prefix)
{
	struct prefix p;

	(void)c;
	if (!(r->s.has & HAS_REMOTE))
		return 0;
	p = prefixes_find(model_prefixes(m), r->s.raddr, r->s.family);
	prefix_format(&p, v->buffer, sizeof(v->buffer));
	return value_text(v, v->buffer);
}

/* The kernel's default net.ipv4.ip_local_port_range. */
SOCKET_GETTER(get_autobound)
{
	(void)c, (void)m;
	return value_number(v, r->s.lport >= 32768 && r->s.lport <= 60999);
}

/* Of a socket that is bound to none the number is 0. */
SOCKET_GETTER(get_device)
{
	(void)c;
	v->kind = VALUE_TEXT;
	v->integer = r->s.ifindex;
	v->text = r->s.ifindex ? model_device(m, &r->s) : NULL;
	return 1;
}

SOCKET_GETTER(get_ifname)
{
	(void)c;
	return value_text(v, model_device(m, &r->s));
}

SOCKET_GETTER(get_user)
{
	return has(c, r) ? value_text(v, model_name(m, NAME_USER, r->s.uid, 0)) : 0;
}

SOCKET_GETTER(get_cgroup)
{
	return has(c, r) ? value_text(v, model_name(m, NAME_CGROUP, r->s.cgroup_id, 0)) : 0;
}

SOCKET_GETTER(get_age)
{
	u64 end = r->closed && r->s.ended_ns ? r->s.ended_ns : present(m);

	return has(c, r) && r->s.birth_ns && end ? set_usec_between(v, r->s.birth_ns, end) : 0;
}

SOCKET_GETTER(get_ended_at)
{
	(void)c;
	return r->closed && r->s.ended_ns ? value_time(v, model_realtime(m, r->s.ended_ns)) : 0;
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
	(void)c, (void)m, (void)r;
	return value_number(v, 1);
}

/* One that waits for accept() is in its listener's queue, and counted there. */
SOCKET_GETTER(get_connected)
{
	bool waits = r->s.flags & SOCKET_NO_FILE && !(r->s.flags & SOCKET_KERNEL);

	(void)c, (void)m;
	return value_number(v, r->s.state == STATE_ESTABLISHED && r->s.has & HAS_REMOTE && !waits);
}

#define BOOLEAN(name, condition)                                                                                       \
	SOCKET_GETTER(get_##name)                                                                                      \
	{                                                                                                              \
		(void)m;                                                                                               \
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
