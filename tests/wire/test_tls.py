#!/usr/bin/python3
"""TLS: who speaks for which name, what is refused, how a connection begins and ends.

Quoted lines are from tinyhttpd.ini(5)."""

import ctypes
import errno
import fcntl
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import termios

from harness import LIMIT, PROGRAM, Failure, Skip, built_with, case, main, need_root, request, tls_context, until

if not built_with("libssl"):
    print("1..0 # SKIP this tinyhttpd was built without OpenSSL")
    sys.exit(0)

LISTEN = ("127.0.0.1:0", "127.0.0.1:0 tls")


def start(t, config="", names=("one.test", "*.one.test", "127.0.0.1"), **options):
    """A server with TLS on its second listener, with a certificate for these names in [tls]."""
    t.certificate("all", names)
    options.setdefault("files", {"index.html": "hello", "big": os.urandom(3 << 20)})
    return t.server(f"[tls]\ncertificate = all.pem\ncertificate_key = all.key\n{config}", listen=LISTEN, **options)


def connect(server, name=None, cafile=None, context=None, **options):
    return server.connect(1, tls=context or tls_context(cafile), name=name, **options)


def shared(t):
    def make(test):
        test.certificate("a", ("a.test", "*.a.test"))
        test.certificate("a-rsa", ("a.test", "*.a.test"), kind="rsa")
        test.certificate("b", ("b.test",))
        server = test.server(f"""[host a.test]
            names = a.test www.a.test
            certificate = a.pem
            certificate = a-rsa.pem
            certificate_key = a-rsa.key
            certificate_key = a.key
            default = yes
            hsts = 365d subdomains
            [host b.test]
            certificate = b.pem
            certificate_key = b.key
            https = redirect 8443
            hsts = 1h
            header = Strict-Transport-Security: max-age=5
            return = 200 "this is b"
            [host plain.test]
            """, listen=LISTEN, files={"index.html": "hello", "big": os.urandom(3 << 20), "page": "p" * 9000})
        server.a, server.b = test.path("a.pem"), test.path("b.pem")
        return server
    make.__name__ = "hosts"
    shared.maker = getattr(shared, "maker", make)
    return t.shared(shared.maker)


@case("each host has its certificate, chosen by the name in the handshake, and clients believe it")
def _(t):
    # "The client names the host in its handshake; a client that names none gets the certificate of the default host"
    server = shared(t)
    with connect(server, "www.a.test", server.a) as c:
        assert c.ask(host="www.a.test").body == b"hello"
    with connect(server, "b.test", server.b) as c:
        assert c.ask(host="b.test").body == b"this is b"
    with connect(server) as c:
        assert c.ask(host="a.test").status == 200


@case("ECDSA and RSA stand side by side, for clients that know only one of them")
def _(t):
    # "A second line for another kind of key, ECDSA beside RSA, serves clients that know only one of them."
    # "With several of each, keys find their certificates by themselves."
    server = shared(t)
    for suite in "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256":
        context = tls_context(server.a, maximum_version=ssl.TLSVersion.TLSv1_2)
        context.load_verify_locations(server.a.replace("a.pem", "a-rsa.pem"))
        context.set_ciphers(suite)
        with connect(server, "a.test", context=context) as c:
            assert c.socket.tls.cipher()[0] == suite and c.ask(host="a.test").status == 200


@case("a name of nobody's gets the default host; one without a certificate is turned away in the handshake")
def _(t):
    # "one that names a host without a certificate is turned away"
    server = shared(t)
    with connect(server, "else.test") as c:
        assert c.ask(host="else.test").status == 200
    try:
        connect(server, "plain.test")
        raise Failure("the handshake went through")
    except ssl.SSLError as e:
        assert "unrecognized name" in str(e), e
    words = "TLS: no host of that name has a certificate; client 127.0.0.1, in the TLS handshake"
    until("it is logged", lambda: words in server.stderr())


@case("a request for a host that the certificate does not cover gets 421, one for a covered name is answered")
def _(t):
    # "a request for another one is answered only if the certificate covers its name too; else it gets 421"
    server = shared(t)
    with connect(server, "a.test") as c:
        assert c.ask(host="b.test").status == 421
        assert c.ask(host="www.a.test").status == 200
        assert c.ask(host=None, version="1.0").status == 200


