"""Devices, queueing disciplines, counters and processors as ip, tc, nstat and /proc tell them."""

import json

from witness import Peer, Skbtop, equal, holds, joined, main, nft, veth

PATIENCE = 40  # seconds: who holds the rtnl lock holds up whoever asks for devices


def listening(peer, slot=9):
    """A namespace is known by its sockets."""
    peer("tcp %d 4" % slot, "bind %d 127.0.0.1 0" % slot, "listen %d 4" % slot)


def view(name, peer, *more, **options):
    return Skbtop("--view", name, "--filter", " and ".join(("netns = %d" % peer.netns,) + more), **options)


def agreed(top, witness, ours, what):
    """Waits until what skbtop tells is what the witness says before and after it."""
    last = []

    def look(tick):
        before, rows = witness(), ours(tick)
        last[:] = [rows, before]
        return rows == before == witness()
    try:
        top.wait(look, what, PATIENCE)
    except AssertionError:
        raise
    except Exception as e:
        raise AssertionError("%s: %s, not %s" % (e, last[0], last[1])) from None


def links(peer):
    found = {}
    for link in json.loads(peer.inside("ip", "-s", "-j", "link")):
        rx, tx = link["stats64"]["rx"], link["stats64"]["tx"]
        found[link["ifname"]] = (rx["bytes"], rx["packets"], rx["errors"], rx["dropped"], tx["bytes"], tx["packets"],
                                 tx["errors"], tx["dropped"], link["mtu"], link["operstate"].lower())
    return found


def nics(tick):
    names = ("rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped",
             "mtu", "operstate")
    return {r["device"]: tuple(r[n] for n in names) for r in tick.rows}


def transfer(a, b, count):
    a.begin("send 1 %d" % count)
    b("recv 2 %d" % count)
    a.reply()


def devices():
    with Peer() as a, Peer() as b, view("devices", a, "kind = nic") as top:
        joined(a, b)
        transfer(a, b, 100000)
        agreed(top, lambda: links(a), nics, "the devices")
        holds(links(a)["va"][4] > 100000, "va has sent")


def rates():
    """What a device sends per second, by the clock and by its own count."""
    with Peer() as a, Peer() as b, view("devices", a, "device = va and kind = nic", interval=1) as top:
        joined(a, b)
        row = top.wait(lambda t: t.rows[0] if t.rows and "tx_rate" in t.rows[0] else None, "a rate", PATIENCE)
        last, at = row["tx_bytes"], None
        total = 0
        for _ in range(6):
            transfer(a, b, 50000)
            tick = top.tick()
            row = tick.rows[0]
            if at:
                total += row["tx_rate"] * (tick.head["time"] - at)
            else:
                last = row["tx_bytes"]
            at = tick.head["time"]
        holds(abs(total - (row["tx_bytes"] - last)) <= 0.3 * total,
              "the rates come to %d bytes, sent were %d" % (total, row["tx_bytes"] - last))


def qdiscs_of(peer, what):
    found = {}
    for q in json.loads(peer.inside("tc", "-s", "-j", what, "show", "dev", "va")):
        if q.get("kind", q.get("class")) == "noqueue":
            continue
        found[q["handle"]] = (q.get("kind") or q.get("class"), q.get("bytes", q.get("stats", {}).get("bytes")),
                              q.get("packets", q.get("stats", {}).get("packets")),
                              q.get("drops", q.get("stats", {}).get("drops")),
                              q.get("overlimits", q.get("stats", {}).get("overlimits")), q.get("backlog"))
    return found


def queues(tick):
    return {r["handle"]: (r["type"], r["tx_bytes"], r["tx_packets"], r["drops"], r["overlimits"], r["backlog"])
            for r in tick.rows}


def flood(a, count=400):
    for _ in range(count):
        a("send 5 1000")


def shaped(a, b, *qdisc):
    """A UDP socket of a (slot 5) behind a shaper."""
    veth(a, b)
    for command in qdisc:
        a.inside("tc", *command.split())
    port = b("udp 6 4", "bind 6 10.99.0.2 0")["lport"]
    a("udp 5 4", "connect 5 10.99.0.2 %d" % port)
    listening(a)


def full_shaper():
    with Peer() as a, Peer() as b, view("devices", a, "kind = qdisc and device = va") as top:
        shaped(a, b, "qdisc add dev va root handle 1: tbf rate 80kbit burst 2000 limit 3000")
        flood(a)
        agreed(top, lambda: qdiscs_of(a, "qdisc"), queues, "the qdisc")
        holds(qdiscs_of(a, "qdisc")["1:"][3] > 100, "it has dropped")
        top.wait(lambda t: flood(a, 50) or t.rows[0].get("drops_rate", 0) > 0, "drops per second", PATIENCE)
        equal(top.tick().rows[0]["parent"], "root", "parent")


def classes_of(peer):
    found = {}
    text = peer.inside("tc", "-s", "class", "show", "dev", "va")
    handle = None
    for line in text.splitlines():
        word = line.split()
        if line.startswith("class htb"):
            handle = word[2]
        elif line.startswith(" Sent"):
            found[handle] = (int(word[1]), int(word[3]), int(word[6].rstrip(",")))
    return found


