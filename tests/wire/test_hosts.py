#!/usr/bin/python3
"""Which virtual host answers for which name, on which listener."""

from harness import case, main, need_ipv6, request


def site(t):
    roots = {name: t.files({"index.html": name}, name) for name in ("org", "www", "suffix", "deep", "v4", "v6", "def")}
    return t.server(f"""
        [host example.org]
        root = {roots["org"]}
        [host www]
        names = www.example.org WWW2.Example.ORG
        names = www3.example.org
        root = {roots["www"]}
        [host suffix]
        names = *.example.net
        root = {roots["suffix"]}
        [host deep]
        names = *.deep.example.net exact.example.net
        root = {roots["deep"]}
        [host 192.0.2.1]
        root = {roots["v4"]}
        [host v6]
        names = [2001:db8::1]
        root = {roots["v6"]}
        [host def]
        default = yes
        names = default.test
        root = {roots["def"]}
        """)


# tinyhttpd.ini(5): "Names the host answers to. *.example.net are all names below example.net, but not that itself."
for host, want in {
    "example.org": b"org", "EXAMPLE.Org": b"org", "example.org.": b"org", "example.org:80": b"org", "example.org:65535": b"org",
    "example.org.:8080": b"org", "www.example.org": b"www", "www2.example.org": b"www", "WWW3.EXAMPLE.ORG:1": b"www",
    "a.example.net": b"suffix", "a.b.example.net": b"suffix", "A.EXAMPLE.NET": b"suffix", "a.example.net.": b"suffix",
    "example.net": b"def", "xexample.net": b"def", "x.deep.example.net": b"deep", "deep.example.net": b"suffix",
    "exact.example.net": b"deep", "192.0.2.1": b"v4", "192.0.2.1:80": b"v4", "[2001:db8::1]": b"v6", "[2001:DB8::1]:80": b"v6",
    "other.org": b"def", "example.org.evil.test": b"def", "evil.test.example.org": b"def", "localhost": b"def", "192.0.2.2": b"def",
    "default.test": b"def",
}.items():
    @case(f"Host: {host} is answered by {want.decode()}")
    def _(t, host=host, want=want):
        assert t.shared(site).get("/", host=host).body == want


@case("HTTP/1.0 without Host is the default host's")
def _(t):
    assert t.shared(site).get("/", host=None, version="1.0").body == b"def"


# RFC 9112 3.2.2
@case("the authority of an absolute target decides, not Host")
def _(t):
    server = t.shared(site)
    assert server.get("http://www.example.org/", host="example.org").body == b"www"
    assert server.get("HTTP://EXAMPLE.ORG:80/", host="www.example.org").body == b"org"


@case("hosts change from request to request on one connection")
def _(t):
    with t.shared(site).connect() as c:
        for host, want in (("example.org", b"org"), ("www.example.org", b"www"), ("x.example.net", b"suffix"), ("zzz", b"def")) * 3:
            assert c.ask("/", host=host).body == want


# RFC 9110 15.5.20
@case("421: several hosts and none of them the default")
def _(t):
    a, b = t.files({"index.html": "A"}, "a"), t.files({"index.html": "B"}, "b")
    server = t.server(f"[host a.test]\nroot = {a}\n[host b.test]\nroot = {b}")
    with server.connect() as c:
        assert c.ask("/", host="a.test").body == b"A"
        assert c.ask("/", host="c.test").status == 421
        assert c.ask("/", host="b.test").body == b"B"
    assert server.get("/", host=None, version="1.0").status == 421
    assert server.get("/", host="localhost").status == 421


# tinyhttpd.ini(5): "A single host is the default unless it says no"
@case("a single host is the default, unless it says no")
def _(t):
    a = t.files({"index.html": "A"}, "a")
    assert t.server(f"[host a.test]\nroot = {a}", name="one").get("/", host="any.test").body == b"A"
    server = t.server(f"[host a.test]\nroot = {a}\ndefault = no", name="two")
    assert server.get("/", host="any.test").status == 421
    assert server.get("/", host="a.test").body == b"A"


