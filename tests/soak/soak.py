#!/usr/bin/python3
"""soak MINUTES - a server that has good, bad, slow and aborting clients all at once, for as long as that.

Meanwhile its logs are rotated, and it reloads if it can.  Then every answer was right, its memory has not grown
with the requests (less than 16 bytes for each, in the second half), its descriptors are those of the start, and
the access log is whole.  The last line says so.
"""

import contextlib
import glob
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../wire"))
from harness import PROGRAM, Failure, Shared, Test, printable, request, until		# noqa: E402

BYTES_A_REQUEST = 16
SLOW_CLIENTS = 50
R = random.Random(11)
FILES = {
    "index.html": b"<p>home</p>\n" * 50,
    "small.bin": R.randbytes(600),
    "text.txt": b"words and words again\n" * 2000,
    "big.bin": R.randbytes(1 << 20),
    "list/": None,
    **{f"d{i % 7}/f{i}.bin": R.randbytes(i * 97) for i in range(200)},
}
NAMES = sorted(name for name, content in FILES.items() if content is not None)
LOG_LINE = re.compile(rb'127\.0\.0\.1 - \S+ \[[^]]+\] "(?:[^"\\]|\\.)*" \d{3} (?:\d+|-) "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"')

BAD = [
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 4000 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
]


class Soak:
    """The clients, what they did, and what was wrong with it."""

    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.requests = dict.fromkeys(("good", "bad", "slow", "aborted"), 0)
        self.faults = []

    def count(self, kind, n=1):
        with self.lock:
            self.requests[kind] += n

    def total(self):
        with self.lock:
            return sum(self.requests.values())

    def client(self, kind, once, seed):
        """Does that again and again until it is over."""
        r = random.Random(seed)
        while not self.over.is_set():
            try:
                once(r)
            except Exception as e:
                with self.lock:
                    self.faults.append(f"a client, {kind}: {type(e).__name__}: {e}")
                self.over.set()

    # ---- the kinds of clients

    def good(self, r):
        with self.server.connect() as c:
            for _ in range(r.randint(1, 60)):
                answer = self.ask(c, r)
                self.count("good")
                if self.over.is_set() or answer.closes:		# as before a reload
                    return

    def ask(self, c, r):
        name = r.choice(NAMES)
        content = FILES[name]
        kind = r.choice(("whole", "whole", "part", "head", "gzip", "list", "missing", "known"))
        if kind == "part" and len(content) > 10:
            a = c.ask("/" + name, "Range: bytes=5-9")
            assert a.status == 206 and a.body == content[5:10], (kind, name, a.status)
        elif kind == "head":
            a = c.ask("/" + name, method="HEAD")
            assert a.status == 200, (kind, name)
        elif kind == "gzip":
            a = c.ask("/text.txt", "Accept-Encoding: gzip")
            assert a["Content-Encoding"] == "gzip", kind
        elif kind == "list":
            a = c.ask("/d3/")
            assert a.status == 200, kind
        elif kind == "missing":
            a = c.ask("/missing")
            assert a.status == 404, kind
        elif kind == "known":
            a = c.ask("/" + name, "If-None-Match: *")
            assert a.status == 304, (kind, name)
        else:
            a = c.ask("/" + name)
            assert a.status == 200 and a.body == content, (kind, name, a.status)
        return a

    def bad(self, r):
        with self.server.connect() as c:
            c.send(r.choice(BAD), lenient=True)
            with contextlib.suppress(ConnectionResetError):
                assert c.response().status >= 400, "something bad had a good answer"
        self.count("bad")

    def slow(self, r):
        """Many at a time: each sends its head byte by byte, and reads what it gets in small pieces."""
        clients = [self.server.connect(rcvbuf=4096) for _ in range(SLOW_CLIENTS)]
        head = request("/" + r.choice(("big.bin", "text.txt")))
        for byte in head[:-1]:
            for c in clients:
                c.send(bytes([byte]))
            if self.over.wait(0.01):
                break
        else:
            for c in clients:
                c.send(head[-1:])
            for _ in range(20):
                for c in clients:
                    assert c.socket.recv(1000), "the server did not wait for a slow client"
                if self.over.wait(0.05):
                    break
            self.count("slow", len(clients))
        for c in clients:
            c.abort()

    def aborting(self, r):
        c = self.server.connect()
        what = r.randint(0, 3)
        if what == 0:
            c.send(request("/big.bin"))
        elif what == 1:
            c.send(request("/big.bin") * 5)
            with contextlib.suppress(ConnectionResetError):
                c.socket.recv(r.randint(1, 100000))
        elif what == 2:
            c.send(request("/small.bin")[:r.randint(0, 20)])
        if r.random() < 0.5:
            c.abort()
        else:
            c.close()
        self.count("aborted")

    def start(self):
        kinds = [("good", self.good)] * 4 + [("bad", self.bad), ("slow", self.slow), ("aborting", self.aborting)]
        self.threads = [threading.Thread(target=self.client, args=(kind, once, seed), daemon=True)
                        for seed, (kind, once) in enumerate(kinds)]
        for t in self.threads:
            t.start()

    def end(self):
        self.over.set()
        for t in self.threads:
            t.join(60)
            assert not t.is_alive(), "a client waits for ever"


