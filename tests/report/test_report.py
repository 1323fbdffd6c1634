"""--report's page in a browser: what it says, sorted and filtered, light and dark, on paper and on a phone; that
strangers' names stay text, and that nothing is loaded or complained about. Needs no root."""

import base64
import json
import os
import re
import resource
import subprocess
import tempfile
import unittest

import browser
from own_world import forget_the_user

forget_the_user()
SKBTOP, MAKE_RECORDING, MAKE_FIXTURE = (os.environ[name] for name in ("SKBTOP", "MAKE_RECORDING", "MAKE_FIXTURE"))
FOLDER = tempfile.TemporaryDirectory()
MARKUP = ["</script><scrip", "<img src=x oner", "<!--<script>", "\"'>&lt;\\u003c", "__proto__"]

# The texts of a table's column, and the contrast of each text with what is behind it, by WCAG.
PAGE = """
const texts = (id, title) => {
  const at = [...document.querySelectorAll(`#${id} th`)].findIndex(th => th.textContent === title);
  return [...document.querySelectorAll(`#${id} tbody tr`)].map(tr => tr.cells[at].textContent);
};
const button = (id, title) =>
  [...document.querySelectorAll(`#${id} th button`)].find(b => b.textContent === title);
const light = colour => {
  const [r, g, b, a] = colour.match(/[\\d.]+/g).map(Number);
  const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  return a === 0 ? null : 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = node => node ? light(getComputedStyle(node).backgroundColor) ?? behind(node.parentElement) : 1;
const contrast = node => {
  const [dark, bright] = [light(getComputedStyle(node).color), behind(node)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};
const leaves = () => [...document.body.querySelectorAll("main *")].filter(node => node.checkVisibility() &&
  !node.closest("svg") && [...node.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
"""


def recording(kind):
    path = os.path.join(FOLDER.name, kind)
    if not os.path.exists(path):
        subprocess.run([MAKE_FIXTURE, path] if kind == "fixture" else [MAKE_RECORDING, kind, path], check=True)
    return path


def skbtop(*arguments, **options):
    return subprocess.run([SKBTOP, *arguments], capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ, HOME=FOLDER.name, TZ="UTC"), **options)


def report(kind, *arguments):
    path = os.path.join(FOLDER.name, kind + ".html")
    done = skbtop("--replay", recording(kind), "--report", path, *arguments)
    if done.returncode:
        raise AssertionError(done.stderr)
    return path


