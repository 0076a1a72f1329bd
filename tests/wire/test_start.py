#!/usr/bin/python3
"""Starting: listeners, sockets handed in, readiness, privileges, the pid file, the background."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys

from harness import (LIMIT, PROGRAM, Client, Failure, case, die_with_parent, environment, main, need_ipv6, need_root, need_user, request, until)

FILES = {"index.html": "the index"}

# Becomes the program with sockets at 3, 4 ..., as a service manager hands them over.
HAND_OVER = """import os, sys
numbers = [int(n) for n in sys.argv[1].split(",") if n]
high = [os.dup(os.dup2(n, 100 + i)) for i, n in enumerate(numbers)]
for i in range(len(numbers)):
    os.dup2(100 + i, 3 + i)
os.closerange(3 + len(numbers), 256)
os.environ["LISTEN_FDS"] = sys.argv[3] or str(len(numbers))
os.environ["LISTEN_PID"] = sys.argv[2] or str(os.getpid())
os.execv(sys.argv[4], sys.argv[4:])
"""


def handing(sockets, pid="", count=""):
    numbers = ",".join(str(s.fileno()) for s in sockets)
    return {"wrap": (sys.executable, "-c", HAND_OVER, numbers, pid, count), "pass_fds": [s.fileno() for s in sockets]}


def listening(family=socket.AF_INET, address=("127.0.0.1", 0)):
    s = socket.socket(family)
    s.bind(address)
    s.listen(100)
    return s


def refused(t, *words, status=1, **options):
    """A start that must fail, with these words; gives all that it said."""
    server = t.server(ready=False, expect_exit=status, **options)
    got = server.wait_exit()
    text = server.stderr()
    assert got == status, (got, text)
    for word in words:
        assert word in text, (word, text)
    with contextlib.suppress(BlockingIOError):
        server.notify.setblocking(False)
        assert b"READY=1" not in server.notify.recv(65536)
    return text


@case("IPv4, IPv6 and a unix socket at once, named in the order of their lines")
def _(t):
    need_ipv6()
    path = t.path("web.sock")
    server = t.server(files=FILES, listen=("[::1]:0", f"unix:{path}", "127.0.0.1:0", "127.0.0.2:0"))
    a = server.addresses
    assert re.fullmatch(r"\[::1\]:\d+", a[0]) and a[1] == f"unix:{path}" and re.fullmatch(r"127\.0\.0\.1:\d+", a[2]), a
    assert re.fullmatch(r"127\.0\.0\.2:\d+", a[3]), a
    for i in range(4):
        assert server.get("/", listener=i).body == b"the index"


# tinyhttpd.ini(5): "A port alone means every address, of IPv6 and of IPv4."
@case("a bare port takes IPv6 and IPv4 on one socket")
def _(t):
    need_ipv6()
    server = t.server(files=FILES, listen=("0",))
    assert len(server.addresses) == 1
    port = server.port
    for address in (f"127.0.0.1:{port}", f"[::1]:{port}"):
        with Client(address) as c:
            assert c.ask("/").body == b"the index"
    # whichever way it was reached, an IPv4 client is an IPv4 client
    hosts = sorted(line.split(" ")[0] for line in server.access_lines(2))
    assert hosts == ["127.0.0.1", "::1"], hosts


@case("a unix socket left over by a dead server is replaced, one in use is not, and ours is removed at the end")
def _(t):
    path = t.path("web.sock")
    first = t.server(files=FILES, listen=(f"unix:{path}",), name="first", expect_exit=-signal.SIGKILL)
    first.signal(signal.SIGKILL)
    first.wait_exit()
    assert os.path.exists(path)
    second = t.server(files=FILES, listen=(f"unix:{path}",), name="second")
    assert second.get("/").body == b"the index"
    refused(t, path, files=FILES, listen=(f"unix:{path}",), name="third")
    assert second.get("/").body == b"the index"
    second.stop()
    assert not os.path.exists(path)


@case("a file that is no socket is not replaced by one")
def _(t):
    path = t.write("precious", "data")
    said = refused(t, path, "no socket", files=FILES, listen=(f"unix:{path}",))
    assert "another program" not in said, said
    with open(path) as f:
        assert f.read() == "data"


@case("a port that is taken: an error that names it, status 1")
def _(t):
    first = t.server(files=FILES, name="first")
    # the first of its processes that is found
    who = rf"process ({first.supervisor}|{first.pid}) \({re.escape(os.path.basename(PROGRAM)[:15])}\) listens on "
    for args in (), ("-1",):
        text = refused(t, first.addresses[0], files=FILES, listen=(first.addresses[0],), name="second", args=args)
        assert re.search(who + re.escape(first.addresses[0]), text), text
    assert first.get("/").body == b"the index"


@case("an address that is not ours: an error that names it")
def _(t):
    refused(t, "192.0.2.77:80", files=FILES, listen=("127.0.0.1:0", "192.0.2.77:80"))


@case("a stopped server's port can be listened on again at once")
def _(t):
    first = t.server(files=FILES, name="first")
    where = first.addresses[0]
    kept = first.connect()
    kept.ask("/")
    first.stop()
    second = t.server(files=FILES, listen=(where,), name="second")
    assert second.get("/").body == b"the index"
    kept.close()


# ---- LISTEN_FDS: sd_listen_fds(3)

@case("a socket handed in is used for its listen line, with the connections that wait on it")
def _(t):
    with listening() as s:
        where = "127.0.0.1:%d" % s.getsockname()[1]
        with Client(where) as early:
            early.send(request("/"))
            server = t.server(files=FILES, listen=(where,), **handing([s]))
            assert server.addresses == [where]
            assert early.response().body == b"the index"
            assert server.get("/").body == b"the index"


@case("sockets handed in are matched by their addresses, not by their order; what is not handed in is opened")
def _(t):
    need_ipv6()
    path = t.path("web.sock")
    with listening() as v4, listening(socket.AF_INET6, ("::1", 0)) as v6, listening(socket.AF_UNIX, path) as local:
        listen = ("[::1]:%d" % v6.getsockname()[1], "127.0.0.1:%d" % v4.getsockname()[1], f"unix:{path}", "127.0.0.3:0")
        server = t.server(files=FILES, listen=listen, **handing([local, v4, v6]))
        assert server.addresses[:3] == list(listen[:3])
        for i in range(4):
            assert server.get("/", listener=i).body == b"the index"
    server.stop()
    assert os.path.exists(path), "the socket file belongs to who made it"


# tinyhttpd(8): "Each must be one of the listen lines of the configuration; one that is not is an error that names it."
@case("a socket handed in that no listen line names is an error that names it")
def _(t):
    with listening() as s, listening() as other:
        where = "127.0.0.1:%d" % s.getsockname()[1]
        stray = "127.0.0.1:%d" % other.getsockname()[1]
        refused(t, stray, files=FILES, listen=(where,), **handing([s, other]))


@case("LISTEN_FDS for another process is ignored")
def _(t):
    with listening() as s:
        server = t.server(files=FILES, **handing([s], pid="1"))
        assert server.get("/").body == b"the index"
        assert server.addresses[0] != "127.0.0.1:%d" % s.getsockname()[1]


@case("LISTEN_FDS that is no number, or more than there is, is an error or ignored, never a crash")
def _(t):
    for i, count in enumerate(("x", "-1", "99999999999", "7")):
        with listening() as s:
            server = t.server(files=FILES, ready=False, listen=("127.0.0.1:%d" % s.getsockname()[1],), name=f"s{i}",
                              **handing([s], count=count))
            try:
                server.wait_ready()
            except Failure:
                server.expect_exit = 1
                assert server.wait_exit() == 1


# ---- sd_notify(3)

# tinyhttpd(8): "READY=1 when connections are answered"
@case("READY=1 comes when clients are served, with a STATUS that names hosts and addresses")
def _(t):
    a, b = t.files(FILES, "a"), t.files(FILES, "b")
    server = t.server(f"[host a.test]\nroot = {a}\n[host b.test]\nroot = {b}", listen=("127.0.0.1:0", f"unix:{t.path('s')}"))
    server.wait_message(r"STATUS=serving 2 hosts on 127\.0\.0\.1:\d+ unix:" + re.escape(t.path("s")))
    server.signal(signal.SIGTERM)
    server.wait_message("STOPPING=1")
    assert server.wait_exit() == 0


@case("without NOTIFY_SOCKET, or with one nobody listens on, it starts all the same")
def _(t):
    where = f"unix:{t.path('s')}"
    server = t.server(files=FILES, listen=(where,), ready=False, env={"NOTIFY_SOCKET": t.path("nobody")})
    def served():
        with contextlib.suppress(OSError), Client(where) as c:
            return c.ask("/").body == b"the index"
    until("that it serves", served)


@case("an abstract notify socket is spoken to")
def _(t):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        name = f"tinyhttpd-test-{os.getpid()}-{id(s)}"
        s.bind("\0" + name)
        s.settimeout(LIMIT)
        t.server(files=FILES, ready=False, env={"NOTIFY_SOCKET": "@" + name})
        said = ""
        while "READY=1" not in said:
            said += s.recv(65536).decode() + "\n"


# ---- privileges

def identities(server):
    found = []
    for task in os.listdir(f"/proc/{server.pid}/task"):
        with open(f"/proc/{server.pid}/task/{task}/status") as f:
            found.append({k: v.split() for k, v in (line.rstrip("\n").split(":", 1) for line in f)})
    return found


# tinyhttpd.ini(5): "Started by root, the server opens its ports and logs and then serves as this user for good."
@case("user: every thread is that user, in its groups only, without any capability")
def _(t):
    need_root()
    nobody = need_user("nobody")
    server = t.server(files=FILES, user="nobody", workers=3, groups=[1, 2, 3])
    threads = identities(server)
    assert len(threads) > 3
    for status in threads:
        assert status["Uid"] == [str(nobody.pw_uid)] * 4, status
        assert status["Gid"] == [str(nobody.pw_gid)] * 4, status
        assert set(status["Groups"]) <= {str(g) for g in os.getgrouplist("nobody", nobody.pw_gid)}, status
        for caps in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(status[caps][0], 16) == 0, status
    assert server.get("/").body == b"the index"
    assert os.stat(server.access_log).st_size >= 0


# tinyhttpd.ini(5): "Serve as this group. Without it, as the group of user."
@case("group: another group than the user's own")
def _(t):
    need_root()
    daemon = need_user("daemon")
    need_user("nobody")
    server = t.server(files=FILES, user="nobody", server="group = daemon")
    for status in identities(server):
        assert status["Gid"] == [str(daemon.pw_gid)] * 4, status
        assert "0" not in status["Groups"], status


@case("user = root is served as root, since it was asked for")
def _(t):
    need_root()
    server = t.server(files=FILES, user="root")
    assert identities(server)[0]["Uid"][1] == "0"


@case("root without a user to become refuses to serve as root")
def _(t):
    need_root()
    server = t.server(files=FILES, user=None, ready=False)
    try:
        server.wait_ready()
    except Failure:
        server.expect_exit = 1
        assert server.wait_exit() == 1 and ": user: root started the server" in server.stderr(), server.stderr()
    else:						# the default account exists here
        assert identities(server)[0]["Uid"][1] != "0"


@case("a user or group that does not exist is an error that names it and its line")
def _(t):
    need_root()
    for i, key in enumerate(("user", "group")):
        text = refused(t, "no-such-one", files=FILES, user="nobody" if key == "group" else None, server=f"{key} = no-such-one", name=key)
        assert re.search(rf"{key}\.ini:\d+: ", text), text


@case("started by another user: user is ignored with a warning")
def _(t):
    need_root()
    nobody = need_user("nobody")
    os.chmod(t.dir, 0o777)
    server = t.server(files=FILES, user="daemon", run_as=nobody)
    assert server.get("/").body == b"the index"
    assert re.search(r"warn.*user", server.stderr()), server.stderr()
    assert identities(server)[0]["Uid"] == [str(nobody.pw_uid)] * 4


@case("started by another user who may not open the log: an error that names it")
def _(t):
    need_root()
    nobody = need_user("nobody")
    os.makedirs(t.path("locked"), mode=0o700)
    refused(t, "locked/access.log: Permission denied: start as root, or", files=FILES, user=None, run_as=nobody,
            access="locked/access.log combined")


@case("a log whose folder is not there: an error that says what to do")
def _(t):
    refused(t, "none/access.log: No such file or directory: make its folder, or name another place", files=FILES,
            access="none/access.log combined")


@case("logs in a folder only root may write are opened before root is given up")
def _(t):
    need_root()
    need_user("nobody")
    os.makedirs(t.path("locked"), mode=0o700)
    server = t.server(files=FILES, user="nobody", access="locked/access.log combined")
    server.get("/")
    assert len(server.access_lines(1)) == 1


@case("a log that root just made belongs to the user, one that was there stays whose it is")
def _(t):
    need_root()
    nobody = need_user("nobody")
    t.write("empty", "")
    os.link(t.path("empty"), t.path("linked"))
    for name, text, owner in ("new.log", None, nobody.pw_uid), ("old.log", "a line\n", 0), ("linked", "", 0):
        if text:
            t.write(name, text)
        t.server(files=FILES, user="nobody", error=t.path(name), name=name.split(".")[0])
        assert os.stat(t.path(name)).st_uid == owner, name


@case("a log that the user replaced by a link is not opened as root; a link that root made is followed")
def _(t):
    need_root()
    nobody = need_user("nobody")
    os.mkdir(t.path("theirs"))
    os.mkdir(t.path("ours"))
    os.chown(t.path("theirs"), nobody.pw_uid, -1)
    for link in ("foreign", "own"):
        os.symlink("../ours/" + link, t.path("theirs", link))
    os.lchown(t.path("theirs/foreign"), nobody.pw_uid, -1)
    assert "theirs/foreign" in refused(t, "symbolic link", files=FILES, user="nobody", error=t.path("theirs/foreign"))
    assert os.listdir(t.path("ours")) == []
    t.server(files=FILES, user="nobody", error=t.path("theirs/own"), name="accepted")
    assert "is ready" in open(t.path("ours/own")).read()


@case("nor is one whose folder the user replaced by a link, when it starts and when it is opened anew; nor a pid file there")
def _(t):
    need_root()
    nobody = need_user("nobody")
    for folder in "theirs", "theirs/site", "ours":
        os.mkdir(t.path(folder))
    os.chown(t.path("theirs"), nobody.pw_uid, -1)
    os.symlink(t.path("theirs"), t.path("way"))		# one of root's, which is followed
    log = t.path("way/site/access.log")
    server = t.server(files=FILES, user="nobody", access=None, config=f"[log]\naccess = {log} combined")
    assert os.path.exists(log)
    os.rename(t.path("theirs/site"), t.path("theirs/elsewhere"))
    for target in "../ours", t.path("ours"):
        os.symlink(target, t.path("theirs/site"))
        os.lchown(t.path("theirs/site"), nobody.pw_uid, -1)
        done = t.run("reopen", config=server.config)
        assert done.returncode == 1 and "symbolic link" in done.stderr, done
        for options in {"error": log}, {"server": f"pidfile = {t.path('theirs/site/pid')}"}:
            refused(t, "symbolic link", files=FILES, user="nobody", name="refused", **options)
        os.unlink(t.path("theirs/site"))
    assert os.listdir(t.path("ours")) == []


# ---- pid file and background

# tinyhttpd.ini(5): "Write the number of the process there."
@case("pidfile holds the process's number while it runs")
def _(t):
    path = t.path("run.pid")
    server = t.server(files=FILES, server=f"pidfile = {path}")
    with open(path) as f:
        assert f.read() == f"{server.supervisor}\n"
    server.stop()
    assert not os.path.exists(path)


@case("pidfile that cannot be written is an error that names it")
def _(t):
    refused(t, "nowhere/run.pid", files=FILES, server=f"pidfile = {t.path('nowhere')}/run.pid")


for args in (), ("-1",):
    # of a server that was killed, of one that came not far, of no server, of a program that has the number now
    @case("a pidfile that nobody holds is taken over, whatever stands in it" + " with -1" * len(args))
    def _(t, args=args):
        path = t.path("run.pid")
        for left in "", "4194305\n", "garbage", "-1\n", f"{os.getpid()}\n", "1\n":
            t.write("run.pid", left)
            server = t.server(files=FILES, server=f"pidfile = {path}", args=args)
            with open(path) as f:
                assert f.read() == f"{server.supervisor}\n", left
            server.stop()
            assert not os.path.exists(path)


    @case("a server that was killed leaves a pidfile that is no obstacle" + " with -1" * len(args))
    def _(t, args=args):
        options = {"files": FILES, "server": f"pidfile = {t.path('run.pid')}", "args": args}
        t.server(**options).kill()
        with open(t.path("run.pid")) as f:
            left = f.read()
        again = t.server(**options, name="again")
        with open(t.path("run.pid")) as f:
            assert f.read() == f"{again.supervisor}\n" != left


    @case("a pidfile that a running server holds is an error that names it and its process" + " with -1" * len(args))
    def _(t, args=args):
        path = t.path("run.pid")
        first = t.server(files=FILES, server=f"pidfile = {path}", args=args, name="first")
        refused(t, path, f"process {first.supervisor}", files=FILES, server=f"pidfile = {path}", args=args, name="second")
        with open(path) as f:
            assert f.read() == f"{first.supervisor}\n"
        assert first.get("/").body == b"the index"


@case("a pidfile that is another name of a file, or no file, is left alone")
def _(t):
    t.write("precious", "bytes")
    os.link(t.path("precious"), t.path("linked"))
    os.symlink("precious", t.path("symlinked"))
    os.mkfifo(t.path("pipe"))
    for name in "linked", "symlinked", "pipe":
        refused(t, t.path(name), files=FILES, server=f"pidfile = {t.path(name)}", name=name + "-server")
    with open(t.path("precious")) as f:
        assert f.read() == "bytes"


def detached(t, **options):
    """Starts with -d, which must return, and asks the server it left behind; stops that one."""
    where = f"unix:{t.path('s')}"
    server = t.server(files=FILES, listen=(where,), server=f"pidfile = {t.path('run.pid')}", args=("-d",), ready=False,
                      error=f"{t.path('error.log')} info", **options)
    assert server.wait_exit() == 0
    with open(t.path("run.pid")) as f:
        pid = int(f.read())
    pidfd = os.pidfd_open(pid)
    try:
        with Client(where) as c:
            assert c.ask("/").body == b"the index"
        assert os.getsid(pid) != os.getsid(0)
        for number in (0, 1, 2):
            assert os.readlink(f"/proc/{pid}/fd/{number}") in ("/dev/null", t.path("error.log")), number
    finally:
        os.kill(pid, signal.SIGTERM)
        ended = select.select([pidfd], [], [], LIMIT)[0]
        if not ended:
            os.kill(pid, signal.SIGKILL)
        os.close(pidfd)
    assert ended


# tinyhttpd(8): "The command returns when the server is ready to answer, or when it has failed to start"
@case("-d returns when the server serves, which lives on in the background")
def _(t):
    detached(t)


@case("started without standard streams, no socket is taken for one of them")
def _(t):
    detached(t, wrap=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))


@case("a command that cannot say anything, since its output is closed, fails")
def _(t):
    path = t.write("t.ini", f"[server]\nroot = {t.files(FILES)}\n")
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", PROGRAM, "-c", path, "dump"], stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)
    assert done.returncode == 1, done


@case("-d says why it could not start, with status 1")
def _(t):
    with listening() as s:
        where = "127.0.0.1:%d" % s.getsockname()[1]
        refused(t, where, files=FILES, listen=(where,), args=("-d",))


@case("the thread that accepts does not interrupt those that answer, also within the sandbox")
def _(t):
    server = t.server(files=FILES, workers=2)
    threads = [int(name) for name in os.listdir(f"/proc/{server.pid}/task")]
    batch = [thread for thread in threads if os.sched_getscheduler(thread) == os.SCHED_BATCH]
    assert server.pid in batch and len(batch) <= 2, (batch, threads)	# behind walls, another one looks at the roots
    assert len(threads) > 4, threads


@case("two servers do not disturb each other")
def _(t):
    a = t.server(files={"index.html": "A"}, name="a")
    b = t.server(files={"index.html": "B"}, name="b")
    assert (a.get("/").body, b.get("/").body) == (b"A", b"B")
    a.stop()
    assert b.get("/").body == b"B"


# tinyhttpd(8): "without any configuration file, on 127.0.0.1 and port, 8080 if it is left out"
@case("serve DIR serves a folder without a configuration")
def _(t):
    root = t.files({"index.html": "quick", "a.txt": "A", ".hidden": "h", "sub/x.txt": "X"}, "quick")
    path = t.path("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(LIMIT)
        process = subprocess.Popen([PROGRAM, "serve", root, "-p", "0"], env=environment({"NOTIFY_SOCKET": path}), cwd=t.dir,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        t.defer(process.wait)
        t.defer(process.kill)
        said = ""
        while not (match := re.search(r"STATUS=serving \d+ hosts? on (\S+)", said)):
            if select.select([s, process.stdout], [], [], LIMIT)[0] == [process.stdout] and process.poll() is not None:
                raise Failure(process.stdout.read())
            said += s.recv(65536).decode() + "\n"
        assert match[1].startswith("127.0.0.1:"), match[1]
        with Client(match[1]) as c:
            assert c.ask("/").body == b"quick" and c.ask("/a.txt").body == b"A" and c.ask("/.hidden").status == 404
            assert b"./x.txt" in c.ask("/sub/").body
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=LIMIT)[0].decode()
        assert process.returncode == 0, output
        assert f"http://{match[1]}" in output, output


@case("serve says in one line that what it was given is no folder, or is not there")
def _(t):
    for path, words in ((t.write("file", "x"), "Not a directory"), (t.path("none"), "No such file or directory")):
        done = subprocess.run([PROGRAM, "serve", path, "-p", "0"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 1 and done.stderr == f"tinyhttpd: {path}: {words}\n", done


@case("more sockets passed in than are taken: that is said, and does not pass for none")
def _(t):
    path = t.write("t.ini", f"[server]\nlisten = 127.0.0.1:0\nroot = {t.files(FILES)}\n{'user = root' if os.geteuid() == 0 else ''}\n[log]\naccess = off\n")
    script = 'export LISTEN_PID=$$ LISTEN_FDS=65; exec "$0" -c "$1"'
    done = subprocess.run(["sh", "-c", script, PROGRAM, path], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "65 sockets were passed in" in done.stderr, done


main()
