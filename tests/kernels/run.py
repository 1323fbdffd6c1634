#!/usr/bin/env python3
"""Runs the checks of this folder in stock Debian kernels, each in a machine of its own, one per processor at a time.
    run.py --build DIR [-v] [--brief] [--kernels 6.1,6.12] [--checks tcp,loss]
    run.py --build DIR --matrix             writes the tables of docs/kernels.md
One line for each check in each kernel, with what failed; the last line is the sum, and the exit status says whether all
went well. A kernel that cannot be had here is skipped. A check that fails is run once more when no other machine runs:
what passes only then has passed, and is called flaky, there and in the line before the sum."""

import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import sys
import time

import kernels
import machine
import matrix

LIMIT = 900  # seconds of a processor for one machine, ten times what most take
AT_ONCE = min(os.cpu_count() or 1, 4)
AGAIN_MAX = 8  # where more have failed than that, it is not for chance


def programs(build):
    """Our own programs, from the build folder: name → path."""
    found = [build + "/src/skbtop"]
    found += [p for p in glob.glob(build + "/tests/kernels/*") if os.path.isfile(p) and os.access(p, os.X_OK)]
    missing = [p for p in found[:1] + [build + "/tests/kernels/guest"] if not os.path.exists(p)]
    if missing:
        sys.exit("not built: " + " ".join(missing))
    return {os.path.basename(p): p for p in found}


def names_of_checks():
    return sorted(os.path.basename(p)[:-3] for p in glob.glob(machine.HERE + "/checks/*.sh"))


def judge(result):
    """What is wrong with a run: lines of text, none if nothing is."""
    wrong = re.findall(r"^not ok .*", result.output, re.M)
    if result.complaints():
        wrong += ["the kernel complained:"] + ["    " + line for line in result.complaints()]
    if result.timed_out:
        wrong.append("no end within %d s of a processor, or four times as long" % LIMIT)
    elif result.status is None:
        wrong += ["the machine ended before the check:"] + ["    " + s for s in result.console.splitlines()[-15:]]
    elif result.status == 143:
        wrong.append("no end within the 900 s of the machine's own time")
    elif not re.search(r"^ok ", result.output, re.M) or (result.status and not wrong):
        wrong.append("the check ended with status %d" % result.status)
    if wrong:
        wrong += [line for line in result.output.splitlines() if not re.match("(not )?ok |status ", line)][-30:]
    return wrong


PASSED, FAILED, BROKEN = "ok", "failed", "failed, and the kernel complained"


def run_one(kernel, folder, check, payload, verbose, passed=PASSED):
    """Runs one check in one kernel and prints how it went, which is returned. passed: what it is called if it
    passes."""
    began = time.monotonic()
    result = machine.run(folder, payload, check, LIMIT)
    wrong = judge(result) + matrix.differences(kernel, result.output)
    outcome = BROKEN if result.complaints() else FAILED if wrong else passed
    cases = len(re.findall(r"^ok ", result.output, re.M))
    lines = ["%-7s %-12s %s  %3d cases, %.0f s" % (kernel, check, outcome, cases, time.monotonic() - began)]
    lines += ["    " + line for line in (result.output.splitlines() if verbose else wrong)]
    print("\n".join(lines), flush=True)
    return outcome


def run_all(runs, payload, verbose):
    """Runs each (kernel, folder, check), several at once; returns how each went."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(run_one, *r, payload, verbose) for r in runs]
        try:
            return [f.result() for f in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write_matrix(runs, payload, versions):
    """The tables of docs/kernels.md, from all kernels."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda run: machine.run(run[1], payload, run[2], LIMIT), runs))
    matrix.write({kernel: result.output for (kernel, _, _), result in zip(runs, results)}, versions)


def run_again(runs, outcomes, payload, verbose):
    """Runs what has failed once more, one after the other; returns which of them are flaky. What made the kernel
    complain has failed for good."""
    again = [i for i, outcome in enumerate(outcomes) if outcome == FAILED]
    if len(again) > AGAIN_MAX:
        return []
    return [runs[i] for i in again if run_one(*runs[i], payload, verbose, "flaky") == "flaky"]


def is_wanted(kernel, check, brief):
    """A check may name the kernels in which it is part of a brief run, which has no large kernel."""
    if brief and kernel in kernels.LARGE:
        return False
    with open("%s/checks/%s.sh" % (machine.HERE, check), encoding="utf-8") as f:
        named = re.search(r"^# brief: (\S+)$", f.read(), re.M)
    return not brief or not named or kernel in named[1].split(",")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="build folder")
    parser.add_argument("--kernels", default=",".join(kernels.KERNELS), help="some of " + ",".join(kernels.KERNELS))
    parser.add_argument("--checks", default=",".join(names_of_checks()), help="some of " + ",".join(names_of_checks()))
    parser.add_argument("--brief", action="store_true", help="leave out what checks say may be left out")
    parser.add_argument("--matrix", action="store_true", help="write docs/kernels.md by what the check doctor says")
    parser.add_argument("-v", action="store_true", dest="verbose", help="print all that the checks print")
    args = parser.parse_args()
    args.kernels, args.checks = args.kernels.split(","), ["doctor"] if args.matrix else args.checks.split(",")
    for word in set(args.kernels) - set(kernels.KERNELS):
        parser.error("no kernel '%s': choose from %s" % (word, ", ".join(kernels.KERNELS)))
    for word in set(args.checks) - set(names_of_checks()):
        parser.error("no check '%s': choose from %s" % (word, ", ".join(names_of_checks())))
    return args


def end_with_the_machines():
    """Who ends us ends them: they are in our process group."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.killpg(0, signal.SIGKILL))


def main():
    args = arguments()
    end_with_the_machines()
    payload = {**programs(args.build), "lib.sh": machine.HERE + "/lib.sh"}
    payload.update({"checks/%s.sh" % c: "%s/checks/%s.sh" % (machine.HERE, c) for c in args.checks})
    runs, versions, skipped = [], {}, 0
    for kernel in args.kernels:
        wanted = [check for check in args.checks if is_wanted(kernel, check, args.brief)]
        if not wanted:
            continue
        try:
            if not shutil.which(machine.QEMU[0]) or not shutil.which("busybox"):
                raise kernels.Missing("needs %s and busybox" % machine.QEMU[0])
            folder, versions[kernel] = kernels.get(kernel)
            print("%-7s is %s" % (kernel, versions[kernel]), flush=True)
            runs += [(kernel, folder, check) for check in wanted]
        except kernels.Missing as e:
            print("%-7s skipped: %s" % (kernel, e), flush=True)
            skipped += len(wanted)
    if args.matrix:
        return write_matrix(runs, payload, versions)
    outcomes = run_all(runs, payload, args.verbose)
    flaky = run_again(runs, outcomes, payload, args.verbose)
    if flaky:
        print("flaky: " + ", ".join("%s %s" % (kernel, check) for kernel, _, check in flaky))
    passed = outcomes.count(PASSED) + len(flaky)
    print("%d passed, %d failed, %d skipped" % (passed, len(runs) - passed, skipped))
    return 1 if passed < len(runs) else 0


if __name__ == "__main__":
    sys.exit(main())
