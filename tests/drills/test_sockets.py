"""Faults that sockets show: who does not accept, read, close or answer, and what holds a connection up."""

import errno
import os
import subprocess
import sys

import drill
from witness import main, nft, veth, waits_in


class AcceptQueue(drill.Drill):
    check = "accept_queue"
    text = r"billing refuses connections on port \d+: 3 wait, the limit is 2" \
        r"(; one waits for \d\S*s)?, most are from 127\.0\.0\.1"  # for how long: if it came after skbtop
    also = ("connect_unanswered",)  # the client's side of it

    def fits(self, row):
        # Who waits is found by a turn that may come a second later.
        return super().fits(row) and "waits" in row["text"]

    def make(self):
        p = self.peer("billing")
        port = p("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 2")["lport"]
        for slot in range(1, 6):
            p("tcp %d 4" % slot, "begin %d 127.0.0.1 %d" % (slot, port))
        self.truth = {"severity": "critical", "pid": p.pid, "comm": "billing", "lport": port, "laddr": "127.0.0.1"}


class HardlyAccepts(drill.Drill):
    """Not refused yet, but the next burst will be."""
    check = "accept_queue"
    text = r"sleepy hardly accepts on port \d+: 4 of 5 wait, one for \d\S*s, most from 127\.0\.0\.1"

    def make(self):
        p = self.peer("sleepy")
        port = p("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 5")["lport"]
        for slot in range(1, 5):
            p("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port))
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "sleepy", "lport": port, "value": 4}

    def fits(self, row):
        return super().fits(row) and "one for" in row["text"]


class Bursts(drill.Drill):
    """The queue is full only for moments, in which a tick seldom looks."""
    check = "accept_queue"
    text = r"bursty refuses connections on port \d+: \d wait( \(up to 3 in the last minute\))?, the limit is 2.*"

    def make(self):
        p = self.peer("bursty")
        port = p("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 2")["lport"]

        def burst():
            for slot in range(1, 4):
                p("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port))
            p("tcp 4 4", "begin 4 127.0.0.1 %d" % port)
            for slot in range(5, 8):
                p("accept 0 %d" % slot)
            for slot in range(1, 8):
                p("close %d" % slot)
        self.repeat(burst)
        self.truth = {"severity": "critical", "pid": p.pid, "comm": "bursty", "lport": port}


class NotAccepting(drill.Drill):
    """Far from full; of four that wait one has sent a request, and three have gone away again."""
    check = "not_accepting"
    text = r"dozer does not accept: 4 connections wait on port \d+" \
        r"(, for up to \d\S*s)?, most from 127\.0\.0\.1"  # for how long: if it came after skbtop

    def make(self):
        p = self.peer("dozer")
        port = p("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 128")["lport"]
        for slot in range(1, 5):
            p("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port), "send %d 100" % slot)
        for slot in range(2, 5):
            p("close %d" % slot)
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "dozer", "lport": port, "value": 4}

    def fits(self, row):
        # Since when one waits is known of those that skbtop has seen come.
        return super().fits(row) and "for up to" in row["text"]


class SynBacklog(drill.Drill):
    """The SYN-ACKs do not come through: no handshake is completed."""
    check = "syn_backlog"
    text = r"handshakes on port \d+ \(frontdoor\) are not completed: \d in the SYN queue, from 8 on cookies " \
        r"are sent, or SYNs dropped"
    also = ("connect_unanswered", "syn_queue", "local_drop")

    def make(self):
        p, far = self.peer("frontdoor"), self.peer("visitor")
        veth(far, p)
        port = p("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 8")["lport"]
        nft(far, "input", "tcp sport %d drop" % port)
        for slot in range(1, 9):
            far("tcp %d 4" % slot, "begin %d 10.99.0.2 %d" % (slot, port))
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "frontdoor", "lport": port}


class ConnectUnanswered(drill.Drill):
    check = "connect_unanswered"
    text = r"10\.99\.0\.2 port 7004 does not answer: 2 connections wait \(crawler\)"

    def make(self):
        p, far = self.peer("crawler"), self.peer("far")
        veth(p, far)
        nft(far, "input", "tcp dport 7004 drop")
        for slot in (1, 2):
            p("tcp %d 4" % slot, "begin %d 10.99.0.2 7004" % slot)
        self.truth = {"severity": "critical", "pid": p.pid, "raddr": "10.99.0.2", "rport": 7004}


