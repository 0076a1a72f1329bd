#!/usr/bin/python3
"""No memory: each allocation fails once, at the start and in requests of each kind; and a while without any."""

import gzip
import os
import re
import select
import signal
import ssl

from faults import Orders, resting, sanitizers, soon
from harness import PROGRAM, ROOT, Failure, Skip, case, main, need_user, request, tls_context

TEXT = b"".join(b"line %d\n" % i for i in range(1000))
PASSWORDS = "fred:$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4\n"	# secret
FRED = "Authorization: Basic ZnJlZDpzZWNyZXQ="

FILES = {
    "index.html": "the index", "text.txt": TEXT, "big.bin": b"b" * 300000, "list/one": "1", "list/two": "2",
    "tag/text.txt": TEXT, "secret/text.txt": "s", "slow/text.txt": "t" * 100,
}

# Something of everything that takes memory at the start or for a request.
SERVER = """
cache_valid = 0
max_connections_per_ip = 100
limit_requests = 1000/s burst 1000
body_size = 1m
listing = on
redirect = /old/* -> /$1
error = 404 /index.html
pidfile = {dir}/pid
"""
SITES = """
[mime]
wasm = application/wasm
[host a]
default = yes
header = X-One: two
[host b]
names = b *.b
return = 200 "b's page"
[location tag]
path = /tag/
etag = content
[location secret]
path = /secret/
auth = Secrets {dir}/passwords
[location fixed]
path = /fixed
return = 200 text/html "<p>fixed"
[location pictures]
path = *.png
deny = all
[tls]
certificate = {pem}
certificate_key = {key}
"""


def options(t, access="access.log combined"):
    """Everything of the server below but its orders."""
    pem = t.certificate("a", ["a"])
    t.write("passwords", PASSWORDS)
    place = {"dir": t.dir, "pem": pem, "key": pem.replace(".pem", ".key")}
    return {"files": FILES, "server": SERVER.format(**place), "config": SITES.format(**place), "workers": 1,
            "listen": ("127.0.0.1:0", "127.0.0.1:0 tls"), "access": access, "error": "stderr info"}


# ---- the start

def start(t, orders, more, name):
    """Starts it and stops it again.  Its exit status and what it said; whether it had been ready."""
    server = t.server(**more, env=orders.env, ready=False, name=name, expect_exit=None)
    ready = False
    while not ready and server.notify in select.select([server.notify, server.pidfd], [], [], 60)[0]:
        ready = b"READY=1" in server.notify.recv(65536)
    if ready:
        server.signal(signal.SIGTERM)
    status = server.wait_exit()
    said = server.stderr()
    server.expect_exit = status
    server.stop()			# finds fault with what a sanitizer said
    t._servers.remove(server)
    return status, said, ready


def check_start(t, orders, more, number):
    """True when there were so many allocations."""
    orders.fail_allocation(number)
    status, said, ready = start(t, orders, more, f"start-{number}")
    failed = orders.stop_failing()
    if not ready:
        assert failed, f"it did not start, and nothing had failed: {said}"
        assert status == 1, f"exit status {status} for allocation {number}: {said}"
        words = "memory|allocat|unavailable|there is no OpenSSL here" if not orders.get("theirs") else r"\.ini:\d+: |\[error\]"	# it says what it could not do
        assert re.search(words, said), f"no clear words for allocation {number}: {said!r}"
    else:
        assert status == 0, f"exit status {status} for allocation {number}: {said}"
    return failed


def starting(t):
    """For a start without the user database, where glibc itself falls (nss_database.c's assertions)."""
    if os.path.exists(os.path.join(os.path.dirname(PROGRAM), "src", "main.gcno")):
        raise Skip("what counts lines falls itself when it gets no memory (gcov_do_dump, before another program is executed)")
    more = options(t)
    if ROOT:
        more.update(run_as=need_user(), user=None)
        for path in (t.dir, t.path("a.key"), t.path("passwords")):
            os.chown(path, more["run_as"].pw_uid, -1)
    return more


@case("at the start, every allocation fails once: words and status 1, or it does without")
def _(t):
    more, orders = starting(t), Orders(t)
    number = 0
    while check_start(t, orders, more, number):
        number += 1
    print(f"# {number} allocations")
    assert number > 50, number


@case("at the start, some of those of OpenSSL, which are thousands, fail: the same")
def _(t):
    more, orders = starting(t), Orders(t)
    if sanitizers():
        raise Skip("OpenSSL itself leaks when its beginning fails")
    orders.set(theirs=1)
    number = 500
    while check_start(t, orders, more, number):
        number += 997
    print(f"# {number} allocations")


# ---- requests

