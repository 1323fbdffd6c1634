"""What the way to a host does to packets: it loses the large ones, or this machine drops them itself."""

import contextlib

import drill
from witness import main, nft, veth


class PmtuBlackHole(drill.Drill):
    """A router whose next link takes 1400 bytes, and whose ICMP errors a firewall drops. The answer is as long as a
    few full segments and a bit."""

    check = "pmtu_black_hole"
    text = r"webserver: packets of 1,500 B do not reach 10\.98\.0\.2, smaller ones do: 1 connection stands still"
    size = 5000
    greeting = 0

    def make(self):
        p, router, q = self.peer("webserver"), self.peer("router"), self.peer("browser")
        veth(p, router)
        veth(router, q, "10.98.0.1/24", "10.98.0.2/24")
        router.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        router.inside("ip", "link", "set", "va", "mtu", "1400")
        nft(router, "output", "icmp type destination-unreachable drop")
        p.inside("ip", "route", "add", "10.98.0.0/24", "via", "10.99.0.2")
        q.inside("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.1")
        port = p("tcp 0 4", "bind 0 10.99.0.1 0", "listen 0 4")["lport"]
        q("tcp 1 4", "connect 1 10.99.0.1 %d" % port, "send 1 100")
        p("accept 0 2", "recv 2 100")
        if self.greeting:
            p("send 2 %d" % self.greeting)
            q("recv 1 %d" % self.greeting)
        p.begin("send 2 %d" % self.size)
        self.truth = {"pid": p.pid, "comm": "webserver", "raddr": "10.98.0.2", "value": 1}


class PmtuBlackHoleOfBulk(PmtuBlackHole):
    """No small segment at the end, but one was acknowledged before; after a while it is grave."""

    size, greeting = 200000, 100

    def make(self):
        super().make()
        self.truth["severity"] = "critical"


class LocalDrop(drill.Drill):
    """Datagrams of a program that a rule of its own machine refuses, and what others send to a port that is none of
    theirs, of which nothing is said."""

    check = "local_drop"
    text = (r"packet filter: \d+ packets of courier with 10\.99\.0\.2 port 7009 dropped here at va in 10 s"
            r"( \(NETFILTER_DROP\))? in \w+\(\)")
    also = ("connect_unanswered",)  # the scanner's side of it

    def make(self):
        self.p, self.far = self.peer("courier"), self.peer("scanner")
        veth(self.p, self.far)
        nft(self.p, "output", "udp dport 7009 drop")
        nft(self.p, "input", "tcp dport 7010 drop")
        self.p("udp 1 4", "bind 1 10.99.0.1 0", "tcp 2 4", "bind 2 10.99.0.1 7010", "listen 2 4")
        self.far("tcp 1 4", "begin 1 10.99.0.1 7010")
        self.truth = {"severity": "warning", "pid": self.p.pid, "comm": "courier", "raddr": "10.99.0.2"}

    def work(self):
        with contextlib.suppress(PermissionError):
            self.p("sendto 1 10.99.0.2 7009 500")


class LocalDropOfMany(LocalDrop):
    """The same, as often as it is grave."""

    def make(self):
        super().make()
        self.truth["severity"] = "critical"

    def work(self):
        for _ in range(12):
            super().work()


class NoRoute(drill.Drill):
    """A connection whose route is taken away."""

    check = "local_drop"
    text = (r"no route: \d+ packets of courier with 10\.99\.0\.2 port \d+ dropped here in 10 s"
            r"( \(IP_OUTNOROUTES\))? in \w+\(\)")
    also = ("rto_backoff",)

    def make(self):
        p, far = self.peer("courier"), self.peer("depot")
        veth(p, far)
        port = far("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        far("accept 0 2")
        p.inside("ip", "route", "delete", "10.99.0.0/24")
        p("send 1 1000")
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "courier", "raddr": "10.99.0.2"}


class NoNeighbour(drill.Drill):
    """Datagrams to an address of the link that nobody has."""

    check = "local_drop"
    text = (r"no neighbour: \d+ packets of courier with 10\.99\.0\.77 port 7009 dropped here at va in 10 s"
            r"( \(NEIGH_FAILED\))? in \w+\(\)")

    def make(self):
        self.p = self.peer("courier")
        veth(self.p, self.peer("depot"))
        self.p("udp 1 4")
        self.truth = {"severity": "warning", "pid": self.p.pid, "comm": "courier", "raddr": "10.99.0.77"}

    def work(self):
        with contextlib.suppress(OSError):
            self.p("sendto 1 10.99.0.77 7009 500")


class ReversePath(drill.Drill):
    """Segments of a connection that come in by a device which is not the way back."""

    check = "local_drop"
    text = (r"reverse path filter: \d+ packets of ledger with 10\.99\.0\.1 port \d+ dropped here at vb in 10 s"
            r"( \(IP_RPFILTER\))? in \w+\(\)")

    def make(self):
        p, q = self.peer("clerk"), self.peer("ledger")
        veth(p, q)
        port = q("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        p("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        q("accept 0 2")
        q.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/vb/rp_filter")
        q.inside("ip", "link", "add", "other", "type", "veth")
        q.inside("ip", "link", "set", "other", "up")
        q.inside("ip", "route", "add", "10.99.0.1/32", "dev", "other")
        p("send 1 1000")
        self.truth = {"pid": q.pid, "comm": "ledger", "device": "vb"}
        self.also = ("rto_backoff",)


def all_faults_are_said():
    drill.run([PmtuBlackHole, PmtuBlackHoleOfBulk, LocalDrop, LocalDropOfMany, NoRoute, NoNeighbour,
               ReversePath])


if __name__ == "__main__":
    main([all_faults_are_said])
