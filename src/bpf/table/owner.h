/* The current process, as the owner of a socket. */
#pragma once

#include "kernel.h"

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

/* The current process and the name of its main thread; 0 for a kernel thread, which acts for somebody else: it closes
 * what a program has left (delayed_fput()), sends for a tunnel, or opens an MPTCP subflow. */
static __always_inline u32 current_owner(char comm[16])
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader;

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	leader = BPF_CORE_READ(task, group_leader);
	bpf_core_read_str(comm, 16, &leader->comm);
	return bpf_get_current_pid_tgid() >> 32;
}
