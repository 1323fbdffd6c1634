/* What has taken a socket over: struct record_interception, of the few that have one. */
#include "interception_table.h"

#include <stdio.h>

#include "devices.h"
#include "socket_get.h"
#include "text.h"

/* In ss's words. */
const char *tls_conf_name(unsigned conf)
{
	static const char *const names[TLS_CONFS] = {"none", "sw", "hw", "hw-record"};

	return conf < TLS_CONFS ? names[conf] : "?";
}

/* TLS_CIPHER_* of include/uapi/linux/tls.h, from 51 on, as ss names them. */
static const char *cipher_name(unsigned cipher)
{
	static const char *const names[] = {"aes-gcm-128", "aes-gcm-256", "aes-ccm-128",  "chacha20-poly1305",
					    "sm4-gcm",     "sm4-ccm",     "aria-gcm-128", "aria-gcm-256"};

	return cipher >= 51 && cipher < 51 + ARRAY_SIZE(names) ? names[cipher - 51] : NULL;
}

SOCKET_GETTER(get_interception)
{
	const struct record_interception *i = model_interception(m, r);

	return i && (i->flags & c->has) == c->has ? value_number(v, load(i, c)) : 0;
}

SOCKET_GETTER(get_strp_aborted)
{
	const struct record_interception *i = model_interception(m, r);

	return i && i->flags & INTERCEPTION_STRPARSER ? value_number(v, !!(i->flags & INTERCEPTION_STRP_ABORTED)) : 0;
}

/* As ss -M writes it. */
SOCKET_GETTER(get_mptcp_conn)
{
	const struct record_interception *i = model_interception(m, r);

	if (!i || !i->mptcp_token)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "%x", i->mptcp_token);
	return value_text(v, v->buffer);
}

/* "1.3" */
SOCKET_GETTER(get_tls_version)
{
	const struct record_interception *i = model_interception(m, r);

	if (!i || !i->tls_version)
		return 0;
	snprintf(v->buffer, sizeof(v->buffer), "%u.%u", (i->tls_version >> 8) - 2U, (i->tls_version & 0xffU) - 1U);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_tls_cipher)
{
	const struct record_interception *i = model_interception(m, r);
	const char *name = i ? cipher_name(i->tls_cipher) : NULL;

	if (name || !i || !i->tls_cipher)
		return value_text(v, name);
	snprintf(v->buffer, sizeof(v->buffer), "%u", i->tls_cipher);
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_tls_conf)
{
	return get_interception(c, m, r, v) ? value_word(v, (unsigned)v->integer, tls_conf_name((unsigned)v->integer))
					    : 0;
}

/* "parser verdict", "tls", "filter": by whom data are read, changed or sent elsewhere, in the order of its way. */
SOCKET_GETTER(get_intercepted)
{
	static const char *const words[PROGRAM_COUNT] = {"parser", "verdict", "skb_verdict",
							 "msg",    "filter",  "reuseport"};
	const struct record_interception *i = model_interception(m, r);

	if (!i)
		return 0;
	v->buffer[0] = '\0';
	for (size_t p = 0; p < PROGRAM_COUNT; p++) {
		if (p == PROGRAM_FILTER && i->flags & INTERCEPTION_PSOCK && !v->buffer[0])
			text_join(v->buffer, sizeof(v->buffer), " ", "sockmap");
		if (p == PROGRAM_FILTER && i->flags & INTERCEPTION_ULP)
			text_join(v->buffer, sizeof(v->buffer), " ", "%s", (const char *)r->s.ulp);
		if (i->programs[p])
			text_join(v->buffer, sizeof(v->buffer), " ", "%s", words[p]);
	}
	return value_text(v, v->buffer);
}

/* "name#id" */
static void join_program(const struct model *m, const char *hook, u32 id, struct value *v)
{
	const char *name = model_name(m, NAME_PROGRAM, id, 0);

	text_join(v->buffer, sizeof(v->buffer), " ", "%s%s#%u", hook, name ? name : "", id);
}

/* Joined; of classic BPF, which has neither, "classic". */
static int programs_text(const struct model *m, const struct row *r, size_t from, size_t to, struct value *v)
{
	const struct record_interception *i = model_interception(m, r);

	v->buffer[0] = '\0';
	for (size_t p = from; i && p <= to; p++) {
		u32 id = i->programs[p];

		if (id == PROGRAM_CLASSIC)
			text_join(v->buffer, sizeof(v->buffer), " ", "classic");
		else if (id)
			join_program(m, "", id, v);
	}
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_psock_progs)
{
	return programs_text(m, r, PROGRAM_PARSER, PROGRAM_MSG, v);
}

