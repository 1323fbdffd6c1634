"""Retransmits: their number equals nstat's and the sum of their causes, loss costs no byte in the totals; and the
verdict `limited` names what really held the sender back."""

import os
import tempfile

from witness import SKBTOP, Peer, Skbtop, counter, equal, holds, main, nft, run, veth

COLUMNS = ("id,netns,proto,state,lport,rport,rx_bytes,tx_bytes,retrans,retrans_fast,retrans_rto,retrans_tlp,"
           "retrans_syn,retrans_unknown,limited,resets,ca_state")
CAUSES = ("retrans_fast", "retrans_rto", "retrans_tlp", "retrans_syn")
BYTES = 30_000_000


def drop_every(peer, n, how="inc"):
    """Every n-th packet (one of n, if how is random) that carries data and comes into this namespace is lost."""
    nft(peer, "input", "meta length gt 200 numgen %s mod %d == 0 drop" % (how, n))


def across(a, b, gso_max_segs=0):
    """A connection from peer a to peer b: the client's row. gso_max_segs: a packet is that many segments at most."""
    veth(a, b)
    if gso_max_segs:
        a.inside("ip", "link", "set", "va", "gso_max_segs", str(gso_max_segs))
    port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
    client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
    b("accept 0 2")
    return {"netns": a.netns, "lport": client["lport"], "rport": port}


def causes_of_retransmits():
    """How many retransmits a transfer had, by nstat, and how many have a cause."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        drop_every(b, 50)
        here = across(a, b)
        a.begin("send 1 %d" % BYTES)
        b("recv 2 %d" % BYTES)
        a.reply()
        row = top.row(**here)
        equal(row["tx_bytes"], BYTES, "tx_bytes")
        equal(row["retrans"], counter(a, "TcpRetransSegs"), "retrans, TcpRetransSegs")
        holds(row["retrans"] > 0, "nothing was lost")
        return row["retrans"], sum(row[c] for c in CAUSES)


def retransmits_and_their_causes():
    """A kernel may run no program at a tracepoint for a moment (docs/layers.md): a cause may be missing then, but none
    is made up, and it does not happen in each transfer."""
    seen = []
    while len(seen) < 3 and not (seen and seen[-1][0] == seen[-1][1]):
        seen.append(causes_of_retransmits())
        holds(seen[-1][0] >= seen[-1][1], "more causes than retransmits: %s" % seen)
    equal(seen[-1][1], seen[-1][0], "retransmits with a cause, all of them: %s" % seen)


def random_loss():
    """A transfer under random loss: what its sender's row, the view Retransmits and nstat say of the causes."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top, Skbtop("--view", "retransmits") as view:
        top.settled()
        view.settled()
        drop_every(b, 8, "random")
        here = across(a, b, 1)
        told = []
        a.begin("send 1 600000")
        b("recv 2 600000")
        a.reply()
        row = top.row(**here)
        view.wait(lambda t: told.extend(t.find(netns=a.netns)) or sum(r["segments"] for r in told) >= row["retrans"],
                  "all events")
        by_cause = {c: sum(r["segments"] for r in told if r["cause"] == c) for c in ("fast", "rto", "tlp")}
        names = ("TcpRetransSegs", "TcpExtTCPFastRetrans", "TcpExtTCPSlowStartRetrans", "TcpExtTCPTimeouts",
                 "TcpExtTCPLossProbes")
        return row, by_cause, {name: counter(a, name) for name in names}


def causes_are_the_kernels_own():
    """TCPFastRetrans counts the segments that recovery sends, TCPSlowStartRetrans and TCPTimeouts those after a
    time-out, TCPLossProbes the probes, of which some have new data. Twice the same is not needed: a moment without
    programs, as above."""
    rounds = []
    while len(rounds) < 3:
        row, view, nstat = random_loss()
        rounds.append((row, view, nstat))
        holds(row["retrans_tlp"] <= nstat["TcpExtTCPLossProbes"], "more probes than there were: %s" % rounds[-1:])
        holds(view["tlp"] <= nstat["TcpExtTCPLossProbes"], "more probes in the view than there were: %s" % rounds[-1:])
        if sum(row[c] for c in CAUSES) == row["retrans"] == sum(view.values()):
            break
    equal(row["retrans"], nstat["TcpRetransSegs"], "retrans")
    holds(row["retrans"] > 20, "little was lost: %s" % rounds)
    equal(row["retrans_fast"], nstat["TcpExtTCPFastRetrans"], "retrans_fast, TCPFastRetrans: %s" % rounds)
    holds(nstat["TcpExtTCPSlowStartRetrans"] <= row["retrans_rto"] <=
          nstat["TcpExtTCPSlowStartRetrans"] + nstat["TcpExtTCPTimeouts"], "retrans_rto: %s" % rounds)
    equal(view, {c: row["retrans_" + c] for c in view}, "the view's causes: %s" % rounds)


