#!/usr/bin/python3
"""Validators and conditional requests on files."""

import os
import re
import time

from harness import age, case, http_date, main, to_date, until

OLD = 3600


def site(t):
    server = t.server("""
        [location untagged]
        path = /untagged/
        etag = off
        """, files={"a.txt": "AAAA", "b.txt": "BBBB", "untagged/a.txt": "AAAA", "index.html": "the index"})
    for name in ("a.txt", "b.txt", "untagged/a.txt", "index.html"):
        age(f"{server.root}/{name}", seconds=OLD)
    # Until its last change is a moment ago a file has a weak tag only.
    until("a strong entity-tag", lambda: not server.get("/a.txt")["ETag"].startswith("W/"))
    return server


def tags(server, target="/a.txt"):
    response = server.get(target)
    return response["ETag"], response["Last-Modified"]


# RFC 9110 8.8
@case("a file has an entity-tag and a time, equal on GET and HEAD and from request to request")
def _(t):
    server = t.shared(site)
    tag, when = tags(server)
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', tag), tag
    assert abs(http_date(when) - (time.time() - OLD)) < 1000
    head = server.head("/a.txt")
    assert (head["ETag"], head["Last-Modified"]) == (tag, when) == tags(server)
    assert tags(server, "/b.txt")[0] != tag


@case("an entity-tag changes with the content's time and length")
def _(t):
    server = t.server(files={"x": "one"})
    age(server.root + "/x", seconds=100)
    first = server.get("/x")["ETag"]
    with open(server.root + "/x", "w") as f:
        f.write("longer than before")
    os.utime(server.root + "/x", ns=(1, 10 ** 18))
    second = until("another tag", lambda: (tag := server.get("/x")["ETag"]) != first and tag)
    os.utime(server.root + "/x", ns=(1, 10 ** 18 + 1))
    until("a tag of another nanosecond", lambda: server.get("/x")["ETag"] not in (first, second))


# RFC 9110 8.8.1: a validator is strong only when it cannot stay while the bytes change
@case("a file changed this moment has a weak tag, and a strong one soon after")
def _(t):
    server = t.server(files={"x": "x"})
    def tag_of_new_file():
        with open(server.root + "/x", "w") as f:
            f.write("y")
        return server.get("/x")["ETag"].startswith("W/")
    until("a weak tag", tag_of_new_file)
    until("a strong tag", lambda: server.get("/x")["ETag"].startswith('"'))


def check(name, fields, status, method="GET", target="/a.txt", version="1.1"):
    """fields may hold {tag}, {time}, {earlier}, {later} and {other}."""
    @case(name)
    def _(t):
        server = t.shared(site)
        tag, when = tags(server, target)
        words = {"tag": tag, "time": when, "earlier": to_date(http_date(when) - 60), "later": to_date(http_date(when) + 60),
                 "other": server.get("/b.txt")["ETag"]}
        response = server.get(target, *(f.format(**words) for f in fields), method=method, version=version)
        assert response.status == status, response
        if status == 304:								# RFC 9110 15.4.5
            assert response["ETag"] == tag and not response.body, response
            plain = server.get(target, method=method)
            for field in ("Vary", "Cache-Control", "Expires", "Content-Location"):
                assert response[field] == plain[field], response
            assert response["Content-Length"] in (None, plain["Content-Length"]), response
        elif method == "GET" and status == 200:
            assert response.body in (b"AAAA", b"the index")


