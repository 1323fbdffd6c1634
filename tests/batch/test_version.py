"""What --version says: the version, how it was built, and each library that it was linked with, in the version that
pkg-config knows."""

import os
import re
import subprocess
import unittest

SKBTOP, VERSION = os.environ["SKBTOP"], os.environ["VERSION"]
# Of the compiler, of the C library, and what comes with another library.
NOT_OURS = {"libc", "libm", "libresolv", "libtinfo", "libgcc_s", "libasan", "libubsan"}
OTHER_LINES = ["machine", "linked", "users and hosts", "sandbox", "clang", "terminals"]


def said(*command):
    return subprocess.run(command, check=True, timeout=30, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE).stdout.decode()


def version_of(soname):
    """The name that pkg-config has for a library, and the library's version."""
    for name in (soname, soname.removeprefix("lib")):
        if subprocess.run(["pkg-config", "--exists", name], check=False, timeout=30).returncode == 0:
            return name, said("pkg-config", "--modversion", name).strip()
    raise AssertionError("pkg-config does not know %s" % soname)


class Version(unittest.TestCase):
    def setUp(self):
        self.first, *lines = said(SKBTOP, "--version").splitlines()
        self.lines = dict(line.split(": ", 1) for line in lines)

    def test_first_line(self):
        self.assertEqual(self.first, "skbtop " + VERSION)

    def test_libraries(self):
        sonames = {s for s in re.findall(r"\(NEEDED\).*\[(\S+?)\.so", said("readelf", "--wide", "--dynamic", SKBTOP))
                   if not s.startswith("ld-")} - NOT_OURS
        self.assertEqual(self.lines["linked"], "shared" if sonames else "static")
        libraries = {name: value for name, value in self.lines.items() if name not in OTHER_LINES}
        if sonames:
            self.assertEqual(libraries, dict(map(version_of, sonames)))

    def test_other_lines(self):
        self.assertEqual([name for name in self.lines if name in OTHER_LINES], OTHER_LINES)
        self.assertEqual(self.lines["machine"], os.uname().machine)
        self.assertIn(self.lines["clang"], said("clang", "--version"))
        for name, value in self.lines.items():
            self.assertRegex(value, r"\A\S(.*\S)?\Z", name)


if __name__ == "__main__":
    unittest.main()
