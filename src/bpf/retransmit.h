/* Why TCP retransmits, and whether it did: for the programs in the kernel and for the collector alike. Includers
 * provide the types: kernel.h in the kernel, record.h in user space. */
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

/* At the time of the retransmit: ca_state is icsk_ca_state, pending icsk_pending. The probe timer is armed only in Open
 * and CWR (tcp_schedule_loss_probe()), and a probe does not change the state; duplicate ACKs can change it to Disorder
 * at most. But the timer stays pending if recovery starts to send before it fires: from Recovery on it is not a
 * probe. */
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

/* err is the tracepoint's (tcp_retransmit_skb since 6.17; before, it fires only on success). With these errors
 * __tcp_retransmit_skb() has given up before counting and sending: mostly because the segment was still queued on this
 * machine. Any other error, like a netfilter drop (EPERM) or NET_XMIT_DROP, comes after total_retrans and RetransSegs
 * have counted the segment. */
static inline bool retransmit_was_not_tried(int err)
{
	enum { AGAIN = -11, NOMEM = -12, BUSY = -16, INVAL = -22, HOSTUNREACH = -113 };

	return err == BUSY || err == AGAIN || err == INVAL || err == NOMEM || err == HOSTUNREACH;
}
