"""What the network tests share: peers that make traffic and count it themselves, the skbtop that is tested, and the
witnesses it is compared with (ss, nstat, /proc). Nothing here sleeps: every wait is for a line, a process or a tick."""

import collections
import contextlib
import itertools
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from own_world import forget_the_user

DEADLINE = 20  # seconds for any one wait; a test that waits longer has failed
LIMIT = 300  # seconds for all cases of a file
PATIENCE = 10  # seconds, of ticks that come when they are due, in which something has to show up

SKBTOP = os.environ.get("SKBTOP", "skbtop")
PEER = os.environ.get("PEER", "peer")

# What is started here knows nothing of the user's own settings, and has a home of its own, which is empty.
# A test's own helpers, which are killed and could not clean up, share the test's.
HOME = None if "SKBTOP_TEST_HOME" in os.environ else \
    tempfile.TemporaryDirectory(prefix="skbtop-home-")  # pylint: disable=consider-using-with
forget_the_user()
if HOME:
    os.environ.update(HOME=HOME.name, SKBTOP_TEST_HOME=HOME.name)


class Skip(Exception):
    """The machine cannot run this case; the text says why."""


class Failure(Exception):
    """Something that was waited for did not come."""


class Lines:
    """The lines of a pipe, read with a deadline."""

    def __init__(self, pipe):
        self.fd = pipe.fileno()
        self.pending = b""
        self.lines = collections.deque()
        self.ended = False

    def get(self, deadline=None):
        """The next line without its newline; None at the end of the stream."""
        deadline = deadline or time.monotonic() + DEADLINE
        while not self.lines:
            if self.ended:
                return None
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Failure("nothing was said for %d seconds" % DEADLINE)
            self.take()
        return self.lines.popleft()

    def take(self):
        data = os.read(self.fd, 1 << 20)
        self.ended = not data
        *whole, self.pending = (self.pending + data).split(b"\n")
        self.lines.extend(whole)

    def keep_up(self):
        """Keeps what there is, so that whoever writes into the pipe need not wait or leave things out."""
        while not self.ended and select.select([self.fd], [], [], 0)[0]:
            self.take()


class Peer:
    """A traffic maker (tests/net/peer.c), in a network namespace of its own unless another's is given."""

    def __init__(self, inside=None):
        enter = ["nsenter", "-t", str(inside.pid), "-n"] if inside else []
        own = [] if inside else ["--netns"]
        self.process = subprocess.Popen(enter + [PEER] + own, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)
        self.pid = self.reply()["pid"]
        self.netns = os.stat("/proc/%d/ns/net" % self.pid).st_ino

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):  # of one that was killed: commands that it has not read
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def reply(self):
        line = self.lines.get()
        if line is None:
            raise Failure("the traffic maker ended")
        answer = json.loads(line)
        if not answer["ok"]:
            raise OSError(answer["errno"], answer["error"])
        return answer

    def begin(self, command):
        """Starts a command that may block; reply() waits for it."""
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def __call__(self, *commands):
        """Runs commands one after the other; the answer to the last one."""
        answer = None
        for command in commands:
            self.begin(command)
            answer = self.reply()
        return answer

    def pair(self, listener, client, server, host="127.0.0.1", bind=None):
        """A connection within this peer: slots of listener, client and server side. The client's answer."""
        family = 6 if ":" in host else 4
        if bind is None:
            bind = host
        port = self("tcp %d %d" % (listener, 6 if ":" in bind else 4), "bind %d %s 0" % (listener, bind),
                    "listen %d 64" % listener)["lport"]
        answer = self("tcp %d %d" % (client, family), "connect %d %s %d" % (client, host, port))
        self("accept %d %d" % (listener, server))
        return answer

    def inside(self, *command):
        """A program run in this peer's namespace: what it printed."""
        return run("nsenter", "-t", str(self.pid), "-n", *command)


class Tick:
    def __init__(self, head):
        self.head = head
        self.rows = []

    def find(self, **want):
        return [r for r in self.rows if all(r.get(k) == v for k, v in want.items())]


