#!/usr/bin/python3
"""Clients that are slow on purpose: they get little memory, a limited time, and nobody else waits for them."""

import os
import re
import resource
import select
import socket
import threading
import time

from harness import LIMIT, case, main, request, until

HUGE = 64 << 20
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
READER_BYTES = 32 * 1024
SLOW_HEADS, SLOW_BODIES, SLOW_READERS, IDLE = 2000, 500, 500, 10000
PATIENT = "head_timeout = 1h\nbody_timeout = 1h\nsend_timeout = 1h\nkeepalive_timeout = 1h\nkeepalive_requests = 0\nmax_connections = 65536\nbacklog = 4096"


def site(t, lines, error="stderr notice", **options):
    """A server whose descriptors a crowd may fill: the soft limits become the hard ones."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = t.server(files={"index.html": "x" * 1000}, server=lines, error=error, access="off", **options)
    with open(os.path.join(server.root, "huge"), "wb") as f:
        f.truncate(HUGE)
    return server


def share(server, wanted):
    """How many of `wanted` clients there is room for, with words where that is less."""
    at_most = int(re.search(r"(\d+) connections at most", server.stderr())[1])
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - len(os.listdir("/proc/self/fd"))
    room = min(at_most - 200, mine - 200)
    if server.sanitized():
        room = min(room, 1500)
    scale = min(1, room / sum(wanted))
    if scale < 1:
        print(f"# descriptors or a sanitizer allow {scale:.0%} of {sum(wanted)} clients")
    return [max(1, int(n * scale)) for n in wanted]


class Crowd:
    """Plain sockets, since thousands of them are wanted; each comes from one of eight addresses."""

    def __init__(self, server):
        self.server, self.sockets = server, []

    def add(self, count, first=b"", rcvbuf=None):
        new = []
        for _ in range(count):
            s = socket.socket()
            if rcvbuf:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            s.settimeout(LIMIT)
            s.bind((f"127.0.0.{10 + len(self.sockets) % 8}", 0))
            s.connect(("127.0.0.1", self.server.port))
            s.sendall(first)
            new.append(s)
            self.sockets.append(s)
        return new

    def add_heads(self, count):
        return self.add(count, HEAD)

    def add_bodies(self, count):
        return self.add(count, POST + b"body")

    def add_readers(self, count):
        return self.add(count, request("/huge"), rcvbuf=4096)

    def add_idle(self, count):
        new = self.add(count, request("/", method="HEAD"))
        for s in new:
            assert s.recv(4096).endswith(b"\r\n\r\n")
        return new

    def taken(self):
        """Waits until the server has accepted them all."""
        until("all are accepted", lambda: self.server.sockets() >= len(self.sockets) + self.server.sockets_at_start)

    def close(self):
        for s in self.sockets:
            s.close()
        self.sockets = []


def dripping(sockets, data=b"y"):
    """Each of these sends a byte now and then, until the event is set; a thread."""
    over = threading.Event()

    def drip():
        while not over.is_set():
            for s in sockets:
                try:
                    s.send(data, socket.MSG_DONTWAIT)
                except OSError:
                    pass
            over.wait(0.1)
    thread = threading.Thread(target=drip)
    thread.start()
    return lambda: (over.set(), thread.join())


def ask_normally(server, count=200):
    """Ordinary clients, new ones and one that stays: every answer is right."""
    with server.connect() as kept:
        for _ in range(count):
            assert kept.ask("/").body == b"x" * 1000
            response = server.get("/")
            assert response.status == 200 and response.body == b"x" * 1000, response


def crowded(name, heads=0, bodies=0, readers=0, idle=0):
    @case(f"{name}: nobody else fails")
    def _(t):
        server = site(t, PATIENT)
        n = share(server, (heads, bodies, readers, idle)) if heads + bodies + readers + idle else (0, 0, 0, 0)
        crowd = Crowd(server)
        t.defer(crowd.close)
        crowd.add_idle(n[3] if idle else 0)
        crowd.add_readers(n[2] if readers else 0)
        slow = crowd.add_heads(n[0] if heads else 0) + crowd.add_bodies(n[1] if bodies else 0)
        crowd.taken()
        stop = dripping(slow[:500])
        try:
            ask_normally(server)
        finally:
            stop()
        assert server.sockets() >= len(crowd.sockets), "some of them were closed before their time"
        crowd.close()
        server.left_nothing()
        ask_normally(server, 5)


crowded(f"{SLOW_HEADS} clients whose heads never end", heads=SLOW_HEADS)
crowded(f"{SLOW_BODIES} clients whose bodies never end", bodies=SLOW_BODIES)
crowded(f"{SLOW_READERS} clients that do not read", readers=SLOW_READERS)
crowded(f"{IDLE} idle clients", idle=IDLE)
crowded("all of these together", SLOW_HEADS, SLOW_BODIES, SLOW_READERS, IDLE)


@case(f"a reader that is slow takes less than {READER_BYTES >> 10} KiB")
def _(t):
    server = site(t, PATIENT + "\n[gzip]\nmax_size = 1g")
    count, = share(server, (SLOW_READERS,))
    crowd = Crowd(server)
    t.defer(crowd.close)
    crowd.add_readers(64)		# what is kept for the next connection is there
    crowd.taken()
    crowd.close()
    server.left_nothing()
    before = server.memory("RssAnon")
    crowd.add_readers(count)
    for s in crowd.sockets:
        assert s.recv(15) == b"HTTP/1.1 200 OK"
    grown = server.memory("RssAnon") - before
    print(f"# {count} readers, {grown / count:.0f} bytes each")
    assert server.sanitized() or grown < READER_BYTES * count, grown / count
    crowd.close()
    server.left_nothing()


# tinyhttpd.ini(5): "The head of a request must be there, whole, within this time"
@case("slow heads: 2000 that drip are all gone a second after head_timeout, and were told why")
def _(t):
    server = site(t, "head_timeout = 2s\nmax_connections = 65536\nbacklog = 4096")
    count, = share(server, (SLOW_HEADS,))
    crowd = Crowd(server)
    t.defer(crowd.close)
    begin = time.monotonic()
    heads = crowd.add_heads(count)
    took = time.monotonic() - begin		# the first of them had that much longer
    crowd.taken()
    stop = dripping(heads)
    try:
        end = time.monotonic() + 3
        until("all of them gone", lambda: server.sockets() == server.sockets_at_start)
        late = time.monotonic() - end
        told = 0
        for s in heads:
            try:
                told += s.recv(4096).startswith(b"HTTP/1.1 408 ")
            except ConnectionResetError:
                pass
        print(f"# came within {took:.2f} s, gone {-late:.2f} s before the second was over, {told} of {count} read their 408")
    finally:
        stop()
    assert told > count / 2, told
    assert late < 0 or server.sanitized(), f"{late} s late"
    ask_normally(server, 5)


# tinyhttpd.ini(5): "Who sends a body or takes an answer slower than this, in bytes a second, is ended"
@case("min_rate: a reader of a bit now and then is ended, and the log says why")
def _(t):
    server = site(t, "send_timeout = 1s\nmin_rate = 64k/s", error="stderr info")
    with server.connect(rcvbuf=4096) as c:		# its kernel tells the server of every second kilobyte
        c.send(request("/huge"))
        assert c.response(body=False).status == 200

        def gone():
            c.socket.recv(256)
            return server.sockets() == server.sockets_at_start
        until("the connection closed", gone)
    assert "slower than min_rate for too long" in server.stderr(), server.stderr()


@case("min_rate: a body of a byte now and then gets 408 after a while")
def _(t):
    server = site(t, "body_timeout = 500ms\nmin_rate = 1k/s")
    for raw in (POST, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"):
        with server.connect() as c:
            c.send(raw)
            for _ in range(100):
                if select.select([c.socket], [], [], 0.1)[0]:
                    break
                c.send(b"z")
            response = c.response()
            assert response.status == 408 and response.closes, response
    server.left_nothing()


@case("min_rate: who is faster on the mean may stop now and then")
def _(t):
    server = site(t, "body_timeout = 2s\nmin_rate = 1k/s")
    with server.connect() as c:
        c.send(POST.replace(b"100000", b"20000"))
        for _ in range(5):			# altogether longer than twice body_timeout
            assert not select.select([c.socket], [], [], 1)[0], "an answer before the body's end"
            c.send(b"z" * 4000)
        assert c.response().status == 405


@case("min_rate = off: the same trickle goes on")
def _(t):
    server = site(t, "body_timeout = 500ms\nmin_rate = off")
    with server.connect() as c:
        c.send(POST)
        for _ in range(20):			# twice as long as it lasts with a rate
            assert not select.select([c.socket], [], [], 0.1)[0], "it was ended"
            c.send(b"z")


# tinyhttpd.ini(5): "Where limit_rate makes the pauses, they do not count."
@case("min_rate: what limit_rate slows down is not the client's doing")
def _(t):
    server = t.server(files={"big": b"x" * 4000}, server="send_timeout = 200ms\nmin_rate = 1m/s\nlimit_rate = 2k/s")
    assert server.get("/big").body == b"x" * 4000


@case("min_rate: a reader as slow as a telephone gets all of it")
def _(t):
    size = 6 << 20				# more than the kernel keeps
    server = t.server(files={"big": b"x" * size}, server="send_timeout = 1s\nmin_rate = 100k/s")
    with server.connect(rcvbuf=4096) as c:
        c.send(request("/big", "Connection: close"))
        c.response(body=False)
        total = len(c.buffer)
        end = time.monotonic() + 4		# two times as long as a stalled one would last
        while total < size:
            data = c.socket.recv(1 << 16)
            assert data, f"cut after {total} bytes"
            total += len(data)
            if time.monotonic() < end:
                select.select([], [], [], 0.05)


main()