# ---- what is done to the server meanwhile


class Rotation:
    words = "rotations"

    def __init__(self, server):
        self.server, self.done = server, 0

    def act(self):
        log = self.server.access_log
        os.rename(log, f"{log}.{self.done}")
        self.server.signal(10)			# USR1
        until("a new access log", lambda: os.path.exists(log))
        self.done += 1


class Reload:
    words = "reloads"

    def __init__(self, server):
        self.server, self.done = server, 0

    def act(self):
        result = subprocess.run([PROGRAM, "-c", self.server.config, "reload"], capture_output=True, text=True,
                                timeout=60, check=False)
        assert result.returncode == 0, f"reload: {result.stderr}"
        self.done += 1


def can_reload():
    words = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True, timeout=60, check=False).stdout
    return re.search(r"^\s*(?:tinyhttpd .*)?\breload\b", words, re.M) is not None


# ---- what is measured


def family(pid):
    """The process and all below it."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as f:
            for child in f.read().split():
                found += family(int(child))
    return found


def memory(pid):
    """Bytes of its own that they all have."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError, TypeError), open(f"/proc/{one}/status", encoding="ascii") as f:
            total += int(re.search(r"RssAnon:\s+(\d+)", f.read())[1]) * 1024
    return total


def descriptors(server):
    """Without the folders and files of the site, which are opened when asked for; and of each kind only how many."""
    kinds = {}
    for pid in family(server.pid):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                what = os.readlink(f"/proc/{pid}/fd/{fd}")
                if not (what + "/").startswith(server.root + "/"):
                    what = re.sub(r"\[\d+\]|\.\d+$", "", what)
                    kinds[what] = kinds.get(what, 0) + 1
    return kinds


def slope(points):
    """Of the straight line that lies nearest (least squares)."""
    n = len(points)
    x = sum(p[0] for p in points) / n
    y = sum(p[1] for p in points) / n
    spread = sum((p[0] - x) ** 2 for p in points)
    return sum((p[0] - x) * (p[1] - y) for p in points) / spread if spread else 0.0


def check_logs(server, whole):
    """Every line is one; as many as there were answers, at least."""
    lines = 0
    for path in glob.glob(server.access_log + "*"):
        with open(path, "rb") as f:
            for line in f:
                assert LOG_LINE.fullmatch(line.rstrip(b"\n")), f"{path}: {line[:200]!r}"
                lines += 1
    assert lines >= whole, f"{lines} lines in the log, {whole} answers"


def soak(test, seconds):
    """The closing words.  Raises Failure with those of what is wrong."""
    server = test.server(files=FILES, server="listing = on\nkeepalive_requests = 0\nmax_connections = 1000", error="stderr notice")
    server.get("/")
    first = descriptors(server)
    s = Soak(server)
    actions = [Rotation(server)] + ([Reload(server)] if can_reload() else [])
    every = max(5.0, seconds / 20)
    points, turn, begin = [], 0, time.monotonic()
    s.start()
    while not s.over.wait(min(1.0, seconds / 50)):
        passed = time.monotonic() - begin
        if passed >= seconds:
            break
        if passed >= (turn + 1) * every:
            actions[turn % len(actions)].act()
            turn += 1
        if passed >= seconds / 2:
            points.append((s.total(), memory(server.pid)))
    s.end()
    if s.faults:
        raise Failure("\n".join(s.faults))
    grown = slope(points)
    server.left_nothing()
    try:
        until("the descriptors of the start", lambda: descriptors(server) == first)
    except Failure:
        raise Failure(f"descriptors at the start {first}, in the end {descriptors(server)}") from None
    sanitized = server.sanitized()
    server.stop()
    check_logs(server, s.requests["good"])
    if "0 log lines lost" not in server.stderr():
        raise Failure("log lines were lost")
    if grown >= BYTES_A_REQUEST and not sanitized:
        raise Failure(f"memory grows by {grown:.1f} bytes a request: {points[:: max(1, len(points) // 20)]}")
    return (f"{seconds / 60:.1f} minutes, {s.total()} requests (" +
            ", ".join(f"{n} {kind}" for kind, n in s.requests.items()) + "), " +
            ", ".join(f"{a.done} {a.words}" for a in actions) +
            f": {grown:+.2f} bytes a request, descriptors as at the start")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    test = Test(Shared())
    try:
        print("soak: good,", soak(test, float(sys.argv[1]) * 60))
        test.finish(True)
        return 0
    except Exception as e:
        print(printable(test.evidence()[-6000:]))
        print("soak: BAD,", printable(f"{type(e).__name__}: {e}"))
        return 1
    finally:
        test.finish(False)


if __name__ == "__main__":
    sys.exit(main())