class Kind:
    """A request of some kind, and its answer when nothing fails."""

    def __init__(self, name, *fields, target="/", listener=0, status=200, body=None, method="GET", content=b"", **more):
        self.name, self.listener, self.status, self.body, self.method = name, listener, status, body, method
        self.bytes = request(target, *fields, method=method, **more) + content

    def ask(self, server):
        """The answer; None when the connection was closed before it was whole."""
        try:
            with server.connect(self.listener, tls=tls_context() if self.listener else None) as c:
                c.send(self.bytes, lenient=True)
                response = c.response(method=self.method)
        except (ConnectionError, ssl.SSLError):
            return None
        except Failure as failure:
            if not str(failure).startswith("the connection ended"):
                raise
            return None
        if response.status == self.status:
            assert self.body is None or self.body == decoded(response), (self.name, response)
        return response


def decoded(response):
    return gzip.decompress(response.body) if response["Content-Encoding"] == "gzip" else response.body


KINDS = [
    Kind("a file", body=b"the index"),
    Kind("a large file", target="/big.bin", body=b"b" * 300000),
    Kind("a file, compressed", "Accept-Encoding: gzip", target="/text.txt", body=TEXT),
    Kind("a part", "Range: bytes=0-4", target="/text.txt", status=206, body=b"line "),
    Kind("parts", "Range: bytes=0-4,100-104,300-305", target="/text.txt", status=206),
    Kind("304", "If-None-Match: *", target="/text.txt", status=304),
    Kind("HEAD", target="/text.txt", method="HEAD"),
    Kind("a folder's list", target="/list/"),
    Kind("a list as JSON", "Accept: application/json", target="/list/"),
    Kind("a redirect", target="/old/text.txt", status=301),
    Kind("nothing there", target="/none", status=404, body=b"the index"),
    Kind("what is malformed", target="/%zz", status=400),
    Kind("a fixed text", target="/fixed", body=b"<p>fixed"),
    Kind("a fixed host", host="x.b", body=b"b's page"),
    Kind("not allowed", target="/x.png", status=403),
    Kind("a digest as its tag", target="/tag/text.txt", body=TEXT),
    Kind("without a password", target="/secret/text.txt", status=401),
    Kind("with a password", FRED, target="/secret/text.txt", body=b"s"),
    Kind("a body", "Content-Length: 200000", method="POST", content=b"x" * 200000, status=405),
    Kind("TLS", listener=1, body=b"the index"),
    Kind("TLS and a large file", listener=1, target="/big.bin", body=b"b" * 300000),
]


def check_kind(server, orders, kind):
    """Each allocation of the request fails once.  How many there are."""
    number, answers = 0, set()
    while True:
        orders.fail_allocation(number)
        response = kind.ask(server)
        failed = orders.stop_failing()
        assert server.alive(), f"{kind.name}, allocation {number}: it died"
        status = response.status if response else None
        assert status in ({kind.status, 500, 503, None} if failed else {kind.status}), (kind.name, number, response)
        answers.add(status)
        response = kind.ask(server)
        assert response and response.status == kind.status, f"{kind.name}, after allocation {number}: {response}"
        if not failed:
            return number, answers
        number += 1


def opened(server):
    """What is open, but for sockets."""
    return sorted(target for target in server.descriptors().values() if not target.startswith("socket:"))


@case("in requests of each kind, every allocation fails once: an answer, 500, 503 or the end, and nothing is left")
def _(t):
    orders = Orders(t)
    orders.set(theirs=1)
    server = t.server(**options(t), env=orders.env)
    for kind in KINDS:
        response = kind.ask(server)
        assert response and response.status == kind.status, (kind.name, response)
    server.left_nothing()
    before, total = opened(server), 0
    for kind in KINDS:
        number, answers = check_kind(server, orders, kind)
        total += number
        print(f"# {kind.name}: {number} allocations, {sorted(map(str, answers))}")
        server.left_nothing()
        assert opened(server) == before, (kind.name, before, opened(server))
    assert total > 100, total


# ---- none for a while

@case("no memory at all for a while: nobody who asks is kept waiting, next to nothing is burnt, and all is well at once after")
def _(t):
    orders = Orders(t)
    server = t.server(**options(t), env=orders.env)
    kept = server.connect()
    assert kept.ask("/").body == b"the index"

    def begin():
        orders.fail_allocation(0, 1 << 60)
        for kind in KINDS[:4]:
            kind.ask(server)
    begin()
    resting(server)
    soon("there is memory again", begin, orders.stop_failing, lambda: KINDS[0].ask(server))
    assert KINDS[-2].ask(server).status == 200
    kept.close()


main()
