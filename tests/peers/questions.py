"""questions - what every server is asked, and the files it is asked about.

A question is one connection: bytes as they are, nothing added.  In them {tag PATH} stands for the entity-tag that
the server which is asked gives that path, {gzip tag PATH} for that of its compressed form, {opaque PATH} for the tag
without W/, and {bare PATH} for it without quotes too.  All files were last changed at MODIFIED.
"""

import calendar
import os
import random
import socket

SITE = "site.test"
BODY_SIZE = 1 << 20			# the largest request body, for every server

MODIFIED = "Sun, 02 Feb 2020 02:02:02 GMT"
BEFORE = "Sat, 01 Feb 2020 02:02:02 GMT"
AFTER = "Mon, 03 Feb 2020 02:02:02 GMT"
SECONDS = calendar.timegm((2020, 2, 2, 2, 2, 2))


# ---------------------------------------------------------------- the files

def prose(size, line="<p>paragraph %d of a page that is worth compressing</p>\n"):
    return "".join(line % n for n in range(size))[:size].encode()


NOISE = random.Random(1).randbytes(20000)

FILES = {
    "index.html": prose(3000), "page.html": prose(5000), "old.htm": prose(400), "UPPER.HTML": b"<p>upper</p>\n",
    "small.txt": b"twenty bytes of text", "long.txt": prose(6000, "line %d\n"), "edge.txt": prose(1023, "line %d\n"),
    "style.css": prose(2000, ".c%d { color: red }\n"), "script.js": prose(2000, "f(%d);\n"),
    "module.mjs": prose(2000, "g(%d);\n"), "data.json": prose(2000, "[%d,\n"), "feed.xml": prose(2000, "<a%d/>\n"),
    "picture.svg": prose(2000, "<g id='%d'/>\n"), "app.wasm": prose(2000, "wasm%d"), "app.webmanifest": b"{}",
    "notes.md": prose(2000, "# %d\n"), "table.csv": prose(2000, "%d,\n"),
    "photo.jpg": NOISE, "icon.png": NOISE[:500], "favicon.ico": NOISE[:300], "new.webp": NOISE[:300],
    "new.avif": NOISE[:300], "film.mp4": NOISE, "song.mp3": NOISE[:900], "paper.pdf": NOISE[:900],
    "font.woff2": NOISE[:900], "archive.tar.gz": NOISE[:900], "archive.zip": NOISE[:900], "program.bin": NOISE[:900],
    "name.zzz": NOISE[:900], "name": NOISE[:900], "empty.txt": b"",
    "dir/index.html": b"<p>in dir</p>\n", "dir/file.txt": b"a file in dir", "htm/index.htm": b"<p>in htm</p>\n",
    "bare/file.txt": b"x", "a dir/x": b"x", "50%/x": b"x", "d\u00fc/x": b"x", "a:b/x": b"x", "a\"b<c/x": b"x",
    ".secret": b"hidden", ".git/config": b"hidden", "page.html~": b"left by an editor",
    ".well-known/security.txt": b"Contact: x\n", "private.txt": b"private", "private/file.txt": b"private",
    "with space.txt": b"space", "per%cent.txt": b"per cent", "back\\slash.txt": b"backslash", "a+b.txt": b"plus",
    "semi;colon.txt": b"semicolon", "question?mark.txt": b"question mark", "\u00fc.txt": b"umlaut",
    os.fsdecode(b"latin\xfc.txt"): b"latin", "probe.txt": b"the connection lives",
}

LINKS = {"link.txt": "small.txt", "linked": "dir", "up.txt": "../outside.txt", "absolute.txt": "/etc/hostname",
         "nowhere.txt": "none", "loop.txt": "loop.txt"}


def plant(root):
    """Writes the files, and beside root one that nobody may get; probe.txt is the last that is touched."""
    for name, content in FILES.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content)
    for name, target in LINKS.items():
        os.symlink(target, os.path.join(root, name))
    with open(os.path.join(os.path.dirname(root), "outside.txt"), "wb") as f:
        f.write(b"outside")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(os.path.join(root, "socket"))
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            os.utime(os.path.join(folder, name), (SECONDS, SECONDS), follow_symlinks=False)
    os.chmod(os.path.join(root, "private.txt"), 0)
    os.chmod(os.path.join(root, "private"), 0)
    os.utime(os.path.join(root, "probe.txt"), (SECONDS, SECONDS))


# ---------------------------------------------------------------- how they are put

