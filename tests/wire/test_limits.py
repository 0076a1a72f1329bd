#!/usr/bin/python3
"""What happens when there is no room: connections, the queue, descriptors."""

import os
import re
import resource
import select
import signal
import socket

from harness import LIMIT, case, main, request, until

HUGE = 24 << 20


def busy(server, count):
    """Clients in the middle of a download, not reading."""
    clients = [server.connect(rcvbuf=4096) for _ in range(count)]
    for c in clients:
        c.send(request("/huge"))
        assert c.response(body=False).status == 200
    return clients


def close_all(clients):
    for c in clients:
        c.close()


# tinyhttpd.ini(5): "At the limit the connection that was idle for the longest time is closed for a new one"
@case("max_connections: an idle connection gives way to a newcomer")
def _(t):
    server = t.server(files={"index.html": "x"}, server="max_connections = 10")
    old = [server.connect() for _ in range(10)]
    for c in old:
        assert c.ask("/").body == b"x"
    for _ in range(5):
        with server.connect() as c:
            assert c.ask("/").body == b"x"
    closed = select.select([c.socket for c in old], [], [], LIMIT)[0]
    assert closed, "nobody gave way"
    alive = [c for c in old if c.socket not in closed]
    assert alive, "more gave way than had to"
    close_all(old)


@case("max_connections: 503 with Retry-After when nobody is idle, and room again afterwards")		# RFC 9110 15.6.4
def _(t):
    server = t.server(files={"index.html": "x", "huge": b"x" * HUGE}, server="max_connections = 8")
    clients = busy(server, 8)
    for _ in range(5):
        with server.connect() as c:
            c.send(request("/"), lenient=True)
            response = c.response()
            assert response.status == 503 and response.closes, response
            assert re.fullmatch(r"[1-9][0-9]*", response["Retry-After"] or ""), response
            c.shut()
            c.end()
    with server.connect() as c:			# refused whether it asks or not
        assert c.response().status == 503
    close_all(clients)
    server.left_nothing()
    until("there is room again", lambda: server.get("/").body == b"x")		# it is counted a moment after a socket has gone


@case("max_connections: hundreds of newcomers at a full server harm nobody")
def _(t):
    server = t.server(files={"index.html": "x", "huge": b"x" * HUGE}, server="max_connections = 8\nbacklog = 1024")
    clients = busy(server, 8)
    crowd = [server.connect() for _ in range(300)]
    for c in crowd[:20]:
        assert c.response().status == 503
    close_all(crowd)
    for c in clients:
        c.shut()
    assert len(clients[0].socket.recv(1000)) == 1000
    close_all(clients)
    server.left_nothing()
    until("there is room again", lambda: server.get("/").body == b"x")		# it is counted a moment after a socket has gone


# tinyhttpd.ini(5): "When so many wait, no more are accepted until there is room, and the kernel keeps the others."
@case("queue = 1: a burst of connections fills it, and everyone is served in the end")
def _(t):
    server = t.server(files={"index.html": "x"}, server="queue = 1\nbacklog = 1024", workers=1)
    for _ in range(3):
        clients = [server.connect() for _ in range(300)]
        for c in clients:
            c.send(request("/", "Connection: close"))
        for c in clients:
            assert c.response().body == b"x"
            c.end()
        close_all(clients)
    server.left_nothing()


@case("a full queue is counted, and everyone who waited in the backlog is served")
def _(t):
    server = t.server(files={"index.html": "x"}, server="queue = 1\nbacklog = 1024", workers=1)
    server.signal(signal.SIGSTOP)			# so that they arrive all at once
    clients = [server.connect() for _ in range(400)]
    for c in clients:
        c.send(request("/"))
    server.signal(signal.SIGCONT)
    for c in clients:
        assert c.response().body == b"x"
    close_all(clients)
    server.left_nothing()
    server.signal(signal.SIGTERM)
    server.wait_exit()
    assert re.search(r"queue full [1-9]", server.stderr()), server.stderr()


def set_nofile(server, soft):
    hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))


