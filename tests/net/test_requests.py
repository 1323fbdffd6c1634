"""Requests: real servers in a namespace of the test's own, whose own accounts are the witness: of what they were asked,
how often, and what they answered. Each request of a thousand counts once."""

import collections
import contextlib
import glob
import http.client
import os
import pwd
import socket
import ssl
import struct
import subprocess
import tempfile
import time

from links import within
from servers import listening, need, nginx, nginx_with_tls, program, redis
from witness import Peer, Skbtop, equal, holds, main, near, run, too_late

LOG = "log_format all '$status $request_method $uri $request_time'; access_log FOLDER/log all;"
PAGES = ("listen 127.0.0.1:8080; keepalive_requests 100000; root FOLDER; location /user/ { return 200 'hello'; }"
         " location /gone { return 410; } location /slow { return 200 'later'; }")


@contextlib.contextmanager
def looking(peer, warm, *args):
    """skbtop, once it reads what is asked: warm() asks for something whose name is not looked at again."""
    with Skbtop("--view", "requests", *args) as top:
        def seen(tick):
            warm()
            return tick.find(netns=peer.netns)
        top.wait(seen, "a request")
        yield top


def counted(top, peer, wanted, of=lambda row: row.get("name", "")):
    """The rows of the names that are wanted, once they have been asked as often as that; and no oftener two ticks
    later."""
    def rows(tick):
        found = collections.defaultdict(list)
        for row in tick.find(netns=peer.netns):
            found[of(row)].append(row)
        return found

    def all_there(tick):
        found = rows(tick)
        return all(sum(r["count"] for r in found[name]) >= n for name, n in wanted.items())
    try:
        top.wait(all_there, "the counts")
        top.tick()
    except Exception as e:
        found = rows(top.tick())
        counts = {name: sum(r["count"] for r in found[name]) for name in wanted}
        raise too_late("calls: %s, not %s" % (counts, wanted)) from e
    found = rows(top.tick())
    for name, n in wanted.items():
        equal(sum(r["count"] for r in found[name]), n, "calls of " + name)
    return {name: found[name] for name in wanted}


def one(rows):
    equal(len(rows), 1, "rows of a name")
    return rows[0]


class Web:
    """A connection to the server."""

    def __init__(self, peer, port=8080):
        self.peer = peer
        with within(peer):
            self.c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            self.c.connect()
        self.c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path, method="GET"):
        self.c.request(method, path)
        answer = self.c.getresponse()
        answer.read()
        return answer.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.c.close()


def log_of(folder):
    """What the server says of itself: how often which request had which answer."""
    counts = collections.Counter()
    with open(folder + "/log", encoding="ascii") as f:
        for line in f:
            status, method, path = line.split()[:3]
            kind = path if not path.startswith("/user/") else "/user/*"
            counts[method + " " + kind, status] += 1
    return counts


def web_server():
    """A thousand on one connection, and more on connections of their own; by the server's log."""
    with Peer() as peer, nginx(peer, 8080, PAGES, LOG) as folder, Web(peer) as web:
        with looking(peer, lambda: web.get("/warm")) as top:
            for i in range(1000):
                web.get("/user/%d" % i if i % 10 else "/gone")
            for i in range(30):
                with Web(peer) as short:
                    short.get("/user/%d" % i)
            log = log_of(folder)
            equal(log["GET /user/*", "200"], 930, "the server's own count")
            rows = counted(top, peer, {"GET /user/*": 930, "GET /gone": 100})
            user, gone = one(rows["GET /user/*"]), one(rows["GET /gone"])
            equal(user["errors"], 0, "errors")
            equal(gone["errors"], log["GET /gone", "410"], "errors by the server's log")
            equal(gone["statuses"], "410 100%", "answers")
            equal([user["proto"], user["role"], user["comm"], user["server_addr"], user["server_port"]],
                  ["http", "server", "nginx", "127.0.0.1", 8080], "whose it is")
            equal(user["client_comm"][:6], "python", "who asked")
            holds(user["timed"] >= 900, "%d of 930 have a time" % user["timed"])


