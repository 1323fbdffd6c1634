"""What packages say again of what meson.build and scripts/common.sh say: the version, and what building needs."""

import re

import sources


def found(pattern, path, flags=re.M):
    return re.search(pattern, sources.read(path), flags)[1]


# In Debian these come with every build, or with what else is named.
BUILD_ESSENTIAL = {"gcc", "libc6-dev"}
PACKAGING = {"debhelper-compat", "dh-sequence-installsysusers"}

wrong = []
version = found(r"^  version: '(.*)',", "meson.build")
for path, pattern in (("debian/changelog", r"\A\w+ \((.*?)\)"), ("packaging/skbtop.spec", r"^Version: +(.*)$")):
    if found(pattern, path) != version:
        wrong.append("%s: version %s, meson.build has %s" % (path, found(pattern, path), version))
needed = set(found(r"^build_packages='(.*?)'", "scripts/common.sh", re.M | re.S).split()) - BUILD_ESSENTIAL
control = found(r"^Build-Depends:\n(.*?)\nStandards", "debian/control", re.M | re.S)
named = {line.split()[0].rstrip(",") for line in control.splitlines()} - PACKAGING
if needed != named:
    wrong.append("debian/control: Build-Depends and scripts/common.sh differ: %s" % sorted(needed ^ named))
sources.finish(wrong, 4, 4)