# tinyhttpd.ini(5): "Connections that the kernel keeps for each listener"
@case("backlog: so many are kept while nobody accepts, and all are served in the end")
def _(t):
    for backlog, name in ((2, "few"), (64, "many")):
        server = t.server(files={"index.html": "x"}, server=f"backlog = {backlog}", name=name)
        os.kill(server.pid, signal.SIGSTOP)
        until("it has stopped", lambda: stopped(server))
        clients = [knock(server) for _ in range(16)]
        kept = sum(c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1 for c in clients)	# TCP_ESTABLISHED
        os.kill(server.pid, signal.SIGCONT)
        assert kept < 16 if backlog == 2 else kept == 16, (backlog, kept)
        for c in clients:
            c.setblocking(True)
            c.settimeout(LIMIT)
            c.sendall(request("/", "Connection: close"))
            answer = b""
            while piece := c.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"x")
            c.close()


def knock(server):
    """A connection that is asked for and not waited for; on this machine it is there at once, or has to ask again."""
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex(("127.0.0.1", server.port))
    return c


def stopped(server):
    with open(f"/proc/{server.pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0] == "T"


@case("out of descriptors: 503 and not 404, no death, no spin, and recovery within moments")
def _(t):
    server = t.server(files={"index.html": "x", "unknown": "u"})
    assert server.get("/").body == b"x"
    server.left_nothing()
    limit = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[0]
    asking = server.connect()
    asking.send(b"GET /unknown HTTP/1.1\r\nHost: a\r\n")
    until("that it was accepted", lambda: server.sockets() > server.sockets_at_start)
    used = server.descriptors()
    set_nofile(server, next(n for n in range(len(used) + 1) if n not in used))		# no number is left
    try:
        asking.send(b"\r\nGET / HT")		# the next one has begun: it is not idle and keeps its place
        assert asking.response().status == 503
        waiting = [server.connect() for _ in range(20)]
        for c in waiting:
            c.send(request("/"))
        before = server.cpu_ticks()
        select.select([], [], [], 1)			# long enough to see a loop that never rests
        ticks = server.cpu_ticks() - before
        assert ticks < 0.6 * os.sysconf("SC_CLK_TCK"), f"{ticks} ticks of a second used up"
    finally:
        set_nofile(server, limit)
    for c in waiting:
        assert c.response().status in (200, 503)
    assert server.get("/").body == b"x"
    close_all(waiting + [asking])
    server.left_nothing()


@case("few descriptors: max_connections follows, with one warning, and the clients are served")
def _(t):
    server = t.server(files={"index.html": "x"}, nofile=(160, 160), server="max_connections = 10000")
    warnings = [line for line in server.stderr().splitlines() if "max_connections" in line]
    assert len(warnings) == 1 and "[warn]" in warnings[0], server.stderr()
    for _ in range(3):
        clients = [server.connect() for _ in range(150)]
        for c in clients:
            c.send(request("/"), lenient=True)
        served = 0
        for c in clients:
            try:
                statuses = [c.response().status]
            except (ConnectionResetError, AssertionError):
                statuses = []
            served += statuses == [200]
            assert statuses in ([200], [503], []), statuses
        assert served >= 8, served
        close_all(clients)
        server.left_nothing()
    for _ in range(20):
        assert server.get("/").body == b"x"


@case("the soft limit of descriptors is raised to the hard one")
def _(t):
    hard = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    server = t.server(files={"index.html": "x"}, nofile=(64, hard))
    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE) == (hard, hard)


# tinyhttpd.ini(5): "auto, the default, is the number of CPUs that the process may use."
@case("workers = N makes N threads of the pool, and auto follows the CPUs one may use")
def _(t):
    def threads(server):
        return len(os.listdir(f"/proc/{server.pid}/task"))
    one = threads(t.server(files={"index.html": "x"}, workers=1, name="one"))
    assert threads(t.server(files={"index.html": "x"}, workers=5, name="five")) == one + 4
    cpu = min(os.sched_getaffinity(0))
    server = t.server(files={"index.html": "x"}, workers="auto", name="auto", wrap=("taskset", "-c", str(cpu)))
    assert threads(server) == one


@case("connections that come and go by the thousand leave nothing")
def _(t):
    server = t.server(files={"index.html": "x"})
    def count():				# each worker opens the root when it first needs it
        return sum(not os.path.isdir(target) for target in server.descriptors().values())
    descriptors = None
    for i in range(3000):
        c = server.connect()
        if i % 3:
            c.send(request("/"))
        if i % 3 == 2:
            c.response()
        c.abort() if i % 2 else c.close()
        if i == 300:
            server.left_nothing()
            descriptors = count()
    server.left_nothing()
    until("no more descriptors than before", lambda: count() <= descriptors)
    assert server.get("/").body == b"x"


main()