@case("a session of one host is not taken up by another, in TLS 1.3 and 1.2; by its own it is")
def _(t):
    # "A ticket of one host is worth nothing at another."
    server = shared(t)
    for version in ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2:
        context = tls_context(maximum_version=version)
        with connect(server, "a.test", context=context) as c:
            c.ask(host="a.test")
            session = c.socket.tls.session
        for name, same in (("a.test", True), ("b.test", False)):
            with connect(server, name, context=context, session=session) as c:
                assert c.ask(host=name).status == 200
                assert c.socket.tls.session_reused == same, (version, name)


def unread_records(client):
    """The sealed records that a client has not read yet."""
    found, left = [], client.socket.raw.recv(65536, socket.MSG_PEEK)
    while left:		# RFC 8446 5.1: type, version, and how much there is
        assert left[:3] == b"\x17\x03\x03", left
        size = 5 + int.from_bytes(left[3:5], "big")
        found.append(left[:size])
        left = left[size:]
    return found


@case("two tickets come without a request, and another when one of them is used up")
def _(t):
    # "In TLS 1.3 a ticket is good for one connection: two come at first, or one with HTTP/2, and another with each that is used."
    server, session = shared(t), None
    context, plain = tls_context(minimum_version=ssl.TLSVersion.TLSv1_3), tls_context(minimum_version=ssl.TLSVersion.TLSv1_3)
    if "nghttp2" in subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True).stdout:
        context.set_alpn_protocols(["h2"])
        with connect(server, "a.test", context=context) as c:
            until("they come", lambda: unread(c))
            assert len(unread_records(c)) == 2		# the other one is SETTINGS
    for count in 2, 1, 1:
        with connect(server, "a.test", context=plain, session=session) as c:
            assert c.socket.tls.session_reused == (session is not None)
            until("they come", lambda: unread(c))
            assert len(unread_records(c)) == count
            assert c.ask(host="a.test").status == 200
            session = c.socket.tls.session


@case("ALPN: http/1.1 is agreed upon with who has no better one, and who offers other protocols only is refused")
def _(t):
    server = shared(t)
    context = tls_context()
    context.set_alpn_protocols(["spdy/1", "http/1.1"])
    with connect(server, "a.test", context=context) as c:
        assert c.socket.tls.selected_alpn_protocol() == "http/1.1"
    context.set_alpn_protocols(["spdy/1"])
    try:
        connect(server, "a.test", context=context)
        raise Failure("agreed upon nothing, and went on")
    except ssl.SSLError as e:
        assert "no application protocol" in str(e), e


@case("what is older than TLS 1.2 is refused; with protocols = TLSv1.3 so is that")
def _(t):
    # "The default is both; what came before is broken."
    # "Cipher suites by the names of OpenSSL, those of TLS 1.3 beginning with TLS_."
    def hello(server, *options):
        run = subprocess.run(["openssl", "s_client", "-connect", server.addresses[1], *options], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=LIMIT, check=False)
        return "Cipher is (NONE)" not in run.stdout and "Cipher is " in run.stdout
    server = start(t)
    assert hello(server, "-tls1_2") and hello(server, "-tls1_3")
    for old in "-tls1", "-tls1_1":
        assert not hello(server, old, "-cipher", "DEFAULT@SECLEVEL=0"), old
    server = start(t, "protocols = TLSv1.3\nciphers = TLS_CHACHA20_POLY1305_SHA256\ngroups = prime256v1", name="new")
    assert not hello(server, "-tls1_2") and hello(server, "-tls1_3")
    # "Groups for the key exchange, the best first."
    assert not hello(server, "-groups", "X25519") and not hello(server, "-ciphersuites", "TLS_AES_128_GCM_SHA256")


@case("HTTP without TLS on a port with TLS gets a page that says so")
def _(t):
    # "Who comes there without is told so."
    server = shared(t)
    for bytes_ in request(host="a.test"), b"GET / HTTP/1.0\r\n\r\n", b"POST":
        with server.connect(1) as c:
            c.send(bytes_)
            response = c.response()
            assert response.status == 400 and b"This port speaks TLS" in response.body and response.closes
            c.shut()
            c.end()


