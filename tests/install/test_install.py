"""The program builds and installs without the packages of the tests, which are hidden from meson here; as one file that
needs nothing else, which runs where there is nothing else."""

import os
import shutil
import subprocess
import tempfile

import screen
from witness import equal, holds, main

SOURCE = os.environ["SOURCE"]
NEEDED = ("ncursesw", "tinfo", "libbpf", "libelf", "zlib", "libcap-ng", "libseccomp", "jansson",
          "libnghttp2", "libzstd")
LIMIT = 500  # seconds for one command


def succeed(*command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT, check=False)
    equal(done.returncode, 0, "%s: %s" % (" ".join(command[:2]), done.stdout.decode()[-2000:]))
    return done.stdout.decode()


def only_what_building_needs(folder):
    """A folder of pkg-config files: of all that are installed, those of the README's packages for building."""
    os.mkdir(folder)
    for path in succeed("pkg-config", "--variable=pc_path", "pkg-config").strip().split(":"):
        for name in NEEDED:
            if os.path.exists("%s/%s.pc" % (path, name)) and not os.path.lexists("%s/%s.pc" % (folder, name)):
                os.symlink("%s/%s.pc" % (path, name), "%s/%s.pc" % (folder, name))
    return folder


def builds_and_installs():
    with tempfile.TemporaryDirectory() as folder:
        hidden = only_what_building_needs(folder + "/pkgconfig")
        with open(folder + "/native.ini", "w", encoding="ascii") as f:
            f.write("[binaries]\ncmake = '/bin/false'\n")
        build = folder + "/build"
        said = succeed("meson", "setup", build, SOURCE, "--native-file", folder + "/native.ini", "--prefix=/usr",
                       "-Dstatic=true", "-Doptimization=0", PKG_CONFIG_LIBDIR=hidden)
        holds("tests" in said and "NO" in said.split("tests")[-1].split("\n")[0],
              "no tests are built: %s" % said[-500:])
        succeed("ninja", "-C", build)
        # Before anything is installed: the page of the program that was just built.
        with open(build + "/docs/skbtop.8", encoding="utf-8") as f:
            page = f.read()
        for heading in ("OPTIONS", "VIEWS", "KEYS", "COLUMNS", "EXAMPLES", "EXIT STATUS"):
            holds(".SH %s\n" % heading in page, "section %s of the man page" % heading)
        succeed("ninja", "-C", build, "install", DESTDIR=folder + "/root")
        for path in ("bin/skbtop", "share/man/man8/skbtop.8", "share/bash-completion/completions/skbtop",
                     "share/skbtop/themes/dark.ini"):
            holds(os.path.exists(folder + "/root/usr/" + path), path)
        equal(succeed(folder + "/root/usr/bin/skbtop", "--version").split()[0], "skbtop", "--version")
        runs_in_an_empty_root(folder + "/root/usr/bin/skbtop", folder + "/empty")


def in_root(root, terminal):
    """A script that runs the program there, on a terminal of this type."""
    path = "%s-%s.sh" % (root, terminal)
    with open(path, "w", encoding="ascii") as f:
        f.write("""#!/bin/sh
export TERM=%s
exec unshare --mount sh -c 'mount -t proc proc "$0/proc" && mount --rbind /sys "$0/sys" &&
	exec chroot "$0" /skbtop "$@"' %s "$@"
""" % (terminal, root))
    os.chmod(path, 0o755)
    return path


def runs_in_an_empty_root(program, root):
    """Nothing there but /proc and /sys, which only this program sees."""
    headers = succeed("readelf", "--wide", "--program-headers", "--dynamic", program)
    holds("INTERP" not in headers and "NEEDED" not in headers, "no shared library: " + headers)
    for name in ("proc", "sys"):
        os.makedirs(root + "/" + name)
    shutil.copy(program, root)
    run = in_root(root, "xterm-256color")
    said = succeed(run, "--doctor")
    holds(said.endswith("skbtop can run\n"), "--doctor: " + said)
    rows = succeed(run, "--batch", "--count", "2", "--interval", "0.5", "--columns", "proto", "--format", "csv")
    holds("tcp" in rows or "udp" in rows, "a batch: " + rows)
    # Those that terminfo has not even outside; the last is not known to anybody.
    for terminal in ("xterm-256color", "foot", "tmux-256color", "screen", "linux"):
        with screen.Screen(80, 24, in_root(root, terminal)) as shown:
            shown.wait("COMM")
    done = subprocess.run(["script", "-qec", in_root(root, "nonsense"), "/dev/null"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=60, check=False)
    holds(b"the terminal type 'nonsense' is not known" in done.stdout, "an unknown terminal: %r" % done.stdout)


def examples_are_accepted():
    """Each command of the man page's EXAMPLES: the command line is right (status 2 says that it is not)."""
    with open(SOURCE + "/docs/skbtop.8.in", encoding="utf-8") as f:
        section = f.read().split(".SH EXAMPLES\n")[1].split(".SH ")[0]
    commands = [line.replace("\\-", "-").replace("\\(ha", "^").replace("\\(ti", "~") for line in section.splitlines()
                if line.startswith("skbtop")]
    holds(len(commands) > 8, "%d examples" % len(commands))
    for command in commands:
        words = command.replace("skbtop", os.environ["SKBTOP"], 1)
        # A user without privileges gets no further than the check of the command line.
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c",
                               "cd / && exec " + words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20,
                              check=False)
        holds(done.returncode in (0, 1), "%s: status %d: %s" % (command, done.returncode, done.stderr.decode()))


if __name__ == "__main__":
    main([builds_and_installs, examples_are_accepted], 600)
