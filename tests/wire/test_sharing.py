#!/usr/bin/python3
"""What processors would have to tell each other: no cache line is written by two workers for their requests.

Valgrind's lackey tells of each access to memory, and valgrind itself which thread has the processor.
"""

import collections
import os
import re
import shutil
import subprocess
import threading

from harness import PROGRAM, Skip, case, is_plain, main

LINE = 64
REQUESTS = 60
MAIN_THREAD = "1"


def need_valgrind():
    if not shutil.which("valgrind"):
        raise Skip("valgrind is missing")
    if not is_plain():
        raise Skip("sanitizers and counted lines write what the program itself does not")
    if subprocess.run(["valgrind", "--tool=none", PROGRAM, "-v"], capture_output=True, check=False).returncode != 0:
        raise Skip("valgrind cannot run the program here")


class Trace:
    """Reads what valgrind tells as it comes: how often each thread stored into each cache line."""

    def __init__(self, path):
        self.stores = collections.defaultdict(collections.Counter)
        os.mkfifo(path)
        self.thread = threading.Thread(target=self.read, args=(path,), daemon=True)
        self.thread.start()

    def read(self, path):
        thread = MAIN_THREAD
        with open(path, errors="replace") as f:
            for line in f:
                if line.startswith((" S", " M")):		# a store; a load and a store
                    self.stores[int(line[3:line.index(",")], 16) // LINE][thread] += 1
                elif "SCHED[" in line:
                    match = re.search(r"SCHED\[(\d+)\]:\s+(?:acquired|entering)", line)
                    thread = match[1] if match else thread


@case("no cache line is written by two workers for kept-alive requests that the cache answers")
def _(t):
    need_valgrind()
    fifo = t.path("trace")
    trace = Trace(fifo)
    server = t.server(files={"index.html": "x" * 600}, server="keepalive_requests = 0\nsandbox = off", args=("-1",), ready=False,
                      wrap=("valgrind", "--tool=lackey", "--trace-mem=yes", "--trace-sched=yes", f"--log-file={fifo}"))
    server.wait_ready(limit=300)
    clients = [server.connect(limit=300) for _ in range(2)]
    for _ in range(REQUESTS):
        for c in clients:
            assert c.ask("/").status == 200
    for c in clients:
        c.close()
    server.left_nothing()
    server.stop()
    trace.thread.join()
    often = {line: {thread for thread, n in counts.items() if n >= REQUESTS and thread != MAIN_THREAD}
             for line, counts in trace.stores.items()}
    workers = set().union(*often.values())
    assert len(workers) == 2, f"not two workers were at work, but {len(workers)}"
    shared = [f"{line * LINE:#x}: {dict(trace.stores[line])}" for line, threads in often.items() if len(threads) > 1]
    assert not shared, "written by both: " + ", ".join(shared)


main()