@case("large bodies, pipelined requests and bodies of requests arrive whole")
def _(t):
    server = shared(t)
    with open(server.root + "/big", "rb") as f:
        big = f.read()
    with connect(server, "a.test") as c:
        for _ in range(3):
            assert c.ask("/big", host="a.test").body == big
        c.send(request("/page", host="a.test") * 50 + request("/big", host="a.test") + request("/page", "Connection: close", host="a.test"))
        found = c.responses()
        assert [len(r.body) for r in found] == [9000] * 50 + [len(big), 9000], [len(r.body) for r in found]
    with connect(server, "b.test") as c:
        c.send(request(method="POST", host="b.test", body=b"x" * 200000))
        assert c.response(method="POST").status == 200


@case("a slow reader of a large body gets all of it, however full the socket is meanwhile")
def _(t):
    server = shared(t)
    with open(server.root + "/big", "rb") as f:
        big = f.read()
    clients = [connect(server, "a.test", rcvbuf=4096) for _ in range(4)]
    for c in clients:
        c.send(request("/big", host="a.test"))
    until("the sockets are full", lambda: all(unread(c) for c in clients))
    for c in clients:
        assert c.response().body == big
        c.close()


def unread(client):
    """Bytes that wait in the client's socket."""
    return struct.unpack("i", fcntl.ioctl(client.socket.raw, termios.FIONREAD, b"\0" * 4))[0]


@case("the end of a connection is told by close_notify, so that nobody can cut an answer unnoticed")
def _(t):
    server = shared(t)
    for version in "1.0", "1.1":
        with connect(server, "a.test") as c:
            c.send(request("/page", "Connection: close", host="a.test", version=version))
            assert c.response(version=version).status == 200
            c.end()
            assert c.socket.ended == "told"


@case("a client that hangs up without close_notify has done nothing wrong")
def _(t):
    server = start(t, error="stderr debug")
    with connect(server) as c:
        c.ask()
        c.socket.raw.shutdown(socket.SHUT_WR)
        c.end()
    assert "closed by the client; client 127.0.0.1, reading a request head" in until("it is closed", lambda: "closed by" in server.stderr() and server.stderr())


@case("a client that says close_notify behind its request still gets the answer")
def _(t):
    server = shared(t)
    with connect(server, "a.test") as c:
        c.send(request("/big", host="a.test"))
        c.shut()
        assert len(c.response().body) == 3 << 20
        c.end()


@case("noise, damaged records and half handshakes are ended, and counted by their reason")
def _(t):
    # "The handshake of TLS must be over within this time of the connection"
    server = start(t, server="handshake_timeout = 100ms", error="stderr debug")
    for bytes_ in b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"\0" * 100, os.urandom(1000).replace(b"G", b"\0"):
        with server.connect(1) as c:
            c.send(b"\0" + bytes_[1:] if bytes_[:1].isupper() else bytes_, lenient=True)
            c.shut()
            c.socket.recv(100) if not reset(c) else None
    with server.connect(1) as silent, server.connect(1) as half:
        half.send(b"\x16\x03\x01\x02\x00\x01")
        silent.read_to_end()
        half.read_to_end()
    until("both are logged", lambda: server.stderr().count("the TLS handshake did not end in time; client 127.0.0.1") == 2)
    with connect(server) as c:
        c.ask()
        c.socket.raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        c.socket.recv = c.socket.raw.recv
        c.read_to_end()
    until("it is logged", lambda: "what came was no TLS, or was damaged" in server.stderr())


class KeyChanger:
    """A client that changes its keys at will, which Python's own cannot."""

    def __init__(self, server):
        ssl_, crypto = ctypes.CDLL("libssl.so.3"), ctypes.CDLL("libcrypto.so.3")
        for name in "TLS_client_method", "SSL_CTX_new", "SSL_new":
            getattr(ssl_, name).restype = ctypes.c_void_p
        self.lib, self.clear = ssl_, crypto.ERR_clear_error
        host, port = server.addresses[1].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=LIMIT)
        self.socket.settimeout(None)
        self.context = ctypes.c_void_p(ssl_.SSL_CTX_new(ctypes.c_void_p(ssl_.TLS_client_method())))
        self.ssl = ctypes.c_void_p(ssl_.SSL_new(self.context))
        ssl_.SSL_set_fd(self.ssl, self.socket.fileno())
        assert ssl_.SSL_connect(self.ssl) == 1

    def write(self, bytes_):
        return self.lib.SSL_write(self.ssl, bytes_, len(bytes_)) == len(bytes_)

    def read(self):
        buffer = ctypes.create_string_buffer(4096)
        n = self.lib.SSL_read(self.ssl, buffer, len(buffer))
        return buffer.raw[:max(0, n)]

    def change(self, answered=False):
        self.clear()
        return self.lib.SSL_key_update(self.ssl, int(answered)) == 1 and self.lib.SSL_do_handshake(self.ssl) == 1

    def close(self):
        self.lib.SSL_free(self.ssl)
        self.lib.SSL_CTX_free(self.context)
        self.socket.close()


