#!/usr/bin/python3
"""Entity-tags made of the content: for `etag = content`, and where a file's times say nothing."""

import os
import re
import threading
import time

from harness import Skip, age, case, main, request, until

TAG = re.compile(r'"[0-9a-f]{32}(-gz|-br|-zst)?"')
CONTENT = "[location c]\npath = /c\netag = content\n"


def need_openssl(t):
    config = t.write("probe.ini", f"[server]\nroot = {t.files({'x': 'x'}, 'probe')}\netag = content\n")
    if "built without OpenSSL" in t.run("check", config=config).stderr:
        raise Skip("built without OpenSSL")


def site(t):
    """Nothing is remembered of files, so that what they become is seen at once."""
    need_openssl(t)
    return t.server(server="cache_valid = 0", files={"c/a.bin": b"A" * 5000, "c/b.bin": b"A" * 5000, "c/other.bin": b"B" * 5000, "c/text.html": "text " * 2000,
                           "c/empty": "", "x.bin": b"x" * 3000}, config=CONTENT)


def strong(server, target, *fields):
    """The answer once its file is old enough, which takes a second, for a strong tag."""
    return until(f"a strong tag for {target}", lambda: (r := server.get(target, *fields)) and not r["ETag"].startswith("W/") and r)


@case("etag = content: what a file contains decides, not its name and its times")
def _(t):
    server = site(t)
    tag = strong(server, "/c/a.bin")["ETag"]
    assert TAG.fullmatch(tag), tag
    age(server.root + "/c/b.bin", seconds=86400 * 400)
    assert strong(server, "/c/b.bin")["ETag"] == tag
    assert strong(server, "/c/other.bin")["ETag"] != tag
    assert TAG.fullmatch(strong(server, "/c/empty")["ETag"])
    assert not TAG.fullmatch(strong(server, "/x.bin")["ETag"])
    # the same file again, rewritten with what it had
    with open(server.root + "/c/a.bin", "wb") as f:
        f.write(b"A" * 5000)
    assert strong(server, "/c/a.bin")["ETag"] == tag


# RFC 9110 8.8.3: of a coding its own
@case("etag = content: conditions, ranges and codings go by it")
def _(t):
    server = site(t)
    tag = strong(server, "/c/a.bin")["ETag"]
    assert server.get("/c/a.bin", f"If-None-Match: {tag}").status == 304
    assert server.get("/c/a.bin", 'If-None-Match: "other"').status == 200
    assert server.get("/c/a.bin", f"If-Match: {tag}").status == 200
    assert server.get("/c/a.bin", "If-Match: \"other\"").status == 412
    part = server.get("/c/a.bin", "Range: bytes=1-2", f"If-Range: {tag}")
    assert part.status == 206 and part["ETag"] == tag
    assert server.get("/c/a.bin", "Range: bytes=1-2", 'If-Range: "other"').status == 200
    plain, coded = strong(server, "/c/text.html")["ETag"], strong(server, "/c/text.html", "Accept-Encoding: gzip")
    assert coded["Content-Encoding"] == "gzip" and coded["ETag"] == plain[:-1] + '-gz"'
    assert server.head("/c/a.bin")["ETag"] == tag


# RFC 9110 8.8.1: a validator that does not change with the content is none
for moment, what in ((0, "1970"), (1, "a second after that"), (time.time() + 10 ** 6, "in the future")):
    @case(f"files that say they are of {what} have a tag of their content")
    def _(t, moment=moment):
        server = site(t)
        path = server.root + "/x.bin"
        os.utime(path, (moment, moment))
        first = strong(server, "/x.bin")
        assert TAG.fullmatch(first["ETag"]), first
        assert ("Last-Modified" in first) == (moment > 1), first
        with open(path, "wb") as f:
            f.write(b"y" * 3000)
        os.utime(path, (moment, moment))
        young = server.get("/x.bin", f"If-None-Match: {first['ETag']}")
        assert young.status == 200 and young.body == b"y" * 3000 and young["ETag"] != first["ETag"]
        assert strong(server, "/x.bin")["ETag"] != first["ETag"]
        assert server.get("/x.bin", "If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT").status == 200


# tinyhttpd.ini(5): "They are weak until the file is a second old"
@case("a young file has a weak tag, and no range by it")
def _(t):
    server = site(t)
    with open(server.root + "/c/a.bin", "wb") as f:
        f.write(b"C" * 5000)
    response = server.get("/c/a.bin")
    if not response["ETag"].startswith("W/"):
        raise Skip("a second went by between two lines of this test")
    # RFC 9110 13.1.5: a weak tag never matches
    assert server.get("/c/a.bin", "Range: bytes=1-2", f"If-Range: {response['ETag']}").status == 200


@case("files that are always of the same time and size: one strong tag, one content")
def _(t):
    server = site(t)
    path, stop, seen = server.root + "/x.bin", threading.Event(), {}

    def rewrite():
        version = 0
        while not stop.is_set():
            version += 1
            with open(path + ".new", "wb") as f:
                f.write(b"%08d" % version * 400)
            os.utime(path + ".new", (1, 1))
            os.rename(path + ".new", path)
            stop.wait(0.7 if version % 2 else 1.3)		# some live long enough for a strong tag

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        def look():
            response = server.get("/x.bin")
            tag = response["ETag"]
            if not tag.startswith("W/"):
                assert seen.setdefault(tag, response.body) == response.body, "two contents with one strong tag"
            return len(seen) >= 3
        until("three strong tags", look)
    finally:
        stop.set()
        thread.join()


@case("many who want a large file at once wait for one digest, and others wait for nobody")
def _(t):
    need_openssl(t)
    server = t.server(files={"c/": "", "index.html": "home"}, config=CONTENT)
    with open(server.root + "/c/large.bin", "wb") as f:
        f.truncate(256 << 20)		# of zeros, on hardly any disk
    until("it is old enough", lambda: time.time() - os.stat(server.root + "/c/large.bin").st_ctime > 1.1)
    clients = [server.connect() for _ in range(12)]
    for c in clients:
        c.send(request("/c/large.bin", method="HEAD"))
    assert server.get("/").body == b"home"
    clients[0].abort()		# the one whose digest is being made, perhaps
    tags = {c.response(method="HEAD")["ETag"] for c in clients[1:]}
    assert len({tag for tag in tags if not tag.startswith("W/")}) == 1, tags
    for c in clients[1:]:
        c.close()
    server.left_nothing()


@case("explain makes the same tag, and names the line")
def _(t):
    need_openssl(t)
    root = t.files({"c/a.bin": b"A" * 5000})
    config = t.write("x.ini", f"[server]\nroot = {root}\n{CONTENT}")
    until("it is old enough", lambda: time.time() - os.stat(root + "/c/a.bin").st_ctime > 1.1)
    done = t.run("explain", "/c/a.bin", config=config)
    assert re.search(r'ETag: "[0-9a-f]{32}" +\S*x\.ini:5', done.stdout), done.stdout


@case("check refuses etag = contents, and says what there is")
def _(t):
    done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\netag = contents\n"))
    assert done.returncode == 1 and "on (made of time and size), content, or off" in done.stderr, done


main()
