"""Questions to name servers over UDP: each is one exchange at each end, with the time of each part, by the server's own
count and its sleeps; also such as are asked again, or never answered."""

import time

from resolver import Asker, NameServer
from witness import Peer, Skbtop, equal, holds, main, near

THINK, LATE, READ = 0.04, 0.03, 0.05  # seconds that the server thinks, that it reads late, and that the client does
QUESTIONS = 40


def looking(peer, asker):
    """skbtop, and when its programs see what is asked."""
    top = Skbtop("--view", "exchanges", "--columns",
                 "exchange,role,outcome,netns,call_us,wait_us,think_us,away_us,name,other", interval=0.5)

    def seen(tick):
        asker.ask("warm.example")
        return tick.find(netns=peer.netns)
    return top, seen


def median(values):
    return sorted(values)[len(values) // 2]


def each_part_has_its_time():
    with Peer() as peer, NameServer(peer, delay=THINK, late=LATE) as server, Asker(peer) as asker:
        top, seen = looking(peer, asker)
        with top:
            top.wait(seen, "a first question")
            for i in range(QUESTIONS):
                asker.ask("host%d.test" % i, late=READ)
            told = {}
            top.wait(lambda tick: all_told(tick, peer, told), "all of them")
            clients = [r for r in told.values() if r["role"] == "client"]
            servers = [r for r in told.values() if r["role"] == "server"]
            equal([len(clients), len(servers)], [QUESTIONS, QUESTIONS], "each counts once at each end")
            holds(server.asked >= QUESTIONS, "the server's own count")
            equal({r["outcome"] for r in told.values()}, {"answered"}, "outcomes")
            # Where functions cannot be hooked nobody says when a datagram is read.
            reads = all("wait_us" in r for r in told.values())
            check(servers, "think_us", server, asker,
                  lambda asks, read, answers, end: answers - (read if reads else asks))
            check(clients, "away_us", server, asker, lambda asks, read, answers, end: answers - asks)
            if reads:
                check(servers, "wait_us", server, asker, lambda asks, read, answers, end: read - asks)
                check(clients, "wait_us", server, asker, lambda asks, read, answers, end: end - answers)
            numbers = {r["exchange"]: r for r in servers}
            for r in clients:
                equal(numbers[r["other"]]["name"], r["name"], "both ends of a question")
                near(r["call_us"], r["away_us"] + r.get("wait_us", 0), 1, "the whole")


def check(rows, part, server, asker, truth):
    """By the clocks of both programs, each of which may be kept from its processor between its call and its clock."""
    off = []
    for r in rows:
        (asks, end), (read, answers) = asker.times[r["name"][2:]], server.times[r["name"][2:]]
        off.append(r[part] / 1e3 - truth(asks, read, answers, end) * 1e3)
    print("# %s %s: off by %.2f ms" % (rows[0]["role"], part, median(off)))
    near(median(off), 0, 1.5, part)


def all_told(tick, peer, told):
    for row in tick.find(netns=peer.netns):
        if row.get("name", "").endswith(".test"):
            told[row["exchange"]] = row
    return len(told) >= 2 * QUESTIONS


def what_is_asked_again_is_one():
    """Asked again by the same socket, and answered only then; and one that is never answered."""
    def does(name):
        asked[name] = asked.get(name, 0) + 1
        return None if name.startswith("never") or asked[name] == 1 and name.startswith("again") else "NOERROR"
    asked = {}
    with Peer() as peer, NameServer(peer, does=does) as server, Asker(peer) as asker:
        top, seen = looking(peer, asker)
        with top:
            top.wait(seen, "a first question")
            asks = time.monotonic()
            asker.send("again.test")
            while "again.test" not in asked:
                time.sleep(0.01)
            asker.send("again.test", again=True)
            asker.socket.recv(4096)
            took = time.monotonic() - asks
            asker.send("never.test")
            told = {}

            def both(tick):
                for row in tick.find(netns=peer.netns, role="client"):
                    if row.get("name", "").endswith(".test"):
                        told[row["exchange"]] = row
                return len(told) == 2
            top.wait(both, "both")
            rows = {r["name"]: r for r in told.values()}
            equal([rows["A again.test"]["outcome"], rows["A never.test"]["outcome"]], ["answered", "timed_out"],
                  "outcomes")
            asked_last = server.times["again.test"][0] - asks
            holds(asked_last * 9e5 < rows["A again.test"]["call_us"] < took * 1.1e6, "since it was asked first")
            near(rows["A never.test"]["call_us"], 6e6, 1, "so long it was waited for")


main([each_part_has_its_time, what_is_asked_again_is_one])
