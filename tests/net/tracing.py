"""Packets of one socket as skbtop tells them, and the same packets as tcpdump wrote them, to be compared."""

import os
import select
import signal
import struct
import subprocess
import tempfile
import time

from witness import DEADLINE, PATIENCE, SKBTOP, Again, Failure, Lines, Skbtop, Skip, equal, holds, run

ETHERNET, IPV4, IPV6 = 14, 0x0800, 0x86dd
LINK_ETHERNET, LINK_RAW = 1, (12, 101)
TCP, UDP = 6, 17
EXTENSIONS, FRAGMENT = (0, 43, 44, 60), 44
FLAGS = ((2, "S"), (1, "F"), (4, "R"), (8, "P"), (16, "A"))


class Tcpdump:
    """What passes a device in a peer's namespace."""

    def __init__(self, peer, device, read=None):
        self.read = read or read_packet
        self.file = tempfile.NamedTemporaryFile(suffix=".pcap")  # pylint: disable=consider-using-with
        try:
            self.process = subprocess.Popen(
                ["nsenter", "-t", str(peer.pid), "-n", "tcpdump", "-Z", "root", "-n", "-s", "200", "-B", "16384", "-U",
                 "-i", device, "-w", self.file.name, "ip or ip6"], stderr=subprocess.PIPE)
        except FileNotFoundError as e:
            raise Skip("no tcpdump") from e
        lines = Lines(self.process.stderr)
        line = lines.get()
        while line is not None and b"listening" not in line:
            line = lines.get()
        if line is None:
            raise Skip("no tcpdump")
        self.lines = lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.file.close()

    def so_far(self):
        """(source port, sequence number, payload, flags) of each packet until now."""
        return read_pcap(self.file.name, self.read)


def flag_text(bits):
    return "".join(letter for bit, letter in FLAGS if bits & bit)


def read_headers(ip):
    """Protocol, bytes of headers, and of the whole packet."""
    if ip[0] >> 4 == 4:
        return ip[9], (ip[0] & 15) * 4, struct.unpack("!H", ip[2:4])[0]
    protocol, head, length = ip[6], 40, struct.unpack("!H", ip[4:6])[0] + 40
    while protocol in EXTENSIONS:
        size = 8 if protocol == FRAGMENT else (ip[head + 1] + 1) * 8
        protocol, head = ip[head], head + size
    return protocol, head, length


def read_packet(ip):
    """None: neither TCP nor UDP."""
    protocol, head, length = read_headers(ip)
    transport = ip[head:]
    if protocol not in (TCP, UDP):
        return None
    port = struct.unpack("!H", transport[:2])[0]
    if protocol == UDP:
        return port, 0, length - head - 8, ""
    seq = struct.unpack("!I", transport[4:8])[0]
    return port, seq, length - head - (transport[12] >> 4) * 4, flag_text(transport[13])


def read_pcap(path, read):
    with open(path, "rb") as f:
        data = f.read()
    link = struct.unpack("<I", data[20:24])[0] if len(data) >= 24 else LINK_ETHERNET
    skip = 0 if link in LINK_RAW else ETHERNET
    at, packets = 24, []
    while at + 16 <= len(data):
        captured = struct.unpack("<I", data[at + 8:at + 12])[0]
        if at + 16 + captured > len(data):
            break
        packets.append(read(data[at + 16 + skip:at + 16 + captured]))
        at += 16 + captured
    return [p for p in packets if p]


