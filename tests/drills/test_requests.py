"""Faults of what is asked for, as the calls show them: a page that has become slow, and one that fails. Beside it is
one of the same server that is well. Findings read it while somebody has a check of it."""

import contextlib
import http.client
import http.server
import os
import threading
import time

import drill
from links import within
from witness import main

SAID = r"python3\S*: GET /sick at 127\.0\.0\.1:8080 "


class Web(drill.Drill):
    """A server, and who asks it, on one connection. answer() is the status of its sick page; it may take its time."""

    def make(self):
        p = self.peer("web")
        web, self.began = self, time.monotonic()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                self.send_response(web.answer() if self.path == "/sick" else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format, *args):  # pylint: disable=redefined-builtin
                pass

        with within(p):
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler)
            self.client = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20)
            self.client.connect()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.truth = {"severity": "warning", "pid": os.getpid(), "netns": p.netns}
        self.asked = 0
        self.repeat(self.ask)

    def answer(self):
        raise NotImplementedError

    def ask(self):
        self.asked += 1
        with contextlib.suppress(http.client.HTTPException):
            self.client.request("GET", "/sick" if self.asked % 2 else "/well")
            self.client.getresponse().read()
        time.sleep(0.02)

    def close(self):
        super().close()
        if hasattr(self, "server"):
            self.client.close()
            self.server.shutdown()
            self.server.server_close()


class Slow(Web):
    """Well for as long as it takes until that is known to be usual. Of a hundred calls two are enough: it may be said
    before half of them are slow."""
    check = "slow_requests"
    text = SAID + r"is slow: of the last \d+ calls half took more than \d\S*ms, 1 % more than" \
        r" ([2-9]\d\d(\.\d+)?ms|\d\.\d+s); usually \d\S*[mu]s and \d\S*[mu]s"
    patience = 90

    def answer(self):
        if time.monotonic() > self.began + 45:
            time.sleep(0.3)
        return 200


class Failing(Web):
    check = "request_errors"
    text = SAID + r"fails: of the last \d+ answers \d+(\.\d+)?% were failures, 0% refusals, the last of them 503"

    def answer(self):
        return 503 if self.asked % 8 == 1 else 200


def all_faults_are_said():
    with drill.reading_names() as names:
        drill.run([Slow, Failing], *names)


if __name__ == "__main__":
    main([all_faults_are_said])
