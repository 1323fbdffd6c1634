"""RTTs and times to connect as histograms: against ss's RTT of each connection, and what connect() took as its caller
saw it."""

import collections
import json
import time

from witness import Peer, Skbtop, equal, holds, main, veth

COLUMNS = "pid,rtt_samples,rtt_hist,connects,connect_hist,rtt_p50_us"
SENDERS = 15


def bucket(usec):
    """Where the bucket of a time begins, in us: two are an octave, from 128 ns on."""
    start = 0.128
    while start * 2 <= usec:
        start *= 2
    return round(start * 1.5 if start * 1.5 <= usec else start, 3)


def counted(histograms):
    """All buckets together, by their beginning. Each says where it ends, and how many there are of all."""
    all_of_them = collections.Counter()
    for h in histograms:
        equal(sum(n for _, _, n in h["buckets"]), h["n"], "in buckets")
        for start, end, n in h["buckets"]:
            holds(end in (round(start * 1.5, 3), round(start * 4 / 3, 3)), "a bucket from %s to %s" % (start, end))
            all_of_them[start] += n
    return all_of_them


def rtts(peer, port):
    """In us, as ss has them, of those that connected to the port."""
    return [round(float(word[4:].split("/")[0]) * 1000)
            for word in peer.inside("ss", "-Htin", "dport", "=", ":%d" % port).split() if word.startswith("rtt:")]


def round_trips():
    """A byte from each client is acknowledged once: its RTT counts in the tick in which that is seen, and no later.
    What is silent does not count: the servers."""
    with Peer() as peer, Skbtop("--view", "processes", columns=COLUMNS, interval=0.3) as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 64")["lport"]
        for slot in range(1, 2 * SENDERS + 1, 2):
            peer("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port), "accept 0 %d" % (slot + 1))
        top.settled()
        for slot in range(1, 2 * SENDERS + 1, 2):
            peer("send %d 1" % slot)
        told = []

        def all_told(tick):
            told.extend(r["rtt_hist"] for r in tick.find(pid=peer.pid) if "rtt_hist" in r)
            return sum(h["n"] for h in told) >= SENDERS
        top.wait(all_told, "all of them")
        for _ in range(3):
            all_told(top.tick())
        equal(counted(told), collections.Counter(bucket(us) for us in rtts(peer, port)), "skbtop's and ss's RTTs")


def connecting():
    """Some connect at once. The SYN of one is lost: it goes to nobody's address."""
    with Peer() as a, Peer() as b, Skbtop("--view", "processes", columns=COLUMNS, interval=0.3) as top:
        veth(a, b)
        b("tcp 0 4", "bind 0 10.99.0.2 80", "listen 0 64")
        right = json.loads(b.inside("ip", "-j", "link", "show", "vb"))[0]["address"]
        a("tcp 1 4", "connect 1 10.99.0.2 80")
        top.settled()
        for slot in range(2, 7):
            a("tcp %d 4" % slot, "connect %d 10.99.0.2 80" % slot)
        told = []

        def all_told(tick):
            told.extend(r["connect_hist"] for r in tick.find(pid=a.pid) if "connect_hist" in r)
            return sum(h["n"] for h in told) >= 5
        top.wait(all_told, "five that connected")
        equal(sum(h["n"] for h in told), 5, "connections")
        neighbour(a, "02:00:00:00:00:99")
        start = time.monotonic()
        a("tcp 7 4")
        a.begin("connect 7 10.99.0.2 80")
        with Skbtop("--view", "sockets", "--filter", "state = syn-sent", columns="raddr,state,netns") as other:
            other.wait(lambda t: t.find(netns=a.netns), "syn-sent")
        neighbour(a, right)
        a.reply()
        took = (time.monotonic() - start) * 1e6
        told.clear()
        top.wait(lambda t: all_told(t) or told, "the slow one")
        equal(sum(h["n"] for h in told), 1, "connections")
        holds(1e6 <= told[0]["max_us"] <= took, "it took %s us, not %s" % (took, told[0]["max_us"]))
        equal(told[0]["buckets"][0][0], bucket(told[0]["max_us"]), "its bucket")


def neighbour(peer, address):
    peer.inside("ip", "neighbour", "replace", "10.99.0.2", "lladdr", address, "nud", "permanent", "dev", "va")


main([round_trips, connecting])
