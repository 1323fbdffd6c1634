/* Why TCP sends a segment again, and whether it did: one judgement for the programs in the kernel and for the
 * collector. Includers bring the types: kernel.h in the kernel, record.h in user space. */
#pragma once

/* enum retransmit_cause of record.h */
enum abi_retransmit_cause {
	ABI_RETRANSMIT_FAST = 1,
	ABI_RETRANSMIT_RTO = 2,
	ABI_RETRANSMIT_TLP = 3,
	ABI_RETRANSMIT_SYN = 4,
	ABI_RETRANSMIT_SYNACK = 5,
};

#define ABI_ICSK_TIME_LOSS_PROBE 5 /* include/net/inet_connection_sock.h */
#define ABI_CA_RECOVERY 3          /* enum tcp_ca_state */
#define ABI_CA_LOSS 4

/* At the time of the retransmit: ca_state is icsk_ca_state, pending icsk_pending. The probe timer is armed in Open and
 * CWR only (tcp_schedule_loss_probe()), and a probe leaves the state as it is; what dropped acknowledgements make of it
 * until then is Disorder at most. But the timer stays pending while the recovery that came first sends: from there on
 * it is no probe. */
static inline u8 retransmit_cause(bool syn_sent, u8 ca_state, u8 pending)
{
	if (syn_sent)
		return ABI_RETRANSMIT_SYN;
	if (ca_state == ABI_CA_LOSS)
		return ABI_RETRANSMIT_RTO;
	if (ca_state < ABI_CA_RECOVERY && pending == ABI_ICSK_TIME_LOSS_PROBE)
		return ABI_RETRANSMIT_TLP;
	return ABI_RETRANSMIT_FAST;
}

/* err is that of the tracepoint tcp_retransmit_skb (6.17; before, it tells of successes alone). With these
 * __tcp_retransmit_skb() gives up before it counts and sends: mostly the segment was still on this machine. Any other
 * error, as a netfilter drop (EPERM) or NET_XMIT_DROP, comes from the way out of what total_retrans and RetransSegs
 * have counted. */
static inline bool retransmit_was_not_tried(int err)
{
	enum { AGAIN = -11, NOMEM = -12, BUSY = -16, INVAL = -22, HOSTUNREACH = -113 };

	return err == BUSY || err == AGAIN || err == INVAL || err == NOMEM || err == HOSTUNREACH;
}
