#!/usr/bin/python3
"""Reloading: all or nothing, said to who asked, and no client notices."""

import contextlib
import os
import re
import signal
import socket
import subprocess

from harness import LIMIT, PROGRAM, case, children, environment, is_plain, main, need_root, request, until
from steady import Load

HUGE = bytes(range(256)) * (96 << 10)		# 24 MiB


def rewrite(server, old, new):
    with open(server.config) as f:
        text = f.read()
    assert old in text, text
    with open(server.config + ".new", "w") as f:
        f.write(text.replace(old, new))
    os.rename(server.config + ".new", server.config)


def reload(server, status=0):
    done = subprocess.run([PROGRAM, "-c", server.config, "reload"], capture_output=True, text=True, timeout=LIMIT * 4,
                          stdin=subprocess.DEVNULL, env=environment(), cwd=server.test.dir, check=False)
    assert done.returncode == status, (done, server.stderr()[-2000:])
    return done


def only_one(server):
    until("one generation is left", lambda: len(children(server.supervisor)) == 1, limit=LIMIT * 2)


# tinyhttpd(8): "A new process reads the configuration; when it is ready to answer, the one before it ..."
@case("a reload changes what is served, and says what has changed, host by host")
def _(t):
    a, b = t.files({"index.html": "A"}, "a"), t.files({"index.html": "B"}, "b")
    server = t.server(f"[host a.test]\nroot = {a}\ndefault = yes\n[host old.test]\nroot = {a}\n")
    before = server.pid
    assert server.get("/", host="a.test").body == b"A"
    rewrite(server, "[host old.test]", "[host new.test]")
    rewrite(server, f"root = {a}\ndefault = yes", f"root = {b}\ndefault = yes\ncharset = off")
    done = reload(server)
    for line in ("host a.test: changed: root charset", "host new.test: added", "host old.test: removed"):
        assert line in done.stdout and "reload: " + line in server.stderr(), (line, done, server.stderr())
    assert server.get("/", host="a.test").body == b"B"
    assert server.pid != before
    only_one(server)
    assert "nothing has changed" in reload(server).stdout
    assert "the supervisor becomes" not in server.stderr()		# where the program is the same


@case("HUP reloads as well, and the manager is told of the beginning and the end")
def _(t):
    server = t.server(files={"index.html": "old"})
    other = t.files({"index.html": "new"}, "other")
    rewrite(server, f"root = {server.root}", f"root = {other}")
    server.messages.clear()
    server.signal(signal.SIGHUP)
    server.wait_message(r"RELOADING=1")
    server.wait_message(r"MONOTONIC_USEC=\d+")
    server.wait_message(r"READY=1")
    assert server.get("/").body == b"new"


@case("a broken configuration changes nothing: every error with its line, to who asked and to the log, and status 1")
def _(t):
    log = t.path("error.log")
    server = t.server(files={"index.html": "x"}, error=f"{log} info")
    before = server.pid
    rewrite(server, "[log]\n", "nonsense = 1\nworkers = many\n[log]\n")
    server.messages.clear()
    done = reload(server, 1)
    for words in (r"\.ini:\d+: \[server\] nonsense: ", r"\.ini:\d+: \[server\] workers: ", "the reload is refused"):
        assert re.search(words, done.stderr), done
        with open(log) as f:
            assert re.search(words, f.read()), words
    server.wait_message(r"RELOADING=1")
    server.wait_message(r"READY=1")
    assert server.pid == before and server.get("/").body == b"x"
    server.signal(signal.SIGHUP)
    until("that is said again", lambda: open(log).read().count("the reload is refused") == 2)
    assert server.pid == before and server.get("/").body == b"x"


@case("what fails behind the configuration is refused as well: a port that is taken, a log that cannot be opened")
def _(t):
    server = t.server(files={"index.html": "x"})
    before = server.pid
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        where = "127.0.0.1:%d" % taken.getsockname()[1]
        rewrite(server, "[server]\n", f"[server]\nlisten = {where}\n")
        assert where in reload(server, 1).stderr
    rewrite(server, f"listen = {where}\n", "")
    rewrite(server, "[log]\n", f"[log]\naccess = {t.path('nowhere')}/x combined\n")
    rewrite(server, f"access = {server.access_log} combined\n", "")
    assert "nowhere/x" in reload(server, 1).stderr
    assert server.pid == before and server.get("/").body == b"x" and len(children(server.supervisor)) == 1


