#!/usr/bin/python3
"""What goes wrong on a machine: the service goes on as far as it can, rests, and is back by itself.

Without memory: test_no_memory.py.  Without room for logs: test_logs.py.
"""

import os
import pwd
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

from faults import Orders, resting, sanitizers, soon
from harness import LIMIT, PROGRAM, Failure, Skip, case, http_date, main, need_root, request, until


def answers(server, target="/", body=b"x", host="localhost"):
    """There is service: a new connection gets the right answer."""
    try:
        response = server.get(target, host=host)
    except (ConnectionError, Failure):
        return False
    return response.status == 200 and response.body == body


def ended(t, **options):
    """A start that must fail by itself: what it said."""
    server = t.server(ready=False, expect_exit=1, **options)
    assert server.wait_exit() == 1, server.stderr()
    return server.stderr()


# ---- descriptors

# DESIGN: "the cache gives back first, and the answer is 503, never 404"
@case("64 descriptors: whoever comes is served, or told 503, or waits; and the next moment all is well")
def _(t):
    files = {f"file-{i}": f"of {i}" for i in range(100)}
    server = t.server(files={"index.html": "x", **files}, nofile=(64, 64), server="cache_valid = 0")
    assert re.search(r"\d+ connections at most", server.stderr())
    for i in range(100):				# more files than may be kept open
        assert server.get(f"/file-{i}").body == b"of %d" % i
    clients = []

    def crowd():
        clients.extend(server.connect() for _ in range(150))
        for i, c in enumerate(clients):			# half a request: nobody is idle, so nobody gives way
            c.send(f"GET /file-{i % 100} HTTP/1.1\r\nHost: a\r\n".encode(), lenient=True)

    def leave():
        for c in clients:
            c.close()
        clients.clear()
    crowd()
    until("somebody is turned away", lambda: select.select([c.socket for c in clients], [], [], 0)[0])
    resting(server)
    served = 0
    for i, c in enumerate(clients):
        c.send(b"\r\n", lenient=True)
        if i < 20:
            status = c.response().status
            assert status in (200, 503), status
            served += status == 200
    assert served >= 8, served
    leave()
    soon("the crowd of 150 has left", crowd, leave, lambda: answers(server))
    for i in range(100):
        assert server.get(f"/file-{i}").body == b"of %d" % i


@case("too few descriptors to start with: the words say how many are needed, and so many do")
def _(t):
    said = ended(t, files={"index.html": "x"}, nofile=(24, 24), name="few")
    needed = int(re.search(r"descriptors: .*limit 24, (\d+) needed at least", said)[1])
    ended(t, files={"index.html": "x"}, nofile=(needed - 1, needed - 1), name="one-less")
    server = t.server(files={"index.html": "x"}, nofile=(needed, needed), name="enough")
    for _ in range(20):
        assert answers(server)


def leave_none(server):
    """The program can open nothing more; what gives it all of them again."""
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    used = server.descriptors()
    free = next(n for n in range(len(used) + 1) if n not in used)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (free, before[1]))
    return lambda: resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)


@case("no descriptor is left: those who wait are served within a moment of the end, files of the cache meanwhile")
def _(t):
    # so large that they are not kept in memory, only open
    server = t.server(files={"index.html": "x", "one": b"1" * 5000000, "two": b"2" * 5000000}, server="cache_valid = 1h", workers=1)
    busy, state, waiting = server.connect(), {}, []
    busy.send(request("/one") + b"GET ")		# the next one has begun, or it were idle and had to go

    def go_on(target, then=b"GET "):
        busy.send(request(target)[4:] + then)
        return busy.response()
    assert busy.response().body == b"1" * 5000000

    def begin():
        state["end"] = leave_none(server)
        waiting.append(server.connect())
        waiting[-1].send(request("/"))

    def end():
        state["end"]()
    begin()
    resting(server)
    assert go_on("/one").body == b"1" * 5000000		# known already
    response = go_on("/two")				# the cache gives one back for it
    assert response.status == 200 and response.body == b"2" * 5000000, response
    end()
    soon("there are descriptors again", begin, end, lambda: waiting.pop().response().status == 200 and answers(server))
    assert go_on("/one", b"").body == b"1" * 5000000
    busy.close()
    for c in waiting:
        assert c.response().body == b"x"
        c.close()


# ---- threads

