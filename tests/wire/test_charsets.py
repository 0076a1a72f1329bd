#!/usr/bin/python3
"""Sites that are not in UTF-8: their pages are labelled as they are and sent as they are, and every name is reachable,
whatever its bytes.  Quoted lines are from tinyhttpd.ini(5)."""

import gzip
import html.parser
import json
import os
import urllib.parse

from harness import case, main, request

TEXT = "中文网页"
GBK, UTF8, LATIN = TEXT.encode("gbk"), TEXT.encode(), "été à Orléans".encode("latin-1")

# Folders and files by the bytes of their names.
NAMES = {
    "gbk": ["首页.html", "目录/内容.txt"],
    "latin-1": ["café.txt", "élan/naïve.html"],
    "utf-8": ["文件.txt", "naïve/été.html"],
}
ODD = [b"100%.txt", b"a%20b.txt", b"%D6%D0.txt", b"\xff\xfe", b"caf\xc3", b"\xe9\xe9 \xe9.txt", b"x+y&z=1.txt",
       b"semi;colon.txt"]


def write(root, name, content):
    path = os.path.join(os.fsencode(root), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def site(t):
    old = t.files({
        "index.html": GBK, "a.txt": GBK, "a.css": GBK, "a.js": GBK * 500, "a.json": "{}", "a.svg": "<svg/>", "a.png": "x",
        "404.html": GBK, "long.html": GBK * 500, "latin/a.html": LATIN, "latin/new.u8.html": UTF8, "new.u8.html": UTF8,
        "plain/a.html": "x", "big5/a.html": TEXT.encode("big5", "replace"), "big5/new.u8.html": UTF8}, "old")
    new = t.files({"index.html": UTF8, "latin/a.html": LATIN, "404.html": UTF8}, "new")
    for coding, names in NAMES.items():
        for name in names:
            write(f"{old}/names", name.encode(coding), f"I am {name}".encode(coding))
    for name in ODD:
        write(f"{old}/odd", name, b"I am " + name)
    t.write("page.html", GBK)
    return t.server(config=f"""
        [host old.test]
        root = {old}
        charset = gbk
        error = 404 /404.html
        redirect = /moved/** -> /names/$1
        default = yes
        [location latin]
        host = old.test
        path = /latin/
        charset = ISO-8859-1
        [location u8]
        path = *.u8.html
        charset = utf-8
        [location plain]
        path = /plain/
        charset = off
        [location big5]
        path = /big5/
        charset = big5
        [location names]
        path = /names/
        listing = on
        [location odd]
        path = /odd/
        listing = on
        [location fallback]
        host = old.test
        path = /fall/
        fallback = /index.html
        [location fixed]
        host = old.test
        path = /fixed
        return = 200 @page.html
        [location words]
        path = /words
        return = 200 "中文"
        [location bytes]
        path = /目录/
        header = X-Path: bytes
        [host new.test]
        root = {new}
        error = 404 /404.html
        """)


def ask(server, target, *fields, host="old.test", method="GET"):
    with server.connect() as c:
        c.send(request(target, "Connection: close", *fields, host=host, method=method))
        return c.response(method=method)


# "The encoding that text types are labelled with."
for host, target, wanted, content in (
        ("old.test", "/", "text/html; charset=gbk", GBK),
        ("old.test", "/a.txt", "text/plain; charset=gbk", GBK),
        ("old.test", "/a.css", "text/css; charset=gbk", GBK),
        ("old.test", "/a.js", "text/javascript; charset=gbk", GBK * 500),
        ("old.test", "/a.json", "application/json", b"{}"),
        ("old.test", "/a.svg", "image/svg+xml", b"<svg/>"),
        ("old.test", "/a.png", "image/png", b"x"),
        ("old.test", "/latin/a.html", "text/html; charset=ISO-8859-1", LATIN),
        ("new.test", "/latin/a.html", "text/html; charset=utf-8", LATIN),
        ("old.test", "/new.u8.html", "text/html; charset=utf-8", UTF8),
        ("old.test", "/latin/new.u8.html", "text/html; charset=utf-8", UTF8),
        ("old.test", "/big5/new.u8.html", "text/html; charset=utf-8", UTF8),
        ("old.test", "/plain/a.html", "text/html", b"x"),
        ("old.test", "/big5/a.html", "text/html; charset=big5", None),
        ("new.test", "/", "text/html; charset=utf-8", UTF8),
        ("old.test", "/fall/x", "text/html; charset=gbk", GBK),
        ("old.test", "/fixed", "text/html; charset=gbk", GBK),
        ("old.test", "/words", "text/plain; charset=utf-8", "中文".encode())):
    @case(f"http://{host}{target} is {wanted}, and its bytes are untouched")
    def _(t, host=host, target=target, wanted=wanted, content=content):
        response = ask(t.shared(site), target, host=host)
        assert response.status == 200 and response["Content-Type"] == wanted, response
        assert content is None or response.body == content, response


@case("an error page of one's own has the charset of its host, a built-in one is in UTF-8")
def _(t):
    server = t.shared(site)
    response = ask(server, "/none")
    assert (response.status, response["Content-Type"], response.body) == (404, "text/html; charset=gbk", GBK), response
    response = ask(server, "/none", host="new.test")
    assert (response.status, response["Content-Type"], response.body) == (404, "text/html; charset=utf-8", UTF8), response
    response = ask(server, "/plain/")
    assert (response.status, response["Content-Type"]) == (403, "text/html; charset=utf-8"), response
    response.body.decode("ascii")


@case("the label stays with gzip, HEAD and ranges, and the bytes are those of the file")
def _(t):
    server = t.shared(site)
    zipped = ask(server, "/long.html", "Accept-Encoding: gzip")
    assert zipped["Content-Encoding"] == "gzip" and gzip.decompress(zipped.body) == GBK * 500
    part = ask(server, "/long.html", "Range: bytes=0-7")
    assert part.status == 206 and part.body == (GBK * 500)[:8]
    for response in (zipped, part, ask(server, "/long.html", method="HEAD")):
        assert response["Content-Type"] == "text/html; charset=gbk", response


# ---- names

def said(name):
    return urllib.parse.quote_from_bytes(name, safe="/")


# RFC 3986 2.1: what an octet of a name is that no URL can say itself
for coding, names in NAMES.items():
    for name in names:
        @case(f"{name}, a name in {coding}, is reached by its percent-encoded bytes, in either case")
        def _(t, name=name, coding=coding):
            server, path = t.shared(site), said(name.encode(coding))
            for target in (path, path.replace("%", "\0").lower().replace("\0", "%")):
                assert ask(server, "/names/" + target).body == f"I am {name}".encode(coding), target
            assert ask(server, "/names/" + said(name.encode("utf-16-le"))).status in (400, 404)


@case("the same words in another encoding are another name")
def _(t):
    server = t.shared(site)
    assert ask(server, "/names/" + said("首页.html".encode("utf-8"))).status == 404
    assert ask(server, "/names/" + said("文件.txt".encode("gbk"))).status == 404


@case("names with percent signs and bytes that are no text in any encoding are names")
def _(t):
    server = t.shared(site)
    for name in ODD:
        assert ask(server, "/odd/" + said(name)).body == b"I am " + name, name


# RFC 9112 3.2: a request-target has no such bytes; clients that send them mean the file of that name
@case("bytes above 0x7F that were not encoded are what they are")
def _(t):
    server = t.shared(site)
    for coding, names in NAMES.items():
        for name in names:
            raw = name.encode(coding).decode("latin-1")		# as request() sends it
            assert ask(server, "/names/" + raw).body == f"I am {name}".encode(coding), name


@case("a folder without its slash, and a redirect: Location says the bytes encoded, and leads there")
def _(t):
    server = t.shared(site)
    for coding, names in NAMES.items():
        folder, file = names[1].encode(coding).split(b"/")
        response = ask(server, f"/names/{said(folder)}?q")
        assert (response.status, response["Location"]) == (301, f"/names/{said(folder)}/?q"), response
        response = ask(server, f"/moved/{said(folder)}/{said(file)}")
        assert (response.status, response["Location"]) == (301, f"/names/{said(folder)}/{said(file)}"), response
        assert ask(server, response["Location"]).body.startswith(b"I am ")


# "Paths are compared decoded"
@case("a location whose path is in UTF-8 holds for the encoded address")
def _(t):
    server = t.shared(site)
    assert ask(server, "/" + said("目录".encode()) + "/none").status == 404
    run = t.run("explain", "http://old.test/" + said("目录".encode()) + "/none", config=server.config)
    assert "location    [location bytes] path = /目录/" in run.stdout, run.stdout


@case("a location whose path is in GBK, in a configuration that is not UTF-8")
def _(t):
    root = t.files({}, "root")
    write(root, "目录/x.txt".encode("gbk"), b"x")
    location = t.write("gbk.ini", "[location l]\npath = /目录/\nheader = X-L: yes\n".encode("gbk"))
    server = t.server(server=f"include = {location}", root=root)
    response = server.get("/" + said("目录/x.txt".encode("gbk")))
    assert response.body == b"x" and response["X-L"] == "yes", response
    assert "X-L" not in server.get("/" + said("目录/x.txt".encode()))


# ---- listings

class Links(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name == "href" and tag == "a" and value.startswith("./")]


def follow(server, base, links):
    """Every file below base by its links, folder by folder: what each says of itself."""
    found = set()
    for link in links:
        target = urllib.parse.urljoin("http://h" + base, link)[len("http://h"):]
        if target.endswith("/"):
            found |= follow(server, target, Links(ask(server, target).body.decode("utf-8")).links)
        else:
            response = ask(server, target)
            assert response.status == 200, (link, response)
            found.add(response.body)
    return found


@case("a listing of a GBK site is in UTF-8 and says so; each of its links leads to its file")
def _(t):
    server = t.shared(site)
    named = {f"I am {name}".encode(coding) for coding, names in NAMES.items() for name in names}
    for base, wanted in ("/names/", named), ("/odd/", {b"I am " + name for name in ODD}):
        response = ask(server, base)
        assert response["Content-Type"] == "text/html; charset=utf-8", response
        assert follow(server, base, Links(response.body.decode("utf-8")).links) == wanted


# "What of a name is not UTF-8 is replaced in name; url is always exact."
@case("the JSON of a listing: names as UTF-8 where they are, addresses always exact")
def _(t):
    server = t.shared(site)
    listing = json.loads(ask(server, "/names/?format=json").body.decode("utf-8"))
    entries = {e["url"]: e["name"] for e in listing["entries"]}
    assert entries["./" + said("文件.txt".encode())] == "文件.txt"
    assert entries["./" + said("naïve".encode()) + "/"] == "naïve"
    assert "\ufffd" in entries["./" + said("首页.html".encode("gbk"))]
    assert set(entries) == {"./" + said(name.split("/")[0].encode(coding)) + "/" * ("/" in name)
                            for coding, names in NAMES.items() for name in names}


@case("the text of a listing is UTF-8, a line for each name")
def _(t):
    lines = ask(t.shared(site), "/names/", "Accept: text/plain").body.decode("utf-8").splitlines()
    assert len(lines) == 6 and any(line.endswith("\t文件.txt") for line in lines), lines


main()
