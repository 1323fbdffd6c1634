"""A document begins with its title, and what it leads to is there."""

import os
import re

import sources

paths = list(sources.files(lambda p: p.endswith(".md")))
wrong = []
for path in paths:
    text = sources.read(path)
    if not text.startswith("# "):
        wrong.append("%s: has no title" % path)
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        if not os.path.exists(os.path.join(sources.ROOT, os.path.dirname(path), link)):
            wrong.append("%s: there is no %s" % (path, link))
    for name in re.findall(r"\bdocs/[a-z_]+\.md\b", text):
        if not os.path.exists(os.path.join(sources.ROOT, name)):
            wrong.append("%s: there is no %s" % (path, name))
sources.finish(wrong, len(paths), 15)