# Becomes the program where no thread can be made: clone(2) of one fails with EAGAIN, clone3(2) is not known.
NO_THREADS = """import ctypes, os, struct, sys
CLONE, CLONE3, THREAD = %d, 435, 0x10000
code = [(0x20, 0, 0, 0), (0x15, 0, 1, CLONE3), (0x06, 0, 0, 0x00050000 | 38), (0x15, 0, 3, CLONE),
        (0x20, 0, 0, 16), (0x45, 0, 1, THREAD), (0x06, 0, 0, 0x00050000 | 11), (0x06, 0, 0, 0x7fff0000)]
filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(len(code), ctypes.addressof(filters))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program)):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""
CLONES = {"x86_64": 56, "aarch64": 220}


@case("no thread can be made: the start ends with words")
def _(t):
    number = CLONES.get(os.uname().machine)
    if number is None:
        raise Skip(f"the number of clone(2) on {os.uname().machine} is not known here")
    said = ended(t, files={"index.html": "x"}, wrap=(sys.executable, "-c", NO_THREADS % number))
    assert "cannot be started: " + os.strerror(11) in said, said


@case("too few threads are allowed: the start ends with words for each number, until there are enough")
def _(t):
    need_root()
    if sanitizers():
        raise Skip("a sanitizer starts something of its own at the end")
    nobody_else = pwd.struct_passwd(("faults", "x", 61234, 61234, "", "/", "/bin/sh"))	# so all processes of his are ours
    os.chown(t.dir, nobody_else.pw_uid, -1)
    files = t.files({"index.html": "x"})
    for limit in range(1, 40):
        server = t.server(root=files, run_as=nobody_else, user=None, ready=False, expect_exit=None, name=f"limit-{limit}",
                          wrap=("prlimit", f"--nproc={limit}"))
        if until_ready_or_ended(server):
            break
        status = server.wait_exit()
        assert status == 1 and os.strerror(11) in server.stderr(), (limit, status, server.stderr())
        server.expect_exit = 1
    assert limit > 3, limit
    print(f"# {limit} threads are enough")
    assert answers(server)
    server.expect_exit = 0


def until_ready_or_ended(server):
    """True when it is ready."""
    while server.notify in select.select([server.notify, server.pidfd], [], [], LIMIT)[0]:
        server.messages += server.notify.recv(65536).decode().split("\n")
        if "READY=1" in server.messages:
            server.wait_ready()
            return True
    return False


# ---- the clock

DAY = 86400


def clock_says(server, ahead):
    """The Date of an answer, as seconds; raw, since the harness's clients know the true time only."""
    with server.connect() as c:
        c.send(request("/", "Connection: close"))
        head = c.read_to_end().split(b"\r\n\r\n")[0].decode()
    return http_date(re.search(r"\r\nDate: (.*)", head)[1].strip()) - time.time() - ahead


@case("the clock is set forth and back: Date follows, and no connection ends before or after its time")
def _(t):
    orders = Orders(t)
    server = t.server(files={"index.html": "x", "changes": "old"}, env=orders.env,
                      server="head_timeout = 3s\nkeepalive_timeout = 1h\nlimit_requests = 1000/s burst 1000")
    kept, slow = server.connect(), server.connect()
    kept.send(request("/", method="HEAD"))
    kept.head_of_response()
    begin = time.monotonic()
    slow.send(b"GET / HTTP/1.1\r\n")
    for ahead in (400 * DAY, -400 * DAY, 3600, -3600, 0):
        orders.step_clock(ahead)
        until(f"Date follows {ahead} s", lambda: abs(clock_says(server, ahead)) < 60)
        kept.send(request("/", method="HEAD"))
        kept.head_of_response()				# it is still there
        with open(os.path.join(server.root, "changes"), "w") as f:
            f.write(f"new {ahead}")
        until("what changed is seen", lambda: b"new %d" % ahead in raw(server, "/changes"))
    orders.step_clock(-400 * DAY)
    answer = slow.read_to_end()
    took = time.monotonic() - begin
    assert answer.startswith(b"HTTP/1.1 408 "), answer
    assert took > 2.9, f"head_timeout came after {took} s"	# and it came: no wall clock had to pass
    kept.close()
    slow.close()
    orders.step_clock(0)


def raw(server, target):
    with server.connect() as c:
        c.send(request(target, "Connection: close"))
        return c.read_to_end()


@case("the clock is set every moment: nobody fails, and nothing spins")
def _(t):
    orders = Orders(t)
    server = t.server(files={"index.html": "x"}, env=orders.env)
    for i in range(200):
        orders.step_clock((i % 3 - 1) * 400 * DAY)
        assert raw(server, "/").endswith(b"\r\n\r\nx")
    resting(server)
    orders.step_clock(0)


# ---- roots

TWO = "[host a]\nroot = {a}\n[host b]\ndefault = yes\nroot = {b}\n"


def two_sites(t, a, b, **options):
    os.makedirs(a, exist_ok=True)
    os.makedirs(b, exist_ok=True)
    for root, text in ((a, "of a"), (b, "of b")):
        with open(os.path.join(root, "index.html"), "w") as f:
            f.write(text)
    return t.server(TWO.format(a=a, b=b), **options)


