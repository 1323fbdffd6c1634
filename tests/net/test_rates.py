"""Rates of sockets that no file holds: a connection that nobody has accepted has, tick by tick, the rate of who
sends."""

import subprocess
import sys
import time
import socket

from witness import Lines, Peer, Skbtop, holds, main

RATE = 1000000  # bytes per second
CHUNK = 10000
ROOM = 64 << 20  # nobody reads
SO_RCVBUFFORCE = 33
TICKS = 14
INTERVAL = 0.5  # seconds


def send():
    """Sends to itself at an even rate, and never accepts."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4)
    sender = socket.create_connection(listener.getsockname())
    print(listener.getsockname()[1], flush=True)
    start, sent = time.monotonic(), 0
    while True:
        sent += sender.send(bytes(CHUNK))
        time.sleep(max(0, start + sent / RATE - time.monotonic()))


def of_others(tick, netns):
    """The machine has other sockets, and some of them end between two ticks: these have no rate."""
    return sum(r["rx_bytes"] / INTERVAL if "ended_at" in r and "rx_rate" not in r else r.get("rx_rate", 0)
               for r in tick.rows if r["type"] == "socket" and r["netns"] != netns
               and ("rx_bytes" in r or "rx_rate" in r))


def a_connection_that_nobody_accepts():
    with Peer() as peer, Skbtop("-a", interval=INTERVAL,
                                columns="id,netns,state,lport,rport,rx_rate,tx_rate,rx_bytes") as top:
        sender = subprocess.Popen(["nsenter", "-t", str(peer.pid), "-n", sys.executable, __file__, "send"],
                                  stdout=subprocess.PIPE)
        try:
            port = int(Lines(sender.stdout).get())

            def both(tick):
                rows = tick.find(netns=peer.netns, state="estab")
                there = [r for r in rows if r["lport"] == port], [r for r in rows if r["rport"] == port]
                return all(r and "rx_rate" in r[0] for r in there) and (tick, there[0][0], there[1][0])
            top.wait(lambda t: both(t) and both(t)[1]["rx_rate"] > 0, "a rate of the connection")
            sent, got, still, total = [], [], 0, []
            for _ in range(TICKS):
                tick, there, here = top.wait(both, "both ends of the connection")
                sent.append(here["tx_rate"])
                got.append(there["rx_rate"])
                total.append(tick.head["totals"]["rx_rate"] - of_others(tick, peer.netns))
                still += there["rx_rate"] == 0
            most = max(sent + [RATE])
            holds(max(got) < 2 * most, "received at %r while %r was sent" % (got, sent))
            holds(still <= 2, "ticks without a rate: %r" % got)
            holds(RATE / 2 < sum(got) / TICKS < 1.5 * most, "a mean of %r while %r was sent" % (got, sent))
            holds(max(total) < 2 * most + RATE, "in all %r" % total)
        finally:
            sender.kill()
            sender.stdout.close()
            sender.wait()


if sys.argv[1:] == ["send"]:
    send()
main([a_connection_that_nobody_accepts])
