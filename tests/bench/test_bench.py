#!/usr/bin/python3
"""What measures: it counts exactly, compares every answer, and says what it found.  Nothing here is about speed."""

import gc
import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "wire"))

from harness import LIMIT, PROGRAM, Skip, built_with, case, main, until		# noqa: E402
from steady import Load		# noqa: E402

import answers		# noqa: E402
import cases		# noqa: E402
import measure		# noqa: E402
import report		# noqa: E402

BUILDDIR = os.path.dirname(PROGRAM)
LOAD = os.path.join(BUILDDIR, "tests/bench/load")
LIMIT_PROGRAM = os.path.join(BUILDDIR, "tests/bench/limit")
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nServer: none\r\n"


def bench(t, *options, path=None):
    """Runs it; its exit status, and what it wrote."""
    out = t.path("out")
    done = subprocess.run([sys.executable, os.path.join(HERE, "bench.py"), "--programs", BUILDDIR, "--out", out,
                           "--rounds", "1", "--seconds", "0.05", "--idle", "200", "--files", "20", *options],
                          capture_output=True, text=True, timeout=LIMIT * 8, stdin=subprocess.DEVNULL,
                          env={**os.environ, "TMPDIR": t.dir, "PATH": (path + ":" if path else "") + os.environ["PATH"]})
    try:
        with open(os.path.join(out, "results.json")) as f:
            return done.returncode, json.load(f), done
    except OSError as e:
        raise AssertionError(done.stderr) from e


# ---------------------------------------------------------------- as a whole

@case("every case gives figures for tinyhttpd and for the limit program, and their ratio")
def _(t):
    chosen = [c for c in cases.CASES if c.gives != cases.INSTRUCTIONS and not c.tls]
    if not shutil.which("strace"):
        print("# the case calls is left out: strace is not installed")
        chosen = [c for c in chosen if c.gives != cases.CALLS]
    status, results, done = bench(t, "--servers", "limit tinyhttpd", "--cases", " ".join(c.name for c in chosen))
    assert status == 0 and results["failures"] == {}, done.stdout + done.stderr
    assert list(results["cases"]) == [c.name for c in chosen]
    for name, found in results["cases"].items():
        assert set(found["results"]) == {"limit", "tinyhttpd"}, name
        for server, r in found["results"].items():
            assert r["low"] <= r["median"] <= r["high"] and r["rounds"], f"{name}, {server}: {r}"
            assert all(counted.get("requests", 1) > 0 for counted in r["rounds"]), f"{name}, {server}: {r}"
            assert r["median"] > 0 or found["gives"] == cases.MEMORY, f"{name}, {server}: {r}"
        assert found["gives"] == cases.MEMORY or found["ratios"]["limit"] > 0, name
    assert results["machine"]["congestion_control"] in done.stdout
    with open(t.path("out", "results.txt")) as f:
        assert f.read() == done.stdout
    for c in chosen:
        assert c.title in done.stdout
    picture = xml.etree.ElementTree.parse(t.path("out", "results.svg")).getroot()
    titles = [e.text for e in picture.iter() if e.get("class") == "title"]
    assert len(titles) == len(chosen), titles


@case("over TLS, kept alive and with a handshake each, of which those that should take up a session do")
def _(t):
    if not built_with("libssl"):
        raise Skip("this tinyhttpd was built without OpenSSL")
    chosen = [c for c in cases.CASES if c.tls and not c.http2]
    status, results, done = bench(t, "--servers", "limit tinyhttpd", "--cases", " ".join(c.name for c in chosen))
    assert status == 0 and results["failures"] == {}, done.stdout + done.stderr
    for c in chosen:
        found = results["cases"][c.name]["results"]
        assert list(found) == ["tinyhttpd"], "the limit program speaks no TLS"
        for counted in found["tinyhttpd"]["rounds"]:
            assert counted["handshakes"] >= (counted["requests"] if c.one_request else c.connections) and counted["requests"] > 0, counted
            assert c.resumed or counted["resumed"] == 0, counted


