"""Requests over gRPC: a server and a client of Google's library, whose own count is the witness. How a call went stands
in the trailers, behind the data."""

import json
import os
import subprocess

from servers import listening, program
from witness import Peer, Skbtop, Skip, equal, main

PYTHON = "/usr/bin/python3"  # whose modules are the distribution's
CALLS = [PYTHON, os.path.join(os.path.dirname(os.path.abspath(__file__)), "grpc_calls.py")]
TIMES = {"Add": 150, "Lost": 90, "Broken": 60}
ANSWERS = {"Add": "OK", "Lost": "NOT_FOUND", "Broken": "INTERNAL"}


def call(peer, times):
    wanted = [str(word) for pair in times.items() for word in pair]
    return json.loads(peer.inside(*CALLS, "call", "8080", *wanted))


def each_call_counts_once():
    if subprocess.run([PYTHON, "-c", "import grpc"], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("python3-grpcio is not installed")
    with Peer() as peer, program(peer, *CALLS, "serve", "8080"):
        listening(peer, 8080)
        with Skbtop("--view", "requests") as top:
            def rows(tick):
                return {row["name"]: row for row in tick.find(netns=peer.netns) if "name" in row}

            def all_told(tick):
                found = rows(tick)
                told = [found.get(name, {}).get("count", 0) for name in wanted]
                return found if told == list(TIMES.values()) else None

            def heard(tick):
                call(peer, {"Warm": 1})
                return rows(tick)
            top.wait(heard, "a request")
            equal(call(peer, TIMES), {"%s %s" % (k, ANSWERS[k]): n for k, n in TIMES.items()}, "the client's count")
            wanted = ["POST /shop.Cart/" + method for method in TIMES]
            found = top.wait(all_told, "the counts")
            for name, method in zip(wanted, TIMES):
                row, failed = found[name], ANSWERS[method] != "OK"
                equal([row["errors"], row["statuses"]], [failed * TIMES[method], ANSWERS[method] + " 100%"], name)
                equal([row["proto"], row["role"]], ["http2", "server"], name)


main([each_call_counts_once])