def key_changer(server):
    try:
        return KeyChanger(server)
    except OSError as e:
        raise Skip(f"no library of OpenSSL 3 to load: {e}") from e


@case("a client may change its keys, and who does nothing else is not heard any further")
def _(t):
    server = start(t, workers=1)
    for answered in False, True:
        c = key_changer(server)
        for _ in range(100):
            assert c.change(answered)
        assert c.write(request(host="one.test"))
        answer = c.read()
        assert answer.startswith(b"HTTP/1.1 200"), answer
        for i in range(100000):
            if not c.change(answered):
                break
        assert i < 99999
        c.close()
    until("it is said", lambda: server.stderr().count("TLS: too many records without data") == 2)


@case("damaged records of one client are not the failure of another")
def _(t):
    big = bytes(range(256)) * (64 << 10)		# 16 MiB: more than the sockets hold
    server = start(t, workers=1, error="stderr debug", files={"big": big, "index.html": "x"})
    with connect(server, rcvbuf=4096) as slow, connect(server, rcvbuf=4096) as slower:
        for c in slow, slower:
            c.send(request("/big", host="127.0.0.1"))
            head = c.response(body=False)
        for i in range(1, 11):
            with connect(server) as bad:
                bad.socket.raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
                bad.socket.recv = bad.socket.raw.recv
                bad.read_to_end()
            until("it is logged", lambda i=i: server.stderr().count("what came was no TLS, or was damaged") >= i)
            for c in slow, slower:
                while len(c.buffer) < i * (100 << 10):
                    assert c._more(), f"it ended behind {len(c.buffer)} bytes"
        assert int(head["Content-Length"]) == len(big)
        for c in slow, slower:
            assert c._exactly(len(big)) == big


def reset(client):
    try:
        return client.read_to_end() and False
    except ConnectionResetError:
        return True


@case("of too many handshakes the longest gives way, and who means it gets through")
def _(t):
    # "At the limit the one that is under way for the longest time is closed for a further one"
    server = start(t, "max_handshakes = 2", workers=1, error="stderr info")
    stuck = [server.connect(1) for _ in range(3)]
    for i, c in enumerate(stuck):
        c.send(b"\x16\x03\x01\x02\x00\x01")
        if i == 2:
            stuck[0].read_to_end()
    with connect(server) as c:
        assert c.ask().status == 200
    stuck[1].read_to_end()
    assert server.stderr().count("of too many TLS handshakes it was the longest") == 2
    for c in stuck:
        c.close()


@case("https leads those without TLS to it, whatever else is said, but not authorities that look for a proof")
def _(t):
    # "Send clients that come without TLS to the same address with it: 301, or 308 for requests that are neither GET nor HEAD"
    # "/.well-known/acme-challenge/ is answered as it is"
    server = shared(t)
    response = server.get("/a%20b//c?d=%2F", host="b.test")
    assert response.status == 301 and response["Location"] == "https://b.test:8443/a%20b//c?d=%2F"
    response = server.get(host="b.test:80", method="POST", body=b"x")
    assert response.status == 308 and response["Location"] == "https://b.test:8443/"
    assert server.get("/.well-known/acme-challenge/x", host="b.test").status == 200
    assert server.get("/.well-known/acme-challenge/../x", host="b.test").status == 301
    assert server.get(host="a.test").status == 200


@case("hsts is said over TLS only, also with 304 and errors, and once when a header line says it")
def _(t):
    # "Only answers over TLS say so."
    server = shared(t)
    field = "Strict-Transport-Security"
    assert field not in server.get(host="a.test")
    with connect(server, "a.test") as c:
        for _ in range(2):
            response = c.ask(host="a.test")
            assert response[field] == "max-age=31536000; includeSubDomains"
        assert c.ask("/", f"If-None-Match: {response['ETag']}", host="a.test")[field]
        assert c.ask("/none", host="a.test")[field] and c.ask("/big", "Range: bytes=0-1", host="a.test")[field]
    with connect(server, "b.test") as c:
        assert c.ask(host="b.test")[field] == "max-age=5"
    assert field not in server.get(host="a.test")


