/* What has taken sockets over: sent behind each record of such a socket. */
#include "id.h"
#include "namer.h"
#include "sockets.h"

_Static_assert(ABI_PROGRAMS == (int)PROGRAM_COUNT && ABI_PROGRAM_REUSEPORT == (int)PROGRAM_REUSEPORT &&
		   ABI_PROGRAM_MSG == (int)PROGRAM_MSG && ABI_CLASSIC == PROGRAM_CLASSIC,
	       "the kernel's end speaks of the same programs");
_Static_assert(ABI_PSOCK == (int)INTERCEPTION_PSOCK && ABI_ULP == (int)INTERCEPTION_ULP &&
		   ABI_STRPARSER == (int)INTERCEPTION_STRPARSER && ABI_TLS == (int)INTERCEPTION_TLS &&
		   ABI_STRP_ABORTED == (int)INTERCEPTION_STRP_ABORTED &&
		   ABI_MPTCP_BYTES == (int)INTERCEPTION_MPTCP_BYTES && ABI_REDIRECTS == (int)INTERCEPTION_REDIRECTS,
	       "and of the same flags");

void intercepted_see(struct collector *c, const struct abi_interception *i)
{
	const struct entry *e = entries_find(&c->sockets->entries, i->cookie);
	struct record_interception r = {
	    .flags = i->flags,
	    .strp_msgs = i->strp_msgs,
	    .strp_bytes = i->strp_bytes,
	    .strp_need_more = i->strp_need_more,
	    .strp_errors = i->strp_errors,
	    .tls_version = i->tls_version,
	    .tls_cipher = i->tls_cipher,
	    .tls_tx = i->tls_tx,
	    .tls_rx = i->tls_rx,
	    .mptcp_token = i->mptcp_token,
	    .mptcp_rx_bytes = i->mptcp_received,
	    .mptcp_tx_bytes = i->mptcp_acked,
	    .redir_rx = i->redir_rx,
	    .redir_tx = i->redir_tx,
	};

	c->sockets->any_psock |= (i->flags & ABI_PSOCK) != 0;
	/* Left out with its record, or told already: a socket can have several files. */
	if (!e || c->sockets->reported != i->cookie)
		return;
	r.id = id_make(i->cookie, e->generation);
	for (size_t p = 0; p < PROGRAM_COUNT; p++) {
		r.programs[p] = i->programs[p].id;
		if (r.programs[p] && r.programs[p] != PROGRAM_CLASSIC)
			namer_send_program(c->namer, &c->out, r.programs[p], i->programs[p].name);
	}
	stream_put(&c->tick, RECORD_INTERCEPTION, &r);
}
