"""A collector that has to go: what may keep it, and whether it has gone in time."""

import ctypes
import os
import select
import signal

from witness import Failure

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207  # <linux/ptrace.h>
TIME = 2  # seconds after its reader


def ends_within(pid, seconds):
    """Is the process, whoever's child it is, gone in this time?"""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


def hold_main_thread(pid):
    """Stops the main thread alone: as if it slept in the kernel and no signal could wake it. False: not permitted.
    Popen.poll() would take the stop, were it not waited for here, for the process's end, and then send no signal."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if ptrace(PTRACE_SEIZE, pid, None, None) < 0 or ptrace(PTRACE_INTERRUPT, pid, None, None) < 0:
        return False
    return os.WIFSTOPPED(os.waitpid(pid, 0)[1])


def gone(collector):
    """Fails, and kills it, if the collector is not gone in time."""
    if not ends_within(collector, TIME):
        os.kill(collector, signal.SIGKILL)
        raise Failure("the collector was there %d s after the monitor" % TIME)
