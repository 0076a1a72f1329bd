#!/usr/bin/python3
"""signed_links: addresses that hold for a while, for whoever was given them."""

import hashlib
import hmac
import re
import time

from harness import Skip, case, main

SECRET = "0123456789abcdef0123456789abcdef"
OLD = "an older secret, of its time"


def sign(path, expires, secret=SECRET):
    """As tinyhttpd.ini(5) says: HMAC-SHA-256 of the path, a line feed and the second it ends in."""
    return hmac.new(secret.encode(), f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


def link(path, expires=None, secret=SECRET, target=None):
    expires = int(time.time()) + 3600 if expires is None else expires
    return f"{target or path}?expires={expires}&signature={sign(path, expires, secret)}"


def configure(t):
    t.write("new.secret", SECRET + "\n")
    t.write("old.secret", OLD + "\r\nnot this line\n")
    return t.files({"index.html": "home", "files/a b.zip": "a zip", "files/é.txt": "an e", "files/pub/x": "public"})


CONFIG = """
[location files]
path = /files
signed_links = new.secret old.secret
[location public]
path = /files/pub
signed_links = off
"""


def site(t):
    root = configure(t)
    config = t.write("probe.ini", f"[server]\nroot = {root}\nsigned_links = new.secret\n")
    if "built without OpenSSL" in t.run("check", config=config).stderr:
        raise Skip("built without OpenSSL")
    return t.server(root=root, config=CONFIG)


GOOD = {
    "the whole of it": lambda: link("/files/a b.zip", target="/files/a%20b.zip"),
    "a secret that is replaced": lambda: link("/files/a b.zip", secret=OLD, target="/files/a%20b.zip"),
    "capital digits": lambda: re.sub("signature=(.*)", lambda m: "signature=" + m[1].upper(), link("/files/é.txt", target="/files/%c3%a9.txt")),
    "another parameter before, between and behind": lambda: link("/files/é.txt", target="/files/%C3%A9.txt").replace("?", "?a=1&").replace("&signature", "&b&signature") + "&c=",
    "another way to write the path": lambda: link("/files/a b.zip", target="/x/../files/./a%20%62.zip"),
}

# tinyhttpd.ini(5): "Only links that are signed and have not expired get an answer; others get 403."
for what, make in GOOD.items():
    @case(f"a signed link is good: {what}")
    def _(t, make=make):
        response = t.shared(site).get(make().encode().decode("latin-1"))
        assert response.status == 200 and response.body in (b"a zip", b"an e"), response


BAD = {
    "no signature at all": "/files/a%20b.zip",
    "of another file": lambda: link("/files/é.txt", target="/files/a%20b.zip"),
    "longer than it was signed for": lambda: re.sub(r"expires=(\d+)", lambda m: f"expires={int(m[1]) + 1}", link("/files/a b.zip", target="/files/a%20b.zip")),
    "with another secret": lambda: link("/files/a b.zip", secret="fedcba9876543210", target="/files/a%20b.zip"),
    "over since a second": lambda: link("/files/a b.zip", int(time.time()) - 1, target="/files/a%20b.zip"),
    "expires said twice": lambda: link("/files/a b.zip", target="/files/a%20b.zip") + "&expires=99999999999",
    "signature said twice": lambda: link("/files/a b.zip", target="/files/a%20b.zip") + "&signature=" + "0" * 64,
    "signature cut short": lambda: link("/files/a b.zip", target="/files/a%20b.zip")[:-1],
    "signature with a letter that is no digit": lambda: link("/files/a b.zip", target="/files/a%20b.zip")[:-1] + "g",
    "a sign before the number": lambda: f"/files/a%20b.zip?expires=+99999999999&signature={sign('/files/a b.zip', '+99999999999')}",
    "a number beyond all time": lambda: f"/files/a%20b.zip?expires={10**19}&signature={sign('/files/a b.zip', 10**19)}",
    "no number": lambda: f"/files/a%20b.zip?expires=&signature={sign('/files/a b.zip', '')}",
    "what is not there": "/files/none",
    "the folder": "/files/",
}

for what, target in BAD.items():
    @case(f"a signed link is refused: {what}")
    def _(t, target=target):
        server = t.shared(site)
        target = target() if callable(target) else target
        for method in ("GET", "HEAD"):
            assert server.get(target.encode().decode("latin-1"), method=method).status == 403, target


@case("elsewhere no link needs a signature, and off lifts it")
def _(t):
    server = t.shared(site)
    assert server.get("/").body == b"home" and server.get("/files/pub/x").body == b"public"


@case("behind a rewrite the address is signed that was asked for")
def _(t):
    server = t.server(root=site(t).root, config=CONFIG, name="rewriting", server="rewrite = /get/* -> /files/$1")
    assert server.get("/get/a%20b.zip").status == 403
    assert server.get(link("/get/a b.zip", target="/get/a%20b.zip")).body == b"a zip"
    assert server.get(link("/files/a b.zip", target="/get/a%20b.zip")).status == 403


for value, words in (("none.secret", "none.secret: cannot read it"), ("short.secret", "of 16 bytes at least"), ("new.secret off", "off"),
                     ("empty.secret", "of 16 bytes at least")):
    @case(f"check refuses signed_links = {value}")
    def _(t, value=value, words=words):
        root = configure(t)
        t.write("short.secret", "fifteen letters\nand a second line\n")
        t.write("empty.secret", "")
        done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {root}\nsigned_links = {value}\n"))
        if "built without OpenSSL" in done.stderr:
            raise Skip("built without OpenSSL")
        assert done.returncode == 1 and words in done.stderr and "x.ini:3: [server] signed_links:" in done.stderr, done
        assert SECRET not in done.stderr


@case("explain says why and which line, dump names the files and no secret, and can be read again")
def _(t):
    root = configure(t)
    config = t.write("x.ini", f"[server]\nroot = {root}\n{CONFIG}")
    done = t.run("explain", "/files/a%20b.zip", config=config)
    if "built without OpenSSL" in done.stderr:
        raise Skip("built without OpenSSL")
    assert "403 Forbidden" in done.stdout and re.search(r"this link is not signed +\S*x\.ini:6", done.stdout), done.stdout
    done = t.run("explain", link("/files/a b.zip", 5, target="/files/a%20b.zip"), config=config)
    assert re.search(r"this link has expired +\S*x\.ini:6", done.stdout), done.stdout
    dump = t.run("dump", config=config).stdout
    assert SECRET not in dump and OLD not in dump and "new.secret" in dump and "old.secret" in dump, dump
    again = t.write("again.ini", dump)
    done = t.run("explain", link("/files/a b.zip", secret=OLD, target="/files/a%20b.zip"), config=again)
    assert "200 OK" in done.stdout, (dump, done)


main()
