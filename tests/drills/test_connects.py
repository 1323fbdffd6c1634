"""connect() that fails, again and again: where nobody listens, where no port is left, and where there is no way."""

import drill
from witness import main, nft, veth


class ConnectRefused(drill.Drill):
    check = "connect_refused"
    text = r"crawler: 127\.0\.0\.1 port 7005 refuses connections, \d+ times in 10 s"

    def make(self):
        self.p = self.peer("crawler")
        self.truth = {"severity": "warning", "pid": self.p.pid, "raddr": "127.0.0.1", "rport": 7005}

    def work(self):
        drill.fails(self.p, "tcp 1 4", "connect 1 127.0.0.1 7005")


class ConnectNoPort(drill.Drill):
    check = "connect_no_port"
    text = (r"crawler: no local port is left towards 127\.0\.0\.1 port 7006, "
            r"\d+ connect\(\) (has|calls have) failed in 10 s")

    def make(self):
        self.p = self.peer("crawler")
        self.p.inside("sysctl", "-qw", "net.ipv4.ip_local_port_range=40001 40001")
        self.p("tcp 0 4", "bind 0 127.0.0.1 7006", "listen 0 9", "tcp 1 4", "connect 1 127.0.0.1 7006", "accept 0 2")
        self.truth = {"severity": "critical", "pid": self.p.pid, "raddr": "127.0.0.1", "rport": 7006}

    def work(self):
        drill.fails(self.p, "tcp 3 4", "connect 3 127.0.0.1 7006")


class ConnectFailed(drill.Drill):
    check = "connect_failed"
    text = r"crawler: connect\(\) to 10\.99\.0\.2 port 7007 fails with EHOSTUNREACH, \d+ times in 10 s"

    def make(self):
        self.p, far = self.peer("crawler"), self.peer("far")
        veth(self.p, far)
        nft(far, "input", "tcp dport 7007 reject with icmp type host-unreachable")
        self.truth = {"severity": "warning", "pid": self.p.pid, "raddr": "10.99.0.2", "rport": 7007}

    def work(self):
        drill.fails(self.p, "tcp 1 4", "connect 1 10.99.0.2 7007")


def all_faults_are_said():
    drill.run([ConnectRefused, ConnectNoPort, ConnectFailed])


if __name__ == "__main__":
    main([all_faults_are_said])