@case("over HTTP/2, one stream and several at once")
def _(t):
    for program, package in (("h2load", "nghttp2-client"), ("curl", "curl")):
        if not shutil.which(program):
            raise Skip(f"{program} is not installed (on Debian: apt install {package})")
    if not built_with("libssl") or not built_with("libnghttp2"):
        raise Skip("this tinyhttpd was built without OpenSSL or nghttp2")
    chosen = [c for c in cases.CASES if c.http2]
    assert {c.depth > 1 for c in chosen} == {False, True}
    status, results, done = bench(t, "--servers", "limit tinyhttpd", "--cases", " ".join(c.name for c in chosen))
    assert status == 0 and results["failures"] == {}, done.stdout + done.stderr
    for c in chosen:
        found = results["cases"][c.name]["results"]
        assert list(found) == ["tinyhttpd"], "the limit program speaks no TLS"
        for counted in found["tinyhttpd"]["rounds"]:
            size = cases.SIZES[c.targets[0]]
            assert counted["requests"] == c.connections * c.depth and counted["bytes"] == counted["requests"] * size, counted
            assert counted["by"] == "h2load" and counted["value"] > 0, counted


@case("an answer over HTTP/1 is none over HTTP/2, and is not timed")
def _(t):
    if not shutil.which("curl"):
        raise Skip("curl is not installed (on Debian: apt install curl)")
    if not built_with("libssl"):
        raise Skip("this tinyhttpd was built without OpenSSL")
    certificate = t.certificate("own", [cases.HOST])
    server = t.server(f"[tls]\ncertificate = {certificate}\ncertificate_key = {t.path('own.key')}\nhttp2 = off",
                      listen=("127.0.0.1:0 tls",), files={"index.html": "hello"})
    try:
        answers.by_http2(server.port, certificate, cases.HOST, "/", ())
    except answers.Broken as e:
        assert "HTTP/1.1 200" in str(e), e
    else:
        raise AssertionError("it was taken for one")


H2LOAD = """\
Application protocol: h2

finished in {seconds}, 18048.00 req/s, 18.51MB/s
requests: 18050 total, 18176 started, {done} done, {good} succeeded, 0 failed, {errored} errored, 0 timeout
status codes: 18048 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 18.51MB (19404352) total, 583.75KB (597760) headers (space savings 86.54%), 17.63MB (18481152) data
"""


@case("what h2load counts is read, and where it says nothing of HTTP/2 or of what it counts nothing is")
def _(t):
    for seconds, number in (("1.24s", 1.24), ("152.50ms", 0.1525), ("1.50m", 90)):
        counted = measure.read_h2load(H2LOAD.format(seconds=seconds, done=18048, good=18048, errored=0))
        assert (counted["requests"], counted["bytes"], counted["errors"]) == (18048, 18481152, 0), counted
        assert abs(counted["seconds"] - number) < 1e-9, counted
    for good, errored in ((18047, 0), (18048, 1)):
        assert measure.read_h2load(H2LOAD.format(seconds="1s", done=18048, good=good, errored=errored))["errors"] == 1
    words = H2LOAD.format(seconds="1s", done=1, good=1, errored=0)
    for words, error in ((words.replace(": h2", ": http/1.1"), measure.Failure), (words.replace("traffic", ""), ValueError)):
        try:
            measure.read_h2load(words)
            found = None
        except (measure.Failure, ValueError) as e:
            found = type(e)
        assert found is error, (words, found)


@case("the load takes sessions up where it is told, and else does not")
def _(t):
    if not built_with("libssl"):
        raise Skip("this tinyhttpd was built without OpenSSL")
    server = t.server(f"[tls]\ncertificate = {t.certificate('own', [cases.HOST])}\ncertificate_key = {t.path('own.key')}",
                      listen=("127.0.0.1:0 tls",), files={"index.html": "hello"})
    requests = t.write("requests", f"GET / HTTP/1.1\r\nHost: {cases.HOST}\r\nConnection: close\r\n\r\n")
    for option, resumed in (("-T", 0), ("-R", 4)):
        done = subprocess.run([LOAD, "run", "-p", str(server.port), "-c", "1", "-n", "5", "-t", str(LIMIT), "-1", option, requests],
                              capture_output=True, text=True, timeout=LIMIT * 2)
        counted = json.loads(done.stdout)
        assert (counted["requests"], counted["handshakes"], counted["resumed"], counted["errors"]) == (5, 5, resumed, 0), done


@case("sessions that are not taken up, and connections that serve twice, are no measurement of handshakes")
def _(t):
    full, resumed = cases.find("tls-full"), cases.find("tls-resumed")
    good = ((full, 100, 100, 0), (resumed, 100, 100, 100 - resumed.connections))
    bad = ((full, 100, 99, 0), (resumed, 100, 100, 99 - resumed.connections))
    for c, requests, handshakes, taken_up in good + bad:
        try:
            measure.check_sessions(c, {"requests": requests, "handshakes": handshakes, "resumed": taken_up}, "somebody")
            found = True
        except measure.Failure:
            found = False
        assert found == ((c, requests, handshakes, taken_up) in good), (c.name, requests, handshakes, taken_up)


