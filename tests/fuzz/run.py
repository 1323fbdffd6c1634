#!/usr/bin/env python3
"""Runs every target that libFuzzer drives, as many at a time as there are processors, on a copy of its corpus: an input
that it does not survive is kept, and said. The last line is the sum.
  tests/fuzz/run.py BUILD [SECONDS]     20 seconds each unless it is told otherwise"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ONE_INPUT = 300  # seconds: these may run when nobody else wants to
MEMORY = 1024  # MiB
GRACE = 600  # seconds beyond its time after which a target hangs


def corpus(build, name, folder):
    """What is stored, and the seeds that the target makes itself: one whose input is text makes none. How many."""
    stored = "%s/corpus/%s" % (HERE, name)
    if os.path.isdir(stored):
        shutil.copytree(stored, folder)
    else:
        os.mkdir(folder)
    subprocess.run(["%s/fuzz_%s" % (build, name), "--seeds", folder], check=False, timeout=GRACE,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return len(os.listdir(folder))


def run(build, name, seconds):
    """A line on how it went, and whether that was well."""
    words = "%s/dict/%s" % (HERE, name)
    with tempfile.TemporaryDirectory() as folder:
        if not corpus(build, name, folder + "/corpus"):
            return "fuzz %-10s FAILED: it has nothing to begin with" % name, False
        command = ["%s/libfuzzer_%s" % (build, name), "-max_total_time=%d" % seconds, "-timeout=%d" % ONE_INPUT,
                   "-rss_limit_mb=%d" % MEMORY, "-print_final_stats=1", "-artifact_prefix=%s/%s-" % (build, name),
                   *(["-dict=" + words] if os.path.exists(words) else []), folder + "/corpus"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  encoding="utf-8", errors="replace", cwd=folder, check=False, timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            return "fuzz %-10s FAILED: no end" % name, False
    runs = re.search(r"stat::number_of_executed_units: +(\d+)", done.stderr)
    if done.returncode == 0 and runs and int(runs[1]) > 0:
        return "fuzz %-10s ok, %s inputs" % (name, runs[1]), True
    return "fuzz %-10s FAILED, status %d\n%s" % (name, done.returncode, done.stderr[-3000:]), False


def main():
    build, seconds = os.path.abspath(sys.argv[1]) + "/tests/fuzz", int(sys.argv[2]) if len(sys.argv) > 2 else 20
    names = sorted(name[len("libfuzzer_"):] for name in os.listdir(build)
                   if re.fullmatch(r"libfuzzer_[a-z]+", name))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for line, good in pool.map(lambda name: run(build, name, seconds), names):
            print(line, flush=True)
            failed += not good
    print("%d passed, %d failed, 0 skipped" % (len(names) - failed, failed))
    return int(failed or not names)


if __name__ == "__main__":
    sys.exit(main())
