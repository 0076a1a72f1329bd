"""cases - what is measured: a row each, the files that are served, and the answers that are the right ones."""

import dataclasses
import os
import random
import time
import zlib

KIB, MIB = 1024, 1024 * 1024
HOST = "bench.example"
FILES = 2000

# What a case gives: the server's processor time for a request, or something else.
COST, LATENCY, MEMORY, CALLS, START, INSTRUCTIONS = "cost", "latency", "memory", "calls", "start", "instructions"

UNITS = {COST: "us", LATENCY: "us", MEMORY: "bytes", CALLS: "", START: "ms", INSTRUCTIONS: ""}


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    title: str
    targets: tuple
    gives: str = COST
    fields: tuple = ()
    status: int = 200
    connections: int = 64
    depth: int = 1			# requests sent together; over HTTP/2: streams at once
    one_request: bool = False		# a connection
    rate: int = 0			# requests a second; 0 = as many as are answered
    range: tuple = ()			# first and last byte
    conditional: bool = False		# If-None-Match with the entity-tag that the server gave
    gzip: bool = False
    log: bool = False
    tls: bool = False			# the limit program does not speak it
    resumed: bool = False		# sessions are taken up again
    http2: bool = False			# over TLS
    large: bool = False
    wrk: bool = False			# wrk can produce it
    file_from: int = 64 * KIB	# bodies of that size the limit program sends by sendfile: the cheaper way, measured
    aim: str = ""			# what is to be reached

    @property
    def unit(self):
        return UNITS[self.gives]


CASES = (
    Case("1k", "1 KiB, kept alive", ("/1k.txt",), wrk=True, aim="1.10 x limit"),
    Case("10k", "10 KiB, kept alive", ("/10k.txt",), wrk=True, aim="1.15 x limit"),
    Case("100k", "100 KiB, kept alive", ("/100k.txt",), wrk=True, large=True, aim="1.10 x limit"),
    Case("10m", "10 MiB, kept alive", ("/10m.bin",), connections=8, large=True, wrk=True, aim="1.00 x best"),
    Case("connection", "1 KiB, a new connection each", ("/1k.txt",), fields=("Connection: close",), one_request=True,
         aim="1.25 x limit"),
    Case("files", "2,000 files of 1-50 KiB in turn", tuple(f"/files/{i:04}.jpg" for i in range(FILES)),
         file_from=32 * KIB, aim="1.10 x limit"),
    Case("gzip", "60 KiB of text, gzip wanted", ("/text.txt",), fields=("Accept-Encoding: gzip",), gzip=True, wrk=True,
         aim="1.40 x limit"),
    Case("304", "If-None-Match, 304", ("/1k.txt",), status=304, conditional=True, wrk=True, aim="1.10 x limit"),
    Case("pipelined", "1 KiB, 16 requests pipelined", ("/1k.txt",), depth=16, aim="2.00 x limit"),
    Case("log", "1 KiB with the access log on", ("/1k.txt",), log=True, wrk=True, aim="1.25 x limit"),
    Case("range", "1 KiB of 1 MiB by Range", ("/1m.bin",), fields=("Range: bytes=500000-501023",), status=206,
         range=(500000, 501023), wrk=True, aim="1.15 x limit"),
    Case("tls-full", "TLS: 1 KiB, a full handshake each", ("/1k.txt",), fields=("Connection: close",), one_request=True, tls=True,
         aim="0.99 x best"),
    Case("tls-resumed", "TLS: 1 KiB, a resumed session each", ("/1k.txt",), fields=("Connection: close",), one_request=True, tls=True,
         resumed=True, aim="0.99 x best"),
    Case("tls-1k", "TLS: 1 KiB, kept alive", ("/1k.txt",), tls=True, aim="0.99 x best"),
    Case("tls-10m", "TLS: 10 MiB, kept alive", ("/10m.bin",), connections=8, tls=True, large=True, aim="0.99 x best"),
    Case("h2-1k", "HTTP/2: 1 KiB, 8 streams at once", ("/1k.txt",), connections=16, depth=8, tls=True, http2=True,
         aim="0.99 x best"),
    Case("h2-10m", "HTTP/2: 10 MiB", ("/10m.bin",), connections=8, tls=True, http2=True, large=True, aim="0.99 x best"),
    Case("rate", "p99 at 2,000 requests a second", ("/1k.txt",), gives=LATENCY, rate=2000, aim="1.20 x limit"),
    Case("idle", "memory of an idle connection", ("/1k.txt",), gives=MEMORY, connections=10000, aim="400"),
    Case("calls", "system calls, one connection", ("/1k.txt",), gives=CALLS, connections=1, aim="3"),
    Case("start", "start to first answer", ("/1k.txt",), gives=START, aim="5"),
    Case("instructions", "instructions, kept alive", ("/1k.txt",), gives=INSTRUCTIONS, connections=1),
)

