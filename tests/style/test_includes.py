"""Who may know whom: util <- record <- table <- model <- {ui, export} <- main, and {record, sandbox} <- collect. What a
static library includes of another, its include path allows or refuses; this refuses what no compiler can: headers of
the system, "../", and what comes in with somebody else's include path."""

import collections
import os
import re

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)

# Which folders below src each may include, its own sub-folders aside; one of these that is listed, as a room of the
# screen, has its own rule. "" is src itself.
WIDGETS = {"util", "record", "table", "model", "ui/settings", "ui/terminal"}
FRAME = WIDGETS | {"ui/widgets"}
TABLES = FRAME | {"ui/frame"}
VIEWS = TABLES | {"ui/tables"}
KNOWS = {
    "util": set(),
    "sandbox": {"util"},
    "protocols": {"util"},
    "record": {"util"},
    "table": {"util", "record"},
    "model": {"util", "record", "table", "protocols"},
    "bpf": set(),
    "collect": {"util", "record", "sandbox", "bpf"},
    "export": {"util", "record", "table", "model"},
    "ui/settings": {"util"},
    "ui/terminal": {"util", "ui/settings"},
    "ui/widgets": WIDGETS,
    "ui/frame": FRAME,
    "ui/tables": TABLES,
    "ui/packets": VIEWS,
    "ui/sockets": VIEWS | {"ui/packets"},
    "ui/losses": VIEWS | {"ui/packets", "ui/sockets"},
    "ui/layers": VIEWS | {"ui/packets", "ui/sockets"},
    "ui": VIEWS | {"ui/packets", "ui/sockets", "ui/losses", "ui/layers"},
    "": {"util", "record", "table", "model", "export", "ui", "sandbox", "collect"},
}
# Of src/bpf, collect sees what both ends agree on (retransmit.h, turns.h: one judgement for both), and nothing of the
# programs themselves.
AGREED = re.compile(r"(abi\w*|retransmit|turns)\.h")
# Headers of the system that only some may have; tests may have any.
SYSTEM = (
    (re.compile(r"n?curses\w*\.h|term\.h"), {"ui/terminal"}),
    (re.compile(r"bpf/.*|gelf\.h|libelf\.h"), {"collect", "bpf"}),
    (re.compile(r"linux/bpf\w*\.h"), {"collect", "bpf"}),
    (re.compile(r"nghttp2/.*"), {"protocols"}),
    (re.compile(r"seccomp\.h|linux/(seccomp|landlock)\.h"), {"sandbox"}),
)


def room(path):
    """The folder below src that a file belongs to, a room of it where that has a rule; None outside of src."""
    parts = path.split("/")
    if parts[0] != "src":
        return None
    folders = ["/".join(parts[1:end]) for end in range(len(parts) - 1, 1, -1)]
    return next((one for one in folders if one in KNOWS), parts[1] if folders else "")


def refused_of_system(path, header):
    return room(path) is not None and any(pattern.fullmatch(header) and room(path) not in rooms
                                          for pattern, rooms in SYSTEM)


def meant(path, header, by_name):
    """The files that an include can mean: the one in the same folder, else every one of that name below src."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), header))
    return [beside] if os.path.exists(os.path.join(sources.ROOT, beside)) else by_name[os.path.basename(header)]


def allowed(path, header):
    mine, other = room(path), room(header)
    if mine == other:
        return True
    return other in KNOWS[mine] and (other != "bpf" or AGREED.fullmatch(os.path.basename(header)) is not None)


def complaint(path, kind, header, by_name):
    """What is wrong with one include; None: nothing."""
    if kind == "<":
        return "<%s> is not for it" % header if refused_of_system(path, header) else None
    if ".." in header.split("/"):
        return '"%s": by its place, not by its name' % header
    if room(path) is None:
        return None
    found = meant(path, header, by_name)
    if found and not any(allowed(path, one) for one in found):
        return '"%s": it may not know %s' % (header, " or ".join(sorted(os.path.dirname(one) for one in found)))
    return None


headers = collections.defaultdict(list)
paths = list(sources.files(sources.is_c))
wrong = ["src/%s: no rule says whom it may know" % name for name in sorted({room(p) for p in paths} - {None, *KNOWS})]
for one in paths:
    if one.startswith("src/"):
        headers[os.path.basename(one)].append(one)
for one in paths if not wrong else []:
    for include in INCLUDE.finditer(sources.read(one)):
        said = complaint(one, *include.groups(), headers)
        if said:
            wrong.append("%s: %s" % (one, said))
sources.finish(wrong, len(paths), 300)
