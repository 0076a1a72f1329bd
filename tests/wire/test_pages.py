#!/usr/bin/python3
"""Pages and fields that the configuration makes: return, error, redirect, header; and the server's own."""

from harness import case, main, request

HOME = {"index.html": "the index", "errors/404.html": "<h1>my 404</h1>", "errors/gone.html": "<h1>my 410</h1>",
        "e/x": "x", "h/x.html": "x", "h/sub/x.html": "x", "h/off/x.html": "x", "new/a": "new a", "empty/": None}


def site(t):
    t.write("page.txt", "from a file\n")
    return t.server("""
        [server]
        error = 404 /errors/404.html
        error = 410 /errors/gone.html
        error = 5xx "sorry"
        header = X-One: 1
        header = X-Two: a; b
        header = "X-Three: \\"quoted\\" "
        redirect = /old/* -> /new/$1
        redirect = /deep/** -> /new/$1 302
        redirect = /two/*/x/* -> /new/$2/$1 308
        redirect = /away/* -> https://example.org/$1 307
        redirect = /query/* -> /new/$1?own=1 303
        redirect = /exact -> /new/
        redirect = /part/* -> /new/#$1
        redirect = /*.php -> /new/$1.html
        redirect = /slashes/** -> /$1
        redirect = /glued** -> /$1
        [location text]
        path = /text
        return = 200 "plain words"
        [location typed]
        path = /typed
        return = 200 application/json "{}"
        [location file]
        path = /file
        return = 200 text/x-page @page.txt
        [location none]
        path = /none204
        return = 204
        [location none304]
        path = /none304
        return = 304
        [location gone]
        path = /gone
        return = 410
        [location tea]
        path = /tea
        return = 418
        [location down]
        path = /down
        return = 503
        [location e]
        path = /e/
        error = 404 "nothing, ever"
        [location class]
        path = /class/
        error = 4xx "any of four"
        error = 404 "just 404"
        [location lost]
        path = /lost/
        error = 404 /errors/missing.html
        [location off]
        path = /off/
        error = off
        [location h]
        path = /h/
        header = x-two: nearer
        header = X-Four: 4
        [location hsub]
        path = /h/sub/
        header = -X-One
        header = -X-Content-Type-Options
        [location hoff]
        path = /h/off/
        header = off
        """, files=HOME)


def gives(name, target, status, body=None, method="GET", **fields):
    @case(name)
    def _(t):
        response = t.shared(site).get(target, method=method, body=b"x" if method == "POST" else None)
        assert response.status == status, response
        assert body is None or (body in response.body if body else response.body == b""), response
        for field, value in fields.items():
            assert response[field.replace("_", "-")] == value, (field, response)


# ---- return

gives("return: text", "/text", 200, b"plain words", Content_Length="11", Content_Type="text/plain; charset=utf-8")
gives("return: the whole prefix", "/text/below", 200, b"plain words")
gives("return: a type of its own", "/typed", 200, b"{}", Content_Type="application/json")
gives("return: a file beside the configuration", "/file", 200, b"from a file\n")
gives("return: 204 has no content", "/none204", 204, b"")
# RFC 9110 15.4.5: "A 304 response is terminated by the end of the header section; it cannot contain content or trailers."
gives("return: 304 has no content", "/none304", 304, b"", Content_Type=None)
gives("return: 410 alone is the error page", "/gone", 410)
gives("return: 418 alone is a built-in page", "/tea", 418, b"418", Content_Type="text/html; charset=utf-8")
gives("return: POST is answered like GET", "/text", 200, b"plain words", method="POST")


@case("return: the connection stays right for HEAD, POST and what follows")
def _(t):
    raw = (request("/text", method="HEAD") + request("/none204") + request("/text", method="POST", body=b"q" * 50)
           + request("/gone", method="HEAD") + request("/"))
    responses = t.shared(site).talk(raw, ["HEAD", "GET", "POST", "HEAD", "GET"])
    assert [r.status for r in responses] == [200, 204, 200, 410, 200]
    assert responses[-1].body == b"the index"


# ---- error pages

# tinyhttpd.ini(5): "a page of the same host, or words. 4xx and 5xx stand for the rest."
gives("error: a page of the site, with the status of the error", "/nothing", 404, b"<h1>my 404</h1>", Content_Type="text/html; charset=utf-8")
gives("error: HEAD has no content", "/nothing", 404, b"", method="HEAD", Content_Length="15")
gives("error: words", "/e/none", 404, b"nothing, ever", Content_Type="text/plain; charset=utf-8")
gives("error: a class of statuses", "/class/", 404, b"just 404")
gives("error: a class for the rest", "/class/x", 405, b"any of four", method="POST")
gives("error: a class of [server], in words", "/", 501, b"sorry", method="BREW")
gives("return: a status alone is the built-in page, whatever error says", "/down", 503, b"503", Retry_After="5")
gives("error: a page that is missing is replaced by the built-in one", "/lost/x", 404, b"404", Content_Type="text/html; charset=utf-8")
gives("error: off takes the inherited ones away", "/off/x", 404, b"There is no page at this address")
gives("error: the page itself is an ordinary page", "/errors/404.html", 200, b"<h1>my 404</h1>")
gives("error: a directory without index keeps its status", "/empty/", 403, b"403")