class Skbtop:
    """skbtop --batch in JSON lines, tick by tick."""

    def __init__(self, *args, interval=0.1, columns=None, env=None, prefix=()):
        self.process = subprocess.Popen(  # prefix: what becomes skbtop in the end (prlimit, setpriv)
            [*prefix, SKBTOP, "--batch", "--format", "json", "--count", "0", "--interval", str(interval), *args]
            + (["--columns", columns] if columns else []),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        self.lines = Lines(self.process.stdout)
        self.next_head = None
        self.interval = interval
        self.ends = {}  # id -> last row of an ended connection
        self.end_count = {}  # id -> how often it was reported

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.send_signal(signal.SIGCONT)  # a test that failed may have left it stopped
        self.process.stdout.close()
        self.process.wait(DEADLINE)
        self.process.stderr.close()

    def read(self, deadline):
        line = self.lines.get(deadline)
        if line is None:
            status = self.process.wait(DEADLINE)
            raise Failure("skbtop ended with %s: %s" % (status, self.process.stderr.read().decode().strip()))
        return json.loads(line)

    def tick(self, deadline=None):
        """The next whole tick."""
        deadline = deadline or time.monotonic() + DEADLINE
        while self.next_head is None:
            row = self.read(deadline)
            if row["type"] == "tick":
                self.next_head = row
        tick = Tick(self.next_head)
        while True:
            row = self.read(deadline)
            if row["type"] == "tick":
                self.next_head = row
                break
            tick.rows.append(row)
            if row.get("state") == "closed":
                self.ends[row["id"]] = row
                self.end_count[row["id"]] = self.end_count.get(row["id"], 0) + 1
        return tick

    def end(self):
        """Its exit status, once it has ended. What it still says is read: it waits for whoever does not."""
        deadline = time.monotonic() + DEADLINE
        while self.lines.get(deadline) is not None:
            pass
        return self.process.wait(DEADLINE)

    def settled(self):
        """The first tick that began after now, and whose pass over the sockets did, too: where others make so many of
        them that a pass stretches over ticks, the first after which one has begun anew and come to its end."""
        now, left = time.time(), None
        while True:
            tick = self.tick()
            if tick.head["time"] < now:
                continue
            stretch = tick.head["cost"].get("pass_ticks", 1)
            left = 2 * (stretch - 1) if left is None else left - 1
            if stretch == 1 or left <= 0:
                return tick

    def wait(self, found, what, patience=PATIENCE):
        """Ticks until found(tick) gives something true, which is returned. On a machine that is busy ticks come late,
        and what they tell of does, too: it is their number that counts, besides the time."""
        deadline, left = time.monotonic() + patience, patience / self.interval
        while True:
            left -= 1
            try:
                result = found(self.tick())
            except Failure as e:
                raise Failure("%s: %s" % (what, e)) from None
            if result:
                return result
            if time.monotonic() > deadline and left <= 0:
                raise Failure("%s: not within %d s, and as many ticks as were due" % (what, patience))

    def rows(self, *wants):
        """For each description the one row like it, all of the first tick that began after now."""
        tick = self.settled()
        found = [tick.find(**want) for want in wants]
        for rows, want in zip(found, wants):
            if len(rows) != 1:
                raise Failure("%d rows with %s" % (len(rows), want))
        return [rows[0] for rows in found]

    def row(self, **want):
        return self.rows(want)[0]

    def ended(self, **want):
        """The one connection like this that is over (closed, or in TIME_WAIT with its last totals), waited for."""
        def look(tick):
            over = list(self.ends.values()) + tick.find(state="time-wait")
            return [r for r in over if all(r.get(k) == v for k, v in want.items())]
        rows = look(Tick(None)) or self.wait(look, "the end of %s" % want)
        equal(len({r["id"] for r in rows}), 1, "ended connections with %s" % want)
        return rows[-1]

    def children(self):
        return children(self.process.pid)


def run(*command, status=0):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
    if status is not None and done.returncode != status:
        raise Failure("%s: status %d: %s" % (command[0], done.returncode, done.stderr.decode().strip()))
    return done.stdout.decode()


def children(pid):
    """The process's children, by /proc."""
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def waits_in(peer):
    """The number of the system call in which it sleeps; None: it runs."""
    with open("/proc/%d/syscall" % peer.pid, encoding="ascii") as f:
        number = f.read().split()[0]
    return int(number) if number.isdigit() else None


def veth(a, b, address_a="10.99.0.1/24", address_b="10.99.0.2/24", devices=("va", "vb")):
    """Joins the namespaces of two peers with a veth pair; it goes with them."""
    first, second = devices
    run("ip", "link", "add", first, "netns", str(a.pid), "type", "veth", "peer", "name", second, "netns", str(b.pid))
    for peer, device, address in ((a, first, address_a), (b, second, address_b)):
        peer.inside("ip", "address", "add", address, "dev", device)
        peer.inside("ip", "link", "set", device, "up")


def joined(a, b):
    """A connection from peer a (slot 1) to peer b (slot 2) over a veth pair: both ports."""
    veth(a, b)
    port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
    client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
    b("accept 0 2")
    return client["lport"], port


def nft(peer, hook, *rules, kind="filter", policy="accept"):
    """A chain at a hook of the peer's namespace, with these rules of nftables; it is called as the hook."""
    chain = "inet t " + hook
    commands = ["add table inet t", "add chain %s { type %s hook %s priority %d; policy %s; }" % (
        chain, kind, hook, -100 if kind == "nat" else 0, policy)]
    try:
        peer.inside("nft", "; ".join(commands + ["add rule %s %s" % (chain, rule) for rule in rules]))
    except (OSError, Failure) as e:
        holds("syntax error" not in str(e), str(e))
        raise Skip("no nftables: %s" % e) from None


def counter(peer, name):
    """What nstat counted in this peer's namespace since it was made."""
    for line in peer.inside("nstat", "-asz", name).splitlines():
        word = line.split()
        if word and word[0] == name:
            return int(float(word[1]))
    raise AssertionError("nstat has no " + name)


@contextlib.contextmanager
def meanwhile(work):
    """work() again and again in a thread, beside what the block does."""
    done = threading.Event()

    def repeat():
        while not done.is_set():
            work()
    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


# -- assertions ------------------------------------------------------------------------------------------

def serves(feature):
    """Does this kernel have hooks for it?"""
    done = subprocess.run([SKBTOP, "--doctor"], stdout=subprocess.PIPE, check=False)
    lines = [line for line in done.stdout.decode().splitlines() if feature in line]
    equal(len(lines), 1, "lines about " + feature)
    return lines[0].split()[0] == "yes"


def equal(got, want, what):
    if got != want:
        raise AssertionError("%s: %r, not %r" % (what, got, want))


def becomes(what, found, patience=PATIENCE):
    """What another processor does is waited for, where nothing tells of it."""
    deadline = time.monotonic() + patience
    while not found():
        holds(time.monotonic() < deadline, what)
        time.sleep(0.01)


def near(got, want, tolerance, what):
    if got is None or abs(got - want) > tolerance:
        raise AssertionError("%s: %r is not within %r of %r" % (what, got, tolerance, want))


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


# -- running ------------------------------------------------------------------------------------------

class Again(AssertionError):
    """What was measured says itself that this machine kept something from it, and so cannot be compared."""
    times = 3  # to try it, in all


class Unseen(Again):
    """Of thousands of events, each of which has to be seen, the kernel often keeps one from us."""
    times = 8


def too_late(text):
    """What to raise where something was not said in time: who has no processor does not send, either, and is no fault.
    This machine says so itself."""
    return Again(text) if os.getloadavg()[0] > os.cpu_count() else Failure(text)


def missing(text):
    """What to raise where an event was not told. The kernel that skbtop is developed on runs no program while process 1
    is current (HACKING.md), and nothing counts that; where kprobes are to be had none may be missing."""
    return (Failure if os.path.isdir("/sys/bus/event_source/devices/kprobe") else Unseen)(text)


def attempt(case):
    """Runs a case, once more where it asks for that."""
    for made in itertools.count(1):
        try:
            return case()
        except Again as e:
            if made >= e.times:
                raise
            print("# %s; once more" % e)


def main(cases, limit=LIMIT):
    """Runs the cases of a test file and prints TAP. Names on the command line choose some of them."""
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root: it makes network namespaces")
        return
    # Whatever happens, this process ends, and its peers and skbtop with it: past all that catches an Exception.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("no end within %d s" % limit))
    signal.alarm(limit)
    wanted = sys.argv[1:]
    cases = [c for c in cases if not wanted or c.__name__ in wanted]
    print("1..%d" % len(cases))
    failed = 0
    for number, case in enumerate(cases, 1):
        name = case.__name__.replace("_", " ")
        try:
            attempt(case)
            print("ok %d - %s" % (number, name))
        except Skip as e:
            print("ok %d - %s # SKIP %s" % (number, name, e))
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            where = traceback.extract_tb(e.__traceback__)
            line = next((f.lineno for f in reversed(where) if os.path.basename(f.filename).startswith("test_")), 0)
            print("not ok %d - %s" % (number, name))
            why = "line %d: %s: %s" % (line, type(e).__name__, re.sub(r"\s*\n\s*", " | ", str(e)))
            print("# " + why)
            print("%s: %s" % (name, why), file=sys.stderr)  # of a test that failed, meson shows only this
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