SOCKET_GETTER(get_filter_prog)
{
	return programs_text(m, r, PROGRAM_FILTER, PROGRAM_FILTER, v);
}

SOCKET_GETTER(get_reuseport_prog)
{
	return programs_text(m, r, PROGRAM_REUSEPORT, PROGRAM_REUSEPORT, v);
}

static unsigned sockets_of(const struct record_socket *s)
{
	bool v6 = s->family == 6 || s->is_mapped;

	return s->proto == IPPROTO_TCP ? (v6 ? ATTACH_TCP6 : ATTACH_TCP4) : v6 ? ATTACH_UDP6 : ATTACH_UDP4;
}

static const struct attach_hook *hook_of(u8 number)
{
	for (unsigned i = 0; i < attach_hook_count; i++)
		if (attach_hooks[i].number == number)
			return &attach_hooks[i];
	return NULL;
}

/* "egress:name#id", joined: those that can see something of this socket. */
static int attached_text(const struct model *m, const struct row *r, const struct record_attached *a, struct value *v)
{
	char hook[32];

	if (!a)
		return 0;
	v->buffer[0] = '\0';
	for (u32 i = 0; i < MIN(a->count, ATTACHED_MAX); i++) {
		const struct attach_hook *h = hook_of(a->hooks[i]);

		if (!h || !(h->sockets & sockets_of(&r->s)))
			continue;
		snprintf(hook, sizeof(hook), "%s:", h->name);
		join_program(m, hook, a->programs[i], v);
	}
	if (a->count > ATTACHED_MAX)
		text_join(v->buffer, sizeof(v->buffer), " ", "+%u", a->count - ATTACHED_MAX);
	return value_text(v, v->buffer[0] ? v->buffer : "none");
}

SOCKET_GETTER(get_cgroup_progs)
{
	return has(c, r) ? attached_text(m, r, model_attached(m, ATTACH_CGROUP, r->s.cgroup_id), v) : 0;
}

SOCKET_GETTER(get_device_progs)
{
	const struct device *nic = model_nic(m, &r->s, r->s.via ? r->s.via : r->s.ifindex);

	(void)c;
	return nic ? attached_text(m, r, model_attached(m, ATTACH_DEVICE, nic->r.id), v) : 0;
}

/* -- the rows of the table ----------------------------------------------------------------------------------------- */

const struct table_shown interception_shown[INTERCEPTION_SHOWN] = {
    {"pid", true, 8, 7, 7, 7},
    {"comm", true, 2, 7, 10, 15},
    {"state", true, 9, 6, 10, 10},
    {"local", true, 10, 6, 20, 47},
    {"remote", true, 4, 15, 21, 47},
    {"intercepted", true, 1, 14, 16, 30},
    {"psock_progs", true, 3, 14, 30, 60},
    {"tls_version", true, 13, 4, 4, 4},
    {"tls_cipher", false, 20, 11, 11, 17},
    {"tls_tx", false, 18, 6, 6, 9},
    {"tls_rx", false, 19, 6, 6, 9},
    {"strp_msgs", false, 14, 5, 5, 5},
    {"strp_bytes", false, 15, 6, 6, 6},
    {"redir_rx", false, 11, 6, 6, 6},
    {"redir_tx", false, 12, 6, 6, 6},
    {"strp_need_more", false, 21, 6, 6, 6},
    {"strp_errors", false, 22, 6, 6, 6},
    {"filter_prog", false, 16, 14, 14, 26},
    {"reuseport_prog", false, 17, 14, 14, 26},
    {"cgroup_progs", false, 27, 16, 20, 60},
    {"device_progs", false, 28, 16, 20, 60},
    {"rx_rate", true, 6, 5, 6, 6},
    {"tx_rate", true, 5, 5, 6, 6},
    {"recvq", false, 23, 5, 5, 5},
    {"sendq", false, 24, 5, 5, 5},
    {"netns", false, 25, 6, 10, 10},
    {"cgroup", false, 26, 16, 16, 60},
};

const char *const interception_contract[] = {
    "id",          "netns",        "proto",       "state",          "dir",       "laddr",        "lport",
    "raddr",       "rport",        "pid",         "comm",           "uid",       "cgroup",       "intercepted",
    "ulp",         "psock_progs",  "filter_prog", "reuseport_prog", "strp_msgs", "strp_bytes",   "strp_need_more",
    "strp_errors", "strp_aborted", "tls_version", "tls_cipher",     "tls_tx",    "tls_rx",       "rx_bytes",
    "tx_bytes",    "rx_rate",      "tx_rate",     "recvq",          "sendq",     "cgroup_progs", "device_progs",
    "redir_rx",    "redir_tx",     NULL,
};