def drop_retransmits(peer, n):
    """Every n-th segment that leaves this namespace and had left it before is dropped there."""
    nft(peer, "output")
    peer.inside("nft", "add set inet t seen { typeof tcp sequence; flags dynamic; size 65535; }")
    peer.inside("nft", "add rule inet t output meta length gt 200 tcp sequence @seen numgen inc mod %d == 0 drop" % n)
    peer.inside("nft", "add rule inet t output meta length gt 200 add @seen { tcp sequence }")


def dropped_on_the_way_out(a, b, told):
    """A transfer whose sender's own output hook drops some of the retransmits: its row."""
    with Skbtop("-a", columns=COLUMNS) as top, Skbtop("--view", "retransmits") as view:
        top.settled()
        view.settled()
        here = across(a, b, 1)
        a.begin("send 1 300000")
        b("recv 2 300000")
        a.reply()
        row = top.row(**here)
        tried = row["retrans"] - row["retrans_unknown"]
        view.wait(lambda t: told.extend(t.find(netns=a.netns)) or sum(r["segments"] for r in told) >= tried,
                  "all events")
        return row


def what_our_own_hook_drops_has_a_cause():
    """The kernel counts it as sent again and as failed (TCPRetransFail). From 6.17 on it tells why it was sent again,
    too; before, nobody does: the causes add up all the same."""
    tells = tuple(int(n) for n in os.uname().release.split(".")[:2]) >= (6, 17)
    for _ in range(3):
        told = []
        with Peer() as a, Peer() as b:
            drop_retransmits(a, 4)
            drop_every(b, 20)
            row = dropped_on_the_way_out(a, b, told)
            equal(row["retrans"], counter(a, "TcpRetransSegs"), "retrans, TcpRetransSegs")
            equal(sum(row[c] for c in CAUSES) + row["retrans_unknown"], row["retrans"], "the causes' sum")
            failed = counter(a, "TcpExtTCPRetransFail")
        if failed and row["retrans_unknown"] == (0 if tells else failed):
            break
    holds(failed > 0, "no retransmit was dropped")
    equal(row["retrans_unknown"], 0 if tells else failed, "retransmits without a cause: %s" % row)
    equal(sum(r["segments"] for r in told if r.get("failed")), failed if tells else 0, "failed, in the view")


def loss_is_the_verdict():
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        drop_every(b, 20)
        here = across(a, b)
        a.begin("send 1 %d" % (1000 * BYTES))  # until it has been seen
        b.begin("recv 2 %d" % (1000 * BYTES))
        top.wait(lambda t: [r for r in t.find(**here) if r.get("limited") == "loss"], "limited by loss")


def syn_retransmits():
    """Nobody answers: the SYN's repetitions are counted as such."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        veth(a, b)
        nft(b, "input", policy="drop")
        a("tcp 1 4", "begin 1 10.99.0.2 9")
        row = top.wait(lambda t: [r for r in t.find(netns=a.netns, state="syn-sent") if r.get("retrans", 0) > 0],
                       "a SYN again")[0]
        equal(row["retrans_syn"], row["retrans"], "retrans_syn")


def views_say_why_they_are_empty():
    """The collector's features are found by their numbers, whatever they are called."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "screen.txt")
        for view in ("retransmits", "drops", "resets"):
            run(SKBTOP, "--snapshot", path, "--size", "120x20", "--view", view, "--without", "tracepoint")
            with open(path, encoding="utf-8") as f:
                holds("ruled out by --without" in f.read(), "the view %s does not say why" % view)


main([retransmits_and_their_causes, causes_are_the_kernels_own,
      what_our_own_hook_drops_has_a_cause, loss_is_the_verdict, syn_retransmits,
      views_say_why_they_are_empty])