@case("without any [host], [server] answers for every name")
def _(t):
    server = t.server(files={"index.html": "S"})
    for host in ("a", "b.test", "[::1]", "127.0.0.1:80"):
        assert server.get("/", host=host).body == b"S"


# tinyhttpd.ini(5): "Answer on these listeners only"
@case("on limits a host to its listeners")
def _(t):
    path = t.path("inner.sock")
    a, b = t.files({"index.html": "inner"}, "a"), t.files({"index.html": "outer"}, "b")
    server = t.server(f"[host inner]\nnames = site.test\non = unix:{path}\nroot = {a}\n"
                      f"[host outer]\nnames = *.test\ndefault = yes\nroot = {b}",
                      listen=("127.0.0.1:0", f"unix:{path}"))
    assert server.get("/", host="site.test", listener=0).body == b"outer"
    assert server.get("/", host="site.test", listener=1).body == b"inner"
    assert server.get("/", host="other.test", listener=1).body == b"outer"


@case("two hosts, each on its own listener only")
def _(t):
    one, two = t.path("one.sock"), t.path("two.sock")
    a, b = t.files({"index.html": "one"}, "a"), t.files({"index.html": "two"}, "b")
    server = t.server(f"[host x]\nnames = site.test\non = unix:{one}\nroot = {a}\n"
                      f"[host y]\nnames = other.test\non = unix:{two}\nroot = {b}",
                      listen=(f"unix:{one}", f"unix:{two}"))
    assert server.get("/", host="site.test", listener=0).body == b"one"
    assert server.get("/", host="site.test", listener=1).status == 421
    assert server.get("/", host="other.test", listener=1).body == b"two"


# tinyhttpd.ini(5): "For one request, what is nearer replaces what is farther"
@case("settings come from built-in, [server], host, location, glob: the nearest counts")
def _(t):
    root = t.files({p: "x" for p in ("a.html", "d/a.html", "d/e/a.html", "d/p.txt", "p.txt")}, "site")
    server = t.server(f"""
        [server]
        charset = one
        [host a.test]
        root = {root}
        default = yes
        charset = two
        [host b.test]
        root = {root}
        [location d]
        path = /d/
        charset = three
        [location de]
        host = a.test
        path = /d/e
        charset = four
        [location txt]
        path = *.txt
        charset = five
        """)
    for host, target, want in (("a.test", "/a.html", "two"), ("b.test", "/a.html", "one"), ("a.test", "/d/a.html", "three"),
                               ("b.test", "/d/a.html", "three"), ("a.test", "/d/e/a.html", "four"), ("b.test", "/d/e/a.html", "three"),
                               ("a.test", "/p.txt", "five"), ("b.test", "/d/p.txt", "five")):
        response = server.get(target, host=host)
        assert response["Content-Type"].endswith(f"; charset={want}"), (host, target, response)


# tinyhttpd.ini(5): "of two with equally long paths that of the host wins"
@case("a location of a host beats one for every host")
def _(t):
    root = t.files({"d/x": "x"}, "site")
    server = t.server(f"""
        [location every]
        path = /d/
        header = X-L: every
        [location own]
        host = a.test
        path = /d/
        header = X-L: own
        [host a.test]
        root = {root}
        [host b.test]
        root = {root}
        """)
    assert server.get("/d/x", host="a.test")["X-L"] == "own"
    assert server.get("/d/x", host="b.test")["X-L"] == "every"


@case("the same site over IPv4, IPv6 and a unix socket")
def _(t):
    need_ipv6()
    server = t.server(files={"index.html": "S"}, listen=("127.0.0.1:0", "[::1]:0", f"unix:{t.path('s')}"))
    for i in range(3):
        assert server.get("/", listener=i).body == b"S"
        with server.connect(i) as c:
            c.send(request("/") * 3)
            for _ in range(3):
                assert c.response().body == b"S"


main()
