#!/usr/bin/python3
"""The order in which a request is decided about.  Each step is shown against the next one: where both would answer, the
earlier one does, and explain says so.

host - redirect and rewrite of host and server, in file order - location - its redirect - allow, deny (403) -
limit_requests (429) - auth (401) - methods (405) - return - file - fallback - error"""

import base64

from harness import Skip, case, main, request

# "open sesame", hashed as cheaply as can be
HASH = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"
RIGHT, WRONG = ("Authorization: Basic " + base64.b64encode(b"ann:" + p).decode() for p in (b"open sesame", b"sesame"))

CONFIG = """
    [server]
    redirect = /both -> /from-server
    redirect = /server -> /from-server
    redirect = /first/** -> /never
    [host order.test]
    redirect = /both -> /from-host
    rewrite = /first/* -> /second/$1
    redirect = /first/** -> /too-late
    redirect = /second/a -> /behind-it
    rewrite = /second/b -> /never
    rewrite = /moved/* -> /denied/$1
    redirect = /site/denied -> /from-host
    fallback = /page
    error = 404 "words for 404"
    error = 403 "words for 403"
    [location site]
    path = /site/
    redirect = /site/** -> /from-location
    deny = all
    [location long]
    path = /site/long/
    redirect = /site/long/x -> /from-longer
    [location denied]
    path = /denied/
    deny = 127.0.0.3
    limit_requests = 1/m burst 2
    methods = GET
    [location limited]
    path = /limited/
    limit_requests = 1/m burst 1
    methods = GET
    [location file]
    path = /file/
    methods = GET
    [location fixed]
    path = /fixed/
    return = 200 "fixed"
    methods = GET
    fallback = /page
    [location nothing]
    path = /nothing/
    fallback = off
    [location broken]
    path = /broken/
    fallback = /none
    """

SECRET = """
    [location secret]
    path = /secret/
    auth = "Secrets" users
    methods = GET
    limit_requests = 1/m burst 4
    [location secretfixed]
    path = /secret/fixed
    auth = "Secrets" users
    return = 200 "fixed"
    """

FILES = {"page": "page", "second/a": "second a", "second/b": "second b", "denied/x": "x", "limited/x": "x",
         "file/x": "file", "fixed/x": "a file", "secret/x": "secret", "folder/x": "x"}


def has_openssl(t):
    config = t.write("probe.ini", '[server]\nreturn = 200\nauth = "x" users\n')
    return "without OpenSSL" not in t.run("check", config=config).stderr


def site(t):
    t.write("users", f"ann:{HASH}\n")
    return t.server(config=CONFIG + (SECRET if has_openssl(t) else ""), files=FILES)


def ask(server, target, *fields, source="127.0.0.1", method="GET", host="order.test"):
    with server.connect(source=source) as c:
        c.send(request(target, "Connection: close", *fields, method=method, host=host))
        return c.response(method=method)


def explained(t, server, target, *fields, source="127.0.0.1", host="order.test"):
    more = [word for field in fields for word in ("-H", field)]
    run = t.run("explain", f"http://{host}{target}", *more, "--from", source, config=server.config)
    assert run.returncode == 0, run
    return run.stdout


def check(t, target, status, what, **options):
    """what: the body, or where it leads to."""
    server = t.shared(site)
    response = ask(server, target, **options)
    assert (response.status, response["Location"] or response.body.decode()) == (status, what), (target, response)
    assert f"status      {status} " in explained(t, server, target, **options), target


# RFC 9110 15.5.20
@case("host before redirect: who has no host gets 421, whatever [server] would redirect")
def _(t):
    server = t.server("[host order.test]\ndefault = no\n", server="redirect = /x -> /away", files={"x": "x"})
    response = ask(server, "/x", host="other.test")
    assert response.status == 421 and "Location" not in response, response
    assert "status      421 " in explained(t, server, "/x", host="other.test")
    assert ask(server, "/x").status == 301