@case("clients need a certificate of client_ca; its subject is in the log")
def _(t):
    # "Certificates of authorities: clients must have a certificate from one of them."
    # "Whether clients without a certificate are let in; one with a wrong certificate never is."
    # "(the name in the handshake) SSL_CLIENT_S_DN (the subject of the client's certificate) and SSL_CLIENT_VERIFY"
    t.certificate("staff", authority=True)
    t.certificate("ann", by="staff", subject="/O=Example \"Org\"/CN=Ann")
    t.certificate("eve")
    t.certificate("both", ("must.test", "may.test"))
    server = t.server("""[tls]
        certificate = both.pem
        certificate_key = both.key
        client_ca = staff.pem
        [host must.test]
        [host may.test]
        client_verify = optional
        """, listen=LISTEN, files={"index.html": "hello"}, workers=1,
        access='access.log "%v %{SSL_CLIENT_VERIFY}x %{SSL_CLIENT_S_DN}x %{SSL_PROTOCOL}x %{SSL_CIPHER}x %{SSL_TLS_SNI}x %{SSL_SESSION_RESUMED}x"')

    def ask(host, client, **options):
        context = tls_context()
        if client:
            context.load_cert_chain(t.path(client + ".pem"), t.path(client + ".key"))
        try:
            with connect(server, host, context=context) as c:
                return c.ask(host=host, **options).status
        except (ssl.SSLError, ConnectionError, BrokenPipeError, Failure):
            return "refused"
    assert ask("must.test", "ann") == 200 and ask("may.test", "ann") == 200
    assert ask("must.test", None) == "refused" and ask("may.test", None) == 200
    assert ask("must.test", "eve") == "refused" and ask("may.test", "eve") == "refused"
    # a certificate that covers both names does not lead from one to the other
    context = tls_context()
    with connect(server, "may.test", context=context) as c:
        assert c.ask(host="must.test").status == 421
    assert server.get(host="may.test").status == 200
    lines = server.access_lines(5)
    subject = re.escape(r'O=Example \\\"Org\\\",CN=Ann')
    assert re.fullmatch(rf"must.test SUCCESS {subject} TLSv1.3 TLS_\S+ must.test Initial", lines[0]), lines
    assert lines[2].startswith("may.test NONE - TLSv1.3"), lines
    assert lines[4] == "may.test - - - - - -", lines


@case("tickets = off: nobody comes back without a full handshake; keys of a file open what another server sealed")
def _(t):
    # "where several servers answer for the same names and a client may come back to another one"
    # "The first is in use, the others still open the tickets that were made with them."
    for n in "1", "2":
        t.write(f"key{n}", os.urandom(80))
        os.chmod(t.path(f"key{n}"), 0o600)
    one = start(t, "ticket_keys = key1", name="one")
    two = start(t, "ticket_keys = key2 key1", name="two")
    none = start(t, "tickets = off", name="none")
    for version in ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2:
        context = tls_context(maximum_version=version)

        def come(server, session=None):
            with connect(server, "one.test", context=context, session=session) as c:
                c.ask()
                return c.socket.tls.session, c.socket.tls.session_reused
        session, again = come(one)
        assert not again and come(two, session)[1], version
        assert not come(none, session)[1]
        later, _ = come(two)
        assert not come(one, later)[1], version
        session, _ = come(none)
        assert not session or not session.has_ticket


@case("a file that is cut short while it is sent ends the connection without close_notify")
def _(t):
    server = start(t, files={"big": b"x" * (20 << 20)})
    with connect(server, rcvbuf=4096) as c:
        c.ask("/none")			# and with its answer the tickets have come
        c.send(request("/big"))
        until("it is being sent", lambda: unread(c))
        os.truncate(server.root + "/big", 1000)
        try:
            c.response()
            raise Failure("all of it came")
        except Failure as e:
            assert "connection ended after" in str(e), e
        assert c.socket.ended == "cut", c.socket.ended


@case("an answer that the server's stop cuts off ends without close_notify")
def _(t):
    server = start(t, server="limit_rate = 64k/s", error="stderr notice")
    server.expect_exit = 3
    with connect(server, rcvbuf=4096) as c:
        c.ask("/none")			# and with its answer the tickets have come
        c.send(request("/big"))
        assert c.response(body=False).status == 200
        server.signal(signal.SIGTERM)
        until("it stops", lambda: "stopping:" in server.stderr())
        server.signal(signal.SIGTERM)
        c.read_to_end()
        assert c.socket.ended == "cut", c.socket.ended
    server.stop()


