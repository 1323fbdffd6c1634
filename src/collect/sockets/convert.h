/* Converts from the kernel's units to the stream's: pure functions, tested without a kernel. */
#pragma once

#include "record.h"
#include "abi.h"
#include "abi_stages.h"

/* Converts jiffies into time. */
struct tick_clock {
	u64 ns_per_jiffy;
};

/* Reads the length of a jiffy: the resolution of the coarse clocks. */
struct tick_clock tick_clock_now(void);

/* Payload bytes of a connection from the kernel's counters: bytes_acked includes our SYN if we opened it, and our FIN
 * once that is acknowledged; bytes_received includes the peer's FIN. Clamped at 0: the fields are read without the
 * lock. */
u64 convert_rx_bytes(const struct abi_sock *a);
u64 convert_tx_bytes(const struct abi_sock *a);
/* Which end opened the connection? From conns if its birth was seen, else from the counters: the SYN makes bytes_acked
 * + what is in flight exceed what was sent. DIR_UNKNOWN if TCP_REPAIR has set the counters. */
enum sock_dir convert_dir(const struct abi_sock *a);

/* Sets everything except the owner and the flags that depend on the collector's memory. */
void convert_sock(const struct abi_sock *a, struct tick_clock clock, struct record_socket *s);
/* Since when a connection has been in TIME_WAIT, or since its last segment there: its timer tells. To a tenth of a
 * second, so that it is nearly always the same when it is read again. */
u64 convert_mini_since(const struct abi_mini *m, struct tick_clock clock);
/* A minisock's timer, which is all that it has. */
void convert_mini_info(const struct abi_mini *m, u64 id, struct tick_clock clock, struct record_info *info);
/* A listener's queues, and what its connections are: NULL where they were not counted. */
void convert_listener(const struct abi_listener *l, const struct abi_accepts *counts, u64 id,
		      struct record_listener *r);
void convert_info(const struct abi_sock *a, const struct abi_info *i, struct tick_clock clock,
		  struct record_info *info);
/* Adds one processor's times in netfilter's hooks. */
void convert_netfilter(const struct abi_nf_times *t, struct record_netfilter *r);
