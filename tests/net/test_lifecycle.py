"""How skbtop starts, gives up root, and ends: whoever dies, the other end says why and nothing stays behind in the
kernel; a stopped monitor stops nobody."""

import json
import os
import pwd
import select
import signal
import subprocess
import tempfile
import time

import bpf
from witness import DEADLINE, SKBTOP, Failure, Peer, Skbtop, Skip, equal, holds, main, run


def status(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def gone(pid):
    """Waits until that process is no more, whoever is its parent."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], DEADLINE)[0]:
            raise Failure("process %d still runs" % pid)
    finally:
        os.close(fd)


def collector_of(top):
    found = top.children()
    equal(len(found), 1, "children of the monitor")
    return found[0]


def nothing_left(held):
    """Programs go some time after their last holder: a grace period of RCU, which other calls make pass."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        now = bpf.existing()
        left = (held["programs"] & now["prog"], held["links"] & now["link"], set(held["maps"]) & now["map"])
        if not any(left):
            return
        select.select([], [], [], 0.02)  # of this the kernel tells nobody
    raise AssertionError("programs %s, links %s, maps %s are still there" % left)


def killed_monitor():
    with Skbtop() as top:
        top.settled()
        collector = collector_of(top)
        held = bpf.held(collector)
        holds(held["programs"] and held["maps"], "the collector holds programs and maps: %s" % held)
        top.process.kill()
        gone(collector)
        nothing_left(held)


def killed_collector():
    with Skbtop() as top:
        top.settled()
        collector = collector_of(top)
        held = bpf.held(collector)
        os.kill(collector, signal.SIGKILL)
        equal(top.end(), 1, "exit status of the monitor")
        said = top.process.stderr.read().decode()
        equal(len(said.splitlines()), 1, "lines on stderr: %r" % said)
        holds("collector" in said and "9" in said or "illed" in said, "the line says why: %r" % said)
        nothing_left(held)


def interrupted():
    with Skbtop() as top:
        top.settled()
        collector = collector_of(top)
        held = bpf.held(collector)
        top.process.send_signal(signal.SIGINT)
        top.end()
        gone(collector)
        nothing_left(held)


def counted_ticks():
    done = subprocess.run([SKBTOP, "--batch", "--format", "json", "--count", "3", "--interval", "0.1"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
    equal((done.returncode, done.stderr), (0, b""), "status and stderr")
    equal(sum(line.startswith(b'{"type":"tick"') for line in done.stdout.splitlines()), 3, "ticks")


def reader_that_leaves():
    """skbtop --batch | head: a quiet end."""
    process = subprocess.Popen([SKBTOP, "--batch", "--count", "0", "--interval", "0.1"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    equal((process.wait(DEADLINE), process.stderr.read()), (0, b""), "status and stderr")
    process.stderr.close()


def stopped_monitor():
    """SIGSTOP: the collector goes on, does not grow, and the ticks that nobody read are counted."""
    with Peer() as peer, Skbtop("-a", columns="id,netns,state,dir,lport,rport,tx_bytes", interval=0.1) as top:
        top.settled()
        collector = collector_of(top)
        top.process.send_signal(signal.SIGSTOP)
        memory = int(status(collector)["VmRSS"].split()[0])
        clients = []
        # The kernel's socket buffer takes a good many ticks: fill it with the ends of connections.
        for _ in range(2000):
            clients.append(peer.pair(0, 1, 2))
            peer("move 1 2 10", "close 1", "eof 2", "close 2", "close 0")
        equal(status(collector)["State"].split()[0] in "SR", True, "the collector runs or waits")
        # It answers to nobody now; that it still collects is seen by its processor time, during a bounded wait.
        before = cpu(collector)
        pidfd = os.pidfd_open(collector)
        holds(not select.select([pidfd], [], [], 2)[0], "the collector lives")
        os.close(pidfd)
        holds(cpu(collector) > before, "the collector still collects")
        grown = int(status(collector)["VmRSS"].split()[0]) - memory
        holds(grown < 32768, "the collector grew by %d KiB" % grown)
        top.process.send_signal(signal.SIGCONT)
        wanted = {(c["lport"], c["rport"]) for c in clients}

        def all_ended(tick):
            over = [r for r in top.ends.values() if r["netns"] == peer.netns]
            over += tick.find(netns=peer.netns, state="time-wait")
            return wanted <= {(r["lport"], r.get("rport")) for r in over}
        top.wait(all_ended, "the ends that came while it was stopped")


def cpu(pid):
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as f:
        return int(f.read().split()[0])


def skipped_ticks_are_counted():
    with Peer() as peer, Skbtop("-a", columns="id", interval=0.1) as top:
        # Enough rows that a tick does not fit into the socket's buffer many times over.
        for slot in range(1, 120):
            peer("udp %d 4" % slot, "bind %d 127.0.0.1 0" % slot)
        first = top.settled().head
        collector = collector_of(top)
        top.process.send_signal(signal.SIGSTOP)
        pidfd = os.pidfd_open(collector)
        for _ in range(12):  # traffic, so that every tick has something to say
            for slot in range(1, 120):
                peer("sendto %d 127.0.0.1 9 1000" % slot)
            select.select([pidfd], [], [], 0.25)
        os.close(pidfd)
        top.process.send_signal(signal.SIGCONT)

        def skipped(tick):
            return tick.head["lost"]["ticks"] > first["lost"]["ticks"]
        top.wait(skipped, "skipped ticks in the tick line")


def unprivileged():
    """After sudo the monitor is the invoking user, without capabilities and without a way back."""
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        raise Skip("no user nobody") from None
    env = dict(os.environ, SUDO_UID=str(user.pw_uid), SUDO_GID=str(user.pw_gid), SUDO_USER="nobody")
    with Skbtop(env=env) as top:
        top.settled()
        s = status(top.process.pid)
        equal(set(s["Uid"].split()), {str(user.pw_uid)}, "uids of the monitor")
        equal(set(s["Gid"].split()), {str(user.pw_gid)}, "gids of the monitor")
        equal(int(s["CapEff"], 16) | int(s["CapPrm"], 16) | int(s["CapInh"], 16), 0, "capabilities of the monitor")
        equal(s["NoNewPrivs"], "1", "no_new_privs")
        groups = set(s.get("Groups", "").split())
        holds("0" not in groups, "supplementary groups %s" % groups)
        # Not dumpable: its /proc files belong to root, so the user's other processes cannot trace it.
        equal(os.stat("/proc/%d/mem" % top.process.pid).st_uid, 0, "owner of /proc/PID/mem")


def plain_root_has_no_capabilities():
    with Skbtop() as top:
        top.settled()
        s = status(top.process.pid)
        equal(s["Uid"].split()[0], "0", "uid")
        equal(int(s["CapEff"], 16) | int(s["CapPrm"], 16), 0, "capabilities")
        equal(s["NoNewPrivs"], "1", "no_new_privs")


def collector_keeps_only_what_it_needs():
    with Skbtop() as top:
        top.settled()
        s = status(collector_of(top))
        full = int(status(os.getpid())["CapEff"], 16)
        equal(int(s["CapEff"], 16) & ~full, 0, "capabilities that we do not have ourselves")
        forbidden = {0: "CHOWN", 1: "DAC_OVERRIDE", 6: "SETGID", 7: "SETUID", 16: "SYS_MODULE", 17: "SYS_RAWIO"}
        kept = [name for bit, name in forbidden.items() if int(s["CapEff"], 16) >> bit & 1]
        equal(kept, [], "capabilities of the collector that it has no use for")


def files_belong_to_the_user():
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        raise Skip("no user nobody") from None
    env = dict(os.environ, SUDO_UID=str(user.pw_uid), SUDO_GID=str(user.pw_gid), SUDO_USER="nobody")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        for option, name in (("--snapshot", "screen.txt"), ("--record", "stream")):
            path = os.path.join(folder, name)
            extra = ["--batch", "--count", "1"] if option == "--record" else []
            done = subprocess.run([SKBTOP, option, path, *extra], env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
            equal((done.returncode, done.stderr), (0, b""), option)
            equal(os.stat(path).st_uid, user.pw_uid, "owner of the file of " + option)
        secret = os.path.join(folder, "secret")  # only root could write it
        with open(secret, "w", encoding="ascii") as f:
            f.write("kept")
        os.chmod(secret, 0o600)
        link = os.path.join(folder, "link.txt")
        os.symlink(secret, link)
        done = subprocess.run([SKBTOP, "--snapshot", link], env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        equal((done.returncode, len(done.stderr.splitlines())), (1, 1), "a snapshot over a link")
        with open(secret, encoding="ascii") as f:
            equal(f.read(), "kept", "what the link pointed at")


def no_privileges():
    """One line that names what is missing and what to do, exit 1."""
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", SKBTOP, "--batch"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
    said = done.stderr.decode()
    equal((done.returncode, len(said.splitlines()), done.stdout), (1, 1, b""), "status, lines: %r" % said)
    holds("CAP_BPF" in said and "sudo" in said, "the line names it: %r" % said)


def doctor():
    text = run(SKBTOP, "--doctor")
    for word in (os.uname().release, "udp"):
        holds(word in text, "%r in --doctor" % word)


def killed_recording_has_its_ticks():
    """Whatever tick was written before, the recording has."""
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/recording"
        with Skbtop("--limit", "1", "--record", path) as top:
            for _ in range(5):
                seen = top.tick().head["time"]
            top.process.kill()
            top.process.wait(DEADLINE)
        rows = run(SKBTOP, "--replay", path, "--batch", "--format", "json", "--count", "0", "--limit", "1")
        times = [r["time"] for r in map(json.loads, rows.splitlines()) if r["type"] == "tick"]
        holds(len(times) >= 5 and seen in times, "ticks until %s: %s" % (seen, times))


def without_what_can_be_left_out():
    """--without spares the hooks without which there is no table."""
    text = run(SKBTOP, "--doctor", "--without", "tracepoint")
    served = {line[6:].strip().split("  ")[0]: line[:6].strip() for line in text.splitlines() if line.startswith("  ")}
    equal((served["births, states and ends"], served["retransmits by cause"]), ("yes", "no"), "served")
    with Peer() as peer, Skbtop("--without", "tracepoint") as top:
        pair = peer.pair(0, 1, 2)
        row = top.row(netns=peer.netns, lport=pair["lport"])
        equal((row["state"], row.get("retrans_rto")), ("estab", None), "state, retransmits by cause")


main([counted_ticks, reader_that_leaves, killed_monitor, killed_collector, interrupted, stopped_monitor,
      skipped_ticks_are_counted, unprivileged, plain_root_has_no_capabilities, collector_keeps_only_what_it_needs,
      files_belong_to_the_user, no_privileges, doctor, without_what_can_be_left_out,
      killed_recording_has_its_ticks])
