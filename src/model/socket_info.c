/* The getters of what is only known of sockets that somebody looks at: struct record_info. */
#include "socket_get.h"

#include <netinet/in.h>
#include <stdio.h>

/* Of a minisock only the timer is known. */
SOCKET_GETTER(get_info)
{
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

	return bbr_word(r, 2, &word) && word != UINT32_MAX && value_number(v, word);
}

/* BBR_UNIT is 256. */
SOCKET_GETTER(get_bbr_pacing_gain)
{
	u32 word;

	return bbr_word(r, 3, &word) && word && value_real(v, word / 256.0);
}

SOCKET_GETTER(get_bbr_cwnd_gain)
{
	u32 word;

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
	return r->info && r->s.proto == IPPROTO_TCP ? value_word(v, r->info->timer, timer_name(r->info->timer)) : 0;
}

SOCKET_GETTER(get_options)
{
	static const struct {
		u8 bits; /* TCPI_OPT_* */
		const char *name;
	} names[] = {{1, "ts"}, {2, "sack"}, {8, "ecn"}, {16, "ecnseen"}, {32, "fastopen"}};
	size_t len = 0;

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

	if (!i)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "%04x(id:%u)/%04x(id:%u)", i->mptcp_token_rem, i->mptcp_id_rem,
		 i->mptcp_token_loc, i->mptcp_id_loc);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_mptcp_map)
{
	const struct record_info *i = mptcp_info(r);

	if (!i)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "seq:%llx sfseq:%x ssnoff:%x maplen:%x",
		 (unsigned long long)i->mptcp_seq, i->mptcp_sfseq, i->mptcp_ssn_offset, i->mptcp_map_len);
	return value_text(v, v->buffer);
}
