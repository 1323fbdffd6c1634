"""Netfilter's hooks (-n): as many packets are measured as nftables counts; a hook with many rules takes longer than one
with few; a traced packet has the time of the hooks that it passed and of no other, also of the one that drops it."""

import re
import statistics
import subprocess
import sys

import bpf
from tracing import Trace
from witness import Failure, Peer, Skbtop, Skip, equal, holds, main, run, veth

HOOKS = {"pre_routing": "prerouting", "local_in": "input", "forward": "forward", "local_out": "output",
         "post_routing": "postrouting"}
ROUNDS = 8


def nft(peer, commands):
    done = subprocess.run(["nsenter", "-t", str(peer.pid), "-n", "nft", "-f", "-"], input=commands, text=True,
                          check=False, stderr=subprocess.PIPE)
    if done.returncode:
        raise Skip("no nftables: %s" % done.stderr.strip())


def counters(peer):
    """A counter in each hook, in chains that are named like it."""
    rules = "add table inet t\nadd chain inet t %s { type filter hook %s priority 0 ; }\nadd rule inet t %s counter\n"
    nft(peer, "".join(rules % (name, hook, name) for name, hook in HOOKS.items()))


def counted(peer, chain):
    text = peer.inside("nft", "list", "chain", "inet", "t", chain)
    return sum(int(n) for n in re.findall(r"counter packets (\d+)", text))


def machine(top):
    """The machine's hooks by name: those that had packets. Some kernels cannot measure any."""
    tick = top.settled()
    if "netfilter" not in tick.head:
        raise Skip("this kernel does not let the hooks be measured")
    return {row["layer"][3:]: row for row in tick.rows
            if row["type"] == "layer" and "id" not in row and row["layer"].startswith("nf_")}


def as_many(top, peer, chain, hook, field, traffic, least):
    """The machine has other namespaces, and what passes there comes on top: in one round of some nothing may."""
    seen = []
    for _ in range(ROUNDS):
        before, was = machine(top).get(hook, {}).get(field, 0), counted(peer, chain)
        traffic()
        passed = counted(peer, chain) - was
        measured = machine(top).get(hook, {}).get(field, 0) - before
        holds(passed >= least, "%d packets in %s, not %d" % (passed, chain, least))
        seen.append((measured, passed))
        holds(measured >= passed, "%s of %s: (measured, passed) %s" % (field, hook, seen))
        if measured == passed:
            return
    raise Failure("%s of %s: (measured, passed) %s" % (field, hook, seen))


def joined(a, b):
    """A connection from a to b, in slots 1 and 2; its ports."""
    port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
    mine = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)["lport"]
    b("accept 0 2")
    return mine, port


def route(a, r, b):
    """r forwards between the others, and counts. The way there: sends 20 packets, and takes them."""
    for end, device, number in ((a, "ra", 1), (b, "rb", 2)):
        run("ip", "link", "add", "v", "netns", str(end.pid), "type", "veth", "peer", "name", device, "netns",
            str(r.pid))
        end.inside("ip", "address", "add", "10.98.%d.2/24" % number, "dev", "v")
        r.inside("ip", "address", "add", "10.98.%d.1/24" % number, "dev", device)
        end.inside("ip", "link", "set", "v", "up")
        r.inside("ip", "link", "set", device, "up")
        end.inside("ip", "route", "add", "default", "via", "10.98.%d.1" % number)
    r.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    counters(r)
    port = b("udp 0 4", "bind 0 10.98.2.2 0")["lport"]
    a("udp 1 4", "connect 1 10.98.2.2 %d" % port)

    def traffic():
        for _ in range(20):
            a("send 1 100")
            b("recv 0 100")
    return traffic


def forwarded():
    """A router between two others forwards, and FORWARD has exactly its packets."""
    with Peer() as a, Peer() as r, Peer() as b, Skbtop("-n") as top:
        traffic = route(a, r, b)
        r("udp 0 4", "bind 0 127.0.0.1 0")  # a namespace is known by its sockets
        for _ in range(3):
            machine(top)
        as_many(top, r, "forward", "forward", "n", traffic, 20)


