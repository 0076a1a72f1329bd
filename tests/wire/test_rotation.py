#!/usr/bin/python3
"""Logs that are renamed under load, and logs on a full disk: what happens to their lines, and that requests never notice."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading

from harness import LIMIT, PROGRAM, ROOT, Skip, case, main, until

FILES = {"index.html": "hello"}
TARGET = re.compile(r'\S+ - - \[[^]]+\] "GET /\?(\S+) HTTP/1\.1" 200 5 "-" "-"')

# Mounts a disk of 256 KiB there, where only the program that it becomes sees it (CLONE_NEWNS, MS_REC | MS_PRIVATE).
ON_A_DISK = """import ctypes, os, sys
libc = ctypes.CDLL(None)
if libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None):
    sys.exit(1)
if libc.mount(b"none", sys.argv[1].encode(), b"tmpfs", 0, b"size=256k"):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Load:
    """Clients that ask for targets that nobody else asks for, on connections old and new, as long as a with lasts."""

    def __init__(self, server, clients=3):
        self.server, self.stopping, self.answered, self.wrong = server, threading.Event(), [[] for _ in range(clients)], []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(clients)]

    def run(self, number):
        mine = self.answered[number]
        try:
            while not self.stopping.is_set():
                with self.server.connect() as c:
                    for _ in range(50):
                        target = f"{number}-{len(mine)}"
                        response = c.ask("/?" + target)
                        assert response.status == 200 and response.body == b"hello", response
                        mine.append(target)
                        if self.stopping.is_set() or response["Connection"] == "close":
                            break
        except BaseException as e:		# told by the thread that waits
            self.wrong.append(e)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        assert not self.wrong, self.wrong

    def count(self):
        return sum(map(len, self.answered))

    def more(self, n):
        """Waits for so many answers more."""
        wanted = self.count() + n
        until("more answers", lambda: self.wrong or self.count() >= wanted)

    def targets(self):
        return sorted(t for mine in self.answered for t in mine)


def logged(*paths):
    """The targets of all lines, each of which must be whole."""
    found = []
    for path in paths:
        with open(path, encoding="latin-1") as f:
            text = f.read()
        assert text == "" or text.endswith("\n"), f"{path} ends in the middle of a line"
        for line in text.split("\n")[:-1]:
            match = TARGET.fullmatch(line)
            assert match, f"{path} has a line that is torn: {line}"
            found.append(match[1])
    return sorted(found)


for how in "USR1", "reopen":
    @case(f"rotation under load, by {how}: no line is lost, doubled or torn")
    def _(t, how=how):
        error = t.path("error.log")
        server = t.server(files=FILES, error=f"{error} info", server="keepalive_requests = 0")
        rotated = []
        with Load(server) as load:
            for turn in range(25):
                load.more(60)
                for path in server.access_log, error:
                    os.rename(path, f"{path}.{turn}")
                rotated.append(f"{server.access_log}.{turn}")
                if how == "USR1":
                    server.signal(signal.SIGUSR1)
                else:
                    run = t.run("reopen", config=server.config)
                    assert run.returncode == 0, run
                until("the new logs", lambda: os.path.exists(server.access_log) and os.path.exists(error))
        server.stop()
        found = logged(*rotated, server.access_log)
        assert found == load.targets(), (len(found), len(set(found)), load.count())


@case("rotation that the server is not told of leaves the lines in the renamed file")
def _(t):
    server = t.server(files=FILES)
    with Load(server) as load:
        load.more(60)
        os.rename(server.access_log, server.access_log + ".1")
        load.more(60)
    server.stop()
    assert not os.path.exists(server.access_log)
    assert logged(server.access_log + ".1") == load.targets()


@case("rotation and reload at the same time, under load: no line is lost, doubled or torn")
def _(t):
    server = t.server(files=FILES, server="keepalive_requests = 0")
    rotated = []
    with Load(server) as load:
        for turn in range(10):
            load.more(60)
            os.rename(server.access_log, f"{server.access_log}.{turn}")
            rotated.append(f"{server.access_log}.{turn}")
            commands = [subprocess.Popen([PROGRAM, "-c", server.config, word], stdout=subprocess.DEVNULL)
                        for word in ("reload", "reopen")]
            for command in commands:
                assert command.wait(LIMIT * 2) == 0
    server.stop()
    found = logged(*rotated, server.access_log)
    assert found == load.targets(), (len(found), len(set(found)), load.count())


def lost(t, server):
    run = t.run("status", "--json", config=server.config)
    assert run.returncode == 0, run
    return json.loads(run.stdout)["workers-counted"]["access-lines-lost"]


def whole_lines(path):
    """How many lines are whole; what a full disk has cut must stand alone."""
    with open(path, encoding="latin-1") as f:
        lines = f.read().split("\n")[:-1]
    assert all(TARGET.fullmatch(line) or line.count("GET") <= 1 for line in lines)
    return sum(bool(TARGET.fullmatch(line)) for line in lines)


def check_full(t, server, log, why, make_room):
    """Load until lines are lost and that is said; then room, and lines come again; each was written or is counted."""
    with Load(server) as load:
        until("lines are lost", lambda: load.wrong or lost(t, server) > 0)
        load.more(300)
        until("it is said, with the reason",
              lambda: load.wrong or re.search(r"the access log lost \d+ lines?, .*: " + why, server.stderr()))
        size = os.path.getsize(log)
        make_room()
        until("lines come again", lambda: load.wrong or os.path.getsize(log) > size)
        load.more(50)
    until("every line is written or lost", lambda: whole_lines(log) + lost(t, server) == load.count())
    text = t.run("status", config=server.config).stdout
    assert re.search(r"(?m)^log lines lost +[1-9]", text), text


# tinyhttpd.ini(5): "costs lines, never a request"
@case("an access log on a full disk: lost lines are counted and told, requests see nothing of it, and it goes on by itself")
def _(t):
    if not ROOT:
        raise Skip("only root may mount a disk")
    os.makedirs(t.path("disk"))
    wrap = (sys.executable, "-c", ON_A_DISK, t.path("disk"))
    if subprocess.run([*wrap, "/bin/true"], check=False).returncode != 0:
        raise Skip("no disk can be mounted here")
    server = t.server(files=FILES, access="disk/access.log combined", server="keepalive_requests = 0", wrap=wrap)
    disk = f"/proc/{server.supervisor}/root" + t.path("disk")
    with open(disk + "/filler", "wb") as f:
        f.write(b"x" * (160 << 10))
    check_full(t, server, disk + "/access.log", "No space left on device", lambda: os.unlink(disk + "/filler"))


@case("an access log that may not grow: lost lines are counted and told, and it goes on by itself")
def _(t):
    server = t.server(files=FILES, server="keepalive_requests = 0")
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (64 << 10, before[1]))
    check_full(t, server, server.access_log, "File too large",
               lambda: resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before))


main()
