#!/usr/bin/python3
"""Answers for another path than the one asked for: rewrite, fallback, clean_urls.  Quoted lines are from tinyhttpd.ini(5)."""

from harness import case, main


def site(t):
    return t.server("""
        [host example.org]
        rewrite = /static/v*/** -> /static/$2
        rewrite = /humans -> /about/people.html
        redirect = /gone -> /humans
        rewrite = /folder -> /about
        rewrite = /a -> /b.txt
        rewrite = /b.txt -> /c.txt
        """, name="site", files={"static/x.css": "css", "about/people.html": "people", "about/index.html": "about", "b.txt": "b", "c.txt": "c"})


# "Answer as if TO had been asked for; the client does not notice"
@case("rewrite: another file answers, with its type and without a redirect")
def _(t):
    server = t.shared(site)
    response = server.get("/humans?q=1")
    assert (response.status, response.body) == (200, b"people")
    assert response["Content-Type"] == "text/html; charset=utf-8" and "Location" not in response
    assert server.get("/static/v12/x.css").body == b"css"
    assert server.get("/static/v12/none.css").status == 404


# "a redirect ends, the first rewrite that matches is applied ... Further rewrites do not matter, so there is no loop."
@case("rewrite: once, and a redirect before it ends")
def _(t):
    server = t.shared(site)
    assert server.get("/a").body == b"b"
    assert server.get("/b.txt").body == b"c"
    assert (server.get("/gone").status, server.get("/gone")["Location"]) == (301, "/humans")


@case("rewrite: to a folder gives its index; the client has no use for a slash behind another path")
def _(t):
    response = t.shared(site).get("/folder")
    assert (response.status, response.body) == (200, b"about"), response


@case("rewrite: no way out of the root")
def _(t):
    server = t.server("[host h]\nrewrite = /x*/** -> /d/.$1/$2", files={"www/d/f": "f"}, name="out")
    t.files({"secret": "s"}, "out-www/..")
    for target in ("/x./../secret", "/x./%2e%2e/secret", "/x./x"):
        assert server.get(target).status == 404, target


# "the logs show what it asked for"
@case("rewrite: the log shows the original target, explain the line and both paths")
def _(t):
    server = t.server("[host example.org]\nrewrite = /humans -> /about/people.html", files={"about/people.html": "people"},
                      access='access.log "%r %U"')
    assert server.get("/humans?q").status == 200
    server.stop()
    with open(server.access_log) as f:
        assert f.read() == "GET /humans?q HTTP/1.1 /humans\n"
    run = t.run("explain", "/humans", config=server.config)
    line = next(n for n, text in enumerate(open(server.config), 1) if text.startswith("rewrite"))
    assert any("/humans -> /about/people.html" in x and x.endswith(f"{server.config}:{line}") for x in run.stdout.splitlines()), run.stdout



# ---- fallback

def application(t):
    return t.server("""
        [host example.org]
        fallback = /index.html
        error = 404 "words"
        header = X-From: host
        [location assets]
        path = /assets/
        fallback = off
        [location docs]
        path = /docs/
        fallback = /docs/missing.html 404
        header = X-From: docs
        [location index]
        path = /index.html
        charset = gbk
        header = X-From: index
        [location loop]
        path = /loop/
        fallback = /loop/none
        [location dir]
        path = /dir/
        fallback = /folder/
        [location fixed]
        path = /fixed
        return = 404 "fixed"
        [location shut]
        path = /shut/
        deny = all
        """, name="application", files={"index.html": "application", "assets/a.js": "js", "docs/missing.html": "missing", "folder/x": "x", ".git/config": "s"})


# "where a GET or HEAD finds nothing, this page of the same host answers as if it had been asked for, with its own type, fields and so on"
@case("fallback: answers for what is not there, as if it had been asked for")
def _(t):
    server = t.shared(application).grown("/index.html")
    for target in ("/users/17", "/none.png?x", "/.git/config", "/index.html/x", "/users/"):
        response = server.get(target)
        assert (response.status, response.body) == (200, b"application"), response
        assert response["Content-Type"] == "text/html; charset=gbk" and response["X-From"] == "index", response
        head = server.get(target, method="HEAD")
        assert head.status == 200 and head["ETag"] == response["ETag"] and head["Content-Length"] == "11"
    assert server.get("/users/17", "If-None-Match: *").status == 304
    assert server.get("/users/17", "Range: bytes=0-2").body == b"app"
    assert server.get("/assets/a.js").body == b"js"


@case("fallback: off, another status, and nearer levels")
def _(t):
    server = t.shared(application)
    assert (server.get("/assets/none").status, server.get("/assets/none").body) == (404, b"words")
    response = server.get("/docs/none")
    assert (response.status, response.body, response.get("ETag"), response.get("X-From")) == (404, b"missing", None, None), response