@case("listeners come and go, and one that stays is the same socket")
def _(t):
    local = t.path("web.sock")
    server = t.server(files={"index.html": "x"}, listen=("127.0.0.1:0", f"unix:{local}"))
    first = server.addresses[0]
    rewrite(server, f"listen = unix:{local}\n", "listen = 127.0.0.2:0\n")
    server.messages.clear()
    reload(server)
    server.wait_ready()
    assert server.addresses[0] == first and server.addresses[1].startswith("127.0.0.2:"), server.addresses
    for i in range(2):
        assert server.get("/", listener=i).body == b"x"
    until("the one that went is closed", lambda: not os.path.exists(local))


@case("a connection that is idle stays until its next request, which is answered with Connection: close")
def _(t):
    server = t.server(files={"index.html": "x"}, server="keepalive_timeout = 1h")
    old = server.pid
    with server.connect() as c:
        assert not c.ask("/").closes
        reload(server)
        assert server.pid != old and old in children(server.supervisor)
        c.silent()
        response = c.ask("/")
        assert response.body == b"x" and response.closes
        c.end()
    only_one(server)


@case("a download that began before outlives as many reloads as come, byte for byte")
def _(t):
    server = t.server(files={"huge": HUGE, "index.html": "x"})
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        head = c.response(body=False)
        for _ in range(3):
            reload(server)
            assert server.get("/").body == b"x"
        assert c._exactly(int(head["Content-Length"])) == HUGE
        assert c.ask("/").closes		# its head did not say so
        c.end()
    only_one(server)


# tinyhttpd(8): "at most eight generations drain"
@case("of more than eight generations that drain the oldest is cut, and the log says so")
def _(t):
    server = t.server(files={"huge": HUGE, "index.html": "x"}, server="send_timeout = 1h")
    slow = []
    for _ in range(10):
        c = server.connect(rcvbuf=8192)
        c.send(request("/huge"))
        c.response(body=False)
        slow.append(c)
        reload(server)
    until("the oldest ones are gone", lambda: len(children(server.supervisor)) == 9)
    assert server.stderr().count("the oldest one is cut") == 2, server.stderr()
    assert server.get("/").body == b"x"
    for c in slow:
        c.close()
    only_one(server)


# tinyhttpd(8): "One that ought to accept no more, or to leave at once, and does not do so within ten seconds is ended"
@case("a generation that does not hear that another one took over is ended, and the reload comes to its end")
def _(t):
    server = t.server(files={"index.html": "x"})
    old = server.pid
    os.kill(old, signal.SIGSTOP)
    reload(server)
    assert server.pid != old and server.get("/").body == b"x"
    only_one(server)
    assert "does not do what it was told" in server.stderr(), server.stderr()
    reload(server)


# tinyhttpd.ini(5): "How long answers in flight may take when a reload has put another configuration in charge"
@case("reload_grace bounds how long the one before may take")
def _(t):
    server = t.server(files={"huge": HUGE, "index.html": "x"}, server="reload_grace = 300ms\nsend_timeout = 1h")
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        c.response(body=False)
        reload(server)
        only_one(server)
    assert "reload_grace is over" in server.stderr()


@case("several who ask at the same time all get their answer")
def _(t):
    server = t.server(files={"index.html": "x"})
    askers = [subprocess.Popen([PROGRAM, "-c", server.config, "reload"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               cwd=t.dir) for _ in range(6)]
    for one in askers:
        said = one.communicate(timeout=LIMIT * 4)[0]
        assert one.returncode == 0 and "reloaded" in said, said
    only_one(server)


@case("a host's log, the pid file and the user may change with a reload, too")
def _(t):
    need_root()
    server = t.server(files={"index.html": "x"}, server=f"pidfile = {t.path('one.pid')}")
    rewrite(server, t.path("one.pid"), t.path("two.pid"))
    rewrite(server, server.access_log, t.path("second.log"))
    rewrite(server, "user = root", "user = nobody")
    reload(server)
    server.get("/")
    until("the new log is written to", lambda: os.path.getsize(t.path("second.log")) > 0)
    assert not os.path.exists(t.path("one.pid"))
    with open(t.path("two.pid")) as f:
        assert f.read() == f"{server.supervisor}\n"
    with open(f"/proc/{server.pid}/status") as f:
        assert re.search(r"^Uid:\s+(\d+)", f.read(), re.M)[1] != "0"


# ---- under load: clients that do not try again

def held(server):
    """Descriptors: of the supervisor, and of the one that serves but for the site's own."""
    return (len(os.listdir(f"/proc/{server.supervisor}/fd")),
            sum(not (target + "/").startswith(server.root + "/") for target in server.descriptors().values()))


def memory(pid):
    """In KiB: what is its own."""
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read())[1])


