#!/usr/bin/python3
"""From a target to a file: decoded once, dot segments removed, structure never decoded."""

from urllib.parse import urljoin

from harness import case, main, request


def site(t):
    return t.server("""
        [location picture]
        path = *.pic
        header = X-Location: glob
        [location docs]
        path = /docs
        header = X-Location: docs
        [location deep]
        path = /docs/deep/
        header = X-Location: deep
        [location strip]
        path = /stripped/
        strip = yes
        root = """ + t.files({"in.txt": "stripped", "sub/in.txt": "sub stripped"}, "elsewhere") + """
        """, files={
        "index.html": "the index", "a.txt": "A", "dir/b.txt": "B", "dir/sub/c.txt": "C", "with blank.txt": "blank",
        "per%cent.txt": "percent", "plus+.txt": "plus", "%41.txt": "literal", "q?.txt": "question", "h#.txt": "hash",
        "b\\s.txt": "backslash", "é.txt": "utf8", "a;b.txt": "semicolon", "a:b.txt": "colon", "~user/x.txt": "tilde",
        "docs/x": "x", "docs/deep/y": "y", "docsx": "not docs", "docs/z.pic": "z", "p.pic": "p", "...": "three", "dir.d/x": "dd",
        "CaSe.txt": "case"})


def gives(name, target, body, status=200):
    @case(name)
    def _(t):
        response = t.shared(site).get(target)
        assert response.status == status, response
        assert body is None or response.body == body, response


# RFC 3986 2.1, 2.4: decoded, and decoded once
gives("an encoded letter is the letter", "/%61.txt", b"A")
gives("hexadecimal digits are of any case", "/with%20blank.tx%74", b"blank")
gives("an encoded percent sign is a percent sign", "/per%25cent.txt", b"percent")
gives("nothing is decoded twice", "/%2541.txt", b"literal")
gives("a plus sign is a plus sign", "/plus+.txt", b"plus")
gives("an encoded question mark belongs to the name", "/q%3f.txt", b"question")
gives("an encoded hash belongs to the name", "/h%23.txt", b"hash")
gives("an encoded backslash is an ordinary byte", "/b%5Cs.txt", b"backslash")
gives("encoded UTF-8 is the name", "/%C3%A9.txt", b"utf8")
gives("a semicolon and what follows belong to the name", "/a;b.txt", b"semicolon")
gives("a colon belongs to the name", "/a:b.txt", b"colon")
gives("an encoded tilde is a tilde", "/%7Euser/x.txt", b"tilde")
gives("names are case-sensitive", "/case.txt", None, 404)
gives("the query is no part of the path", "/a.txt?x=/../../etc/passwd", b"A")
gives("an empty query is none", "/a.txt?", b"A")
gives("a query may hold question marks and slashes", "/a.txt?a?b/c", b"A")
gives("an encoded slash never separates", "/dir%2Fb.txt", None, 404)
gives("an encoded slash at the end is no slash", "/dir%2f", None, 404)
gives("%2f..%2f climbs nowhere", "/dir%2f..%2fa.txt", None, 404)

# RFC 3986 5.2.4
gives("a dot segment goes", "/./a.txt", b"A")
gives("dot segments in a row go", "/././dir/./b.txt", b"B")
gives("two dots take a segment back", "/dir/../a.txt", b"A")
gives("two dots take back what they stand behind, not more", "/dir/sub/../b.txt", b"B")
gives("two dots above the root stay at the root", "/../../../a.txt", b"A")
gives("encoded dots are dots", "/%2e/dir/%2E%2e/a.txt", b"A")
gives("half encoded dots are dots", "/dir/.%2e/a.txt", b"A")
gives("three dots are a name, and a hidden one", "/...", None, 404)
gives("a name with dots inside is a name", "/dir.d/x", b"dd")
gives("dots at the end mean the folder", "/dir/..", b"the index")
gives("a dot at the end means the folder", "/.", b"the index")
gives("/.. is the root", "/..", b"the index")
gives("slashes in a row are one", "//dir///b.txt", b"B")
gives("a file with a slash behind it is not there", "/a.txt/", None, 404)
gives("a file is no folder", "/a.txt/b", None, 404)
gives("two dots behind a file are taken back as text", "/a.txt/../a.txt", b"A")
gives("two dots behind a missing folder are taken back as text", "/none/../a.txt", b"A")

