#!/usr/bin/env python3
"""Makes conversations for tests/conversations out of what real servers and clients say: a proxy between them keeps the
beginning of each turn, as skbtop does. By hand, not in the tests:
  tests/tools/converse.py [NAME...]       afterwards UPDATE_GOLDENS=1 build/tests/unit/test_protocols
The packages: nginx-light curl redis-server redis-tools dnsmasq-base bind9-dnsutils openssl postgresql
postgresql-contrib mariadb-server mariadb-client libdbd-mariadb-perl memcached libmemcached-tools nghttp2-server
nghttp2-client nghttp2-proxy python3-grpcio python3-pika rabbitmq-server python3-aiosmtpd python3-kafka
python3-pymongo; for the last two there is no server in Debian: what answers them is written here."""

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time

CONVERSATIONS = os.path.abspath(__file__ + "/../../conversations")
SEEN, SEEN_LONG = 256, 2048  # protocol.h
WIDTH, TURNS = 118, 48  # of a file
DIRECTIONS = (">", "<")


def escaped(data):
    """Printable, as conversation_file.h says."""
    special = {13: "\\r", 10: "\\n", 9: "\\t", 92: "\\\\"}
    return [special.get(b) or (chr(b) if 32 <= b < 127 else "\\x%02x" % b) for b in data]


class Record:
    """The turns of a conversation, of each its beginning."""

    def __init__(self, datagrams=False):
        self.turns, self.datagrams = [], datagrams  # [direction, bytes kept, bytes in all]
        self.lock = threading.Lock()

    def take(self, direction, data):
        with self.lock:
            if self.datagrams or not self.turns or self.turns[-1][0] != direction:
                self.turns.append([direction, b"", 0])
            turn = self.turns[-1]
            begin = turn[1] or data
            long = begin.startswith(b"PRI *") or (begin[:2] == b"\x16\x03" and begin[5:6] == b"\x01")
            turn[1] += data[:max(0, (SEEN_LONG if long else SEEN) - len(turn[1]))]
            turn[2] += len(data)

    def write(self, name, words):
        missed = [0, 0]
        with open("%s/%s" % (CONVERSATIONS, name), "w", encoding="ascii") as out:
            out.write("# %s\nprotocol ?\n" % words)
            for i, (direction, data, length) in enumerate(self.turns[:TURNS]):
                marks = "u" if self.datagrams and not i else ""
                marks += "+" if length > len(data) else ""
                marks += str(missed[direction]) if missed[direction] and not self.datagrams else ""
                missed[direction] = length - len(data)
                line = DIRECTIONS[direction] + marks + " "
                for piece in escaped(data):
                    if len(line) + len(piece) > WIDTH:
                        out.write(line + "\n")
                        line = "  "
                    line += piece
                out.write(line + "\n")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port):
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("nobody listens")


class Proxy:
    """Passes one connection on after the other; each is a Record."""

    def __init__(self, port):
        self.upstream, self.records = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client = self.listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", self.upstream))
            self.records.append(Record())
            threading.Thread(target=self.relay, args=(client, server, self.records[-1]), daemon=True).start()

    @staticmethod
    def relay(client, server, record):
        with selectors.DefaultSelector() as both:
            both.register(client, selectors.EVENT_READ, (server, 0))
            both.register(server, selectors.EVENT_READ, (client, 1))
            while both.get_map():
                for key, _ in both.select():
                    other, direction = key.data
                    try:
                        data = key.fileobj.recv(65536)
                    except ConnectionResetError:
                        data = b""
                    if data:
                        record.take(direction, data)
                        other.sendall(data)
                    else:
                        both.unregister(key.fileobj)
                        with contextlib.suppress(OSError):
                            other.shutdown(socket.SHUT_WR)


