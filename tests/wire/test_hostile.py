#!/usr/bin/python3
"""Clients that mean harm: what they can make the server read, keep and do has an end, and nothing of them stays."""

import os
import select
import socket

from harness import LIMIT, Client, case, main, request, until

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
RESETS = 5000
HUGE = 64 << 20
HEAD_SIZE = 16 << 10
BODY_SIZE = 1 << 20
LINGER_BYTES = 64 << 20
BUFFERS = 16 << 20			# what the kernels of both sides hold, at the very most


def site(t):
    return t.server(files={"index.html": "x", "huge": b"x" * (8 << 20)}, error="stderr notice", server="backlog = 4096")


def used_ms(server):
    """Processor time of the program so far."""
    return server.cpu_ticks() * 1000 // os.sysconf("SC_CLK_TCK")


@case(f"{RESETS} clients that reset, at any moment of a request: no descriptor stays, others are served")
def _(t):
    server = t.shared(site)
    moments = [b"", b"G", HEAD, HEAD + b"\r\n", HEAD + b"\r\n" + HEAD, CHUNKED + b"5\r\nhel", request("/huge"),
               request("/", "Content-Length: 10", method="POST") + b"half", request("/none") * 20, b"\xff\r\n\r\n"]
    for _ in range(2):			# each worker has its root open, and the files that are remembered
        assert [r.status for r in server.talk(b"".join(request(p) for p in ("/", "/huge", "/none")))] == [200, 200, 404]
    with server.connect() as other:
        for i in range(RESETS):
            c = server.connect()
            c.send(moments[i % len(moments)])
            if i % 3 == 0:
                select.select([c.socket], [], [], 0.001)
            c.abort()
            if i % 500 == 0:
                assert other.ask("/").body == b"x"
    server.left_nothing()
    assert len(server.descriptors()) < 40, server.descriptors()
    assert server.get("/").body == b"x"


# What is sent, without an end; how much of it the server may want before it answers; the answer.
ENDLESS = [
    ("header fields", HEAD, b"X: y\r\n", HEAD_SIZE, 431),
    ("one header field", HEAD + b"X: ", b"y" * 1000, HEAD_SIZE, 431),
    ("a field name", HEAD, b"X" * 1000, HEAD_SIZE, 431),
    ("empty lines before a request", b"", b"\r\n" * 500, HEAD_SIZE, 400),
    ("a method", b"", b"G" * 1000, HEAD_SIZE, (400, 431, 501)),
    ("a target", b"GET /", b"x" * 1000, HEAD_SIZE, 414),
    ("a target of blanks", b"GET ", b" " * 1000, HEAD_SIZE, 400),
    ("a query", b"GET /?", b"q=%41&" * 100, HEAD_SIZE, 414),
    ("NUL", b"", b"\0" * 1000, HEAD_SIZE, 400),
    ("a chunk extension", CHUNKED + b"5;", b"x" * 1000, HEAD_SIZE, (400, 413)),
    ("zeros of a chunk size", CHUNKED, b"0" * 1000, HEAD_SIZE, 400),
    ("trailer fields", CHUNKED + b"0\r\n", b"X: y\r\n", HEAD_SIZE + (64 << 10), (400, 431)),
    ("chunks of a byte", CHUNKED, b"1\r\nx\r\n" * 100, 6 * BODY_SIZE + (64 << 10), 413),
    ("a chunk that says it has no end", CHUNKED + b"7fffffffffffffff\r\n", b"x" * 1000, HEAD_SIZE, 413),
]


def endless(name, first, more, enough, statuses):
    @case(f"endless: {name}")
    def _(t):
        server = t.shared(site)
        data = first + more * (1 + (enough + 2000) // len(more))
        before = server.memory("RssAnon")
        with server.connect() as c:
            c.send(data, lenient=True)		# and no more: this much has to be enough
            response = c.response()
            assert response.status in (statuses if isinstance(statuses, tuple) else (statuses,)), response
            assert response.closes
            read = push(c, more * (1 + 60000 // len(more)), LINGER_BYTES + BUFFERS + 1)
            assert read < LINGER_BYTES + BUFFERS, "it reads for ever"
        server.left_nothing()
        assert server.sanitized() or server.memory("RssAnon") - before < 1 << 20
        assert server.get("/").body == b"x"
    return _


def push(c, piece, most):
    """Sends on and on, until the connection ends or so many bytes are gone."""
    sent = 0
    try:
        while sent < most:
            sent += c.socket.send(piece)
    except (ConnectionResetError, BrokenPipeError):
        pass
    return sent


for row in ENDLESS:
    endless(*row)


@case("one byte at a time: every kind of request is understood, and answered once")
def _(t):
    server = t.shared(site)
    for raw, status in ((request("/", *(f"X-{i}: y" for i in range(50))), 200), (request("/none"), 404),
                        (request("/", method="POST", body=b"z" * 300), 405),
                        (CHUNKED + b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", 405), (b"GET / HTTP/1.1\r\n\r\n", 400)):
        with server.connect() as c:
            c.drip(raw)
            assert c.response().status == status, raw
            c.shut()
            c.end()
    server.left_nothing()


@case("one byte at a time: a head as long as it may be is served, at a price that is shown here")
def _(t):
    server = t.server(files={"index.html": "x"}, server="head_timeout = 1h", error="stderr notice")
    raw = request("/", "X: " + "y" * (HEAD_SIZE - 100))
    before = used_ms(server)
    for _ in range(4):
        with server.connect() as c:
            c.drip(raw)
            assert c.response().body == b"x"
    print(f"# {4 * len(raw)} bytes, each by itself: {used_ms(server) - before} ms")


@case("1000 requests in one segment: 1000 answers, in their order, the last one says close")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        before = server.memory("RssAnon")
        c.send(b"".join(request("/none" if i % 10 == 3 else "/") for i in range(1000)))
        for i in range(1000):
            response = c.response()
            assert response.status == (404 if i % 10 == 3 else 200), i
            assert response.closes == (i == 999), i
        c.end()
        assert server.sanitized() or server.memory("RssAnon") - before < 1 << 20
    server.left_nothing()


@case("100000 requests that nobody reads the answers of: they are not read either, and the rest is refused")
def _(t):
    server = t.server(files={"index.html": "x" * 1000}, server="send_timeout = 1s\nkeepalive_requests = 0", error="stderr notice")
    before = server.memory("RssAnon")
    with server.connect(rcvbuf=4096, limit=LIMIT) as c:
        c.socket.settimeout(2)
        sent = 0
        try:
            while sent < HUGE:
                sent += c.socket.send(request("/") * 1000)
        except OSError:
            pass
        assert sent < HUGE, "all of it was read"
        until("the connection closed", lambda: server.sockets() == server.sockets_at_start)
    assert server.sanitized() or server.memory("RssAnon") - before < 1 << 20
    assert server.get("/").body == b"x" * 1000


@case("addresses from everywhere: a thousand connections from a hundred of them, each at once asking and leaving")
def _(t):
    server = t.shared(site)
    for i in range(1000):
        with Client(server.addresses[0], source=f"127.0.{i % 100}.{1 + i % 250}") as c:
            c.send(request("/", "Connection: close"))
            if i % 2:
                assert c.response().body == b"x"
    server.left_nothing()


main()
