"""The kernel's own word on BPF: which programs, maps and links a process holds, and which exist at all."""

import ctypes
import json
import os
import subprocess

from witness import DEADLINE

# Commands of bpf(2).
GET_NEXT_ID = {"prog": 11, "map": 12, "link": 31}
BPF_ENABLE_STATS = 32
SYS_BPF = {"x86_64": 321, "aarch64": 280}


def held(pid):
    """What a process holds, by /proc/PID/fdinfo: ids of programs (also those behind links), and bytes of maps."""
    programs, links, maps = set(), set(), {}
    for name in os.listdir("/proc/%d/fdinfo" % pid):
        try:
            with open("/proc/%d/fdinfo/%s" % (pid, name), encoding="ascii", errors="replace") as f:
                info = dict(line.split(":", 1) for line in f if ":" in line)
        except OSError:
            continue
        if "prog_id" in info:
            programs.add(int(info["prog_id"]))
        if "link_id" in info:
            links.add(int(info["link_id"]))
        if "map_id" in info and "map_type" in info:
            maps[int(info["map_id"])] = int(info.get("memlock", 0))
    return {"programs": programs, "links": links, "maps": maps}


def bpf(command, attr):
    """The system call: its result, or OSError."""
    result = ctypes.CDLL(None, use_errno=True).syscall(SYS_BPF[os.uname().machine], command, attr, len(attr))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf(%d)" % command)
    return result


def ids(kind):
    """Of all programs, maps or links of the machine. None of them is opened: others come and go meanwhile."""
    found, attr = set(), ctypes.create_string_buffer(128)
    while True:
        try:
            bpf(GET_NEXT_ID[kind], attr)
        except FileNotFoundError:
            return found
        number = int.from_bytes(attr[4:8], "little")
        found.add(number)
        attr[0:4] = number.to_bytes(4, "little")


def existing():
    """Ids of all programs, links and maps of the machine."""
    return {kind: ids(kind) for kind in GET_NEXT_ID}


def others_measure(*ours):
    """Does anybody but these processes hold BPF_ENABLE_STATS, so that the kernel counts runs all the time?"""
    for process in filter(str.isdigit, os.listdir("/proc")):
        folder = "/proc/%s/fd" % process
        try:
            held = {os.readlink(folder + "/" + fd) for fd in os.listdir(folder)}
        except OSError:
            continue
        if "anon_inode:bpf-stats" in held and int(process) not in ours:
            return True
    with open("/proc/sys/kernel/bpf_stats_enabled", encoding="ascii") as f:
        return f.read().strip() != "0"


class Stats:
    """While it is open the kernel counts the runs of programs; closing (also by dying) ends that."""

    def __init__(self):
        self.fd = bpf(BPF_ENABLE_STATS, ctypes.create_string_buffer(128))  # type 0: BPF_STATS_RUN_TIME

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    @staticmethod
    def runs(programs):
        """id -> (name, runs, nanoseconds) of the programs with these ids. bpftool is asked for each of them: a list of
        all fails when somebody's program goes while it is made."""
        found = {}
        for number in programs:
            done = subprocess.run(["bpftool", "-j", "prog", "show", "id", str(number)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=DEADLINE, check=False)
            if done.returncode == 0:
                p = json.loads(done.stdout)
                found[number] = (p.get("name", "?"), p.get("run_cnt", 0), p.get("run_time_ns", 0))
        return found