def cache_server():
    """Commands of several kinds, one of them an error; by the server's own statistics."""
    with Peer() as peer, redis(peer, 6379):
        with within(peer):
            s = socket.create_connection(("127.0.0.1", 6379), 20)
        with s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def say(*words):
                s.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
                return s.recv(65536)
            with looking(peer, lambda: say(b"PING")) as top:
                for i in range(1000):
                    key = b"user:%d" % (i % 50)
                    say(b"SET", key, b"x" * (i % 700)) if i % 2 else say(b"GET", key)
                for _ in range(7):
                    say(b"LPUSH", b"user:1", b"x")
                stats = say(b"INFO", b"commandstats").decode()
                rows = counted(top, peer, {"SET user:*": 500, "GET user:*": 500, "LPUSH user:*": 7})
                for command, n in (("set", 500), ("get", 500), ("lpush", 7)):
                    holds("cmdstat_%s:calls=%d," % (command, n) in stats, "the server's own count of " + command)
                equal(one(rows["LPUSH user:*"])["errors"], 7, "errors")
                equal(one(rows["GET user:*"])["errors"], 0, "errors")
                equal(one(rows["GET user:*"])["comm"], "redis-server", "whose it is")


def older_connections():
    """One that was there before: each request counts that is sent from now on."""
    with Peer() as peer, nginx(peer, 8080, PAGES, LOG), Web(peer) as old, Web(peer) as web:
        old.get("/user/1")
        with looking(peer, lambda: web.get("/warm")) as top:
            for i in range(20):
                old.get("/user/%d" % i)
            counted(top, peer, {"GET /user/*": 20})


def values():
    """They are shown to who asks for them."""
    with Peer() as peer, nginx(peer, 8080, PAGES, LOG), Web(peer) as web:
        with looking(peer, lambda: web.get("/warm"), "--show-values") as top:
            web.get("/user/77")
            counted(top, peer, {"GET /user/77": 1})


def times():
    """A server that thinks for so long: that is its time."""
    with Peer() as peer:
        with within(peer):
            listener = socket.create_server(("127.0.0.1", 8081))
        with listener, Web(peer, 8081) as web:
            server = listener.accept()[0]

            def call(path, seconds):
                web.c.request("GET", path)
                server.recv(65536)
                time.sleep(seconds)
                server.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
                web.c.getresponse().read()
            with server, looking(peer, lambda: call("/warm", 0)) as top:
                for _ in range(5):
                    call("/think", 0.2)
                call("/last", 0)
                row = one(counted(top, peer, {"GET /think": 5})["GET /think"])
                top.wait(lambda tick: tick.find(netns=peer.netns, name="GET /think")[0]["timed"] == 5, "their times")
                row = top.tick().find(netns=peer.netns, name="GET /think")[0]
                near(row["program_us"], 1e6, 1e5, "the program's time")
                near(row["max_us"], 2e5, 5e4, "the longest")
                equal(row["errors"], 5, "errors")


def name_server():
    """Names that there are, and one that there is not; asked by a resolver that is not connected, and one that is. By
    the server's own count of what it was asked."""
    need("dnsmasq")
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        log = folder + "/log"
        with program(peer, "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--listen-address=127.0.0.1",
                     "--bind-interfaces", "--no-resolv", "--no-hosts", "--address=/there.example/10.1.2.3",
                     "--local=/gone.example/", "--log-queries", "--log-facility=" + log, "--pid-file=",):
            while not peer.inside("ss", "-Hlun", "sport = :53").strip():
                pass
            with within(peer):
                one_of, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            with one_of, other:
                other.connect(("127.0.0.1", 53))
                for s in (one_of, other):
                    s.settimeout(20)

                def resolve(s, number, name):
                    labels = b"".join(b"%c%s" % (len(w), w) for w in name.encode().split(b"."))
                    s.sendto(struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + struct.pack("!B2H", 0, 1, 1),
                             ("127.0.0.1", 53))
                    return s.recv(4096)
                with looking(peer, lambda: resolve(other, 1, "warm.there.example")) as top:
                    for i in range(300):
                        resolve(one_of, 2 + i, "www.there.example")
                        resolve(other, 2 + i, "no.gone.example")
                    rows = counted(top, peer, {"A www.there.example": 300, "A no.gone.example": 300})
            with open(log, encoding="ascii") as f:
                asked = f.read()
            equal(asked.count("query[A] www.there.example "), 300, "the server's own count")
            there, gone = one(rows["A www.there.example"]), one(rows["A no.gone.example"])
            equal([there["proto"], there["role"], there["comm"], there["errors"]], ["dns", "server", "dnsmasq", 0],
                  "whose it is")
            equal([gone["errors"], gone["statuses"]], [300, "NXDOMAIN 100%"], "answers")
            equal(there["timed"], 300, "their times")


