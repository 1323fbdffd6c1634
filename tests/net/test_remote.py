"""Another machine by real sshd, in namespaces of its own: its sockets, its name, and how it ends."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile

from witness import Failure, Peer, Skip, Skbtop, becomes, children, equal, holds, main, run, veth

SKBTOP = os.environ["SKBTOP"]
ADDRESS = "10.99.0.2"
CONFIG = """ListenAddress %(address)s
HostKey %(folder)s/host
AuthorizedKeysFile %(folder)s/user.pub
PidFile none
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv PATH=%(folder)s/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""
# Of sudo only what leads to its arguments: the real one would look for skbtop where an administrator puts it.
SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n'
# sshd wants a folder of its own in /run, and is "web1".
START = "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && hostname web1 && exec %s -D -e -f %s"


class Machine:
    """sshd in a peer's network namespace, and how it is reached from another's."""

    def __init__(self, here, there, folder):
        daemon = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not daemon:
            raise Skip("needs sshd (openssh-server)")
        for key in "host", "user":
            run("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", "%s/%s" % (folder, key))
        os.mkdir(folder + "/bin")
        os.symlink(os.path.abspath(SKBTOP), folder + "/bin/skbtop")
        for name, text in ("bin/sudo", SUDO), ("config", CONFIG % {"address": ADDRESS, "folder": folder}):
            with open("%s/%s" % (folder, name), "w", encoding="ascii") as f:
                f.write(text)
        os.chmod(folder + "/bin/sudo", 0o755)
        with open(folder + "/host.pub", encoding="ascii") as key, open(folder + "/known", "w", encoding="ascii") as f:
            f.write(ADDRESS + " " + key.read())
        self.folder = folder
        veth(here, there)
        self.ssh = "ssh -F none -o BatchMode=yes -i %s/user -o UserKnownHostsFile=%s/known" % (folder, folder)
        self.here = ["nsenter", "-t", str(here.pid), "-n"]
        self.process = subprocess.Popen(
            ["nsenter", "-t", str(there.pid), "-n", "unshare", "-m", "-u", "sh", "-c",
             START % (daemon, folder + "/config")], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        becomes("sshd listens", lambda: self.reached(here))

    def reached(self, here):
        if self.process.poll() is not None:
            raise Failure("sshd ended with %d" % self.process.returncode)
        words = self.ssh.split() + ["root@" + ADDRESS, "true"]
        return subprocess.run(["nsenter", "-t", str(here.pid), "-n", *words], check=False, stdin=subprocess.DEVNULL,
                              capture_output=True).returncode == 0

    def watch(self, *args):
        return Skbtop("--host", "root@" + ADDRESS, "--ssh", self.ssh, *args, prefix=self.here)

    def collectors(self):
        """Who collects for a connection of this sshd."""
        def below(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                for child in children(pid):
                    yield child
                    yield from below(child)

        def comm(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open("/proc/%d/comm" % pid, encoding="utf-8") as f:
                    return f.read().strip()
        return [p for p in below(self.process.pid) if (comm(p) or "").startswith("skbtop")]

    def without_skbtop(self, folder):
        """From the next login on; what is brought there lies in this folder."""
        os.unlink(self.folder + "/bin/skbtop")
        with open(self.folder + "/bin/mktemp", "w", encoding="ascii") as f:
            f.write('#!/bin/sh\nTMPDIR=%s exec /usr/bin/mktemp "$@"\n' % folder)
        os.chmod(self.folder + "/bin/mktemp", 0o755)

    def stop(self):
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def machine():
    with tempfile.TemporaryDirectory() as folder, Peer() as here, Peer() as there:
        os.chmod(folder, 0o755)
        m = Machine(here, there, folder)
        try:
            yield m, there
        finally:
            m.stop()


def its_sockets_and_its_name():
    with machine() as (m, there):
        port = there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        with m.watch() as top:
            row = top.row(pid=there.pid, lport=port)
            equal(row["state"], "listen", "the listener's state")
            equal(top.tick().head["host"], "web1", "the name of the machine")
            holds(m.collectors(), "a collector behind sshd")
        becomes("the collector leaves with its reader", lambda: not m.collectors())


def what_is_killed_ends_it():
    with machine() as (m, _), m.watch() as top:
        top.settled()
        for pid in m.collectors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        equal(top.end(), 1, "the status")
        said = top.process.stderr.read().decode()
        holds(said.startswith("skbtop: root@%s: " % ADDRESS), "the host is named: %r" % said)


def a_machine_without_it():
    with machine() as (m, there), tempfile.TemporaryDirectory() as elsewhere:
        m.without_skbtop(elsewhere)
        with m.watch("--copy") as top:
            there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")
            top.row(pid=there.pid)
            equal(len(os.listdir(elsewhere)), 1, "copies")
        becomes("the copy is taken away", lambda: not os.listdir(elsewhere))


def who_does_not_answer():
    with machine() as (m, _), Skbtop("--host", "root@" + ADDRESS, "--ssh", m.ssh + " -p 1", prefix=m.here) as top:
        equal(top.end(), 1, "the status")
        said = top.process.stderr.read().decode()
        holds("Connection refused" in said and said.count("\n") == 1, "ssh's own words: %r" % said)


main([its_sockets_and_its_name, what_is_killed_ends_it, a_machine_without_it, who_does_not_answer])
