"""Calls of several sockets together, and the trace that a slow one begins: against the pauses of who made them."""

import contextlib

from calls import SLACK, Ends, call, close
from tracing import Trace
from witness import Again, Peer, Skbtop, equal, holds, main

FIGURES = ("netns,lport,exch_rate,exch_mean,exch_p50,exch_p99,exch_max,think_p99,wait_p99,network_share,kernel_share,"
           "program_share,overlap_share")


@contextlib.contextmanager
def measured(peer, ends, *args, **options):
    """skbtop, once its programs see the calls of these sockets."""
    with Skbtop(*args, columns=FIGURES, **options) as top:
        def seen(tick):
            call(ends)
            return any("exch_max_us" in row for row in tick.find(netns=peer.netns))
        top.wait(seen, "a call is measured")
        # The last of these is told a second after it is over. Then they are forgotten.
        top.wait(lambda t: not any("exch_max_us" in row for row in t.find(netns=peer.netns)), "ten ticks are over")
        yield top


def of_a_port():
    """A listener's figures are those of all its connections, also of one that has ended meanwhile."""
    with Peer() as peer, Ends(peer) as ends, measured(peer, ends, "--view", "listeners", "--filter",
                                                      "netns = %d" % peer.netns, interval=0.5) as top:
        count, slow, late = 0, None, None
        calls = [call(ends) for _ in range(20)]
        calls.append(call(ends, think=0.25))
        slow = calls[-1]["answers"] - calls[-1]["read"]
        with ends.another(peer) as other:
            calls.append(call(other, late=0.4))
            late = calls[-1]["read"] - calls[-1]["asked"]
        rest = sum(at["got"] - at["asks"] for at in calls) - slow - late  # whatever else ran meanwhile
        row = {}

        def told(tick):
            nonlocal count
            for found in tick.find(netns=peer.netns, lport=ends.lport):
                count += round(found.get("exch_rate", 0) * tick.head["elapsed"])
                row.update(found)
            return count >= 22
        top.wait(told, "22 calls")
        equal(count, 22, "calls")
        close(row["exch_max_us"], late, "the longest")
        close(row["exch_p99_us"], late, "99 % of 22")
        close(row["think_p99_us"], slow, "the server thinks")
        close(row["wait_p99_us"], late, "it waits to be read")
        holds(row["exch_p50_us"] < row["exch_mean_us"], "half were quick: %s" % row)
        holds(slow + late <= row["exch_mean_us"] * 22 / 1e6 + 0.02 < slow + late + 20 * row["exch_p99_us"] / 1e6,
              "the mean: %s" % row)
        # The kernel's is to wake a reader that sleeps in recv(), where the scheduler tells.
        kernel, total = row.get("kernel_share", 0), row["exch_mean_us"] * 22 / 1e6
        holds(abs(row["program_share"] + row["network_share"] + kernel - 1) < 1e-5, "the shares: %s" % row)
        holds(slow + late - SLACK <= row["program_share"] * total <= slow + late + rest + SLACK,
              "the program: %.3f + %.3f and at most %.3f s: %s" % (slow, late, rest, row))
        holds(kernel * total <= rest + SLACK, "the kernel, at most %.3f s: %s" % (rest, row))
        equal(row["overlap_share"], 0, "nothing else")


def woken():
    """The kernel's part is known where the server sleeps in recv(); it has none where the server was elsewhere when the
    request came. (With a timeout these sockets would be waited for in poll().)"""
    with Peer() as peer, Ends(peer) as ends:
        ends.client.settimeout(None)
        ends.server.settimeout(None)
        with measured(peer, ends, "--filter", "netns = %d and lport = %d" % (peer.netns, ends.lport)) as top:
            for late in (0, 0.06):
                call(ends, ask=0.02, late=late, think=0.02, write=0.02)
                row = top.wait(lambda t: [r for r in t.rows if "exch_max_us" in r], "a call")[0]
                holds((row["kernel_share"] == 0) == bool(late), "who was woken: %s" % row)
                holds(abs(row["network_share"] + row["kernel_share"] + row["program_share"] - 1) < 1e-5,
                      "the shares: %s" % row)
                top.wait(lambda t: not any("exch_max_us" in r for r in t.rows), "it is forgotten")


def both_ends():
    """Each end of a call tells it, and whoever does so later knows the other's number."""
    with Peer() as peer, Ends(peer) as ends, Skbtop(
            "--view", "exchanges", "--filter", "netns = %d" % peer.netns,
            columns="began,exchange,role,call_us,lport,rport,other,outcome,netns") as top:
        def seen(tick):
            with Ends(peer) as some:
                call(some)
            return tick.find(outcome="answered")
        top.wait(seen, "an exchange")
        for _ in range(4):
            call(ends, think=0.05)
        rows = {}

        def told(tick):
            for row in tick.find(lport=ends.lport) + tick.find(rport=ends.lport):
                rows[row["exchange"]] = row
            return len(rows) == 8
        top.wait(told, "four calls at both ends")
        pairs = {frozenset((number, row["other"])) for number, row in rows.items() if "other" in row}
        equal(sorted(n for pair in pairs for n in pair), sorted(rows), "each in one pair")
        for pair in pairs:
            server, client = sorted((rows[n] for n in pair), key=lambda row: row["role"], reverse=True)
            equal([server["role"], client["role"]], ["server", "client"], "the ends")
            holds(client["began"] <= server["began"] < client["began"] + 0.05, "when: %s %s" % (client, server))
            close(server["call_us"], client["call_us"] / 1e6, "the server's part of the call")


def armed():
    """A slow call begins a trace of its socket: the demand loads both sets of programs."""
    with Peer() as peer, Ends(peer) as ends, Ends(peer) as other, Trace(
            "netns = %d and lport = %d and exch_max > 200ms" % (peer.netns, ends.lport), by="--arm") as trace:
        for _ in range(10):
            call(ends)
            call(other, think=0.25)
            trace.tick()
        if trace.packets:
            raise Again("a call was slow that was to be quick: %s" % trace.packets)

        def found():
            call(ends, think=0.25)
            return trace.head.get("trace")
        trace.until(found, "it arms itself")
        call(ends)
        trace.until(lambda: any(p["payload"] == 200 for p in trace.packets.values()), "packets of the next call")
        holds(all(ends.lport in (p["lport"], p["rport"]) for p in trace.packets.values()), "its packets alone")


main([of_a_port, woken, both_ends, armed])