class Question:
    """name     what it is about; unique
    data     the bytes
    methods  of the requests in it, one for each answer that is due
    ends     the client ends its side behind them, and is not asked to say more"""

    def __init__(self, name, data, methods=("GET",), ends=False):
        self.name, self.methods, self.ends = name, methods, ends
        self.data = data if isinstance(data, bytes) else data.encode("latin-1")


QUESTIONS = []


def raw(name, data, *methods, ends=False):
    assert all(q.name != name for q in QUESTIONS), name
    QUESTIONS.append(Question(name, data, methods or ("GET",), ends))


def head(line, *fields, host=SITE):
    return "\r\n".join([line] + [f"Host: {host}"] * (host is not None) + list(fields)) + "\r\n\r\n"


def get(path, *fields):
    return head(f"GET {path} HTTP/1.1", *fields)


def ask(name, target, *fields, method="GET", version="1.1", host=SITE, body="", ends=False):
    raw(name, head(f"{method} {target} HTTP/{version}", *fields, host=host) + body, method, ends=ends)


# ---------------------------------------------------------------- methods, versions, hosts

for method in "GET HEAD POST PUT DELETE OPTIONS TRACE PATCH PROPFIND BREW get".split():
    ask(f"method {method}", "/small.txt", method=method)
ask("method POST with a body", "/small.txt", "Content-Length: 3", method="POST", body="a=b")
ask("method PUT with a body", "/new.txt", "Content-Length: 3", method="PUT", body="a=b")
ask("method POST on a folder", "/dir/", method="POST")
ask("method POST on nothing", "/none", method="POST")
ask("method HEAD on nothing", "/none", method="HEAD")
ask("method HEAD on a folder without slash", "/dir", method="HEAD")
ask("method OPTIONS *", "*", method="OPTIONS")
ask("method GET *", "*")
ask("method CONNECT", f"{SITE}:443", method="CONNECT")
ask("method with a slash", "/small.txt", method="G/T")
ask("method of 300 letters", "/small.txt", method="G" * 300)

for version in "1.0 1.1 1.2 1.9 2.0 0.9 3.0".split():
    ask(f"version {version}", "/small.txt", version=version)
for version in "HTTP/1.1 ", "HTTP/01.1", "HTTP/1.10", "http/1.1", "HTTP/1", "HTTP/x.y", "HTTQ/1.1", "HTTP/1,1":
    raw(f"version malformed, {version!r}", head(f"GET /small.txt {version}"))
raw("version none, as in 0.9", "GET /small.txt\r\n", ends=True)
ask("version 1.0 without Host", "/small.txt", version="1.0", host=None)
ask("version 1.0, keep-alive", "/small.txt", "Connection: keep-alive", version="1.0")
ask("version 1.0, compressed", "/page.html", "Accept-Encoding: gzip", version="1.0")
ask("version 1.0, a folder without slash and without Host", "/dir", version="1.0", host=None)
ask("version 1.0, nothing there", "/none", version="1.0")
ask("version 1.0, a range", "/small.txt", "Range: bytes=0-4", version="1.0")

for host in ("site.test:80", "SITE.TEST", "site.test.", "127.0.0.1", "[::1]", "[::1]:80", "", "site.test:",
             "site.test:abc", "site.test:99999", "site .test", "site.test/path", "user@site.test", "site_x.test",
             "[::1", "a,b", "..", "site%2etest", "-x.test"):
    ask(f"host {host!r}", "/small.txt", host=host)
ask("host of 300 bytes", "/small.txt", host="x" * 300)
ask("host missing", "/small.txt", host=None)
ask("host twice, equal", "/small.txt", f"Host: {SITE}")
ask("host twice, different", "/small.txt", "Host: other.test")
ask("host in the redirect of a folder", "/dir", host="other.test:8080")
ask("absolute-form", f"http://{SITE}/small.txt")
ask("absolute-form, another Host", "http://other.test/small.txt")
ask("absolute-form without Host", f"http://{SITE}/small.txt", host=None)
ask("absolute-form without a path", f"http://{SITE}")
ask("absolute-form with a query only", f"http://{SITE}?x")
ask("absolute-form, scheme in capitals", f"HTTP://{SITE}/small.txt")
ask("absolute-form, https", f"https://{SITE}/small.txt")
ask("absolute-form, ftp", f"ftp://{SITE}/small.txt")
ask("absolute-form, userinfo", f"http://user@{SITE}/small.txt")
ask("absolute-form, no host", "http:///small.txt")


