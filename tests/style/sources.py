"""The files that were written by hand, found by walking (a source tree need not be a repository), and how a test says
what is wrong with them."""

import os
import sys

ROOT = os.environ.get("SOURCE") or os.path.abspath(__file__ + "/../../..")
SKIPPED = 77  # for meson

# Folders that hold text for programs: what a terminal shows, what a fuzzer begins with.
DATA = ("tests/screen/goldens", "tests/fuzz/corpus", "tests/fuzz/dict")


def files(wanted):
    """Paths below the root of all files that wanted(path) is true for; nothing that was built (in whatever folder),
    nothing hidden."""
    for folder, folders, names in os.walk(ROOT):
        here = os.path.relpath(folder, ROOT)
        folders[:] = sorted(name for name in folders
                            if not name.startswith((".", "build", "__")) and os.path.join(here, name) not in DATA
                            and not os.path.exists(os.path.join(folder, name, "meson-private")))
        for path in sorted(os.path.normpath(os.path.join(here, name)) for name in names):
            if wanted(path):
                yield path


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def is_c(path):
    return path.endswith((".c", ".h"))


def is_source(path):
    """C, Python, meson, shell and pages, with and without a suffix."""
    written = (".py", ".sh", ".sed", ".js", ".css", ".html")
    if is_c(path) or path.endswith(written) or os.path.basename(path).startswith("meson"):
        return True
    if "." in os.path.basename(path) or os.path.islink(os.path.join(ROOT, path)):
        return False
    with open(os.path.join(ROOT, path), "rb") as f:
        return f.read(2) == b"#!"


def finish(wrong, count, least):
    """Says what is wrong and ends. A test that found fewer files than there can be has looked in the wrong place."""
    for line in wrong:
        print(line)
    print("%d files, %d complaints" % (count, len(wrong)))
    sys.exit(bool(wrong) or count < least)
