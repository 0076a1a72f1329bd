#!/usr/bin/python3
"""crowd - what one client notices of thousands that are slow on purpose.

    make crowd [ROUNDS=7]

Two servers run, one with the crowd and one without.  A client of its own process asks both in turns, round by
round, small files over kept-alive and new connections, and notes how long each answer takes; while it asks the
one without, the crowd is silent.  "x quiet" is the median over the rounds of crowd's p99 to that of the round
beside it.  Then what a slow reader takes of the server's memory, and when clients whose heads never end are gone.
It ends by itself, in a few minutes.
"""

import multiprocessing
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "wire"))

from crowds import (IDLE, PATIENT, READER_BYTES, SLOW_BODIES, SLOW_HEADS, SLOW_READERS, Crowd, share, site,	# noqa: E402
                    tls_reader_bytes, tls_site)
from harness import Shared, Test, request, until	# noqa: E402

ASKED = 2000			# answers of one round
DRIP = 1.0			# seconds from a slow client's byte to its next
HEAD_TIMEOUT = 5
AIM = 2.0

KINDS = [
    ("slow heads", (SLOW_HEADS, 0, 0, 0)),
    ("slow bodies", (0, SLOW_BODIES, 0, 0)),
    ("slow readers", (0, 0, SLOW_READERS, 0)),
    ("idle", (0, 0, 0, IDLE)),
    ("together", (SLOW_HEADS, SLOW_BODIES, SLOW_READERS, IDLE)),
]


def ask(server, pipe):
    """The normal client, in a process of its own: for each True a round of answers, as seconds and failures."""
    while pipe.recv():
        times, failed = [], 0
        kept = server.connect()
        for i in range(ASKED):
            begin = time.perf_counter()
            try:
                if i % 2:
                    response = kept.ask("/")
                else:
                    response = server.get("/")
                failed += response.status != 200 or len(response.body) != 1000
            except (OSError, AssertionError):
                failed += 1
                kept = server.connect()
            times.append(time.perf_counter() - begin)
        kept.close()
        pipe.send((times, failed))


class Normal:
    def __init__(self, server):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=ask, args=(server, other), daemon=True)
        self.process.start()

    def begin(self):
        self.pipe.send(True)

    def done(self, wait):
        return self.pipe.poll(wait)

    def result(self):
        return self.pipe.recv()

    def end(self):
        self.pipe.send(False)
        self.process.join()


def p99(times):
    return sorted(times)[len(times) * 99 // 100]


def drip_once(slow, readers):
    """A byte of each that sends, some bytes for each that reads; spread over DRIP seconds by the caller."""
    for s in slow:
        try:
            s.send(b"y")
        except OSError:
            pass
    for s in readers:
        try:
            s.recv(1024)
        except OSError:
            pass


def drip_during(normal, slow, readers):
    """Until its round is over: a tenth of them every tenth of DRIP."""
    turn = 0
    while not normal.done(DRIP / 10):
        drip_once(slow[turn % 10::10], readers[turn % 10::10])
        turn += 1


def measure(test, name, wanted, rounds):
    crowded = site(test, PATIENT, name="crowded")
    quiet = site(test, PATIENT, name="quiet")
    heads, bodies, readers, idle = (n if w else 0 for n, w in zip(share(crowded, wanted), wanted))
    loud, alone = Normal(crowded), Normal(quiet)
    crowd = Crowd(crowded)
    crowd.add_idle(idle)
    reading = crowd.add_readers(readers)
    slow = crowd.add_heads(heads) + crowd.add_bodies(bodies)
    crowd.taken()
    for s in reading + slow:
        s.setblocking(False)
    pairs, failed = [], 0
    for _ in range(rounds):
        alone.begin()
        before, failures = alone.result()
        failed += failures
        loud.begin()
        drip_during(loud, slow, reading)
        during, failures = loud.result()
        failed += failures
        pairs.append((p99(before), p99(during)))
    assert crowded.sockets() >= len(crowd.sockets), "some of the crowd were closed before their time"
    loud.end()
    alone.end()
    crowd.close()
    crowded.left_nothing()
    ratio = statistics.median(b / a for a, b in pairs)
    return (f"{name:14}{len(slow) + readers + idle:8}{statistics.median(a for a, _ in pairs) * 1e6:12.0f}"
            f"{statistics.median(b for _, b in pairs) * 1e6:12.0f}{ratio:10.2f}{failed:9}"), ratio <= AIM and failed == 0


def reader_bytes(test, name, fields=(), lines=""):
    """What each slow reader takes, once what is kept for the next connection is there."""
    server = site(test, PATIENT + lines, name="readers-" + name.replace(" ", "-"))
    with open(os.path.join(server.root, "huge"), "r+b") as f:		# which gzip does not make small
        for _ in range(64):
            f.write(os.urandom(1 << 16))
    crowd = Crowd(server)
    crowd.add(64, request("/huge", *fields), rcvbuf=4096)
    for s in crowd.sockets:
        assert s.recv(15) == b"HTTP/1.1 200 OK"
    crowd.close()
    server.left_nothing()
    before = server.memory("RssAnon")
    crowd.add(SLOW_READERS, request("/huge", *fields), rcvbuf=4096)
    for s in crowd.sockets:
        assert s.recv(15) == b"HTTP/1.1 200 OK"
    each = (server.memory("RssAnon") - before) / SLOW_READERS
    crowd.close()
    server.left_nothing()
    return f"a slow reader of {name}: {each:.0f} bytes of memory", each < READER_BYTES


def tls_bytes(test):
    """The same over TLS, of which OpenSSL keeps the half."""
    each = tls_reader_bytes(tls_site(test, name="tls"), SLOW_READERS)
    return f"a slow reader over TLS: {each:.0f} bytes of memory", each < READER_BYTES


def heads_gone(test):
    server = site(test, f"head_timeout = {HEAD_TIMEOUT}s\nmax_connections = 65536\nbacklog = 4096", name="heads")
    crowd = Crowd(server)
    heads = crowd.add_heads(SLOW_HEADS)
    crowd.taken()
    last = time.monotonic()

    def gone():
        drip_once(heads[::10], [])
        return server.sockets() == server.sockets_at_start
    until("all of them gone", gone)
    took = time.monotonic() - last
    crowd.close()
    return f"{SLOW_HEADS} slow heads are gone {took - HEAD_TIMEOUT:+.2f} s from the last one's head_timeout", took <= HEAD_TIMEOUT + 1


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 7
    test = Test(Shared())
    good = True
    print(f"{'crowd':14}{'clients':>8}{'quiet p99':>12}{'p99, us':>12}{'x quiet':>10}{'failed':>9}", flush=True)
    try:
        for line in [lambda k=k: measure(test, *k, rounds) for k in KINDS] + [
                lambda: reader_bytes(test, "a file"),
                lambda: reader_bytes(test, "a file that is compressed for it", ("Accept-Encoding: gzip",),
                                     "\n[gzip]\nmax_size = 1g\ntypes = application/octet-stream"),
                lambda: tls_bytes(test),
                lambda: heads_gone(test)]:
            words, as_wanted = line()
            good &= as_wanted
            print(words + ("" if as_wanted else "   <- not as it should be"), flush=True)
            test.finish(True)
    finally:
        test.finish(False)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
