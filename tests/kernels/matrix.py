"""What serves each feature in each kernel, as docs/kernels.md has it: a table for each choice of hooks, made from what
the check `doctor` prints and compared with it in every run."""

import os
import re

import kernels

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "kernels.md")
MOVING = ("newest",)  # what serves it today is written down, and may be another tomorrow
TITLES = {"all": "With all hooks", "no fentry": "Where no function can be hooked by fentry",
          "no kprobe": "Where neither fentry nor kprobes work"}


def told(output):
    """(choice, feature, hook) of each line that a check printed of this."""
    return [tuple(line.split("\t")[1:]) for line in output.splitlines() if line.startswith("serves\t")]


def read():
    """choice → feature → kernel → hook. What is not in a later table is as in the first."""
    found, choice, feature = {name: {} for name in TITLES}, None, ""
    names = {title: name for name, title in TITLES.items()}
    with open(PATH, encoding="utf-8") as f:
        for line in f:
            if line.startswith("## "):
                choice = names.get(line[3:].strip())
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if choice and len(cells) == 3 and set(cells[1]) != {"-"} and cells[1] != "served by":
                feature = cells[0] or feature
                for kernel in kernels.KERNELS if cells[2] == "all" else cells[2].split(", "):
                    found[choice].setdefault(feature, {})[kernel] = cells[1].replace("`", "")
    first, *others = found.values()
    return dict(zip(found, [first] + [{**first, **other} for other in others]))


def differences(kernel, output):
    """What a run in a kernel says otherwise than is written down."""
    if kernel in MOVING:
        return []
    known = {(choice, feature): served[kernel] for choice, features in read().items()
             for feature, served in features.items() if kernel in served}
    seen = {(choice, feature): hook for choice, feature, hook in told(output)}
    return ["docs/kernels.md, %s: %s is served by '%s', not '%s'" % (*key, seen.get(key), known.get(key))
            for key in {**known, **seen} if seen and seen.get(key) != known.get(key)]


def write(outputs, versions):
    """outputs: kernel → what the check printed there; versions: which it is. What stands before the tables stays."""
    served = {}
    for kernel, output in outputs.items():
        for choice, feature, hook in told(output):
            served.setdefault(choice, {}).setdefault(feature, {}).setdefault(hook, []).append(kernel)
    with open(PATH, encoding="utf-8") as f:
        lines = [re.split(r"^[|#] ", f.read()[2:], 1, re.M)[0].rstrip(), "", "| kernel | is |", "|---|---|"]
    lines[0] = "# " + lines[0]
    lines += ["| %s | %s |" % pair for pair in versions.items()]
    for choice, title in TITLES.items():
        lines += ["", "## " + title, "", "| feature | served by | kernels |", "|---|---|---|"]
        for feature, hooks in served[choice].items():
            if choice != "all" and hooks == served["all"].get(feature):
                continue
            for i, (hook, where) in enumerate(hooks.items()):
                lines.append("| %s | %s | %s |" % ("" if i else feature, re.sub(r"(\S+/\S+)", r"`\1`", hook),
                                                    "all" if len(where) == len(outputs) else ", ".join(where)))
    with open(PATH, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
