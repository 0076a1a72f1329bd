#!/usr/bin/python3
"""How much a client may have.  The rates here are so low that nothing comes back while a case runs."""

import gzip
import re

from harness import case, main, request


def statuses(server, source, count, target="/", new=True):
    """The answers to that many requests, each on a connection of its own or all on one."""
    found = []
    if not new:
        with server.connect(source=source) as c:
            return [c.ask(target).status for _ in range(count)]
    for _ in range(count):
        with server.connect(source=source) as c:
            found.append(c.ask(target).status)
    return found


# RFC 6585 4
@case("limit_requests: 429 with Retry-After, exact over connections and workers, each address for itself")
def _(t):
    server = t.server(files={"index.html": "x", "free/x": "x"}, workers=4, server="limit_requests = 1/m burst 40",
                      config="[location free]\npath = /free\nlimit_requests = off")
    clients = [server.connect(source="127.0.0.1") for _ in range(8)]
    found = [c.ask("/").status for _ in range(10) for c in clients]
    for c in clients:
        c.close()
    assert sorted(found) == [200] * 40 + [429] * 40, found
    with server.connect(source="127.0.0.1") as c:
        response = c.ask("/")
        assert response.status == 429 and re.fullmatch(r"[1-9]|[1-5][0-9]|60", response["Retry-After"] or ""), response
        assert not response.closes and c.ask("/free/x").status == 200
    assert statuses(server, "127.0.0.2", 3) == [200] * 3
    assert statuses(server, "127.0.0.3", 50, new=False) == [200] * 40 + [429] * 10


@case("limit_requests: the clients of a trusted proxy are told apart")
def _(t):
    server = t.server(files={"index.html": "x"}, server="limit_requests = 1/m burst 2\ntrusted_proxies = 127.0.0.1")
    with server.connect() as c:
        for client in ("192.0.2.1", "192.0.2.2"):
            assert [c.ask("/", f"X-Forwarded-For: {client}").status for _ in range(3)] == [200, 200, 429]


@case("limit_requests: observe refuses nobody and says who would have been")
def _(t):
    server = t.server(files={"index.html": "x"}, server="limit_requests = 1/m burst 2 observe")
    assert statuses(server, "127.0.0.5", 2) == [200] * 2
    assert "over limit_requests" not in server.stderr()
    assert statuses(server, "127.0.0.5", 8) == [200] * 8
    assert re.search(r"over limit_requests = 1/m burst 2 observe \(\S+:\d+\), observed only.*client 127\.0\.0\.5,", server.stderr())


@case("explain shows the limit that holds, and counts nothing")
def _(t):
    path = t.write("x.ini", f"[server]\nroot = {t.files({'index.html': 'x'})}\nlimit_requests = 1/m burst 7\n")
    for _ in range(3):
        run = t.run("explain", "/", config=path)
        assert " 200 " in run.stdout and re.search(r"^limit +1/m burst 7 +.*x\.ini:3$", run.stdout, re.M), run


def hold(server, source, count):
    """Connections that stay, each of which has been answered."""
    clients = [server.connect(source=source) for _ in range(count)]
    for c in clients:
        assert c.ask("/").status == 200
    return clients


# tinyhttpd.ini(5): "Further ones get 503"
@case("max_connections_per_ip: the one too many gets 503, others are served, and a place that is left is free")
def _(t):
    server = t.server(files={"index.html": "x"}, workers=3, server="max_connections_per_ip = 5")
    for _ in range(20):
        clients = hold(server, "127.0.0.1", 5)
        with server.connect(source="127.0.0.1") as c:
            response = c.response()
            assert response.status == 503 and response.closes and response["Retry-After"], response
            c.shut()
            c.end()
        assert server.connect(source="127.0.0.2").ask("/").status == 200
        for c in clients:
            c.close()
        server.left_nothing()
    assert re.search(r"max_connections_per_ip is reached by 127\.0\.0\.1; refused 1 ", server.stderr()), server.stderr()