def gone(server):
    """Host a says 503, and host b serves."""
    assert answers(server, body=b"of b", host="b")
    with server.connect() as c:
        c.send(request("/", "Connection: close", host="a"))
        response = c.response()
    assert response.status == 503 or response.body == b"of a", response
    return response.status == 503


@case("a root vanishes and comes back: 503 for its host alone, meanwhile rest, and service by itself")
def _(t):
    server = two_sites(t, t.path("a"), t.path("b"))
    assert answers(server, body=b"of a", host="a")

    def begin():
        os.rename(t.path("a"), t.path("away"))
        until("host a says 503", lambda: gone(server))

    def end():
        os.rename(t.path("away"), t.path("a"))
    begin()
    resting(server)
    said = server.stderr()
    assert said.count(t.path("a") + ": No such file or directory") == 1, said
    end()
    until("host a is back", lambda: answers(server, body=b"of a", host="a"))
    soon("the root is back", begin, end, lambda: answers(server, body=b"of a", host="a"))


@case("a root is replaced by another folder: that one is served, where no sandbox is in the way")
def _(t):
    server = two_sites(t, t.path("sites/a"), t.path("sites/b"), server="sandbox = off\ncache_valid = 0")
    assert answers(server, body=b"of a", host="a")
    state = {"number": 0}

    def begin():
        state["number"] += 1
        os.makedirs(t.path("sites/next"))
        with open(t.path("sites/next/index.html"), "w") as f:
            f.write(f"next {state['number']}")

    def end():
        shutil.rmtree(t.path("sites/a"))
        os.rename(t.path("sites/next"), t.path("sites/a"))
    soon("the root is another one", begin, end, lambda: answers(server, body=f"next {state['number']}".encode(), host="a"))
    assert answers(server, body=b"of b", host="b")


OUTSIDE = "it is another folder now, outside the sandbox"
RENEWED = "serves: what it was told is as before, its sandbox is new"


def need_fence(server):
    if "can be read" not in server.stderr():
        raise Skip("files are not fenced in here")


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def swap(t, path):
    """Another folder has the name, in one step for whoever looks."""
    os.rename(path, t.path("old"))
    os.rename(t.path("new"), path)
    shutil.rmtree(t.path("old"))


def turn(t, path):
    """The link leads to a folder far from the one before."""
    os.makedirs(t.path("far"), exist_ok=True)
    place = os.path.join(t.path("far"), str(len(os.listdir(t.path("far")))), "x")
    os.makedirs(os.path.dirname(place))
    os.rename(t.path("new"), place)
    os.symlink(place, t.path("link"))
    os.rename(t.path("link"), path)


def outside(what, root, replace):
    @case(f"{what}, which the sandbox keeps away: served by itself within a moment, and a draft stays a draft")
    def _(t):
        os.makedirs(t.path("sites/a-1"))
        os.symlink("a-1", t.path("sites/a"))
        server = two_sites(t, t.path(root), t.path("sites/b"), server="cache_valid = 0")
        need_fence(server)
        first, state = server.pid, {"number": 0}
        assert answers(server, body=b"of a", host="a")
        with open(server.config, "a") as f:		# nobody said reload
            f.write('[location draft]\npath = /\nreturn = 200 "a draft"\n')

        def begin():
            state["number"] += 1
            t.files({"index.html": f"next {state['number']}"}, "new")

        def end():
            replace(t, t.path(root))

        def works():
            assert answers(server, body=b"of b", host="b")		# all the time
            return answers(server, body=b"next %d" % state["number"], host="a")
        begin()
        end()
        until("it is served", works)
        resting(server)
        until("whoever could not is gone", lambda: not alive(first))
        said = server.stderr()
        assert said.count(OUTSIDE) == 1 and said.count("generation 2 " + RENEWED) == 1, said
        soon(what, begin, end, works)


outside("a root is replaced by another folder", "sites/a-1", swap)
outside("a root is a link, and switched to elsewhere", "sites/a", turn)


@case("a root is replaced while nobody asks for it: the first who does is served")
def _(t):
    server = two_sites(t, t.path("a"), t.path("b"))
    need_fence(server)
    t.files({"index.html": "next"}, "new")
    swap(t, t.path("a"))
    until("somebody else serves", lambda: RENEWED in server.stderr())
    assert answers(server, body=b"next", host="a"), server.get("/", host="a")


# tinyhttpd(8): "none comes while four drain, so no download is cut for it"
@case("a root that goes from one place to the next all the time: few generations, no download is cut, and rest")
def _(t):
    server = two_sites(t, t.path("a"), t.path("b"))
    need_fence(server)
    with open(t.path("b/huge"), "wb") as f:
        f.truncate(64 << 20)
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge", host="b"))
        assert c.response(body=False).status == 200
        end = time.monotonic() + 5		# as long as it goes on
        while time.monotonic() < end:
            t.files({"index.html": "x"}, "new")
            swap(t, t.path("a"))
            assert answers(server, body=b"of b", host="b")
        started = server.stderr().count(RENEWED)
        print(f"# {started} generations")
        assert 1 < started < 6, server.stderr()
        assert len(c._exactly(64 << 20)) == 64 << 20