class DatagramProxy:
    """The same for datagrams of one client."""

    def __init__(self, port):
        self.records = [Record(datagrams=True)]
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind(("127.0.0.1", 0))
        self.outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outside.connect(("127.0.0.1", port))
        self.port = self.inside.getsockname()[1]
        self.client = None
        threading.Thread(target=self.ask, daemon=True).start()
        threading.Thread(target=self.answer, daemon=True).start()

    def ask(self):
        while True:
            data, self.client = self.inside.recvfrom(65536)
            self.records[0].take(0, data)
            self.outside.send(data)

    def answer(self):
        while True:
            data = self.outside.recv(65536)
            self.records[0].take(1, data)
            self.inside.sendto(data, self.client)


@contextlib.contextmanager
def running(*command, **options):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          **options) as server:
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o777)
        yield path


def client(*command, text=None):
    """Runs a client; what it makes of the answers is its own."""
    subprocess.run(command, input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False,
                   encoding="utf-8")


def typed(port, *lines):
    """Sends each, and waits for some answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        for line in lines:
            s.sendall(line)
            s.recv(65536)


def longest(records):
    return max(records, key=lambda record: len(record.turns))


# -- the conversations -------------------------------------------------------------------------------------------------

NGINX = """daemon off; pid %(dir)s/pid; error_log /dev/null; events {}
http { access_log off; server { listen 127.0.0.1:%(port)d; root %(dir)s;
client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f; uwsgi_temp_path %(dir)s/u;
scgi_temp_path %(dir)s/s; location /api { return 200 ok; } location /no { return 403; } } }"""


def http():
    """nginx, asked by curl, and by hand (pipelined)"""
    port = free_port()
    with folder() as where:
        with open(where + "/nginx.conf", "w", encoding="ascii") as conf:
            conf.write(NGINX % {"dir": where, "port": port})
        with open(where + "/long.html", "w", encoding="ascii") as page:
            page.write("x" * 5000)
        with running("nginx", "-c", where + "/nginx.conf"):
            await_port(port)
            proxy = Proxy(port)
            url = "http://127.0.0.1:%d" % proxy.port
            client("curl", "-s", url + "/user/123/cart?token=s3cret", url + "/long.html",
                   url + "/api/v1/orders/550e8400-e29b-41d4-a716-446655440000", "--next", "-I", url + "/no/such")
            client("curl", "-s", "-d", "x" * 2000, "-H", "Expect: 100-continue", url + "/api/post", url + "/api/put")
            typed(proxy.port, b"GET /api/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/2/x HTTP/1.1\r\nHost: a\r\n\r\n",
                  b"GET /api?q=%s HTTP/1.0\r\n\r\n" % (b"y" * 400))
    yield from zip(("http-curl", "http-post", "http-pipelined"), proxy.records)


def redis():
    """redis-server, asked by redis-cli and redis-benchmark"""
    port = free_port()
    with running("redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"):
        await_port(port)
        proxy = Proxy(port)
        cli = ("timeout", "3", "redis-cli", "-p", str(proxy.port))
        client(*cli, text="set user:123:name bob\nget user:123:name\nget none\nlpush user:123:name 1\n"
               "config get maxmemory\nauth s3cret\nhgetall h\nmget a:1 a:2\nnope 1\nxadd log * a 1\n")
        client(*cli, "-3", text="hset h:1 a 1 b 2\nhgetall h:1\nget none\nsubscribe news\n")
        benchmark = ("redis-benchmark", "-p", str(proxy.port), "-c", "1")
        client(*benchmark, "-n", "16", "-P", "8", "-r", "100000", "-t", "set,lrange_100")
        client(*benchmark, "-n", "2", "-t", "ping")
        records = [r for r in proxy.records if r.turns]
    yield "redis-cli", records[0]
    yield "redis-cli-resp3", records[1]
    asked = [r for r in records[2:] if b"CONFIG" not in r.turns[0][1]]
    yield "redis-pipeline", next(r for r in asked if r.turns[0][1].startswith(b"*"))
    yield "redis-inline", next(r for r in asked if r.turns[0][1].startswith(b"PING"))


def dns():
    """dnsmasq, asked by dig"""
    port = free_port(socket.SOCK_DGRAM)
    with running("dnsmasq", "-k", "-p", str(port), "-i", "lo", "--bind-interfaces", "-R", "-h", "-C", "/dev/null",
                 "-u", "root", "--address=/web.example/192.0.2.7", "--txt-record=txt.example,a text", "--pid-file="):
        await_port(port)
        for name, proxy, options in (("dns-udp", DatagramProxy(port), ()),
                                     ("dns-tcp", Proxy(port), ("+tcp", "+keepopen"))):
            client("dig", "@127.0.0.1", "-p", str(proxy.port), "+tries=1", "+time=2", *options, "www.web.example", "A",
                   "node-1234.web.example", "AAAA", "txt.example", "TXT", "-x", "192.0.2.7", "nowhere.test", "HTTPS")
            yield name, longest(proxy.records)


def tls():
    """openssl s_server and s_client"""
    port = free_port()
    with folder() as where:
        files = ("-key", where + "/key", "-cert", where + "/cert")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", where + "/key", "-out", where + "/cert", "-subj", "/CN=shop.example"], check=True,
                       capture_output=True)
        with running("openssl", "s_server", "-accept", str(port), *files, "-www", "-alpn", "h2,http/1.1"):
            await_port(port)
            proxy = Proxy(port)
            s_client = ("timeout", "5", "openssl", "s_client", "-connect", "127.0.0.1:%d" % proxy.port)
            get = "GET / HTTP/1.0\r\n\r\n"
            client(*s_client, "-servername", "shop.example", "-alpn", "h2", text=get)
            client(*s_client, "-servername", "eu-4711.shop.example", "-tls1_2", "-alpn", "http/1.1,h2", text=get)
            client(*s_client, "-servername", "shop.example", "-alpn", "h2,http/1.1", text=get)
            client(*s_client, "-noservername", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
    yield from zip(("tls-13", "tls-12", "tls-13-offers", "tls-refused"), proxy.records)


POSTGRES = "/usr/lib/postgresql/15/bin/"
SQL = """create table users (id int primary key, name text, age int);
insert into users values (1, 'bob', 41), (2, 'eve', 17), (3, 'it''s $1', -5);
select name, 'a "text"' from users where id = 1 and name <> $$b'ob$$ -- a comment
;
select * from users where id in (1, 2, 3) or name in ('x', 'y');
select nothing from users;
select 1; begin; update users set age = age + 1 where id = 42; commit;
alter user postgres password 's3cret';
"""


def postgres():
    """PostgreSQL 15, asked by psql and pgbench"""
    port = free_port()
    with folder() as where:
        become = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
        subprocess.run([*become, POSTGRES + "initdb", "-D", where + "/data", "-A", "trust"], check=True,
                       capture_output=True)
        with running(*become, POSTGRES + "postgres", "-D", where + "/data", "-p", str(port), "-k", where):
            await_port(port)
            proxy = Proxy(port)
            asked = ("-h", "127.0.0.1", "-p", str(proxy.port), "-U", "postgres")
            client("psql", *asked, "postgres", text=SQL)
            subprocess.run([POSTGRES + "pgbench", "-i", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres",
                            "postgres"], check=True, capture_output=True)
            for mode in ("extended", "prepared", "simple"):
                before = len(proxy.records)
                # Who does not ask for TLS hears of the server's parameters first.
                wish = "disable" if mode == "simple" else "prefer"
                client("env", "PGSSLMODE=" + wish, POSTGRES + "pgbench", *asked, "-M", mode, "-t", "2", "-n",
                       "postgres")
                yield "postgres-" + mode, longest(proxy.records[before:])
    yield "postgres-psql", proxy.records[0]


PREPARED = """my $db = DBI->connect("DBI:MariaDB:database=mysql;host=127.0.0.1;port=%d;mariadb_server_prepare=1",
"root", "s3cret", {PrintError => 0});
my $s = $db->prepare("select name from users where id = ? and age <> 99");
for (1, 2) { $s->execute($_); $s->fetchall_arrayref(); }
my $i = $db->prepare("insert into users values (?, ?, ?)"); $i->execute(9, 'ann', 30); $i->execute(9, 'ann', 30);
$i->finish; $s->finish; undef $i; undef $s; $db->ping; $db->disconnect;
"""


def mariadb():
    """MariaDB, asked by its client, and by perl's DBD::MariaDB (prepared)"""
    port = free_port()
    with folder() as where:
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", "--datadir=" + where + "/data",
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True)
        with running("mariadbd", "--no-defaults", "--user=root", "--datadir=" + where + "/data", "--port=%d" % port,
                     "--bind-address=127.0.0.1", "--socket=" + where + "/s"):
            await_port(port)
            proxy = Proxy(port)
            sql = SQL.replace("$$b'ob$$", "'b\\'ob'").replace("postgres password", "root@localhost identified by")
            client("mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(proxy.port), "--skip-ssl", "-f", "mysql",
                   text=sql + "prepare s from 'select ? + 1'; set @a = 5; execute s using @a;\n")
            client("perl", "-MDBI", "-e", PREPARED % proxy.port)
    yield "mariadb-client", proxy.records[0]
    yield "mariadb-prepared", proxy.records[1]


