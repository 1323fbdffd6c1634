"""No check may speak of healthy traffic: nginx under wrk, redis-benchmark, iperf3, short connections as many as the
machine makes, up to 5,000 a second, 2,000 idle connections, and a machine that idles. Each in a namespace of its own
for SECONDS (50 with QUIET=full: five minutes in all). A program that is not installed is skipped."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

import drill  # pylint: disable=unused-import
from witness import Peer, Skbtop, Skip, holds, main

SECONDS = 50 if os.environ.get("QUIET") == "full" else 12


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip("%s is not installed" % program)


@contextlib.contextmanager
def program(peer, *command):
    """One that runs in the peer's namespace for the length of the block. Its session is its own, so that it goes with
    its children."""
    with subprocess.Popen(["nsenter", "-t", str(peer.pid), "-n", *command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)


def listening(peer, port):
    deadline = time.monotonic() + 20
    while not peer.inside("ss", "-Hltn", "sport = :%d" % port).strip():
        holds(time.monotonic() < deadline, "nobody listens on port %d" % port)


def silent(peer):
    """Every tick of the time: nothing is said of the peer's namespace."""
    with Skbtop("--view", "findings", interval=0.5) as top:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for row in top.tick().find(netns=peer.netns):
                raise AssertionError("%s: %s" % (row["check"], row["text"]))


def nginx_under_wrk():
    need("nginx", "wrk")
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with open(folder + "/nginx.conf", "w", encoding="ascii") as f:
            f.write("daemon off; pid %s/pid; error_log /dev/null; events {}\n"
                    "http { access_log off; server { listen 127.0.0.1:8080; location / { return 200 'hello'; } } }\n"
                    % folder)
        with program(peer, "nginx", "-c", folder + "/nginx.conf"):
            listening(peer, 8080)
            with program(peer, "wrk", "-t1", "-c20", "-d%ds" % (SECONDS + 30), "http://127.0.0.1:8080/"):
                silent(peer)


def redis_benchmark():
    need("redis-server", "redis-benchmark")
    with Peer() as peer, program(peer, "redis-server", "--save", "", "--port", "6379", "--bind", "127.0.0.1"):
        listening(peer, 6379)
        with program(peer, "redis-benchmark", "-l", "-q", "-c", "20", "-t", "get,set"):
            silent(peer)


def iperf3():
    need("iperf3")
    with Peer() as peer, program(peer, "iperf3", "-s", "-p", "5201"):
        listening(peer, 5201)
        with program(peer, "iperf3", "-c", "127.0.0.1", "-t", str(SECONDS + 30), "-P", "2"):
            silent(peer)


def joined_namespace(command, *seconds):
    """One of bench's programs, which makes its own namespace: anything that carries its number."""
    process = subprocess.Popen([*command, *seconds], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holds(process.stdout.readline().startswith(b"ready"), "%s is ready" % command[0])
    return process


class Inside:
    """As a peer, of a program that made its own namespace."""

    def __init__(self, process):
        self.netns = os.stat("/proc/%d/ns/net" % process.pid).st_ino


def short_connections():
    with tempfile.NamedTemporaryFile() as entries:
        with joined_namespace([os.environ["STORM"]], str(SECONDS + 30), entries.name, "5000") as storm:
            try:
                storm.stdin.write(b"\n")
                storm.stdin.flush()
                silent(Inside(storm))
            finally:
                storm.kill()


def idle_connections():
    with joined_namespace([os.environ["HOLDER"]], "1000") as holder:
        try:
            silent(Inside(holder))
        finally:
            holder.stdin.close()


def idle_machine():
    with Peer() as peer:
        silent(peer)


main([nginx_under_wrk, redis_benchmark, iperf3, short_connections, idle_connections, idle_machine])
