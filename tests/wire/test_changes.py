#!/usr/bin/python3
"""Files that change while they are sent: a body always belongs to its validators and length."""

import hashlib
import os
import threading

from harness import Failure, case, main

ROUNDS = 300
SIZES = {"small": 3000, "large": 700_000}


def content(size, version):
    """Every version has bytes of its own throughout."""
    return hashlib.sha256(b"%d" % version).digest() * (size // 32 + 1)


def hammer(t, change, size, same_length=True):
    """Asks again and again while another thread changes the file; what came, by entity-tag."""
    server = t.server(files={"x.bin": content(size, 0)[:size]})
    path, stop, versions = server.root + "/x.bin", threading.Event(), {}

    def run():
        version = 0
        while not stop.is_set():
            version += 1
            change(path, content(size, version)[:size if same_length else size - version % 1000])

    thread = threading.Thread(target=run)
    thread.start()
    whole, broken = 0, 0
    try:
        for _ in range(ROUNDS):
            try:
                response = server.get("/x.bin")
            except (Failure, ConnectionResetError):		# shorter than was promised: the connection ended, and it can be told
                broken += 1
                continue
            if response.status != 200:		# between two names there may be none
                assert response.status == 404, response
                continue
            whole += 1
            assert int(response["Content-Length"]) == len(response.body)
            piece = response.body[:32]
            assert response.body == (piece * (len(response.body) // 32 + 1))[:len(response.body)], "pieces of two versions"
            tag = response["ETag"]
            if not tag.startswith("W/"):
                assert versions.setdefault(tag, response.body) == response.body, "two contents with one strong tag"
    finally:
        stop.set()
        thread.join()
    server.left_nothing()
    return whole, broken


def replace(path, data):
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


def remove_and_make(path, data):
    os.unlink(path)
    replace(path, data)


for size in SIZES:
    @case(f"{size} file replaced by rename: every answer is one version, whole")
    def _(t, size=size):
        whole, broken = hammer(t, replace, SIZES[size], same_length=False)
        assert whole > 0 and broken == 0, (whole, broken)

    @case(f"{size} file replaced by one of the same length: every answer is one version, whole")
    def _(t, size=size):
        whole, broken = hammer(t, replace, SIZES[size])
        assert whole > 0 and broken == 0, (whole, broken)

    @case(f"{size} file deleted and made again: one version, whole, or 404")
    def _(t, size=size):
        whole, broken = hammer(t, remove_and_make, SIZES[size])
        assert broken == 0, (whole, broken)


@case("a file cut short while it is sent ends the connection before its promised end")
def _(t):
    server = t.server(files={"x.bin": b"x" * (64 << 20)})
    with server.connect() as c:
        c.send(b"GET /x.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        promised = int(c.response(body=False)["Content-Length"])
        os.truncate(server.root + "/x.bin", 1 << 20)
        body = c.read_to_end()
    assert promised == 64 << 20 and len(body) < promised
    server.left_nothing()


@case("a file rewritten in place while it is sent never seems complete")
def _(t):
    size = 64 << 20
    server = t.server(files={"x.bin": b"x" * size})
    with server.connect() as c:
        c.send(b"GET /x.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        promised = int(c.response(body=False)["Content-Length"])
        with open(server.root + "/x.bin", "r+b") as f:
            f.seek(size - 1000)
            f.write(b"y" * 10)
        os.utime(server.root + "/x.bin", ns=(10 ** 18, 10 ** 18))
        body = c.read_to_end()		# what is held back may be shorter than the head is
    assert promised == size and len(body) < size, "all of it, as if nothing had happened"
    server.left_nothing()


@case("answers before the one that breaks off arrive whole")
def _(t):
    server = t.server(files={"x.bin": b"x" * (64 << 20), "a.txt": b"the first"})
    with server.connect() as c:
        c.send(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n" + b"GET /x.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        assert c.response().body == b"the first"
        os.truncate(server.root + "/x.bin", 1 << 20)
        assert len(c.read_to_end()) < 64 << 20


@case("a file that grows while it is sent is sent as long as it was")
def _(t):
    size = 8 << 20
    server = t.server(files={"log.bin": b"x" * size})
    with server.connect() as c:
        c.send(b"GET /log.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        with open(server.root + "/log.bin", "ab") as f:
            f.write(b"y" * 1000)
        response = c.response()
    assert response.status == 200 and set(response.body) == {ord("x")} or len(response.body) == size + 1000, response


main()