class PortsUsed(drill.Drill):
    check = "ports_used"
    text = r"local ports to 127\.0\.0\.1 port 7004 are used up: 100 of 100, crawler holds 100"
    also = ("connect_no_port",)

    def make(self):
        p = self.peer("crawler")
        p.inside("sysctl", "-q", "net.ipv4.ip_local_port_range=40000 40099")
        p("tcp 0 4", "bind 0 127.0.0.1 7004", "listen 0 200")
        for slot in range(1, 101):
            p("tcp %d 4" % slot, "connect %d 127.0.0.1 7004" % slot, "accept 0 %d" % (100 + slot))
        try:
            p("tcp 250 4", "connect 250 127.0.0.1 7004")
        except OSError as e:
            drill.holds(e.errno == errno.EADDRNOTAVAIL, "connect() says %s" % e)
        self.truth = {"severity": "critical", "pid": p.pid, "comm": "crawler", "raddr": "127.0.0.1", "rport": 7004}


class NotReading(drill.Drill):
    check = "not_reading"
    text = r"statsd does not read: 100 B wait for it in 1 socket"

    def make(self):
        p, q = self.peer("emitter"), None
        q = drill.Peer(inside=p)
        self.peers.append(q)
        q("comm " + b"statsd".hex())
        port = q("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 127.0.0.1 %d" % port)
        q("accept 0 2")
        p("send 1 100")
        self.truth = {"severity": "warning", "pid": q.pid, "comm": "statsd", "value": 100}


class ZeroProbe(drill.Drill):
    check = "zero_probe"
    text = r"10\.99\.0\.2 does not read: its window is closed, [\d.]+[kM]?B wait in feeder"
    also = ("not_reading",)

    def make(self):
        p, q = self.peer("feeder"), self.peer("sink")
        veth(p, q)
        port = q("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        q("accept 0 2")
        p.begin("send 1 20000000")
        self.truth = {"severity": "warning", "pid": p.pid, "raddr": "10.99.0.2"}


class UdpOverflow(drill.Drill):
    check = "udp_overflow"
    text = r"syslog reads too slowly: \d+ datagrams lost in a tick, [\d.]+k?B wait unread"

    def make(self):
        self.p = self.peer("syslog")
        self.port = self.p("udp 0 4", "option 0 rcvbuf 4096", "bind 0 127.0.0.1 0")["lport"]
        self.p("udp 1 4")
        self.truth = {"severity": "critical", "pid": self.p.pid, "comm": "syslog"}

    def work(self):
        for _ in range(20):
            self.p("sendto 1 127.0.0.1 %d 500" % self.port)


class CloseWait(drill.Drill):
    check = "close_wait"
    text = r"leaky does not close: the peer has closed 4 of its connections, all to 127\.0\.0\.1"

    def make(self):
        p = self.peer("leaky")
        for n in range(4):
            p.pair(10 + 3 * n, 11 + 3 * n, 12 + 3 * n)
            p("close %d" % (11 + 3 * n))
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "leaky", "value": 4}


class RtoBackoff(drill.Drill):
    check = "rto_backoff"
    text = r"uploader: 1 connection gets no acknowledgement from 10\.99\.0\.2, time-out doubled \d+ times"
    also = ("local_drop",)  # what makes it

    def make(self):
        p, q = self.peer("uploader"), self.peer("gone")
        veth(p, q)
        port = q("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        q("accept 0 2")
        nft(q, "input", "tcp dport %d drop" % port)
        p("send 1 1000")
        self.truth = {"pid": p.pid, "raddr": "10.99.0.2"}


class Slow(drill.Drill):
    """A bulk transfer to 10.98.0.2 over a router whose device carries 4 Mbit/s."""

    def transfer(self, comm, sender=(), receiver=(), how="send 1 60000000"):
        p, router, q = self.peer(comm), self.peer("router"), self.peer("taker")
        veth(p, router)
        veth(router, q, "10.98.0.1/24", "10.98.0.2/24")
        router.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        router.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "4mbit", "burst", "16k", "limit", "4m")
        p.inside("ip", "route", "add", "10.98.0.0/24", "via", "10.99.0.2")
        q.inside("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.1")
        port = q("tcp 0 4", *receiver, "bind 0 10.98.0.2 0", "listen 0 4")["lport"]
        p("tcp 1 4", *sender, "connect 1 10.98.0.2 %d" % port)
        q("accept 0 2")
        p.begin(how)
        q.begin("recv 2 60000000")
        return p


class Bufferbloat(Slow):
    check = "bufferbloat"
    text = r"backup: a queue on the way to 10\.98\.0\.2 is full: [\d.]+(ms|s) a round trip, [\d.]+ times its least"

    def make(self):
        p = self.transfer("backup")
        self.truth = {"severity": "warning", "pid": p.pid, "raddr": "10.98.0.2"}


class SndbufLimited(Slow):
    """Small writes: one large write would go into the buffer whole, however small that is."""

    check = "sndbuf_limited"
    text = r"pusher is held up by the send buffer of 1 connection"
    also = ("bufferbloat",)

    def make(self):
        p = self.transfer("pusher", sender=["option 1 sndbuf 4096"], how="pieces 1 60000000 1000")
        self.truth = {"severity": "warning", "pid": p.pid}


