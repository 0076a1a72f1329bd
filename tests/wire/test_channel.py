#!/usr/bin/python3
"""What a supervisor believes of its generations: those that lie, since somebody else has taken them over.

The program on disk becomes a script that speaks to the supervisor in a generation's place."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

from harness import LIMIT, PROGRAM, SRCDIR, case, children, environment, main, until

with open(os.path.join(SRCDIR, "src/server/message.def"), encoding="utf-8") as f:
    KINDS = re.findall(r"^MESSAGE\(MESSAGE_(\w+),", f.read(), re.M)

with open(os.path.join(SRCDIR, "src/server/message.h"), encoding="utf-8") as f:
    VERSION = int(re.search(r"MESSAGE_VERSION = (\d+)", f.read())[1])

LIAR = """#!{python}
import array, os, socket, struct, sys, time

KINDS = {kinds}
here = {here!r}
with open(here + "/step") as f:
    step = int(f.read())
with open(here + "/step", "w") as f:
    f.write(str(step + 1))
if step >= {count}:
    os.execv({real!r}, [{real!r}] + sys.argv[1:])
channel = socket.socket(fileno=3)

def say(kind, number=0, text=b"", fds=(), magic=0x01646874, version={version}, length=None):
    kind = KINDS.index(kind) if isinstance(kind, str) else kind
    head = struct.pack("=IHHiI", magic, version, kind, number, len(text) if length is None else length)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    channel.sendmsg([head + text], rights)

def hear():
    data, rights, _, _ = channel.recvmsg(8192, socket.CMSG_SPACE(32))
    if not data:
        sys.exit(0)
    return KINDS[struct.unpack_from("=IHHiI", data)[2]], data[16:]

def hear_until(kind):
    heard = dict()
    while kind not in heard:
        heard.update([hear()])
    return heard

def told(name, text):
    with open(here + "/" + name + ".new", "wb") as f:
        f.write(text)
    os.rename(here + "/" + name + ".new", here + "/" + name)

heard = hear_until("START")
say("CONTROL", text={control!r})
assert hear()[0] == "ANSWER"
{body}
while hear()[0] not in ("DRAIN", "STOP", "CUT"):
    pass
