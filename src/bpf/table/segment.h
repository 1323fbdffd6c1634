/* Into pieces of how many bytes a send call of UDP is cut: UDP_SEGMENT, as a socket option or in a control message. */
#pragma once

#include "cookie.h"

#define SEGMENT_UNKNOWN (~0U) /* … and 0: it is not cut */

#define SOL_UDP 17 /* uapi/linux/udp.h, … */
#define UDP_SEGMENT 103
#define CONTROLS_MAX 4 /* control messages that are looked at */
#define VECTOR_MAX 8   /* messages of a sendmmsg(), likewise */

struct control { /* struct cmsghdr of 64 bits, and what UDP_SEGMENT has behind it */
	u64 len;
	int level, type;
	u16 value;
};

#define CONTROL_HEAD 16

struct user_message { /* struct user_msghdr of 64 bits; not the kernel's own, hence not relocated */
	u64 name, name_len, iov, iov_len;
	u64 control, control_len;
	u64 flags;
};

/* The socket's own. */
static __always_inline u32 own_segment(const struct sock *sk)
{
	return BPF_CORE_READ((struct udp_sock *)sk, gso_size);
}

/* user: they are the program's, and may be changed at any time; what becomes of its figures then is its own doing. */
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

/* Where the function that sends is hooked: the kernel has copied the control messages. */
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

/* Of several messages: which of them it is nobody says, but mostly none has control messages. */
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

/* Where nothing but a tracepoint tells of the call, the message is not at hand: but the system call that is being made
 * still has it. What came another way (io_uring, a thread of the kernel, a 32-bit program) is not known. */
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