class PeerWindow(Slow):
    check = "peer_window"
    text = r"10\.98\.0\.2 reads too slowly: its window holds up 1 connection of source"
    also = ("bufferbloat",)

    def make(self):
        p = self.transfer("source", receiver=["option 0 rcvbuf 4096"])
        self.truth = {"severity": "warning", "pid": p.pid, "raddr": "10.98.0.2"}


class Loss(drill.Drill):
    check = "loss"
    text = r"shipper: packets to 10\.99\.0\.2 are lost, [\d.]+% of what 1 connection sent"
    also = ("local_drop",)  # what makes it

    def make(self):
        p, q = self.peer("shipper"), self.peer("dock")
        veth(p, q)
        q.inside("nft", "add table netdev t; add chain netdev t c { type filter hook ingress device vb priority 0; }; "
                        "add rule netdev t c tcp dport 7000 numgen inc mod 25 0 drop")
        q("tcp 0 4", "bind 0 10.99.0.2 7000", "listen 0 4")
        p("tcp 1 4", "option 1 max_pacing_rate 2000000", "connect 1 10.99.0.2 7000")
        q("accept 0 2")
        p.begin("send 1 2000000000")
        q.begin("recv 2 2000000000")
        self.truth = {"pid": p.pid, "raddr": "10.99.0.2"}


class Nagle(drill.Drill):
    check = "nagle"
    text = r"rpcclient waits for ACKs to send the rest of its writes: 1 connection to 10\.99\.0\.2"

    def make(self):
        self.p, self.q = self.peer("rpcclient"), self.peer("rpcd")
        veth(self.p, self.q)
        port = self.q("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        self.p("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        self.q("accept 0 2")
        self.truth = {"severity": "warning", "pid": self.p.pid, "comm": "rpcclient"}
        self.repeat(self.call)

    def call(self):
        self.q.begin("recv 2 200")
        self.p("send 1 100", "send 1 100")
        self.q.reply()
        self.q("send 2 1")
        self.p("recv 1 1")


class LateReader(drill.Drill):
    """No finding: the time is only known while packets are stamped (tests/drills/incidents.py)."""

    def make(self):
        p, q = self.peer("caller"), None
        q = drill.Peer(inside=p)
        self.peers.append(q)
        q("comm " + b"worker".hex())
        port = q("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 127.0.0.1 %d" % port)
        q("accept 0 2")
        self.repeat(lambda: self.call(p, q))

    def call(self, p, q):
        p("send 1 100")
        self.done.wait(0.05)
        q("recv 2 100")


# Spins for 30 ms for each line, and says when it begins.
HOG = """import sys, time
for line in sys.stdin:
    print(flush=True)
    until = time.monotonic() + 0.03
    while time.monotonic() < until:
        pass
"""


class StarvedReader(drill.Drill):
    """It sleeps in recv(), and is woken at once, but another program goes before it. (Of policy SCHED_IDLE it would
    get the processor after a slice of 3 ms: EEVDF owes it that much.) No finding, as for the late reader."""

    def make(self):
        cpus = os.sched_getaffinity(0)
        cpu = {max(cpus)}
        self.p = self.peer("caller")
        self.q = drill.Peer(inside=self.p)
        self.peers.append(self.q)
        self.q("comm " + b"worker".hex())
        port = self.q("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        self.p("tcp 1 4", "connect 1 127.0.0.1 %d" % port)
        self.q("accept 0 2")
        self.hog = subprocess.Popen([sys.executable, "-c", HOG], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.sched_setscheduler(self.hog.pid, os.SCHED_FIFO, os.sched_param(1))
        for process, where in (self.q.pid, cpu), (self.hog.pid, cpu), (self.p.pid, cpus - cpu or cpu):
            os.sched_setaffinity(process, where)
        self.repeat(self.call)

    def call(self):
        idle = waits_in(self.q)
        self.q.begin("recv 2 100")
        while waits_in(self.q) in (idle, None):
            self.done.wait(0.01)
        self.hog.stdin.write(b"\n")
        self.hog.stdin.flush()
        self.hog.stdout.readline()
        self.p("send 1 100")
        self.q.reply()
        self.done.wait(0.05)

    def close(self):
        super().close()
        self.hog.kill()
        self.hog.wait()


def all_faults_are_said():
    drill.run([AcceptQueue, HardlyAccepts, Bursts, NotAccepting, SynBacklog, ConnectUnanswered, PortsUsed, NotReading,
               ZeroProbe, UdpOverflow, CloseWait, RtoBackoff, Bufferbloat, SndbufLimited, PeerWindow, Loss, Nagle])


if __name__ == "__main__":
    main([all_faults_are_said])
