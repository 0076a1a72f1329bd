#!/usr/bin/python3
"""HTTP/2 as other people's programs speak it: curl, nghttp, h2load, Chromium."""

import os
import re
import subprocess
import time

from browser import open_page
from clients import Skip, case, main, need, read, run
from harness import PROGRAM, age

PAGE = b"".join(b"<p>paragraph %d of the page</p>\n" % i for i in range(3000))
BLOB = bytes(range(256)) * 20000
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="6" height="7"><rect width="6" height="7"/></svg>'


def site(t):
    said = subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True).stdout
    if "nghttp2" not in said or "OpenSSL" not in said.split("\n")[1]:
        raise Skip("this tinyhttpd was built without OpenSSL or nghttp2")
    t.certificate("all", ("localhost", "127.0.0.1"))
    server = t.server("""[tls]
        certificate = all.pem
        certificate_key = all.key
        [location form]
        path = /form
        return = 200 "got it"
        body_size = 50m
        [location small]
        path = /small
        return = 200 "got it"
        body_size = 1k
        """, files={"index.html": PAGE, "blob": BLOB, **{f"img/{i}.svg": SVG for i in range(60)},
                    "page.html": "<!doctype html><html lang=en><title>x</title><link rel=icon href=img/0.svg>"
                                 + "".join(f"<img src=img/{i}.svg alt={i}>" for i in range(60))},
        listen=("127.0.0.1:0 tls", "127.0.0.1:0 h2c"), access='access.log "%H %s %U"')
    age(server.root + "/index.html", server.root + "/blob")
    server.secure = f"https://{server.addresses[0]}"
    server.clear = f"http://{server.addresses[1]}"
    return server


def curls(t, server):
    """curl, over TLS and without it."""
    need("curl")
    if "HTTP2" not in subprocess.run(["curl", "-V"], capture_output=True, text=True, check=True).stdout:
        raise Skip("this curl has no HTTP/2")
    return [lambda path, *args, way=way: run(t, "curl", "-sS", "--max-time", "200", *way[:-1], *args, way[-1] + path)
            for way in (("--http2", "--cacert", os.path.join(os.path.dirname(server.config), "all.pem"), server.secure),
                        ("--http2-prior-knowledge", server.clear))]


@case("curl: pages, compressed or not, parts, HEAD, a hundred files at once")
def _(t):
    server = t.shared(site)
    every = curls(t, server)
    for curl in every:
        assert curl("/") == PAGE and curl("/", "--compressed") == PAGE and curl("/blob") == BLOB
        assert curl("/blob", "-r", "100-199") == BLOB[100:200]
        assert curl("/blob", "-I").startswith(b"HTTP/2 200")
        code = curl("/blob", "-o", t.path("out"), "-w", "%{http_code} %{http_version}", "-z", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
        assert code == b"304 2", code
        if curl is every[1]:			# curl 7.88 fails on its second request, with nghttpd as well
            continue
        curl("/img/[0-59].svg", "-Z", "-o", t.path("#1.out"))
        assert all(read(t.path(f"{i}.out")) == SVG.encode() for i in range(60))


@case("curl: forms, large bodies, and a refusal that is not lost behind one")
def _(t):
    server = t.shared(site)
    t.write("large", os.urandom(5 << 20))
    for curl in curls(t, server):
        assert curl("/form", "-d", "a=b") == b"got it"
        assert curl("/form", "--data-binary", "@large") == b"got it"
        assert curl("/form", "-H", "Expect: 100-continue", "--data-binary", "@large") == b"got it"
        assert curl("/form", "-T", "-", "-X", "POST") == b"got it"
        for more in ((), ("-H", "Expect:")):
            assert curl("/small", *more, "--data-binary", "@large", "-o", t.path("out"), "-w", "%{http_code}") == b"413"


@case("nghttp: a page with all that belongs to it")
def _(t):
    need("nghttp")
    server = t.shared(site)
    for url in server.secure, server.clear:
        text = run(t, "nghttp", "-nas", "--no-dep", url + "/page.html").decode()
        codes = re.findall(r"\s(\d{3})\s+\S+\s+(/\S*)$", text, re.M)
        assert len(codes) >= 60 and {code for code, _ in codes} == {"200"}, text


@case("h2load: a thousand requests on each of many connections, and not one fails")
def _(t):
    need("h2load")
    server = t.shared(site)
    for url in server.secure, server.clear:
        for path in "/img/1.svg", "/index.html":
            text = run(t, "h2load", "-n", "4000", "-c", "20", "-m", "40", "-t", "1", url + path).decode()
            assert "4000 succeeded, 0 failed, 0 errored" in text and "4000 2xx" in text, text
    server.left_nothing()


@case("Chromium: a page with sixty pictures, over one connection")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.tell("Security.setIgnoreCertificateErrors", ignore=True)
    page.open(server.secure + "/page.html")
    answers = page.answers([f"/img/{i}.svg" for i in range(60)])
    assert set(answers.values()) == {(200, "text/html"), (200, "image/svg+xml")}, answers
    protocols = [e["response"]["protocol"] for e in page.heard("Network.responseReceived")]
    assert set(protocols) == {"h2"}, protocols
    connections = {e["response"]["connectionId"] for e in page.heard("Network.responseReceived") if not e["response"]["fromDiskCache"]}
    assert len(connections - {0}) <= 2, connections
    assert not page.complaints(), page.complaints()


main()
