#!/usr/bin/python3
"""TLS over reloads and crashes: tickets stay good, certificates change, and no request is lost.

Quoted lines are from tinyhttpd.ini(5)."""

import os
import select
import signal
import ssl
import sys
import threading

from harness import Http2Client, built_with, case, children, main, need_http2, tls_context, until
from steady import Load

if not built_with("libssl"):
    print("1..0 # SKIP this tinyhttpd was built without OpenSSL")
    sys.exit(0)

NAMES = ("a.test", "b.test", "c.test")
VERSIONS = (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)


def three_hosts(t):
    """Each with a certificate and a page of its own; a listener without TLS and one with it."""
    config = ""
    for name in NAMES:
        t.certificate(name, (name,))
        t.files({"index.html": name * 200}, name + "-www")
        config += f"[host {name}]\nroot = {t.path(name + '-www')}\ncertificate = {name}.pem\ncertificate_key = {name}.key\n"
    return t.server(config, listen=("127.0.0.1:0", "127.0.0.1:0 tls"), error=f"{t.path('error.log')} notice",
                    server="keepalive_requests = 0")


def body(name):
    return (name * 200).encode()


def reload(t, server):
    done = t.run("reload", config=server.config)
    assert done.returncode == 0, done


class Visitor:
    """Somebody with a session of each host, of each version."""

    def __init__(self, server):
        self.server = server
        self.contexts = {v: tls_context(maximum_version=v) for v in VERSIONS}
        self.sessions = {(v, name): self.come(v, name)[0] for v in VERSIONS for name in NAMES}

    def come(self, version, name, session=None):
        """The session of a connection, and whether it took up the one given."""
        with self.server.connect(1, tls=self.contexts[version], name=name, session=session) as c:
            assert c.ask("/", host=name).body == body(name)
            return c.socket.tls.session, c.socket.tls.session_reused

    def is_known(self):
        return all(self.come(*who, session)[1] for who, session in self.sessions.items())


# "It opens them over reloads and crashes, also when a certificate is replaced."
@case("a ticket from before opens the session again after a reload, two, and kill -9 of the generation, in TLS 1.3 and 1.2")
def _(t):
    server = three_hosts(t)
    visitor = Visitor(server)
    assert visitor.is_known()
    for _ in range(2):
        before = server.pid
        reload(t, server)
        assert server.pid != before and visitor.is_known()
    fd, before = os.pidfd_open(server.pid), server.pid
    os.kill(before, signal.SIGKILL)
    select.select([fd], [], [])
    os.close(fd)
    assert visitor.is_known()			# waits for the next one
    assert server.pid != before


# ---- a certificate is replaced under load

class Http2Visits(Http2Client):
    """One that hears GOAWAY and goes on until it has its answers, as the module h2 would not."""

    def __init__(self, *args, **options):
        self.told, self.came = False, bytearray()
        super().__init__(*args, **options)

    def _take(self, data):
        self.came += data
        frames = bytearray()
        while len(self.came) >= 9 and len(self.came) >= 9 + int.from_bytes(self.came[:3], "big"):
            frame = self.came[:9 + int.from_bytes(self.came[:3], "big")]
            del self.came[:len(frame)]
            if frame[3] == 7:		# RFC 9113 6.8
                self.told = True
            else:
                frames += frame
        super()._take(bytes(frames))

    def look(self):
        """Hears what has come already."""
        s = self.socket
        while not self.eof and (s.incoming.pending or s.tls.pending() or select.select([s.raw], [], [], 0)[0]):
            self._hear()


class Http2Load:
    """A thread that asks over HTTP/2 and TLS, on one connection until it is told to come anew; it never tries again."""

    def __init__(self, t, server, name):
        self.server, self.name, self.over = server, name, threading.Event()
        self.answers, self.connections, self.lost = 0, 0, []
        self.context = tls_context()
        self.context.set_alpn_protocols(["h2"])
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        t.defer(self.end)

    def run(self):
        while not self.over.is_set():
            try:
                self.visit()
            except Exception as e:
                self.lost.append(repr(e))

    def visit(self):
        with Http2Visits(self.server.addresses[1], tls=self.context, name=self.name) as c:
            self.connections += 1
            while not c.told and not self.over.is_set():
                response = c.ask("/", host=self.name)
                assert response.status == 200 and response.body == body(self.name)
                self.answers += 1
                self.over.wait(0.005)		# a pace, nothing is waited for
                c.look()
            while c.told and c._hear():
                pass

    def end(self):
        self.over.set()
        self.thread.join()


@case("a certificate is replaced and the server reloads, under load: the new one is seen, no request is lost, and no ticket")
def _(t):
    need_http2()
    server = three_hosts(t)
    visitor = Visitor(server)
    plain = [Load(t, server.port, body(name), rate=300, host=name) for name in NAMES]
    tls = [Load(t, int(server.addresses[1].rsplit(":", 1)[1]), body(name), rate=60, host=name, tls=True, connections=16) for name in NAMES]
    http2 = [Http2Load(t, server, name) for name in NAMES]
    seen = set()
    for name in NAMES + NAMES:
        answers = [load.answers for load in http2]
        with open(t.certificate(name, (name,))) as f:
            certificate = f.read()
        reload(t, server)
        for other in NAMES:			# as a client that believes just that
            with server.connect(1, tls=tls_context(t.path(other + ".pem")), name=other) as c:
                assert c.ask("/", host=other).body == body(other)
        assert certificate not in seen and visitor.is_known()
        seen.add(certificate)
        for load in plain + tls:
            load.wait_for(40)
        until("each of HTTP/2 goes on", lambda answers=answers: all(load.answers > n + 3 for load, n in zip(http2, answers)))
    for load in http2:
        load.end()
        print(f"# {load.name} over HTTP/2: {load.answers} answers on {load.connections} connections, {len(load.lost)} lost")
        assert not load.lost, load.lost[:5]
        assert load.connections > 1, load.connections
    for load in plain + tls:
        counted = load.end()
        counted.print()
        assert counted.flawless(), counted
    until("one generation is left", lambda: len(children(server.supervisor)) == 1)


main()