FAKE = """#!{python}
import contextlib, re, socket, sys
port = int(re.search(r"listen 127.0.0.1:(\\d+)", open(sys.argv[sys.argv.index("-c") + 1]).read())[1])
with socket.create_server(("127.0.0.1", port)) as listener:
    while True:
        with listener.accept()[0] as s, contextlib.suppress(ConnectionError):
            while s.recv(65536):
                s.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1024\\r\\n\\r\\n" + b"x" * 1024)
"""


@case("a server whose answers are wrong is not timed, and that is said")
def _(t):
    os.mkdir(t.path("bin"))
    with open(t.path("bin", "nginx"), "w") as f:
        f.write("#!/bin/sh\n[ \"$1\" = -v ] && { echo nginx/0.0.0; exit; }\nexec " + t.path("bin", "fake") + ' "$@"\n')
    with open(t.path("bin", "fake"), "w") as f:
        f.write(FAKE.format(python=sys.executable))
    os.chmod(t.path("bin", "nginx"), 0o755)
    os.chmod(t.path("bin", "fake"), 0o755)
    status, results, done = bench(t, "--servers", "tinyhttpd nginx", "--cases", "1k", path=t.path("bin"))
    assert list(results["cases"]["1k"]["results"]) == ["tinyhttpd"], results
    assert "wrongly" in results["failures"]["1k"]["nginx"], results
    assert "nginx fell out of 1k" in done.stdout and status == 0, done.stdout


@case("a server that is not there is skipped with words")
def _(t):
    empty = t.path("empty")
    os.mkdir(empty)
    script = "import servers; servers.PATH = %r; import sys, bench; sys.exit(bench.main(sys.argv[1:]))" % empty
    done = subprocess.run([sys.executable, "-c", script, "--programs", BUILDDIR, "--out", t.path("out"), "--rounds", "1",
                           "--seconds", "0.05", "--servers", "tinyhttpd caddy", "--cases", "304"], capture_output=True,
                          text=True, timeout=LIMIT * 4, cwd=HERE, env={**os.environ, "TMPDIR": t.dir})
    assert done.returncode == 0, done.stderr
    assert "caddy is skipped: not installed" in done.stdout, done.stdout