@case("root reads keys that the user it becomes cannot read")
def _(t):
    need_root()
    server = start(t, user="nobody")
    assert os.stat(t.path("all.key")).st_mode & 0o77 == 0
    with connect(server) as c:
        assert c.ask().status == 200


@case("ktls where the kernel has none is said, and OpenSSL encrypts")
def _(t):
    # "Where kernel or cipher cannot do it OpenSSL does, and the error log says so at the start."
    server = start(t, "ktls = on")
    assert "ktls" in server.stderr()
    assert os.strerror(errno.EPERM) not in server.stderr()		# the sandbox is not the kernel
    with connect(server) as c:
        assert len(c.ask("/big").body) == 3 << 20


@case("an idle connection costs no more than 16 KiB, one that says nothing no more than one without TLS")
def _(t):
    server = start(t, workers=1, server="keepalive_timeout = 10m\nhandshake_timeout = 10m\nmax_connections_per_ip = off")
    if server.sanitized():
        raise Skip("a sanitizer keeps what was freed")
    context, count = tls_context(), 400

    def come(number):
        clients = [connect(server, context=context) for _ in range(number)]
        for c in clients:
            c.ask()
        return clients
    warm = come(50)
    before = server.memory("RssAnon")
    clients = come(count)
    each = (server.memory("RssAnon") - before) / count
    assert each <= 16384, each
    before = server.memory("RssAnon")
    silent = [server.connect(1) for _ in range(count)]
    until("all were accepted", lambda: server.sockets() >= 2 * count)
    each = (server.memory("RssAnon") - before) / count
    assert each <= 2048, each
    for c in warm + clients + silent:
        c.close()