class Trace:
    """skbtop's packets of the socket that a filter names: those that were told, the newest word on each."""

    def __init__(self, expr, *options, by="--filter"):
        self.top = Skbtop("--view", "packets", by, expr, *options)
        self.packets = {}
        self.head = {}
        if by == "--filter":
            self.until(lambda: "trace" in self.head, "the trace begins")
        self.settle()  # netfilter's links in a new namespace

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.top.close()

    def tick(self):
        tick = self.top.tick()
        self.head = tick.head
        for row in tick.rows:
            if row["type"] == "packet":
                self.packets[row["number"]] = row

    def until(self, found, what):
        deadline = time.monotonic() + DEADLINE
        while not found():
            self.tick()
            if time.monotonic() > deadline:
                raise Failure("%s: packets %s, head %s" % (what, self.keys(), self.head))

    def settle(self):
        """What is still to come of packets that passed before now."""
        for _ in range(3):
            self.tick()

    def told(self, **want):
        """The packets that are like this, in the order of their numbers."""
        return [p for _, p in sorted(self.packets.items()) if all(p.get(k) == v for k, v in want.items())]

    def keys(self):
        return [(p["lport"] if p["dir"] == "tx" else p["rport"], p.get("seq_raw", 0), p["payload"],
                 "".join(c for c in "SFRPA" if c in p.get("flags", ""))) for p in self.packets.values()]

    def nothing_unseen(self):
        """Where a machine runs no program for a packet, the trace says so (HACKING.md, process 1)."""
        if self.head["trace"]["unseen"]:
            raise Again("%d packets that no program was run for" % self.head["trace"]["unseen"])

    def check(self):
        """Of each packet no part is negative and the parts are the whole; none was lost."""
        trace = self.head["trace"]
        self.nothing_unseen()
        equal((trace["lost"], trace["limited"], trace["unseen"]), (0, 0, 0), "packets lost, above the limit, unseen")
        for p in self.packets.values():
            parts = [v for k, v in p.items() if k.endswith("_us") and k[:3] in ("rx_", "tx_")]
            holds(min(parts, default=0) >= 0, "a negative time: %s" % p)
            if parts:
                holds(abs(sum(parts) - p["total_us"]) < 0.01 * len(parts), "the parts add up to the whole: %s" % p)

    def same_as(self, dump, alike, wanted, what="packets"):
        """None of tcpdump's is missing, and none is there twice, once it saw as many as are wanted. alike (in_order, or
        coverage) makes what is compared of a list of packets."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.tick()
            seen, told = dump.so_far(), self.keys()
            equal_now = alike(told) == alike(seen) and len(seen) >= wanted
            if equal_now or time.monotonic() > deadline:
                break
        if equal_now:
            self.settle()  # nothing more comes
        else:
            self.nothing_unseen()
        equal(alike(self.keys()), alike(dump.so_far()), what)
        holds(len(seen) >= wanted, "tcpdump saw %d packets, not %d" % (len(seen), wanted))
        self.check()


class PacketFile:
    """The same packets, by a second skbtop, as a file: what tshark reads of it once it was ended."""

    def __init__(self, expr):
        self.process = subprocess.Popen(
            [SKBTOP, "--batch", "--format", "pcapng", "--count", "0", "--interval", "0.1", "--view", "packets",
             "--filter", expr],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if not select.select([self.process.stdout], [], [], DEADLINE)[0]:  # it begins with the trace
            raise Failure("no file begins")
        self.written = os.read(self.process.stdout.fileno(), 65536)
        self.header = len(self.written)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(DEADLINE)
        self.process.stdout.close()

    def begun(self):
        """Waits until it has written a packet: it has seen it, and whatever was told of it in the ticks since."""
        deadline = time.monotonic() + DEADLINE
        while len(self.written) <= self.header:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Failure("no packet is written")
            self.written += os.read(self.process.stdout.fileno(), 65536)

    def end(self, *fields):
        """As at ^C: lists of these fields' texts, one for each packet."""
        self.process.send_signal(signal.SIGINT)
        with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
            file.write(self.written + self.process.communicate(timeout=DEADLINE)[0])
            file.flush()
            equal(self.process.returncode, 0, "exit status at the end of a file")
            lines = run("tshark", "-n", "-r", file.name, "-T", "fields", *(w for f in fields for w in ("-e", f)))
        return [line.split("\t") for line in lines.splitlines()]


def fresh(packets):
    """Those with payload that was not sent before: the others are not read."""
    return [p for p in packets if p["payload"] and "retransmit" not in p]


def payload(packets):
    """Bytes of all of them; what TCP sent twice, once."""
    seen, size = {}, 0
    for p in packets:
        if "seq" not in p:
            size += p["payload"]
            continue
        end = p["seq"] + p["payload"]
        size += max(0, end - max(p["seq"], seen.get(p["dir"], 0)))
        seen[p["dir"]] = max(seen.get(p["dir"], 0), end)
    return size


def in_order(packets):
    return sorted(packets, key=lambda p: (p[0], p[1], p[2], p[3]))


def coverage(packets):
    """Where one side sees a packet before it was cut into segments and the other after: the ranges of sequence numbers
    of each port, those that came twice apart, and all packets without payload."""
    joined = []
    for port, seq, size, _ in in_order(p for p in packets if p[2]):
        if joined and joined[-1][0] == port and joined[-1][2] == seq:
            joined[-1] = (port, joined[-1][1], seq + size)
        else:
            joined.append((port, seq, seq + size))
    return joined, in_order(p for p in packets if not p[2])
