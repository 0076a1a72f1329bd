#!/usr/bin/python3
"""reload, status, reopen and stop: commands that reach a server that runs, and come back with its answer."""

import json
import os
import signal
import socket
import stat

from harness import ROOT, Skip, case, main, need_root, need_user, request, until


def status(t, server):
    run = t.run("status", "--json", config=server.config)
    assert run.returncode == 0, run
    return json.loads(run.stdout)


def change(server, old, new):
    with open(server.config) as f:
        text = f.read()
    assert old in text
    with open(server.config, "w") as f:
        f.write(text.replace(old, new))


# tinyhttpd(8): "Have the server that runs read its configuration anew", "What it answers comes when the new configuration serves"
@case("reload: what changed holds when the command comes back")
def _(t):
    server = t.server("[host a]\nreturn = 200 \"one\"\n")
    assert server.get("/", host="a").body == b"one"
    change(server, "one", "two")
    run = t.run("reload", config=server.config)
    assert run.returncode == 0 and run.stderr == "", run
    assert server.get("/", host="a").body == b"two"
    last = status(t, server)["last-reload"]
    assert last["good"], last


# tinyhttpd(8): "every error is printed, the server goes on with what it has, and the exit status is not 0"
@case("reload of a broken configuration: every error to the one who asked, and nothing changes")
def _(t):
    server = t.server("[host a]\nreturn = 200 \"one\"\n")
    change(server, "[host a]", "[host a]\ncolour = red\nrot = /srv\n[hosst b]\n[host a]")
    run = t.run("reload", config=server.config)
    assert run.returncode == 1, run
    for words in ("colour: there is no such key", 'did you mean "root"', "there is no such section", "tinyhttpd.ini:"):
        assert words in run.stderr, run.stderr
    assert server.get("/", host="a").body == b"one"
    last = status(t, server)["last-reload"]
    assert not last["good"] and "colour" in last["words"], last
    text = t.run("status", config=server.config).stdout
    assert "refused" in text and "colour" in text, text


@case("several who ask for a reload at the same time all get an answer")
def _(t):
    server = t.server("[host a]\nreturn = 200 \"one\"\n")
    change(server, "one", "two")
    askers = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    for s in askers:
        s.settimeout(60)
        s.connect(server.control)
        s.sendall(b"reload\n")
    for s in askers:
        with s, s.makefile("rb") as f:
            assert f.read().endswith(b"=0\n")
    assert server.get("/", host="a").body == b"two"


# tinyhttpd(8): "Print how the server is that runs", "Sums are over all processes since the start of the server"
@case("status: what the server is and what it has done, also by a generation that has gone")
def _(t):
    server = t.server(files={"index.html": "x"}, server="max_connections = 321\nlimit_requests = 1/m burst 2")
    for _ in range(2):
        server.get("/")
    assert server.get("/").status == 429
    before = status(t, server)
    assert before["pid"] == server.supervisor and before["configuration"] == server.config
    assert before["addresses"] == server.addresses and before["max-connections"] == 321
    assert [g["state"] for g in before["generations"]] == ["serving"] and before["generations"][0]["pid"] == server.pid
    until("three requests are counted", lambda: status(t, server)["workers-counted"]["requests"] == 3)
    assert status(t, server)["workers-counted"]["limited"] == 1
    assert t.run("reload", config=server.config).returncode == 0
    until("one generation", lambda: len(status(t, server)["generations"]) == 1)
    after = status(t, server)
    assert after["generations"][0]["number"] > before["generations"][0]["number"]
    assert after["workers-counted"]["requests"] == 3 and after["acceptor"]["accepted"] == 3
    until("nobody is there", lambda: status(t, server)["connections"] == {"now": 0, "idle": 0})
    with server.connect() as c:
        c.ask("/")
        until("one is idle", lambda: status(t, server)["connections"] == {"now": 1, "idle": 1})
    text = t.run("status", config=server.config).stdout
    for words in (f"process {server.supervisor}, since ", f"process {server.pid}, serving", server.addresses[0], "sandbox  ",
                  "requests        4,", "over limit_requests", "last reload"):
        assert words in text, text


# tinyhttpd(8): "When the command comes back, nothing is written into the renamed ones any more"
@case("reopen: lines of requests that come later are in the new file when the command has come back")
def _(t):
    server = t.server(files={"index.html": "x"})
    for turn in range(5):
        server.get(f"/?{turn}")
        until("its line", lambda: f"?{turn} " in "".join(server.access_lines()))
        old = t.path(f"old.{turn}")
        os.rename(server.access_log, old)
        run = t.run("reopen", config=server.config)
        assert run.returncode == 0 and run.stderr == "", run
        assert os.path.exists(server.access_log)
        size = os.path.getsize(old)
        server.get(f"/?after{turn}")
        until("its line", lambda: f"?after{turn} " in "".join(server.access_lines()))
        assert os.path.getsize(old) == size


@case("reopen where a log cannot be opened again: the one who asked is told, and its exit status too")
def _(t):
    server = t.server(files={"index.html": "x"})
    os.rename(server.access_log, t.path("old"))
    os.mkdir(server.access_log)
    run = t.run("reopen", config=server.config)
    assert run.returncode == 1 and server.access_log in run.stderr, run
    os.rmdir(server.access_log)


# tinyhttpd(8): "finish what is in flight and leave", "The command comes back when it has left"
@case("stop: comes back when no process of the server is left")
def _(t):
    server = t.server(files={"index.html": "x"})
    server.get("/")
    generation, supervisor = server.pid, server.supervisor
    run = t.run("stop", config=server.config)
    assert run.returncode == 0 and run.stderr == "", run
    assert not os.path.exists(f"/proc/{generation}"), "a generation is still there"
    with open(f"/proc/{supervisor}/stat") as f:
        assert f.read().rpartition(")")[2].split()[0] == "Z"		# of which only the status is left, for us
    assert server.wait_exit() == 0 and not os.path.exists(server.control)


