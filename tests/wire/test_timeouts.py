#!/usr/bin/python3
"""The server's patience: short limits are configured, and then simply waited for."""

import select

from harness import Failure, case, main, request, until

SOON = 8	# seconds: more than any limit configured here, less than any default


def site(t):
    return t.server(files={"index.html": "the index", "huge": b"x" * (32 << 20)},
                    server="head_timeout = 300ms\nbody_timeout = 300ms\nkeepalive_timeout = 300ms\nsend_timeout = 300ms")


@case("head_timeout: a head that does not come in time gets 408 and a close")		# RFC 9110 15.5.9
def _(t):
    server = t.shared(site)
    for raw in (b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: y"):
        with server.connect(limit=SOON) as c:
            c.send(raw)
            response = c.response()
            assert response.status == 408 and response.closes, response
            c.end()
    server.left_nothing()


# tinyhttpd.ini(5): "The head of a request must be there, whole, within this time of its first byte"
@case("head_timeout is for the whole head: dripping bytes do not stretch it")
def _(t):
    with t.shared(site).connect(limit=SOON) as c:
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(SOON * 50):
            if select.select([c.socket], [], [], 0.02)[0]:
                break
            c.send(b"y", lenient=True)
        else:
            raise Failure("nothing was said although the limit is long over")
        assert c.response().status == 408


@case("head_timeout: a connection that never says anything is closed")
def _(t):
    with t.shared(site).connect(limit=SOON) as c:
        assert all(r.status == 408 for r in c.responses())


@case("head_timeout holds for the second request, too")
def _(t):
    with t.shared(site).connect(limit=SOON) as c:
        c.ask("/")
        c.send(b"GET / HT")
        assert c.response().status == 408
        c.end()


@case("body_timeout: a body that stops gets 408 and a close")
def _(t):
    for raw in (request("/", "Content-Length: 10", method="POST") + b"half",
                request("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhel",
                request("/", "Transfer-Encoding: chunked", method="POST") + b"5;ext"):
        with t.shared(site).connect(limit=SOON) as c:
            c.send(raw)
            response = c.response()
            assert response.status == 408 and response.closes, response
            c.end()


@case("body_timeout: a client that was told to go on and does not gets 408 as soon")
def _(t):
    server = t.server(files={"index.html": "x"}, server="body_timeout = 300ms\nsend_timeout = 10m")
    with server.connect(limit=SOON) as c:
        c.send(request("/", "Content-Length: 10", "Expect: 100-continue"))
        assert c.response().status == 408


# tinyhttpd.ini(5): "The longest pause within the body of a request"
@case("body_timeout is between bytes: a slow body that keeps coming is read")
def _(t):
    server = t.server(files={"index.html": "x"}, server="body_timeout = 1s\nmin_rate = off")
    with server.connect() as c:
        c.send(request("/", "Content-Length: 30", method="GET"))
        for _ in range(30):			# altogether longer than the limit, each step far below
            assert not select.select([c.socket], [], [], 0.05)[0], "an answer before the body's end"
            c.send(b"z")
        assert c.response().body == b"x"


# tinyhttpd.ini(5): "How long an open connection may wait for its next request"
@case("keepalive_timeout: an idle connection is closed without a word")
def _(t):
    with t.shared(site).connect(limit=SOON) as c:
        c.ask("/")
        c.end()


@case("keepalive_timeout starts again with every request")
def _(t):
    server = t.server(files={"index.html": "x"}, server="keepalive_timeout = 1s")
    with server.connect() as c:
        for _ in range(15):
            c.ask("/")
            assert not select.select([c.socket], [], [], 0.1)[0], "closed although it was used"
        c.end()


@case("keepalive_timeout shrinks when connections run short")
def _(t):
    server = t.server(files={"index.html": "x"}, server="keepalive_timeout = 10m\nmax_connections = 2")
    with server.connect() as first, server.connect() as second:
        first.ask("/")
        second.ask("/")			# there is no room left now
        first.ask("/")
        first.end()


# tinyhttpd.ini(5): "The connection is closed when the client takes nothing of the answer for this long"
@case("send_timeout: a client that stops reading is let go")
def _(t):
    server = t.shared(site)
    with server.connect(rcvbuf=4096) as c:
        c.send(request("/huge"))
        assert c.response(body=False).status == 200
        until("the connection closed", lambda: server.sockets() == server.sockets_at_start, limit=SOON)
        try:
            assert len(c.read_to_end()) < 32 << 20
        except ConnectionResetError:
            pass
    assert server.get("/").body == b"the index"


@case("send_timeout is without progress: a slow reader gets everything")
def _(t):
    server = t.server(files={"huge": b"x" * (6 << 20)}, server="send_timeout = 3s")
    with server.connect(rcvbuf=4096) as c:
        c.send(request("/huge", "Connection: close"))
        head = c.response(body=False)
        total = len(c.buffer)
        pause = 40
        while total < int(head["Content-Length"]):
            if pause:
                pause -= 1
                select.select([], [], [], 0.1)		# a slow reader, altogether longer than the limit
            data = c.socket.recv(1 << 17)
            assert data, f"the connection ended after {total} bytes"
            total += len(data)
        assert total == 6 << 20


@case("a hundred silent clients keep nobody from being served")
def _(t):
    server = t.server(files={"index.html": "x"})
    silent = [server.connect() for _ in range(100)]
    for i, c in enumerate(silent):
        c.send([b"", b"GET", b"GET / HTTP/1.1\r\nHost: a\r\n"][i % 3])
    for _ in range(20):
        assert server.get("/").body == b"x"
    for c in silent:
        c.close()
    server.left_nothing()


@case("after an early answer the server waits for the client's end, but not for ever")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        c.send(b"nonsense\r\n\r\n")
        assert c.response().status == 400
        # The client keeps its side open and silent; the server must let go by itself.
        until("the connection closed", lambda: server.sockets() == server.sockets_at_start)


main()
