#!/usr/bin/python3
"""HTTP/2 frame by frame: how it begins and ends, what is refused, what a client may cost.

Quoted lines are from tinyhttpd.ini(5)."""

import base64
import contextlib
import os
import random
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import time

from harness import LIMIT, PROGRAM, Client, Failure, Skip, case, main, need_http2, request, tls_context, until

try:
    need_http2()
    import hpack
    from hyperframe.frame import (ContinuationFrame, DataFrame, ExtensionFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame,
                                  PriorityFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame)
except Skip as skip:
    print(f"1..0 # SKIP {skip}")
    sys.exit(0)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, REFUSED, CANCEL, CALM = 1, 2, 3, 5, 7, 8, 11
LAST = (1 << 31) - 1


def fields(path="/", *more, method="GET", authority="localhost", scheme="http"):
    return [(":method", method), (":scheme", scheme), (":path", path), (":authority", authority), *more]


class Talk:
    """A connection whose frames are made and read one by one."""

    def __init__(self, server, listener=0, settings=(), preface=True, **options):
        self.client = Client(server.addresses[listener], **options)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.buffer, self.seen, self.next, self.acks = bytearray(), [], 1, True
        if preface:
            self.client.send(PREFACE + SettingsFrame(0, settings=dict(settings)).serialize())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()

    def send(self, *frames):
        self.client.send(b"".join(f if isinstance(f, bytes) else f.serialize() for f in frames), lenient=True)

    def head(self, list_of_fields, end=True, stream=None, flags=("END_HEADERS",)):
        """The frame of a header block, and its stream; not sent yet."""
        stream = stream or self.next
        self.next = max(self.next, stream + 2)
        frame = HeadersFrame(stream, self.encoder.encode(list_of_fields))
        for flag in flags:
            frame.flags.add(flag)
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def ask(self, path="/", *more, end=True, **options):
        """Sends a request; its stream."""
        frame = self.head(fields(path, *more, **options), end)
        self.send(frame)
        return frame.stream_id

    def read(self):
        """The next frame, or None at the end."""
        while True:
            if len(self.buffer) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(bytes(self.buffer[:9])))
                if len(self.buffer) >= 9 + length:
                    frame.parse_body(memoryview(bytes(self.buffer[9:9 + length])))
                    del self.buffer[:9 + length]
                    if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags and self.acks:
                        self.send(SettingsFrame(0, flags=["ACK"]))
                    if isinstance(frame, PingFrame) and "ACK" not in frame.flags and self.acks:
                        self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
                    if isinstance(frame, HeadersFrame):
                        frame.fields = dict(self.decoder.decode(frame.data))
                    return frame
            try:
                data = self.client.socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.buffer += data

    def wait(self, kind, stream=None):
        """Reads until such a frame comes; those before it are in `seen`."""
        while True:
            frame = self.read()
            if frame is None:
                raise Failure(f"the connection ended before a {kind} came, behind {self.seen[-5:]}")
            self.seen.append(frame)
            if isinstance(frame, kind) and stream in (None, frame.stream_id):
                return frame

    def answer(self, stream):
        """Status, fields and content of the answer on that stream, which must be whole."""
        head, body = None, []
        while True:
            frame = self.read()
            if frame is None:
                raise Failure(f"the connection ended before the answer, behind {self.seen[-5:]}")
            self.seen.append(frame)
            if frame.stream_id != stream:
                continue
            if isinstance(frame, RstStreamFrame):
                raise Failure(f"the stream was reset: {frame.error_code}")
            if isinstance(frame, HeadersFrame) and int(frame.fields[":status"]) >= 200:
                head = frame.fields
            if isinstance(frame, DataFrame):
                body.append(frame.data)
                if frame.data:
                    self.send(WindowUpdateFrame(0, window_increment=frame.flow_controlled_length))
            if "END_STREAM" in frame.flags:
                return int(head[":status"]), head, b"".join(body)

    def get(self, path="/", *more, **options):
        return self.answer(self.ask(path, *more, **options))

    def rest(self):
        """All frames up to the end."""
        frames = []
        while True:
            frame = self.read()
            if frame is None:
                return frames
            frames.append(frame)

    def goaway(self):
        """What the last GOAWAY before the end said, or None."""
        return ([None] + [f for f in self.rest() if isinstance(f, GoAwayFrame)])[-1]


def has_openssl():
    return "with TLS" in subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True).stdout


def h2c(t, config="", **options):
    """A server that speaks HTTP/2 without TLS."""
    options.setdefault("files", {"index.html": "hello", "big": b"b" * (4 << 20)})
    return t.server(config, listen=("127.0.0.1:0 h2c",), **options)


def shared(t):
    def make(test):
        return h2c(test, """[location up]
            path = /up
            return = 200 "thanks"
            [location slow]
            path = /slow/
            strip = yes
            limit_rate = 40k/s""", server="body_size = 10k", files={"index.html": "hello", "ten": "x" * 10000, "slow/ten": "x" * 10000,
                                                                    "big": b"b" * (4 << 20)})
    shared.maker = getattr(shared, "maker", make)
    return t.shared(shared.maker)


# ---------------------------------------------------------------- how it begins