@case("max_connections_per_ip: hundreds from one address harm nobody else")
def _(t):
    server = t.server(files={"index.html": "x"}, server="max_connections_per_ip = 5")
    clients = hold(server, "127.0.0.1", 5)
    crowd = [server.connect(source="127.0.0.1") for _ in range(300)]
    for c in crowd:
        c.send(b"GET ", lenient=True)			# who says nothing is kept by the kernel for a while
    with server.connect(source="127.0.0.2") as c:
        assert c.ask("/").status == 200
    answered = 0
    for c in crowd:
        c.shut()
        try:
            answered += c.read_to_end().startswith(b"HTTP/1.1 503 ")
        except ConnectionResetError:
            pass
    assert 0 < answered < 300, answered			# "some are closed without an answer"
    for c in crowd + clients:
        c.abort()
    server.left_nothing()
    clients = hold(server, "127.0.0.1", 5)
    for c in clients:
        c.close()


@case("max_connections_per_ip: a trusted proxy and a unix socket may have any number")
def _(t):
    server = t.server(files={"index.html": "x"}, listen=("127.0.0.1:0", "unix:" + t.path("s")), server="max_connections_per_ip = 2\ntrusted_proxies = 127.0.0.3")
    clients = hold(server, "127.0.0.3", 10) + [server.connect(1) for _ in range(10)]
    for c in clients:
        assert c.ask("/").status == 200
        c.close()


BIG = bytes(i * 7 % 251 for i in range(300000))


def body_of(c, size):
    """That many bytes of a body, of a length the head has told."""
    return c._exactly(size)


# tinyhttpd.ini(5): "How fast an answer is sent, in bytes a second, and how much of it goes as fast as it can before that."
@case("limit_rate: what comes after `after` has to wait, and small answers do not")
def _(t):
    server = t.server(files={"big": BIG, "small": b"s" * 100000}, server="limit_rate = 1/s after 100k")
    with server.connect() as c:
        assert c.ask("/small").body == b"s" * 100000
        assert c.ask("/small", "Range: bytes=5-50").status == 206
        c.send(request("/big"))
        assert c.response(body=False)["Content-Length"] == str(len(BIG))
        assert body_of(c, 102400) == BIG[:102400]
        assert len(c.buffer) <= 1, len(c.buffer)		# a piece is at least a byte
        with server.connect() as other:			# the worker is not held
            assert other.ask("/small").status == 200
        assert body_of(c, 3) == BIG[102400:102403]


@case("limit_rate: a pause is no stall: send_timeout does not end it")
def _(t):
    server = t.server(files={"big": BIG}, server="limit_rate = 1/s after 1k\nsend_timeout = 100ms", workers=1)
    with server.connect() as c:
        c.send(request("/big"))
        c.response(body=False)
        assert body_of(c, 1024 + 4) == BIG[:1028]


@case("limit_rate: a client that stalls is ended by send_timeout all the same")
def _(t):
    server = t.server(files={"huge": b"x" * (32 << 20)}, server="limit_rate = 1g/s\nsend_timeout = 300ms", workers=1)
    with server.connect(rcvbuf=4096) as c:
        c.send(request("/huge"))
        assert c.response(body=False).status == 200
        server.left_nothing()


@case("limit_rate: files, ranges, fixed pages, gzip and pipelined answers arrive whole")
def _(t):
    text = "".join(f"line {i * 7919 % 10007} of some text\n" for i in range(30000)).encode()
    server = t.server(files={"big": BIG, "text.txt": text, "small": "s"}, server="limit_rate = 4m/s", config="""
        [location page]
        path = /page
        return = 200 @page.txt
        """ if t.write("page.txt", BIG) else "")
    with server.connect() as c:
        assert c.ask("/big").body == BIG
        assert c.ask("/page").body == BIG
        response = c.ask("/text.txt", "Accept-Encoding: gzip")
        assert response["Content-Encoding"] == "gzip" and gzip.decompress(response.body) == text
        assert c.ask("/big", "Range: bytes=7-200000").body == BIG[7:200001]
        c.send(request("/big") + request("/small") + request("/page"))
        assert [len(c.response().body) for _ in range(3)] == [len(BIG), 1, len(BIG)]
    with server.connect() as c:
        c.send(request("/text.txt", "Accept-Encoding: gzip", version="1.0"))
        assert gzip.decompress(c.response(version="1.0").body) == text


@case("explain shows the speed that holds")
def _(t):
    path = t.write("x.ini", f"[server]\nroot = {t.files({'index.html': 'x'})}\nlimit_rate = 10k/s\n[location l]\npath = /l\nlimit_rate = off\n")
    assert re.search(r"^rate +10k/s +.*x\.ini:3$", t.run("explain", "/", config=path).stdout, re.M)
    assert "10k/s" not in t.run("explain", "/l", config=path).stdout


main()