# Also looked at by instructions: what of them is done for each request.
INSPECTED = ("1k", "10k", "100k", "connection", "gzip", "304", "log", "range")


def find(name):
    return next(c for c in CASES if c.name == name)


def choose(names, idle, files):
    """The cases of these names, with that many idle connections and files."""
    sized = {"idle": {"connections": idle}, "files": {"targets": find("files").targets[:files]}}
    return [dataclasses.replace(find(name), **sized.get(name, {})) for name in names]


# ---------------------------------------------------------------- files

SIZES = {"/1k.txt": KIB, "/10k.txt": 10 * KIB, "/100k.txt": 100 * KIB, "/text.txt": 60 * KIB, "/1m.bin": MIB,
         "/10m.bin": 10 * MIB}


def build_files(root, chosen):
    """What these cases ask for, the same each time.  It looks old, so that entity-tags are strong ones."""
    os.makedirs(os.path.join(root, "files"))
    then = time.time() - 7 * 86400
    for target in sorted({target for case in chosen for target in case.targets}):
        dice = random.Random(target)
        size = SIZES.get(target) or dice.randint(KIB, 50 * KIB)
        with open(root + target, "wb") as f:
            f.write(text(dice, size) if target.endswith(".txt") else dice.randbytes(size))
        os.utime(root + target, (then, then))


def text(dice, size):
    """Words that compress about as well as prose does."""
    words = ["".join(dice.choices("etaoinshrdlucmfwypvbgk", k=dice.randint(2, 9))) for _ in range(2000)]
    weights = [1 / (n + 3) for n in range(len(words))]
    out = " ".join(dice.choices(words, weights, k=size // 2))
    return "".join("\n" if i % 72 == 71 else c for i, c in enumerate(out))[:size].encode()


# ---------------------------------------------------------------- requests and right answers

def request(case, target, etag=None):
    lines = [f"GET {target} HTTP/1.1", f"Host: {HOST}", *request_fields(case, etag)]
    return "".join(line + "\r\n" for line in lines + [""]).encode()


def request_fields(case, etag=None):
    return [*case.fields, *([f"If-None-Match: {etag}"] if case.conditional else [])]


def wrong(case, response, expected):
    """What is wrong with a response to the case's request for a file with those bytes, or None."""
    if response.status != case.status:
        return f"status {response.status} in place of {case.status}"
    body = response.body
    if case.status == 304:
        return "a body in a 304" if body else None
    if case.gzip:
        if response.get("content-encoding") != "gzip":
            return "not compressed with gzip"
        try:
            body = zlib.decompress(body, 31)
        except zlib.error as e:
            return f"not what gzip makes: {e}"
    elif response.get("content-encoding"):
        return f"content-encoding {response.get('content-encoding')}"
    if case.range:
        first, last = case.range
        if response.get("content-range") != f"bytes {first}-{last}/{len(expected)}":
            return f"content-range {response.get('content-range')}"
        expected = expected[first:last + 1]
    if body != expected:
        return f"{len(body)} bytes that are not the file's {len(expected)}"
    return None
