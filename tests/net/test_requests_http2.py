"""Requests over HTTP/2: a server and a client of nghttp2, whose own counts are the witness. Headers are compressed
against all those before: where one was missed, no name would follow."""

import os
import re
import tempfile

from servers import listening, need, program
from witness import PATIENCE, Peer, Skbtop, equal, holds, main

CALLS = 1000


def ask(peer, folder, streams, *paths):
    """On one connection, so many streams at a time: how many were answered with 2xx and 4xx by the client's account."""
    with open(folder + "/uris", "w", encoding="ascii") as f:
        f.writelines("http://127.0.0.1:8080%s\n" % path for path in paths)
    said = peer.inside("timeout", str(PATIENCE), "h2load", "-n", str(len(paths)), "-c", "1", "-m", str(streams), "-i",
                       folder + "/uris")
    codes = re.search(r"status codes: (\d+) 2xx, \d+ 3xx, (\d+) 4xx", said)
    holds(codes, "h2load said " + said[-500:])
    return int(codes[1]), int(codes[2])


def streams_of(streams):
    need("nghttpd", "h2load")
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(folder + "/user")
        for i in range(100):
            with open("%s/user/%d" % (folder, i), "w", encoding="ascii") as page:
                page.write("x" * 30 * i)
        with program(peer, "nghttpd", "--no-tls", "-d", folder, "8080"):
            listening(peer, 8080)
            with Skbtop("--view", "requests") as top:
                def heard(tick):
                    ask(peer, folder, 1, "/warm")
                    return tick.find(netns=peer.netns)

                def all_told(tick):
                    rows = {row.get("name"): row for row in tick.find(netns=peer.netns)}
                    told = [rows.get(name, {}).get("count", 0) for name in ("GET /user/*", "GET /none/*")]
                    return rows if told == [good, bad] else None
                top.wait(heard, "a request")
                paths = ["/none/%d" % i if i % 10 == 0 else "/user/%d" % (i % 100) for i in range(CALLS)]
                good, bad = ask(peer, folder, streams, *paths)
                equal((good, bad), (CALLS * 9 // 10, CALLS // 10), "the client's own count")
                rows = top.wait(all_told, "the counts")
                user, none = rows["GET /user/*"], rows["GET /none/*"]
                equal([user["errors"], none["errors"]], [0, bad], "errors")
                equal([user["proto"], user["comm"]], ["http2", "nghttpd"], "whose it is")


def one_at_a_time():
    streams_of(1)


def several_at_a_time():
    streams_of(10)


main([one_at_a_time, several_at_a_time])