# ---------------------------------------------------------------- paths and files

for path in """
        /dir/../small.txt /dir/./file.txt /./small.txt /dir/.. /dir/. /dir/../dir/ /../small.txt /..
        /../../outside.txt /dir/../../outside.txt //small.txt /dir//file.txt /dir/// /... /dir/...
        /small.txt/ /small.txt/x /none /none/ /none/x /Small.txt small.txt ?x
        /dir /dir?q=1 /dir?a=b?c=/d&e=%20 /dir/ /dir/?q=1 /dir/index.html /htm/ /htm /bare /bare/ /linked /linked/
        /linked/file.txt //dir //dir/../dir /./dir /dir/../dir /a%20dir /50%25 /d%C3%BC /a:b /a%22b%3Cc /%64ir
        / /?q /index.html /small.txt? /small.txt?a=b&c=%00 /small.txt#part /small.txt?x#part
        /%73mall.txt /small%2Etxt /small%2etxt /dir%2ffile.txt /dir%2Ffile.txt /%2e%2e/outside.txt
        /dir/%2e%2e/small.txt /dir/%2E%2e/%2E./outside.txt /%252e%252e/outside.txt /..%2foutside.txt
        /..%5coutside.txt /small.txt%00 /small.txt%00.html /%00 /small%zztxt /small.txt% /small.txt%2 /small.txt%0a
        /small.txt%0d%0aX:y /small.txt%7f /small.txt%20 /with%20space.txt /with+space.txt /a+b.txt /a%2Bb.txt
        /per%25cent.txt /per%2525cent.txt /back%5Cslash.txt /back\\slash.txt /semi;colon.txt /semi%3Bcolon.txt
        /small.txt;x=y /%C3%BC.txt /%c3%bc.txt /latin%FC.txt /question%3Fmark.txt /%ff%fe /%u0073mall.txt
        """.split():
    ask(f"path {path}", path)
ask("path empty", "")
ask("path in UTF-8, raw", "/\xc3\xbc.txt")
ask("path in Latin-1, raw", "/latin\xfc.txt")
ask("path with <", "/<small.txt>")
ask("path with quotes", '/"small.txt"')
ask("path with |", "/a|b")
ask("path with a DEL", "/small.txt\x7f")
ask("path with a control byte", "/small\x01.txt")
ask("path with a tab", "/small\t.txt")
ask("path with a raw blank", "/with space.txt")
ask("path of 300 bytes", "/" + "x" * 299)
ask("path of 5000 bytes", "/" + "x/" * 2500)
ask("path of 9000 bytes", "/" + "x" * 8999)
ask("query of 5000 bytes", "/small.txt?" + "x" * 5000)

for name in """
        .secret .git/config .git/ .git page.html~ .well-known/security.txt private.txt private/file.txt private/
        private link.txt up.txt nowhere.txt loop.txt absolute.txt socket
        """.split():
    ask(f"file {name}", f"/{name}")
for name in """
        index.html old.htm UPPER.HTML small.txt long.txt style.css script.js module.mjs data.json feed.xml picture.svg
        app.wasm notes.md table.csv app.webmanifest photo.jpg icon.png favicon.ico new.webp new.avif film.mp4 song.mp3
        paper.pdf font.woff2 archive.tar.gz archive.zip program.bin name.zzz name empty.txt
        """.split():
    ask(f"type {name}", f"/{name}")


# ---------------------------------------------------------------- conditions

TAG, OPAQUE = "{tag /small.txt}", "{opaque /small.txt}"
PAGE, GZIP_PAGE = "{tag /page.html}", "{gzip tag /page.html}"
GZIP = "Accept-Encoding: gzip"


def condition(name, *fields, path="/small.txt", **more):
    ask(f"condition {name}", path, *fields, **more)


