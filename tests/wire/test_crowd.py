#!/usr/bin/python3
"""Connections that stay: spread evenly over the workers, and next to nothing in memory while they are idle."""

import os
import re
import resource

from harness import Skip, case, main, request, until

IDLE_MAX = 18000
ENOUGH = 500
BYTES_EACH = 400
STAY = "keepalive_requests = 0\nkeepalive_timeout = 1h\nhead_timeout = 1h\nbacklog = 1024\n"


def sockets_of_workers(server):
    """How many connections each worker has, in order: what its epoll watches says /proc (proc(5))."""
    counts = []
    targets = server.descriptors()
    for fd, target in targets.items():
        if target != "anon_inode:[eventpoll]":
            continue
        with open(f"/proc/{server.pid}/fdinfo/{fd}") as f:
            watched = [targets.get(int(number), "") for number in re.findall(r"^tfd:\s*(\d+)", f.read(), re.M)]
        if watched.count("anon_inode:[eventfd]") == 2:		# else it is the one that accepts
            counts.append(sum(target.startswith("socket:") for target in watched))
    return sorted(counts)


def spread(server, count):
    """The same, once all of them are watched."""
    counts = []

    def all_there():
        counts[:] = sockets_of_workers(server)
        return sum(counts) == count
    until(f"{count} connections watched, not {counts}", all_there)
    return counts


def four_workers(t):
    return t.server(files={"index.html": "x"}, server=STAY, workers=4)


def check_spread(server, clients):
    counts = spread(server, len(clients))
    assert len(counts) == 4 and counts[-1] <= 2 * counts[0], counts
    for c in clients:
        c.close()
    server.left_nothing()


@case("64 connections that come at once: no worker of four has more than twice as many as another")
def _(t):
    server = t.shared(four_workers)
    clients = [server.connect() for _ in range(64)]
    for c in clients:
        c.send(request("/"))
    for c in clients:
        assert c.response().body == b"x"
    check_spread(server, clients)


@case("64 connections that come one by one: the same")
def _(t):
    server = t.shared(four_workers)
    clients = []
    for _ in range(64):
        clients.append(server.connect())
        assert clients[-1].ask("/").body == b"x"
    check_spread(server, clients)


@case("64 connections that stay among hundreds that come and go: the same")
def _(t):
    server = t.shared(four_workers)
    clients = []
    for i in range(64):
        for _ in range(i % 7):
            assert server.get("/").body == b"x"
        clients.append(server.connect())
        assert clients[-1].ask("/").body == b"x"
    check_spread(server, clients)


@case("four connections keep four workers busy")
def _(t):
    server = t.shared(four_workers)
    clients = [server.connect() for _ in range(4)]
    for c in clients:
        assert c.ask("/").body == b"x"
    assert spread(server, 4) == [1, 1, 1, 1]
    for c in clients:
        c.close()
    server.left_nothing()


def room_for(server):
    """How many connections may stay: as many as both programs have descriptors for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    at_most = int(re.search(r"(\d+) connections at most", server.stderr())[1])
    mine = hard - len(os.listdir("/proc/self/fd"))
    room = min(IDLE_MAX, at_most * 9 // 10, mine - 64)		# above that keepalive_timeout shrinks to seconds
    if room < ENOUGH:
        raise Skip(f"{hard} descriptors are allowed; {ENOUGH} connections need {ENOUGH * 3 // 2 + 200}")
    return min(room, ENOUGH) if server.sanitized() else room


def check_crowd(t, each, together=None):
    """Connections of several addresses, each after each(client): what they cost, and that others are served.

    together: after so many the next wait until those are let in, which a client that says nothing is after a second.
    More than the backlog at once would be another test, of the kernel's.
    """
    server = t.server(files={"index.html": "x"}, server=STAY + "max_connections = 65536", error="stderr notice")
    room = room_for(server)
    crowd = [server.connect(source="127.0.0.9") for _ in range(200)]
    for c in crowd:						# what is made once, and kept for the next
        assert c.ask("/").body == b"x"
    for c in crowd:
        c.close()
    server.left_nothing()
    active = server.connect()
    assert active.ask("/").body == b"x"
    before = server.memory("RssAnon")
    crowd = []
    for i in range(room):
        crowd.append(server.connect(source=f"127.0.0.{10 + i % 8}"))
        each(crowd[-1])
        if together and len(crowd) % together == 0:
            until("they are let in", lambda: server.sockets() > server.sockets_at_start + len(crowd))
        if i % 100 == 0:
            assert active.ask("/").body == b"x"
    spread(server, room + 1)
    grown = server.memory("RssAnon") - before
    assert active.ask("/").body == b"x"
    assert server.get("/").body == b"x"
    assert server.sanitized() or grown < BYTES_EACH * room, f"{grown / room:.0f} bytes for each of {room} connections"
    print(f"# {room} connections, {grown / room:.0f} bytes each")
    for c in crowd + [active]:
        c.close()
    server.left_nothing()


@case("as many idle connections as there are descriptors for take a few hundred bytes each, and others are served")
def _(t):
    def ask(c):
        assert c.ask("/").body == b"x"
    check_crowd(t, ask)


@case("so do connections that have not said anything yet")
def _(t):
    check_crowd(t, lambda c: None, together=1000)


main()
