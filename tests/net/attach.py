"""Attaches programs of BPF where the packets or calls of many sockets pass. All ends with the descriptors, or with what
they are attached to."""

import contextlib
import ctypes
import os
import socket
import struct
import tempfile

from bpf import bpf
from links import within
from sockmap import program
from witness import run

OBJ_PIN, LINK_CREATE = 6, 28
# Kinds of programs and where they are attached: uapi/linux/bpf.h.
SCHED_CLS, XDP, CGROUP_SKB, SOCK_OPS, CGROUP_DEVICE, CGROUP_SOCK_ADDR = 3, 6, 8, 13, 15, 18
INGRESS, EGRESS, ON_SOCK_OPS, ON_DEVICE, CONNECT4, SENDMSG4 = 0, 1, 3, 6, 10, 14
ON_XDP, TCX_INGRESS, TCX_EGRESS = 37, 46, 47


@contextlib.contextmanager
def attached(target, kind, where, code, name):
    """Attached to a descriptor, or to the device with this number, for as long: the id, as "name#id"."""
    fd, number = program(kind, where, code, name)
    link = None
    try:
        link = bpf(LINK_CREATE, ctypes.create_string_buffer(
            struct.pack("<IIII", fd, target, where, 0).ljust(128, b"\0"), 128))
        yield "%s#%d" % (name, number)
    finally:
        os.close(fd)
        if link is not None:
            os.close(link)


@contextlib.contextmanager
def at_group(path, *what):
    fd = os.open(path, os.O_RDONLY)
    try:
        with attached(fd, *what) as told:
            yield told
    finally:
        os.close(fd)


@contextlib.contextmanager
def pinned(kind, code, name):
    """For tc(8), which takes programs by their files, in a file system of their own: none may be mounted."""
    fd, number = program(kind, 0, code, name)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, fd)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        run("mount", "-t", "bpf", "bpf", folder)
        stack.callback(run, "umount", folder)
        path = folder + "/program"
        text = ctypes.create_string_buffer(path.encode())
        bpf(OBJ_PIN, ctypes.create_string_buffer(
            struct.pack("<QI", ctypes.addressof(text), fd).ljust(128, b"\0"), 128))
        yield path, "%s#%d" % (name, number)


def number_of(peer, device):
    with within(peer):
        return socket.if_nametoindex(device)