condition("If-None-Match, its tag", f"If-None-Match: {TAG}")
condition("If-None-Match, its tag, HEAD", f"If-None-Match: {TAG}", method="HEAD")
condition("If-None-Match, its tag, weak", f"If-None-Match: W/{OPAQUE}")
condition("If-None-Match, another", 'If-None-Match: "other"')
condition("If-None-Match, *", "If-None-Match: *")
condition("If-None-Match, * on nothing", "If-None-Match: *", path="/none")
condition("If-None-Match, a list with it last", f'If-None-Match: "a", W/"b", {TAG}')
condition("If-None-Match, a list without it", 'If-None-Match: "a", "b"')
condition("If-None-Match, a list without blanks", f'If-None-Match: "a",{TAG},"b"')
condition("If-None-Match, two lines, it in the second", 'If-None-Match: "a"', f"If-None-Match: {TAG}")
condition("If-None-Match, a comma within another tag", f'If-None-Match: "a, {TAG}')
condition("If-None-Match without quotes", "If-None-Match: {bare /small.txt}")
condition("If-None-Match, empty", "If-None-Match:")
condition("If-None-Match, * in a list", 'If-None-Match: "a", *')
condition("If-None-Match on a folder", "If-None-Match: {tag /dir/}", path="/dir/")
condition("If-None-Match, POST", f"If-None-Match: {TAG}", method="POST")
condition("If-None-Match on a compressed page", GZIP, f"If-None-Match: {GZIP_PAGE}", path="/page.html")
condition("If-None-Match, tag of the plain page, compressed", GZIP, f"If-None-Match: {PAGE}", path="/page.html")
condition("If-None-Match, tag of the compressed page, plain", f"If-None-Match: {GZIP_PAGE}", path="/page.html")
condition("If-Match, its tag", f"If-Match: {TAG}")
condition("If-Match, weak", f"If-Match: W/{OPAQUE}")
condition("If-Match, another", 'If-Match: "other"')
condition("If-Match, *", "If-Match: *")
condition("If-Match, * on nothing", "If-Match: *", path="/none")
condition("If-Match, a list with it", f'If-Match: "a", {TAG}')
condition("If-Match, another, HEAD", 'If-Match: "other"', method="HEAD")
condition("If-Match without quotes", "If-Match: other")
condition("If-Match, its tag, compressed", GZIP, f"If-Match: {GZIP_PAGE}", path="/page.html")

DATES = {
    "its date": MODIFIED, "before": BEFORE, "after": AFTER, "RFC 850": "Sunday, 02-Feb-20 02:02:02 GMT",
    "RFC 850, before": "Saturday, 01-Feb-20 02:02:02 GMT", "RFC 850, 1999": "Tuesday, 02-Feb-99 02:02:02 GMT",
    "asctime": "Sun Feb  2 02:02:02 2020", "asctime, before": "Sat Feb  1 02:02:02 2020",
    "wrong weekday": "Mon, 02 Feb 2020 02:02:02 GMT", "no weekday": "02 Feb 2020 02:02:02 GMT",
    "another zone": "Sun, 02 Feb 2020 03:02:02 +0100", "UTC": "Sun, 02 Feb 2020 02:02:02 UTC",
    "no zone": "Sun, 02 Feb 2020 02:02:02", "future": "Thu, 01 Jan 2099 00:00:00 GMT",
    "1970": "Thu, 01 Jan 1970 00:00:00 GMT", "a leap second": "Sun, 02 Feb 2020 02:02:60 GMT",
    "31 February": "Mon, 31 Feb 2020 02:02:02 GMT", "not a date": "yesterday", "small letters": MODIFIED.lower(),
    "with a length": MODIFIED + "; length=20", "empty": "",
}
for name, date in DATES.items():
    condition(f"If-Modified-Since, {name}", f"If-Modified-Since: {date}")
condition("If-Modified-Since, its date, HEAD", f"If-Modified-Since: {MODIFIED}", method="HEAD")
condition("If-Modified-Since, its date, POST", f"If-Modified-Since: {MODIFIED}", method="POST")
condition("If-Modified-Since twice", f"If-Modified-Since: {MODIFIED}", f"If-Modified-Since: {BEFORE}")
condition("If-Modified-Since, compressed", GZIP, f"If-Modified-Since: {MODIFIED}", path="/page.html")
for name in "its date", "before", "after", "RFC 850, before", "asctime, before", "not a date", "future":
    condition(f"If-Unmodified-Since, {name}", f"If-Unmodified-Since: {DATES[name]}")
condition("If-Unmodified-Since, before, HEAD", f"If-Unmodified-Since: {BEFORE}", method="HEAD")

