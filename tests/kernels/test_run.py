"""What becomes of a check that fails: run.py with machines that only say what they were told to say."""

import contextlib
import io
import sys
import unittest
from unittest import mock

import matrix
import run


class Result:
    def __init__(self, output, complaint=None):
        self.output, self.console, self.status, self.timed_out = output, "", 0, False
        self.complaint = complaint

    def complaints(self):
        return [self.complaint] if self.complaint else []


GOOD, BAD = Result("ok case\n"), Result("not ok case: why\n")


def outcome(*results):
    """Runs one check in as many kernels as there are results, and once more as often as it is asked for; prints into
    the returned lines, and returns the exit status, too. Each result is what comes first, and what comes then."""
    count, seen = len(results), {}
    names = ["6.%d" % i for i in range(count)]

    def machine_run(folder, payload, check, limit):
        seen[folder] = seen.get(folder, -1) + 1
        return results[names.index(folder)][seen[folder]]

    out = io.StringIO()
    with mock.patch.object(run.machine, "run", machine_run), \
            mock.patch.object(run.kernels, "get", lambda kernel: (kernel, "")), \
            mock.patch.object(run.kernels, "KERNELS", dict.fromkeys(names)), \
            mock.patch.object(run, "programs", lambda build: {}), \
            mock.patch.object(run, "end_with_the_machines", lambda: None), \
            mock.patch.object(run.shutil, "which", lambda name: name), \
            mock.patch.object(sys, "argv", ["run.py", "--build", ".", "--checks", "tcp", "--kernels",
                                            ",".join(names)]), \
            contextlib.redirect_stdout(out):
        status = run.main()
    return out.getvalue().splitlines(), status


class Again(unittest.TestCase):
    def test_passes_then(self):
        lines, status = outcome((GOOD,), (BAD, GOOD))
        self.assertEqual(lines[-2:], ["flaky: 6.1 tcp", "2 passed, 0 failed, 0 skipped"])
        self.assertTrue(any(line.startswith("6.1     tcp          flaky") for line in lines), lines)
        self.assertEqual(status, 0)

    def test_fails_again(self):
        lines, status = outcome((GOOD,), (BAD, BAD))
        self.assertEqual(lines[-1], "1 passed, 1 failed, 0 skipped")
        self.assertFalse(any("flaky" in line for line in lines), lines)
        self.assertEqual(status, 1)

    def test_kernel_complained(self):
        lines, status = outcome((Result("ok case\n", "Oops"), GOOD))
        self.assertEqual(lines[-1], "0 passed, 1 failed, 0 skipped")
        self.assertEqual(status, 1)

    def test_too_many(self):
        lines, status = outcome(*[(BAD,)] * (run.AGAIN_MAX + 1))
        self.assertEqual(lines[-1], "0 passed, %d failed, 0 skipped" % (run.AGAIN_MAX + 1))


class Matrix(unittest.TestCase):
    """A check that says otherwise than docs/kernels.md has failed."""

    @staticmethod
    def said(kernel, **otherwise):
        return "ok\n" + "".join(
            "serves\t%s\t%s\t%s\n" % (choice, feature, otherwise.get(choice.replace(" ", "_"), hooks[kernel]))
            for choice, features in matrix.read().items() for feature, hooks in list(features.items())[:3])

    def test_is_so(self):
        with mock.patch.object(matrix, "read", lambda known=matrix.read(): {
                choice: dict(list(features.items())[:3]) for choice, features in known.items()}):
            self.assertEqual(matrix.differences("6.1", self.said("6.1")), [])
            self.assertEqual(len(matrix.differences("6.1", self.said("6.1", no_kprobe="kprobe/other"))), 3)
            self.assertEqual(matrix.differences("newest", self.said("6.1", no_kprobe="kprobe/other")), [])
            self.assertEqual(matrix.differences("6.1", "ok\n"), [])

    def test_is_missing(self):
        self.assertTrue(matrix.differences("6.1", self.said("6.1")))


if __name__ == "__main__":
    unittest.main()
