/* From the kernel's units to the stream's: pure functions, tested without a kernel. */
#pragma once

#include "record.h"
#include "abi.h"
#include "abi_stages.h"

/* What turns jiffies into time. */
struct tick_clock {
	u64 ns_per_jiffy;
};

/* The jiffy's length: the coarse clocks advance by one jiffy. */
struct tick_clock tick_clock_now(void);

/* A connection's payload counters out of what the kernel counts (TRAPS: bytes_acked has our SYN if we opened, and our
 * FIN once acknowledged; bytes_received has the peer's FIN). Clamped at 0: the fields are read without the lock. */
u64 convert_rx_bytes(const struct abi_sock *a);
u64 convert_tx_bytes(const struct abi_sock *a);
/* Did this end open the connection? From conns if its birth was seen, else from the counters: bytes_acked + what is in
 * flight exceeds what was sent once by the SYN. DIR_UNKNOWN where TCP_REPAIR has set them. */
enum sock_dir convert_dir(const struct abi_sock *a);

/* Everything but owner and flags that need the collector's memory: those are left for the caller. */
void convert_sock(const struct abi_sock *a, struct tick_clock clock, struct record_socket *s);
/* Of a minisock: its timer, which is all that it has. */
void convert_mini_info(const struct abi_mini *m, u64 id, struct tick_clock clock, struct record_info *info);
void convert_info(const struct abi_sock *a, const struct abi_info *i, struct tick_clock clock,
		  struct record_info *info);
/* Adds what one processor has of netfilter's hooks. */
void convert_netfilter(const struct abi_nf_times *t, struct record_netfilter *r);
