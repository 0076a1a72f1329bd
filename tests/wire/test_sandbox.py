"""What the server may still do once it serves, and links that lead out of a root.

Quoted lines are from tinyhttpd.ini(5)."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
import time

from harness import *

# Switches two names for as long as its standard input is open.
SWITCH = """import ctypes, os, select, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (name.encode() for name in sys.argv[1:])
while not select.select([0], [], [], 0)[0]:
    for _ in range(200):
        if libc.renameat2(-100, a, -100, b, 2):
            sys.exit(1)
"""

LANDLOCK = 444


def sandbox_line(server):
    return re.search(r"sandbox: (.*)", server.stderr())[1]


def need_landlock():
    if ctypes.CDLL(None, use_errno=True).syscall(LANDLOCK, None, 0, 1) < 1:
        raise Skip("this kernel has no Landlock, or does not use it")


def need_walls(server):
    """A build with sanitizers, or one that counts lines, builds none."""
    if sandbox_line(server).startswith("off, in a build with"):
        raise Skip("this build has sanitizers")


@case("one line of the error log says which walls stand")
def _(t):
    need_landlock()
    server = t.server(files={"x": "x"})
    need_walls(server)
    assert re.fullmatch(r"1 place can be read and 0 written.* \(Landlock \d+\); \d+ system calls \(seccomp\)",
                        sandbox_line(server)), sandbox_line(server)
    assert server.get("/x").body == b"x"


@case("behind the walls no capability is left, and none comes back")
def _(t):
    need_root()
    server = t.server(files={"x": "x"}, user=need_user("nobody").pw_name)
    with open(f"/proc/{server.pid}/status") as f:
        status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        assert int(status[name], 16) == 0, (name, status[name])
    assert status["NoNewPrivs"] == "1"


# "off builds none; it is for looking for faults."
@case("sandbox = off builds no walls, and says so")
def _(t):
    server = t.server(files={"x": "x"}, server="sandbox = off")
    assert sandbox_line(server) == "off"
    assert server.get("/x").body == b"x"


# "With auto, the default, it builds the walls that the kernel has."
@case("sandbox = auto serves without what the kernel lacks, and warns of it")
def _(t):
    server = t.server(files={"x": "x"}, wrap=without_call(LANDLOCK))
    need_walls(server)
    assert re.search(r"\[warn\].*sandbox: .*files are not fenced in \(Landlock\): this kernel does not have it",
                     server.stderr()), server.stderr()
    assert server.get("/x").body == b"x"


# "With strict it does not start when one of them cannot be built."
@case("sandbox = strict refuses to start without one of them, with the reason")
def _(t):
    server = t.server(files={"x": "x"}, server="sandbox = strict", wrap=without_call(LANDLOCK), ready=False, expect_exit=1)
    assert server.wait_exit() == 1
    assert "sandbox = strict, but files are not fenced in (Landlock): this kernel does not have it" in server.stderr()


@case("with a root of / the line says that everything can be read")
def _(t):
    need_landlock()
    server = t.server(root="/")
    need_walls(server)
    assert sandbox_line(server).startswith("everything can be read, as a root is /"), sandbox_line(server)


@case("quick mode has walls as well")
def _(t):
    need_landlock()
    t.files({"x": "x"})
    server = t.server(whole=True, args=("serve", t.path("www"), "-p", "0"))
    need_walls(server)
    assert sandbox_line(server).startswith("1 place can be read and 0 written"), sandbox_line(server)
    assert server.get("/x").body == b"x"


@case("a root that is switched to a neighbour is served; one that is switched elsewhere by another generation, which the log tells")
def _(t):
    need_landlock()
    t.files({"1/x": "one", "2/x": "two"}, "releases")
    t.files({"x": "elsewhere"}, "elsewhere")
    os.symlink("releases/1", t.path("current"))
    server = t.server(root=t.path("current"))
    need_walls(server)
    first = server.pid
    assert server.get("/x").body == b"one"

    def switch(target):
        os.symlink(target, t.path("next"))
        os.rename(t.path("next"), t.path("current"))
    switch("releases/2")
    until("the next release", lambda: server.get("/x").body == b"two")
    assert "outside the sandbox" not in server.stderr() and server.pid == first
    switch("elsewhere")
    until("another generation serves it", lambda: server.get("/x").body == b"elsewhere")
    assert re.search(r"root \S+/current: it is another folder now, outside the sandbox", server.stderr())
    assert server.pid != first


def calls_of(group):
    """The system calls of a group of systemd's, which may have groups in it."""
    run = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True)
    found = set()
    for word in (line.strip() for line in run.stdout.splitlines()[1:]):
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


@case("the systemd unit allows every system call that the server allows itself, and those that build walls")
def _(t):
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze here")
    allowed = calls_of("@default")
    with open(os.path.join(SRCDIR, "etc/systemd/tinyhttpd.service.in")) as f:
        filters = re.findall(r"(?m)^SystemCallFilter=(~?)(.*)$", f.read())
    for no, words in filters:
        named = set().union(*(calls_of(w) if w.startswith("@") else {w} for w in words.split()))
        allowed = allowed - named if no else allowed | named
    with open(os.path.join(SRCDIR, "src/server/seccomp.def")) as f:
        ours = set(re.findall(r"(?m)^SYSTEM_CALL(?:_ALONE|_IF)?\((\w+)", f.read()))
    assert len(ours) > 100, "the list is not read rightly"
    ours |= {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "capset", "prctl"}
    assert ours <= allowed, sorted(ours - allowed)


