#!/usr/bin/python3
"""The access log and the error log: every request one line, and no client can write another."""

import os
import re
import signal
import socket
import sys
import threading
import time

from harness import Skip, case, combined, main, need_ipv6, request, until

FILES = {"index.html": "hello", "a b": "blank", "errors/404.html": "mine", "quiet/x": "x", "other/x": "x"}


# tinyhttpd.ini(5): "A line for every request, of every host and location that has no access_log of its own."
@case("combined: every part of a line is what it says")
def _(t):
    server = t.server(files=FILES)
    before = int(time.time())
    server.get("/?q=1", "Referer: http://from.test/x", "User-Agent: a client/1.0 (of a kind)")
    after = int(time.time())
    line = combined(server.access_lines(1)[0])
    assert line["host"] == "127.0.0.1" and line["user"] == "-"
    assert line["line"] == "GET /?q=1 HTTP/1.1" and line["status"] == "200" and line["bytes"] == "5"
    assert line["referer"] == "http://from.test/x" and line["agent"] == "a client/1.0 (of a kind)"
    when = time.mktime(time.strptime(line["time"][:20], "%d/%b/%Y:%H:%M:%S")) - time.timezone
    offset = line["time"][21:]
    seconds = (int(offset[1:3]) * 3600 + int(offset[3:]) * 60) * (-1 if offset[0] == "-" else 1)
    assert before - 1 <= when - seconds <= after + 1, line["time"]


@case("combined: status and bytes of every kind of answer")
def _(t):
    server = t.server("[location n]\npath = /n\nreturn = 204\n[location t]\npath = /t\nreturn = 200 \"12345678\"", files=FILES)
    raw = (request("/") + request("/", method="HEAD") + request("/none") + request("/", "If-None-Match: *") + request("/n")
           + request("/t", method="POST", body=b"x" * 20) + request("/errors", version="1.1") + request("/", method="BREW"))
    responses = server.talk(raw + b"nonsense\r\n\r\n", ["GET", "HEAD", "GET", "GET", "GET", "POST"])
    lines = [combined(line) for line in server.access_lines(len(responses))]
    assert len(lines) == len(responses)
    for line, response in zip(lines, responses):
        assert line["status"] == str(response.status)
        assert line["bytes"] == (str(len(response.body)) if response.body else "-") or line["bytes"] == "0" and not response.body, line[0]
    assert lines[0]["referer"] == lines[0]["agent"] == "-"


@case("combined: bytes of a chunked and of a large answer are those of the content")
def _(t):
    server = t.server(files={"page.html": "y" * 100000, "large": b"x" * (9 << 20)})
    coded = server.get("/page.html", "Accept-Encoding: gzip")
    server.get("/large")
    lines = [combined(line) for line in server.access_lines(2)]
    assert {line["bytes"] for line in lines} == {str(len(coded.body)), str(9 << 20)}, lines


@case("combined: a request whose body never became whole is 400, with nothing sent")
def _(t):
    server = t.server(files=FILES, workers=1)
    with server.connect() as c:
        c.ask("/")
        c.send(request("/?half", "Content-Length: 100", method="POST") + b"half")
    lines = [combined(line) for line in server.access_lines(2)]
    assert (lines[1]["line"], lines[1]["status"], lines[1]["bytes"]) == ("POST /?half HTTP/1.1", "400", "-"), lines[1][0]


@case("IPv6 clients and unix sockets have their address")
def _(t):
    need_ipv6()
    server = t.server(files=FILES, listen=("[::1]:0", f"unix:{t.path('s')}"))
    server.get("/")
    server.get("/", listener=1)
    hosts = sorted(combined(line)["host"] for line in server.access_lines(2))
    assert hosts == ["::1", "unix:"], hosts


HOSTILE = [
    b'GET /"quoted" HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /%22 HTTP/1.1\r\nHost: a\r\nUser-Agent: " 200 5 "-" "forged\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: back\\slash \\" \\n end\\\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nReferer: \xff\xfe\x80 \xc3\xa9 \xe2\x80\xa8 \xc2\x85 \xc2\x9b31m\r\n\r\n',
    b'GET /\xc3\xa9\xff HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: tab\there\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\rb\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\nforged - - line\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \x1b[2J\x07\x00\x7f\r\n\r\n',
    b'GET /%0a%0dforged HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /\nforged HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /\rforged HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /\x00\x1b]0;title\x07 HTTP/1.1\r\nHost: a\r\n\r\n',
    b'"\\"\n\n',
    b'\x00\x01\x02\x03\r\n\r\n',
    b'\xff' * 200 + b'\r\n\r\n',
    b'G"E\\T / HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET / HTTP/1.1 "injected" 200\r\nHost: a\r\n\r\n',
    b'GET /' + b'%22' * 2000 + b' HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ' + b'"\\\xff' * 4000 + b'\r\n\r\n',
    b'GET /' + b'"' * 9000 + b' HTTP/1.1\r\nHost: a\r\n\r\n',
]