def data_of(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(re.search('id="data">(.*?)</script>', file.read(), re.DOTALL)[1])


def rows_of(kind, view):
    """The rows of the last tick, as the batch writes them."""
    done = skbtop("--replay", recording(kind), "--batch", "--view", view, "--format", "json", "--count", "0")
    ticks = done.stdout.split('{"type":"tick"')
    return [json.loads(line) for line in ticks[-1].splitlines()[1:]]


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = browser.Browser()
        cls.addClassCleanup(cls.page.close)

    def open(self, path, **how):
        self.silent()
        self.page.open(path, **how)
        self.page.run(PAGE + "0")

    def tearDown(self):
        self.silent()

    def silent(self):
        """It has complained of nothing, and loaded nothing but itself."""
        said = self.page.of("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        self.assertEqual(said, [])
        loaded = {event["params"]["request"]["url"] for event in self.page.of("Network.requestWillBeSent")}
        self.assertEqual([url for url in loaded if not url.endswith(".html")], [])

    def test_says(self):
        self.open(report("fixture"))
        worst = sorted(rows_of("fixture", "findings"),
                       key=lambda f: (["critical", "warning", "info"].index(f["severity"]), -f["since_us"]))
        self.assertEqual(self.page.run("document.querySelector('h1').textContent"), worst[0]["text"])
        self.assertEqual(sorted(self.page.run("texts('finding', 'WHAT IS WRONG')")), sorted(f["text"] for f in worst))
        facts = self.page.run("document.querySelector('dl').textContent")
        for fact in "web1", "Linux 6.1.0", "12 ticks", "2026-03-14", "requests were not measured", "read: 1":
            self.assertIn(fact, facts)
        processes = rows_of("fixture", "processes")
        self.page.run("document.querySelector('#process .all').click()")
        names = self.page.run("texts('process', 'PROCESS')")
        ended = self.page.run("document.querySelectorAll('#process .ended').length")
        self.assertEqual(len(names), len(processes) + ended)
        self.assertIn("%d processes" % len(names), self.page.run("document.querySelector('#process').textContent"))
        self.assertEqual(len([n for n in names if n.startswith("nginx[2211]")]), 1)
        nginx = next(p for p in processes if p.get("comm") == "nginx")
        shown = dict(zip(names, self.page.run("texts('process', 'CONNS')")))
        self.assertEqual(int(shown["nginx[2211]"]), nginx["connections"])

    def test_movers(self):
        """What a process received and sent while it was watched is what its counters grew by."""
        said = skbtop("--replay", recording("fixture"), "--batch", "--view", "processes", "--format", "csv",
                      "--filter", "comm = curl", "--columns", "rx_rate,tx_rate", "--count", "0").stdout
        curl = [sum(map(float, line.split(",")[-2:])) for line in said.splitlines()[1:] if line[-1].isdigit()]
        self.assertGreater(len(curl), 5)
        table = next(t for t in data_of(report("fixture"))["tables"] if t["name"] == "process")
        at = {c["name"]: i for i, c in enumerate(table["columns"])}
        moved = [row["cells"][at["moved"]][0] for row in table["rows"]]
        self.assertEqual(moved, sorted(moved, reverse=True))
        row = next(r["cells"] for r in table["rows"] if r["cells"][at["label"]][0].startswith("curl["))
        self.assertAlmostEqual(row[at["moved"]][0], sum(curl), delta=len(curl))
        self.assertAlmostEqual(row[at["most"]][0], max(curl), delta=1)

    def test_gone(self):
        """Who was forgotten is still there with what it moved."""
        table = next(t for t in data_of(report("closing"))["tables"] if t["name"] == "process")
        self.assertIn("short[102]", [row["cells"][0][0] for row in table["rows"]])

    def test_over(self):
        """What was wrong long before the end is told, with its time."""
        data = data_of(report("over"))
        self.assertEqual([(f["ended"], f["until"] - f["began"]) for f in data["findings"]], [(True, 10)])
        self.assertAlmostEqual(data["findings"][0]["began"], data["from"] + 4, places=3)
        self.open(report("over"))
        self.assertIn("nginx refuses connections on port 80", self.page.run("document.querySelector('h1').textContent"))
        self.assertNotIn("still so", self.page.run("document.querySelector('.worst').textContent"))
        self.assertEqual(self.page.run("document.querySelectorAll('#finding tr.ended').length"), 1)

    def test_layers(self):
        table = next(t for t in data_of(report("layers"))["tables"] if t["name"] == "layer")
        self.assertEqual([row["cells"][0][0] for row in table["rows"]][:8], [
            "rx_mac", "rx_ip", "rx_tcp", "rx_app", "tx_tcp", "tx_ip", "tx_qdisc", "tx_nic"])

    def test_graphs(self):
        self.open(report("fixture"))
        titles = self.page.run("[...document.querySelectorAll('figure h3')].map(n => n.textContent)")
        self.assertEqual(titles, ["Throughput", "Loss", "Round-trip time", "Sockets", "Connections"])
        drawn = self.page.run("[...document.querySelectorAll('figure')].every(f => f.querySelector('.curve'))")
        self.assertTrue(drawn)
        labels = self.page.run("document.querySelector('figure svg').getAttribute('aria-label')")
        self.assertRegex(labels, r"Throughput: received [\d.]+ MB/s, most [\d.]+ MB/s; sent")
        self.assertGreater(self.page.run("document.querySelectorAll('.span.critical').length"), 0)

    def test_pause(self):
        """The machine slept for two days: no line leads there, and the days are told."""
        path = report("fixture")
        with open(path, encoding="utf-8") as file:
            page = file.read()
        times = [t + 2 * 86400 * (i >= 6) for i, t in enumerate(data_of(path)["series"]["times"])]
        slept = os.path.join(FOLDER.name, "slept.html")
        with open(slept, "w", encoding="utf-8") as file:
            text = re.sub(r'"times":\[[^]]*\]', '"times":%s' % json.dumps(times), page)
            file.write(re.sub(r'"to":[\d.]+', '"to":%.3f' % times[-1], text))
        for file, lines in (path, 1), (slept, 2):
            self.open(file)
            curve = self.page.run("document.querySelector('.curve').getAttribute('d')")
            self.assertEqual(curve.count("M"), lines)
        self.assertIn("14:02:01 to 2026-03-16 14:02:12", self.page.run("document.querySelector('dd').textContent"))

    def test_waterfalls(self):
        self.open(report("exchanges"))
        self.page.run("document.querySelector('#exchange .all').click()")
        calls = self.page.run("texts('exchange', 'CALL')")
        self.assertEqual(calls[0], "3.1s")
        steps = self.page.run("""[...document.querySelectorAll('#exchange td.parts')].map(td => [
            ...td.querySelectorAll('rect')].map(r => ["y", "x", "width"].map(name => Number(r.getAttribute(name)))))""")
        self.assertEqual(len(steps), len(calls))
        for call in filter(None, steps):  # they follow each other, to the end; a server's lie within the client's
            end = 0
            for y, x, width in call:
                self.assertGreaterEqual(x, 0)
                if y == 0:
                    self.assertAlmostEqual(x, end, places=6)
                    end = x + width
                self.assertLess(x + width, 100.001)
            self.assertAlmostEqual(end, 100, places=6)
        self.assertGreater(len([call for call in steps if any(y > 0 for y, _, _ in call)]), 3)

    def test_sort(self):
        self.open(report("fixture"))
        self.page.run("document.querySelector('#host .all').click()")
        self.page.run("button('host', 'RTT99').focus()")
        self.page.press("Enter", 13)
        sort = "document.querySelector('#host th[aria-sort]').getAttribute('aria-sort')"
        first = self.page.run(sort)
        expected = [r.get("rtt_p99_us") for r in rows_of("fixture", "hosts")]
        for order in first, {"ascending": "descending", "descending": "ascending"}[first]:
            self.assertEqual(self.page.run(sort), order)
            shown = [text for text in self.page.run("texts('host', 'RTT99')") if text]
            unknown = self.page.run("texts('host', 'RTT99')")[len(shown):]
            self.assertEqual(set(unknown), {""})
            self.assertGreaterEqual(len(shown), len([v for v in expected if v is not None]))
            scale = {"": 1, "us": 1, "ms": 1e3, "s": 1e6}
            amounts = [float(re.match(r"[\d.]+", t)[0]) * scale[t.lstrip("0123456789.")] for t in shown]
            self.assertEqual(amounts, sorted(amounts, reverse=order == "descending"))
            self.page.press("Enter", 13)

    def test_filter(self):
        self.open(report("fixture"))
        filtered = """(() => { const input = document.querySelector('#host input'); input.value = %s;
            input.dispatchEvent(new Event('input')); return texts('host', 'HOST'); })()"""
        hosts = rows_of("fixture", "hosts")
        wanted = sorted(h["raddr"] for h in hosts if h["raddr"].startswith("172."))
        self.assertEqual(sorted(self.page.run(filtered % "'172.'")), wanted)
        self.assertEqual(self.page.run(filtered % "'no such host'"), [])
        self.assertRegex(self.page.run("document.querySelector('#host .note').textContent"), r"^0 of \d+ hosts")
        self.assertGreater(len(self.page.run(filtered % "''")), len(wanted))

    def test_colours(self):
        path = report("fixture")
        grounds = []
        for dark in False, True:
            self.open(path, dark=dark)
            grounds.append(self.page.run("behind(document.body)"))
            poor = self.page.run("leaves().filter(n => contrast(n) < 4.5).map(n => [n.className, n.textContent])")
            self.assertEqual(poor, [])
        self.assertGreater(grounds[0], 0.8)
        self.assertLess(grounds[1], 0.05)

    def test_sizes(self):
        for kind in "fixture", "exchanges", "requests":
            for width in 1400, 400:
                self.open(report(kind), width=width)
                self.assertLessEqual(self.page.run("document.documentElement.scrollWidth"), width)

    def test_paper(self):
        self.open(report("fixture"), dark=True)
        paper = base64.b64decode(self.page.ask("Page.printToPDF")["data"])
        self.assertTrue(paper.startswith(b"%PDF"))
        self.page.show(dark=True, media="print")
        self.assertGreater(self.page.run("behind(document.body)"), 0.99)
        self.assertFalse(self.page.run("document.querySelector('nav').checkVisibility()"))
        self.assertTrue(self.page.run("document.querySelector('#process td').checkVisibility()"))

    def test_others(self):
        """Whatever is in it, or not."""
        for kind in ("hostile", "held_up", "single", "cut", "storm", "icmp", "local", "interceptions", "losses_none",
                     "layers_empty", "devices", "packets"):
            self.open(report(kind))
            self.assertTrue(self.page.run("document.querySelector('footer') !== null"), kind)

    def test_markup(self):
        path = report("markup")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count("<script"), 2)
        self.assertNotIn("owned=1</script>", text)
        self.open(path)
        self.assertEqual(self.page.run("typeof owned"), "undefined")
        strange = "document.querySelectorAll('img, iframe, script:not([id]), svg[onload]').length"
        self.assertEqual(self.page.run(strange), 1)  # the page's own script
        names = self.page.run("texts('process', 'PROCESS')")
        for name in MARKUP:
            self.assertTrue([n for n in names if n.startswith(name)], name)
        self.assertIn("</script>", self.page.run("document.querySelector('#request').textContent"))
        self.assertIn("</title></script>", self.page.run("document.title"))

    def test_policy(self):
        """Even a name that became markup could do nothing."""
        self.open(report("markup"))
        self.page.run("""document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="owned = 1">');
            document.body.append(Object.assign(document.createElement('script'), {textContent: 'owned = 1'}));
            fetch('file:///etc/hostname').then(() => { owned = 1; }, () => {})""")
        self.assertEqual(self.page.run("typeof owned"), "undefined")
        refused = [event["params"]["entry"]["text"] for event in self.page.of("Log.entryAdded")]
        self.assertTrue(all("Content Security Policy" in text for text in refused), refused)
        self.assertGreaterEqual(len(refused), 3)
        self.page.events = []


class File(unittest.TestCase):
    def test_rows(self):
        """What is beyond the limit is counted."""
        counted = {table["name"]: table["counted"] for table in data_of(report("fixture"))["tables"]}
        data = data_of(report("fixture", "--limit", "3"))
        for table in data["tables"]:
            self.assertLessEqual(len(table["rows"]), 3)
            self.assertEqual(table["counted"], counted[table["name"]])
            self.assertEqual(int(table["counted"].split()[0]), len(table["rows"]) + table["more"])

    def test_ticks(self):
        data = data_of(report("fixture", "--count", "5"))
        self.assertEqual(data["ticks"], 5)
        self.assertEqual(len(data["series"]["times"]), 5)

    def test_long(self):
        """Points become means of several ticks, or the largest, as the line says."""
        series = data_of(report("long"))["series"]
        lines = {(graph["title"], line["name"]): line["values"]
                 for graph in series["graphs"] for line in graph["lines"]}
        self.assertEqual(series["stride"], 4)
        self.assertEqual(len(series["times"]), 375)
        self.assertEqual(series["times"][1] - series["times"][0], 4)
        for received in lines["Throughput", "received"][1:]:
            self.assertAlmostEqual(received, 1000, delta=1)
        for percentile in lines["Round-trip time", "99th percentile"][1:]:
            self.assertGreater(percentile, 2500)

    def test_full_disk(self):
        path = os.path.join(FOLDER.name, "full.html")
        done = skbtop("--replay", recording("fixture"), "--report", path,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("full.html", done.stderr)
        self.assertEqual([name for name in os.listdir(FOLDER.name) if name.startswith("full.html")], [])

    def test_no_tick(self):
        path = os.path.join(FOLDER.name, "none.html")
        done = skbtop("--replay", recording("empty"), "--report", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("holds no tick", done.stderr)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main(verbosity=2)
