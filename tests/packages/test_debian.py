"""The Debian package: it is built as Debian builds it, lintian has nothing against it, and in a small Debian it is
installed, runs, and is removed without leaving anything."""

import glob
import os
import tempfile

from building import INSTALLED, SOURCE, VERSION, copy_of_sources, needs, succeed
from witness import equal, holds, main

FOLDER = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with


def package():
    return glob.glob("%s/skbtop_%s_*.deb" % (FOLDER.name, VERSION))


def is_built_and_lintian_is_content():
    needs("dpkg-buildpackage", "dh", "lintian")
    succeed("dpkg-buildpackage", "-us", "-uc", "-b", cwd=copy_of_sources(FOLDER.name + "/skbtop"),
            DEB_BUILD_OPTIONS="parallel=2 nocheck")
    equal(len(package()), 1, "packages")
    said = succeed("lintian", "--allow-root", "--fail-on", "error,warning", *glob.glob(FOLDER.name + "/*.changes"))
    holds("E: " not in said and "W: " not in said, said)
    held = {line.split()[-1] for line in succeed("dpkg-deb", "--contents", package()[0]).splitlines()}
    for path in (*INSTALLED, "usr/share/zsh/vendor-completions/_skbtop", "usr/lib/sysusers.d/skbtop.conf",
                 *["lib/systemd/system/" + os.path.basename(unit)
                   for unit in glob.glob(SOURCE + "/packaging/*.service")]):
        holds("./" + path in held, path)


def traces(root):
    """What has our name there, but for what dpkg and apt keep of what they have done."""
    found = succeed("find", root, "-xdev", "-path", root + "/var/log", "-prune", "-o", "-name", "*skbtop*",
                    "-printf", "%P\\n")
    return sorted(filter(None, found.splitlines()))


def is_installed_runs_and_is_removed():
    needs("debootstrap")
    holds(package(), "a package was built")
    root = FOLDER.name + "/debian"
    script = '. "$0/scripts/common.sh"; debootstrap --variant=minbase bookworm "$1" "$(mirror)"'
    succeed("sh", "-euc", script, SOURCE, root)
    succeed("sh", "-euc", 'cp /etc/apt/apt.conf.d/* "$0/etc/apt/apt.conf.d/"; cp /etc/resolv.conf /etc/hosts "$0/etc/"',
            root)
    os.rename(package()[0], root + "/tmp/package.deb")
    apt = ["chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends"]
    succeed(*apt, "install", "/tmp/package.deb")
    said = succeed("chroot", root, "skbtop", "--version").splitlines()
    equal(said[0], "skbtop " + VERSION, "--version")
    holds("linked: shared" in said, said)
    holds("skbtop:" in succeed("chroot", root, "getent", "passwd", "skbtop"), "a user for the collector")
    holds("usr/bin/skbtop" in traces(root), "what it has installed is found: %s" % traces(root))
    succeed(*apt, "purge", "skbtop")
    equal(traces(root), [], "what is left of it")


if __name__ == "__main__":
    main([is_built_and_lintian_is_content, is_installed_runs_and_is_removed], 1200)
