"""Control groups of version 2 that end with the case that has made them."""

import contextlib
import os

from witness import Skip


def cgroup_root():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        for line in f:
            where, kind = line.split()[1:3]
            if kind == "cgroup2":
                return where
    raise Skip("no cgroup v2 is mounted")


@contextlib.contextmanager
def cgroup(path, *peers):
    """A cgroup with these processes, until they are moved back."""
    root = cgroup_root()
    made = []
    for i, _ in enumerate(path.split("/")):
        made.append("/".join([root, *path.split("/")[:i + 1]]))
        with contextlib.suppress(FileExistsError):
            os.mkdir(made[-1])
    try:
        for peer in peers:
            move(peer, made[-1])
        yield "/" + path
    finally:
        for peer in peers:
            move(peer, root)
        for folder in reversed(made):
            with contextlib.suppress(OSError):  # of another test's
                os.rmdir(folder)


def move(peer, folder):
    with open(folder + "/cgroup.procs", "w", encoding="ascii") as f:
        f.write(str(peer.pid))