@case("h2c: HTTP/2 for who begins with its preface, HTTP/1 for everybody else, however the bytes are split")
def _(t):
    # "a client that begins with HTTP/2 at once (prior knowledge) is answered in HTTP/2, and every other one in HTTP/1 as ever"
    server = shared(t)
    with Talk(server) as c:
        assert c.get()[0] == 200 and c.get()[2] == b"hello"
    assert server.get().body == b"hello"
    assert server.get("/up", method="POST", body=b"x").status == 200		# begins with a P as well
    with Client(server.addresses[0]) as c:
        for byte in PREFACE + SettingsFrame(0).serialize() + HeadersFrame(
                1, hpack.Encoder().encode(fields()), flags=["END_HEADERS", "END_STREAM"]).serialize():
            c.send(bytes([byte]))
        talk = Talk.__new__(Talk)
        talk.client, talk.decoder, talk.buffer, talk.seen, talk.acks = c, hpack.Decoder(), bytearray(), [], True
        assert talk.answer(1)[0] == 200
    with server.connect() as c:
        c.send(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
        assert c.response().status in (400, 505)
    server.left_nothing()
    server = h2c(t, server="head_timeout = 1h")
    with server.connect() as c:
        c.send(b"PRI * HT")
        c.shut()
        c.responses(allow_reset=True)


@case("with TLS it is agreed upon by ALPN, unless http2 = off; without ALPN it is HTTP/1")
def _(t):
    # "http2 = off leaves HTTP/1.1 to clients that come with TLS"
    if not has_openssl():
        raise Skip("this tinyhttpd was built without OpenSSL")
    t.certificate("a", ("a.test", "b.a.test"))
    for off in "", "http2 = off\n":
        server = t.server(f"""[tls]
            certificate = a.pem
            certificate_key = a.key
            {off}[host a.test]
            hsts = 1h
            default = yes
            [host b.a.test]
            [host c.test]
            [log]
            """, listen=("127.0.0.1:0 tls",), files={"index.html": "hello"}, name="off" if off else "on")
        context = tls_context(t.path("a.pem"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        with Client(server.addresses[0], tls=context, name="a.test") as c:
            assert c.socket.tls.selected_alpn_protocol() == ("http/1.1" if off else "h2")
        with server.connect(tls=tls_context(), name="a.test") as c:
            assert c.ask(host="a.test").status == 200
        if off:
            continue
        with Talk(server, tls=context, name="a.test") as c:
            status, head, body = c.get(authority="a.test", scheme="https")
            assert (status, body) == (200, b"hello") and head["strict-transport-security"] == "max-age=3600"
            assert c.get(authority="b.a.test", scheme="https")[0] == 200
            assert c.get(authority="c.test", scheme="https")[0] == 421		# RFC 9110 15.5.20
            assert c.get(authority="a.test", scheme="https")[0] == 200
        with Client(server.addresses[0], tls=context, name="a.test") as c:
            c.send(request(host="a.test"))
            c.read_to_end()							# no preface: no HTTP/2
        server.left_nothing()


@case("check: h2c goes without tls only")
def _(t):
    config = t.write("x.ini", "[server]\nlisten = 8080 tls h2c\nroot = .\n")
    done = t.run("check", config=config)
    assert done.returncode == 1 and "tls and h2c exclude each other" in done.stdout + done.stderr, done


@case("the settings say what the bounds are")
def _(t):
    with Talk(h2c(t, server="head_size = 20k")) as c:
        assert c.wait(SettingsFrame).settings == {3: 100, 6: 20480, 9: 1}


# ---------------------------------------------------------------- requests

MALFORMED = {			# RFC 9113 8.2, 8.3
    "no path": [(":method", "GET"), (":scheme", "http"), (":authority", "localhost")],
    "no scheme": [(":method", "GET"), (":path", "/"), (":authority", "localhost")],
    "no host at all": [(":method", "GET"), (":scheme", "http"), (":path", "/")],
    "two paths": fields() + [(":path", "/x")],
    "an empty path": fields(""),
    "a pseudo-field that does not exist": fields() + [(":x", "y")],
    "a pseudo-field behind a field": [("a", "b"), *fields()],
    "a status": fields() + [(":status", "200")],
    "capitals in a name": fields("/", ("Accept", "*/*")),
    "a blank in the host": fields(authority="a b"),
    "a blank in a name": fields("/", ("a b", "c")),
    "a line feed in a value": fields("/", ("a", "b\nc")),
    "a NUL in a value": fields("/", ("a", "b\0c")),
    "connection": fields("/", ("connection", "close")),
    "transfer-encoding": fields("/", ("transfer-encoding", "chunked")),
    "te that is not trailers": fields("/", ("te", "gzip")),
    "upgrade": fields("/", ("upgrade", "h2c")),
    "two lengths": fields("/", ("content-length", "0"), ("content-length", "1")),
    "a body that is longer than it was said to be": None,
    "a body that is shorter than it was said to be": None,
}


@case("malformed requests end their stream, and the connection goes on")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        for name, bad in MALFORMED.items():
            if bad is None:
                stream = c.ask("/up", ("content-length", "5"), method="POST", end=False)
                c.send(DataFrame(stream, b"123456" if "longer" in name else b"1234", flags=["END_STREAM"]))
            else:
                frame = c.head(bad)
                c.send(frame)
                stream = frame.stream_id
            assert c.wait((RstStreamFrame), stream).error_code == PROTOCOL_ERROR, name
            assert not any(isinstance(f, HeadersFrame) and f.stream_id == stream for f in c.seen), name
        assert c.get()[0] == 200
    server.left_nothing()


@case("what HTTP/1 answers with an error has the same answer here")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        for status, wrong in ((400, fields(authority="a@b")), (400, fields(authority="a", scheme="ftp")),
                              (400, fields("/", ("host", "other"))), (400, fields("/", ("host", "localhost:81"))), (400, fields("/%00")), (404, fields("/%2F")), (400, fields("/a\\b")),
                              (404, fields("/none")), (405, fields(method="DELETE")), (501, fields(method="BREW")),
                              (200, fields("/", ("host", "localhost"))), (417, fields("/", ("expect", "something"))),
                              (405, [(":method", "CONNECT"), (":authority", "localhost:80")]), (204, fields("*", method="OPTIONS")),
                              (200, [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "localhost")])):
            frame = c.head(wrong)
            c.send(frame)
            found = c.answer(frame.stream_id)[0]
            assert found == status, (wrong, found)
    with server.connect() as c:
        assert c.ask("localhost:80", method="CONNECT").status == 405


@case("head_size, target_size and head_fields hold, and nothing but the stream ends")
def _(t):
    server = h2c(t, server="head_size = 4k\ntarget_size = 1k\nhead_fields = 20")
    with Talk(server) as c:
        assert c.get("/", ("x", "y" * 3500))[0] == 200
        assert c.get("/", ("x", "y" * 4100))[0] == 431
        assert c.get("/" + "x" * 1023)[0] == 404
        assert c.get("/" + "x" * 1024)[0] == 414
        assert c.get("/", *[(f"x{i}", "y") for i in range(20)])[0] == 200
        assert c.get("/", *[(f"x{i}", "y") for i in range(21)])[0] == 431
        c.encoder.huffman = False
        # a table of one field that is repeated: little on the way, much behind it
        assert c.get("/", *[("bomb", "z" * 3000)] * 15)[0] == 431
        frame = c.head(fields("/", ("x", "y" * 60000)), flags=())
        data, frame.data = frame.data, frame.data[:16000]
        parts = [data[i:i + 16000] for i in range(16000, len(data), 16000)]
        c.send(frame, *[ContinuationFrame(frame.stream_id, p, flags=["END_HEADERS"] if p is parts[-1] else []) for p in parts])
        assert c.answer(frame.stream_id)[0] == 431
        assert c.get()[0] == 200
    assert [line.split('" ')[1][:3] for line in server.access_lines(9)].count("431") == 4


@case("bodies are read and thrown away; trailers too; 100 (Continue) is said to who waits for it")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        stream = c.ask("/up", method="POST", end=False)
        c.send(DataFrame(stream, b"x" * 10000), DataFrame(stream, b"", flags=["END_STREAM"]))
        assert c.answer(stream)[2] == b"thanks"
        stream = c.ask("/up", ("content-length", "3"), method="POST", end=False)
        c.send(DataFrame(stream, b"xyz"), c.head([("checksum", "1")], stream=stream))
        assert c.answer(stream)[2] == b"thanks"
        stream = c.ask("/up", ("expect", "100-continue"), method="POST", end=False)
        assert c.wait(HeadersFrame, stream).fields == {":status": "100"}
        c.send(DataFrame(stream, b"xyz", flags=["END_STREAM"]))
        assert c.answer(stream)[2] == b"thanks"
        assert c.get("/ten", method="HEAD")[2] == b""


@case("an early answer comes whole, and then the stream is reset without blame")		# RFC 9113 8.1
def _(t):
    server = shared(t)
    with Talk(server) as c:
        for more in ((), (("content-length", "20000"),), (("content-length", "20000"), ("expect", "100-continue"))):
            stream = c.ask("/up", *more, method="POST", end=False)
            if not more:
                c.send(DataFrame(stream, b"x" * 10241))
            assert c.answer(stream)[0] == 413
            assert c.wait(RstStreamFrame, stream).error_code == 0
        assert c.get()[0] == 200


@case("the log has the line, the protocol, the status and the bytes; a stream that is cut off is an X")
def _(t):
    server = h2c(t, access='access.log "%r|%H|%s|%b|%X|%{User-Agent}i|%{Content-Type}o"')
    with Talk(server) as c:
        c.get("/?a", ("user-agent", "me"))
        stream = c.ask("/big")
        c.wait(DataFrame, stream)
        c.send(RstStreamFrame(stream, CANCEL), WindowUpdateFrame(0, window_increment=1 << 20))
        assert c.get("/none")[0] == 404
    lines = server.access_lines(3)
    assert lines[0] == "GET /?a HTTP/2.0|HTTP/2.0|200|5|+|me|text/html; charset=utf-8", lines
    assert lines[1].startswith("GET /big HTTP/2.0|HTTP/2.0|200|") and lines[1].split("|")[4] == "X", lines
    assert lines[2].startswith("GET /none HTTP/2.0|HTTP/2.0|404|"), lines
    server.left_nothing()


@case("passwords are asked for and looked at by a helper, and the streams beside that do not wait")
def _(t):
    if not has_openssl():
        raise Skip("passwords need OpenSSL")
    t.write("users", "fred:$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4\n")	# "secret"
    server = h2c(t, """[location in]
        path = /in
        auth = "Inside" users
        return = 200 "inside"
        body_size = 1k
        """)
    right, wrong = (("authorization", "Basic " + base64.b64encode(b"fred:" + w).decode()) for w in (b"secret", b"guess"))
    with Talk(server) as c:
        assert c.get("/in")[0] == 401 and "Inside" in c.seen[-2].fields["www-authenticate"]
        wide = c.head(fields("/in", right, method="POST"), end=False)		# its content comes before that is known
        c.send(wide.serialize() + DataFrame(wide.stream_id, b"x" * 1025, flags=["END_STREAM"]).serialize())
        assert c.answer(wide.stream_id)[0] == 413
        streams = [c.ask("/in", right), c.ask("/in", wrong), c.ask("/in", right, method="POST", end=False), c.ask("/")]
        c.send(DataFrame(streams[2], b"body", flags=["END_STREAM"]))
        status = {}
        while len(status) < 4 or not all(s in status for s in streams):
            frame = c.wait(HeadersFrame)
            status[frame.stream_id] = frame.fields[":status"]
        assert [status[s] for s in streams] == ["200", "401", "200", "200"], status
        gone = c.ask("/in", ("authorization", "Basic " + base64.b64encode(b"fred:other").decode()))
        c.send(RstStreamFrame(gone, CANCEL))
        assert c.get()[0] == 200
    until("it is logged", lambda: 'wrong name or password for "Inside"' in server.stderr())
    server.left_nothing()


@case("a client that hangs up, or says that it sends no more, ends what it began")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        c.ask("/big")
        c.client.abort()
    with Talk(server) as c:
        stream = c.ask("/ten")
        c.client.shut()
        assert c.answer(stream)[2] == b"x" * 10000
        assert c.rest() == []
    with Talk(server) as c:
        c.send(GoAwayFrame(0, last_stream_id=0))
        c.rest()
    server.left_nothing()


@case("a file that is cut short or written over while it is sent resets its stream, and the others go on")
def _(t):
    server = h2c(t, files={"index.html": "hello", "cut": b"l" * (8 << 20), "over": b"l" * (8 << 20)})

    def write_over(path):
        with open(path, "r+b") as f:
            f.write(b"L" * (8 << 20))
    for count, (name, change) in enumerate({"cut": lambda path: os.truncate(path, 1000), "over": write_over}.items(), 1):
        with Talk(server) as c:
            stream = c.ask("/" + name)
            c.wait(DataFrame, stream)
            change(server.root + "/" + name)
            c.send(WindowUpdateFrame(0, window_increment=1 << 24), WindowUpdateFrame(stream, window_increment=1 << 24))
            assert c.wait(RstStreamFrame, stream).error_code == INTERNAL_ERROR
            assert c.get()[2] == b"hello"
        until("it is logged", lambda count=count: server.stderr().count("reset: the file changed or failed while it was sent") == count)


# ---------------------------------------------------------------- many streams

@case("a hundred streams at once, and no more; when one ends there is room again")
def _(t):
    server = shared(t)
    with Talk(server, settings={4: 0}) as c:			# no window: none of them ends
        c.acks = False						# it has not seen the settings yet
        streams = [c.ask("/ten") for _ in range(100)]
        refused = c.ask("/ten")
        assert c.wait(RstStreamFrame).stream_id == refused and c.seen[-1].error_code == REFUSED
        c.send(SettingsFrame(0, flags=["ACK"]), WindowUpdateFrame(streams[50], window_increment=20000))
        while "END_STREAM" not in c.wait(DataFrame, streams[50]).flags:
            pass
        stream = c.ask("/ten")
        c.send(WindowUpdateFrame(stream, window_increment=20000))
        assert c.answer(stream)[2] == b"x" * 10000
        c.ask("/ten")
        c.ask("/ten")						# it knows by now that this is one too many
        assert c.goaway().error_code == PROTOCOL_ERROR
    server.left_nothing()


@case("a small file does not wait for a large one on the same connection")
def _(t):
    server = h2c(t, files={"small": "s" * 1000})
    with open(server.root + "/large", "wb") as f:
        f.truncate(1 << 30)
    with Talk(server, settings={4: LAST}, rcvbuf=65536) as c:
        c.send(WindowUpdateFrame(0, window_increment=LAST - 65535))
        # later nobody has to open it: a helper may have to wait for a processor, and the large one does not
        assert c.answer(c.ask("/small"))[2] == b"s" * 1000
        large = c.ask("/large")
        for _ in range(50):
            c.wait(DataFrame, large)
        behind = 0
        small = c.ask("/small")
        while True:
            frame = c.wait(DataFrame)
            if frame.stream_id == small:
                break
            behind += len(frame.data)
        # what both ends of the connection hold, and never the file
        assert behind < 2 << 20, behind


@case("streams that are as urgent take turns, and a more urgent one goes first")
def _(t):
    server = h2c(t, files={"a": "a" * 300000, "b": "b" * 300000, "c": "c" * 300000})
    for more, mixed in (((), True), ((("priority", "u=3"),), False)):
        with Talk(server, settings={4: 1 << 20}) as c:
            c.wait(SettingsFrame)
            one, two = c.ask("/a", *more), c.ask("/b", *more)
            three = c.ask("/c", ("priority", "u=0, i"))
            assert [c.wait(DataFrame).stream_id for _ in range(3)], "the first fit into the window of the connection"
            c.send(PingFrame(0, b"x" * 8))
            while not (isinstance(c.seen[-1], PingFrame) and "ACK" in c.seen[-1].flags):
                c.wait(Frame)				# all three are there, and none has any window
            c.seen.clear()
            c.send(WindowUpdateFrame(0, window_increment=1 << 21))
            ends = 0
            while ends < 3:
                ends += "END_STREAM" in c.wait(DataFrame).flags
            order = [f.stream_id for f in c.seen if isinstance(f, DataFrame)]
            last = len(order) - 1 - order[::-1].index(three)
            assert not {one, two} & set(order[:last]), order
            rest = order[last + 1:]
            turns = sum(a != b for a, b in zip(rest, rest[1:]))
            assert (turns > 10) == mixed, (rest, mixed)


@case("a slow reader of large files gets all of them, over TLS too")
def _(t):
    if not has_openssl():
        raise Skip("this tinyhttpd was built without OpenSSL")
    t.certificate("a", ("a.test",))
    content = {name: os.urandom(3 << 20) for name in ("one", "two")}
    server = t.server("[tls]\ncertificate = a.pem\ncertificate_key = a.key", listen=("127.0.0.1:0 h2c", "127.0.0.1:0 tls"), files=content)
    context = tls_context(t.path("a.pem"))
    context.set_alpn_protocols(["h2"])
    for listener, options in (0, {}), (1, {"tls": context, "name": "a.test"}):
        with Talk(server, listener, settings={4: LAST}, rcvbuf=4096, **options) as c:
            c.send(WindowUpdateFrame(0, window_increment=LAST - 65535))
            streams = {c.ask("/" + name, authority="a.test", scheme="https" if listener else "http"): name for name in content}
            raw = getattr(c.client.socket, "raw", c.client.socket)
            until("the client's socket is full", lambda: select.select([raw], [], [], 0)[0])
            got = {stream: b"" for stream in streams}
            over = 0
            while over < 2:
                frame = c.wait(DataFrame)
                got[frame.stream_id] += frame.data
                over += "END_STREAM" in frame.flags
            assert all(got[stream] == content[name] for stream, name in streams.items())


@case("files arrive whole through windows of any size, alone and beside others")
def _(t):
    files = {f"{n}": random.Random(n).randbytes(n) for n in (700000, 98304, 98303, 65536, 16385, 300001)}
    server = h2c(t, files=files)
    for window in (1, 16384, 16383, 32768, 40000, 65535, 1 << 20):
        with Talk(server, settings={4: window}) as c:
            c.send(WindowUpdateFrame(0, window_increment=1 << 28))
            for together in ([["16385"]] if window == 1 else [[name] for name in files] + [list(files), ["700000"] * 2]):
                asked = [(c.ask(f"/{name}"), name) for name in together]
                found = {stream: b"" for stream, _ in asked}
                for_turns = random.Random(window)
                while asked_left := [stream for stream, name in asked if len(found[stream]) < len(files[name])]:
                    frame = c.wait(DataFrame)
                    found[frame.stream_id] += frame.data
                    if frame.stream_id in asked_left:
                        step = 4000 if window == 1 else for_turns.choice((1, 5000, 16384, 20000, 70000))
                        c.send(WindowUpdateFrame(frame.stream_id, window_increment=max(step, len(frame.data))))
                for stream, name in asked:
                    assert found[stream] == files[name], f"{name} through windows of {window} is not what it was"


@case("limit_rate slows one stream, not its neighbours")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        slow, fast = c.ask("/slow/slow/ten"), c.ask("/ten")
        assert c.answer(fast)[2] == b"x" * 10000
        assert not any("END_STREAM" in f.flags for f in c.seen if f.stream_id == slow)
        while "END_STREAM" not in c.wait(DataFrame, slow).flags:
            pass
        assert b"".join(f.data for f in c.seen if isinstance(f, DataFrame) and f.stream_id == slow) == b"x" * 10000


# ---------------------------------------------------------------- floods

def flood_frames(kind):
    """What to send again and again, as bytes for stream number n (odd)."""
    encoder = hpack.Encoder()
    head = encoder.encode(fields("/none"))
    head = encoder.encode(fields("/none"))			# all of it from the table
    return {
        "ping": lambda n: PingFrame(0, b"12345678").serialize(),
        "ping-ack": lambda n: PingFrame(0, b"12345678", flags=["ACK"]).serialize(),
        "settings": lambda n: SettingsFrame(0, settings={4: 65535}).serialize(),
        "priority": lambda n: PriorityFrame(n, depends_on=0, stream_weight=7).serialize(),
        "window": lambda n: WindowUpdateFrame(0, window_increment=1).serialize(),
        "unknown": lambda n: b"\0\4\0\x55\0\0\0\0\0" + b"?" * 1024,
        "reset": lambda n: HeadersFrame(n, hpack.Encoder().encode(fields("/none")), flags=["END_HEADERS", "END_STREAM"]).serialize()
        + RstStreamFrame(n, CANCEL).serialize(),
        "provoked": lambda n: HeadersFrame(n, hpack.Encoder().encode(fields("")), flags=["END_HEADERS", "END_STREAM"]).serialize(),
        "empty": lambda n: (HeadersFrame(1, hpack.Encoder().encode(fields(method="POST")), flags=["END_HEADERS"]).serialize() if n == 1 else b"")
        + DataFrame(1, b"").serialize(),
        "refused": lambda n: HeadersFrame(n, hpack.Encoder().encode(fields("/big")), flags=["END_HEADERS", "END_STREAM"]).serialize(),
    }[kind]


@case("floods of ping, settings, priority, window, unknown and reset frames end, and others are served meanwhile")
def _(t):
    server = h2c(t, workers=1)
    for kind in ("ping", "ping-ack", "settings", "priority", "window", "unknown", "reset", "provoked", "empty", "refused"):
        make = flood_frames(kind)
        with Talk(server, settings={4: 0}) as c, Talk(server) as other:
            c.client.socket.settimeout(LIMIT)
            c.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)	# so what was sent was nearly all read
            sent, ended = 0, False
            with contextlib.suppress(ConnectionError):
                while sent < 200_000 and not ended:
                    c.client.socket.sendall(b"".join(make(2 * (sent + i) + 1) for i in range(200)))
                    sent += 200
                    while select.select([c.client.socket], [], [], 0)[0] and not ended:
                        ended = not c.client.socket.recv(1 << 18)
                    if sent == 400:
                        assert other.get()[0] == 200
            assert sent < 50_000, f"{kind}: {sent} went through"
            assert other.get()[0] == 200, kind
    server.left_nothing()


@case("a flood is told to calm down, and counted as one")
def _(t):
    server = h2c(t, error="stderr debug")
    with Talk(server) as c:
        c.send(*[PingFrame(0, b"12345678", flags=["ACK"])] * 1500)
        assert c.goaway().error_code == CALM
    until("it is logged", lambda: "connection closed: sent very many frames that ask for nothing" in server.stderr())


@case("a head that is millions of bytes behind few on the way is a flood, and ends where it is one")
def _(t):
    server = shared(t)
    with Talk(server) as c, Talk(server) as other:
        frame = c.head(fields("/", ("x-bomb", "z" * 4000)))
        frame.data += b"\xbe" * 12000		# the field that went into the table last, again and again
        c.send(frame)
        assert c.goaway().error_code == CALM
        assert other.get()[0] == 200


@case("who uses its connection may send many such frames: a long download with small windows ends well")
def _(t):
    server = shared(t)
    with Talk(server) as c:
        stream, got = c.ask("/big"), 0
        while got < 4 << 20:
            frame = c.wait(DataFrame, stream)
            got += len(frame.data)
            for where in 0, stream:
                c.send(WindowUpdateFrame(where, window_increment=len(frame.data)), PingFrame(0, b"12345678"))
        assert c.get()[0] == 200


@case("a header block without end is cut, be it CONTINUATION frames without content or with much of it")
def _(t):
    server = h2c(t)
    for piece in b"", b"\x82" * 16000:
        with Talk(server) as c:
            frame = c.head(fields(), flags=())
            c.send(frame)
            with contextlib.suppress(ConnectionError):
                for _ in range(500):
                    c.client.socket.sendall(ContinuationFrame(frame.stream_id, piece).serialize())
            c.rest()
    with Talk(server) as c:
        assert c.get()[0] == 200
    server.left_nothing()


@case("frames that break the rules end the connection with their error")
def _(t):
    server = shared(t)
    for wrong, error in ((b"\0\0\1\0\0\0\0\0\0x", PROTOCOL_ERROR), (HeadersFrame(2, b"", flags=["END_HEADERS"]), PROTOCOL_ERROR),
                         (b"\0\0\1\4\0\0\0\0\0x", 6), (WindowUpdateFrame(0, window_increment=LAST), FLOW_CONTROL_ERROR),
                         (b"\xff\xff\xff\0\0\0\0\0\1", 6), (DataFrame(1, b"x"), PROTOCOL_ERROR),
                         (HeadersFrame(1, b"\xff" * 20, flags=["END_HEADERS"]), 9), (SettingsFrame(0, settings={4: 1 << 31}), FLOW_CONTROL_ERROR),
                         (ContinuationFrame(1, b""), PROTOCOL_ERROR), (b"\0\0\4\3\0\0\0\0\1\0\0\0\0", PROTOCOL_ERROR)):
        with Talk(server) as c:
            c.send(wrong)
            said = c.goaway()
            assert said and said.error_code == error, (wrong, said)
    server.left_nothing()


# ---------------------------------------------------------------- time

@case("send_timeout: a stream whose window stays closed is reset, be it shut from the start or never opened again")
def _(t):
    # "a stream of HTTP/2 whose window the client keeps closed is reset"
    server = h2c(t, server="send_timeout = 500ms\nkeepalive_timeout = 60s")
    for window in 0, 1:
        with Talk(server, settings={4: window}) as c:
            c.wait(SettingsFrame)
            stream = c.ask("/big")
            assert c.wait(RstStreamFrame, stream).error_code == CANCEL
            assert sum(len(f.data) for f in c.seen if isinstance(f, DataFrame)) == window
            assert c.get("/none", method="HEAD")[0] == 404
    with Talk(server, settings={4: LAST}) as c:			# the window of the connection is used up
        stream = c.ask("/big")
        assert c.wait(RstStreamFrame, stream).error_code == CANCEL
        assert sum(len(f.data) for f in c.seen if isinstance(f, DataFrame)) == 65535
    lines = server.access_lines(5)
    assert sum("/big" in line for line in lines) == 3


@case("min_rate: a window that opens byte by byte does not keep a stream for ever")
def _(t):
    server = h2c(t, server="send_timeout = 500ms\nmin_rate = 1000/s\nkeepalive_timeout = 60s")
    with Talk(server, settings={4: 1}) as c:
        c.wait(SettingsFrame)
        stream = c.ask("/big")
        while True:
            frame = c.wait((DataFrame, RstStreamFrame))
            if isinstance(frame, RstStreamFrame):
                break
            select.select([], [], [], 0.05)			# so seldom that it is no flood
            c.send(WindowUpdateFrame(stream, window_increment=1))
        assert frame.error_code == CANCEL
    until("it is logged", lambda: "reset: slower than min_rate" in server.stderr())


@case("a window that opens byte by byte, as fast as it goes, is a flood")
def _(t):
    with Talk(h2c(t), settings={4: 1}) as c:
        c.wait(SettingsFrame)
        stream = c.ask("/big")
        while not isinstance(c.wait((DataFrame, GoAwayFrame)), GoAwayFrame):
            c.send(WindowUpdateFrame(stream, window_increment=1))
        assert c.seen[-1].error_code == CALM


@case("send_timeout: a client that reads nothing at all is let go")
def _(t):
    server = h2c(t, server="send_timeout = 500ms", files={"big": b"b" * (16 << 20)})
    with Talk(server, settings={4: LAST}, rcvbuf=4096) as c:
        c.send(WindowUpdateFrame(0, window_increment=LAST - 65535))
        c.ask("/big")
        until("it is let go", lambda: re.search("connection closed: (the client stopped reading the response|slower than min_rate)",
                                                server.stderr()))
    server.left_nothing()


@case("head_timeout: for who says nothing, says no more than hello, or stops in the middle of a head")
def _(t):
    server = h2c(t, server="head_timeout = 500ms\nkeepalive_timeout = 60s")
    with Talk(server, preface=False) as c:
        assert c.rest() == []
    with Talk(server) as c:
        assert c.goaway().error_code == 0
    with Talk(server) as c:
        c.get()
        frame = c.head(fields(), flags=())
        c.send(frame)
        assert c.goaway()
    with Talk(server) as c:
        c.get()
        c.send(c.head(fields()).serialize()[:12])		# keepalive_timeout is for this one
    server.left_nothing()


@case("body_timeout: a body that stops gets 408, and the connection stays")
def _(t):
    server = h2c(t, '[location up]\npath = /up\nreturn = 200 "x"', server="body_timeout = 500ms")
    with Talk(server) as c:
        stream = c.ask("/up", method="POST", end=False)
        c.send(DataFrame(stream, b"x"))
        assert c.answer(stream)[0] == 408
        assert c.get()[0] == 200


@case("keepalive_timeout: an idle connection is told that it ends; pings do not keep it")
def _(t):
    # "Of HTTP/2 a ping does not count"
    server = h2c(t, server="keepalive_timeout = 1s\nhead_timeout = 60s")
    with Talk(server) as c:
        c.get()
        end = time.monotonic() + LIMIT
        said = None
        while said is None and time.monotonic() < end:
            with contextlib.suppress(ConnectionError):
                c.client.socket.sendall(PingFrame(0, b"12345678").serialize())
            frame = c.read()
            said = frame if isinstance(frame, GoAwayFrame) or frame is None else None
            if not isinstance(frame, (PingFrame, GoAwayFrame, SettingsFrame)):
                break
            select.select([], [], [], 0.1)
        assert isinstance(said, GoAwayFrame) and said.error_code == 0 and said.last_stream_id == 1
        c.rest()
    server.left_nothing()


# ---------------------------------------------------------------- the end

def two_steps(c):
    """Reads GOAWAY with room for more, and the one behind it; the last stream."""
    first = c.wait(GoAwayFrame)
    assert (first.last_stream_id, first.error_code) == (LAST, 0)
    second = c.wait(GoAwayFrame)
    assert second.error_code == 0
    return second.last_stream_id


@case("keepalive_requests: behind the last one the connection ends, in two steps")
def _(t):
    server = h2c(t, server="keepalive_requests = 3")
    with Talk(server) as c:
        c.acks = False
        for _ in range(3):
            c.get()
        late = c.ask()						# on its way when the server said so
        assert c.answer(late)[0] == 200
        assert any(isinstance(f, PingFrame) for f in c.seen) or c.wait(PingFrame)
        c.send(PingFrame(0, [f for f in c.seen if isinstance(f, PingFrame)][-1].opaque_data, flags=["ACK"]))
        said = [f for f in c.seen if isinstance(f, GoAwayFrame)]
        assert said[0].last_stream_id == LAST
        if len(said) == 1:
            assert c.wait(GoAwayFrame).last_stream_id == late
        assert c.rest() == []
    server.left_nothing()


@case("a stop: what is under way is sent, what was asked before the client knew is answered, nothing behind that")
def _(t):
    server = h2c(t, files={"index.html": "hello", "big": b"b" * 300000}, server="grace = 60s")
    with Talk(server, settings={4: 1 << 20}) as c, Talk(server) as idle:
        idle.get()
        c.acks = False
        stream = c.ask("/big")
        got = 0
        while got < 65535:
            got += len(c.wait(DataFrame, stream).data)
        server.signal(signal.SIGTERM)
        first = c.wait(GoAwayFrame)
        assert (first.last_stream_id, first.error_code) == (LAST, 0)
        late = c.ask("/", method="HEAD")
        assert c.wait(HeadersFrame, late).fields[":status"] == "200"
        assert any(isinstance(f, PingFrame) for f in c.seen) or c.wait(PingFrame)
        c.send(PingFrame(0, [f for f in c.seen if isinstance(f, PingFrame)][-1].opaque_data, flags=["ACK"]))
        said = [f for f in c.seen if isinstance(f, GoAwayFrame)]
        assert (said[1] if len(said) > 1 else c.wait(GoAwayFrame)).last_stream_id == late
        too_late = c.ask("/")
        c.send(WindowUpdateFrame(0, window_increment=1 << 20))
        while got < 300000:
            got += len(c.wait(DataFrame, stream).data)
        assert all(f.stream_id != too_late for f in c.rest())
        said = idle.goaway()
        assert said.last_stream_id == 1 and said.error_code == 0
    assert server.wait_exit() == 0


@case("a client that does not answer the ping holds up no stop")
def _(t):
    server = h2c(t, files={"big": b"b" * 300000})
    with Talk(server, settings={4: 1 << 20}) as c:
        c.acks = False
        stream, got = c.ask("/big"), 0
        while got < 65535:
            got += len(c.wait(DataFrame, stream).data)
        server.signal(signal.SIGTERM)
        assert two_steps(c) == stream
        c.send(WindowUpdateFrame(0, window_increment=1 << 20))
        while got < 300000:
            got += len(c.wait(DataFrame, stream).data)
        c.rest()
    assert server.wait_exit() == 0


@case("a reload: connections are told to come anew, and nothing that was asked is lost")
def _(t):
    server = h2c(t, server=f"control = {t.path('control')}", files={"index.html": "hello", "big": b"b" * 300000})
    with Talk(server, settings={4: 1 << 20}) as c, Talk(server) as idle:
        idle.get()
        idle.acks = False
        stream = c.ask("/big")
        got = 0
        while got < 65535:
            got += len(c.wait(DataFrame, stream).data)
        done = t.run("reload", config=server.config)
        assert done.returncode == 0, done
        first = idle.wait(GoAwayFrame)
        assert (first.last_stream_id, first.error_code) == (LAST, 0)
        assert idle.get()[2] == b"hello"			# it did not know yet
        assert two_steps(c) == stream
        c.send(WindowUpdateFrame(0, window_increment=1 << 20))
        while got < 300000:
            got += len(c.wait(DataFrame, stream).data)
        assert c.rest() == []
        idle.rest()
    with Talk(server) as c:
        assert c.get()[2] == b"hello"


@case("connections run short: an idle one of HTTP/2 gives way, and is told")
def _(t):
    server = h2c(t, server="max_connections = 3", workers=1)
    with Talk(server) as one, Talk(server) as two, Talk(server) as three:
        for c in one, two, three:
            assert c.get()[0] == 200
        with server.connect() as c:
            assert c.ask().status == 200
        assert one.goaway().error_code == 0


# ---------------------------------------------------------------- memory

@case("an idle connection costs less than 48 KiB, with TLS too, also one that has sent much")
def _(t):
    kinds = [("127.0.0.1:0 h2c", {})]
    tls = has_openssl()
    if tls:
        t.certificate("a", ("localhost",))
        context = tls_context()
        context.set_alpn_protocols(["h2"])
        kinds.append(("127.0.0.1:0 tls", {"tls": context}))
    more = "[tls]\ncertificate = a.pem\ncertificate_key = a.key" if tls else ""
    server = t.server(more, listen=[k for k, _ in kinds], server="keepalive_timeout = 600s", workers=1,
                      files={"big": b"b" * 60000})
    if server.sanitized():
        raise Skip("sanitizers keep memory of their own")
    for listener, (_, options) in enumerate(kinds):
        def talk():
            c = Talk(server, listener, **options)
            t.defer(c.client.close)
            assert c.get("/big", ("user-agent", "x" * 300), ("cookie", os.urandom(1000).hex()))[2] == b"b" * 60000
            return c
        for _ in range(20):
            talk()
        before = server.memory()
        count = 300
        for _ in range(count):
            talk()
        each = (server.memory() - before) / count
        assert each < 48 * 1024, (listener, each)


main()