def memcached():
    """memcached, by hand (text), and by memccp and memccat (binary)"""
    port = free_port()
    with running("memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(port), "-U", "0"):
        await_port(port)
        proxy = Proxy(port)
        typed(proxy.port, b"set user:123 0 60 5\r\nhello\r\n", b"get user:123\r\n", b"get none another\r\n",
              b"incr user:123 1\r\n", b"set a 0 0 1 noreply\r\nx\r\nget a\r\nget b\r\n", b"delete none\r\n", b"bad\r\n",
              b"mg user:123 v\r\n", b"mn\r\n", b"stats\r\n", b"version\r\n")
        with open("/tmp/converse-1234", "w", encoding="ascii") as value:
            value.write("x" * 300)
        client("memccp", "--binary", "--servers=127.0.0.1:%d" % proxy.port, "/tmp/converse-1234")
        client("memccat", "--binary", "--servers=127.0.0.1:%d" % proxy.port, "converse-1234", "none")
        os.unlink("/tmp/converse-1234")
    yield "memcached-text", proxy.records[0]
    yield "memcached-binary", proxy.records[1]
    yield "memcached-binary-get", proxy.records[2]


def http2():
    """nghttpd asked by nghttp, by an upgrade through nghttpx, too; python's grpc on both ends"""
    port = free_port()
    with folder() as where:
        with open(where + "/index.html", "w", encoding="ascii") as page:
            page.write("x" * 700)
        with running("nghttpd", "--no-tls", "-d", where, str(port)):
            await_port(port)
            proxy = Proxy(port)
            url = "http://127.0.0.1:%d" % proxy.port
            client("nghttp", url + "/index.html?q=1", url + "/user/4711/cart", url + "/api/a?x=2")
            front = free_port()
            with running("nghttpx", "-f", "127.0.0.1,%d;no-tls" % front, "-b", "127.0.0.1,%d;;proto=h2" % port, "-n1"):
                await_port(front)
                upgraded = Proxy(front)
                client("nghttp", "-u", *("http://127.0.0.1:%d/%s" % (upgraded.port, path)
                                         for path in ("index.html", "user/4711/cart", "index.html")))
        yield "http2-nghttp", proxy.records[0]
        yield "http2-upgrade", upgraded.records[0]
    yield "http2-grpc", grpc_calls()


def grpc_calls():
    import concurrent.futures
    import grpc

    def echo(request, context):
        if request == b"no":
            context.abort(grpc.StatusCode.NOT_FOUND, "there is none")
        return request

    handler = grpc.method_handlers_generic_handler("shop.Cart", {
        "Get": grpc.unary_unary_rpc_method_handler(echo)})
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=(handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    proxy = Proxy(port)
    with grpc.insecure_channel("127.0.0.1:%d" % proxy.port) as channel:
        call = channel.unary_unary("/shop.Cart/Get")
        for request in (b"one", b"no", b"three"):
            with contextlib.suppress(grpc.RpcError):
                call(request, timeout=5)
    server.stop(None).wait()
    return proxy.records[0]


def smtp():
    """python's smtplib and aiosmtpd"""
    import smtplib
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    proxy = Proxy(controller.port)
    with smtplib.SMTP("127.0.0.1", proxy.port, local_hostname="client.example") as mail:
        mail.sendmail("bob@example.org", ["eve@example.org", "ann@example.org"], "Subject: x\r\n\r\ntext\r\n")
        mail.noop()
        mail.docmd("AUTH", "PLAIN AGJvYgBzM2NyZXQ=")
    controller.stop()
    yield "smtp-python", proxy.records[0]


def amqp():
    """rabbitmq-server, asked by python's pika"""
    import pika

    port = free_port()
    with folder() as where:
        settings = {"RABBITMQ_NODE_PORT": str(port), "RABBITMQ_NODENAME": "converse@localhost", "HOME": where,
                    "RABBITMQ_MNESIA_BASE": where + "/db", "RABBITMQ_LOG_BASE": where + "/log",
                    "RABBITMQ_ENABLED_PLUGINS_FILE": where + "/plugins", "RABBITMQ_DIST_PORT": str(free_port()),
                    "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(free_port()),
                    "ERL_EPMD_ADDRESS": "127.0.0.1"}
        with running("/usr/lib/rabbitmq/bin/rabbitmq-server", env={**os.environ, **settings}):
            await_port(port)
            proxy = Proxy(port)
            connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", proxy.port))
            channel = connection.channel()
            channel.queue_declare("orders.4711")
            channel.exchange_declare("logs", "topic")
            channel.queue_bind("orders.4711", "logs", "user.#")
            channel.basic_publish("logs", "user.123", b"hello")
            channel.basic_publish("", "orders.4711", b"hello")
            method = channel.basic_get("orders.4711")[0]
            channel.basic_ack(method.delivery_tag)
            channel.basic_get("orders.4711", auto_ack=True)
            channel.basic_get("orders.4711", auto_ack=True)
            with contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
                channel.queue_declare("none", passive=True)
            connection.close()
    yield "amqp-pika", proxy.records[0]


class Scripted:
    """A server that answers each message of a 4-byte length with what answer() makes of it, b"" for none."""

    def __init__(self, order, answer, counts_itself):
        self.order, self.answer, self.counts_itself = order, answer, counts_itself
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            threading.Thread(target=self.converse, args=(self.listener.accept()[0],), daemon=True).start()

    def converse(self, client):
        with client, client.makefile("rb") as messages:
            while len(head := messages.read(4)) == 4:
                length = int.from_bytes(head, self.order) - (4 if self.counts_itself else 0)
                client.sendall(self.answer(messages.read(length)))


def kafka():
    """python3-kafka; the broker is written in converse.py"""
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    from kafka.errors import KafkaError
    from struct import pack, unpack

    text = lambda s: pack(">h", len(s)) + s
    advertised, failing = [], [False]

    def answer(request):
        api, version, correlation = unpack(">hhi", request[:8])
        if api == 3:
            body = pack(">ii", 1, 0) + text(b"127.0.0.1") + pack(">i", advertised[0]) + pack(">hi", -1, 0)
            body += pack(">ih", 1, 0) + text(b"orders.7") + pack(">b", 0) + pack(">ihiiiiii", 1, 0, 0, 0, 1, 0, 1, 0)
        elif api == 0:
            failing[0] = not failing[0]
            body = pack(">i", 1) + text(b"orders.7") + pack(">iihqqi", 1, 0, 0 if failing[0] else 10, 5, -1, 0)
        elif api == 2:
            body = pack(">i", 1) + text(b"orders.7") + pack(">iihqq", 1, 0, 0, -1, 5)
        elif api == 1:
            body = pack(">ii", 0, 1) + text(b"orders.7") + pack(">iihqi", 1, 0, 0, 5, 0)
        else:
            body = b""
        return pack(">ii", len(body) + 4, correlation) + body

    proxy = Proxy(Scripted("big", answer, False).port)
    advertised.append(proxy.port)
    options = {"bootstrap_servers": "127.0.0.1:%d" % proxy.port, "api_version": (0, 10, 1), "client_id": "converse"}
    producer = KafkaProducer(**options, retries=0)
    for value in (b"hello", b"too long"):
        with contextlib.suppress(KafkaError):
            producer.send("orders.7", value, partition=0).get(5)
    producer.close()
    yield "kafka-producer", longest(proxy.records)
    before = len(proxy.records)
    consumer = KafkaConsumer(**options, group_id=None)
    consumer.assign([TopicPartition("orders.7", 0)])
    consumer.poll(300)
    consumer.close()
    yield "kafka-consumer", longest(proxy.records[before:])


def mongodb():
    """pymongo; the server is written in converse.py"""
    import bson
    import pymongo
    from struct import pack, unpack

    hello = {"ismaster": True, "maxBsonObjectSize": 16777216, "maxMessageSizeBytes": 48000000,
             "maxWriteBatchSize": 1000, "minWireVersion": 0, "maxWireVersion": 13, "ok": 1.0}

    def reply(command):
        name = next(iter(command))
        if name == "find":
            batch = [{"_id": 1, "name": "bob"}]
            return {"cursor": {"firstBatch": batch, "id": bson.Int64(9), "ns": "shop.users"}, "ok": 1.0}
        if name == "getMore":
            return {"cursor": {"nextBatch": [], "id": bson.Int64(0), "ns": "shop.users"}, "ok": 1.0}
        if name == "insert" and command["insert"] == "full":
            return {"n": 0, "writeErrors": [{"index": 0, "code": 11000, "errmsg": "duplicate"}], "ok": 1.0}
        if name == "count":
            return {"ok": 0.0, "errmsg": "not authorized", "code": 13, "codeName": "Unauthorized"}
        return {"n": 1, "ok": 1.0} if name == "insert" else hello

    def answer(message):
        request, _, opcode = unpack("<iii", message[:12])
        if opcode == 2004:
            body = pack("<iqii", 8, 0, 0, 1) + bson.encode(hello)
            return pack("<iiii", 16 + len(body), 1, request, 1) + body
        at = 17
        if message[16]:
            at += unpack("<i", message[17:21])[0] + 1
        length = unpack("<i", message[at:at + 4])[0]
        body = pack("<ib", 0, 0) + bson.encode(reply(bson.decode(message[at:at + length])))
        return pack("<iiii", 16 + len(body), 1, request, 2013) + body

    proxy = Proxy(Scripted("little", answer, True).port)
    with pymongo.MongoClient("127.0.0.1", proxy.port, serverSelectionTimeoutMS=5000, retryReads=False,
                             retryWrites=False) as client_:
        users = client_.shop.users
        users.insert_one({"_id": 1, "name": "bob"})
        list(users.find({"name": "bob"}))
        for failing in (lambda: client_.shop.full.insert_one({"_id": 1}),
                        lambda: client_.shop.command("count", "users.2024")):
            with contextlib.suppress(pymongo.errors.PyMongoError):
                failing()
    yield "mongodb-pymongo", longest(proxy.records)


MAKERS = {maker.__name__: maker for maker in (http, redis, dns, tls, http2, postgres, mariadb, memcached, smtp, amqp,
                                               kafka, mongodb)}


def main():
    os.makedirs(CONVERSATIONS, exist_ok=True)
    for name in sys.argv[1:] or MAKERS:
        for file, record in MAKERS[name]():
            record.write(file, "Debian 12: " + MAKERS[name].__doc__)
            print(file, len(record.turns), "turns")


if __name__ == "__main__":
    main()
