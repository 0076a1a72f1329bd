#!/usr/bin/python3
"""Listings.  "What would not be served is not listed" - tinyhttpd.ini(5)."""

import html.parser
import json
import os
import re
import urllib.parse

from harness import Link, age, case, main, request

# Every byte that a URL can say, and names that mean something to a URL, to HTML or to a shell.
NASTY = [b"x" + bytes([c]) + b"y" for c in range(0x20, 256) if c not in (0x2F, 0x7F)]
NASTY += [b'"><script>alert(1)<', b"javascript:alert(1)", b"a:b", b"http:", b"-rf", b"x..", b"?sort=name", b"#x", b"%00",
          b"%2F", b"&amp;", b"a&b", b" lead", b"trail ", b"\xff\xfe", b"\xed\xa0\x80", b"caf\xc3\xa9", b"\xe2\x80\xaegnp.txt",
          b"n" * 255, b"&" * 255, b'"' * 255, b"'" * 255, b"\xff" * 255, b"\\", b"*", b"~x", b"CON", b"index", b".well-known"]
UNSAID = [b"new\nline", b"tab\tx", b"\x01", b"del\x7f"]		# names that no URL can say
HIDDEN = [b".git", b".htpasswd", b"...", b"..x"]
FILES = {
    "index.html": "home",
    "plain/a.txt": "aaaa", "plain/b10.txt": "b" * 2000, "plain/b9.txt": "b" * 3000, "plain/Sub/x": "x", "plain/.x": "h", "plain/y~": "h",
    "plain/old.txt": "o" * 10,
    "empty/": None,
    "closed/a.txt": "secret",
    "links/file": "inside", "links/dir/x": "x", "links/to-file": Link("file"), "links/to-dir": Link("dir"), "links/broken": Link("none"),
    "links/out": Link("../../outside"), "links/absolute": Link("/etc/passwd"), "links/loop": Link("loop"),
    "readme/README.md": "# Hello <b>world</b>\n", "readme/.header.html": "<p>top of it</p>",
}
CONFIG = """
[location closed]
path = /closed
listing = off
[location stripped]
path = /s
root = @/plain
strip = yes
[location nolinks]
path = /nolinks
root = @/links
strip = yes
symlinks = none
"""


def fill(t):
    root = t.files(FILES)
    age(f"{root}/plain/old.txt", seconds=10 ** 6)
    os.makedirs(f"{root}/nasty")
    for name in NASTY + UNSAID:
        with open(os.fsencode(f"{root}/nasty/") + name, "wb") as f:
            f.write(b"I am " + name)
    for name in HIDDEN:
        with open(os.fsencode(f"{root}/nasty/") + name, "wb") as f:
            f.write(b"hidden")
    os.mkfifo(f"{root}/nasty/fifo")
    t.write("outside", "secret")
    return root


def site(t):
    root = fill(t)
    return t.server(CONFIG.replace("@", root), root=root, server="listing = on")