def memory_server():
    """By the server's own statistics."""
    need("memcached")
    with Peer() as peer, program(peer, "memcached", "-u", "root", "-l", "127.0.0.1", "-p", "11211"):
        listening(peer, 11211)
        with within(peer):
            s = socket.create_connection(("127.0.0.1", 11211), 20)
        with s:
            def say(line):
                s.sendall(line + b"\r\n")
                return s.recv(65536)
            with looking(peer, lambda: say(b"version")) as top:
                for i in range(200):
                    say(b"set user:%d 0 0 3\r\nabc" % i)
                    say(b"get user:%d" % i)
                stats = say(b"stats").decode()
                rows = counted(top, peer, {"set user:*": 200, "get user:*": 200})
                holds("cmd_get 200\r" in stats and "cmd_set 200\r" in stats, "the server's own count")
                equal(one(rows["get user:*"])["comm"], "memcached", "whose it is")


def statements(peer, client, sql, error):
    """A database is given statements by its own client: each of them counts once."""
    script = "".join("select %d from names where id = %d;\n" % (i, i * 7) for i in range(200))
    with looking(peer, lambda: run_in(peer, client, "select 'warm';\n")) as top:
        run_in(peer, client, script + "select nothing from names;\n")
        rows = counted(top, peer, {sql: 200, "select nothing from names": 1})
        equal(one(rows[sql])["errors"], 0, "errors")
        equal(one(rows["select nothing from names"])["statuses"], error + " 100%", "what was wrong")


def run_in(peer, command, text):
    subprocess.run(["nsenter", "-t", str(peer.pid), "-n", *command], input=text.encode(), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60, check=False)


def postgresql():
    for folder in glob.glob("/usr/lib/postgresql/*/bin"):  # where Debian has what its scripts call
        os.environ["PATH"] += ":" + folder
    need("psql", "initdb", "postgres", "setpriv")
    user = pwd.getpwnam("nobody")
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "env",
                   "HOME=" + folder]
        run(*as_user, "initdb", "-U", "test", "-A", "trust", "-D", folder + "/data", "--no-sync")
        with program(peer, *as_user, "postgres", "-D", folder + "/data", "-h", "127.0.0.1", "-p", "5433", "-k", folder,
                     "-c", "fsync=off"):
            listening(peer, 5433)
            client = ["psql", "-q", "host=127.0.0.1 port=5433 user=test dbname=postgres sslmode=disable"]
            run_in(peer, client, "create table names (id int);\n")
            statements(peer, client, "select ? from names where id = ?", "42703")


def mariadb():
    need("mariadbd", "mariadb", "mariadb-install-db")
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        run("mariadb-install-db", "--no-defaults", "--datadir=" + folder, "--user=root",
            "--auth-root-authentication-method=normal")
        with program(peer, "mariadbd", "--no-defaults", "--user=root", "--datadir=" + folder, "--port=3307",
                     "--bind-address=127.0.0.1", "--socket=" + folder + "/socket"):
            listening(peer, 3307)
            client = ["mariadb", "--no-defaults", "--skip-ssl", "-f", "-h", "127.0.0.1", "-P", "3307", "-u", "root"]
            run_in(peer, client, "create database d; create table d.names (id int);\n")
            statements(peer, client + ["d"], "select ? from names where id = ?", "1054")


def encrypted():
    """Of TLS the name that the client gives the server, and how often it was asked."""
    with Peer() as peer, nginx_with_tls(peer, 8443), Skbtop("--view", "requests") as top:
        context = ssl._create_unverified_context()  # pylint: disable=protected-access

        def ask(tick):
            with within(peer):
                s = socket.create_connection(("127.0.0.1", 8443), 20)
            with context.wrap_socket(s, server_hostname="shop.example") as tls:
                for _ in range(3):
                    tls.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    tls.recv(4096)
            return [r for r in tick.find(netns=peer.netns, proto="tls") if "shop.example" in r.get("name", "")]
        row = top.wait(ask, "the server's name")[0]
        equal([row["comm"], row["server_port"]], ["nginx", 8443], "whose it is")


main([web_server, cache_server, older_connections, values, times, name_server, memory_server, postgresql, mariadb,
      encrypted])
