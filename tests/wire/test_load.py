#!/usr/bin/python3
"""Many clients, thousands of requests, two workers: every byte is compared."""

import gzip
import random
import threading

from harness import case, main, request

R = random.Random(7)
FILES = {f"d{i % 5}/f{i}.{'html' if i % 2 else 'bin'}":
         (b"<p>%d</p>\n" % i) * (i * 37) if i % 2 else R.randbytes(R.choice((0, 1, 100, 1460, 4096, 16384, 40000))) for i in range(60)}
FILES["index.html"] = b"home"
NAMES = sorted(FILES)


def site(t):
    return t.server(files=FILES, server="keepalive_requests = 0\nkeepalive_timeout = 5m\nhead_timeout = 5m\nqueue = 64")


@case("200 kept-alive clients: every byte of 10000 answers is right")
def _(t):
    server = t.shared(site)
    clients = [server.connect() for _ in range(200)]
    r = random.Random(1)
    for _ in range(50):
        asked = []
        for c in clients:
            name = r.choice(NAMES)
            c.send(request("/" + name))
            asked.append(name)
        for c, name in zip(clients, asked):
            response = c.response()
            assert response.status == 200 and response.body == FILES[name], name
    for c in clients:
        c.close()
    server.left_nothing()


@case("200 clients that pipeline, ask for gzip, HEAD, what is missing and what is malformed, all at once")
def _(t):
    server = t.shared(site)
    failures = []

    def run(number):
        r = random.Random(number)
        try:
            for _ in range(6):
                with server.connect() as c:
                    asked = []
                    for _ in range(r.randint(1, 25)):
                        name, kind = r.choice(NAMES), r.choice(("plain", "gzip", "HEAD", "missing"))
                        asked.append((name, kind))
                        c.send(request("/" + name + ("-missing" if kind == "missing" else ""),
                                       *(["Accept-Encoding: gzip"] if kind == "gzip" else []), method="HEAD" if kind == "HEAD" else "GET"))
                    if r.random() < 0.3:
                        c.send(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
                        asked.append((None, "bad"))
                    for name, kind in asked:
                        response = c.response(method="HEAD" if kind == "HEAD" else "GET")
                        status = {"missing": 404, "bad": 400}.get(kind, 200)
                        assert response.status == status, (name, kind, response)
                        if kind in ("plain", "gzip"):
                            body = gzip.decompress(response.body) if "Content-Encoding" in response else response.body
                            assert body == FILES[name], (name, kind)
                        elif kind == "HEAD":
                            assert response["Content-Length"] == str(len(FILES[name]))
                    if r.random() < 0.2:
                        c.send(request("/" + r.choice(NAMES)) * 3)
                        c.abort()
        except Exception as e:			# told by the case, not by the thread
            failures.append(f"client {number}: {e!r}")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    server.left_nothing()
    assert server.get("/").body == b"home"


@case("a greedy client does not starve the others")
def _(t):
    server = t.server(files={**FILES, "large": b"x" * (64 << 20)}, server="keepalive_requests = 0", workers=1)
    with server.connect() as greedy, server.connect() as pipeline, server.connect() as modest:
        greedy.send(request("/large"))
        pipeline.send(request("/index.html") * 500)
        stop = threading.Event()

        def drain():
            total = 0
            while total < 64 << 20 and not stop.is_set():
                total += len(greedy.socket.recv(1 << 20))
        thread = threading.Thread(target=drain)
        thread.start()
        for _ in range(50):
            assert modest.ask("/").body == b"home"
        for _ in range(500):
            assert pipeline.response().body == b"home"
        thread.join()


main()