def classes():
    with Peer() as a, Peer() as b, view("devices", a, "kind = class") as top:
        shaped(a, b, "qdisc add dev va root handle 1: htb default 20",
               "class add dev va parent 1: classid 1:10 htb rate 5mbit",
               "class add dev va parent 1: classid 1:20 htb rate 80kbit burst 2000",
               "qdisc add dev va parent 1:20 handle 20: pfifo limit 3")
        flood(a, 100)
        agreed(top, lambda: classes_of(a),
               lambda t: {r["handle"]: (r["tx_bytes"], r["tx_packets"], r["drops"]) for r in t.rows}, "the classes")
        holds(classes_of(a)["1:20"][2] > 10, "a class has dropped: %s" % classes_of(a))


def no_carrier():
    with Peer() as a, Peer() as b, view("devices", a, "device = va and kind = nic") as top:
        joined(a, b)
        top.wait(lambda t: t.rows and t.rows[0]["carrier"] is True, "a carrier", PATIENCE)
        b.inside("ip", "link", "set", "vb", "down")
        top.wait(lambda t: t.find(carrier=False, up=True, operstate=links(a)["va"][-1]), "it is lost", PATIENCE)
        a.inside("ip", "link", "set", "va", "down")
        row = top.wait(lambda t: t.rows[0] if t.rows[0]["up"] is False else None, "it is set down", PATIENCE)
        equal("carrier" in row, False, "of a device that is down the carrier is not known")
        a.inside("ip", "link", "del", "va")
        top.wait(lambda t: not t.rows, "it is gone", PATIENCE)


def counters_of(peer):
    known = json.loads(peer.inside("nstat", "-asz", "--json"))["kernel"]
    return {name: value for name, value in known.items() if value}


def counters():
    """All of them."""
    with Peer() as peer, view("counters", peer) as top:
        peer.pair(0, 1, 2)
        peer.pair(3, 4, 5, "::1")
        peer("send 1 5000", "recv 2 5000")
        agreed(top, lambda: counters_of(peer), lambda t: {r["name"]: r["value"] for r in t.rows}, "the counters")
        holds("TcpInSegs" in counters_of(peer) and "Ip6InReceives" in counters_of(peer), "there are some")


def overflows():
    """What a check asks for: a listener that refuses."""
    with Peer() as peer, view("counters", peer, "name = TcpExtListenOverflows and rate > 0") as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 0")["lport"]
        for slot in (1, 2, 3, 4):
            peer("tcp %d 4" % slot, "begin %d 127.0.0.1 %d" % (slot, port))
        row = top.wait(lambda t: t.rows[0] if t.rows else None, "overflows per second", PATIENCE)
        holds(row["value"] > 0, "a count")


def tracked(peer):
    return int(peer.inside("cat", "/proc/sys/net/netfilter/nf_conntrack_count"))


def stacks():
    """Tracked connections of a namespace, and what the whole machine has."""
    with Peer() as peer, view("stacks", peer) as top:
        nft(peer, "input", "ct state new counter accept")
        peer.pair(0, 1, 2)
        agreed(top, lambda: tracked(peer), lambda t: t.rows[0].get("conntrack") if t.rows else None, "conntrack")
        holds(tracked(peer) > 0, "something is tracked")
        row = top.tick().rows[0]
        equal("tcp_mem" in row, False, "TCP's memory is not one namespace's")
        equal(row["devices"], len(links(peer)), "devices")
    with open("/proc/sys/net/ipv4/tcp_mem", encoding="ascii") as f:
        most = int(f.read().split()[2])
    with Skbtop("--view", "stacks", "--filter", "known tcp_mem") as top:
        row = top.wait(lambda t: t.rows and t.rows[0], "TCP's memory", PATIENCE)
        equal(row["tcp_mem_max"] // most, 4096, "tcp_mem, in bytes")


def softnet():
    """Packets of each processor, the first field."""
    with open("/proc/net/softnet_stat", encoding="ascii") as f:
        return {int(l.split()[12], 16): int(l.split()[0], 16) for l in f}


def processors():
    with Skbtop("--view", "cpus") as top:
        top.tick()
        before = softnet()
        rows = top.wait(lambda t: all(r["processed"] >= before[r["cpu"]] for r in t.rows) and t.rows, "the packets",
                        PATIENCE)
        after = softnet()
        equal({r["cpu"] for r in rows}, set(before), "processors")
        holds(all(r["processed"] <= after[r["cpu"]] for r in rows), "%s, %s" % (rows, after))


def namespaces_that_end():
    with Skbtop("--view", "stacks", "--columns", "netns") as top:
        with Peer() as peer:
            listening(peer)
            top.wait(lambda t: t.find(netns=peer.netns), "the namespace", PATIENCE)
        top.wait(lambda t: not t.find(netns=peer.netns), "its end", PATIENCE)


main([devices, rates, full_shaper, classes, no_carrier, counters, overflows, stacks, processors, namespaces_that_end])
