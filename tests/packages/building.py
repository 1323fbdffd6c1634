"""What the tests of packages share: commands with a limit, and a copy of the sources to build in."""

import os
import shutil
import subprocess

from witness import Skip, equal

SOURCE, VERSION = os.environ["SOURCE"], os.environ["VERSION"]
LIMIT = 900  # seconds for one command
INSTALLED = ("usr/bin/skbtop", "usr/share/man/man8/skbtop.8.gz", "usr/share/bash-completion/completions/skbtop",
             "usr/share/fish/vendor_completions.d/skbtop.fish", "usr/share/skbtop/themes/dark.ini",
             "usr/share/skbtop/themes/high-contrast.ini", "usr/share/skbtop/themes/light.ini",
             "usr/share/skbtop/themes/monochrome.ini", "usr/share/skbtop/themes/terminal.ini")


def succeed(*command, cwd="/", **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT, cwd=cwd, check=False)
    said = done.stdout.decode(errors="replace")
    equal(done.returncode, 0, "%s: %s" % (" ".join(command[:3]), said[-1500:]))
    return said


def needs(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        raise Skip("not installed: %s (scripts/test --full installs it)" % " ".join(missing))


def copy_of_sources(folder):
    """What git knows of, as it is here, or all if this is no repository: without what was built."""
    done = subprocess.run(["git", "-c", "safe.directory=" + SOURCE, "-C", SOURCE, "ls-files", "-z", "--cached",
                           "--others", "--exclude-standard"], stdout=subprocess.PIPE, check=False, timeout=LIMIT)
    if done.returncode:
        return shutil.copytree(SOURCE, folder, symlinks=True, ignore=shutil.ignore_patterns("build*"))
    for name in filter(None, done.stdout.decode().split("\0")):
        if os.path.lexists("%s/%s" % (SOURCE, name)):
            os.makedirs(os.path.dirname("%s/%s" % (folder, name)), exist_ok=True)
            shutil.copy2("%s/%s" % (SOURCE, name), "%s/%s" % (folder, name), follow_symlinks=False)
    return folder
