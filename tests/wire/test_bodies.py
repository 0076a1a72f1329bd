#!/usr/bin/python3
"""Request bodies are read and thrown away, so that the next request is the right one; and what is expected first."""

from harness import case, main, request

SECOND = request("/second", "Connection: close")


def site(t):
    return t.server("""
        [location small]
        path = /small/
        body_size = 10
        [location unbounded]
        path = /unbounded/
        body_size = off
        [location fixed]
        path = /fixed
        return = 200 "thank you"
        """, files={"index.html": "the index", "second": "the second", "small/index.html": "small",
                    "unbounded/index.html": "unbounded"})


def chunked(data, size=7):
    """data in chunks of that size."""
    parts = [data[i:i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


# RFC 9110 9.3.1: a body with GET has no meaning, but it is there and has to go
for method, status in {"GET": 200, "HEAD": 200, "OPTIONS": 200, "POST": 405, "PUT": 405, "DELETE": 405, "PATCH": 405,
                       "BREW": 501}.items():
    @case(f"the body of {method} is read to its end, by length and in chunks, empty and full of requests")
    def _(t, method=method, status=status):
        server = t.shared(site)
        statuses = (200, 204) if method == "OPTIONS" else (status,)
        trap = request("/trap") * 20
        for body in (b"", b"x", trap, b"y" * 100000):
            for raw in (request("/", f"Content-Length: {len(body)}", method=method) + body,
                        request("/", "Transfer-Encoding: chunked", method=method) + chunked(body, 1000)):
                responses = server.talk(raw + SECOND, [method])
                assert responses[0].status in statuses, responses
                if responses[0].closes and status == 501:
                    continue	# nothing is known of a body's meaning: closing is right, too
                assert len(responses) == 2 and responses[1].body == b"the second", responses


@case("a body that arrives byte by byte is read like one in a piece")
def _(t):
    with t.shared(site).connect() as c:
        c.drip(request("/", method="POST", body=b"abc" * 20) + request("/", "Transfer-Encoding: chunked") + chunked(b"x" * 50))
        assert c.response(method="POST").status == 405
        assert c.response().body == b"the index"
        assert c.ask("/second").body == b"the second"


@case("many requests with bodies in one segment are answered in their order")
def _(t):
    with t.shared(site).connect() as c:
        for i in range(50):
            c.send(request(f"/?{i}", body=b"z" * i) + request("/fixed", "Transfer-Encoding: chunked", method="POST")
                   + chunked(b"q" * i))
        for i in range(50):
            assert c.response().body == b"the index"
            assert c.response(method="POST").body == b"thank you"


# RFC 9110 15.5.14
@case("413: a length over body_size is refused before the body, and the connection closes")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        c.send(request("/", f"Content-Length: {(1 << 20) + 1}", method="POST"))
        response = c.response()
        assert response.status == 413 and response.closes, response
        c.shut()
        c.end()


@case("413: a chunked body is refused as soon as it is over body_size")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/small/", "Transfer-Encoding: chunked", method="POST") + b"b\r\nhello world\r\n", lenient=True)
        response = c.response()
        assert response.status == 413 and response.closes, response
        c.shut()
        c.end()


@case("413: chunks that promise too much are refused without waiting for it")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/", "Transfer-Encoding: chunked", method="POST") + b"ffffffffffffff\r\nx", lenient=True)
        response = c.response()
        assert response.status == 413 and response.closes, response


# tinyhttpd.ini(5): "A larger request body gets 413."
@case("body_size holds for its location, to the byte")
def _(t):
    server = t.shared(site)
    assert server.get("/small/", body=b"0123456789").body == b"small"
    assert server.get("/small/", body=b"0123456789a").status == 413
    assert server.get("/", body=b"0123456789a").body == b"the index"
    assert server.get("/", body=b"x" * (1 << 20)).body == b"the index"


@case("body_size = off takes any length")
def _(t):
    assert t.shared(site).get("/unbounded/", body=b"x" * (3 << 20)).body == b"unbounded"


# RFC 9110 10.1.1
@case("Expect: 100-continue gets 100 before the body, then the answer")
def _(t):
    with t.shared(site).connect() as c:
        for fields in (["Content-Length: 5"], ["Transfer-Encoding: chunked"]):
            c.send(request("/fixed", "Expect: 100-Continue", *fields, method="POST"))
            interim = c.head_of_response()
            assert interim.status == 100 and "Content-Length" not in interim, interim
            c.send(b"hello" if "Length" in fields[0] else chunked(b"hello"))
            assert c.response(method="POST").body == b"thank you"


@case("Expect: 100-continue with the body already there needs no 100")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/fixed", "Expect: 100-continue", method="POST", body=b"hello"))
        response = c.response(method="POST")
        assert response.body == b"thank you" and len(response.interim) <= 1
        assert c.ask("/second").body == b"the second"


@case("Expect: 100-continue without a body gets its answer alone")
def _(t):
    with t.shared(site).connect() as c:
        response = c.ask("/second", "Expect: 100-continue")
        assert response.body == b"the second" and not response.interim


@case("an HTTP/1.0 client is never sent 100")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/fixed", "Expect: 100-continue", method="POST", version="1.0", body=b"hello"))
        assert c.response(method="POST", version="1.0").body == b"thank you"
        c.end()


@case("a refusal comes instead of 100, not behind it")
def _(t):
    server = t.shared(site)
    for target, status in {"/small/": 413, "/%00": 400}.items():
        with server.connect() as c:
            c.send(request(target, "Expect: 100-continue", "Content-Length: 100", method="POST"))
            response = c.response(method="POST")
            assert response.status == status and not response.interim and response.closes, response


@case("a client that expects 100 and is refused for its method can go on with or without the body")
def _(t):
    with t.shared(site).connect() as c:
        c.send(request("/second", "Expect: 100-continue", "Content-Length: 5", method="PUT"))
        response = c.response(method="PUT")
        assert response.status == 405, response
        if response.interim or not response.closes:
            c.send(b"hello" + request("/second"))
            assert c.response().body == b"the second"
        else:
            c.end()


# RFC 9110 15.5.18
for value in ("200-ok", "100-continue, 200-ok", "100-continued", "x=y"):
    @case(f"417: Expect: {value}")
    def _(t, value=value):
        with t.shared(site).connect() as c:
            c.send(request("/", f"Expect: {value}", "Content-Length: 5", method="POST"))
            response = c.response()
            assert response.status == 417 and not response.interim, response


# RFC 9112 9.6: closing in two steps
@case("an early refusal is not lost while the client still sends megabytes")
def _(t):
    server = t.shared(site)
    block = b"x" * 65536
    for fields, status in ((["Content-Length: 20000000"], 413), (["Content-Length: 1", "Content-Length: 2"], 400),
                           (["X : y"], 400), (["Expect: cake", "Content-Length: 20000000"], 417)):
        with server.connect() as c:
            c.send(request("/", *fields, method="POST"))
            for _ in range(64):
                c.send(block)			# a reset would show here, or below
            response = c.response(method="POST")
            assert response.status == status and response.closes, response
            c.shut()
            c.end()


@case("a client that leaves in the middle of a body takes nothing with it")
def _(t):
    server = t.shared(site)
    for i in range(20):
        c = server.connect()
        c.send(request("/", "Content-Length: 100", method="POST") + b"half")
        c.abort() if i % 2 else c.close()
    server.left_nothing()
    assert server.get("/second").body == b"the second"


@case("a client that half-closes in the middle of a body gets 400 or a close, and no answer to what it did not send")
def _(t):
    server = t.shared(site)
    for raw in (request("/", "Content-Length: 100", method="POST") + b"half",
                request("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhel"):
        responses = server.talk(raw)
        assert len(responses) == 0 or (len(responses) == 1 and responses[0].status == 400), responses


main()
