"""clang-format would leave every C file as it is."""

import os
import subprocess
import sys

import sources

if "CLANG_FORMAT" not in os.environ:
    print("no clang-format")
    sys.exit(sources.SKIPPED)

paths = list(sources.files(sources.is_c))
done = subprocess.run([os.environ["CLANG_FORMAT"], "--dry-run", "--Werror", "--ferror-limit=3", *paths], check=False,
                      cwd=sources.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
wrong = done.stdout.splitlines() or (["clang-format ended with %d" % done.returncode] if done.returncode else [])
sources.finish(wrong, len(paths), 300)
