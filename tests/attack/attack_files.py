#!/usr/bin/env python3
"""Files that are written are new ones of the user alone; files that are read do not hold anything up."""

import contextlib
import os
import stat
import subprocess
import tempfile

import witness
from witness import SKBTOP, equal, holds


def skbtop(*args, umask=0o022):
    return subprocess.run([SKBTOP, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=witness.DEADLINE, umask=umask, check=False)


def record(path, *args, umask=0o022):
    return skbtop("--batch", "--count", "1", "--record", path, *args, umask=umask)


@contextlib.contextmanager
def sticky():
    """A folder as /tmp is: everybody may make files in it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o1777)
        yield folder


def look(path):
    """Everything that must not change."""
    st = os.lstat(path)
    with open(path, "rb") as f:
        return st.st_ino, st.st_uid, st.st_mode, f.read()


def put(path, owner=None, mode=0o666):
    with open(path, "wb") as f:
        f.write(b"old")
    os.chmod(path, mode)
    if owner is not None:
        os.chown(path, owner, owner)


def refused(done, path, why):
    equal(done.stderr.decode(), "skbtop: %s %s: not written\n" % (path, why), "what it says")
    equal(done.returncode, 1, "its status")


def someone_elses_file():
    """Mode 0666, in a sticky folder: opening it works, and whoever owns it would read on."""
    with sticky() as folder:
        path = os.path.join(folder, "file")
        put(path, owner=1)
        before = look(path)
        refused(record(path), path, "belongs to someone else")
        refused(record(path, "--user", "nobody"), path, "belongs to someone else")
        refused(skbtop("--snapshot", path), path, "belongs to someone else")
        equal(look(path), before, "someone else's file")


def other_names():
    with sticky() as folder:
        path, other, link = (os.path.join(folder, name) for name in ("file", "other", "link"))
        put(path)
        os.link(path, other)
        os.symlink(path, link)
        before = look(path)
        refused(record(path), path, "has other names, too (hard links)")
        refused(skbtop("--snapshot", other), other, "has other names, too (hard links)")
        refused(record(link), link, "is a symbolic link")
        refused(skbtop("--snapshot", link), link, "is a symbolic link")
        equal(look(path), before, "a file with other names")


def no_regular_file():
    with sticky() as folder:
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo)
        for path in fifo, "/dev/null", folder:
            refused(record(path), path, "exists and is not a regular file")


def fifos_are_not_read():
    """Nobody writes to them."""
    with sticky() as folder:
        fifo, recording = os.path.join(folder, "theme.ini"), os.path.join(folder, "recording")
        os.mkfifo(fifo)
        equal(record(recording).returncode, 0, "a recording")
        done = skbtop("--batch", "--theme", fifo, "--replay", recording)
        equal((done.returncode, done.stderr.decode()),
              (2, "skbtop: %s is not a regular file: not read\n" % fifo), "a theme that is a FIFO")
        picture = os.path.join(folder, "picture.txt")
        done = skbtop("--snapshot", picture, "--config", fifo, "--replay", recording, "--speed", "0")
        holds(done.returncode in (0, 1), "a configuration that is a FIFO: %r" % done.stderr)


def for_the_user_alone():
    """Also where the umask would let others read, and where they could read what was there before."""
    for umask in 0o000, 0o022:
        with sticky() as folder:
            for name, write in (("recording", lambda path: record(path, umask=umask)),
                                ("picture.txt", lambda path: skbtop("--snapshot", path, umask=umask)),
                                ("rows.json", lambda path: skbtop("--snapshot", path, umask=umask))):
                path = os.path.join(folder, name)
                put(path, mode=0o644)
                with open(path, "rb") as spy:
                    done = write(path)
                    equal(done.returncode, 0, "%s: %s" % (name, done.stderr.decode()))
                    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, name + ": mode")
                    equal(spy.read(), b"old", name + ": what was opened before")
                holds(os.stat(path).st_size > 100, name + " was written")


if __name__ == "__main__":
    witness.main([someone_elses_file, other_names, no_regular_file, fifos_are_not_read, for_the_user_alone])
