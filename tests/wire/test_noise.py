#!/usr/bin/python3
"""Fragments of requests in random order: nothing dies, nothing stays behind, the log stays readable."""

import os
import random
import select

from harness import case, combined, main, request

FRAGMENTS = [
    b"GET ", b"HEAD ", b"POST ", b"OPTIONS ", b"/", b"*", b"/index.html", b"/d", b"/d/", b"/../", b"%2e", b"%00", b"http://a/", b"/r/x", b"/big.html",
    b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\r\n\r\n", b"Host: a\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"hello",
    b"5\r\nhello\r\n", b"0\r\n\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Accept-Encoding: gzip\r\n",
    b"If-None-Match: *\r\n", b"Range: bytes=0-1,3-4\r\n", b"Range: bytes=-1\r\n", b"\0", b"\xff", b":", b" ", b"\r", b"\n", b"x" * 5000,
    request("/") * 3, request("/big.html", "Accept-Encoding: gzip"), request("/f", "Transfer-Encoding: chunked", method="POST"),
]


def noise(r):
    data = b"".join(r.choice(FRAGMENTS) for _ in range(r.randint(1, 25)))
    if r.random() < 0.5:
        data = b"GET / HTTP/1.1\r\nHost: a\r\n" + data
    if r.random() < 0.3:
        data = bytearray(data)
        for _ in range(3):
            data[r.randrange(len(data))] = r.randrange(256)
    return bytes(data)


def chat(c, r):
    """Says something, perhaps in pieces, and hears some of the answer, perhaps."""
    try:
        data = noise(r)
        if r.random() < 0.3:
            c.drip(data[:2000], r.randint(1, 50))
        else:
            c.send(data)
        if r.random() < 0.5:
            c.shut()
        if select.select([c.socket], [], [], 0.02)[0]:
            c.socket.recv(r.choice((1, 1000, 100000)))
    except OSError:
        pass


@case("two thousand confused clients harm nobody")
def _(t):
    r = random.Random(int(os.environ.get("NOISE_SEED", "1")))
    server = t.server("""
        [server]
        redirect = /r/** -> /$1
        error = 404 /index.html
        [location f]
        path = /f
        return = 200 "fixed"
        """, files={"index.html": "x" * 3000, "d/index.html": "y", "big.html": "z" * 300000}, error="stderr error",
        server="head_timeout = 1s\nbody_timeout = 1s\nkeepalive_timeout = 1s\nmax_connections = 200")
    crowd = []
    for _ in range(int(os.environ.get("NOISE_CLIENTS", "2000"))):
        c = server.connect()
        chat(c, r)
        crowd.append(c)
        if len(crowd) > 100:
            c = crowd.pop(r.randrange(len(crowd)))
            c.abort() if r.random() < 0.5 else c.close()
    for c in crowd:
        c.close()
    server.left_nothing()
    assert server.get("/").body == b"x" * 3000
    for line in server.access_lines(1):
        combined(line)


main()