@case("stop: cut connections are told by the exit status")
def _(t):
    server = t.server(files={"huge": b"x" * (32 << 20)}, server="grace = 0", expect_exit=3)
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/huge"))
        c.response(body=False)
        run = t.run("stop", config=server.config)
    assert run.returncode == 3, run
    assert server.wait_exit() == 3


@case("a silent asker holds up neither the server nor other askers")
def _(t):
    server = t.server(files={"index.html": "x"})
    silent = [socket.socket(socket.AF_UNIX) for _ in range(8)]
    for s in silent:
        s.connect(server.control)
    assert server.get("/").status == 200
    assert t.run("status", config=server.config).returncode == 0
    assert t.run("stop", config=server.config).returncode == 0
    for s in silent:
        s.close()


# tinyhttpd.ini(5): "Root and who started the server may use it, and nobody else"
@case("the socket is its owner's alone, and another user is refused with words")
def _(t):
    need_root()
    server = t.server(files={"index.html": "x"})
    st = os.stat(server.control)
    assert stat.S_IMODE(st.st_mode) == 0o600 and st.st_uid == 0
    os.chmod(server.config, 0o644)
    run = t.run("stop", config=server.config, user=need_user())
    assert run.returncode == 1 and "Only root and who started the server" in run.stderr, run
    assert server.get("/").status == 200


@case("no server there: the commands say so and what to do, with status 1")
def _(t):
    config = t.write("none.ini", f"[server]\ncontrol = {t.path('none')}\n")
    for command in "reload", "status", "reopen", "stop":
        run = t.run(command, config=config)
        assert run.returncode == 1 and t.path("none") in run.stderr and "Does it run" in run.stderr, run


# tinyhttpd.ini(5): "and the server hears signals only"
@case("control = off: no socket, and signals still work")
def _(t):
    server = t.server(files={"index.html": "x"}, control="off")
    run = t.run("reload", config=server.config)
    assert run.returncode == 1 and "control = off" in run.stderr, run
    server.signal(signal.SIGHUP)
    until("it reloaded", lambda: "reloaded" in server.stderr())


# tinyhttpd.ini(5): "one that cannot have what is said here does not start"
@case("a socket that another server has is an error that names it, and so is what is no socket")
def _(t):
    first = t.server(files={"index.html": "x"})
    for path, words in ((first.control, "another server answers there"), (t.write("file", "precious"), "no socket"),
                        (t.path("no/folder/here"), "folder")):
        second = t.run(config=t.write("second.ini", f"[server]\nlisten = 127.0.0.1:0\nroot = {t.dir}\ncontrol = {path}\n"
                                      + ("user = root\n" if ROOT else "") + "[log]\naccess = off\n"))
        assert second.returncode == 1 and path in second.stderr, (path, second)
    with open(t.path("file")) as f:
        assert f.read() == "precious"
    assert t.run("status", config=first.config).returncode == 0


@case("two servers that were told the same socket: who is not meant is not reloaded")
def _(t):
    server = t.server(files={"index.html": "x"})
    other = t.write("other.ini", f"[server]\nroot = {t.dir}\ncontrol = {server.control}\n")
    run = t.run("stop", config=other)
    assert run.returncode == 1 and "was started with -c" in run.stderr and server.config in run.stderr, run
    assert server.get("/").status == 200


@case("a reload may move the socket")
def _(t):
    server = t.server(files={"index.html": "x"})
    moved = t.path("moved")
    old = t.write("old.ini", "")
    with open(server.config) as f, open(old, "w") as copy:
        copy.write(f.read())
    change(server, f"control = {server.control}", f"control = {moved}")
    server.signal(signal.SIGHUP)
    until("it moved", lambda: os.path.exists(moved) and not os.path.exists(server.control))
    assert t.run("status", config=server.config).returncode == 0
    run = t.run("status", config=old)
    assert run.returncode == 1 and "Does it run" in run.stderr, run


@case("-1 and serve have no socket")
def _(t):
    server = t.server(files={"index.html": "x"}, args=("-1",))
    assert not os.path.exists(server.control)
    run = t.run("status", config=server.config)
    assert run.returncode == 1 and "-1" in run.stderr, run


# tinyhttpd.ini(5): "the folder is made when it is not there", "warns and serves without"
@case("without a word about it the socket is in the folder for run time files, and whoever comes second does without")
def _(t):
    need_root()
    paths = [l for l in t.run("dump", config=t.write("d.ini", f"[server]\nroot = {t.dir}\n")).stdout.splitlines() if "control" in l]
    path = paths[0].split("=")[1].split(";")[0].strip()
    if not os.access(os.path.dirname(os.path.dirname(path)), os.W_OK):
        raise Skip("no folder for run time files")
    if os.path.exists(path):
        raise Skip("a server of this machine may have it")
    made = not os.path.exists(os.path.dirname(path))
    first = t.server(files={"index.html": "x"}, control=None)
    second = t.server(files={"index.html": "x"}, control=None, name="second")
    until("the second one says so", lambda: f"do not reach it: {path}: " in second.stderr())
    assert second.get("/").status == 200
    assert t.run("status", config=first.config).returncode == 0
    assert t.run("status", config=second.config).returncode == 1
    first.stop()
    assert not os.path.exists(path)
    if made:
        os.rmdir(os.path.dirname(path))


main()