# tinyhttpd.ini(5): "The rules of the host come before those of the server, and in each ... in the order of the file"
@case("redirect and rewrite: the host's, then the server's, each in file order; a redirect ends, one rewrite is applied")
def _(t):
    check(t, "/both", 301, "/from-host")
    check(t, "/server", 301, "/from-server")
    check(t, "/first/a", 301, "/behind-it")		# rewritten, so /first/** does not match any more
    check(t, "/first/b", 200, "second b")		# and not rewritten again
    check(t, "/second/b", 200, "page")			# rewritten to what is not there


@case("redirect and rewrite of the site before the location: the new path chooses it, and a redirect of the host wins")
def _(t):
    check(t, "/moved/x", 403, "words for 403", source="127.0.0.3")
    check(t, "/site/denied", 301, "/from-host")


@case("location before its redirect: the redirect of a shorter one does not hold where it has one of its own")
def _(t):
    check(t, "/site/long/x", 301, "/from-longer")
    check(t, "/site/long/y", 200, "page")


# tinyhttpd.ini(5): "Redirects come before these keys, as they tell nothing but an address."
@case("redirect of a location before allow and deny")
def _(t):
    check(t, "/site/x", 301, "/from-location")


# RFC 6585 4; tinyhttpd.ini(5): "Who is refused by deny is not counted."
@case("allow and deny before limit_requests: who is denied gets 403 however often, and is not counted")
def _(t):
    server = t.shared(site)
    assert [ask(server, "/denied/x", source="127.0.0.3").status for _ in range(5)] == [403] * 5
    assert [ask(server, "/denied/x", source="127.0.0.2").status for _ in range(4)] == [200, 200, 429, 429]


@case("allow and deny before methods: 403, not 405")
def _(t):
    server = t.shared(site)
    assert ask(server, "/denied/x", source="127.0.0.3", method="DELETE").status == 403
    assert ask(server, "/file/x", method="DELETE").status == 405


@case("limit_requests before methods: a wrong method counts, and gets 429 in its turn")
def _(t):
    server = t.shared(site)
    assert [ask(server, "/limited/x", method="DELETE", source="127.0.0.4").status for _ in range(3)] == [405, 429, 429]


# RFC 9110 15.5.2
@case("limit_requests before auth before methods and return: 429, then 401, then 405, then the answer")
def _(t):
    server = t.shared(site)
    if not has_openssl(t):
        raise Skip("built without OpenSSL")
    assert ask(server, "/secret/x", WRONG, method="DELETE").status == 401
    assert ask(server, "/secret/x", RIGHT, method="DELETE").status == 405
    assert ask(server, "/secret/x", RIGHT).body == b"secret"
    assert ask(server, "/secret/x").status == 401
    assert ask(server, "/secret/x", WRONG).status == 429
    assert ask(server, "/secret/fixed").status == 401 and ask(server, "/secret/fixed", RIGHT).body == b"fixed"
    for fields, status in ((), 401), ((WRONG,), 401), ((RIGHT,), 200):
        assert f"status      {status} " in explained(t, server, "/secret/x", *fields)


# RFC 9110 15.5.6
@case("methods before return: 405, not the page")
def _(t):
    response = ask(t.shared(site), "/fixed/x", method="POST")
    assert response.status == 405 and response["Allow"] == "GET, HEAD", response


# tinyhttpd.ini(5): "One fixed page for every path"
@case("return before the file, and before fallback")
def _(t):
    check(t, "/fixed/x", 200, "fixed")
    check(t, "/fixed/none", 200, "fixed")


# tinyhttpd.ini(5): "where a GET or HEAD finds nothing", "What is forbidden stays forbidden"
@case("the file before fallback: it answers for what is not there, and for nothing else")
def _(t):
    check(t, "/file/x", 200, "file")
    check(t, "/file/none", 200, "page")
    check(t, "/folder/", 403, "words for 403")


# tinyhttpd.ini(5): "when it is not there either, the answer is 404"
@case("fallback before error: the page for an error comes where there is no fallback, or none that is there")
def _(t):
    check(t, "/none", 200, "page")
    check(t, "/nothing/x", 404, "words for 404")
    check(t, "/broken/x", 404, "words for 404")


main()