@case("no client can break or forge a line: quotes, line ends, control and high bytes are escaped")
def _(t):
    server = t.server(files=FILES, workers=1)		# then the lines are in the order of the requests
    statuses = []
    for raw in HOSTILE:
        responses = server.talk(raw, allow_reset=True)
        assert len(responses) == 1, raw
        statuses.append(responses[0].status)
    lines = server.access_lines(len(HOSTILE))
    assert len(lines) == len(HOSTILE)
    for raw, status, line in zip(HOSTILE, statuses, lines):
        line = combined(line)
        assert line["status"] == str(status), raw
        assert not line["line"].startswith("forged")
    everything = "".join(lines)
    assert not re.search(r"[\x00-\x1f\x7f-\xff]", everything)


@case("error log: no client can break or forge a line there, either")
def _(t):
    server = t.server(files={**FILES}, error="stderr debug")
    for raw in HOSTILE:
        server.talk(raw, allow_reset=True)
    for line in server.stderr().splitlines():
        assert re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(error|warn|notice|info|debug)\] \d+#\d+: ", line), line
        assert not re.search(r"[\x00-\x1f\x7f-\xff\udc80-\udcff]", line), line


@case("many clients at once: as many whole lines as requests")
def _(t):
    server = t.server(files=FILES, workers=4)
    clients, rounds = 8, 250

    def run(number):
        with server.connect() as c:
            for i in range(rounds):
                c.send(request(f"/?{number}-{i}", f"User-Agent: {'u' * (i * 7 % 300)}"))
                assert c.response().status == 200
    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = server.access_lines(clients * rounds)
    targets = [combined(line)["line"].split()[1] for line in lines]
    assert sorted(targets) == sorted(f"/?{n}-{i}" for n in range(clients) for i in range(rounds))


@case("lines wait for no more than about a second, and none is lost at the end")
def _(t):
    server = t.server(files=FILES, server="head_timeout = 500ms")
    with server.connect() as c:
        for i in range(10):
            c.ask(f"/?{i}")
        assert len(server.access_lines(10)) == 10			# while the connection is open
        c.ask("/?last")
        c.send(b"GET /?half HT")
        server.signal(signal.SIGTERM)
        server.wait_exit()
    assert combined(server.access_lines()[10])["line"] == "GET /?last HTTP/1.1"


# tinyhttpd.ini(5): "An access log of its own"
@case("access_log of a location: off, or another file")
def _(t):
    server = t.server(f"""
        [location quiet]
        path = /quiet/
        access_log = off
        [location other]
        path = /other/
        access_log = {t.path('other.log')} combined
        """, files=FILES)
    for target in ("/quiet/x", "/other/x", "/quiet/none", "/"):
        server.get(target)
    assert [combined(line)["line"] for line in server.access_lines(1)] == ["GET / HTTP/1.1"]
    def other():
        with open(t.path("other.log")) as f:
            return f.read()
    until("a line in the other log", other)
    assert combined(other().rstrip("\n"))["line"] == "GET /other/x HTTP/1.1"


@case("access = off: no log, and everything else works")
def _(t):
    server = t.server(files=FILES, access="off")
    assert server.get("/").body == b"hello"
    assert not [x for x in server.descriptors().values() if x.endswith(".log")]


# tinyhttpd.ini(5): "the user who signed in" "microseconds from the first byte of the request to the last of the answer"
@case("a format of one's own")
def _(t):
    server = t.server(f"[host site.test]\nroot = {t.files(FILES, 'w')}",
                      access='access.log "%v|%m|%U|%q|%H|%s|%B|%b|%{X-Own}i|%{Content-Type}o|%p|%%|%X"')
    with server.connect() as c:
        c.ask("/", host="site.test", method="HEAD")
        c.ask("/none?a=b", 'X-Own: "x"\tz', "Connection: close", host="site.test")
    lines = server.access_lines(2)
    own = lines[1].split("|")
    assert own[:6] == ["site.test", "GET", "/none", "?a=b", "HTTP/1.1", "404"], own
    assert own[6] == own[7] and int(own[6]) > 0, own
    assert re.fullmatch(r'\\"x\\"(\\t|\\x09)z', own[8]) or re.fullmatch(r'\\x22x\\x22(\\t|\\x09)z', own[8]), own
    assert own[9].startswith("text/html") and own[10] == str(server.port) and own[11] == "%" and own[12] == "-", own
    own = lines[0].split("|")
    assert own[1] == "HEAD" and own[6:8] == ["0", "-"] and own[8] == "-" and own[12] == "+", own