say("RETIRED")
"""


class Liars:
    """A server whose next generations do these things; each is Python behind the start.  Then the real program comes again."""

    def __init__(self, t, bodies):
        self.path = t.path("own-tinyhttpd")
        real = t.path("real-tinyhttpd")
        shutil.copy(PROGRAM, self.path)
        shutil.copy(PROGRAM, real)
        self.server = t.server(files={"index.html": "x"}, wrap=("sh", "-c", f'shift; exec {self.path} "$@"', "sh"))
        t.write("step", "0")
        body = "".join(f"if step == {i}:\n" + "".join(f"    {line}\n" for line in b.splitlines()) for i, b in enumerate(bodies))
        liar = t.write("liar", LIAR.format(python=sys.executable, kinds=KINDS, version=VERSION, here=t.dir, body=body, count=len(bodies), real=real,
                                              control=self.server.control.encode()))
        os.chmod(liar, 0o755)
        os.rename(liar, self.path)

    def reload(self):
        return subprocess.run([PROGRAM, "-c", self.server.config, "reload"], capture_output=True, text=True, timeout=LIMIT * 4,
                              stdin=subprocess.DEVNULL, env=environment(), cwd=self.server.test.dir, check=False).returncode

    def end_each(self, count, words):
        """Each of so many is killed with these words, and the server is well afterwards."""
        def killed():
            return self.server.stderr().count(words)

        for i in range(count):
            if killed() <= i:		# else it came in the place of the one before
                self.reload()
            until(f"number {i} is killed", lambda i=i: killed() > i)
        assert killed() == count
        self.give_way()
        assert self.server.get("/").body == b"x"

    def give_way(self):
        """The real program again, which gets another port: liars asked for none."""
        shutil.copy(PROGRAM, self.path + ".new")
        os.rename(self.path + ".new", self.path)
        assert self.reload() == 0, self.server.stderr()
        done = self.server.test.run("status", config=self.server.config)
        self.server.addresses = re.findall(r"listening on +(\S+)", done.stdout)


READY = 'say("READY", 3, b"0 1 127.0.0.1:1")\n'


@case("one that serves gets no file and no socket, whatever it asks for, and is killed for asking")
def _(t):
    evil = t.path("evil")
    asks = [READY + f'say("{kind}", {number}, {text!r})'
            for kind, number, text in (("ACCESS_LOG", 65534, evil.encode()), ("ERROR_LOG", -1, evil.encode()), ("PIDFILE", 0, evil.encode()),
                                       ("CONTROL", 0, evil.encode()), ("LISTENER", 10, b"\0" * 64), ("UNCLAIMED", 0, b""),
                                       ("SAY", 1, b"root was here"), ("READY", 3, b"0 1 127.0.0.1:1"))]
    liars = Liars(t, asks)
    liars.end_each(len(asks), "said what it may not say, and is killed")
    assert not os.path.exists(evil) and "root was here" not in liars.server.stderr()


@case("what is no message, and what only a supervisor may say, is the end of who says it")
def _(t):
    bad = ['channel.send(b"hello")', 'say("RETIRED", magic=1)', 'say("RETIRED", length=5)', 'say("RETIRED", text=b"x" * 4097)',
           'say(99)', 'say("ANSWER")', 'say("STOP")', 'say("RETIRED", fds=(0, 1))', 'say("RETIRED", fds=(0,) * 50)']
    liars = Liars(t, [READY + b for b in bad])
    liars.end_each(len(bad), "sent what is no message, and is killed")


@case("one that speaks another version is not heard, before it serves and after")
def _(t):
    liars = Liars(t, [f'say("READY", 3, b"0 1 127.0.0.1:1", version={VERSION + 1})', READY + f'say("RETIRED", version={VERSION + 1})'])
    liars.end_each(2, "speaks another version, and is killed")


def nulls(pid):
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):		# closed meanwhile
            count += os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"
    return count


@case("descriptors that nobody asked for are closed")
def _(t):
    liars = Liars(t, [READY + 'for _ in range(50):\n    say("RETIRED", fds=(0,))\ntold("done", b"")'])
    before = nulls(liars.server.supervisor)
    liars.reload()
    until("it has said so", lambda: os.path.exists(t.path("done")))
    assert t.run("status", config=liars.server.config).returncode == 0		# which is answered behind that
    assert nulls(liars.server.supervisor) == before
    liars.give_way()


@case("keys of tickets are those of who serves, whatever one says that drains")
def _(t):
    tell = 'told("heard", heard.get("TICKETS", b"none"))\n'
    liars = Liars(t, [READY + 'say("KEPT_TICKETS", text=b"mine")\nhear_until("DRAIN")\n'
                      + 'say("KEPT_TICKETS", text=b"evil")\nsay("RETIRED")\nsys.exit(0)', READY, tell + READY])
    for _ in range(3):
        assert liars.reload() == 0, liars.server.stderr()
    until("the last one has heard", lambda: os.path.exists(t.path("heard")))
    with open(t.path("heard"), "rb") as f:
        assert f.read() == b"mine"
    liars.give_way()
    until("one is left", lambda: len(children(liars.server.supervisor)) == 1)


@case("what was made for one that does not become ready is taken away again")
def _(t):
    other = t.path("other")
    liars = Liars(t, [f'say("CONTROL", text={other.encode()!r})\nassert hear()[0] == "ANSWER"\n'
                      + f'told("made", str(os.path.exists({other!r})).encode())\nsys.exit(1)'])
    before = liars.server.pid
    assert liars.reload() == 1
    with open(t.path("made"), "rb") as f:
        assert f.read() == b"True"
    assert not os.path.exists(other) and os.path.exists(liars.server.control)
    assert liars.server.pid == before and liars.server.get("/").body == b"x"


@case("when the one that serves crashes while another starts, that one takes its place, and no third is started")
def _(t):
    liars = Liars(t, [f'told("starting", b"")\nwhile not os.path.exists({t.path("go")!r}):\n    time.sleep(0.01)\n' + READY])
    before = liars.server.pid
    reload = threading.Thread(target=lambda: t.write("status", str(liars.reload())))
    reload.start()
    until("it starts", lambda: os.path.exists(t.path("starting")))
    os.kill(before, signal.SIGKILL)
    until("that is known", lambda: f"(process {before}) was ended by signal 9" in liars.server.stderr())
    t.write("go", "")
    reload.join(LIMIT)
    with open(t.path("status"), encoding="ascii") as f:
        assert f.read() == "0"
    status = json.loads(t.run("status", "--json", config=liars.server.config).stdout)
    assert status["respawn-ms"] is None and len(status["generations"]) == 1, status
    liars.give_way()


main()