for method in ("GET", "HEAD"):								# RFC 9110 13.1.2
    check(f"{method}: If-None-Match with the tag is 304", ["If-None-Match: {tag}"], 304, method)
    check(f"{method}: If-None-Match with the tag made weak is 304", ["If-None-Match: W/{tag}"], 304, method)
    check(f"{method}: If-None-Match with * is 304", ["If-None-Match: *"], 304, method)
    check(f"{method}: If-None-Match with a list is 304", ['If-None-Match: "x", W/"y",{tag}'], 304, method)
    check(f"{method}: If-None-Match in two fields is one list", ['If-None-Match: "x"', "If-None-Match: {tag}"], 304, method)
    check(f"{method}: If-None-Match with another tag is 200", ["If-None-Match: {other}"], 200, method)
    check(f"{method}: If-Modified-Since the time is 304", ["If-Modified-Since: {time}"], 304, method)
    check(f"{method}: If-Modified-Since later is 304", ["If-Modified-Since: {later}"], 304, method)
    check(f"{method}: If-Modified-Since earlier is 200", ["If-Modified-Since: {earlier}"], 200, method)

check("an index page has conditions, too", ["If-None-Match: {tag}"], 304, target="/")
check("conditions work for HTTP/1.0", ["If-None-Match: {tag}"], 304, version="1.0")
check("a tag with a comma in it is one tag", ['If-None-Match: "a,b", {tag}'], 304)
check("the tag without its quotes is no tag", ["If-None-Match: x{tag}"], 200)
# RFC 9110 13.1.3: ignored when there is If-None-Match, and when it is no date
check("If-None-Match beats If-Modified-Since: no", ["If-None-Match: {other}", "If-Modified-Since: {time}"], 200)
check("If-None-Match beats If-Modified-Since: yes", ["If-None-Match: {tag}", "If-Modified-Since: {earlier}"], 304)
check("If-Modified-Since with words is ignored", ["If-Modified-Since: yesterday"], 200)
check("If-Modified-Since in the form of RFC 850", ["If-Modified-Since: Friday, 01-Jan-99 00:00:00 GMT"], 200)
check("If-Modified-Since in the form of asctime", ["If-Modified-Since: Sun Nov  6 08:49:37 1994"], 200)
# RFC 9110 13.1.1, 13.1.4
check("If-Match with the tag is 200", ["If-Match: {tag}"], 200)
check("If-Match with * is 200", ["If-Match: *"], 200)
check("If-Match with another tag is 412", ["If-Match: {other}"], 412)
check("If-Match compares strongly", ["If-Match: W/{tag}"], 412)
check("If-Unmodified-Since earlier is 412", ["If-Unmodified-Since: {earlier}"], 412)
check("If-Unmodified-Since the time is 200", ["If-Unmodified-Since: {time}"], 200)
check("If-Match beats If-Unmodified-Since", ["If-Match: {tag}", "If-Unmodified-Since: {earlier}"], 200)
check("If-Match holds and If-None-Match decides", ["If-Match: {tag}", "If-None-Match: {tag}"], 304)


@case("conditions on what is not there, or not a file, change nothing")
def _(t):
    server = t.shared(site)
    for target, status in {"/none": 404, "/untagged": 301, "/untagged/": 403}.items():
        assert server.get(target, "If-None-Match: *", "If-Modified-Since: " + to_date(time.time())).status == status


@case("etag = off: no tag, but a time that can be asked with")
def _(t):
    server = t.shared(site)
    response = server.get("/untagged/a.txt")
    assert "ETag" not in response
    assert server.get("/untagged/a.txt", "If-Modified-Since: " + response["Last-Modified"]).status == 304


@case("a tag from one copy of a site holds on another with the same times")
def _(t):
    first = t.server(files={"x": "same"}, name="first")
    second = t.server(files={"x": "same"}, name="second")
    for s in (first, second):
        os.utime(s.root + "/x", ns=(1, 1234567890123456789))
    tags = [until("a strong tag", lambda s=s: (tag := s.get("/x")["ETag"]).startswith('"') and tag) for s in (first, second)]
    assert tags[0] == tags[1], tags


@case("a file from the future has a time that is not in the future")			# RFC 9110 8.8.2.1
def _(t):
    server = t.server(files={"x": "x"})
    os.utime(server.root + "/x", (time.time() + 86400,) * 2)
    response = server.get("/x")
    assert "Last-Modified" not in response or http_date(response["Last-Modified"]) <= http_date(response["Date"]), response


main()
