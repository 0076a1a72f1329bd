#!/usr/bin/python3
"""Files and folders: what may be served, whole and unchanged, and what may not."""

import hashlib
import os
import socket
import stat

from harness import OPENAT2, Failure, Link, Skip, age, case, main, need_root, need_user, request, to_date, until, without_call


def site(t):
    return t.server("""
        [mime]
        tar.gz = application/x-longest
        gz = application/x-short
        Odd = application/x-odd
        [location gbk]
        path = /gbk/
        charset = gbk
        [location none]
        path = /bare/
        charset = off
        [location own]
        path = /own/
        mime = own:application/x-own html:text/plain
        default_type = application/x-unknown
        index = start.html index.txt
        """, files={
        "index.html": "the index", "empty": "", "zero.html": b"", "one": "1", "bytes": bytes(range(256)) * 100,
        "a.HTML": "x", "a.css": "x", "a.js": "x", "a.json": "{}", "a.png": "x", "a.svg": "x", "a.txt": "x", "a.tar.gz": "x",
        "a.gz": "x", "A.TAR.GZ": "x", "a.b.c.tar.gz": "x", "tar.gz": "x", "a.odd": "x", "a.unknown-ext": "x", "none": "x", "a.": "x",
        "a.woff2": "x", "a.pdf": "x", "a.jpeg": "x", "a.xml": "x", "a.mp4": "x", "a.wasm": "x", "a.md": "x", "a.mjs": "x", "a.webp": "x",
        "gbk/page.html": "中文页面".encode("gbk"), "gbk/p.png": "x", "bare/page.html": "x", "own/x.own": "x", "own/x.html": "x",
        "own/x": "x", "own/sub/index.txt": "own index", "own/both/index.txt": "second", "own/both/start.html": "first",
        "htm/index.htm": "htm", "empty-dir/": None, "indexdir/index.html/": None,
        ".hidden": "h", ".git/config": "h", "sub/.hidden": "h", "sub/.d/x": "h", "backup~": "h", "sub/page.html~": "h", "#a#": "h",
        ".page.swp": "h", ".well-known/acme/token": "token", ".well-known/.secret": "h", "sub/.well-known/x": "x",
        "sub/x": "x"})


def content(name, target, body, status=200, **fields):
    @case(name)
    def _(t):
        response = t.shared(site).get(target)
        assert response.status == status, response
        assert body is None or response.body == body
        for field, value in fields.items():
            assert response[field.replace("_", "-")] == value, response


# ---- bytes

content("every byte of a file arrives", "/bytes", bytes(range(256)) * 100, Content_Length="25600")
content("an empty file is served, with its length", "/empty", b"", Content_Length="0")
content("a file of one byte", "/one", b"1", Content_Length="1")


def patchwork(path, size):
    """A sparse file with islands of unlike bytes; its digest."""
    with open(path, "wb") as f:
        f.truncate(size)
        for at in range(0, size, 1 << 20):
            f.seek(at + at % 4093)
            f.write(hashlib.sha256(str(at).encode()).digest() * 64)
        f.truncate(size)
    return digest(path)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def swallow(c, length):
    """Reads a body of that length; its digest."""
    h = hashlib.sha256(c.buffer[:length])
    left = length - len(c.buffer)
    del c.buffer[:length]
    while left > 0:
        data = c.socket.recv(min(left, 1 << 20))
        if not data:
            raise Failure(f"{left} bytes are missing")
        h.update(data)
        left -= len(data)
    return h.hexdigest()


@case("a file of more than 100 MiB arrives whole, and the next answer behind it")
def _(t):
    size = (128 << 20) + 12345
    server = t.server(files={"small": "small"})
    want = patchwork(server.root + "/large", size)
    with server.connect() as c:
        c.send(request("/large") + request("/small"))
        head = c.response(body=False)
        assert head["Content-Length"] == str(size)
        assert swallow(c, size) == want, "other bytes"
        assert c.response().body == b"small"
    server.left_nothing()


@case("lengths beyond 4 GiB are right")
def _(t):
    server = t.server(files={"small": "small"})
    with open(server.root + "/huge", "wb") as f:
        try:
            f.truncate(5 << 30)
        except OSError:
            raise Skip("no sparse file of 5 GiB here") from None
    assert server.head("/huge")["Content-Length"] == str(5 << 30)