@case("error: pages are small, without scripts and outside resources, for every status that can be had")
def _(t):
    server = t.shared(site)
    for target, method in (("/empty/", "GET"), ("/", "DELETE"), ("/%00", "GET"), ("/tea", "GET"), ("/lost/x", "GET")):
        response = server.get(target, method=method)
        page = response.body.lower()
        assert len(page) < 4096 and b"<!doctype html>" in page, response
        assert str(response.status).encode() in page and b"<title>" in page
        for never in (b"<script", b"http:", b"https:", b"src="):
            assert never not in page, never
        assert b"color-scheme" in page, "no dark mode"
        assert response["Content-Type"] == "text/html; charset=utf-8" and response["X-Content-Type-Options"] == "nosniff"


@case("error: what the client sent is never in the page")
def _(t):
    server = t.shared(site)
    for target in ("/lost/<script>alert(1)</script>", "/lost/%3Cscript%3E", "/off/x?%3Cscript%3E"):
        assert b"script" not in server.get(target, "User-Agent: <script>").body.lower()


@case("error: an error page that leads to an error page ends")
def _(t):
    server = t.server("""
        [server]
        error = 4xx /loop/a
        redirect = /loop/r -> /loop/a
        [location loop]
        path = /loop/
        error = 404 /loop/b
        """, files={"index.html": "x"})
    for target in ("/none", "/loop/c", "/loop/a", "/loop/b"):
        assert server.get(target).status == 404


# ---- redirect

# tinyhttpd.ini(5): "$1 to $9 in it stand for what the stars matched. status is 301 (the default), 302, 303, 307 or 308."
# "The query is kept unless to has one."
gives("redirect: a capture, and 301 unless said", "/old/page", 301, Location="/new/page")
gives("redirect: the query is put before a fragment", "/part/two?q=1", 301, Location="/new/?q=1#two")
gives("redirect: * stops at a slash", "/old/a/b", 404)
gives("redirect: ** does not", "/deep/a/b", 302, Location="/new/a/b")
gives("redirect: several captures", "/two/1/x/2", 308, Location="/new/2/1")
gives("redirect: an absolute target", "/away/x", 307, Location="https://example.org/x")
gives("redirect: the query is kept", "/old/page?a=b&c", 301, Location="/new/page?a=b&c")
gives("redirect: unless the target has one", "/query/page?a=b", 303, Location="/new/page?own=1")
gives("redirect: a path alone", "/exact", 301, Location="/new/")
gives("redirect: a glob in the middle of a segment", "/page.php?x", 301, Location="/new/page.html?x")
gives("redirect: what is captured is encoded again", "/old/a%20b%3F%23%25", 301, Location="/new/a%20b%3F%23%25")
gives("redirect: the target is served", "/new/a", 200, b"new a")
gives("redirect: also for POST", "/old/page", 301, Location="/new/page", method="POST")


@case("redirect: no path leads to another host, and no line can be broken")
def _(t):
    server = t.shared(site)
    for target in ("/slashes//evil.test", "/slashes/%5Cevil.test", "/slashes/./evil.test", "/glued/evil.test", "/glued%5Cevil.test"):
        response = server.get(target)
        assert response.status == 301 and response["Location"][:2] not in ("//", "/\\"), response
    for target in ("/old/%0d%0aX-Evil:1", "/old/%0aX-Evil:1", "/slashes/%0D%0A%0D%0A<h1>"):
        assert server.get(target).status == 400
    for target in ("/old/\xe9", "/old/%E9"):
        assert server.get(target)["Location"] == "/new/%E9"


@case("redirect: a redirect has a small page that leads on, and HEAD the same fields")
def _(t):
    server = t.shared(site)
    get, head = server.get("/old/page"), server.head("/old/page")
    assert get.status == head.status == 301 and len(get.body) < 4096
    assert get["Content-Length"] == head["Content-Length"]


# ---- header

gives("header: fields of [server]", "/", 200, X_One="1", X_Two="a; b", X_Three='"quoted"')
gives("header: nearer ones replace by name, the others stay", "/h/x.html", 200, X_One="1", X_Two="nearer", X_Four="4")
gives("header: -Name removes, the server's own ones, too", "/h/sub/x.html", 200, X_One=None, X_Content_Type_Options=None)
gives("header: off removes all that is inherited", "/h/off/x.html", 200, X_One=None, X_Two=None, Server="tinyhttpd")


@case("header: also in 304")
def _(t):
    server = t.shared(site)
    response = server.get("/", "If-None-Match: *")
    assert response.status == 304 and response["X-One"] == "1", response


# ---- the server's own

@case("Date and Server on every response, good or bad")
def _(t):
    server = t.shared(site)
    raw = request("/") + request("/nothing") + request("/old/x") + request("/none204") + request("*", method="OPTIONS") + b"bad\r\n\r\n"
    for response in server.talk(raw, ["GET", "GET", "GET", "GET", "OPTIONS"]):
        assert response["Server"] == "tinyhttpd", response


# tinyhttpd.ini(5): "What the field Server says: nothing, tinyhttpd, or that with its version."
@case("server_header: off, name, full")
def _(t):
    for value, want in (("off", None), ("name", "tinyhttpd"), ("full", "tinyhttpd/")):
        response = t.server(files={"index.html": "x"}, server="server_header = " + value, name=value).get("/")
        assert response["Server"] == want if want != "tinyhttpd/" else response["Server"].startswith(want), response


@case("nosniff on files, pages and errors")
def _(t):
    server = t.shared(site)
    for target in ("/", "/text", "/nothing", "/tea", "/e/none"):
        assert server.get(target)["X-Content-Type-Options"] == "nosniff", target


main()
