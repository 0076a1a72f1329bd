"""again - other wire tests, run once more in another environment."""

import os
import re
import subprocess
import sys

from harness import SRCDIR


def run_again(files, apart, **environment):
    """apart: cases that mean something else there, and why; they are skipped with these words."""
    count = 0
    for name in files:
        run = subprocess.Popen([sys.executable, os.path.join(SRCDIR, f"tests/wire/test_{name}.py")], stdout=subprocess.PIPE, text=True,
                               errors="surrogateescape", env={**os.environ, **environment})
        planned = ended = 0
        for line in run.stdout:
            plan, case = re.match(r"1\.\.(\d+)", line), re.match(r"(not ok|ok) \d+ - (.*?)( # SKIP .*)?$", line)
            if plan:
                planned = int(plan[1])
            if not case:
                print(line, end="") if line.startswith("#") else None
                continue
            count, ended = count + 1, ended + 1
            if case[2] in apart:
                print(f"ok {count} - {name}: {case[2]} # SKIP {apart[case[2]]}")
            else:
                print(f"{case[1]} {count} - {name}: {case[2]}{case[3] or ''}")
            sys.stdout.flush()
        run.wait()
        count += 1
        print(f"{'ok' if planned == ended > 0 else 'not ok'} {count} - {name}: all of it ran")
    print(f"1..{count}")
