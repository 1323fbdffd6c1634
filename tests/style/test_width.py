"""No line is wider than 120 columns: characters, with a tab to each eighth column."""

import sources

WIDTH = 120

paths = list(sources.files(sources.is_source))
wrong = ["%s:%d: %d columns" % (path, number, len(line.expandtabs(8)))
         for path in paths
         for number, line in enumerate(sources.read(path).split("\n"), 1) if len(line.expandtabs(8)) > WIDTH]
sources.finish(wrong, len(paths), 300)
