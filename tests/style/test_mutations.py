"""Each edit of tests/mutations can still be made, in one place: code moves, and the list is only
run by hand. With scripts/mutate's own reading of the list."""

import importlib.machinery
import importlib.util
import os
import sys

import sources

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("mutate", sources.ROOT + "/scripts/mutate")
mutate = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutate", loader))
loader.exec_module(mutate)

mutations = mutate.read_list()
texts = {}
for path in sources.files(lambda path: os.path.basename(path) in {m.file for m in mutations}):
    texts.setdefault(os.path.basename(path), []).append(sources.read(path))
wrong = []
for m in mutations:
    places = sum(mutate.edited(text, m) is not None for text in texts.get(m.file, []))
    if places != 1:
        wrong.append("tests/mutations: %s can be made in %d places of %s" % (m.name, places, m.file))
names = [m.name for m in mutations]
wrong += ["tests/mutations: there are two of %s" % name for name in sorted(set(names)) if names.count(name) > 1]
sources.finish(wrong, len(texts), 50)