# ---- links that lead out

def out(t, policy, **options):
    t.files({"mine": "mine", "dir/x": "x"}, "outside")
    t.files({"no": "no"}, "closed")
    server = t.server(f"[server]\nsymlinks = {policy}", files={
        "rel": Link("../outside/mine"), "whole": Link(t.path("outside/mine")), "dir": Link("../outside/dir"),
        "in": Link("real"), "real": "real", "no": Link("../closed/no")}, **options)
    return server


def of_policies(name):
    def register(function):
        for policy in "owner", "allow":
            case(f"symlinks = {policy}: {name}")(lambda t, policy=policy: function(t, policy))
    return register


# "All of them, wherever they lead." "what lies outside of every root is out of reach for the server until
# sandbox_read names it" "Folders and files that may be read besides the roots."
@of_policies("links lead out, as far as sandbox_read says")
def _(t, policy):
    need_landlock()
    server = out(t, policy, server=f"sandbox_read = {t.path('outside')}")
    need_walls(server)
    for target, body in {"/rel": b"mine", "/whole": b"mine", "/dir/x": b"x", "/in": b"real"}.items():
        assert server.get(target).body == body, target
    assert server.get("/no").status == 403
    assert "sandbox_read" in server.stderr()


@of_policies("links lead anywhere with sandbox = off")
def _(t, policy):
    server = out(t, policy, server="sandbox = off")
    for target, body in {"/rel": b"mine", "/whole": b"mine", "/dir/x": b"x", "/in": b"real", "/no": b"no"}.items():
        assert server.get(target).body == body, target


# "Those whose target belongs to the owner of the link, below the root or elsewhere; of a link to a link, all of them and
# the file belong to one owner."
@case("symlinks = owner: a link to what its owner does not own is 404, and logged once")
def _(t):
    need_root()
    nobody = need_user("nobody")
    server = out(t, "owner", server="sandbox = off")
    os.lchown(server.root + "/in", nobody.pw_uid, -1)
    os.lchown(server.root + "/dir", nobody.pw_uid, -1)
    for target in "/in", "/dir/x", "/dir/":
        assert server.get(target).status == 404, target
    assert server.stderr().count("to what its owner does not own") == 1
    os.lchown(server.root + "/real", nobody.pw_uid, -1)
    os.chmod(server.root + "/real", 0o644)
    until("the link of one owner", lambda: server.get("/in").body == b"real")


@case("check warns of sandbox_read that changes nothing, and of links that find nothing without it")
def _(t):
    root = t.files({"x": "x"})
    for lines, words in {f"sandbox_read = {root}": "this changes nothing",
                         "symlinks = allow": "sandbox_read in [server] says"}.items():
        run = t.run("check", config=t.write("c.ini", f"[server]\nlisten = 127.0.0.1:0\nroot = {root}\n{lines}\n"))
        assert run.returncode == 0 and words in run.stderr, run.stderr
    for lines in f"symlinks = allow\nsandbox_read = {root}", "symlinks = owner\nsandbox = off":
        run = t.run("check", config=t.write("c.ini", f"[server]\nlisten = 127.0.0.1:0\nroot = {root}\n{lines}\n"))
        assert run.returncode == 0 and "links" not in run.stderr, run.stderr


# ---- a name that is switched while we look

REQUESTS = 5000


def race(t, policy, sandbox="off", **options):
    """Asks for as many names below a folder that is now itself, now a link to the outside: how often each came."""
    names = [f"n{i}" for i in range(REQUESTS)]
    outside = t.files({name: "outside" for name in names}, "outside")
    server = t.server(f"[server]\nsymlinks = {policy}", server=f"sandbox = {sandbox}",
                      files={"d": {name: "inside" for name in names}, "e": Link("../outside")}, **options)
    if policy == "owner":
        os.lchown(outside, 65534, -1)
    if sandbox != "off":
        need_walls(server)
    switch = subprocess.Popen([sys.executable, "-c", SWITCH, server.root + "/d", server.root + "/e"],
                              stdin=subprocess.PIPE)
    t.defer(switch.wait)
    t.defer(switch.stdin.close)
    seen = {200: 0}
    end = time.monotonic() + LIMIT
    inside_and_not = lambda: seen[200] and len(seen) > 1
    while not inside_and_not() or sum(seen.values()) < REQUESTS:
        assert time.monotonic() < end, f"not both outcomes: {seen}"
        for first in range(0, REQUESTS, 100):
            with server.connect() as c:
                c.send(b"".join(request(f"/d/{name}") for name in names[first:first + 100]))
                for _ in range(100):
                    response = c.response()
                    assert b"outside" not in response.body, response
                    assert response.status != 200 or response.body == b"inside", response
                    seen[response.status] = seen.get(response.status, 0) + 1
    assert switch.poll() is None, "the switching ended early"
    return seen


for policy in "beneath", "none", "owner":
    for suffix, options in {"": {}, " (on a kernel without openat2)": {"wrap": without_call(OPENAT2)}}.items():
        @case(f"symlinks = {policy}: a folder that turns into a link to the outside shows nothing of it" + suffix)
        def _(t, policy=policy, options=options):
            if policy == "owner":
                need_root()
            seen = race(t, policy, **options)
            assert set(seen) == {200, 404}, seen


@case("symlinks = allow: a folder that turns into a link out of the sandbox shows nothing of it")
def _(t):
    need_landlock()
    seen = race(t, "allow", "auto")
    assert set(seen) == {200, 403}, seen


main()
