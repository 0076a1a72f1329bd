#!/usr/bin/python3
"""Who gets an answer: addresses, and what explain says about them."""

from harness import Client, case, main, need_ipv6


def ask_from(server, source, target="/", *fields):
    """One request from that address of this machine."""
    with server.connect(source=source) as c:
        return c.ask(target, *fields)


def site(t):
    return t.server(files={"index.html": "home", "in/x": "in", "open/x": "open", "sorry.html": "sorry"}, server="""
        allow = 127.0.0.0/8
        deny = 127.0.0.2 127.1.0.0/16
        error = 403 /sorry.html
        """, config="""
        [location in]
        path = /in
        allow = 127.0.0.2
        [location open]
        path = /open
        deny = off
        """)


# tinyhttpd.ini(5): "The network that fits the address of the client most closely decides, and deny where two fit equally."
for source, target, status in (("127.0.0.1", "/", 200), ("127.0.0.2", "/", 403), ("127.1.0.1", "/", 403), ("127.0.0.3", "/", 200),
                               ("127.0.0.2", "/in/x", 200), ("127.0.0.1", "/in/x", 403), ("127.0.0.1", "/in/none", 403),
                               ("127.0.0.2", "/open/x", 200), ("127.1.0.1", "/open/x", 200)):
    @case(f"allow and deny: {source} gets {status} for {target}")
    def _(t, source=source, target=target, status=status):
        response = ask_from(t.shared(site), source, target)
        assert response.status == status, response
        if status == 403:
            assert response.body == b"sorry", response


@case("a refused client keeps its connection, and may have what it is allowed")
def _(t):
    with t.shared(site).connect(source="127.0.0.2") as c:
        for _ in range(3):
            assert c.ask("/").status == 403
            assert c.ask("/in/x").body == b"in"
        c.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        assert c.response().status == 403
        assert c.ask("/in/x").body == b"in"


@case("an IPv4 client of an IPv6 socket is an IPv4 client")
def _(t):
    need_ipv6()
    server = t.server(files={"index.html": "x"}, listen=("0",), server="deny = 127.0.0.2 ::1")
    for address, source, status in (("127.0.0.1", "127.0.0.1", 200), ("127.0.0.1", "127.0.0.2", 403), ("[::1]", None, 403)):
        with Client(f"{address}:{server.port}", source=source) as c:
            assert c.ask("/").status == status, (address, source)


@case("a client of a unix socket has no address: only all and unix mean it")
def _(t):
    path = t.path("s")
    server = t.server(files={"index.html": "x", "a/x": "a", "u/x": "u"}, listen=(f"unix:{path}",), server="allow = 0.0.0.0/0 ::/0", config="""
        [location a]
        path = /a
        allow = all
        [location u]
        path = /u
        allow = unix
        """)
    with server.connect() as c:
        assert c.ask("/").status == 403
        assert c.ask("/a/x").body == b"a"
        assert c.ask("/u/x").body == b"u"


@case("explain --from agrees with the server, and shows the line that decides")
def _(t):
    path = t.write("x.ini", f"[server]\nroot = {t.files({'index.html': 'x'})}\nallow = 10.0.0.0/8\ndeny = 10.1.0.0/16\n")
    for source, status, line in (("10.0.0.1", 200, 3), ("10.1.0.1", 403, 4), ("192.0.2.1", 403, 3), ("unix", 403, 3)):
        run = t.run("explain", "/", "--from", source, config=path)
        assert run.returncode == 0 and f" {status} " in run.stdout and f"x.ini:{line}\n" in run.stdout, (source, run)
    assert t.run("explain", "/", "--from", "example.org", config=path).returncode == 1
    assert t.run("check", "--from", "10.0.0.1", config=path).returncode == 2
    assert t.run("--from", "10.0.0.1", config=path).returncode == 2


