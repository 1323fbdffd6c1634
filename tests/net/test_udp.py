"""UDP: bytes and datagrams per socket equal what the programs sent and read, and the namespace's own counters; peeks
and failed calls count nothing; a batch of UDP_SEGMENT or UDP_GRO counts its datagrams or says nothing."""

from witness import Peer, Skbtop, Skip, equal, holds, main

COLUMNS = "id,netns,proto,state,laddr,lport,raddr,rport,rx_bytes,tx_bytes,rx_pkts,tx_pkts,pid,comm"


def counters(peer):
    """UdpOutDatagrams and UdpInDatagrams of the peer's namespace, by nstat."""
    found = {}
    for line in peer.inside("nstat", "-asz").splitlines():
        word = line.split()
        if word and word[0] in ("UdpOutDatagrams", "UdpInDatagrams", "Udp6OutDatagrams", "Udp6InDatagrams"):
            found[word[0]] = int(word[1])
    return found


def bound_pair(peer, host="127.0.0.1"):
    """Slot 0 receives, slot 1 is connected to it. Their ports."""
    family = 6 if ":" in host else 4
    port = peer("udp 0 %d" % family, "bind 0 %s 0" % host)["lport"]
    local = peer("udp 1 %d" % family, "connect 1 %s %d" % (host, port))["lport"]
    return port, local


def numbers(row):
    return tuple(row.get(k) for k in ("tx_bytes", "tx_pkts", "rx_bytes", "rx_pkts"))


def datagrams_and_bytes(host):
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port, local = bound_pair(peer, host)
        sizes = (1, 100, 1000, 1400, 1)
        for n in sizes:
            peer("sendto 1 %s %d %d" % (host, port, n))
            peer("recv 0 %d" % n)
        sent, read = peer("name 1"), peer("name 0")
        row = top.row(netns=peer.netns, lport=local, proto="udp")
        equal(numbers(row)[:2], (sent["sent"], sent["writes"]), "sender")
        row = top.row(netns=peer.netns, lport=port, proto="udp")
        equal(numbers(row)[2:], (read["received"], read["reads"]), "receiver")
        prefix = "Udp6" if ":" in host else "Udp"
        equal(sent["writes"], counters(peer)[prefix + "OutDatagrams"], "the peer's count and nstat's")


def v4():
    datagrams_and_bytes("127.0.0.1")


def v6():
    datagrams_and_bytes("::1")


def totals_agree_with_nstat():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for _ in range(5):
            bound_pair(peer)
            for _ in range(4):
                peer("send 1 500", "recv 0 500")
            peer("close 0", "close 1")
        udp = counters(peer)
        equal((udp["UdpOutDatagrams"], udp["UdpInDatagrams"]), (20, 20), "nstat")

        def whole(_):
            rows = [r for r in top.ends.values() if r["netns"] == peer.netns and r["proto"] == "udp"]
            return len(rows) == 10 and rows
        rows = top.wait(whole, "ten ended UDP sockets")
        equal(sum(r.get("tx_pkts", 0) for r in rows), 20, "tx_pkts of all")
        equal(sum(r.get("rx_pkts", 0) for r in rows), 20, "rx_pkts of all")
        equal(sum(r.get("tx_bytes", 0) for r in rows), 10000, "tx_bytes of all")
        equal(sum(r.get("rx_bytes", 0) for r in rows), 10000, "rx_bytes of all")


def peek_counts_nothing():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port, _ = bound_pair(peer)
        peer("send 1 700", "peek 0 700", "peek 0 700")
        top.settled()
        row = top.row(netns=peer.netns, lport=port, proto="udp")
        holds(row.get("rx_bytes", 0) == 0, "rx_bytes after two peeks: %r" % row.get("rx_bytes"))
        peer("recv 0 700")
        row = top.row(netns=peer.netns, lport=port, proto="udp")
        equal(row.get("rx_bytes"), 700, "rx_bytes after the read")


def segments_of_a_batch():
    """One send of 6,000 bytes is six datagrams of 1,000; read one by one."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port, local = bound_pair(peer)
        try:
            peer("option 1 segment 1000")
        except OSError as e:
            raise Skip("no UDP_SEGMENT: %s" % e) from None
        peer("send 1 6000", "recv 0 6000")
        reads = peer("name 0")["reads"]
        equal(reads, 6, "datagrams read")
        row = top.row(netns=peer.netns, lport=local, proto="udp")
        equal(row.get("tx_bytes"), 6000, "tx_bytes")
        holds(row.get("tx_pkts") in (6, None), "tx_pkts is right or absent: %r" % row.get("tx_pkts"))
        row = top.row(netns=peer.netns, lport=port, proto="udp")
        equal((row.get("rx_bytes"), row.get("rx_pkts")), (6000, 6), "rx_bytes, rx_pkts")


def batch_read_at_once():
    """UDP_GRO: the read returns several datagrams; their number is right or absent."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port, _ = bound_pair(peer)
        try:
            peer("option 0 gro 1", "option 1 segment 1000")
        except OSError as e:
            raise Skip("no UDP_GRO: %s" % e) from None
        peer("send 1 6000", "recv 0 6000")
        row = top.row(netns=peer.netns, lport=port, proto="udp")
        equal(row.get("rx_bytes"), 6000, "rx_bytes")
        holds(row.get("rx_pkts") in (6, None), "rx_pkts is right or absent: %r" % row.get("rx_pkts"))


