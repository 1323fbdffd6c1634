"""Programs of BPF that take sockets over, made by hand: they pass everything on. All ends with its descriptors."""

import ctypes
import struct

from bpf import bpf

# Commands of bpf(2), and what uapi/linux/bpf.h calls the rest.
MAP_CREATE, MAP_UPDATE_ELEM, MAP_DELETE_ELEM, PROG_LOAD, PROG_ATTACH, OBJ_GET_INFO_BY_FD = 0, 2, 3, 5, 8, 15
SOCKMAP = 15
SOCKET_FILTER, SK_SKB, SK_MSG, SK_REUSEPORT = 1, 14, 16, 21
STREAM_PARSER, STREAM_VERDICT, MSG_VERDICT, SKB_VERDICT, REUSEPORT_SELECT = 4, 5, 7, 38, 39

EXIT = struct.pack("<BBhi", 0x95, 0, 0, 0)


def returns(value):
    """The program that returns a constant: 1 is SK_PASS."""
    return struct.pack("<BBhi", 0xb7, 0, 0, value) + EXIT


# r0 = *(u32 *)(r1 + 0): the length of the skb, all of which is one message then.
WHOLE = struct.pack("<BBhi", 0x61, 0x10, 0, 0) + EXIT


def program(kind, attach, code, name):
    """Loads it. Returns its descriptor and its id."""
    instructions, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(instructions),
                       ctypes.addressof(licence), 0, 0, 0, 0, 0, name.encode(), 0, attach)
    fd = bpf(PROG_LOAD, ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128))
    info = ctypes.create_string_buffer(256)
    query = struct.pack("<IIQ", fd, len(info), ctypes.addressof(info))
    bpf(OBJ_GET_INFO_BY_FD, ctypes.create_string_buffer(query.ljust(128, b"\0"), 128))
    return fd, struct.unpack_from("<II", info)[1]


SK_REDIRECT, MSG_REDIRECT = 52, 60  # bpf_sk_redirect_map(), bpf_msg_redirect_map()


def redirects(sockmap, key, helper=SK_REDIRECT):
    """The program that sends everything out of the socket that a map has there."""
    return (struct.pack("<BBhiBBhi", 0x18, 0x12, 0, sockmap.fd, 0, 0, 0, 0)  # r2 = the map
            + struct.pack("<BBhiBBhi", 0xb7, 3, 0, key, 0xb7, 4, 0, 0)  # r3 = key, r4 = 0
            + struct.pack("<BBhi", 0x85, 0, 0, helper) + EXIT)


class Sockmap:
    """A map of sockets, and the programs that are attached to it."""

    def __init__(self, entries=64):
        self.fd = bpf(MAP_CREATE, ctypes.create_string_buffer(
            struct.pack("<IIIII", SOCKMAP, 4, 4, entries, 0).ljust(128, b"\0"), 128))
        self.programs = []

    def attach(self, kind, attach, code, name):
        """Loads and attaches it: sockets that are added later have it. Returns "name#id"."""
        fd, number = program(kind, attach, code, name)
        self.programs.append(fd)
        attr = struct.pack("<IIII", self.fd, fd, attach, 0)
        bpf(PROG_ATTACH, ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128))
        return "%s#%d" % (name, number)

    def _element(self, command, key, value):
        key = ctypes.create_string_buffer(struct.pack("<I", key), 4)
        attr = struct.pack("<IIQQQ", self.fd, 0, ctypes.addressof(key), ctypes.addressof(value) if value else 0, 0)
        bpf(command, ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128))

    def add(self, key, sock):
        self._element(MAP_UPDATE_ELEM, key, ctypes.create_string_buffer(struct.pack("<I", sock.fileno()), 4))

    def remove(self, key):
        self._element(MAP_DELETE_ELEM, key, 0)
