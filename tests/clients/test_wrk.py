#!/usr/bin/python3
"""A short storm by wrk: not how fast it is, but that nobody is turned away."""

import re

from clients import LONG, case, main, need, run
from harness import until


def storm(t, server, *options):
    need("wrk")
    text = run(t, "wrk", "-t", "2", "-c", "256", "-d", "2s", "--timeout", f"{int(LONG / 4)}s", *options,
               f"http://127.0.0.1:{server.port}/").decode()
    assert "Socket errors" not in text and "Non-2xx" not in text, text
    return int(re.search(r"(\d+) requests in", text)[1])


@case("256 connections without one socket error, and every request in the log")
def _(t):
    server = t.server(files={"index.html": "x" * 1000})
    count = storm(t, server)
    server.left_nothing()
    # wrk leaves in the middle of its last requests: the log has these as well
    until("the lines of all requests", lambda: len(server.access_lines()) >= count)
    assert len(server.access_lines()) <= count + 256


@case("256 connections, a new one for each request")
def _(t):
    server = t.server(files={"index.html": "x" * 1000})
    storm(t, server, "-H", "Connection: close")
    server.left_nothing()


main()
