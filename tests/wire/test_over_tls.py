#!/usr/bin/python3
"""What holds for plain connections holds for those with TLS: other wire tests, run again with TINYHTTPD_TLS=1."""

import os
import re
import subprocess
import sys

from harness import PROGRAM, SRCDIR

FILES = ("bodies", "changes", "conditions", "connection", "fields", "files", "gzip", "pages", "parsing", "ranges")

# Cases that mean something else with TLS, or whose client does not go through the harness.
APART = {
    "421: absolute-form with https in the clear": "with TLS it is answered",
    "a root that vanishes is 503 for that host only, and comes back by itself": "its clients name no host in the handshake",
    "a root that is replaced by a file or a closed folder harms that host only": "its clients name no host in the handshake",
    "thousands of pipelined requests are all answered while the client reads slowly": "it writes to the socket itself",
}

if "libssl" not in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout:
    print("1..0 # SKIP this tinyhttpd was built without OpenSSL")
    sys.exit(0)

count = 0
for name in FILES:
    run = subprocess.Popen([sys.executable, os.path.join(SRCDIR, f"tests/wire/test_{name}.py")], stdout=subprocess.PIPE, text=True,
                           errors="surrogateescape", env={**os.environ, "TINYHTTPD_TLS": "1"})
    planned = ended = 0
    for line in run.stdout:
        plan, case = re.match(r"1\.\.(\d+)", line), re.match(r"(not ok|ok) \d+ - (.*?)( # SKIP .*)?$", line)
        if plan:
            planned = int(plan[1])
        if not case:
            print(line, end="") if line.startswith("#") else None
            continue
        count, ended = count + 1, ended + 1
        if case[2] in APART:
            print(f"ok {count} - {name}: {case[2]} # SKIP {APART[case[2]]}")
        else:
            print(f"{case[1]} {count} - {name}: {case[2]}{case[3] or ''}")
        sys.stdout.flush()
    run.wait()
    count += 1
    print(f"{'ok' if planned == ended > 0 else 'not ok'} {count} - {name}: all of it ran")
print(f"1..{count}")
