#!/usr/bin/python3
"""How long a connection lives: versions, Connection options, pipelining, half-closes."""

import select

from harness import case, main, request


def site(t):
    return t.server("""
        [location fixed]
        path = /fixed
        return = 200 "fixed"
        """, files={"index.html": "the index", "big": bytes(range(256)) * 4096, "a": "A", "b": "B"})


# RFC 9112 9.3
@case("HTTP/1.1 keeps the connection")
def _(t):
    with t.shared(site).connect() as c:
        for _ in range(5):
            response = c.ask("/")
            assert response.body == b"the index" and not response.closes, response


for value in ("close", "Close", "keep-alive, close", "foo, close", "close, keep-alive", "foo,close ,bar", ",,close"):
    @case(f"HTTP/1.1 with Connection: {value} is the last request")
    def _(t, value=value):
        responses = t.shared(site).talk(request("/", f"Connection: {value}") + request("/a"))
        assert len(responses) == 1 and responses[0].closes, responses


@case("close in the second of two Connection fields counts")
def _(t):
    responses = t.shared(site).talk(request("/", "Connection: keep-alive", "Connection: close") + request("/a"))
    assert len(responses) == 1 and responses[0].closes, responses


@case("a Connection option that only contains the word is another option")
def _(t):
    assert len(t.shared(site).talk(request("/", "Connection: closed, not-close") + request("/a"))) == 2


@case("HTTP/1.0 closes, and the answer says HTTP/1.1")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/", version="1.0", host=None) + request("/a", version="1.0"))
        assert c.response(version="1.0").body == b"the index"
        c.end()


@case("HTTP/1.0 with keep-alive keeps the connection and is told so")
def _(t):
    with t.shared(site).connect() as c:
        for _ in range(3):
            response = c.ask("/", "Connection: Keep-Alive", version="1.0")
            assert response.body == b"the index" and "keep-alive" in response.options(), response
        assert c.ask("/a", version="1.0").body == b"A"
        c.end()


@case("HTTP/1.0 with keep-alive and close closes")
def _(t):
    with t.shared(site).connect() as c:
        c.ask("/", "Connection: keep-alive, close", version="1.0")
        c.end()


# tinyhttpd.ini(5): "Requests of one connection, then it is closed; 0 is no end."
@case("keepalive_requests ends the connection with its last answer, which says so")
def _(t):
    server = t.server(files={"index.html": "x"}, server="keepalive_requests = 3")
    responses = server.talk(request("/") * 5)
    assert [r.closes for r in responses] == [False, False, True], responses
    assert len(server.access_lines(3)) == 3


@case("keepalive_requests = 0 never ends it, and the default is 1000")
def _(t):
    server = t.server(files={"index.html": "x"}, server="keepalive_requests = 0")
    assert len(server.talk(request("/") * 1200)) == 1200
    responses = t.shared(site).talk(request("/") * 1001)
    assert len(responses) == 1000 and responses[-1].closes, len(responses)


# RFC 9112 9.3.2
@case("pipelined requests are answered in their order")
def _(t):
    want = [(b"A", "/a"), (b"B", "/b"), (None, "/none"), (b"fixed", "/fixed"), (b"the index", "/")] * 40
    responses = t.shared(site).talk(b"".join(request(target) for _, target in want))
    assert len(responses) == len(want)
    for (body, _), response in zip(want, responses):
        assert response.status == 404 if body is None else response.body == body, response


@case("pipelined HEAD, OPTIONS, 304 and errors keep the framing")
def _(t):
    server = t.shared(site)
    tag = server.get("/a")["ETag"]
    raw = b"".join([request("/a", method="HEAD"), request("/b"), request("/a", f"If-None-Match: {tag}"), request("/b"),
                    request("/none", method="HEAD"), request("*", method="OPTIONS"), request("/b", method="DELETE"),
                    request("/b")])
    responses = server.talk(raw, ["HEAD", "GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE", "GET"])
    assert [r.status for r in responses] == [200, 200, 304, 200, 404, 200, 405, 200] or (
        [r.status for r in responses] == [200, 200, 304, 200, 404, 204, 405, 200]), responses
    assert responses[0]["Content-Length"] == "1" and responses[-1].body == b"B"


@case("thousands of pipelined requests are all answered while the client reads slowly")
def _(t):
    server = t.server(files={"index.html": "x" * 3000}, server="keepalive_requests = 0")
    with server.connect(rcvbuf=4096) as c:
        c.socket.setblocking(False)
        raw, sent, got = request("/") * 3000, 0, 0
        # Sends until the server stops reading, then reads: neither side may be starved for ever.
        while got < 3000:
            writable = sent < len(raw)
            readers, writers, _ = select.select([c.socket], [c.socket] if writable else [], [], 30)
            assert readers or writers, f"stuck after {got} responses and {sent} bytes"
            if writers:
                try:
                    sent += c.socket.send(raw[sent:sent + 16384])
                except BlockingIOError:
                    pass
            if readers:
                c.socket.setblocking(True)
                c.socket.settimeout(30)
                response = c.response()
                assert response.status == 200 and len(response.body) == 3000
                got += 1
                while got < 3000 and c.buffer.count(b"\r\n\r\n") > 1:
                    c.response()
                    got += 1
                c.socket.setblocking(False)


@case("a client that half-closes gets all of its answers, then the end")
def _(t):
    responses = t.shared(site).talk(request("/a") + request("/big") + request("/b"))
    assert [r.body for r in responses] == [b"A", bytes(range(256)) * 4096, b"B"]


@case("a client that half-closes before reading a large body gets all of it")
def _(t):
    server = t.server(files={"huge": bytes(range(256)) * 65536})
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        c.shut()
        assert c.response().body == bytes(range(256)) * 65536
        c.end()


@case("clients that vanish in the middle of a download leave nothing behind")
def _(t):
    server = t.server(files={"huge": b"x" * (8 << 20)})
    for i in range(20):
        c = server.connect(rcvbuf=8192)
        c.send(request("/huge"))
        c.socket.recv(1000)
        c.abort() if i % 2 else c.close()
    server.left_nothing()
    assert server.get("/huge").status == 200


@case("bytes behind a request that closes the connection are ignored")
def _(t):
    responses = t.shared(site).talk(request("/a", "Connection: close") + b"\0\xff garbage" * 5000)
    assert len(responses) == 1 and responses[0].body == b"A", responses


@case("an error in keep-alive leaves the connection usable")
def _(t):
    with t.shared(site).connect() as c:
        for target, status in (("/none", 404), ("/a", 200), ("/%2f", 404), ("/a", 200)):
            response = c.ask(target)
            assert response.status == status and not response.closes, response


@case("many connections at once each get their own answers")
def _(t):
    server = t.shared(site)
    clients = [server.connect() for _ in range(100)]
    for i, c in enumerate(clients):
        c.send(request("/a" if i % 2 else "/b"))
    for i, c in enumerate(clients):
        assert c.response().body == (b"A" if i % 2 else b"B")
        c.close()
    server.left_nothing()


main()
