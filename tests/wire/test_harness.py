#!/usr/bin/python3
"""The harness itself: it must find fault with answers that are wrong."""

import socket
import time

from harness import Client, case, combined, main, to_date

DATE = "Date: " + to_date(time.time()) + "\r\n"


def reader(data):
    """A client that has received these bytes and the end."""
    mine, other = socket.socketpair()
    other.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
    other.close()
    c = object.__new__(Client)
    c.socket, c.buffer, c.eof = mine, bytearray(), False
    return c


GOOD = {
    "a length": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nab",
    "chunks": f"HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "the end of the connection": f"HTTP/1.1 200 OK\r\n{DATE}Connection: close\r\n\r\nab",
    "an interim response": f"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nab",
}

BAD = {
    "no Date": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "a Date of long ago": "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\nab",
    "another version": f"HTTP/1.0 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nab",
    "a status of two digits": f"HTTP/1.1 20 OK\r\n{DATE}Content-Length: 2\r\n\r\nab",
    "no space behind the status": f"HTTP/1.1 200\r\n{DATE}Content-Length: 2\r\n\r\nab",
    "a bare LF": f"HTTP/1.1 200 OK\n{DATE}Content-Length: 2\r\n\r\nab",
    "a bare CR": f"HTTP/1.1 200 OK\r\n{DATE}X: a\rb\r\nContent-Length: 2\r\n\r\nab",
    "a space before the colon": f"HTTP/1.1 200 OK\r\n{DATE}X : y\r\nContent-Length: 2\r\n\r\nab",
    "a folded line": f"HTTP/1.1 200 OK\r\n{DATE}X: y\r\n z\r\nContent-Length: 2\r\n\r\nab",
    "two lengths": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    "both framings": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "a length with a sign": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: +2\r\n\r\nab",
    "fewer bytes than the length": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 3\r\n\r\nab",
    "more bytes than the length": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 1\r\n\r\nab",
    "no last chunk": f"HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    "a chunk that is too long": f"HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "neither length nor close": f"HTTP/1.1 200 OK\r\n{DATE}\r\nab",
    "an unknown coding": f"HTTP/1.1 200 OK\r\n{DATE}Transfer-Encoding: gzip\r\nConnection: close\r\n\r\nab",
    "a body behind 304": f"HTTP/1.1 304 Not Modified\r\n{DATE}\r\nab",
    "a length in 204": f"HTTP/1.1 204 No Content\r\n{DATE}Content-Length: 0\r\n\r\n",
    "bytes behind the response": f"HTTP/1.1 200 OK\r\n{DATE}Content-Length: 2\r\n\r\nabHTTP/1.1",
}

for name, data in GOOD.items():
    @case(f"it reads a response with {name}")
    def _(t, data=data):
        with reader(data) as c:
            assert c.response().body == b"ab"
            c.end()

for name, data in BAD.items():
    @case(f"it refuses a response with {name}")
    def _(t, data=data):
        with reader(data) as c:
            try:
                c.response()
                c.end()
            except AssertionError:
                return
        raise RuntimeError("it was taken")


@case("it refuses chunks for an HTTP/1.0 client, and a body for HEAD")
def _(t):
    for data, options in ((GOOD["chunks"], {"version": "1.0"}), (GOOD["an interim response"], {"version": "1.0"}),
                          (GOOD["a length"], {"method": "HEAD"})):
        with reader(data) as c:
            try:
                c.response(**options)
                c.end()
            except AssertionError:
                continue
        raise RuntimeError("it was taken")


@case("it refuses log lines that could be two")
def _(t):
    good = '127.0.0.1 - - [23/Nov/2026:19:49:00 +0000] "GET /\\"x HTTP/1.1" 200 5 "-" "a \\x0a b"'
    assert combined(good)["status"] == "200"
    for bad in (good.replace('\\"', '"'), good.replace("\\x0a", "\x0a"), good.replace("GET", "G\xe9T"), good + " ", good.replace("200", "20"),
                good.replace("\\x0a", "\\")[:-1]):
        try:
            combined(bad)
        except AssertionError:
            continue
        raise RuntimeError(f"it was taken: {bad!r}")


main()
