"""Real servers, where they are installed, in the namespace of a peer."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from witness import Skip, holds


def need(*programs):
    for program_ in programs:
        if not shutil.which(program_):
            raise Skip("%s is not installed" % program_)


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


@contextlib.contextmanager
def nginx_with_tls(peer, port):
    """One that says hello to who speaks TLS, with a key and a certificate of its own."""
    need("openssl")
    with tempfile.TemporaryDirectory() as keys:
        peer.inside("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=quiet", "-keyout",
                    keys + "/key", "-out", keys + "/cert")
        server = ("listen 127.0.0.1:%d ssl; ssl_certificate KEYS/cert; ssl_certificate_key KEYS/key;"
                  " location / { return 200 'hello'; }" % port).replace("KEYS", keys)
        with nginx(peer, port, server):
            yield


def listening(peer, port):
    deadline = time.monotonic() + 20
    while not peer.inside("ss", "-Hltn", "sport = :%d" % port).strip():
        holds(time.monotonic() < deadline, "nobody listens on port %d" % port)


@contextlib.contextmanager
def nginx(peer, port, server, http="access_log off;"):
    """One with this in its server block and its http block; FOLDER there is one that all can read. Yields that."""
    need("nginx")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with open(folder + "/nginx.conf", "w", encoding="ascii") as f:
            f.write("daemon off; pid FOLDER/pid; error_log /dev/null; events {}\nhttp { %s server { %s } }\n".replace(
                "FOLDER", folder) % (http.replace("FOLDER", folder), server.replace("FOLDER", folder)))
        with program(peer, "nginx", "-c", folder + "/nginx.conf"):
            listening(peer, port)
            yield folder


@contextlib.contextmanager
def redis(peer, port):
    need("redis-server")
    with program(peer, "redis-server", "--save", "", "--port", str(port), "--bind", "127.0.0.1"):
        listening(peer, port)
        yield
