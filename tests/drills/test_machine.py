"""Faults of devices, queues and the kernel's tables."""

import os
import socket
import struct
import sys

import drill
from witness import main, nft, veth

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
from links import within  # pylint: disable=wrong-import-position


class Qdisc(drill.Drill):
    check = "qdisc"
    text = r"the queue of va \(tbf\) drops [\d.]+k? packets a second, [\d.]+k? ?B wait in it"

    def make(self):
        self.p, far = self.peer("emitter"), self.peer("far")
        veth(self.p, far)
        self.p.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "80kbit", "burst", "2000", "limit",
                      "3000")
        port = far("udp 0 4", "bind 0 10.99.0.2 0")["lport"]
        self.p("udp 1 4", "connect 1 10.99.0.2 %d" % port)
        self.truth = {"severity": "warning", "device": "va", "netns": self.p.netns}

    def work(self):
        for _ in range(60):
            self.p("send 1 500")


class NoCarrier(drill.Drill):
    check = "no_carrier"
    text = r"va has no carrier, though it is up and was in use"

    def make(self):
        p, far = self.peer("server"), self.peer("far")
        veth(p, far)
        port = p("tcp 0 4", "bind 0 10.99.0.1 0", "listen 0 4")["lport"]
        far("tcp 1 4", "connect 1 10.99.0.1 %d" % port)
        far.inside("ip", "link", "set", "vb", "down")
        self.truth = {"severity": "warning", "device": "va", "netns": p.netns}


class DeviceErrors(drill.Drill):
    """A tunnel whose other end nobody knows the way to."""

    check = "device_errors"
    text = (r"vx has 0 errors a second on receive, (<1|[\d.]+) on transmit, and missed 0 packets for want of room "
            r"in its ring")
    also = ("local_drop",)  # which knows why: there is no route

    def make(self):
        self.p = self.peer("tunneller")
        for words in ("link set lo up", "link add vx type vxlan id 7 remote 192.0.2.1 dstport 4789",
                      "address add 10.98.0.1/24 dev vx", "link set vx up",
                      "neighbour add 10.98.0.2 lladdr 02:00:00:00:00:02 dev vx"):
            self.p.inside("ip", *words.split())
        self.p("udp 1 4", "connect 1 10.98.0.2 9")
        self.truth = {"severity": "warning", "device": "vx", "netns": self.p.netns}

    def work(self):
        self.p("send 1 100")


class SynQueue(drill.Drill):
    """SYN-ACKs that nobody answers."""

    check = "syn_queue"
    text = r"a listener's SYN queue is full: (<1|[\d.]+) SYNs a second are answered with cookies"
    also = ("connect_unanswered", "local_drop")

    def make(self):
        self.p, self.far = self.peer("billing"), self.peer("flooder")
        veth(self.p, self.far)
        nft(self.far, "input", "tcp flags & syn == syn drop")
        self.port = self.p("tcp 0 4", "bind 0 10.99.0.1 0", "listen 0 2")["lport"]
        self.slot = 0
        self.truth = {"severity": "warning", "netns": self.p.netns}

    def work(self):
        for _ in range(3):
            self.slot = self.slot % 20 + 1
            self.far("tcp %d 4" % self.slot, "begin %d 10.99.0.1 %d" % (self.slot, self.port))
            if self.slot == 20:
                self.far(*("close %d" % slot for slot in range(1, 21)))


class BadPackets(drill.Drill):
    """Datagrams whose checksum is wrong."""

    check = "bad_packets"
    text = r"damaged packets arrive: (<1|[\d.]+) a second \(UdpInCsumErrors\)"

    def make(self):
        self.p = self.peer("resolver")
        self.port = self.p("udp 0 4", "bind 0 127.0.0.1 0")["lport"]
        self.truth = {"severity": "warning", "netns": self.p.netns}

    def work(self):
        datagram = struct.pack(">HHHH4s", 1, self.port, 12, 0xdead, b"data")
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, socket.IPPROTO_UDP, 0,
                           socket.inet_aton("127.0.0.1"), socket.inet_aton("127.0.0.1"))
        with within(self.p), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
            s.sendto(head + datagram, ("127.0.0.1", 0))


def machine():
    drill.run([Qdisc, NoCarrier, DeviceErrors, SynQueue, BadPackets])


if __name__ == "__main__":
    main([machine])
