"""Both ends of the record stream (src/record/stream.h), as far as a hostile reader needs it: what it asks, and the
frames that come."""

import os
import select
import struct
import subprocess
import time

from witness import DEADLINE, SKBTOP, Failure

SCHEMA, TICK, BYE, COMMAND = 0, 7, 8, 9  # kinds of frames
INTERVAL, TICK_NOW, QUIT, LAYERS = 1, 3, 4, 5  # kinds of commands
HOUR = 3600 * 1000000000


def frame(kind, body):
    return struct.pack("=IHH", len(body), kind, 0) + body


def opening():
    """The beginning of what a reader sends: the schema of a command alone."""
    fields = b"".join(struct.pack("=HHHB", at, 8, 1, len(name)) + name for at, name in ((0, b"kind"), (8, b"value")))
    return b"skbtop\n\1" + struct.pack("=I", 1) + frame(SCHEMA, struct.pack("=HHH", COMMAND, 16, 2) + fields)


def command(kind, value=0):
    words = [w for w in (kind, value) if w]
    return frame(COMMAND, bytes([1 | (2 if value else 0)]) + b"".join(struct.pack("=Q", w) for w in words))


class Collector:
    """skbtop --collect, its reader at both pipes. Each frame that comes is (time, kind, record)."""

    def __init__(self, *args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=None):
        self.process = subprocess.Popen([SKBTOP, "--collect", *args], stdin=stdin, stdout=stdout, env=env)
        self.pending = self.unsent = b""
        self.sent = 0  # bytes
        self.opened = self.ended = False
        self.schemas = {}
        if self.process.stdin:
            os.set_blocking(self.process.stdin.fileno(), False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def send(self, data):
        """As much as the pipe takes. What it did not take goes the next time, and the new data is left out then."""
        self.unsent = self.unsent or data
        try:
            taken = os.write(self.process.stdin.fileno(), self.unsent)
            self.unsent = self.unsent[taken:]
            self.sent += taken
        except (BlockingIOError, BrokenPipeError):
            pass

    def record(self, kind, body):
        """The fields of a record by their names; texts and arrays as bytes."""
        size, fields = self.schemas[kind]
        words = (size + 7) // 8
        mask, at, whole = (words + 7) // 8, 0, b""
        at = mask
        for i in range(words):
            present = body[i // 8] >> i % 8 & 1
            whole += body[at:at + 8] if present else b"\0" * 8
            at += 8 * present
        return {name: int.from_bytes(whole[offset:offset + width], "little") if count == 1 else
                whole[offset:offset + width * count] for name, offset, width, count in fields}

    def learn(self, body):
        kind, size, count = struct.unpack_from("=HHH", body)
        at, fields = 6, []
        for _ in range(count):
            offset, width, n, length = struct.unpack_from("=HHHB", body, at)
            fields.append((body[at + 7:at + 7 + length].decode(), offset, width, n))
            at += 7 + length
        self.schemas[kind] = size, fields

    def take(self):
        """The frames that are whole."""
        now, at = time.monotonic(), 0
        if not self.opened and len(self.pending) >= 12:
            at, self.opened = 12, True
        frames = []
        while self.opened and len(self.pending) - at >= 8:
            length, kind, _ = struct.unpack_from("=IHH", self.pending, at)
            if len(self.pending) - at - 8 < length:
                break
            body = self.pending[at + 8:at + 8 + length]
            at += 8 + length
            if kind == SCHEMA:
                self.learn(body)
            elif kind in (TICK, BYE):
                frames.append((now, kind, self.record(kind, body)))
        self.pending = self.pending[at:]
        return frames

    def read(self, seconds):
        """What comes within this time, as soon as anything has come; [] at the end (ended) or when nothing came."""
        if not select.select([self.process.stdout], [], [], max(seconds, 0))[0]:
            return []
        data = os.read(self.process.stdout.fileno(), 1 << 20)
        self.ended = not data
        self.pending += data
        return self.take()

    def tick(self, number=1):
        """Waits until so many ticks have come; the last one's record."""
        deadline = time.monotonic() + DEADLINE
        while not self.ended and time.monotonic() < deadline:
            for _, kind, record in self.read(deadline - time.monotonic()):
                number -= kind == TICK
                if number == 0:
                    return record
        raise Failure("no tick came")