def way_lost():
    """The process that led to a namespace ends, and another is found: meanwhile its packets are counted as before."""
    links = ("--without", "fentry", "--without", "kprobe")
    with Peer() as a, Peer() as r, Peer() as b, Skbtop("-n", *links) as top:
        traffic = route(a, r, b)
        with subprocess.Popen(["nsenter", "-t", str(r.pid), "-n", sys.executable, "-c", "import socket, sys\n"
                               "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))\n"
                               "print(flush=True); sys.stdin.read()"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as holder:
            holder.stdout.readline()
            for _ in range(3):
                machine(top)
            as_many(top, r, "forward", "forward", "n", traffic, 20)
        for _ in range(ROUNDS):
            as_many(top, r, "forward", "forward", "n", traffic, 20)


def dropped():
    """What LOCAL_IN drops is counted there, with its time; so is what it refuses, though it sends an answer from
    within."""
    with Peer() as a, Peer() as b, Skbtop("-n") as top:
        veth(a, b)
        nft(b, "table inet t {\n chain in {\n type filter hook input priority 0\n udp dport 9 counter drop\n"
               " udp dport 10 counter reject\n }\n}\n")
        for slot, port in ((1, 9), (2, 10)):
            a("udp %d 4" % slot, "connect %d 10.99.0.2 %d" % (slot, port))
        b("udp 0 4", "bind 0 127.0.0.1 0")

        def send(slot):
            for _ in range(10):
                try:
                    a("send %d 100" % slot)
                except OSError:  # the answer to an earlier one
                    a("send %d 100" % slot)
        for _ in range(3):
            machine(top)
        as_many(top, b, "in", "local_in", "dropped", lambda: send(1), 10)
        as_many(top, b, "in", "local_in", "dropped", lambda: send(2), 5)
        local_in = machine(top)["local_in"]
        holds(local_in["n"] >= local_in["dropped"] >= 20, "those that were dropped are among all: %s" % local_in)


def rules_take_time():
    """Both in one packet: a hook with two thousand rules, and one with a single one."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        counters(b)
        nft(b, "add rule inet t local_in ip saddr 192.0.2.1 ip daddr 192.0.2.2 counter\n" * 2000)
        mine, port = joined(a, b)
        with Trace("sport = :%d and dport = :%d and netns = %d" % (port, mine, b.netns), "-n") as trace:
            for _ in range(50):
                a("send 1 100")
                b("recv 2 100")
            trace.until(lambda: len([p for p in trace.told(dir="rx") if p["payload"]]) >= 50, "the segments")
            trace.settle()
            trace.check()
            got = [p for p in trace.told(dir="rx") if p["payload"] and "nf_local_in_us" in p]
            if not got:
                raise Skip("this kernel does not let the hooks be measured")
            equal(len(got), 50, "segments with a time in LOCAL_IN")
            many, few = (statistics.median(p["nf_%s_us" % hook] for p in got) for hook in ("local_in", "pre_routing"))
            holds(many > 3 * few, "2000 rules take %s us, one takes %s" % (many, few))
            for p in got:
                holds(p["nf_local_in_us"] + p["nf_pre_routing_us"] <= p.get("rx_ip_us", p["total_us"]) + 0.01,
                      "the hooks are parts of rx_ip: %s" % p)


def hooks_of_each_packet():
    """What a packet of a socket passes, and nothing else, whichever way it goes; without -n nothing."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        counters(a)
        mine, port = joined(a, b)
        expr = "sport = :%d and dport = :%d and netns = %d" % (mine, port, a.netns)
        for option, rx, tx in (("-n", {"pre_routing", "local_in"}, {"local_out", "post_routing"}),
                               ("-i", set(), set())):
            with Trace(expr, option) as trace:
                for size in (1, 1000, 30000):
                    a("send 1 %d" % size)
                    b("recv 2 %d" % size, "send 2 %d" % size)
                    a("recv 1 %d" % size)
                trace.until(lambda: sum(p["payload"] for p in trace.told(dir="rx")) >= 31001, "the segments")
                trace.settle()
                trace.check()
                for p in trace.packets.values():
                    passed = {k[3:-3] for k in p if k.startswith("nf_")}
                    if option == "-n" and not passed and not trace.told(dir="rx")[0].get("nf_local_in_us"):
                        raise Skip("this kernel does not let the hooks be measured")
                    equal(passed, rx if p["dir"] == "rx" else tx, "hooks of %s" % p)


def dropped_packet():
    """The packet that LOCAL_IN drops has its time there until then."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        port = b("udp 0 4", "bind 0 10.99.0.2 0")["lport"]
        a("udp 1 4", "connect 1 10.99.0.2 %d" % port)
        counters(b)
        nft(b, "add rule inet t local_in udp length 108 drop\n")
        with Trace("sport = :%d and netns = %d" % (port, b.netns), "-n") as trace:
            a("send 1 100", "send 1 10")
            b("recv 0 10")
            trace.until(lambda: len(trace.packets) >= 2 and any("drop_reason" in p for p in trace.packets.values()),
                        "the drop")
            trace.settle()
            lost, = (p for p in trace.packets.values() if p["payload"] == 100)
            if "nf_pre_routing_us" not in lost:
                raise Skip("this kernel does not let the hooks be measured")
            holds("NETFILTER" in str(lost), "its reason: %s" % lost)
            holds("nf_local_in_us" in lost, "its time in the hook that dropped it: %s" % lost)


def translated():
    """A sent packet whose destination is rewritten, and a received one whose source is: known only behind the hooks."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        counters(a)
        nft(a, "add table ip n\nadd chain ip n out { type nat hook output priority -100 ; }\n"
               "add rule ip n out ip daddr 10.99.0.77 dnat to 10.99.0.2\n")
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.77 %d" % port)
        b("accept 0 2")
        with Trace("sport = :%d and dport = :%d and netns = %d" % (client["lport"], port, a.netns), "-n") as trace:
            a("send 1 100")
            b("recv 2 100", "send 2 50")
            a("recv 1 50")
            trace.until(lambda: sum(p["payload"] for p in trace.packets.values()) >= 150, "both ways")
            trace.settle()
            for p in trace.packets.values():
                passed = {k[3:-3] for k in p if k.startswith("nf_")}
                equal(passed, {"local_out", "post_routing"} if p["dir"] == "tx" else {"pre_routing", "local_in"},
                      "hooks of %s" % p)


def nothing_without():
    """Nobody who did not ask has the programs: one packet of -t passes no more of them than before."""
    def loaded(*options):
        with Skbtop(*options) as top:
            for _ in range(3):
                top.tick()
            programs = {i for pid in top.children() for i in bpf.held(pid)["programs"]}
            return {name for name, _, _ in bpf.Stats.runs(programs).values() if name.startswith("nf_hook_")}
    equal(loaded("-t"), set(), "programs in netfilter's hooks without -n")
    if not loaded("-n"):
        raise Skip("this kernel does not let the hooks be measured")


main([forwarded, way_lost, dropped, rules_take_time, hooks_of_each_packet, dropped_packet, translated, nothing_without])
