"""No check may speak of healthy traffic: nginx under wrk, connections with TLS, redis-benchmark, iperf3, short
connections as many as the machine makes, up to 5,000 a second, 2,000 idle connections, dnsmasq, and a machine that
idles. Each in a namespace of its own for SECONDS (50 with QUIET=full: seven minutes in all). A program that is not
installed is skipped."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

import drill
from links import within
from resolver import Asker
from servers import listening, need, nginx, nginx_with_tls, program, redis
from witness import Peer, Skbtop, counter, holds, main

SECONDS = 50 if os.environ.get("QUIET") == "full" else 12


def silent(peer, work=lambda: None, args=()):
    """Every tick of the time, in which work() is done once: nothing is said of the peer's namespace."""
    with Skbtop("--view", "findings", *args, interval=0.5) as top:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            work()
            for row in top.tick().find(netns=peer.netns):
                raise AssertionError("%s: %s" % (row["check"], row["text"]))


def nginx_under_wrk():
    need("wrk")
    with Peer() as peer, nginx(peer, 8080, "listen 127.0.0.1:8080; location / { return 200 'hello'; }"):
        with program(peer, "wrk", "-t1", "-c20", "-d%ds" % (SECONDS + 30), "http://127.0.0.1:8080/"):
            with drill.reading_names() as names:
                silent(peer, args=names)


# A client that closes once it has its answer, and does not read the server's close_notify.
HTTPS = """
import http.client, ssl
context = ssl._create_unverified_context()
while True:
    c = http.client.HTTPSConnection("127.0.0.1", 8443, context=context)
    c.request("GET", "/", headers={"Connection": "close", "Cookie": "c" * 200})
    c.getresponse().read()
"""


def tls_connections():
    """Each is over when the client has its answer. It does not read the server's close_notify, and so ends with a
    reset."""
    with Peer() as peer, nginx_with_tls(peer, 8443), program(peer, sys.executable, "-c", HTTPS):
        silent(peer)


def redis_benchmark():
    need("redis-benchmark")
    with Peer() as peer, redis(peer, 6379):
        with program(peer, "redis-benchmark", "-l", "-q", "-c", "20", "-t", "get,set"):
            with drill.reading_names() as names:
                silent(peer, args=names)


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


def syn_segment(sport, dport, seq):
    """A SYN over loopback, as IP sends it: its checksum is right."""
    host = socket.inet_aton("127.0.0.1")
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 0x50, 2, 1000, 0, 0)
    pseudo = host + host + struct.pack(">BBH", 0, socket.IPPROTO_TCP, len(tcp))
    total = sum(struct.unpack(">16H", pseudo + tcp))
    total = (total & 0xffff) + (total >> 16)
    tcp = tcp[:16] + struct.pack(">H", ~(total + (total >> 16)) & 0xffff) + tcp[18:]
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0, host, host) + tcp


def syn_for_open_connection():
    """A SYN-ACK that is sent again, or another's SYN, is an error to TcpInErrs, but no packet was damaged."""
    with Peer() as peer:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 2")["lport"]
        local = peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port)["lport"]
        peer("accept 0 2")
        before = counter(peer, "TcpInErrs")
        with within(peer), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
            def sent_again():
                s.sendto(syn_segment(port, local, 1), ("127.0.0.1", 0))
            silent(peer, sent_again)
        holds(counter(peer, "TcpInErrs") > before, "TcpInErrs stands still")
        holds(counter(peer, "TcpInCsumErrors") == 0, "the SYN's checksum is wrong")


def name_server():
    """A healthy one, that is asked for what there is and for what there is not, as search domains do."""
    need("dnsmasq")
    with Peer() as peer, program(peer, "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--listen-address=127.0.0.1",
                                 "--bind-interfaces", "--no-resolv", "--no-hosts", "--address=/there.example/10.1.2.3",
                                 "--local=/gone.example/", "--pid-file="), Asker(peer) as asker:
        while not peer.inside("ss", "-Hlun", "sport = :53").strip():
            time.sleep(0.05)

        def resolve():
            for i in range(100):
                asker.ask("www.there.example" if i % 3 else "no.gone.example")
        silent(peer, resolve)


def idle_machine():
    with Peer() as peer:
        silent(peer)


main([nginx_under_wrk, tls_connections, redis_benchmark, iperf3, short_connections, idle_connections,
      syn_for_open_connection, name_server, idle_machine])
