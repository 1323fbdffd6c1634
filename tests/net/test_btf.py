"""The kernel's types where it does not show them, and copies that are not of this kernel."""

import os
import subprocess
import tempfile

from witness import SKBTOP, Skbtop, equal, holds, main

OWN = "/sys/kernel/btf/vmlinux"
OTHER = os.path.join(os.path.dirname(SKBTOP), "bpf", "losses.bpf.o")  # an object has types of its own
HIDDEN = ("unshare", "-m", "sh", "-ec", 'mount -t tmpfs hidden /sys/kernel/btf; exec "$@"', "sh")
USER = ("setpriv", "--reuid", "65534", "--inh-caps", "+bpf,+perfmon", "--ambient-caps", "+bpf,+perfmon")
PARTLY = "(or only a part of it)"


def refused(text, *command):
    done = subprocess.run([*HIDDEN, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    equal((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), "how it is refused")
    holds(text in done.stderr, "'%s' is not in: %s" % (text, done.stderr))


def copies():
    with tempfile.NamedTemporaryFile(suffix=".btf") as copy, tempfile.NamedTemporaryFile(suffix=".btf") as part:
        with open(OWN, "rb") as own:
            copy.write(own.read())
        copy.flush()
        with Skbtop("--btf", copy.name, prefix=HIDDEN) as top:
            top.wait(lambda tick: tick.rows, "a row")
        subprocess.run(["bpftool", "gen", "min_core_btf", OWN, part.name, OTHER], check=True, timeout=60)
        refused(PARTLY, SKBTOP, "--batch", "--btf", part.name)
        refused("root alone", *USER, SKBTOP, "--batch", "--btf", copy.name)
    refused(PARTLY, SKBTOP, "--batch", "--btf", OTHER)
    refused("it has no BTF", SKBTOP, "--batch", "--btf", "/etc/passwd")
    refused("it has no BTF", SKBTOP, "--batch", "--btf", "/dev/tty")


main([copies])