class Page(html.parser.HTMLParser):
    """The table of a page: rows of (href, name, size, time); and every tag and attribute."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags, self.attributes, self.row, self.text = [], [], [], None, ""
        self.sort = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs.items()
        if tag == "tr":
            self.row = {}
        if tag == "th" and attrs.get("scope") == "col":
            self.column = attrs.get("aria-sort")
        if tag == "a" and self.row is not None and attrs["href"].startswith("?"):
            self.sort[attrs["href"]] = self.column
        elif tag == "a" and self.row is not None:
            self.row["href"] = attrs["href"]
            self.text = ""
        if tag == "data":
            self.row["size"] = int(attrs["value"])
        if tag == "time":
            self.row["time"] = attrs["datetime"]

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == "a" and self.row is not None:
            self.row["name"] = self.text
        if tag == "tr":
            if "href" in self.row:
                self.rows.append(self.row)
            self.row = None


def page(response):
    assert response.status == 200 and response["Content-Type"] == "text/html; charset=utf-8", response
    return Page(response.body.decode("utf-8"))


def names(response):
    return [row["name"] for row in page(response).rows if row["href"] != "../"]


def resolve(base, reference):
    """As a browser does it (RFC 3986 5.2), and what a client then sends."""
    url = urllib.parse.urljoin("http://h" + base, reference)
    assert url.startswith("http://h" + base), (reference, url)
    return url[len("http://h"):]


def check_reachable(server, references):
    found = {}
    for reference in references:
        response = server.get(resolve("/nasty/", reference))
        assert response.status == 200, (reference, response)
        found[response.body[5:]] = reference
    assert set(found) == set(NASTY), (set(NASTY) - set(found), set(found) - set(NASTY))


@case("every name that a URL can say is reached through the link of the page; the others are not there")
def _(t):
    server = t.shared(site)
    shown = page(server.get("/nasty/"))
    check_reachable(server, [row["href"] for row in shown.rows if row["href"] != "../"])
    assert len(shown.rows) == len(NASTY) + 1 and "script" not in shown.tags


@case("every name is reached through the url of the JSON, which is UTF-8 whatever the names are")
def _(t):
    server = t.shared(site)
    response = server.get("/nasty/?format=json")
    entries = json.loads(response.body.decode("utf-8"))["entries"]
    check_reachable(server, [e["url"] for e in entries])
    by_name = {e["name"].encode(): e for e in entries}
    for name in NASTY:
        wanted = name if name.decode("utf-8", "replace").encode() == name else None
        assert wanted is None or by_name[wanted]["size"] == len(name) + 5, name


@case("the text has a line for each entry: time, size, name")
def _(t):
    server = t.shared(site)
    response = server.get("/plain/?format=text")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.split("\t") for line in response.body.decode().splitlines()]
    assert [line[1:] for line in lines] == [["-", "Sub/"], ["4", "a.txt"], ["3000", "b9.txt"], ["2000", "b10.txt"], ["10", "old.txt"]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line[0]) for line in lines)
    assert len(server.get("/nasty/?format=text").body.decode("utf-8").split("\n")) == len(NASTY) + 1


# tinyhttpd.ini(5): "hidden names, symbolic links that are not followed, devices and sockets, and names with control bytes"
@case("what is not served is not listed: hidden names, devices, links that lead out or nowhere")
def _(t):
    server = t.shared(site)
    assert names(server.get("/plain/")) == ["Sub/", "a.txt", "b9.txt", "b10.txt", "old.txt"]
    assert names(server.get("/links/")) == ["dir/", "to-dir/", "file", "to-file"]
    assert names(server.get("/nolinks/")) == ["dir/", "file"]
    assert not any(b".git" in server.get(f"/nasty/?format={form}").body for form in ("html", "json", "text"))
    shown = t.server("", root=server.root, server="listing = on\nhidden = on", name="b").get("/plain/")
    assert names(shown) == ["Sub/", ".x", "a.txt", "b9.txt", "b10.txt", "old.txt", "y~"]


@case("all that is listed of links can be had")
def _(t):
    server = t.shared(site)
    for row in page(server.get("/links/")).rows:
        assert server.get(resolve("/links/", row["href"]) if row["href"] != "../" else "/").status == 200, row


for query, wanted in (("", "a.txt b9.txt b10.txt old.txt"), ("?order=desc", "old.txt b10.txt b9.txt a.txt"),
                      ("?sort=size", "a.txt old.txt b10.txt b9.txt"), ("?sort=size&order=desc", "b9.txt b10.txt old.txt a.txt"),
                      ("?sort=time", "old.txt a.txt b9.txt b10.txt"), ("?sort=nonsense&order=up", "a.txt b9.txt b10.txt old.txt")):
    @case(f"sorted: {query or 'no query'}; folders first; all forms alike")
    def _(t, query=query, wanted=["Sub"] + wanted.split()):
        server = t.shared(site)
        for name in ("a.txt", "b9.txt", "b10.txt", "Sub"):
            os.utime(f"{server.root}/plain/{name}", (10 ** 9 + 1, 10 ** 9 + 1))
        os.utime(f"{server.root}/plain/old.txt", (10 ** 9, 10 ** 9))
        assert [n.rstrip("/") for n in names(server.get("/plain/" + query))] == wanted
        more = "&" if query else "?"
        got = json.loads(server.get(f"/plain/{query}{more}format=json").body)
        assert got["path"] == "/plain/" and got["sorted"] and [e["name"] for e in got["entries"]] == wanted
        assert got["entries"][-1]["modified"].startswith("2001-09-09T01:46:4")


@case("the titles of the columns are links that sort, and say how it is sorted")
def _(t):
    server = t.shared(site)
    links = page(server.get("/plain/")).sort
    assert links == {"?sort=name&order=desc": "ascending", "?sort=size&order=desc": None, "?sort=time&order=desc": None}, links
    links = page(server.get("/plain/?sort=size&order=desc")).sort
    assert links == {"?sort=name&order=asc": None, "?sort=size&order=asc": "descending", "?sort=time&order=desc": None}, links


@case("exact sizes and times stand in attributes")
def _(t):
    row = page(t.shared(site).get("/plain/?sort=size&order=desc")).rows[2]
    assert (row["href"], row["size"]) == ("./b9.txt", 3000) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["time"])


@case("no script, no other file, a table with a caption and scopes, a way up")
def _(t):
    server = t.shared(site)
    shown = page(server.get("/plain/Sub/"))
    assert not {"script", "img", "iframe"} & set(shown.tags) and "caption" in shown.tags and "nav" in shown.tags
    assert not any(name.startswith("on") or name == "src" for name, _ in shown.attributes)
    assert {("scope", "col"), ("scope", "row")} <= set(shown.attributes)
    hrefs = [value for name, value in shown.attributes if name == "href"]
    assert "../" in hrefs and "../../" in hrefs, hrefs
    assert "default-src 'none'" in server.get("/plain/")["Content-Security-Policy"]


# RFC 9110 12.5.1
for accept, wanted in (("application/json", "application/json"), ("text/html;q=0.1, application/json;q=0.2", "application/json"),
                       ("application/json;q=0, */*", "text/html"), ("*/*", "text/html"), ("text/plain", "text/plain"),
                       ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")):
    @case(f"Accept: {accept} gets {wanted}, and Vary")
    def _(t, accept=accept, wanted=wanted):
        response = t.shared(site).get("/plain/", "Accept: " + accept)
        assert response["Content-Type"].startswith(wanted) and response["Vary"] == "Accept", response


@case("?format= has the word before Accept, and then nothing varies")
def _(t):
    response = t.shared(site).get("/plain/?format=json", "Accept: text/html")
    assert response["Content-Type"] == "application/json" and "Vary" not in response, response


# RFC 9110 9.3.2
@case("HEAD is equal to GET; nothing is validated that could not be known")
def _(t):
    server = t.shared(site)
    for target in ("/plain/", "/plain/?format=json", "/plain/?format=text"):
        got, head = server.get(target), server.head(target)
        assert [f for f in got.fields if f[0] != "Date"] == [f for f in head.fields if f[0] != "Date"], (got, head)
        assert got["Cache-Control"] == "no-cache" and "ETag" not in got and "Last-Modified" not in got


# RFC 9112 6.3
@case("chunked for HTTP/1.1, ended by the close for HTTP/1.0: the same bytes")
def _(t):
    server = t.shared(site)
    new, old = server.get("/nasty/"), server.get("/nasty/", version="1.0")
    assert new.framing == "chunked" and old.framing == "close" and new.body == old.body


@case("a kept-alive connection goes on behind a listing; requests can be pipelined")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/plain/") + request("/plain/a.txt") + request("/nasty/?format=json") + request("/"))
        assert "a.txt" in names(c.response()) and c.response().body == b"aaaa"
        assert json.loads(c.response().body)["sorted"] and c.response().body == b"home"


# tinyhttpd.ini(5): "List what is in a folder that has no index."
@case("listing = off, also below on: 403; an index is served; no slash: 301")
def _(t):
    server = t.shared(site)
    assert server.get("/closed/").status == 403 and server.get("/closed/a.txt").status == 200
    assert server.get("/").body == b"home" and server.get("/plain")["Location"] == "/plain/" and server.get("/none/").status == 404
    assert t.server("", files={"d/x": "x"}, name="b").get("/d/").status == 403
    assert server.get("/plain/", method="POST", body=b"").status == 405


@case("an empty folder, and one below a location with strip")
def _(t):
    server = t.shared(site)
    assert names(server.get("/empty/")) == [] and json.loads(server.get("/empty/?format=json").body)["entries"] == []
    assert server.get("/empty/?format=text").body == b""
    assert "a.txt" in names(server.get("/s/")) and server.get("/s/a.txt").body == b"aaaa"


# tinyhttpd.ini(5): ".header.html stands above it as it is"
@case("README below the table as text, .header.html above it as it is")
def _(t):
    body = t.shared(site).get("/readme/").body.decode()
    assert "# Hello &lt;b&gt;world&lt;/b&gt;" in body and body.index("<p>top of it</p>") < body.index("<table>") < body.index("# Hello")


@case("explain names the line that says so, and dump has it")
def _(t):
    server = t.shared(site)
    for target, wanted in (("/plain/", "on"), ("/closed/", "off")):
        run = t.run("explain", target, config=server.config)
        line = next(line for line in run.stdout.splitlines() if line.startswith("listing"))
        where = re.fullmatch(r"listing +(on|off) +.*:(\d+)", line)
        assert where and where[1] == wanted, run.stdout
        with open(server.config) as f:
            assert f.read().splitlines()[int(where[2]) - 1] == f"listing = {wanted}"
    assert "listing" not in t.run("explain", "/plain/a.txt", config=server.config).stdout
    assert re.search(r"^listing += on", t.run("dump", config=server.config).stdout, re.M)


# ---------------------------------------------------------------- 100,000 entries

MANY = 100000


def many(t):
    root = t.path("many")
    os.makedirs(root + "/d")
    for i in range(MANY):
        os.mknod(f"{root}/d/an-entry-with-a-name-of-some-length-{i:06}.txt")
    with open(f"{root}/small", "w") as f:
        f.write("small")
    return t.server("", root=root, server="listing = on", workers=1)


@case("100000 entries: each is there once, in bounded memory")
def _(t):
    server = t.shared(many)
    server.get("/small")
    before = server.memory("VmRSS")
    got = json.loads(server.get("/d/?format=json").body)
    assert got["sorted"] is False and len({e["url"] for e in got["entries"]}) == len(got["entries"]) == MANY
    shown = page(server.get("/d/"))
    assert len({row["href"] for row in shown.rows}) == MANY + 1 and shown.sort == {}
    if not server.sanitized():
        assert server.memory("VmHWM") - before < 8 << 20, (before, server.memory("VmHWM"))


@case("100000 entries: a worker, the only one, answers others between any two pieces")
def _(t):
    server = t.shared(many)
    with server.connect(rcvbuf=8192) as slow, server.connect() as other:
        slow.send(request("/d/", version="1.0"))
        other.send(request("/small"))
        assert other.response().body == b"small"		# while that folder is being read
        pieces = 0
        size = 0
        while piece := slow.socket.recv(65536):
            size += len(piece)
            pieces += 1
            if pieces < 200:
                other.send(request("/small"))
                assert other.response().body == b"small"
        assert size > MANY * 100 and pieces >= 200


@case("a client that goes away in the middle of a listing leaves nothing behind")
def _(t):
    server = t.shared(many)
    for target in ("/d/", "/d/?format=json", "/plain/"):
        with server.connect(rcvbuf=8192) as c:
            c.send(request(target))
            c.socket.recv(100)
    server.left_nothing()


main()