def loaded(t):
    """A server that has reloaded once, so that what comes once only is there."""
    body = os.urandom(1000)
    server = t.server(files={"index.html": body}, error=f"{t.path('error.log')} notice", server="keepalive_requests = 0")
    reload(server)
    only_one(server)
    server.get("/")
    return server, body


def under_load(t, server, body, act, times):
    load = Load(t, server.port, body, rate=2000)
    load.wait_for(200)
    for _ in range(times):
        act()
        load.wait_for(100)		# each kept connection is asked on long before eight generations drain
    return load.end()


@case("a hundred reloads under 2000 requests a second, kept connections and new ones: none is lost or reset, and nothing is left behind")
def _(t):
    server, body = loaded(t)
    first, first_memory = held(server), memory(server.supervisor)
    counted = under_load(t, server, body, lambda: reload(server), 100 if is_plain() else 20)
    only_one(server)
    counted.print()
    assert counted.flawless(), counted
    assert counted.fresh > 100 and counted.answered - counted.fresh > 100, counted
    server.get("/")
    until(f"as many descriptors as before: {first}", lambda: held(server) == first)
    if not server.sanitized():
        assert memory(server.supervisor) < first_memory + 256, (first_memory, memory(server.supervisor))


@case("the same load notices when a generation is killed instead: the measure can fail")
def _(t):
    server, body = loaded(t)
    def kill():
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)
    counted = under_load(t, server, body, kill, 5)
    counted.print()
    assert counted.lost and not counted.flawless(), counted



# tinyhttpd(8): "An address may take the place of one that covers it ... or that it covers"
@case("an address takes the place of one that covers it, and the other way round, in one reload under load: nothing is lost")
def _(t):
    body = os.urandom(1000)
    server = t.server(files={"index.html": body}, error=f"{t.path('error.log')} notice", listen=("0.0.0.0:0",), server="keepalive_requests = 0")
    port, lines = server.port, ["0.0.0.0:0"]
    load = Load(t, port, body, rate=2000)
    load.wait_for(200)
    for line in f"127.0.0.1:{port}", f"0.0.0.0:{port}", f"127.0.0.1:{port}", f"{port}", f"0.0.0.0:{port}":
        if line == f"{port}" and not has_ipv6():
            continue
        rewrite(server, f"listen = {lines[-1]}\n", f"listen = {line}\n")
        server.messages.clear()
        reload(server)
        server.wait_ready()
        load.wait_for(200)
        only_one(server)
        there = reachable("127.0.0.2", port)
        assert there == (not line.startswith("127")), (line, there)
        lines.append(line)
    counted = load.end()
    counted.print()
    assert counted.flawless(), counted
    with open(t.path("error.log")) as f:
        assert "cannot accept" not in f.read()		# that a socket did not listen yet is no error


def reachable(address, port):
    with socket.socket() as s:
        return s.connect_ex((address, port)) == 0


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as s:
        s.bind(("::", 0))
        return True
    return False


@case("a refused reload leaves the address to the one that has it, under load")
def _(t):
    body = os.urandom(1000)
    server = t.server(files={"index.html": body}, error=f"{t.path('error.log')} notice", listen=("0.0.0.0:0",),
                      server=f"keepalive_requests = 0\npidfile = {t.path('one.pid')}")
    load = Load(t, server.port, body, rate=2000)
    load.wait_for(200)
    with open(server.config) as f:
        good = f.read()
    rewrite(server, "listen = 0.0.0.0:0", f"listen = 127.0.0.1:{server.port}")
    rewrite(server, t.path("one.pid"), t.path("nowhere/two.pid"))		# asked for behind the listeners
    for _ in range(5):
        assert "two.pid" in reload(server, 1).stderr
        load.wait_for(200)
    assert reachable("127.0.0.2", server.port)
    with open(server.config, "w") as f:
        f.write(good)
    reload(server)
    counted = load.end()
    counted.print()
    assert counted.flawless(), counted


main()
