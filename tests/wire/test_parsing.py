#!/usr/bin/python3
"""Requests that are malformed, ambiguous or too large: the right status, a close, and never a second answer."""

from harness import case, main, request, Failure

SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"


def site(t):
    return t.server(files={"index.html": "the index", "second": "smuggled", "a b": "blank", "a": "A"})


def refuse(name, raw, *statuses, tail=SECOND):
    """The bytes get one answer with one of these statuses, and what follows them gets none."""
    @case(name)
    def _(t):
        server = t.shared(site)
        with server.connect() as c:
            c.send(raw + tail, lenient=True)
            response = c.response()
            assert response.status in statuses, f"{response.status}, not {statuses}"
            assert response.closes, "no Connection: close"
            c.end()
        server.left_nothing()


def accept(name, raw, status=200, body=b"the index"):
    """The bytes are one good request, and what follows them is the next one."""
    @case(name)
    def _(t):
        server = t.shared(site)
        first, second = server.talk(raw + SECOND)
        assert first.status == status, first
        assert body is None or first.body == body, first
        assert second.status == 200 and second.body == b"smuggled", second


def head(*lines, line="GET / HTTP/1.1", host="Host: a"):
    """A request head; lines may be str or bytes."""
    every = [line] + ([host] if host else []) + list(lines)
    return b"\r\n".join(x if isinstance(x, bytes) else x.encode("latin-1") for x in every) + b"\r\n\r\n"


# ---- request line: RFC 9112 3

accept("a plain request is answered, and the next one too", head())
accept("one empty line before a request is passed over", b"\r\n" + head())			# RFC 9112 2.2
accept("a higher minor version counts as HTTP/1.1", head(line="GET / HTTP/1.9"))		# RFC 9110 2.5
accept("bytes above 0x7F in a target are taken as they are", head(line=b"GET /\xc3\xa9 HTTP/1.1"), 404, None)

for name, line in {
    "two spaces behind the method": "GET  / HTTP/1.1",
    "two spaces before the version": "GET /  HTTP/1.1",
    "a tab as separator": "GET\t/ HTTP/1.1",
    "a space before the method": " GET / HTTP/1.1",
    "a space behind the version": "GET / HTTP/1.1 ",
    "a space in the target": "GET /a b HTTP/1.1",
    "a vertical tab in the request line": "GET /\x0b HTTP/1.1",
    "a form feed as separator": "GET\x0c/ HTTP/1.1",
    "no target": "GET HTTP/1.1",
    "an empty target": "GET  HTTP/1.1",
    "a method alone": "GET",
    "a small http": "GET / http/1.1",
    "a version without a minor": "GET / HTTP/1",
    "a version of three digits": "GET / HTTP/1.10",
    "a version with letters": "GET / HTTP/1.x",
    "a version of another protocol": "GET / HTTPS/1.1",
    "a method with a byte no token has": "G@T / HTTP/1.1",
    "an empty method": " / HTTP/1.1",
    "a target without a slash": "GET index.html HTTP/1.1",
    "a fragment in the target": "GET /#top HTTP/1.1",
    "a quotation mark in the target": 'GET /" HTTP/1.1',
    "an angle bracket in the target": "GET /<b> HTTP/1.1",
    "a control byte in the target": "GET /\x01 HTTP/1.1",
    "a DEL in the target": "GET /\x7f HTTP/1.1",
    "NUL in the target": "GET /\0 HTTP/1.1",
    "NUL in the method": "GE\0T / HTTP/1.1",
    "a bare CR in the target": "GET /\r HTTP/1.1",
    "a bare CR before the method": "\rGET / HTTP/1.1",
    "an asterisk with GET": "GET * HTTP/1.1",						# RFC 9112 3.2.4
    "a raw backslash": "GET /a\\b HTTP/1.1",
    "a percent sign alone": "GET /% HTTP/1.1",
    "a percent sign with one digit": "GET /%4 HTTP/1.1",
    "a percent sign with letters": "GET /%zz HTTP/1.1",
    "%00": "GET /%00 HTTP/1.1",
    "%00 behind a name": "GET /index.html%00.png HTTP/1.1",
    "an encoded line feed": "GET /a%0ab HTTP/1.1",
    "an encoded carriage return": "GET /a%0Db HTTP/1.1",
    "an encoded DEL": "GET /%7f HTTP/1.1",
}.items():
    refuse(f"400: {name}", head(line=line), 400)