@case("connections at the limit are closed where a page would cost a handshake")
def _(t):
    server = start(t, server="max_connections = 1", error="stderr info")
    with connect(server) as first:
        first.send(b"GET / HT")
        with server.connect(1) as c:
            c.send(b"\x16\x03\x01\x02\x00\x01", lenient=True)
            assert reset(c) or c.eof
        first.send(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert first.response().status == 200


# ---- what check says

def checked(t, config):
    run = t.run("check", config=t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\nlisten = 443 tls\n" + config))
    return run.returncode, run.stderr


@case("check names the line of a certificate or key that is wrong")
def _(t):
    # "The key of it, which has no password."
    t.certificate("a", ("a.test",))
    t.certificate("b", ("b.test",))
    t.certificate("weak", ("a.test",))
    t.write("empty", "")
    subprocess.run(["openssl", "pkey", "-in", t.path("a.key"), "-aes256", "-passout", "pass:x", "-out", t.path("locked")], check=True)
    with open(t.path("a.pem")) as f:
        t.write("cut.pem", f.read() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for lines, wanted in (
            ("", r"x.ini:3: \[server\] listen: tls needs a certificate: say certificate = FILE"),
            ("certificate = none.pem", r"x.ini:5: \[tls\] certificate: cannot read it: No such file"),
            ("certificate = empty", r"x.ini:5: \[tls\] certificate: there is no certificate in it"),
            ("certificate = a.key", r"x.ini:5: \[tls\] certificate: there is no certificate in it"),
            ("certificate = cut.pem", r"x.ini:5: \[tls\] certificate: a certificate behind the first one is damaged"),
            ("certificate = a.pem", r"x.ini:5: \[tls\] certificate: its key is missing: say certificate_key = FILE"),
            ("certificate = a.pem\ncertificate_key = b.key", r"x.ini:5: .*no certificate_key of this section belongs to this certificate"),
            ("certificate = a.pem\ncertificate_key = a.pem", r"x.ini:6: .*there is no private key in it"),
            ("certificate = a.pem\ncertificate_key = locked", r"x.ini:6: .*this key has a password"),
            ("certificate = a.pem\ncertificate = b.pem", r"x.ini:6: .*a certificate with an ECDSA key is said already, at .*x.ini:5"),
            ("ciphers = NONSENSE", r"x.ini:5: .*NONSENSE: OpenSSL knows no cipher suite of that name"),
            ("groups = X25519 P-1", r"x.ini:5: .*P-1: OpenSSL knows no group"),
            ("protocols = SSLv3", r"x.ini:5: .*what came before is broken"),
            ("ticket_keys = empty", r"x.ini:5: .*a file of 80 bytes"),
            ("client_ca = a.key", r"x.ini:5: .*there is no certificate in it"),
            ("client_verify = maybe", r"x.ini:5: .*required, or optional"),
            ("tickets = 8d", r"x.ini:5: "), ("ktls = maybe", r"x.ini:5: "), ("max_handshakes = 0", r"x.ini:5: ")):
        status, said = checked(t, "[tls]\n" + lines + "\n")
        assert status == 1 and re.search(wanted, said), (lines, said)
    for lines, wanted in (("hsts = 1d preload", "browsers preload only"), ("hsts = 1d x", "subdomains and preload"), ("https = on", "this is redirect"),
                          ("https = redirect 0", "redirect PORT"), ("client_ca = off\nclient_verify = required", "say client_ca = FILE")):
        status, said = checked(t, f"[host a.test]\ncertificate = a.pem\ncertificate_key = a.key\n{lines}\n")
        assert status == 1 and wanted in said, (lines, said)


@case("check warns of an end that is near, of names that are missing and of a key that everybody can read")
def _(t):
    # "A key that everybody may read, a certificate without one of the names of its host, and one that ends within 14 days are warnings."
    t.certificate("soon", ("a.test",), days=10)
    t.certificate("past", ("a.test",), days=-3)
    os.chmod(t.path("soon.key"), 0o644)
    for name, words in (("soon", "soon.pem (ECDSA) is good until "), ("past", "past.pem (ECDSA) was good until ")):
        status, said = checked(t, f"[host a.test]\nnames = a.test www.a.test\ncertificate = {name}.pem\ncertificate_key = {name}.key\n[host b.test]\n")
        assert status == 0 and words in said, said
        assert f"x.ini:5: [host a.test] names: www.a.test is no name of the certificate {t.path(name)}.pem" in said, said
        assert "[host b.test] certificate: this host has none, so nobody reaches it with TLS" in said, said
        assert ("soon.key can be read by everybody: say chmod o-r" in said) == (name == "soon"), said
    t.certificate("good", ("a.test",))
    status, said = checked(t, "[host a.test]\nhttps = redirect 444\ncertificate = good.pem\ncertificate_key = good.key\n")
    assert status == 0 and said.count("warning") == 1 and "there is no listen = 444 tls for that" in said, said


@case("the log tells at the start of a certificate that ends soon")
def _(t):
    t.certificate("soon", ("a.test",), days=10)
    server = t.server("[tls]\ncertificate = soon.pem\ncertificate_key = soon.key\n", listen=LISTEN, files={"x": "x"})
    assert re.search(r"\[warn\] .*certificate .*soon.pem \(ECDSA\) is good until [\d-]+, for \d+ days more", server.stderr()), server.stderr()


@case("explain goes the way of a client with TLS")
def _(t):
    server = shared(t)

    def explain(url):
        return t.run("explain", url, config=server.config).stdout
    said = explain("https://b.test/")
    assert re.search(r"(?m)^listen +127.0.0.1:0 .*:3$", said) and re.search(r"(?m)^certificate +\S*b.pem .*:\d+$", said), said
    assert re.search(r"(?m)^https +redirect .*:\d+$", explain("http://b.test/x")) and "Location: https://b.test:8443/x" in explain("http://b.test/x")
    assert "the handshake is refused" in explain("https://plain.test/")
    assert "Strict-Transport-Security" in explain("https://a.test/") and "Strict-Transport-Security" not in explain("http://a.test/")


@case("sslscan finds nothing old, weak or leaky")
def _(t):
    server = shared(t)
    out = subprocess.run(["sslscan", "--no-colour", "--sni-name=a.test", server.addresses[1]], capture_output=True, text=True,
                         timeout=LIMIT * 4, check=True).stdout
    for line in ("SSLv2     disabled", "SSLv3     disabled", "TLSv1.0   disabled", "TLSv1.1   disabled", "TLSv1.2   enabled", "TLSv1.3   enabled",
                 "Session renegotiation not supported", "TLSv1.3 not vulnerable to heartbleed"):
        assert line in out, out
    suites = re.findall(r"(?:Preferred|Accepted) +TLSv1\.\d +\d+ bits +(\S+)", out)
    assert suites and all(re.match(r"TLS_(AES|CHACHA)|ECDHE-.*(GCM|POLY1305)", s) for s in suites), suites


main()