# "What is forbidden stays forbidden: a folder without an index is 403."
@case("fallback: for 404 of files only")
def _(t):
    server = t.shared(application)
    for target, status in (("/folder/", 403), ("/folder", 301), ("/fixed", 404), ("/shut/x", 403), ("/%00", 400), ("/a%2fb", 404)):
        assert server.get(target).status == status, target
    assert server.get("/users/17", method="POST").status == 405


# "It is looked up once ... when it is not there either, the answer is 404."
@case("fallback: no loop, and 404 when it is missing or no file")
def _(t):
    server = t.shared(application)
    for target in ("/loop/x", "/dir/x"):
        assert (server.get(target).status, server.get(target).body) == (404, b"words"), target


@case("fallback: explain shows the line")
def _(t):
    server = t.shared(application)
    run = t.run("explain", "/users/17", config=server.config)
    line = next(n for n, text in enumerate(open(server.config), 1) if text.startswith("fallback"))
    assert any(x.split()[:2] == ["fallback", "/index.html"] and x.endswith(f"{server.config}:{line}") for x in run.stdout.splitlines()), run.stdout



# ---- clean_urls

def clean(t):
    return t.server("""
        [host example.org]
        clean_urls = on
        error = 404 /errors/404.html
        rewrite = /hidden-page -> /about.html
        [location off]
        path = /off/
        clean_urls = off
        [location strip]
        path = /strip/
        strip = on
        [location fall]
        path = /fall/
        fallback = /about.html
        [location htm]
        path = /htm/
        index = index.htm index.html
        """, name="clean", files={name: name for name in (
            "index.html", "about.html", "a b.html", "both.html", "both/index.html", "file.html", "file", "dir/index.html", "dir/x.txt",
            "errors/404.html", "off/p.html", "off/index.html", "htm/index.htm", "htm/index.html", ".well-known.html", "page.html.html",
            "sub.html/index.html", "caps.HTML")})


# "/about is answered with about.html where there is no /about itself ... Who asks for /about.html is sent there with 301,
# and from /dir/index.html and /dir/index to /dir/; the query is kept."
for target, want in {
    "/about": "about.html", "/about?q": "about.html", "/about.html": ">/about", "/about.html?a=b&c": ">/about?a=b&c", "/a%20b": "a b.html",
    "/a%20b.html": ">/a%20b", "/": "index.html", "/index.html": ">/", "/index": ">/", "/index.html?q": ">/?q", "/dir/": "dir/index.html",
    "/dir/index.html": ">/dir/", "/dir/index": ">/dir/", "/dir": ">/dir/", "/dir/x.txt": "dir/x.txt", "/about/": 404, "/none": 404, "/none.html": 404,
    # "with a folder /about beside it, about.html keeps its address"
    "/both": ">/both/", "/both/": "both/index.html", "/both.html": "both.html", "/file": "file", "/file.html": "file.html",
    "/off/p": 404, "/off/p.html": "off/p.html", "/off/index.html": "off/index.html", "/htm/index.html": ">/htm/index", "/htm/index": "htm/index.html", "/htm/": "htm/index.htm",
    "/htm/index.htm": "htm/index.htm", "/strip/about": "about.html", "/strip/about.html": ">/strip/about", "/strip/index.html": ">/strip/", "/strip": ">/strip/",
    "/.well-known": 404, "/hidden-page": "about.html", "/page": 404, "/page.html": "page.html.html", "/page.html.html": ">/page.html",
    "/sub": 404, "/sub.html": ">/sub.html/", "/caps": 404, "/caps.HTML": "caps.HTML", "/fall/x": "about.html", "/about%00": 400,
}.items():
    @case(f"clean_urls: {target} gives {want}")
    def _(t, target=target, want=want):
        response = t.shared(clean).get(target)
        if isinstance(want, int):
            assert response.status == want, response
            assert want != 404 or response.body == b"errors/404.html", response
        elif want.startswith(">"):
            assert (response.status, response["Location"]) == (301, want[1:]), response
        else:
            assert (response.status, response.body) == (200, want.encode()), response


@case("clean_urls: type, HEAD, ranges and conditions are those of the page")
def _(t):
    server = t.shared(clean)
    response = server.get("/about", method="HEAD")
    assert response.status == 200 and response["Content-Type"] == "text/html; charset=utf-8" and response["Content-Length"] == "10", response
    assert server.get("/about", "If-None-Match: *").status == 304
    assert server.get("/about", "Range: bytes=0-4").body == b"about"
    assert server.get("/about.html", method="HEAD").status == 301


@case("clean_urls: explain shows the line, for the page and for the redirect")
def _(t):
    server = t.shared(clean)
    line = next(n for n, text in enumerate(open(server.config), 1) if text.startswith("clean_urls = on"))
    for target, word in (("/about", "about.html"), ("/about.html", "Location: /about")):
        run = t.run("explain", target, config=server.config)
        assert any(x.startswith("clean_urls") and x.endswith(f"{server.config}:{line}") for x in run.stdout.splitlines()), run.stdout
        assert word in run.stdout
    assert "clean_urls" not in t.run("explain", "/dir/x.txt", config=server.config).stdout


main()