refuse("400: a simple request of HTTP/0.9", b"GET /\r\n", 400, 505, tail=b"")
refuse("505: HTTP/2.0", head(line="GET / HTTP/2.0"), 505)					# RFC 9110 15.6.6
refuse("505: HTTP/0.9 with a version", head(line="GET / HTTP/0.9"), 505)
refuse("505: the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, tail=b"")
refuse("a TLS hello in the clear is refused", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\n",
       400, tail=b"")

# ---- lines: RFC 9112 2.2

refuse("400: the request line ends in a bare LF", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400)
refuse("400: a field line ends in a bare LF", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400)
refuse("400: every line ends in a bare LF", b"GET / HTTP/1.1\nHost: a\n\n", 400)
refuse("400: the empty line is a bare LF", b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400)
refuse("400: a bare CR in a value", head("X: a\rb"), 400)
refuse("400: a bare CR in a name", head("X\rY: a"), 400)
refuse("400: two CR before the LF", b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400)
refuse("400: a CR that hides a field line", head("X: a\rTransfer-Encoding: chunked"), 400)

# ---- fields: RFC 9112 5

accept("a value may hold tabs and bytes above 0x7F", head(b"X: a\tb \xc3\xa9 \xff"))
accept("a value may be empty", head("X:"))
accept("blanks around a value are no part of it", head("X: \t a \t "))
accept("a name with every byte a token may have", head("!#$%&'*+-.^_`|~09azAZ: x"))
accept("an underscore is not a hyphen: Content_Length is no length", head("Content_Length: 5"))

for name, line in {
    "a space before the colon": "X : y",							# RFC 9112 5.1
    "a tab before the colon": "X\t: y",
    "a space before the colon of Content-Length": "Content-Length : 5",
    "a space before the colon of Transfer-Encoding": "Transfer-Encoding : chunked",
    "a vertical tab before the colon": "Transfer-Encoding\x0b: chunked",
    "a field line without a colon": "X",
    "an empty name": ": y",
    "a blank in a name": "X Y: z",
    "a bracket in a name": "X(Y): z",
    "a byte above 0x7F in a name": "X\xe9: z",
    "NUL in a name": "X\0: z",
    "NUL in a value": "X: a\0b",
    "a control byte in a value": "X: a\x01b",
    "a DEL in a value": "X: a\x7fb",
    "a folded line": "X: y\r\n z",								# RFC 9112 5.2
    "a line folded with a tab": "X: y\r\n\tz",
    "a folded Transfer-Encoding": "Transfer-Encoding:\r\n chunked",
}.items():
    refuse(f"400: {name}", head(line), 400)

refuse("400: blanks before the first field", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400)		# RFC 9112 2.2
refuse("400: a line of blanks before the first field", b"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", 400)

# ---- Host: RFC 9112 3.2, RFC 9110 7.2

accept("Host with a port", head(host="Host: example.org:8080"))
accept("Host with an empty port", head(host="Host: example.org:"))
accept("Host of an IPv6 address", head(host="Host: [::1]:80"))
accept("HTTP/1.0 without Host goes to the default host",
       head("Connection: keep-alive", line="GET / HTTP/1.0", host=None))
refuse("400: HTTP/1.1 without Host", head(host=None), 400)
refuse("400: Host twice", head("Host: b"), 400)
refuse("400: Host twice and equal", head("Host: a"), 400)
refuse("400: Host twice in HTTP/1.0", head("Host: b", line="GET / HTTP/1.0"), 400)
for host in ("", " ", "a b", "a/b", "user@a", "user:word@a", "a:b", "a:99999", "a:-1", "a:80:80", "[::1", "::1", "[::g]",
             "[::1]x", "a,b", "a?b", "a#b", "a\\b", "a\tb", "http://a", ":80", "..", "a<b"):
    refuse(f"400: Host: {host!r}", head(host=f"Host: {host}"), 400)

# ---- absolute-form: RFC 9112 3.2.2

accept("absolute-form is served", head(line="GET http://a/ HTTP/1.1"))
accept("absolute-form without a path is the root", head(line="GET http://a HTTP/1.1"))
accept("absolute-form with a query and no path is the root", head(line="GET http://a?x HTTP/1.1"))
accept("the scheme of an absolute-form is of any case", head(line="GET HTTP://a/a HTTP/1.1"), body=b"A")
accept("absolute-form with a port", head(line="GET http://a:80/a HTTP/1.1"), body=b"A")
accept("absolute-form beats a Host of another name", head(line="GET http://a/a HTTP/1.1", host="Host: b"), body=b"A")
refuse("400: absolute-form without Host", head(line="GET http://a/ HTTP/1.1", host=None), 400)
refuse("400: absolute-form with a malformed Host", head(line="GET http://a/ HTTP/1.1", host="Host: a b"), 400)
refuse("400: absolute-form with userinfo", head(line="GET http://user@a/ HTTP/1.1"), 400)
refuse("400: absolute-form with an empty host", head(line="GET http:/// HTTP/1.1"), 400)
refuse("400: absolute-form with a port and no host", head(line="GET http://:80/ HTTP/1.1"), 400)
refuse("400: absolute-form with a bad port", head(line="GET http://a:x/ HTTP/1.1"), 400)
refuse("400: absolute-form of another scheme", head(line="GET ftp://a/ HTTP/1.1"), 400)


@case("421: absolute-form with https in the clear")
def _(t):
    response = t.shared(site).talk(head("Connection: close", line="GET https://a/ HTTP/1.1"))[0]
    assert response.status == 421, response


# ---- methods: RFC 9110 9.1

@case("501: a method nobody knows, and the connection lives on when the request was whole")
def _(t):
    responses = t.shared(site).talk(head(line="BREW / HTTP/1.1") + SECOND)
    assert responses[0].status == 501, responses
    assert len(responses) == (1 if responses[0].closes else 2), responses


@case("501: methods are case-sensitive")
def _(t):
    assert t.shared(site).talk(head("Connection: close", line="get / HTTP/1.1"))[0].status == 501


@case("CONNECT makes no tunnel, and what was meant for its other end is no request")		# RFC 9110 9.3.6, RFC 9931 8
def _(t):
    server = t.shared(site)
    responses = server.talk(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n" + SECOND)
    assert [r.status for r in responses] == [405] and responses[0].closes, responses
    assert server.talk(b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n")[0].status in (400, 405, 501)


refuse("a method of 20000 bytes is refused", head(line="A" * 20000 + " / HTTP/1.1"), 400, 414, 431, 501)

# ---- lengths: RFC 9112 6.3

for value in ("", "abc", "-1", "+1", "0x10", "1 2", "1,1", "1, 1", "5;", "1.0", "1e1", "\x0b5", "99999999999999999999",
              "18446744073709551616", "18446744073709551621", "9" * 400):
    shown = value if len(value) < 30 else "400 digits"
    refuse(f"refused: Content-Length: {shown!r}", head(f"Content-Length: {value}", line="POST / HTTP/1.1"), 400, *(
        (413,) if value.isdigit() else ()))
refuse("400: Content-Length twice, equal", head("Content-Length: 0", "Content-Length: 0"), 400)
refuse("400: Content-Length twice, in conflict", head("Content-Length: 0", "Content-Length: 5"), 400)
refuse("400: Content-Length and Transfer-Encoding",						# RFC 9112 6.1
       head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400)
refuse("400: Transfer-Encoding and Content-Length, the other way round",
       head("Transfer-Encoding: chunked", "Content-Length: 0") + b"0\r\n\r\n", 400)
refuse("400: chunked in HTTP/1.0",								# RFC 9112 6.1
       head("Transfer-Encoding: chunked", "Connection: keep-alive", line="POST / HTTP/1.0") + b"0\r\n\r\n", 400)
for value in ("gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked", "chunkedx", "chunked;q=1",
              "chunked, identity", '"chunked"', "chunked,", ",chunked", "", "cow", "chun ked"):
    refuse(f"refused: Transfer-Encoding: {value!r}", head(f"Transfer-Encoding: {value}") + b"0\r\n\r\n", 400, 501)
refuse("refused: Transfer-Encoding twice",
       head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400, 501)
refuse("refused: Transfer-Encoding twice, the second one unknown",
       head("Transfer-Encoding: chunked", "Transfer-Encoding: cow") + b"0\r\n\r\n", 400, 501)
accept("Transfer-Encoding is of any case", head("TRANSFER-encoding: Chunked") + b"0\r\n\r\n")
accept("Content-Length with leading zeros is its number", head("Content-Length: 0003") + b"abc")

# ---- chunks: RFC 9112 7.1

CHUNKED = head("Transfer-Encoding: chunked")
for name, body in {
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "a size that is no number": b"x\r\nabc\r\n0\r\n\r\n",
    "a size with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "a signed size": b"+3\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-3\r\nabc\r\n0\r\n\r\n",
    "a size of 17 digits": b"00000000000000003\r\nabc\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000000\r\nabc\r\n0\r\n\r\n",
    "a blank before the size": b" 3\r\nabc\r\n0\r\n\r\n",
    "a blank behind the size": b"3 \r\nabc\r\n0\r\n\r\n",
    "a size line that ends in a bare LF": b"3\nabc\r\n0\r\n\r\n",
    "a size line that ends in a bare CR": b"3\rabc\r\n0\r\n\r\n",
    "data longer than the size": b"3\r\nabcd\r\n0\r\n\r\n",
    "data shorter than the size": b"3\r\nab\r\n0\r\n\r\n",
    "data that ends in a bare LF": b"3\r\nabc\n0\r\n\r\n",
    "data that ends in a bare CR": b"3\r\nabc\r0\r\n\r\n",
    "data without an end": b"3\r\nabc0\r\n\r\n",
    "an extension with a bare LF": b"3;x\nabc\r\n0\r\n\r\n",
    "an extension with a bare CR": b"3;x\ry\r\nabc\r\n0\r\n\r\n",
    "an extension with NUL": b"3;\0\r\nabc\r\n0\r\n\r\n",
    "an overlong extension": b"3;" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
    "the end in a bare LF": b"0\n\n",
    "a trailer without a colon": b"0\r\nX\r\n\r\n",
    "a trailer with a blank before the colon": b"0\r\nX : y\r\n\r\n",
    "a trailer folded": b"0\r\nX: y\r\n z\r\n\r\n",
    "a trailer that ends in a bare LF": b"0\r\nX: y\n\r\n",
    "a trailer with NUL": b"0\r\nX: \0\r\n\r\n",
    "endless trailers": b"0\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 1000 + b"\r\n",
}.items():
    refuse(f"refused: chunks with {name}", CHUNKED + body, *((400, 431) if "endless" in name else (400,)))

for name, body in {
    "digits of any case": b"3\r\nabc\r\n1A\r\n" + b"x" * 26 + b"\r\n1a\r\n" + b"x" * 26 + b"\r\n0\r\n\r\n",
    "leading zeros": b"0000003\r\nabc\r\n0000\r\n\r\n",
    "extensions": b'3;name=value;other="a;b"\r\nabc\r\n0;last\r\n\r\n',
    "trailers": b"3\r\nabc\r\n0\r\nX: y\r\nContent-Length: 99\r\n\r\n",
    "nothing in them": b"0\r\n\r\n",
}.items():
    accept(f"chunks with {name} are a body", CHUNKED + body)

# ---- too much: RFC 9110 15.5.15, RFC 6585 5

refuse("414: a target of 8 KiB and a byte", head(line="GET /" + "a" * 8192 + " HTTP/1.1"), 414)
refuse("414: a target that never ends", b"GET /" + b"a" * 30000, 414, tail=b"")
accept("a target of 8000 bytes is served", head(line="GET /?" + "a" * 7998 + " HTTP/1.1"))
refuse("431: a head of more than 16 KiB", head(*(f"X-{i}: {'y' * 1000}" for i in range(17))), 431)
refuse("431: one field of 17 KiB", head("X: " + "y" * 17000), 431)
refuse("431: a name that never ends", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x" * 17000, 431, tail=b"")
refuse("431: 101 fields", head(*(f"X-{i}: y" for i in range(100))), 431)
accept("a head of 15 KiB is served", head(*(f"X-{i}: {'y' * 1000}" for i in range(15))))
accept("100 fields are served", head(*(f"X-{i}: y" for i in range(99))))


# tinyhttpd.ini(5): "A longer request head gets 431", "A longer request target (path and query) gets 414", "More fields in a request head get 431"
@case("the limits of a head are what head_size, target_size and head_fields say")
def _(t):
    server = t.server(files={"index.html": "x"}, server="head_size = 2k\ntarget_size = 100\nhead_fields = 8")
    assert server.get("/" + "a" * 100).status == 414
    assert server.get("/?" + "a" * 98).status == 200
    assert server.talk(head("X: " + "y" * 2048))[0].status == 431
    assert server.talk(head("X: " + "y" * 1900, "Connection: close"))[0].status == 200
    assert server.talk(head(*(f"X-{i}: y" for i in range(6)), "Connection: close"))[0].status == 200
    assert server.talk(head(*(f"X-{i}: y" for i in range(8))))[0].status == 431


# ---- in pieces

WHOLE = (head("X: y", line="POST /?q HTTP/1.1") .replace(b"X: y", b"Transfer-Encoding: chunked")
         + b"5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n")


@case("requests that arrive byte by byte are the same requests")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        c.drip(head("X: y") + WHOLE + SECOND)
        assert c.response().body == b"the index"
        assert c.response(method="POST").status == 405
        assert c.response().body == b"smuggled"


@case("a request split anywhere is the same request")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        for at in range(1, len(WHOLE)):
            c.send(WHOLE[:at])
            c.send(WHOLE[at:])
            response = c.response(method="POST")
            assert response.status == 405, f"split at {at}: {response}"
        assert c.ask("/second").body == b"smuggled"


@case("a malformed request that arrives byte by byte is refused like one in a piece")
def _(t):
    server = t.shared(site)
    for raw in (head("X : y"), b"GET / HTTP/1.1\nHost: a\n\n", CHUNKED + b"3\r\nabcd\r\n", head(host=None)):
        with server.connect() as c:
            try:
                c.drip(raw)
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert c.response().status == 400
            c.end()


@case("a good request before a malformed one is answered first")
def _(t):
    responses = t.shared(site).talk(head() + head("X : y") + SECOND)
    assert [r.status for r in responses] == [200, 400], responses


@case("an answer to a malformed request is a page of plain words with the right type")
def _(t):
    response = t.shared(site).talk(head(host=None))[0]
    assert response["Content-Type"].startswith("text/html"), response
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"<script" not in response.body.lower() and b"400" in response.body


@case("a connection that ends without a byte, or in the middle of a head, is simply closed")
def _(t):
    server = t.shared(site)
    for raw in (b"", b"\r\n", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n"):
        responses = server.talk(raw)
        assert all(r.status == 400 for r in responses) and len(responses) <= 1, responses
    server.left_nothing()


@case("after all of these the server is the same one, with no connection left")
def _(t):
    server = t.shared(site)
    if not server.alive():
        raise Failure("it died")
    server.left_nothing()
    assert server.get("/").body == b"the index"


main()
