"""crowds - clients by the thousand that are slow on purpose, and a server that has room for them.

Of tests/wire/test_slow_clients.py, which looks whether everybody else is served, and of
tests/bench/crowd.py, which looks how fast.
"""

import os
import re
import resource
import socket
import threading

from harness import LIMIT, request, tls_context, until

HUGE = 64 << 20
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
READER_BYTES = 32 * 1024
SLOW_HEADS, SLOW_BODIES, SLOW_READERS, IDLE = 2000, 500, 500, 10000
PATIENT = "head_timeout = 1h\nbody_timeout = 1h\nsend_timeout = 1h\nkeepalive_timeout = 1h\nkeepalive_requests = 0\nmax_connections = 65536\nbacklog = 4096"


def site(t, lines, config="", error="stderr notice", **options):
    """A server whose descriptors a crowd may fill: the soft limits become the hard ones."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = t.server(config, files={"index.html": "x" * 1000}, server=lines, error=error, access="off", **options)
    with open(os.path.join(server.root, "huge"), "wb") as f:
        f.truncate(HUGE)
    return server


def tls_site(t, **options):
    pem = t.certificate("a", ["a"])
    return site(t, PATIENT, f"[tls]\ncertificate = {pem}\ncertificate_key = {t.path('a.key')}", listen=("127.0.0.1:0 tls",), **options)


def tls_reader_bytes(server, count):
    """What each client takes of memory that asked for much over TLS and has read the head of it alone."""
    def readers(count):
        clients = [server.connect(rcvbuf=4096, tls=tls_context()) for _ in range(count)]
        for c in clients:
            c.send(request("/huge"))
            assert c.response(body=False).status == 200
        return clients

    def leave(clients):
        for c in clients:
            c.close()
        server.left_nothing()
    leave(readers(64))			# what is kept for the next connection is there
    before = server.memory("RssAnon")
    clients = readers(count)
    each = (server.memory("RssAnon") - before) / count
    leave(clients)
    return each


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
