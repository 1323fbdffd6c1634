"""Sockets that programs of BPF have taken over, and beside them what is none of that."""

import ctypes
import os
import socket
import struct
import sys

import drill
from witness import main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
from links import within  # pylint: disable=wrong-import-position
# pylint: disable-next=wrong-import-position
from sockmap import MSG_VERDICT, SK_MSG, SK_SKB, STREAM_PARSER, STREAM_VERDICT, WHOLE, Sockmap, returns


class Taken(drill.Drill):
    """A sockmap of this process. The drill holds the sockets, which are in a namespace of its own."""

    check = "intercepted"

    def connections(self, count):
        """Both ends of so many."""
        with within(self.peer("server")):
            listener = socket.create_server(("127.0.0.1", 0))
            clients = [socket.create_connection(listener.getsockname()) for _ in range(count)]
        self.held = [listener, *clients, *(listener.accept()[0] for _ in range(count))]
        self.truth = {"severity": "info", "pid": os.getpid(), "value": count}
        return self.held[1 + count:]

    def close(self):
        for s in self.held:
            s.close()
        super().close()


class Parsed(Taken):
    text = (r"data of 20 sockets go through programs of BPF: d_parser#\d+ d_verdict#\d+ \(.+\)")

    def make(self):
        self.map = Sockmap()
        self.map.attach(SK_SKB, STREAM_PARSER, WHOLE, "d_parser")
        self.map.attach(SK_SKB, STREAM_VERDICT, returns(1), "d_verdict")
        for key, s in enumerate(self.connections(20)):
            self.map.add(key, s)


class Sent(Taken):
    """One socket has a program, another one a filter, a third is in a sockmap that has none."""

    text = r"data of 1 socket goes through programs of BPF: d_msg#\d+ \(.+\)"

    def make(self):
        first, second, third = self.connections(3)
        self.truth["value"] = 1
        self.map, self.empty = Sockmap(), Sockmap()
        self.map.attach(SK_MSG, MSG_VERDICT, returns(1), "d_msg")
        self.map.add(0, first)
        code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0xffff), 8)
        second.setsockopt(socket.SOL_SOCKET, 26, struct.pack("<H6xQ", 1, ctypes.addressof(code)))  # SO_ATTACH_FILTER
        self.empty.add(0, third)


def all_faults_are_said():
    drill.run([Parsed, Sent])


main([all_faults_are_said])
