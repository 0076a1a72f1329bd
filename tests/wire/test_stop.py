#!/usr/bin/python3
"""Stopping: what is in flight is finished, what is idle ends, and the exit status tells."""

import signal
import socket

from harness import Client, case, main, request, until

HUGE = bytes(range(256)) * (96 << 10)		# 24 MiB


def stopping(server):
    server.wait_message("STOPPING=1")


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
    @case(f"{number.name} ends the server with status 0")
    def _(t, number=number):
        server = t.server(files={"index.html": "x"})
        server.get("/")
        server.signal(number)
        assert server.wait_exit() == 0


@case("a stop with nobody there is a stop at once")
def _(t):
    server = t.server(files={"index.html": "x"}, server="grace = 1h")
    server.stop()


# tinyhttpd(8): "No new connection is accepted, idle ones are closed, and responses that are being sent are finished"
@case("a stop ends idle connections at once and lets a download finish, byte for byte")
def _(t):
    server = t.server(files={"index.html": "x", "huge": HUGE}, server="grace = 1h\nkeepalive_timeout = 1h")
    idle = [server.connect() for _ in range(10)]
    for c in idle:
        c.ask("/")
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge"))
    head = slow.response(body=False)
    server.signal(signal.SIGTERM)
    stopping(server)
    for c in idle:
        c.end()
        c.close()
    assert server.process.poll() is None, "it left its client alone"
    assert slow._exactly(int(head["Content-Length"])) == HUGE
    slow.end()
    slow.close()
    assert server.wait_exit() == 0


@case("a stop in the middle of a crowd that comes: no worker waits for somebody another one took")
def _(t):
    for turn in range(12):
        server = t.server(files={"index.html": "x"}, server="grace = 1h", workers=16, name=f"crowd{turn}")
        crowd = []
        for i in range(150):
            if i == 20 + turn * 10:
                server.signal(signal.SIGTERM)
            crowd.append(socket.socket())
            crowd[-1].setblocking(False)
            crowd[-1].connect_ex(("127.0.0.1", int(server.addresses[0].rsplit(":", 1)[1])))
        for one in crowd:
            one.close()
        assert server.wait_exit(limit=10) == 0


@case("a stop does not cut a download short because its client has asked for more already")
def _(t):
    server = t.server(files={"index.html": "x", "huge": HUGE}, server="grace = 1h")
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        head = c.response(body=False)
        c.send(request("/"))
        server.signal(signal.SIGTERM)
        stopping(server)
        assert c._exactly(int(head["Content-Length"])) == HUGE
    assert server.wait_exit() == 0


@case("a stopping server takes no new connection")
def _(t):
    server = t.server(files={"index.html": "x", "huge": HUGE}, server="grace = 1h", listen=("127.0.0.1:0", f"unix:{t.path('s')}"))
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge", "Connection: close"))
    slow.response(body=False)
    server.signal(signal.SIGTERM)
    stopping(server)
    def closed(address):
        try:
            with Client(address) as c:
                c.send(request("/"), lenient=True)
                return not c.socket.recv(1)
        except (ConnectionError, FileNotFoundError, socket.timeout):
            return True
    for address in server.addresses:
        until("the listener closed", lambda address=address: closed(address))
    assert slow._exactly(len(HUGE)) == HUGE
    slow.close()
    assert server.wait_exit() == 0


@case("a request whose body is still coming is answered during a stop, and the connection ends with it")
def _(t):
    server = t.server("[location p]\npath = /p\nreturn = 200 \"thanks\"", files={"index.html": "x"}, server="grace = 1h", workers=1)
    with server.connect() as c, server.connect() as idle:
        idle.ask("/")
        c.send(request("/p", "Content-Length: 10", "Expect: 100-continue", method="POST"))
        assert c.head_of_response().status == 100
        c.send(b"12345")
        server.signal(signal.SIGTERM)
        stopping(server)
        idle.end()				# the worker knows, too
        c.send(b"67890" + request("/never"))
        response = c.response(method="POST")
        assert response.body == b"thanks" and response.closes, response
        c.end()
    assert server.wait_exit() == 0


@case("a second signal stops at once")
def _(t):
    server = t.server(files={"index.html": "x", "huge": HUGE}, server="grace = 1h\nsend_timeout = 1h")
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge"))
    slow.response(body=False)
    server.signal(signal.SIGTERM)
    stopping(server)
    assert server.process.poll() is None
    server.signal(signal.SIGTERM)
    status = server.wait_exit()
    assert status in (0, 3), status
    server.expect_exit = status
    slow.close()


# tinyhttpd.ini(5): "How long answers in flight may take when the server is stopped"
@case("grace bounds the stop, and status 3 says that it ran out")
def _(t):
    server = t.server(files={"index.html": "x", "huge": HUGE}, server="grace = 300ms\nsend_timeout = 1h", expect_exit=3)
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge"))
    slow.response(body=False)
    server.signal(signal.SIGTERM)
    assert server.wait_exit() == 3
    slow.close()


@case("the end of grace is said in the error log")
def _(t):
    server = t.server(files={"huge": HUGE}, server="grace = 200ms\nsend_timeout = 1h", expect_exit=3)
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge"))
    slow.response(body=False)
    server.signal(signal.SIGTERM)
    server.wait_exit()
    slow.close()
    assert "grace" in server.stderr(), server.stderr()


@case("signals that mean nothing here are survived: HUP, PIPE, USR2")
def _(t):
    server = t.server(files={"index.html": "x"})
    for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR2):
        server.signal(number)
    server.signal(signal.SIGUSR1)
    for _ in range(10):
        assert server.get("/").body == b"x"


@case("a stop in the middle of a crowd loses no answer that had begun and cuts none short")
def _(t):
    server = t.server(files={"page": b"p" * 50000}, server="grace = 1h")
    clients = [server.connect() for _ in range(60)]
    for c in clients:
        c.send(request("/page") * 20)
    first = [c.response() for c in clients]
    assert all(r.body == b"p" * 50000 for r in first)
    server.signal(signal.SIGTERM)
    for c in clients:
        for response in c.responses(allow_reset=True):
            assert response.body == b"p" * 50000
        c.close()
    assert server.wait_exit() == 0


main()
