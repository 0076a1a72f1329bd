#!/usr/bin/python3
"""The supervisor and its generations: what crashes comes back, what is replaced on disk runs next.

Quoted lines are from tinyhttpd(8)."""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time

from faults import Orders
from harness import LIMIT, PROGRAM, Client, Failure, case, children, environment, is_plain, main, request, until
from steady import Load

HUGE = bytes(range(256)) * (96 << 10)		# 24 MiB
FILES = {"index.html": "x", "huge": HUGE}


def command(server, *words, status=0):
    done = subprocess.run([PROGRAM, "-c", server.config, *words], capture_output=True, text=True, timeout=LIMIT * 4,
                          stdin=subprocess.DEVNULL, env=environment(), cwd=server.test.dir, check=False)
    assert done.returncode == status, (done, server.stderr()[-2000:])
    return done.stdout


def break_configuration(server):
    with open(server.config, "a") as f:
        f.write("this is [ broken")


def kill_generation(server):
    pid = server.pid
    assert pid != server.supervisor
    fd = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    return fd


@case("the supervisor is one thread, and the one that serves is its child")
def _(t):
    server = t.server(files=FILES)
    assert os.listdir(f"/proc/{server.supervisor}/task") == [str(server.supervisor)]
    assert children(server.supervisor) == [server.pid]
    assert server.get("/").body == b"x"
    with open(f"/proc/{server.pid}/environ", "rb") as f:
        assert b"NOTIFY_SOCKET" not in f.read()		# only the supervisor speaks to the manager


@case("-1 is one process, which says that it cannot reload")
def _(t):
    server = t.server(files=FILES, args=("-1",))
    assert children(server.supervisor) == [] and server.get("/").body == b"x"
    server.signal(signal.SIGHUP)
    until("that is said", lambda: "one process alone (-1) cannot reload" in server.stderr())
    assert server.get("/").body == b"x"


@case("a generation that nobody but a supervisor can start says so")
def _(t):
    done = t.run("generation")
    assert done.returncode == 2 and "only a supervisor can start this" in done.stderr, done


# "A generation that crashes is started again, from what it had read, whatever the files say by now: after 100 ms"
@case("after kill -9 of the generation new connections wait and are served, with the configuration on disk broken")
def _(t):
    a, b = t.files({"index.html": "A"}, "a"), t.files({"index.html": "B"}, "b")
    t.write("text", "from a file")
    server = t.server(f"[host a.test]\nroot = {a}\n[host b.test]\nroot = {b}\nreturn = 200 @text")
    break_configuration(server)
    os.unlink(t.path("text"))
    kill_generation(server)
    for host, body in (("a.test", b"A"), ("b.test", b"from a file")):
        with Client(server.addresses[0]) as c:
            assert c.ask("/", host=host).body == body
    assert "was ended by signal 9" in server.stderr(), server.stderr()
    status = command(server, "status")
    assert re.search(r"crashes\s+1", status), status


@case("kill -9 of the generation under load: what was in flight is lost, and nothing that came after; who connects is served within a second")
def _(t):
    slowest = []
    for i in range(3):
        slowest.append(killed_under_load(t, f"server{i}"))
        if slowest[-1] <= 1000 or not is_plain():
            return
    raise Failure(f"the slowest of each try, in ms, on a machine that may have much else to do: {slowest}")


def killed_under_load(t, name):
    """How many milliseconds the slowest connection waited for its answer."""
    body = os.urandom(1000)
    server = t.server(files={"index.html": body}, error=f"{t.path(name)}.log notice", server="keepalive_requests = 0", name=name)
    load = Load(t, server.port, body, rate=2000)
    load.wait_for(2000)
    break_configuration(server)
    ended = kill_generation(server)
    assert select_end(ended)
    dead = time.monotonic()
    load.wait_for(2000)
    counted = load.end()
    counted.print()
    if counted.lost:
        print(f"# the last request that was lost began {(dead - counted.last_lost) * 1000:.0f} ms before the process was seen dead")
    assert counted.wrong == counted.rude == 0, counted
    assert counted.answered == counted.begun - counted.lost, counted
    assert counted.last_lost <= dead and counted.lost <= Load.CONNECTIONS, (counted, dead)
    assert counted.untold > 0, counted		# the load felt it
    return counted.slowest


@case("a crash loop backs off, which the log and status show, and ends with the crashes")
def _(t):
    server = t.server(files=FILES)
    for _ in range(4):
        old = server.pid
        kill_generation(server)
        until("another one", lambda old=old: children(server.supervisor) and server.pid != old and server.get("/").body == b"x")
    delays = [int(ms) for ms in re.findall(r"the next one starts in (\d+) ms", server.stderr())]
    assert delays == [100, 200, 400, 800], delays
    assert re.search(r"crashes\s+4", command(server, "status"))
    kill_generation(server)
    until("the next start is far off", lambda: "the next one starts in 1600 ms" in server.stderr())
    command(server, "reload")
    assert server.get("/").body == b"x"
    assert json.loads(command(server, "status", "--json"))["respawn-ms"] is None, "it has taken the place of that start"


