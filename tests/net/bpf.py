"""The kernel's own word on BPF: which programs, maps and links a process holds, and which exist at all."""

import ctypes
import json
import os

from witness import run

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


def existing():
    """Ids of all programs, links and maps of the machine."""
    return {kind: {item["id"] for item in json.loads(run("bpftool", "-j", kind, "list") or "[]")}
            for kind in ("prog", "link", "map")}


class Stats:
    """While it is open the kernel counts the runs of programs; closing (also by dying) ends that."""

    def __init__(self):
        attr = ctypes.create_string_buffer(128)  # type 0: BPF_STATS_RUN_TIME
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.syscall(SYS_BPF[os.uname().machine], BPF_ENABLE_STATS, attr, 128)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "BPF_ENABLE_STATS")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    @staticmethod
    def runs(programs):
        """id -> (name, runs, nanoseconds) of the programs with these ids."""
        found = json.loads(run("bpftool", "-j", "prog", "list"))
        return {p["id"]: (p.get("name", "?"), p.get("run_cnt", 0), p.get("run_time_ns", 0))
                for p in found if p["id"] in programs}
