"""How connections end: reset while one end still owed something, or in more TIME-WAIT than there is room for."""

import drill
from witness import becomes, counter, main, veth


class Resets(drill.Drill):
    """A server that closes what it has not read, a few times a second: what its client is told."""

    check = "resets"
    text = (r"frontend: 100% of \d+ connections with 10\.99\.0\.2 broke off in 5 s, "
            r"\d+ reset by the peer before it had answered or acknowledged all")
    also = ("resets",)
    each_time = 1

    def make(self):
        self.p, self.q = self.peer("frontend"), self.peer("billing")
        veth(self.p, self.q)
        self.port = self.q("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 20")["lport"]
        self.truth = {"severity": "warning", "pid": self.p.pid, "comm": "frontend", "raddr": "10.99.0.2", "value": 1}

    def work(self):
        for _ in range(self.each_time):
            self.p("tcp 1 4", "connect 1 10.99.0.2 %d" % self.port, "send 1 500")
            self.q("accept 0 2", "peek 2 500", "close 2")
            try:
                self.p("recv 1 1")
            except ConnectionResetError:
                pass
            self.p("close 1")


class ResetsOfItsOwn(Resets):
    """The same, many times a second: what is said of the server."""

    text = (r"billing: 100% of \d+ connections with 10\.99\.0\.1 broke off in 5 s, "
            r"\d+ closed here with a request unread or data unsent")
    each_time = 5

    def make(self):
        super().make()
        self.truth = {"severity": "critical", "pid": self.q.pid, "comm": "billing", "raddr": "10.99.0.1", "value": 1}


class TimeWait(drill.Drill):
    """A client that opens a connection for each call, and closes first: its ports wait."""

    check = "time_wait"
    text = (r"crawler: [67]\d% of the local ports to 10\.99\.0\.2 port 7011 wait in TIME-WAIT: [67]\d of 100"
            r"(; none left in [\d.]+\w+)?")
    count, reserved = 70, "60000"

    def make(self):
        p, q = self.peer("crawler"), self.peer("api")
        veth(p, q)
        p.inside("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40099",
                 "net.ipv4.ip_local_reserved_ports=" + self.reserved)
        p("udp 0 4")  # a namespace is known by sockets that somebody holds
        q("tcp 0 4", "bind 0 10.99.0.2 7011", "listen 0 9")
        for _ in range(self.count):
            p("tcp 1 4", "connect 1 10.99.0.2 7011")
            q("accept 0 2")
            p("close 1")
            q("close 2")
        self.truth = {"severity": "warning", "pid": p.pid, "comm": "crawler", "raddr": "10.99.0.2", "rport": 7011}


class TimeWaitTakesAll(TimeWait):
    text = r"crawler: TIME-WAIT has used up the local ports to 10\.99\.0\.2 port 7011: 50 of 50"
    count, reserved = 50, "40000-40049"

    def make(self):
        super().make()
        self.truth["severity"] = "critical"


class TimeWaitLimit(drill.Drill):
    """A server that closes first, and may not have so many of them."""

    check = "time_wait_limit"
    text = r"connections end without TIME-WAIT: there are 30 of at most 30, 30 made by webserver"

    def make(self):
        p, q = self.peer("webserver"), self.peer("browser")
        veth(p, q)
        p.inside("sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=30")
        p("tcp 0 4", "bind 0 10.99.0.1 7012", "listen 0 9")
        for _ in range(40):
            q("tcp 1 4", "connect 1 10.99.0.1 7012")
            p("accept 0 2", "close 2")
            q("close 1")
        # What the last client's FIN does is done by another processor.
        becomes("ten are too many", lambda: counter(p, "TcpExtTCPTimeWaitOverflow") == 10)
        self.truth = {"severity": "critical", "pid": p.pid, "comm": "webserver", "value": 30}


def all_faults_are_said():
    drill.run([Resets, ResetsOfItsOwn, TimeWait, TimeWaitTakesAll, TimeWaitLimit])


if __name__ == "__main__":
    main([all_faults_are_said])