@case("while no generation serves the error log is written on, and tells why the next one cannot start")
def _(t):
    os.mkdir(t.path("logs"))
    log = t.path("error.log")
    server = t.server(files=FILES, access="logs/access.log combined", error=log + " info")
    def said():
        with open(log) as f:
            return f.read()
    os.rename(t.path("logs"), t.path("elsewhere"))
    kill_generation(server)
    until("it says why", lambda: "access.log: No such file or directory" in said(), LIMIT)
    until("and when the next one starts", lambda: "the next one starts in 200 ms" in said())
    os.rename(t.path("elsewhere"), t.path("logs"))
    until("it comes back", lambda: server.get("/").body == b"x")


@case("after kill -9 of the supervisor the generation finishes and leaves, and a new start finds port and pid file free")
def _(t):
    where = f"unix:{t.path('s')}"
    server = t.server(files=FILES, server=f"pidfile = {t.path('run.pid')}", expect_exit=-signal.SIGKILL, listen=("127.0.0.1:0", where))
    generation = os.pidfd_open(server.pid)
    slow = server.connect(rcvbuf=8192)
    slow.send(request("/huge"))
    head = slow.response(body=False)
    port = server.addresses[0]
    server.signal(signal.SIGKILL)
    server.wait_exit()
    def refused():
        try:
            Client(port).close()
        except ConnectionRefusedError:
            return True
    until("the port is free", refused)
    second = t.server(files=FILES, server=f"pidfile = {t.path('run.pid')}", listen=(port, where), name="second")
    for i in range(2):
        assert second.get("/", listener=i).body == b"x"
    assert slow._exactly(int(head["Content-Length"])) == HUGE
    slow.close()
    assert select_end(generation), "the generation stays"


def select_end(pidfd):
    ended = bool(select.select([pidfd], [], [], LIMIT)[0])
    os.close(pidfd)
    return ended


def replaced(t, server):
    """Another file takes the place of the program."""
    path = os.readlink(f"/proc/{server.supervisor}/exe")
    shutil.copy(PROGRAM, path + ".new")
    os.chmod(path + ".new", 0o755)
    os.rename(path + ".new", path)


def runs_new(pid):
    return not os.readlink(f"/proc/{pid}/exe").endswith(" (deleted)")


# "Where the program on disk is another one by then, the supervisor becomes that, too"
@case("a program replaced on disk: a reload runs it, and the supervisor becomes it, with the same process number")
def _(t):
    copy = t.path("own-tinyhttpd")
    shutil.copy(PROGRAM, copy)
    os.chmod(copy, 0o755)
    local = f"unix:{t.path('s')}"
    server = t.server(files=FILES, wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"), listen=("127.0.0.1:0", local),
                      server=f"pidfile = {t.path('run.pid')}")
    supervisor, first = server.supervisor, server.pid
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        head = c.response(body=False)
        replaced(t, server)
        assert not runs_new(supervisor)
        assert "reloaded" in command(server, "reload")
        until("the supervisor is the new program", lambda: runs_new(supervisor))
        until("and the generation", lambda: runs_new(server.pid))
        for i in range(2):
            assert server.get("/", listener=i).body == b"x"
        assert first in children(supervisor)
        assert "reloaded" in command(server, "reload")
        assert t.path("run.pid") not in server.descriptors().values(), "a generation has what is the supervisor's"
        assert re.search(r"process %d" % supervisor, command(server, "status"))
        with open(t.path("run.pid")) as f:
            assert f.read() == f"{supervisor}\n"
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                raise AssertionError("the pid file is nobody's")
            except BlockingIOError:
                pass
        assert c._exactly(int(head["Content-Length"])) == HUGE
    until("the old ones are gone", lambda: len(children(supervisor)) == 1)
    kill_generation(server)
    until("it comes back", lambda: children(supervisor) and server.get("/").body == b"x")
    os.rename(server.access_log, server.access_log + ".1")
    command(server, "reopen")
    server.get("/")
    assert server.access_lines(1)
    command(server, "stop")
    assert server.wait_exit() == 0
    assert not os.path.exists(t.path("run.pid")) and not os.path.exists(t.path("s"))


