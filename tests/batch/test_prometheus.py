"""A real Prometheus reads what --format openmetrics writes, and has the values that the JSON of the same tick has; and
promtool accepts the alert rules in packaging, which are those that docgen writes."""

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import urllib.request

from own_world import forget_the_user

forget_the_user()
SKBTOP, RULES, DOCGEN = os.environ["SKBTOP"], os.environ["RULES"], os.environ["DOCGEN"]
TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SERIES = re.compile(r'(skbtop_\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def skbtop(*args):
    run = subprocess.run([SKBTOP, "--batch", "--count", "0", "--replay", RECORDING, *args], check=True, timeout=30,
                         stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return run.stdout.decode()


def key(name, labels):
    """An empty label is none."""
    return name, tuple(sorted((k, v) for k, v in labels.items() if v))


class Target(http.server.BaseHTTPRequestHandler):
    """What Prometheus scrapes: once more means that what it had before is stored."""

    scrapes, again, text = 0, threading.Event(), b""

    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        self.send_header("Content-Type", TYPE)
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)
        Target.scrapes += 1
        if Target.scrapes > 1:
            self.again.set()

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scraped(text):
    """The values that a Prometheus has of the text."""
    Target.text = text.encode()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = free_port()
    query = urllib.parse.urlencode({"query": '{__name__=~"skbtop_.*"}'})
    with tempfile.TemporaryDirectory() as home:
        with open(home + "/config.yml", "w", encoding="utf-8") as f:
            json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [
                {"job_name": "t", "static_configs": [{"targets": ["127.0.0.1:%d" % server.server_port]}]}]}, f)
        with subprocess.Popen(["prometheus", "--config.file=%s/config.yml" % home, "--storage.tsdb.path=" + home,
                               "--web.listen-address=127.0.0.1:%d" % port], stderr=subprocess.DEVNULL) as prometheus:
            try:
                assert Target.again.wait(60), "nobody scraped it twice"
                with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/query?%s" % (port, query), timeout=20) as f:
                    results = json.load(f)["data"]["result"]
            finally:
                prometheus.terminate()
                server.shutdown()
                server.server_close()
    values = {}
    for r in results:
        labels = {k: v for k, v in r["metric"].items() if k not in ("__name__", "instance", "job")}
        values[key(r["metric"]["__name__"], labels)] = float(r["value"][1])
    return values


@unittest.skipUnless(shutil.which("promtool"), "Prometheus is not installed")
class Prometheus(unittest.TestCase):
    def test_scrape(self):
        text = skbtop("--format", "openmetrics").split("# EOF\n")[-2] + "# EOF\n"
        told = {key(m[1], dict(LABEL.findall(m[2] or ""))): float(m[3])
                for m in map(SERIES.fullmatch, text.split("\n")) if m}
        values = scraped(text)
        self.assertGreater(len(values), 100)
        self.assertEqual(values, told)
        lines = [json.loads(line) for line in skbtop("--view", "processes", "--format", "json").splitlines()]
        last = max(i for i, line in enumerate(lines) if line["type"] == "tick")
        self.assertEqual(values["skbtop_tcp_retransmitted_segments_total", ()],
                         lines[last]["snmp"]["tcp_retrans_segs"])
        self.assertEqual(values["skbtop_tick_seconds", ()], lines[last]["cost"]["tick_us"] / 1e6)
        rows = [line for line in lines[last + 1:] if "pid" in line]
        self.assertGreater(len(rows), 1)
        for row in rows:
            labels = {"pid": str(row["pid"]), "comm": row["comm"]}
            self.assertEqual(values[key("skbtop_process_sockets", labels)], row["members"])
            if "rtt_p99_us" in row:
                self.assertEqual(values[key("skbtop_process_rtt_p99_seconds", labels)], row["rtt_p99_us"] / 1e6)

    def test_rules(self):
        subprocess.run(["promtool", "check", "rules", RULES], check=True, timeout=30, stdout=subprocess.DEVNULL)
        with open(RULES, encoding="utf-8") as f:
            rules = f.read()
        made = subprocess.run([DOCGEN, "alerts"], check=True, timeout=10, stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual(rules, made)


if __name__ == "__main__":
    RECORDING = sys.argv.pop(1)
    unittest.main()
