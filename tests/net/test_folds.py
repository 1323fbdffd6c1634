"""Processes and Hosts: what the sockets of a process, a namespace, a peer or a network are together, against ss and the
traffic maker's own count."""

import math
import os

import ss
from witness import Failure, Peer, Skbtop, equal, main, missing, nft, veth

SHORT = 40  # connections that are made and closed within a tick


def counts(peer):
    """How many sockets ss has in each state, in this peer's namespace."""
    found = {}
    for line in peer.inside("ss", "-Htan").splitlines():
        state = ss.STATES[line.split()[0]]
        found[state] = found.get(state, 0) + 1
    return found


def make_states(peer):
    """Four connections: one is whole, one end of another was closed (CLOSE-WAIT, FIN-WAIT-2), two are over."""
    port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 16")["lport"]
    for slot in (1, 3, 5, 7):
        peer("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port), "accept 0 %d" % (slot + 1))
    peer("close 3", "close 5", "close 6", "close 7", "close 8")


def the_states_of_a_process():
    """The kernel does not say whose a TIME-WAIT was: it is its maker's, and so is what lost its file."""
    with Peer() as peer, Skbtop("--view", "processes") as top:
        top.settled()
        make_states(peer)
        row = top.wait(lambda t: [r for r in t.find(pid=peer.pid) if r["time_wait"] == 2], "its row")[0]
        want = counts(peer)
        equal(row["established"], want["estab"], "established")
        equal(row["close_wait"], want["close-wait"], "close_wait")
        equal(row["time_wait"], want["time-wait"], "time_wait")
        equal(row["members"], sum(want.values()), "members")
        equal(row["comm"], "peer", "comm")


def the_states_of_a_namespace():
    with Peer() as peer, Skbtop("--view", "namespaces") as top:
        make_states(peer)
        want = counts(peer)
        row = top.settled().find(netns=peer.netns)[0]
        equal((row["established"], row["close_wait"], row["members"]),
              (want["estab"], want["close-wait"], sum(want.values())), "established, close_wait, members")


def began(view, where, finish):
    """Connections that the peer makes within a tick, as often as skbtop has seen one begin, of SHORT at either end."""
    with Peer() as peer, Skbtop("--view", view, interval=0.3) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 16")["lport"]
        for _ in range(SHORT):
            peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port, "accept 0 2", *finish)
        seen = 0

        def all_began(tick):
            nonlocal seen
            for row in tick.find(**{where: getattr(peer, where)}):
                seen += row.get("new_rate", 0) * tick.head["elapsed"]
            return seen > 2 * SHORT - 0.5
        try:
            top.wait(all_began, "all of them")
        except Failure:
            raise missing("%d of %d connections that began" % (round(seen), 2 * SHORT)) from None
        for _ in range(3):
            all_began(top.tick())
        equal(round(seen), 2 * SHORT, "connections that began")


def short_connections_of_a_process():
    began("processes", "pid", ["close 1", "close 2"])


def short_connections_of_a_namespace():
    """Where accept() cannot be hooked nobody knows whose an accepted one was that a reset ended at once."""
    began("namespaces", "netns", ["abort 1", "close 2"])


def percentiles(values, percent):
    """The nearest rank."""
    values = sorted(values)
    return values[math.ceil(len(values) * percent / 100) - 1]


def round_trips():
    with Peer() as peer:
        for slot in range(1, 31, 2):
            peer.pair(0, slot, slot + 1)
            peer("send %d %d" % (slot, 1000 * slot), "recv %d %d" % (slot + 1, 1000 * slot), "close 0")
        with Skbtop("--view", "processes") as top:
            for _ in range(5):  # a delayed acknowledgement may still be on its way
                before = rtts(peer)
                row = top.settled().find(pid=peer.pid)[0]
                if before == rtts(peer):
                    break
        equal(len(before), 30, "connections")
        equal(row["rtt_p50_us"], percentiles(before, 50), "median")
        equal(row["rtt_p99_us"], percentiles(before, 99), "99th percentile")


def rtts(peer):
    """In us, as ss has them."""
    return [round(float(word[4:].split("/")[0]) * 1000) for word in peer.inside("ss", "-Htin").split()
            if word.startswith("rtt:")]


def hosts_and_networks():
    """Connections to addresses of three networks, of which two are listed. Others may run this at the same time."""
    net = "127.%d." % (os.getpid() % 200 + 20)
    addresses = {net + "16.3": 2, net + "16.9": 1, net + "32.1": 3, net + "48.1": 1}
    listed = {net + "16.0/20": 2, net + "16.9/32": 1, net + "32.0/20": 3}
    with Peer() as peer:
        port = peer("tcp 0 4", "bind 0 0.0.0.0 0", "listen 0 16")["lport"]
        slot = 1
        for address, many in addresses.items():
            for _ in range(many):
                peer("tcp %d 4" % slot, "connect %d %s %d" % (slot, address, port), "accept 0 %d" % (slot + 1))
                slot += 2
        with Skbtop("--view", "hosts") as top:
            tick = top.settled()
            for address, many in addresses.items():
                lines = peer.inside("ss", "-Htn", "dst", address, "and", "dport", "=", ":%d" % port).splitlines()
                equal(len(lines), many, "ss's connections to " + address)
                equal([r["members"] for r in tick.find(raddr=address)], [many], address)
        with Skbtop("--view", "prefixes", "--prefix", ",".join(listed)) as top:
            tick = top.settled()
            for prefix, many in {**listed, net + "48.0/24": 1}.items():
                equal([r["members"] for r in tick.find(prefix=prefix)], [many], prefix)
        with Skbtop("--view", "services") as top:
            tick = top.settled()
            for way in ("in", "out"):
                equal([r["members"] for r in tick.find(proto="tcp", dir=way, service=port)],
                      [sum(addresses.values())], "service " + way)


def links():
    """Of two namespaces whose devices have the same number: each has what ss has of that address. A SYN that nobody
    answers has a route already; the device is renamed while it is looked at."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        nft(b, "input", "tcp dport 9 drop")
        a.inside("ip", "link", "set", "lo", "up")
        port = b("tcp 0 4", "bind 0 0.0.0.0 0", "listen 0 16")["lport"]
        own = a("tcp 0 4", "bind 0 0.0.0.0 0", "listen 0 16")["lport"]
        for slot in range(1, 4):
            a("tcp %d 4" % slot, "connect %d 10.99.0.2 %d" % (slot, port))
            b("accept 0 %d" % slot)
        a("tcp 4 4", "begin 4 10.99.0.2 9", "tcp 5 4", "connect 5 10.99.0.1 %d" % own, "accept 0 6")
        a("udp 7 4", "connect 7 10.99.0.2 53")
        with Skbtop("--view", "links") as top:
            tick = top.settled()
            for peer, device, other in ((a, "va", "10.99.0.2"), (a, "lo", "10.99.0.1"), (b, "vb", "10.99.0.1")):
                lines = peer.inside("ss", "-Htuna", "dst", other).splitlines()
                equal([r["members"] for r in tick.find(netns=peer.netns, via=device)], [len(lines)], device)
            a.inside("ip", "link", "set", "va", "down")
            a.inside("ip", "link", "set", "va", "name", "wan")
            top.wait(lambda tick: tick.find(netns=a.netns, via="wan"), "the device's new name")


main([the_states_of_a_process, the_states_of_a_namespace, short_connections_of_a_process,
      short_connections_of_a_namespace, round_trips, hosts_and_networks, links])