@case("a case or a server that does not exist is refused")
def _(t):
    for option in ("--cases", "--servers"):
        done = subprocess.run([sys.executable, os.path.join(HERE, "bench.py"), "--programs", BUILDDIR, "--out", t.dir,
                               option, "1k nonsense"], capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 2 and "nonsense" in done.stderr, done.stderr


# ---------------------------------------------------------------- is it the right answer?

class Answer(answers.Response):
    def __init__(self, status, body, *fields):
        super().__init__("\r\n".join([f"HTTP/1.1 {status} Words", *fields, "", ""]).encode(), body, body)


@case("wrong bytes, a wrong status, range or coding are found")
def _(t):
    content = b"0123456789" * 100000
    first, last = cases.find("range").range
    part = f"Content-Range: bytes {first}-{last}/{len(content)}"
    good = (("1k", Answer(200, content)), ("304", Answer(304, b"")), ("range", Answer(206, content[first:last + 1], part)))
    for name, answer in good:
        assert cases.wrong(cases.find(name), answer, content) is None, name
    bad = (("1k", Answer(200, content[:-1])), ("1k", Answer(200, content[:-1] + b"x")), ("1k", Answer(206, content)),
           ("1k", Answer(200, content, "Content-Encoding: gzip")), ("304", Answer(304, b"x")), ("304", Answer(200, b"")),
           ("range", Answer(206, content[first:last], part)), ("range", Answer(206, content[first:last + 1])),
           ("range", Answer(200, content)), ("gzip", Answer(200, content)),
           ("gzip", Answer(200, content, "Content-Encoding: gzip")))
    for name, answer in bad:
        assert cases.wrong(cases.find(name), answer, content) is not None, (name, answer.head)


# ---------------------------------------------------------------- the load

class Speaker:
    """Answers each request with those bytes, in pieces of that size, and closes after so many answers."""

    def __init__(self, t, answer, piece=1 << 20, most=1 << 30, close=False):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer, self.piece, self.most, self.close = answer, piece, most, close
        self.asked = 0
        t.defer(self.listener.close)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                s = self.listener.accept()[0]
            except OSError:
                return
            with s:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.serve(s)

    def serve(self, s):
        buffer, count = b"", 0
        while count < self.most:
            data = s.recv(65536)
            if not data:
                return
            buffer += data
            while REQUEST in buffer:
                buffer = buffer.replace(REQUEST, b"", 1)
                self.asked += 1
                count += 1
                for i in range(0, len(self.answer), self.piece):
                    s.sendall(self.answer[i:i + self.piece])
            if self.close:
                return


def load(t, port, *options):
    path = t.write("requests", REQUEST)
    done = subprocess.run([LOAD, "run", "-p", str(port), *options, path], capture_output=True, text=True, timeout=LIMIT * 2)
    return done.returncode, json.loads(done.stdout)


RESPONSES = {
    "a length": HEAD + b"content-length: 5\r\n\r\nhello",
    "no content": HEAD + b"Content-Length: 0\r\n\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0a\r\n0123456789\r\n0\r\n\r\n",
}

for words, answer in RESPONSES.items():
    @case(f"the load finds the end of a response with {words}, however it is cut")
    def _(t, answer=answer):
        for piece in range(1, len(answer) + 1):
            speaker = Speaker(t, answer, piece)
            status, counted = load(t, speaker.port, "-c", "1", "-n", "2")
            assert status == 0 and counted["errors"] == 0, (piece, counted)
            assert counted["requests"] == 2 == speaker.asked and counted["bytes"] == 2 * len(answer), (piece, counted)


@case("the load finds fault with another status, no length, too many bytes, an early end")
def _(t):
    good = RESPONSES["a length"]
    for answer, close in ((good.replace(b"200", b"404"), False), (HEAD + b"\r\nhello", False), (good + b"more", False),
                          (good[:-1], True), (RESPONSES["chunks"].replace(b"0a", b"xx"), False)):
        status, counted = load(t, Speaker(t, answer, close=close).port, "-c", "1", "-n", "3")
        assert status == 1 and counted["errors"] == 1 and counted["complaint"], (answer, counted)


@case("the load counts what it was told to send: pipelined, and each on a new connection")
def _(t):
    speaker = Speaker(t, RESPONSES["a length"])
    status, counted = load(t, speaker.port, "-c", "1", "-n", "100", "-d", "16")
    assert status == 0 and counted["requests"] == 100 == speaker.asked, counted
    speaker = Speaker(t, RESPONSES["a length"], close=True)
    status, counted = load(t, speaker.port, "-c", "4", "-n", "50", "-1")
    assert status == 0 and counted["requests"] == 50 == speaker.asked and counted["reconnects"] == 0, counted


def steady(t, answer, lives=1 << 30, reset=False):
    """What the steady load counts where each connection gets so many of these answers."""
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            for _ in range(lives):
                lines = list(iter(self.rfile.readline, b"\r\n"))
                if not lines or lines[-1] == b"":
                    return
                self.wfile.write(answer)
                if b"Connection: close\r\n" in lines:
                    break
            if reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    t.defer(server.server_close)
    t.defer(server.shutdown)
    load = Load(t, server.server_address[1], b"hello", rate=500, connections=4)
    until("requests of both kinds", lambda: load.count().begun > 20)
    return load.end()


@case("the steady load tells what it lost, what was wrong and what ended without a word")
def _(t):
    good, last = RESPONSES["a length"], HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello"
    assert steady(t, good).flawless()
    counted = steady(t, last, lives=1)
    assert counted.flawless() and 0 < counted.fresh < counted.answered, counted
    for bad in good.replace(b"hello", b"hellO"), good.replace(b": 5", b": 4"), last.replace(b"hello", b"hello!"), \
            good.replace(b" 200 ", b" 404 "), HEAD + b"\r\n":
        counted = steady(t, bad)
        assert counted.wrong > 0 and not counted.flawless(), (bad, counted)
    assert steady(t, good, lives=3).untold > 0
    assert steady(t, last, lives=1, reset=True).rude > 0
    counted = steady(t, last[:-2], lives=1)
    assert counted.lost == counted.begun and counted.reset == 0 < counted.last_lost <= time.monotonic(), counted
    counted = steady(t, last[:-2], lives=1, reset=True)
    assert counted.reset == counted.lost == counted.begun, counted


@case("a load of no time at all has a request for each connection")
def _(t):
    speaker = Speaker(t, RESPONSES["a length"])
    status, counted = load(t, speaker.port, "-c", "1", "-t", "0")
    assert status == 0 and counted["requests"] == 1 == speaker.asked, counted


@case("a fixed rate sends that many, and says how late the answers were")
def _(t):
    speaker = Speaker(t, RESPONSES["a length"])
    status, counted = load(t, speaker.port, "-c", "1", "-r", "1000", "-t", "0.2")
    assert status == 0 and counted["requests"] == 200 == speaker.asked, counted
    assert 0 < counted["p50"] <= counted["p99"] <= counted["p99.9"], counted


# ---------------------------------------------------------------- the limit program

def limit(t, *options):
    """Its port."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = subprocess.Popen([LIMIT_PROGRAM, "-p", str(port), "-l", str(len(REQUEST)), *options, "plan"], cwd=t.dir)
    t.defer(process.wait)
    t.defer(process.kill)
    return port


def slow_client(port):
    """Connected, as soon as somebody listens, with little room for what it has not read yet."""
    end = time.monotonic() + LIMIT
    while True:
        s = socket.socket()
        s.settimeout(LIMIT)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            s.connect(("127.0.0.1", port))
            return s
        except ConnectionRefusedError:
            s.close()
            assert time.monotonic() < end, "nobody listens"
            time.sleep(0.01)


@case("the limit program answers with the planned bytes, pieces and pipelines of requests alike")
def _(t):
    count = 60
    body = os.urandom(300000)
    t.write("head", HEAD + b"\r\n")
    t.write("body", body)
    for size, options in ((200000, ()), (16000, ()), (200000, ("-f", "1")), (200000, ("-f", "1", "-s", "4096"))):
        t.write("plan", f"head 0 {len(HEAD) + 2} body 1000 {size}\n")
        expected = (HEAD + b"\r\n" + body[1000:1000 + size]) * count
        with slow_client(limit(t, *options)) as client:
            client.sendall(REQUEST[:10])
            client.sendall(REQUEST[10:] + REQUEST * (count - 1))
            got = bytearray()
            while len(got) < len(expected):
                data = client.recv(1 << 18)
                assert data, "the connection ended"
                got += data
            assert got == expected, (size, options)


# ---------------------------------------------------------------- figures

@case("processor time is what the process has used by its own clock, all its threads together")
def _(t):
    early = time.process_time_ns()
    before, clock = measure.processor_ns([os.getpid()]), time.process_time_ns()
    done, leave = threading.Event(), threading.Event()

    def work():
        while time.process_time_ns() - clock < 2 * 10**8:
            pass
        done.set()
        leave.wait()

    thread = threading.Thread(target=work)
    thread.start()
    done.wait()
    least = time.process_time_ns() - clock
    spent = measure.spent_ns(before, measure.processor_ns([os.getpid()]))
    most = time.process_time_ns() - early
    leave.set()
    thread.join()
    assert least - 5 * 10**7 < spent < most + 5 * 10**7, (least, spent, most)


@case("memory without a file behind it is counted")
def _(t):
    if not os.path.exists("/proc/self/smaps_rollup"):
        raise Skip("this kernel has no smaps_rollup")
    gc.collect()		# what cases before have left must not go meanwhile
    before = measure.memory_bytes([os.getpid()])
    kept = bytearray(os.urandom(1 << 24))
    assert len(kept) == 1 << 24 and measure.memory_bytes([os.getpid()]) - before > 15 << 20


@case("instructions and allocations are read from what callgrind writes")
def _(t):
    path = t.write("callgrind", "version: 1\nevents: Ir\n\nfl=(1) a.c\nfn=(1) main\n10 100\ncfn=(2) malloc\ncalls=3 20\n"
                                "10 60\nfn=(2)\n20 60\ncfn=(3) _int_malloc\ncalls=3 30\n20 30\nfn=(4) other\n30 0\n"
                                "cfn=(2)\ncalls=2 20\n30 40\n\nsummary: 230\ntotals: 230\n")
    assert measure.read_callgrind(path) == (230, 5, {"main": 100, "malloc": 60, "other": 0})


@case("ours is compared with the limit and with the best of the others")
def _(t):
    results = {name: {"median": value} for name, value in
               {"limit": 5.0, "tinyhttpd": 10.0, "against": 20.0, "nginx": 12.0, "h2o": 8.0}.items()}
    assert report.ratios(results) == {"limit": 2.0, "best": 1.25, "best_peer": "h2o", "against": 0.5}
    assert report.ratios({"limit": {"median": 5.0}}) == {}


main()
