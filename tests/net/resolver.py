"""A name server that does as it is told, and a program that asks it: both in a peer's network namespace, over UDP on
127.0.0.1. Both count what they did."""

import contextlib
import select
import socket
import struct
import threading
import time

from links import within

RCODES = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}


def question(number, name, kind=1):
    labels = b"".join(b"%c%s" % (len(w), w) for w in name.encode().split(b"."))
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + struct.pack("!B2H", 0, kind, 1)


class NameServer:
    """does(name): the word of its answer, or None: none. late, delay: seconds until it reads, and until it answers
    then. times: by name, when it has read and when it answers."""

    def __init__(self, peer, port=53, delay=0, late=0, does=lambda name: "NOERROR"):
        self.delay, self.late, self.does, self.asked, self.times = delay, late, does, 0, {}
        with within(peer):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            if self.late:
                select.select([self.socket], [], [])
                time.sleep(self.late)
            message, client = self.socket.recvfrom(4096)
            if not message:
                return
            read, name = time.monotonic(), name_of(message)
            self.asked += 1
            word = self.does(name)
            time.sleep(self.delay)
            self.times[name] = read, time.monotonic()
            if word is None:
                continue
            number, _, *_ = struct.unpack("!6H", message[:12])
            self.socket.sendto(struct.pack("!6H", number, 0x8180 | RCODES[word], 1, 0, 0, 0) + message[12:], client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # An empty datagram ends it: close() would not wake its thread.
        with contextlib.suppress(OSError):
            self.late = 0
            self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def name_of(message):
    words, at = [], 12
    while message[at]:
        words.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(words)


class Asker:
    """Its socket; each question has the next number. times: by name, when it asks and when it has read the answer."""

    def __init__(self, peer, port=53, patience=20):
        with within(peer):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(patience)
        self.port, self.number, self.times = port, 0, {}

    def send(self, name, again=False):
        self.number += not again
        self.socket.sendto(question(self.number, name), ("127.0.0.1", self.port))

    def ask(self, name, late=0):
        asks = time.monotonic()
        self.send(name)
        if late:
            select.select([self.socket], [], [])
            time.sleep(late)
        message = self.socket.recv(4096)
        self.times[name] = asks, time.monotonic()
        return message

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