# tinyhttpd.ini(5): "the first one that is not trusted is the client"
@case("trusted_proxies: the client is who the proxy asks for, in allow, deny and the log")
def _(t):
    server = t.server(files={"index.html": "x"}, server="trusted_proxies = 127.0.0.2 127.0.0.3\ndeny = 192.0.2.66 127.0.0.1",
                      access='access.log "%h %a %{c}a %s"', error="stderr debug")
    wanted = []
    for source, fields, client, status in (
            ("127.0.0.1", (), "127.0.0.1", 403), ("127.0.0.4", ("X-Forwarded-For: 192.0.2.66",), "127.0.0.4", 200),
            ("127.0.0.2", ("X-Forwarded-For: 192.0.2.66",), "192.0.2.66", 403), ("127.0.0.2", ("X-Forwarded-For: 192.0.2.1",), "192.0.2.1", 200),
            ("127.0.0.2", ("X-Forwarded-For: 192.0.2.1, 192.0.2.66, 127.0.0.3",), "192.0.2.66", 403),
            ("127.0.0.2", ("X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 2001:db8::1"), "2001:db8::1", 200),
            ("127.0.0.3", ("X-Forwarded-For: 192.0.2.1, nobody",), "127.0.0.3", 200)):
        assert ask_from(server, source, "/", *fields).status == status, (source, fields)
        wanted.append(f"{client} {client} {source} {status}")
    assert sorted(server.access_lines(len(wanted))) == sorted(wanted)


@case("trusted_proxies: every request of a connection has its own client; the error log names both")
def _(t):
    server = t.server(files={"index.html": "x"}, server="trusted_proxies = 127.0.0.2", error="stderr debug")
    with server.connect(source="127.0.0.2") as c:
        for client in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
            assert c.ask("/", f"X-Forwarded-For: {client}").status == 200
        assert c.ask("/").status == 200
        c.send(b"POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\nContent-Length: 99999999999\r\n\r\n")
        assert c.response().status == 413
    hosts = [line.split()[0] for line in server.access_lines(5)]
    assert hosts == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "127.0.0.2", "192.0.2.9"], hosts
    assert "client 192.0.2.9 through 127.0.0.2," in server.stderr(), server.stderr()


# tinyhttpd.ini(5): "The field in which they name the client."
@case("trusted_proxies: a proxy on a unix socket, and a field of another name; explain shows who is believed")
def _(t):
    server = t.server(files={"index.html": "x"}, listen=("unix:" + t.path("s"),), server="trusted_proxies = unix\nreal_ip_header = X-Real-IP\nallow = 192.0.2.0/24")
    with server.connect() as c:
        assert c.ask("/").status == 403
        assert c.ask("/", "X-Real-IP: 192.0.2.1").status == 200
        assert c.ask("/", "X-Forwarded-For: 192.0.2.1").status == 403
    run = t.run("explain", "/", "--from", "unix", "-H", "X-Real-IP: 192.0.2.1", config=server.config)
    assert " 200 " in run.stdout and "client      192.0.2.1 " in run.stdout, run


# tinyhttpd.ini(5): "the hosts whose pages may lead here ... other requests get 403"
@case("referers: pages of the named hosts may lead here, and those who say none if none is said")
def _(t):
    server = t.server(files={"index.html": "x", "in/x": "in"}, config="""
        [location in]
        path = /in
        referers = example.org *.example.org
        """, server="referers = example.org none")
    with server.connect() as c:
        for target, referer, status in (("/", None, 200), ("/", "http://example.org/", 200), ("/", "https://evil.test/?example.org", 403),
                                        ("/in/x", None, 403), ("/in/x", "https://www.example.org:444/a", 200), ("/", "https://www.example.org/", 403)):
            assert c.ask(target, *((f"Referer: {referer}",) if referer else ())).status == status, (target, referer)
    run = t.run("explain", "/in/x", "-H", "Referer: http://evil.test/", config=server.config)
    line = next(n for n, text in enumerate(open(server.config), 1) if "*.example.org" in text)
    assert " 403 " in run.stdout and f"tinyhttpd.ini:{line}\n" in run.stdout, run


main()