@case("sizes around every buffer's edge arrive whole")
def _(t):
    server = t.server(files={"x": ""})
    with server.connect() as c:
        for size in [2 ** p + d for p in range(9, 21) for d in (-1, 0, 1)]:
            data = (b"%08x" % size) * (size // 8 + 1)
            with open(f"{server.root}/f{size}", "wb") as f:
                f.write(data[:size])
            assert c.ask(f"/f{size}").body == data[:size], size


@case("a file that shrinks while it is sent ends the connection")
def _(t):
    server = t.server(files={"x": "x"})
    path = server.root + "/shrinks"
    patchwork(path, 64 << 20)
    with server.connect(rcvbuf=65536) as c:
        c.send(request("/shrinks") + request("/x"))
        head = c.response(body=False)
        assert head["Content-Length"] == str(64 << 20)
        os.truncate(path, 1 << 20)
        total = len(c.buffer)
        try:
            while data := c.socket.recv(1 << 20):
                total += len(data)
        except ConnectionResetError:
            pass
        assert total < 64 << 20, "bytes that are not there any more"
    assert server.get("/x").body == b"x"
    server.left_nothing()


@case("a file that grows while it is sent is sent as long as it was")
def _(t):
    server = t.server(files={"x": "x"})
    path = server.root + "/grows"
    want = patchwork(path, 32 << 20)
    with server.connect(rcvbuf=65536) as c:
        c.send(request("/grows") + request("/x"))
        assert c.response(body=False)["Content-Length"] == str(32 << 20)
        with open(path, "ab") as f:
            f.write(b"more" * 100000)
        assert swallow(c, 32 << 20) == want
        assert c.response().body == b"x"


@case("a file that is replaced is seen new at once or soon")
def _(t):
    server = t.server(files={"x": "old"})
    assert server.get("/x").body == b"old"
    t.files({"y": "brand new"}, "other")
    os.rename(t.path("other/y"), server.root + "/x")
    until("the new file", lambda: server.get("/x").body == b"brand new")
    os.unlink(server.root + "/x")
    until("that it is gone", lambda: server.get("/x").status == 404)


# ---- types and charsets

content("html is text/html in utf-8", "/", b"the index", Content_Type="text/html; charset=utf-8", X_Content_Type_Options="nosniff")
content("an extension in any case", "/a.HTML", None, Content_Type="text/html; charset=utf-8")
content("css", "/a.css", None, Content_Type="text/css; charset=utf-8")
content("javascript", "/a.js", None, Content_Type="text/javascript; charset=utf-8")
content("javascript modules", "/a.mjs", None, Content_Type="text/javascript; charset=utf-8")
content("json has no charset", "/a.json", None, Content_Type="application/json")
content("png", "/a.png", None, Content_Type="image/png", X_Content_Type_Options="nosniff")
content("svg", "/a.svg", None, Content_Type="image/svg+xml")
content("webp", "/a.webp", None, Content_Type="image/webp")
content("pdf", "/a.pdf", None, Content_Type="application/pdf")
content("jpeg", "/a.jpeg", None, Content_Type="image/jpeg")
content("wasm", "/a.wasm", None, Content_Type="application/wasm")
content("woff2", "/a.woff2", None, Content_Type="font/woff2")
content("mp4", "/a.mp4", None, Content_Type="video/mp4")
content("plain text", "/a.txt", None, Content_Type="text/plain; charset=utf-8")
# tinyhttpd.ini(5): "The type of files with that ending, written without its first dot." "the longest one that is known"
content("the longest extension counts", "/a.tar.gz", None, Content_Type="application/x-longest")
content("the longest extension counts in any case", "/A.TAR.GZ", None, Content_Type="application/x-longest")
content("the longest extension counts behind others", "/a.b.c.tar.gz", None, Content_Type="application/x-longest")
content("the short extension alone", "/a.gz", None, Content_Type="application/x-short")
content("a name that is an extension has only its tail", "/tar.gz", None, Content_Type="application/x-short")
content("[mime] takes extensions of any case", "/a.odd", None, Content_Type="application/x-odd")
# tinyhttpd.ini(5): "The media type of files with an unknown ending."
content("an unknown extension is octet-stream with nosniff", "/a.unknown-ext", None, Content_Type="application/octet-stream",
        X_Content_Type_Options="nosniff")
content("no extension is octet-stream", "/none", None, Content_Type="application/octet-stream")
content("an empty extension is octet-stream", "/a.", None, Content_Type="application/octet-stream")
content("a GBK page is labelled gbk and its bytes are untouched", "/gbk/page.html", "中文页面".encode("gbk"),
        Content_Type="text/html; charset=gbk")
content("a charset is for text only", "/gbk/p.png", None, Content_Type="image/png")
content("charset = off labels nothing", "/bare/page.html", None, Content_Type="text/html")
# tinyhttpd.ini(5): "Types for this level, laid over those of [mime]."
content("mime of a location", "/own/x.own", None, Content_Type="application/x-own")
content("mime of a location lies over the others", "/own/x.html", None, Content_Type="text/plain; charset=utf-8")
content("default_type of a location", "/own/x", None, Content_Type="application/x-unknown")

# ---- folders

content("index.html of a folder", "/", b"the index")
content("index.htm of a folder", "/htm/", b"htm", Content_Type="text/html; charset=utf-8")
# tinyhttpd.ini(5): "The file that stands for its folder, the first that is there."
content("the first index name that is there counts", "/own/both/", b"first")
content("the next index name counts when the first is not there", "/own/sub/", b"own index")
content("a folder without index is 403", "/empty-dir/", None, 403)
content("a folder without index and slash is redirected first", "/empty-dir", None, 301)
content("a folder that is named like an index is none", "/indexdir/", None, 403)
content("a missing folder is 404", "/none/", None, 404)

# ---- what is not shown

# tinyhttpd.ini(5): "Serve files whose names begin with a dot, and back-ups of editors, at any depth."
for target in ("/.hidden", "/.git/config", "/.git/", "/.git", "/sub/.hidden", "/sub/.d/x", "/%2ehidden", "/backup~", "/sub/page.html~",
               "/%23a%23", "/.page.swp", "/.well-known/.secret"):
    content(f"hidden: {target} is 404", target, None, 404)
content(".well-known is not hidden", "/.well-known/acme/token", b"token")
content(".well-known is not hidden at any depth", "/sub/.well-known/x", b"x")


@case("hidden = on shows hidden names")
def _(t):
    server = t.server("[location all]\npath = /all/\nhidden = on", files={".a": "a", "all/.a": "all", "all/b~": "b"})
    assert server.get("/.a").status == 404
    assert server.get("/all/.a").body == b"all"
    assert server.get("/all/b~").body == b"b"


def links(t, policy, **options):
    outside = t.files({"secret": "secret", "dir/secret": "secret"}, "outside")
    server = t.server("[server]\nsymlinks = " + policy, files={
        "real": "real", "dir/file": "file", "dir/sub/deep": "deep",
        "rel": Link("real"), "dir/up": Link("../real"), "dirlink": Link("dir"), "chain": Link("rel"),
        "long": Link("dir/sub/../../dir/file"),
        "escape": Link("../outside/secret"), "escapedir": Link("../outside"), "abs": Link(outside + "/secret"),
        "absdir": Link("/etc"), "loop": Link("loop"), "loop2": Link("loop3"), "loop3": Link("loop2"), "dangling": Link("nothing"),
        "out-and-in": Link("../tinyhttpd-www/real"), "magic": Link("/proc/self/root"), "self": Link("."), "dev": Link("/dev/zero")}, **options)
    os.symlink(server.root + "/real", server.root + "/absin")
    return server


KERNELS = {"": {}, " (on a kernel without openat2)": {"wrap": without_call(OPENAT2)}}


def case_of_links(name):
    """A case for each way to open a file, with the options of its server."""
    def register(function):
        for suffix, options in KERNELS.items():
            case(name + suffix)(lambda t, options=options: function(t, options))
    return register


# tinyhttpd.ini(5): "Which symbolic links are followed." "Those that stay below the root, which is the default. An absolute
# one never does."
@case_of_links("symlinks = beneath: relative links inside the root are followed")
def _(t, options):
    server = links(t, "beneath", **options)
    for target, body in {"/rel": b"real", "/dir/up": b"real", "/dirlink/file": b"file", "/chain": b"real", "/long": b"file",
                         "/dirlink/sub/deep": b"deep", "/self/self/real": b"real"}.items():
        assert server.get(target).body == body, target


@case_of_links("symlinks = beneath: nothing outside is reached, and no absolute link followed")
def _(t, options):
    server = links(t, "beneath", **options)
    for target in ("/escape", "/escapedir/secret", "/escapedir/", "/escapedir/dir/secret", "/abs", "/absdir/passwd", "/absdir/", "/absin",
                   "/loop", "/loop2", "/dangling", "/out-and-in", "/magic/etc/passwd", "/magic/", "/dev"):
        response = server.get(target)
        assert response.status == 404 and b"secret" not in response.body, (target, response)


@case_of_links("symlinks = none: no link at all")
def _(t, options):
    server = links(t, "none", **options)
    for target in ("/rel", "/dir/up", "/dirlink/file", "/chain", "/escape", "/abs", "/absin", "/self/real", "/dirlink/"):
        assert server.get(target).status == 404, target
    assert server.get("/dir/file").body == b"file"


@case("only regular files: a FIFO, a socket and a device are 404 and block nobody")
def _(t):
    server = t.server(files={"index.html": "x", "d/": None}, workers=1)
    os.mkfifo(server.root + "/fifo")
    os.mkfifo(server.root + "/d/index.html")
    with socket.socket(socket.AF_UNIX) as s:
        os.chdir(server.root)
        s.bind("socket")
        os.chdir("/")
        targets = ["/fifo", "/socket"]
        try:
            os.mknod(server.root + "/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            os.mknod(server.root + "/tape", stat.S_IFCHR | 0o666, os.makedev(9, 0))
            targets += ["/null", "/tape"]
        except PermissionError:
            pass
        for target in targets:
            assert server.get(target).status == 404, target
        assert server.get("/d/").status in (403, 404)
        assert server.get("/").body == b"x"


@case("a file or folder the server may not read is 403")
def _(t):
    need_root()
    nobody = need_user("nobody")
    server = t.server(files={"index.html": "x", "locked": "x", "closed/x": "x", "noindex/index.html": "x", "unlisted/x": "x"},
                      user=nobody.pw_name)
    os.chmod(server.root + "/locked", 0)
    os.chmod(server.root + "/closed", 0)
    os.chmod(server.root + "/noindex/index.html", 0)
    os.chmod(server.root + "/unlisted", 0o711)
    for target in ("/locked", "/closed/x", "/closed/", "/closed/none", "/noindex/"):
        assert server.get(target).status == 403, target
    assert server.get("/unlisted/x").body == b"x"
    assert server.get("/").body == b"x"


# ---- roots

@case("a root that is switched by renaming a symlink is noticed without a reload")
def _(t):
    t.files({"index.html": "one", "big": b"1" * (48 << 20)}, "v1")
    t.files({"index.html": "two", "big": "2"}, "v2")
    os.symlink("v1", t.path("current"))
    server = t.server(root=t.path("current"))
    with server.connect() as kept, server.connect(rcvbuf=65536) as slow:
        assert kept.ask("/").body == b"one"
        slow.send(request("/big"))
        head = slow.response(body=False)
        os.symlink("v2", t.path("next"))
        os.rename(t.path("next"), t.path("current"))
        until("the new root", lambda: server.get("/").body == b"two", limit=10)
        until("the new root on an old connection", lambda: kept.ask("/").body == b"two", limit=10)
        # requests keep the root they began with
        assert swallow(slow, int(head["Content-Length"])) == hashlib.sha256(b"1" * (48 << 20)).hexdigest()


@case("a root that vanishes is 503 for that host only, and comes back by itself")
def _(t):
    a, b = t.files({"index.html": "A"}, "a"), t.files({"index.html": "B"}, "b")
    server = t.server(f"[host a.test]\nroot = {a}\n[host b.test]\nroot = {b}")
    assert server.get("/", host="a.test").body == b"A"
    os.rename(a, a + ".away")
    until("503", lambda: server.get("/", host="a.test").status == 503, limit=10)
    assert server.get("/", host="b.test").body == b"B"
    os.rename(a + ".away", a)
    until("that it is back", lambda: server.get("/", host="a.test").body == b"A", limit=10)


@case("a root that is replaced by a file or a closed folder harms that host only")
def _(t):
    a, b = t.files({"index.html": "A"}, "a"), t.files({"index.html": "B"}, "b")
    server = t.server(f"[host a.test]\nroot = {a}\n[host b.test]\nroot = {b}")
    os.rename(a, a + ".away")
    t.write("a", "a file")
    until("503", lambda: server.get("/", host="a.test").status == 503, limit=10)
    assert server.get("/", host="b.test").body == b"B"


@case("files are opened and closed again: nothing of the site stays open")
def _(t):
    server = t.server(files={f"f{i}": "x" * i for i in range(100)})
    for _ in range(3):
        for i in range(100):
            assert len(server.get(f"/f{i}").body) == i
    until("no file of the site open", lambda: not [x for x in server.descriptors().values() if "-www/f" in x])


@case("Last-Modified is the file's time")
def _(t):
    server = t.server(files={"x": "x"})
    age(server.root + "/x", seconds=86400)
    assert server.get("/x")["Last-Modified"] == to_date(os.stat(server.root + "/x").st_mtime)


main()
