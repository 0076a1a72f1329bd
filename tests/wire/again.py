"""again - other wire tests, run once more in another environment."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys

from harness import SRCDIR

TOGETHER = 2


def run_again(files, apart, **environment):
    """apart: cases that mean something else there, and why; they are skipped with these words."""
    environment = {**os.environ, **environment, "TINYHTTPD_APART": json.dumps(apart)}

    def run(name):
        return subprocess.run([sys.executable, os.path.join(SRCDIR, f"tests/wire/test_{name}.py")], stdout=subprocess.PIPE, text=True,
                              errors="surrogateescape", env=environment).stdout

    count, seen = 0, set()

    def tell(good, words):
        nonlocal count
        count += 1
        print(f"{'ok' if good else 'not ok'} {count} - {words}")

    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        for name, said in zip(files, pool.map(run, files)):
            planned = ended = 0
            for line in said.split("\n"):
                plan, case = re.match(r"1\.\.(\d+)", line), re.match(r"(not ok|ok) \d+ - ((.*?)( # SKIP .*)?)$", line)
                if plan:
                    planned = int(plan[1])
                elif case:
                    ended += 1
                    seen.add(case[3])
                    tell(case[1] == "ok", f"{name}: {case[2]}")
                elif line.startswith("#"):
                    print(line)
            tell(planned == ended > 0, f"{name}: all of it ran")
            sys.stdout.flush()
    for stale in apart.keys() - seen:
        tell(False, f"there is no such case to keep apart: {stale}")
    print(f"1..{count}")
