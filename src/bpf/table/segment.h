/* The size of the pieces into which a UDP send call is segmented: UDP_SEGMENT, as a socket option or in a control
 * message. */
#pragma once

#include "cookie.h"

#define SEGMENT_UNKNOWN (~0U) /* … and 0: not segmented */

#define SOL_UDP 17 /* uapi/linux/udp.h, … */
#define UDP_SEGMENT 103
#define CONTROLS_MAX 4 /* control messages that are searched */
#define VECTOR_MAX 8   /* messages of a sendmmsg(), likewise */

struct control { /* the 64-bit struct cmsghdr, followed by the value of UDP_SEGMENT */
	u64 len;
	int level, type;
	u16 value;
};

#define CONTROL_HEAD 16

struct user_message { /* the 64-bit struct user_msghdr; the ABI's, hence not relocated */
	u64 name, name_len, iov, iov_len;
	u64 control, control_len;
	u64 flags;
};

/* The socket option's. */
static __always_inline u32 own_segment(const struct sock *sk)
{
	return BPF_CORE_READ((struct udp_sock *)sk, gso_size);
}

/* user: the control messages are in the program's memory and may change at any time; if so, only its own figures
 * suffer. */
static __always_inline u32 segment_of_controls(u64 at, u64 left, u32 own, bool user)
{
	struct control c = {};

	for (u32 i = 0; i < CONTROLS_MAX; i++) {
		u64 step;

		if (left < CONTROL_HEAD)
			return own;
		if (user ? bpf_probe_read_user(&c, CONTROL_HEAD + sizeof(c.value), (void *)at)
			 : bpf_probe_read_kernel(&c, CONTROL_HEAD + sizeof(c.value), (void *)at))
			return SEGMENT_UNKNOWN;
		if (c.level == SOL_UDP && c.type == UDP_SEGMENT)
			own = c.value;
		step = (c.len + 7) & ~7ULL;
		if (step < CONTROL_HEAD || step > left)
			return own;
		at += step;
		left -= step;
	}
	return left < CONTROL_HEAD ? own : SEGMENT_UNKNOWN;
}

/* For hooks on the sending function: the kernel has already copied the control messages. */
static __always_inline u32 segment_of(const struct msghdr *msg, u32 own)
{
	u64 left = BPF_CORE_READ(msg, msg_controllen);

	return left ? segment_of_controls((u64)BPF_CORE_READ(msg, msg_control), left, own, false) : own;
}

#if defined(__TARGET_ARCH_x86)
enum { CALL_WRITE = 1, CALL_WRITEV = 20, CALL_SENDTO = 44, CALL_SENDMSG = 46, CALL_SENDMMSG = 307 };
#define call_number(regs) ((s64)BPF_CORE_READ(regs, orig_ax))
#define call_second(regs) BPF_CORE_READ(regs, si)
#define call_third(regs) BPF_CORE_READ(regs, dx)
#elif defined(__TARGET_ARCH_arm64)
enum { CALL_WRITE = 64, CALL_WRITEV = 66, CALL_SENDTO = 206, CALL_SENDMSG = 211, CALL_SENDMMSG = 269 };
#define call_number(regs) ((s64)BPF_CORE_READ(regs, syscallno))
#define call_second(regs) BPF_CORE_READ(regs, user_regs.regs[1])
#define call_third(regs) BPF_CORE_READ(regs, user_regs.regs[2])
#else
enum { CALL_WRITE = -2, CALL_WRITEV = -3, CALL_SENDTO = -4, CALL_SENDMSG = -5, CALL_SENDMMSG = -6 };
#define call_number(regs) (-1LL)
#define call_second(regs) 0
#define call_third(regs) 0
#endif

/* Of several messages it is not known which one is sent, but mostly none has control messages. */
static __always_inline u32 segment_of_vector(u64 at, u64 count, u32 own)
{
	for (u32 i = 0; i < VECTOR_MAX; i++) {
		struct user_message m;

		if (i == count)
			return own;
		if (bpf_probe_read_user(&m, sizeof(m), (void *)(at + i * (sizeof(m) + 8))) || m.control_len)
			return SEGMENT_UNKNOWN;
	}
	return count == VECTOR_MAX ? own : SEGMENT_UNKNOWN;
}

/* A tracepoint after the call does not have the message, but the system call's arguments are still there. For other
 * ways to send (io_uring, a kernel thread, a 32-bit program) the size is unknown. */
static __always_inline u32 segment_of_call(u32 own)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct user_message m;

	switch (call_number(regs)) {
	case CALL_WRITE:
	case CALL_WRITEV:
	case CALL_SENDTO: return own;
	case CALL_SENDMSG:
		if (bpf_probe_read_user(&m, sizeof(m), (void *)call_second(regs)))
			return SEGMENT_UNKNOWN;
		return segment_of_controls(m.control, m.control_len, own, true);
	case CALL_SENDMMSG: return segment_of_vector(call_second(regs), (u32)call_third(regs), own);
	default: return SEGMENT_UNKNOWN;
	}
}