@case("a generation that crashes before the supervisor has become another program is started again")
def _(t):
    copy = t.path("own-tinyhttpd")
    shutil.copy(PROGRAM, copy)
    os.chmod(copy, 0o755)
    server = t.server(files=FILES, wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"))
    for delay in (100, 200, 400):		# the next one leaves time for what follows
        kill_generation(server)
        until("it is known", lambda delay=delay: f"the next one starts in {delay} ms" in server.stderr())
        until("it comes back", lambda: children(server.supervisor) and server.get("/").body == b"x")
    replaced(t, server)
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(server.control)
        asker.send(b"stat")		# as long as somebody may still ask the supervisor stays what it is
        assert "reloaded" in command(server, "reload")
        kill_generation(server)
        until("it is known", lambda: "the next one starts in 800 ms" in server.stderr())
        assert not runs_new(server.supervisor)
    until("it comes back", lambda: children(server.supervisor) and server.get("/").body == b"x")
    until("the supervisor is the new program", lambda: runs_new(server.supervisor))


@case("what lies there and is no server is refused, and everything goes on")
def _(t):
    copy = t.path("own-tinyhttpd")
    shutil.copy(PROGRAM, copy)
    os.chmod(copy, 0o755)
    server = t.server(files=FILES, wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"))
    before = server.pid
    for content in (b"#!/bin/false\n", b"no program at all"):
        with open(copy + ".new", "wb") as f:
            f.write(content)
        os.chmod(copy + ".new", 0o755)
        os.rename(copy + ".new", copy)
        done = subprocess.run([PROGRAM, "-c", server.config, "reload"], capture_output=True, text=True, timeout=LIMIT, cwd=t.dir)
        assert done.returncode == 1 and "the reload is refused" in done.stderr, done
        assert server.pid == before and server.get("/").body == b"x"



# "A process that is not ready after 60 seconds ... is killed" (which pass in no time here)
def hanging(t):
    """A server whose next start never becomes ready, and what lets a minute pass."""
    orders = Orders(t)
    copy = t.path("own-tinyhttpd")
    shutil.copy(PROGRAM, copy)
    os.chmod(copy, 0o755)
    server = t.server(files=FILES, wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"), env=orders.env)
    server.program = copy
    lie_there(server, b"#!/bin/sh\nexec sleep 3600\n")
    return server, orders


def lie_there(server, content):
    with open(server.program + ".new", "wb") as f:
        f.write(content)
    os.chmod(server.program + ".new", 0o755)
    os.rename(server.program + ".new", server.program)


def begin(server, *words):
    return subprocess.Popen([PROGRAM, "-c", server.config, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=server.test.dir, env=environment())


def starting(server):
    return re.search(r"process \d+, starting", command(server, "status"))


@case("a start that hangs is killed after a minute: who waits for the reload is told, nothing changes, and the next reload works")
def _(t):
    server, orders = hanging(t)
    before = server.pid
    asked = begin(server, "reload")
    until("a generation starts", lambda: starting(server))
    hangs = os.pidfd_open(server.pid)
    orders.let_pass(20)
    assert starting(server) and asked.poll() is None
    orders.let_pass(61)
    command(server, "status")			# whatever it is asked, it looks at its clock
    said = asked.communicate(timeout=LIMIT)[0]
    for words in ("generation 2 was killed because 60 s had passed before it was ready",
                  "the reload is refused: everything stays as it was"):
        assert words in said and words in server.stderr(), (words, said, server.stderr())
    assert asked.returncode == 1
    assert select_end(hangs)
    assert server.get("/").body == b"x"
    until("it is forgotten", lambda: children(server.supervisor) == [before])
    with open(PROGRAM, "rb") as f:
        lie_there(server, f.read())
    assert "reloaded" in command(server, "reload")
    assert server.get("/").body == b"x"


@case("after a crash a start that hangs is killed, too, and tried again")
def _(t):
    server, orders = hanging(t)
    kill_generation(server)
    until("a generation starts", lambda: starting(server))
    hangs = os.pidfd_open(server.pid)
    with open(PROGRAM, "rb") as f:
        lie_there(server, f.read())
    orders.let_pass(61)
    command(server, "status")
    assert select_end(hangs)
    with server.connect() as c:
        assert c.ask("/").body == b"x"
    assert "generation 2 was killed because 60 s had passed before it was ready" in server.stderr()


@case("a start that hangs keeps nobody from stopping the server: by a signal, and by tinyhttpd stop")
def _(t):
    for by in "signal", "stop":
        server, _ = hanging(t)
        asked = begin(server, "reload")
        until("a generation starts", lambda server=server: starting(server))
        hangs = os.pidfd_open(server.pid)
        if by == "signal":
            server.signal(signal.SIGTERM)
        else:
            command(server, "stop")
        assert server.wait_exit() == 0
        assert asked.wait(timeout=LIMIT) == 1, asked.communicate()
        assert select_end(hangs)


main()