@case("a format of one's own: a request that never became whole took no time that is not its own")
def _(t):
    server = t.server(files=FILES, server="head_timeout = 300ms", access='access.log "%s %D"')
    with server.connect() as c:
        c.send(b"GET / HT")
        assert c.response().status == 408
    status, duration = server.access_lines(1)[0].split()
    assert status == "408" and int(duration) < 60 * 10 ** 6, duration


@case("the ready-made format vhost puts the host in front of combined")
def _(t):
    server = t.server(f"[host site.test]\nroot = {t.files(FILES, 'w')}", access="access.log vhost")
    server.get("/")
    host, rest = server.access_lines(1)[0].split(" ", 1)
    assert host.split(":")[0] == "site.test", host
    combined(rest)


# tinyhttpd(8): "Open the log files anew, after they have been renamed."
@case("USR1 re-opens the logs after they were renamed, and no line is lost")
def _(t):
    error = t.path("error.log")
    server = t.server(files=FILES, error=f"{error} info", workers=2)
    stop, sent = threading.Event(), [0, 0, 0]

    def run(number):
        with server.connect() as c:
            while not stop.is_set():
                assert c.ask(f"/?{number}").status == 200
                sent[number] += 1
                if sent[number] % 900 == 0:
                    return run_again(number)
    def run_again(number):
        if not stop.is_set():
            run(number)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    old = []
    try:
        for i in range(5):
            until("more requests", lambda want=sum(sent) + 50: sum(sent) > want)
            os.rename(server.access_log, f"{server.access_log}.{i}")
            os.rename(error, f"{error}.{i}")
            old.append(f"{server.access_log}.{i}")
            server.signal(signal.SIGUSR1)
            until("the new logs", lambda: os.path.exists(server.access_log) and os.path.exists(error))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    server.stop()
    count = 0
    for path in old + [server.access_log]:
        with open(path) as f:
            lines = f.read().splitlines()
        assert all(combined(line) for line in lines)
        count += len(lines)
    assert count == sum(sent), (count, sent)


@case("USR1 when a log cannot be opened again: the old one stays, and it is said")
def _(t):
    os.makedirs(t.path("logs"))
    server = t.server(files=FILES, access="logs/access.log combined", error="stderr notice")
    server.get("/")
    os.rename(t.path("logs"), t.path("moved"))
    server.signal(signal.SIGUSR1)
    until("words about it", lambda: "logs/access.log" in server.stderr())
    server.get("/?after")
    def read():
        with open(t.path("moved/access.log")) as f:
            return f.read()
    until("the line in the old file", lambda: "/?after" in read())


@case("a full disk under the logs stops nothing")
def _(t):
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full here")
    server = t.server(files=FILES, access="/dev/full combined")
    with server.connect() as c:
        for i in range(900):
            assert c.ask(f"/?{i}").body == b"hello"
    assert server.get("/").body == b"hello"


@case("standard error that nobody reads stops nothing, be it a pipe or a socket")
def _(t):
    os.mkfifo(t.path("pipe"))
    reader = os.open(t.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
    t.defer(os.close, reader)
    ours, theirs = socket.socketpair()
    t.defer(ours.close)
    t.defer(theirs.close)
    writer = os.open(t.path("pipe"), os.O_WRONLY)
    t.defer(os.close, writer)
    become = "import os, sys; os.dup2(int(sys.argv[1]), 2); os.execv(sys.argv[2], sys.argv[2:])"
    for name, fd in (("pipe", writer), ("socket", theirs.fileno())):
        server = t.server(files=FILES, error="stderr debug", name=name, pass_fds=(fd,),
                          wrap=(sys.executable, "-c", become, str(fd)))
        for _ in range(2000 if name == "pipe" else 4000):
            assert server.get("/").status == 200
        server.stop()


# tinyhttpd.ini(5): "What the administrator should know. level is error, warn, notice, info or debug."
@case("error log: a level hides what is below it")
def _(t):
    for level, shown in (("error", False), ("debug", True)):
        path = t.path(level + ".log")
        server = t.server(files=FILES, error=f"{path} {level}", server="head_timeout = 200ms", name=level)
        with server.connect(limit=8) as c:
            c.send(b"GET / HT")
            c.read_to_end()
        with open(path) as f:
            text = f.read()
        assert ("client 127.0.0.1" in text) == shown, text
        assert "client 127.0.0.1" not in server.stderr()


@case("error log: the client and what its connection was doing")
def _(t):
    server = t.server(files=FILES, error="stderr debug", server="head_timeout = 200ms")
    with server.connect(limit=8) as c:
        c.send(b"GET / HT")
        c.read_to_end()
    until("a line about it", lambda: re.search(r"127\.0\.0\.1.*head", server.stderr()))


main()