for name, *fields in (
        ("tag differs, date the same", 'If-None-Match: "other"', f"If-Modified-Since: {MODIFIED}"),
        ("tag the same, date before", f"If-None-Match: {TAG}", f"If-Modified-Since: {BEFORE}"),
        ("If-Match holds, If-Unmodified-Since does not", f"If-Match: {TAG}", f"If-Unmodified-Since: {BEFORE}"),
        ("If-Match fails, If-None-Match holds", 'If-Match: "other"', f"If-None-Match: {TAG}"),
        ("If-Match and If-None-Match, both its tag", f"If-Match: {TAG}", f"If-None-Match: {TAG}"),
        ("If-Unmodified-Since fails, If-None-Match its tag", f"If-Unmodified-Since: {BEFORE}", f"If-None-Match: {TAG}"),
        ("If-Unmodified-Since fails, If-Modified-Since holds", f"If-Unmodified-Since: {BEFORE}",
         f"If-Modified-Since: {MODIFIED}"),
        ("If-None-Match its tag, with a range", f"If-None-Match: {TAG}", "Range: bytes=0-4"),
        ("If-Match its tag, with a range", f"If-Match: {TAG}", "Range: bytes=0-4"),
        ("If-Match another, with a range", 'If-Match: "other"', "Range: bytes=0-4")):
    condition(f"precedence: {name}", *fields)


# ---------------------------------------------------------------- ranges

def part(name, value, *fields, path="/small.txt", **more):
    ask(f"range {name}", path, f"Range: {value}", *fields, **more)


for value in """
        0-0 0-4 5-9 19-19 0-19 0- 5- 19- 20- 20-30 0-1000 5-1000 -1 -5 -20 -1000 -0 9-5
        0-4,6-8 0-4,10- 0-4,-3 -3,0-4 0-9,5-14 0-4,5-9 0-4,0-4 0-,0- 0-19,5-9 0-4,20-30 20-30,40-50 0-4,9-5
        0-4, ,0-4 0-4,,6-8 0-0,2-2,4-4,6-6,8-8,10-10 0-4;6-8 x-y - --5 +1-4 0x1-4 00-04
        0-18446744073709551615 0-99999999999999999999 18446744073709551616- -99999999999999999999
        """.split():
    part(value, f"bytes={value}")
