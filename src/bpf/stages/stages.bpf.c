/* All programs that stamp packets, as one object: bpftool 7.1 (Debian 12) cannot link objects that call the same
 * function of the kernel. */
#include "stamps.bpf.c"
#include "gro.bpf.c"
#include "rx.bpf.c"
#include "read.bpf.c"
#include "tx.bpf.c"
#include "icmp_echo.bpf.c"
#include "nf_hooks.bpf.c"
#include "payload.bpf.c"
