#!/usr/bin/python3
"""Clients that are slow on purpose: they get little memory, a limited time, and nobody else waits for them."""

import os
import select
import time

from crowds import (IDLE, PATIENT, POST, READER_BYTES, SLOW_BODIES, SLOW_HEADS, SLOW_READERS, Crowd, ask_normally, dripping, share, site,
                    tls_reader_bytes, tls_site)
from harness import Skip, built_with, case, main, request, until

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


def slow(name, asked, most):
    @case(f"a reader that is slow{name} takes less than {most >> 10} KiB")
    def _(t):
        server = site(t, PATIENT + "\n[gzip]\nmax_size = 1g")
        count, = share(server, (SLOW_READERS,))
        crowd = Crowd(server)
        t.defer(crowd.close)
        crowd.add(64, asked, rcvbuf=4096)		# what is kept for the next connection is there
        crowd.taken()
        crowd.close()
        server.left_nothing()
        before = server.memory("RssAnon")
        crowd.add(count, asked, rcvbuf=4096)
        for s in crowd.sockets:
            assert s.recv(15) == b"HTTP/1.1 200 OK"
        grown = server.memory("RssAnon") - before
        print(f"# {count} readers, {grown / count:.0f} bytes each")
        assert server.sanitized() or grown < most * count, grown / count
        crowd.close()
        server.left_nothing()


slow("", request("/huge"), READER_BYTES)
# what it has asked for beyond what is answered waits as well, as far as a head may be long
slow(" and asks for hundreds of small files at once", request("/index.html") * 400, 40 << 10)


@case(f"a reader that is slow takes less than {READER_BYTES >> 10} KiB over TLS as well")
def _(t):
    if not built_with("libssl"):
        raise Skip("this tinyhttpd was built without OpenSSL")
    server = tls_site(t)
    count, = share(server, (SLOW_READERS,))
    each = tls_reader_bytes(server, count)
    print(f"# {count} readers, {each:.0f} bytes each")
    assert server.sanitized() or each < READER_BYTES, each


# tinyhttpd.ini(5): "A worker compresses eight answers at a time"
@case("readers that are slow, of what is compressed for them: memory has a bound, and others get it as it is")
def _(t):
    server = site(t, PATIENT + "\n[gzip]\nmax_size = 1g\ntypes = application/octet-stream", workers=1)
    count, = share(server, (SLOW_READERS,))
    with open(os.path.join(server.root, "huge"), "r+b") as f:	# which does not become small
        f.write(os.urandom(8 << 20))
    codings = set()
    before = server.memory("RssAnon")
    crowd = Crowd(server)
    t.defer(crowd.close)
    crowd.add(count, request("/huge", "Accept-Encoding: gzip"), rcvbuf=4096)
    for s in crowd.sockets:
        head = b""
        while b"\r\n\r\n" not in head:
            head += s.recv(100)
        codings.add(b"\r\nContent-Encoding: gzip\r\n" in head)
    grown = server.memory("RssAnon") - before
    print(f"# {count} readers, {grown / count:.0f} bytes each")
    assert codings == {True, False}, codings
    assert server.sanitized() or grown < READER_BYTES * count, grown / count
    crowd.close()
    server.left_nothing()
    response = server.get("/huge", "Accept-Encoding: gzip", method="HEAD")
    assert response["Content-Encoding"] == "gzip", response


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