part("empty", "bytes=")
part("blank behind a comma", "bytes=0-4, 6-8")
part("blank before =", "bytes =0-4")
part("blank behind =", "bytes= 0-4")
part("blank before -", "bytes=0 -4")
part("blank behind -", "bytes=0- 4")
part("of 300 parts", "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 600, 2)), path="/photo.jpg")
part("of 60 parts", "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 120, 2)), path="/photo.jpg")
part("of 200 times all", "bytes=" + ",".join(["0-"] * 200), path="/photo.jpg")
part("unit in capitals", "Bytes=0-4")
part("unknown unit", "lines=0-4")
part("without a unit", "0-4")
part("HEAD", "bytes=0-4", method="HEAD")
part("HEAD, unsatisfiable", "bytes=20-", method="HEAD")
part("HEAD, several", "bytes=0-4,6-8", method="HEAD")
part("POST", "bytes=0-4", method="POST")
part("twice, equal", "bytes=0-4", "Range: bytes=0-4")
part("twice, different", "bytes=0-4", "Range: bytes=6-8")
part("on nothing", "bytes=0-4", path="/none")
part("on a folder", "bytes=0-4", path="/dir/")
part("on a folder without slash", "bytes=0-4", path="/dir")
for value in "0-0", "0-", "-1", "-0", "5-9":
    part(f"{value} of an empty file", f"bytes={value}", path="/empty.txt")
part("of a page, compressed", "bytes=0-9", GZIP, path="/page.html")
part("of a page, compressed, unsatisfiable", "bytes=9000-", GZIP, path="/page.html")
part("of a page, compressed, its compressed tag", "bytes=0-9", GZIP, f"If-Range: {GZIP_PAGE}", path="/page.html")
part("several, of a page", "bytes=0-9,100-109", path="/page.html")
part("several, of a page, compressed", "bytes=0-9,100-109", GZIP, path="/page.html")
for name, value in {
        "its tag": TAG, "its tag, weak": f"W/{OPAQUE}", "another tag": '"other"', "its date": MODIFIED,
        "a date before": BEFORE, "a date after": AFTER, "its date, RFC 850": DATES["RFC 850"],
        "not a date": "yesterday", "*": "*", "a list with its tag": f'"a", {TAG}', "empty": ""}.items():
    part(f"If-Range, {name}", "bytes=0-4", f"If-Range: {value}")
part("If-Range, its tag, unsatisfiable", "bytes=20-", f"If-Range: {TAG}")
part("If-Range, another tag, unsatisfiable", "bytes=20-", 'If-Range: "other"')
part("If-Range, its tag, several", "bytes=0-4,6-8", f"If-Range: {TAG}")
ask("range If-Range without a range", "/small.txt", 'If-Range: "other"')


# ---------------------------------------------------------------- codings

for value in (
        "gzip", "identity", "*", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.001", "gzip;q=1.000", "gzip;q=0, *", "*;q=0",
        "identity;q=0", "identity;q=0, gzip", "gzip, identity;q=0", "gzip;q=0, identity;q=0", "*;q=0, gzip",
        "gzip;q=0.5, identity", "gzip;q=0.5, identity;q=0.6", "identity;q=0.5, gzip;q=0.4", "x-gzip", "GZIP",
        "gzip, deflate, br, zstd", "br", "deflate", "compress", "deflate, gzip", "gzipx", "xgzip", "gzip;q=2",
        "gzip;q=x", "gzip;q=", "gzip;", "gzip; q=0", "gzip ;q=0", "gzip;Q=0", "gzip;q=0.0001", "gzip;x=y;q=0",
        ", gzip", "gzip,,", "gzip gzip", '"gzip"', ";q=1"):
    ask(f"coding {value}", "/page.html", f"Accept-Encoding: {value}")
ask("coding empty", "/page.html", "Accept-Encoding:")
ask("coding absent", "/page.html")
ask("coding in two lines", "/page.html", "Accept-Encoding: br", GZIP)
ask("coding refused in the second line", "/page.html", GZIP, "Accept-Encoding: gzip;q=0")
ask("coding HEAD", "/page.html", GZIP, method="HEAD")
for path in """
        /long.txt /edge.txt /small.txt /empty.txt /style.css /script.js /data.json /picture.svg /photo.jpg
        /archive.tar.gz /feed.xml /name / /none /dir
        """.split():
    ask(f"coding gzip of {path}", path, GZIP)


# ---------------------------------------------------------------- bodies

CHUNKED = "Transfer-Encoding: chunked"


def post(name, fields, body, path="/small.txt", method="POST", **more):
    ask(f"body {name}", path, *fields, method=method, body=body, **more)


def send(name, fields, body, **more):
    post(name, fields, body, method="GET", **more)


post("Content-Length 0", ["Content-Length: 0"], "")
post("POST with chunks", [CHUNKED], "5\r\n12345\r\n0\r\n\r\n")
post("HEAD with Content-Length", ["Content-Length: 5"], "12345", method="HEAD")
send("GET with Content-Length", ["Content-Length: 5"], "12345")
send("GET with chunks", [CHUNKED], "5\r\n12345\r\n0\r\n\r\n")
send("chunks in capitals", ["transfer-encoding: CHUNKED"], "5\r\n12345\r\n0\r\n\r\n")
send("chunks with an extension", [CHUNKED], '5;a=b;c="d;e"\r\n12345\r\n0\r\n\r\n')
send("chunks with a trailer", [CHUNKED], "5\r\n12345\r\n0\r\nX-Sum: 1\r\n\r\n")
send("chunks with leading zeros", [CHUNKED], "0005\r\n12345\r\n000\r\n\r\n")
for name, body in {
        "size not hexadecimal": "g\r\n", "size empty": "\r\n12345\r\n", "size negative": "-5\r\n12345\r\n",
        "size with 0x": "0x5\r\n12345\r\n", "size with +": "+5\r\n12345\r\n",
        "size too large for 64 bits": "10000000000000005\r\n12345\r\n", "size with a blank before": " 5\r\n12345\r\n",
        "size with a blank behind": "5 \r\n12345\r\n", "size line with bare LF": "5\n12345\r\n",
        "data longer than said": "5\r\n123456\r\n", "data ends in bare LF": "5\r\n12345\n",
        "data without CRLF": "5\r\n12345"}.items():
    send(f"chunk {name}", [CHUNKED], body + "0\r\n\r\n", ends=True)
send("Content-Length and chunks", ["Content-Length: 5", CHUNKED], "0\r\n\r\n")
send("chunks and Content-Length", [CHUNKED, "Content-Length: 5"], "0\r\n\r\n")
send("chunks in HTTP/1.0", [CHUNKED], "0\r\n\r\n", version="1.0")
for value in ("gzip, chunked", "chunked, gzip", "gzip", "identity", "chunked, chunked", "xchunked", "chunked;x=y",
              '"chunked"', "chunked,", ",chunked"):
    send(f"Transfer-Encoding {value}", [f"Transfer-Encoding: {value}"], "0\r\n\r\n")
send("Transfer-Encoding empty", ["Transfer-Encoding:"], "0\r\n\r\n")
send("Transfer-Encoding twice", [CHUNKED, CHUNKED], "0\r\n\r\n")
send("Transfer-Encoding with VT", ["Transfer-Encoding: \x0bchunked"], "0\r\n\r\n")
for value in ("+5", "-5", "5x", "0x5", "5, 5", "5,6", "05", "5 5", "18446744073709551616", "99999999999999999999999",
              "5.0"):
    send(f"Content-Length {value}", [f"Content-Length: {value}"], "12345", ends=True)
send("Content-Length empty", ["Content-Length:"], "12345", ends=True)
send("Content-Length twice, equal", ["Content-Length: 5", "Content-Length: 5"], "12345")
send("Content-Length twice, different", ["Content-Length: 5", "Content-Length: 6"], "12345", ends=True)
post("shorter than said", ["Content-Length: 10"], "12345", ends=True)
post("larger than allowed", [f"Content-Length: {BODY_SIZE + 1}"], "")
send("chunk larger than allowed", [CHUNKED], f"{BODY_SIZE + 1:x}\r\n", ends=True)
post("Expect, with the body", ["Expect: 100-continue", "Content-Length: 5"], "12345")
post("Expect, larger than allowed", ["Expect: 100-continue", f"Content-Length: {BODY_SIZE + 1}"], "")
send("Expect, GET without a body", ["Expect: 100-continue"], "")
send("Expect, GET with a body", ["Expect: 100-continue", "Content-Length: 5"], "12345")
send("Expect, HTTP/1.0", ["Expect: 100-continue", "Content-Length: 5"], "12345", version="1.0")
send("Expect, unknown", ["Expect: a-miracle"], "")


# ---------------------------------------------------------------- fields and heads

for field in (
        "Accept: application/json", "Accept: nonsense", "Accept-Language: de", "Accept-Charset: iso-8859-1",
        "TE: trailers, gzip", "Authorization: Basic eDp5", "Cookie: a=b", "Cache-Control: no-cache",
        "Cache-Control: only-if-cached", "Pragma: no-cache", "X-HTTP-Method-Override: DELETE",
        "Content-Type: nonsense", "Content-Encoding: gzip", "Max-Forwards: 0", "Date: nonsense", "Referer: nonsense",
        "Origin: http://other.test", "Forwarded: host=other.test", "X-Forwarded-Host: other.test",
        "X-Original-URL: /long.txt", "Prefer: return=minimal", "Upgrade-Insecure-Requests: 1", "Want-Digest: sha-256",
        "Sec-Fetch-Site: cross-site", "From: ", "Keep-Alive: timeout=1"):
    ask(f"field {field}", "/small.txt", field)
ask("field X-Forwarded-Host, redirect", "/dir", "X-Forwarded-Host: other.test", "X-Forwarded-Proto: https")
ask("field Access-Control-Request-Method, OPTIONS", "/small.txt", "Origin: http://other.test",
    "Access-Control-Request-Method: PUT", method="OPTIONS")

SMALL = get("/small.txt")


def line(name, text):
    ask(f"head {name}", "/small.txt", text)


line("blank before the colon", "X-Field : value")
line("tab before the colon", "X-Field\t: value")
line("Content-Length with a blank before the colon", "Content-Length : 5")
line("folded", "X-Field: value\r\n more")
line("folded with a tab", "X-Field: value\r\n\tmore")
line("folded Transfer-Encoding", "Transfer-Encoding:\r\n chunked\r\n\r\n0")
line("a line without a colon", "X-Field")
line("an empty name", ": value")
line("an empty value", "X-Field:")
line("a name with brackets", "X(Field): value")
line("a name with an umlaut", "X-F\xfcld: value")
line("a name with _", "X_Field: value")
line("a name with NUL", "X\0Field: value")
line("a value with NUL", "X-Field: va\0lue")
line("a value with a control byte", "X-Field: va\x01lue")
line("a value with DEL", "X-Field: va\x7flue")
line("a value with Latin-1", "X-Field: v\xe4lue")
line("a value with a bare CR", "X-Field: va\rlue")
line("a value with a tab", "X-Field: va\tlue")
line("no blank behind the colon", "X-Field:value")
line("many blanks around the value", "X-Field:  \t value \t ")
line("a field of 7000 bytes", "X-Field: " + "x" * 7000)
line("a field of 20000 bytes", "X-Field: " + "x" * 20000)
line("a field of 70000 bytes", "X-Field: " + "x" * 70000)
line("90 fields", "\r\n".join(f"X-{n}: v" for n in range(90)))
line("150 fields", "\r\n".join(f"X-{n}: v" for n in range(150)))
line("the same field 50 times", "\r\n".join(["X-Same: v"] * 50))
raw("head first field folded", f"GET /small.txt HTTP/1.1\r\n Host: {SITE}\r\n\r\n", ends=True)
raw("head lines with bare LF", f"GET /small.txt HTTP/1.1\nHost: {SITE}\n\n", ends=True)
raw("head one field with bare LF", f"GET /small.txt HTTP/1.1\r\nHost: {SITE}\nX-Field: value\r\n\r\n", ends=True)
raw("head lines with bare CR", f"GET /small.txt HTTP/1.1\rHost: {SITE}\r\r", ends=True)
raw("head ends in bare LF", f"GET /small.txt HTTP/1.1\r\nHost: {SITE}\r\n\n", ends=True)
raw("head request line with CR CR LF", f"GET /small.txt HTTP/1.1\r\r\nHost: {SITE}\r\n\r\n", ends=True)
raw("head behind an empty line", "\r\n" + SMALL)
raw("head behind three empty lines", "\r\n\r\n\r\n" + SMALL)
raw("head behind a bare LF", "\n" + SMALL)
raw("head behind a blank", " " + SMALL, ends=True)
raw("head behind NUL", "\0" + SMALL, ends=True)
raw("head two blanks behind the method", head("GET  /small.txt HTTP/1.1"))
raw("head two blanks before the version", head("GET /small.txt  HTTP/1.1"))
raw("head tabs in the request line", head("GET\t/small.txt\tHTTP/1.1"))
raw("head without a target", head("GET HTTP/1.1"), ends=True)
raw("head not HTTP at all", "hello\r\n\r\n", ends=True)
raw("head of TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(20), ends=True)
raw("head of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ends=True)
raw("head that ends early", "GET /small.txt HTTP/1.1\r\nHost:", ends=True)
raw("head nothing at all", "", ends=True)


# ---------------------------------------------------------------- connections

for value in ("close", "keep-alive", "Close", "keep-alive, close", "close, keep-alive", "x, close", "", "closed",
              "upgrade", "close close"):
    ask(f"connection {value!r}", "/small.txt", f"Connection: {value}")
for value in "KEEP-ALIVE", "x, keep-alive", "keep-alive, close":
    ask(f"connection {value!r}, version 1.0", "/small.txt", f"Connection: {value}", version="1.0")
ask("connection in two lines", "/small.txt", "Connection: x", "Connection: close")
ask("connection by Proxy-Connection, version 1.0", "/small.txt", "Proxy-Connection: keep-alive", version="1.0")
ask("connection close on nothing", "/none", "Connection: close")
ask("connection upgrade to h2c", "/small.txt", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
ask("connection upgrade to a websocket", "/small.txt", "Connection: Upgrade", "Upgrade: websocket",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==")

raw("pipeline of three", SMALL + get("/none") + SMALL, "GET", "GET", "GET")
raw("pipeline of HEAD and GET", head("HEAD /small.txt HTTP/1.1") + SMALL, "HEAD", "GET")
raw("pipeline of POST with a body and GET", head("POST /small.txt HTTP/1.1", "Content-Length: 3") + "a=b" + SMALL,
    "POST", "GET")
raw("pipeline of GET with a body and GET", get("/small.txt", "Content-Length: 3") + "a=b" + SMALL, "GET", "GET")
raw("pipeline of GET with chunks and GET", get("/small.txt", CHUNKED) + "3\r\na=b\r\n0\r\n\r\n" + SMALL, "GET", "GET")
raw("pipeline with close in the first", get("/small.txt", "Connection: close") + SMALL, "GET", "GET")
raw("pipeline with nonsense behind", SMALL + "nonsense\r\n\r\n", "GET", "GET", ends=True)
raw("pipeline with an empty line between", SMALL + "\r\n" + SMALL, "GET", "GET")
raw("pipeline of a version 1.0 and one more", head("GET /small.txt HTTP/1.0") + SMALL, "GET", "GET")
raw("pipeline of a range and a condition",
    get("/small.txt", "Range: bytes=0-4") + get("/small.txt", f"If-Modified-Since: {MODIFIED}"), "GET", "GET")
raw("pipeline of twelve", SMALL * 12, *["GET"] * 12)