@case("a root is replaced, and no other generation can be started: 503 for its host alone, words now and then, and rest")
def _(t):
    copy = t.path("own-tinyhttpd")
    shutil.copy(PROGRAM, copy)
    server = two_sites(t, t.path("a"), t.path("b"), wrap=("sh", "-c", f'shift; exec {copy} "$@"', "sh"))
    need_fence(server)
    before = server.pid
    t.write("false", "#!/bin/false\n")
    os.chmod(t.path("false"), 0o755)
    os.rename(t.path("false"), copy)
    t.files({"index.html": "next"}, "new")
    swap(t, t.path("a"))
    def pauses():
        return re.findall("the sandbox stays as it is; not tried again for ([0-9]+) ms", server.stderr())
    until("it was tried three times", lambda: len(pauses()) >= 3)
    resting(server)
    assert gone(server) and server.pid == before
    assert server.stderr().count(OUTSIDE) == 1 and pauses()[:3] == ["500", "1000", "2000"], server.stderr()
    shutil.copy(PROGRAM, t.path("again"))
    os.rename(t.path("again"), copy)
    until("it is served", lambda: answers(server, body=b"next", host="a"))


@case("a root is replaced, and there is no supervisor: 503 for its host alone, words, and rest, until it is back")
def _(t):
    server = two_sites(t, t.path("a"), t.path("b"), args=("-1",))
    need_fence(server)
    assert answers(server, body=b"of a", host="a")
    os.rename(t.path("a"), t.path("old"))
    shutil.copytree(t.path("old"), t.path("a"))
    until("host a says 503", lambda: gone(server))
    resting(server)
    assert server.stderr().count(OUTSIDE) == server.stderr().count(f"root {t.path('a')}: ") == 1, server.stderr()
    os.rename(t.path("a"), t.path("new"))
    os.rename(t.path("old"), t.path("a"))
    until("host a is back", lambda: answers(server, body=b"of a", host="a"))


@case("the folder of a log is removed: its lines are lost and counted, no request is, and it is written again once it can be")
def _(t):
    os.makedirs(t.path("logs"))
    server = t.server(files={"index.html": "x"}, access="logs/access.log combined")
    assert answers(server)
    server.access_lines(1)
    shutil.rmtree(t.path("logs"))
    for _ in range(10):
        assert answers(server)
    until("it is said", lambda: "logs/access.log: it was removed" in server.stderr())
    server.signal(signal.SIGUSR1)			# too early
    until("it cannot be opened", lambda: "logs/access.log: No such file or directory" in server.stderr())
    assert answers(server)
    resting(server)
    os.makedirs(t.path("logs"))
    server.signal(signal.SIGUSR1)
    until("there is a new one", lambda: os.path.exists(server.access_log))
    for _ in range(5):
        assert answers(server)
    assert len(server.access_lines(5)) in range(5, 17)	# and what was not written yet
    server.signal(signal.SIGTERM)
    server.wait_exit()
    lost = int(re.search(r"(\d+) log lines lost", server.stderr())[1])
    assert lost + len(server.access_lines()) + 1 == 17, (lost, server.access_lines())


def mount(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LIMIT)
    if done.returncode:
        raise Skip(f"{words[0]} may not be done here: {done.stderr.strip()}")


def unmounted(what, lines):
    @case(f"the file system of a root is unmounted and mounted again, {what}: 503 for its host alone, then service by itself")
    def _(t):
        need_root()
        root = t.path("disk/a")
        os.makedirs(t.path("disk"))

        def plug():
            mount("mount", "-t", "tmpfs", "none", t.path("disk"))

        def fill():
            os.makedirs(root)
            with open(root + "/index.html", "w") as f:
                f.write("of a")

        def unplug():
            subprocess.run(["umount", "-l", t.path("disk")], capture_output=True, check=False, timeout=LIMIT)
        t.defer(unplug)
        plug()
        server = two_sites(t, root, t.path("b"), server=lines)
        if not lines:
            need_fence(server)
        assert answers(server, body=b"of a", host="a")

        def begin():
            unplug()
            until("host a says 503", lambda: gone(server))

        def end():
            plug()
            fill()
        begin()
        resting(server)
        end()
        until("host a is back", lambda: answers(server, body=b"of a", host="a"))
        soon("the disk is back", begin, end, lambda: answers(server, body=b"of a", host="a"))


unmounted("where no sandbox is in the way", "sandbox = off")
unmounted("out of the sandbox", "")
main()
