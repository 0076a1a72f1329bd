#!/usr/bin/python3
"""Fields that the administrator asks for.  Quoted lines are from tinyhttpd.ini(5)."""

from harness import case, main


def explained(t, server, target, text, *more):
    """explain shows the text, and the line of the configuration that begins with its key."""
    run = t.run("explain", target, *more, config=server.config)
    assert run.returncode == 0, run
    for line in run.stdout.splitlines():
        if text in line:
            at = int(line.rsplit(":", 1)[1])
            with open(server.config) as f:
                return f.read().splitlines()[at - 1]
    raise AssertionError((text, run.stdout))


# ---- header_always

def always(t):
    return t.server("""
        [host example.org]
        header = X-Good: good
        header_always = X-Always: always
        [location plain]
        path = /plain/
        header_always = -X-Always
        """, name="always", files={"index.html": "x", "plain/index.html": "x", "folder/": ""})


# "The field goes out with answers of 2xx and 3xx, and not with errors." "The same, for errors too."
@case("header_always: on errors too, also those of requests that do not parse as a path")
def _(t):
    server = t.shared(always)
    for target, status in (("/", 200), ("/folder", 301), ("/none", 404), ("/%00", 400)):
        response = server.get(target)
        assert response.status == status and response["X-Always"] == "always", response
        assert ("X-Good" in response) == (status < 400), response
    assert server.get("/", method="DELETE")["X-Always"] == "always"


# "-Name takes it away from both."
@case("header_always: -Name takes away")
def _(t):
    server = t.shared(always)
    assert "X-Always" not in server.get("/plain/")
    assert server.get("/plain/none").status == 404 and "X-Always" not in server.get("/plain/none")


@case("header_always: explain shows its line")
def _(t):
    assert explained(t, t.shared(always), "/none", "X-Always: always") == "header_always = X-Always: always"



# ---- security_headers

PRESET = {
    "X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Cross-Origin-Opener-Policy": "same-origin"}


def secure(t):
    return t.server("""
        [host example.org]
        security_headers = on
        [location frame]
        path = /frame/
        header_always = X-Frame-Options: DENY
        header = -Referrer-Policy
        [location off]
        path = /off/
        security_headers = off
        """, name="secure", files={"index.html": "x", "frame/a.html": "x", "off/a.html": "x"})


# "Add these fields to every answer, errors too"
@case("security_headers: the preset on files, redirects and errors, and off below")
def _(t):
    server = t.shared(secure)
    for target in ("/", "/none", "/%00"):
        response = server.get(target)
        assert {name: response[name] for name in PRESET} == PRESET, response
        assert response["X-Content-Type-Options"] == "nosniff"
    response = server.get("/off/a.html")
    assert response.status == 200 and not any(name in response for name in PRESET), response


# "A field that header or header_always speaks of, at whatever level, is left to them."
@case("security_headers: own fields win")
def _(t):
    server = t.shared(secure)
    for target, status in (("/frame/a.html", 200), ("/frame/none", 404)):
        response = server.get(target)
        assert response.status == status and response["X-Frame-Options"] == "DENY", response
        assert "Referrer-Policy" not in response, response
        assert response["Permissions-Policy"] == PRESET["Permissions-Policy"]


@case("security_headers: explain shows its line for each field")
def _(t):
    for name, value in PRESET.items():
        assert explained(t, t.shared(secure), "/", f"{name}: {value}") == "security_headers = on"



# ---- cache_control

YEAR = "public, max-age=31536000, immutable"


def cached(t):
    return t.server("""
        [host example.org]
        cache_control = auto
        [location pictures]
        path = /pictures/
        cache_control = "public, max-age=86400"
        [location off]
        path = /off/
        cache_control = off
        [location own]
        path = /own/
        header = Cache-Control: no-store
        [location fixed]
        path = /fixed
        return = 200 text/html "<p>fixed"
        [location gone]
        path = /gone
        return = 410 text/html "<p>gone"
        """, name="cached", files={name: "x" * 20 for name in (
            "index.html", "app.3f2a9c1b.js", "app.js", "report-20240101.pdf", "folder/style-0a1b2c3d4e.min.css",
            "pictures/a.png", "off/app.3f2a9c1b.js", "own/app.3f2a9c1b.js", "p.3f2a9c1b.html")})


# "HTML is no-cache ... files whose names carry a hash of their content are public, max-age=31536000, immutable"
for target, want in {
    "/": "no-cache", "/p.3f2a9c1b.html": "no-cache", "/app.3f2a9c1b.js": YEAR, "/folder/style-0a1b2c3d4e.min.css": YEAR, "/app.js": None,
    "/report-20240101.pdf": None, "/pictures/a.png": "public, max-age=86400", "/off/app.3f2a9c1b.js": None,
    "/own/app.3f2a9c1b.js": "no-store", "/fixed": "no-cache", "/gone": None, "/folder": None, "/none.3f2a9c1b.js": None,
}.items():
    @case(f"cache_control: {target} has {want or 'no such field'}")
    def _(t, target=target, want=want):
        assert t.shared(cached).get(target).all("Cache-Control") == ([want] if want else [])