def right_or_absent(size):
    """Datagrams that the hooks may not be able to count: then they say nothing."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port, local = bound_pair(peer)
        for _ in range(3):
            peer("sendto 1 127.0.0.1 %d %d" % (port, size))
            peer("recv 0 %d" % size if size else "eof 0")  # one without bytes reads like an end
        peer("sendto 1 127.0.0.1 %d 1" % port, "recv 0 1")
        sent, got = top.rows({"netns": peer.netns, "lport": local}, {"netns": peer.netns, "lport": port})
        equal((sent.get("tx_bytes"), got.get("rx_bytes")), (3 * size + 1, 3 * size + 1), "bytes")
        holds(sent.get("tx_pkts") in (4, None), "tx_pkts is right or absent: %r" % sent.get("tx_pkts"))
        holds(got.get("rx_pkts") in (4, None), "rx_pkts is right or absent: %r" % got.get("rx_pkts"))


def datagrams_without_bytes():
    right_or_absent(0)


def fragmented_datagrams():
    right_or_absent(8000)


def sent(*commands, exactly):
    """What the sender's row says once the peer has done this; its datagrams are read by nobody. exactly: tx_pkts must
    be known."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        _, local = bound_pair(peer)
        before = counters(peer).get("UdpOutDatagrams", 0)
        try:
            peer(*commands)
        except OSError as e:
            raise Skip("not to be had: %s" % e) from None
        wanted = peer("name 1")["sent"]
        row = top.row(netns=peer.netns, lport=local, proto="udp")
        equal(row.get("tx_bytes"), wanted, "tx_bytes")
        calls = counters(peer)["UdpOutDatagrams"] - before  # a batch counts once
        return row.get("tx_pkts"), calls, exactly


def right(found, wanted):
    pkts, calls, exactly = found
    holds(pkts == wanted or (pkts is None and not exactly), "tx_pkts is right%s: %r, not %d (nstat: %d)" %
          ("" if exactly else " or absent", pkts, wanted, calls))


def put_together_by_more():
    """Two calls, one datagram."""
    right(sent(*["more 1 100", "send 1 50"] * 5, exactly=True), 5)


def put_together_by_cork():
    right(sent(*["option 1 udpcork 1", "send 1 100", "send 1 50", "option 1 udpcork 0"] * 5, exactly=False), 5)


def cut_by_a_control_message():
    """Ten datagrams in each of three calls, each shorter than what an Ethernet carries in one."""
    right(sent(*["cut 1 1000 100"] * 3, exactly=True), 30)


def another_control_message():
    right(sent("cut 1 1000 0", "send 1 3000", "cut 1 500 500", "cut 1 501 500", exactly=True), 5)


def several_by_one_call():
    right(sent("batch 1 100 5", exactly=True), 5)
    right(sent("batch 1 100 20", exactly=False), 20)


def older_than_skbtop():
    """Nothing is known of what it sent before; what it sends from now on is counted."""
    with Peer() as peer:
        port, local = bound_pair(peer)
        peer("send 1 500", "recv 0 500", "option 1 tos 16")
        with Skbtop("-x", "-a", columns=COLUMNS +
                    ",tos,bytes_acked,segs_in,rcv_mss,timer,probes,data_segs_out,rehash,advmss") as top:
            row = top.row(netns=peer.netns, lport=local, proto="udp")
            equal(numbers(row), (None,) * 4, "counters of a socket that has not called since")
            equal(row.get("tos"), 16, "tos")
            equal([k for k in ("bytes_acked", "segs_in", "rcv_mss", "timer", "probes", "data_segs_out", "rehash",
                               "advmss")
                   if k in row], [], "TCP's fields")
            peer("send 1 700", "recv 0 700")
            equal(numbers(top.row(netns=peer.netns, lport=local, proto="udp")), (700, 1, None, None),
                  "counters from now on")
            equal(numbers(top.row(netns=peer.netns, lport=port, proto="udp")), (None, None, 700, 1), "the reader's")


def failed_calls_count_nothing():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        local = peer("udp 1 4", "bind 1 127.0.0.1 0")["lport"]
        try:
            peer("sendto 1 10.1.2.3 9 500")  # no route in this namespace
        except OSError:
            pass
        row = top.row(netns=peer.netns, lport=local, proto="udp")
        holds(not row.get("tx_bytes") and not row.get("tx_pkts"), "counts after a failed send: %r" % (numbers(row),))


main([v4, v6, totals_agree_with_nstat, datagrams_without_bytes, fragmented_datagrams, peek_counts_nothing,
      segments_of_a_batch, batch_read_at_once, put_together_by_more, put_together_by_cork, cut_by_a_control_message,
      another_control_message, several_by_one_call, older_than_skbtop, failed_calls_count_nothing])
