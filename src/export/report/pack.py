"""Makes of the page and its script and style what report.c writes around the data: two strings of C. The page's policy
lets only this script and this style through, by their hashes."""

import base64
import hashlib
import sys

page, style, script = (open(name, encoding="utf-8").read() for name in sys.argv[1:4])
for name, text in ("STYLE", style), ("SCRIPT", script):
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    page = page.replace("@%s_HASH@" % name, "sha256-" + digest).replace("@%s@" % name, text)
escapes = str.maketrans({"\\": "\\\\", '"': '\\"'})
for name, text in zip(("before", "after"), page.split("@DATA@")):
    print("static const char %s_data[] =" % name)
    for line in text.splitlines(keepends=True):
        print('"%s%s"' % (line.rstrip("\n").translate(escapes), "\\n" if line.endswith("\n") else ""))
    print(";")