# tinyhttpd.ini(5): "the path of the request is looked up below it, and never leaves it"
for target in ("/../../../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
               "/dir/../../../../../../etc/passwd", "/....//....//etc/passwd", "/%252e%252e/%252e%252e/etc/passwd",
               "/..%c0%af..%c0%afetc/passwd", "/..%5c..%5cetc/passwd", "/.%00./etc/passwd", "//etc/passwd", "/%2fetc/passwd",
               "/~root/.profile", "/proc/self/environ", "/dir/..;/..;/etc/passwd", "/etc/passwd%00.html"):
    @case(f"nothing outside the root: {target}")
    def _(t, target=target):
        response = t.shared(site).get(target)
        assert response.status in (400, 404), response
        assert b"root:" not in response.body


@case("a name of any length is answered")
def _(t):
    server = t.shared(site)
    for length in (255, 256, 4000):
        assert server.get("/" + "n" * length).status == 404
    assert server.get("/d" * 3000).status == 404
    assert server.get("/" + "./" * 2000 + "a.txt").body == b"A"
    assert server.get("/" + "x/../" * 800 + "a.txt").body == b"A"


# tinyhttpd.ini(5): "a prefix, by whole parts: /docs and /docs/ both mean /docs and /docs/x, and never /docsx."
@case("a location is a prefix of whole segments, the longest one, or a glob")
def _(t):
    server = t.shared(site)
    for target, want in {"/docs/x": "docs", "/docsx": None, "/docs/deep/y": "deep", "/docs/none": None, "/p.pic": "glob",
                         "/docs/z.pic": "glob", "/docs/deep/../x": "docs", "/%64ocs/x": "docs", "//docs//x": "docs",
                         "/dir/../docs/deep/./y": "deep", "/DOCS/x": None}.items():
        response = server.get(target)
        if response.status == 200:
            assert response["X-Location"] == want, (target, response)
        else:
            assert response.status == 404 and target in ("/docs/none", "/DOCS/x"), (target, response)


# tinyhttpd.ini(5): "Cut the prefix off before the rest is looked up below root."
@case("strip cuts the matched prefix off before the file is looked up")
def _(t):
    server = t.shared(site)
    assert server.get("/stripped/in.txt").body == b"stripped"
    assert server.get("/stripped/sub/in.txt").body == b"sub stripped"
    assert server.get("/stripped/../a.txt").body == b"A"
    assert server.get("/stripped/%2e%2e/%2e%2e/a.txt").body == b"A"
    assert server.get("/stripped/stripped/in.txt").status == 404


# RFC 9110 15.4.2: Location may be relative; ours is
@case("a folder without its slash: a relative redirect that keeps the query")
def _(t):
    server = t.shared(site)
    for target, want in {"/dir": "/dir/", "/dir?a=b&c=%20": "/dir/?a=b&c=%20", "/dir/sub": "/dir/sub/", "/dir?": None,
                         "/docs/deep": "/docs/deep/", "/%64ir": "/dir/", "/stripped/sub": "/stripped/sub/",
                         "/~user": "/~user/"}.items():
        response = server.get(target)
        location = response["Location"]
        assert response.status == 301, (target, response)
        assert "://" not in location and not location.startswith("//"), location
        if want:
            assert urljoin("http://h" + target, location) == "http://h" + want, (target, location)


@case("a redirect never leads to another host, however many slashes are sent")
def _(t):
    server = t.server(files={"example.org/index.html": "x", "\\example.org/index.html": "y"})
    for target in ("//example.org", "///example.org", "/.//example.org", "/x/..//example.org", "/%5cexample.org", "//%5cexample.org"):
        response = server.get(target)
        assert response.status == 301, (target, response)
        assert response["Location"][:2] not in ("//", "/\\"), response["Location"]
        assert "\\" not in response["Location"], response["Location"]


@case("what is found depends on the path alone, not on how it was split in segments")
def _(t):
    with t.shared(site).connect() as c:
        c.drip(request("/dir/%2e%2e/%61.txt?q"), 3)
        assert c.response().body == b"A"


main()