# RFC 9110 15.4.5: "The server generating a 304 response MUST generate any of the following header fields that would
# have been sent in a 200 (OK) response to the same request: ... Cache-Control, ETag, Expires, and Vary"; 15.3.7 the same of 206.
@case("cache_control: also in 304 and 206, one range or several, and not in 416")
def _(t):
    server = t.shared(cached)
    for target, want in (("/", "no-cache"), ("/app.3f2a9c1b.js", YEAR)):
        for field, status in (("If-None-Match: *", 304), ("Range: bytes=0-3", 206), ("Range: bytes=0-0,19-19", 206), ("Range: bytes=99-", 416)):
            response = server.get(target, field)
            assert response.status in (status, 200) and response.get("Cache-Control") == (want if status < 400 else None), (field, response)


@case("cache_control: a compressed file beside it has the name of the file it stands for")
def _(t):
    server = t.server("[host h]\ncache_control = auto", files={"app.3f2a9c1b.js": "x" * 20, "app.3f2a9c1b.js.gz": "gz"}, name="beside")
    response = server.get("/app.3f2a9c1b.js", "Accept-Encoding: gzip")
    assert response["Content-Encoding"] == "gzip" and response["Cache-Control"] == YEAR, response


@case("cache_control: explain shows its line")
def _(t):
    assert explained(t, t.shared(cached), "/app.3f2a9c1b.js", "Cache-Control: " + YEAR) == "cache_control = auto"
    assert explained(t, t.shared(cached), "/own/app.3f2a9c1b.js", "Cache-Control: no-store") == "header = Cache-Control: no-store"



# ---- cors

A, B, EVIL = "https://app.example.org", "http://localhost:3000", "https://app.example.org.evil.example"


def shared_out(t):
    return t.server(f"""
        [location fonts]
        path = /fonts/
        cors = *
        [location data]
        path = /data/
        cors = {A} {B}
        """, name="shared_out", files={"index.html": "x", "fonts/a.woff2": "x", "data/a.json": "x"})


# "An answer to one that is listed has the field Access-Control-Allow-Origin; others get the same answer without it"
@case("cors: the origins that are listed, and no other, whatever the status")
def _(t):
    server = t.shared(shared_out)
    for target, status in (("/data/a.json", 200), ("/data/none", 404)):
        for origin in (A, B):
            response = server.get(target, "Origin: " + origin)
            assert response.status == status and response.all("Access-Control-Allow-Origin") == [origin], response
            assert "Origin" in response.all("Vary"), response
        for lines in ((), ("Origin: " + EVIL,), ("Origin: null",), ("Origin: https://app.example.org:444",)):
            response = server.get(target, *lines)
            assert response.status == status and "Access-Control-Allow-Origin" not in response, response
            assert "Origin" in response.all("Vary"), response


# "* means every origin."
@case("cors: * is for everybody and needs no Vary")
def _(t):
    for lines in ((), ("Origin: " + EVIL,)):
        response = t.shared(shared_out).get("/fonts/a.woff2", *lines)
        assert response["Access-Control-Allow-Origin"] == "*" and "Origin" not in response.all("Vary"), response


# "When a browser asks beforehand (OPTIONS with Access-Control-Request-Method) it gets 204"
@case("cors: a browser that asks beforehand")
def _(t):
    server = t.shared(shared_out)
    ask = ("Access-Control-Request-Method: GET", "Access-Control-Request-Headers: range, x-own")
    response = server.get("/data/a.json", "Origin: " + A, *ask, method="OPTIONS")
    assert (response.status, response.body) == (204, b"") and response["Access-Control-Allow-Origin"] == A, response
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS" and response["Access-Control-Max-Age"] == "86400"
    assert response["Access-Control-Allow-Headers"] == "*, Authorization"
    response = server.get("/data/a.json", "Origin: " + EVIL, *ask, method="OPTIONS")
    assert response.status == 204 and not any(name.lower().startswith("access-control") for name, _ in response.fields), response


# RFC 9110 12.5.5: Vary is a list of request field names; in one field every cache reads it alike
@case("cors: Origin stands in one Vary with what the server says of itself")
def _(t):
    server = t.server(files={"a.txt": "words to squeeze " * 200, "d/x": "x"}, server="cors = https://app.example.org\nlisting = on")
    assert server.get("/a.txt")["Vary"] == "Accept-Encoding, Origin"
    assert server.get("/d/")["Vary"] == "Accept, Origin"


@case("cors: nothing of it where nobody asked for it")
def _(t):
    response = t.shared(shared_out).get("/", "Origin: " + A)
    assert "Access-Control-Allow-Origin" not in response and "Origin" not in response.all("Vary"), response


@case("cors: explain shows its line")
def _(t):
    line = explained(t, t.shared(shared_out), "/data/a.json", "Access-Control-Allow-Origin: " + A, "-H", "Origin: " + A)
    assert line == f"cors = {A} {B}"


# RFC 9110 12.5.5: a cache must know all that an answer depends on
@case("header = Vary: adds to the server's own, and -Vary takes it away")
def _(t):
    page = "words to squeeze " * 200
    server = t.server("""
        [host example.org]
        header = Vary: Cookie
        [location bare]
        path = /bare/
        header = -Vary
        """, files={"a.html": page, "bare/a.html": page})
    for accept in ("gzip", "identity"):
        assert server.get("/a.html", "Accept-Encoding: " + accept)["Vary"] == "Accept-Encoding, Cookie"
    assert server.get("/bare/a.html")["Vary"] is None


main()
