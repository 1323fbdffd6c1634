"""A real sshd in a namespace of its own, with skbtop behind it, for tests of other machines."""

import contextlib
import os
import shutil
import subprocess
import tempfile

from witness import Failure, Peer, Skip, Skbtop, becomes, children, run, veth

SKBTOP = os.environ["SKBTOP"]
ADDRESS, SLOW = "10.99.0.2", "10.98.0.2"
CONFIG = """ListenAddress 0.0.0.0
HostKey %(folder)s/host
AuthorizedKeysFile %(folder)s/user.pub
PidFile none
PermitRootLogin prohibit-password
MaxStartups 100
AcceptEnv CALLED
StrictModes no
UsePAM no
SetEnv PATH=%(folder)s/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""
# Names of one machine, as of several; the collector's environment says by which it was called.
NAMED = """Host %(name)s
HostName %(address)s
HostKeyAlias %(alias)s
User root
IdentityFile %(folder)s/user
UserKnownHostsFile %(folder)s/known
SetEnv CALLED=%(name)s
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
        for name, text in ("bin/sudo", SUDO), ("config", CONFIG % {"folder": folder}):
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

    def collector(self, name):
        """Who collects for the machine of this name (names())."""
        def is_its(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open("/proc/%d/environ" % pid, "rb") as f:
                    return b"CALLED=%s" % name.encode() in f.read().split(b"\0")
            return False
        return next((p for p in self.collectors() if is_its(p)), None)

    def names(self, names, slow=()):
        """It is reached by each of these names, by some of them over a slow link. Returns the ssh that knows them."""
        with open(self.folder + "/names", "w", encoding="ascii") as f:
            for name in names:
                f.write(NAMED % {"name": name, "address": SLOW if name in slow else ADDRESS, "alias": ADDRESS,
                                 "folder": self.folder})
        return "ssh -F %s/names -o BatchMode=yes" % self.folder

    def without_skbtop(self, folder):
        """From the next login on; what is brought there lies in this folder."""
        os.unlink(self.folder + "/bin/skbtop")
        with open(self.folder + "/bin/mktemp", "w", encoding="ascii") as f:
            f.write('#!/bin/sh\nTMPDIR=%s exec /usr/bin/mktemp "$@"\n' % folder)
        os.chmod(self.folder + "/bin/mktemp", 0o755)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def slow_link(here, there):
    """A second way there, of 128 kbit/s."""
    veth(here, there, SLOW[:-1] + "1/24", SLOW + "/24", devices=("vc", "vd"))
    there.inside("tc", "qdisc", "add", "dev", "vd", "root", "tbf", "rate", "128kbit", "burst", "3000", "limit", "30000")


@contextlib.contextmanager
def machine(slow=False):
    with tempfile.TemporaryDirectory() as folder, Peer() as here, Peer() as there:
        os.chmod(folder, 0o755)
        m = Machine(here, there, folder)
        if slow:
            slow_link(here, there)
        try:
            yield m, there
        finally:
            m.stop()
