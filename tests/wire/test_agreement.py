#!/usr/bin/python3
"""explain and the server agree on every URL of a machine with ten sites, and each line that explain names is one that
decides: without it the answer is another one - tinyhttpd(8), "by the very code that answers requests".

The configuration is in agreement/.  A new directive gets its lines there and its URLs in URLS; nothing else is to be done."""

import base64
import functools
import gzip
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import time

from harness import LIMIT, PROGRAM, ROOT, SRCDIR, Link, Skip, case, main, request, until

PAGE = "<p>words to squeeze</p>\n" * 100
PROXY = "127.0.0.8"

FILES = {
    "common/index.html": "<p>nobody is here</p>", "common/x.pdf": "common pdf",
    "org/index.html": PAGE, "org/style.css": "body{}" * 300, "org/app.3f2a9c1b.js": "1;" * 900,
    "org/static/a.css": "a{}", "org/big.css": "b{}\n" * 3000, "org/errors/404.html": "<p>nothing here</p>",
    "org/about/version.txt": "7", "org/about/report.pdf": "pdf", "org/new/page.html": PAGE,
    "org/pictures/one.png": "png", "org/pictures/two.svg": "<svg/>" * 300, "org/tools/.rc": "rc",
    "org/tools/hammer.txt": "hammer", "org/tools/link": Link("hammer.txt"), "org/link": Link("style.css"),
    "org/.secret": "s", "org/closed/x": "x", "org/empty/": None, "org/a b.txt": "blank", "org/notes.md": "# notes",
    "org/page.gmi": "=> /", "org/small.html": "<p>small</p>" * 100,
    "docs/start.html": PAGE, "docs/index.html": "<p>index</p>", "docs/install.html": PAGE,
    "docs/missing.html": "<p>no such chapter</p>", "docs/chapters/one.html": PAGE,
    "docs/only/index.html": "<p>only</p>", "docs/chapters/two.html": PAGE, "docs/drafts/new.html": "<p>draft</p>",
    "app/index.html": "<p>program</p>", "app/assets/app.0a1b2c3d.js": "2;" * 900, "app/data/a.json": "{}",
    "app/data/none.json": "null", "app/data/feed": "feed",
    "shop/terms/index.html": "<p>terms</p>",
    "old/index.html": b"\xd6\xd0\xce\xc4" * 500, "old/latin/index.html": b"\xe9t\xe9", "old/new.u8.html": "\u4e2d",
    "old/README": b"\xce\xc4", "old/x.png": "png",
    "files/a.iso": "iso", "files/m.xyz": "xyz", "files/long.txt": "t" * 2000, "files/texts/long.txt": "t" * 2000,
    "files/private/x": "x",
    "mirror/m.xyz": "mirrored", "mirror/sub/x.txt": "x", "mirror/notes.md": "# mirrored",
    "intern/index.html": "<p>intern</p>", "intern/sorry.html": "<p>sorry</p>",
    "intern/status/index.html": "<p>well</p>", "intern/public/x.txt": "public", "intern/limits/x.txt": "l",
    "intern/members/x.txt": "members", "intern/members/x.guest.txt": "guests",
    "files/paid/film": "film",
    "media/film.js": "3;" * 900, "media/film.js.br": "br bytes", "media/film.js.gz": "gz bytes",
    "media/film.js.zst": "zst bytes", "media/own/x.css": "own", "media/here": Link("own/x.css"),
    "media/up": Link("../org/style.css"),
    "bare/page": "what", "bare/.rc": "rc", "bare/x.md": "# x", "bare/x.html": "<p>x</p>",
    "bare/d/index.html": "<p>d</p>", "bare/version": "bare version", "bare/.well-known/acme-challenge/proof": "proof",
}

GZIP, ALL = "Accept-Encoding: gzip", "Accept-Encoding: gzip, br, zstd"
APP, PARTNER, OTHER = ("Origin: https://" + name for name in ("app.example.org", "partner.example.net", "evil.example"))


def password(text):
    return "Authorization: Basic " + base64.b64encode(b"ann:" + text.encode()).decode()


def signed(path, expires):
    digest = hmac.new(b"a secret of these tests alone", f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return f"{path}?expires={expires}&signature={digest}"


class Url:
    """A row of the table: what is asked, by whom and where, and what status it should get."""

    def __init__(self, status, url, *fields, source="127.0.0.1", listener=0, openssl=False):
        self.status, self.fields, self.source, self.listener, self.openssl = status, fields, source, listener, openssl
        self.host, slash, path = url.partition("/")
        self.target = slash + path

    def __str__(self):
        return " ".join([f"http://{self.host}{self.target:.40}", *(f"-H '{f:.40}'" for f in self.fields)] +
                        [f"--from {self.source}"] * (self.source != "127.0.0.1") +
                        ["at the second listener"] * self.listener)


URLS = [
    # ---- names, defaults
    Url(200, "example.org/"),
    Url(200, "www.example.org/"),
    Url(200, "any.example.org/"),
    Url(200, "unknown.example/"),
    Url(200, "intern.example.org/"),
    Url(404, "intern.example.org/status/"),
    Url(414, "example.org/" + "x" * 200),
    Url(431, "example.org/", "X-Long: " + "x" * 9300),
    Url(431, "example.org/", *["X-Many: x"] * 8),
    # ---- example.org
    Url(200, "example.org/", GZIP),
    Url(200, "example.org/style.css", GZIP),
    Url(200, "example.org/app.3f2a9c1b.js"),
    Url(200, "example.org/big.css", GZIP),
    Url(200, "example.org/small.html", GZIP),
    Url(301, "example.org/old/page.html?q=1"),
    Url(404, "example.org/old.html"),
    Url(200, "example.org/static/v12/a.css"),
    Url(200, "example.org/version"),
    Url(302, "example.org/favicon.ico"),
    Url(404, "example.org/none"),
    Url(403, "example.org/empty/"),
    Url(301, "example.org/empty"),
    Url(404, "example.org/.secret"),
    Url(404, "example.org/link"),
    Url(403, "example.org/closed/x"),
    Url(200, "example.org/a%20b.txt"),
    Url(200, "example.org/notes.md"),
    Url(200, "example.org/page.gmi"),
    Url(200, "example.org/about/report.pdf"),
    Url(404, "example.org/%2fetc"),
    Url(400, "example.org/%00"),
    Url(200, "example.org/new/./../new/page.html"),
    Url(304, "example.org/", "If-None-Match: *"),
    Url(206, "example.org/style.css", "Range: bytes=0-9"),
    Url(412, "example.org/", "If-Match: \"other\""),
    Url(200, "example.org/pictures/one.png"),
    Url(200, "example.org/pictures/one.png", "Referer: https://www.example.org/x"),
    Url(403, "example.org/pictures/two.svg", "Referer: https://evil.example/"),
    Url(200, "example.org/pictures/two.svg", GZIP),
    Url(200, "example.org/tools/.rc"),
    Url(200, "example.org/tools/link"),
    Url(307, "example.org/tools/wrench"),
    Url(200, "example.org/alive"),
    # ---- docs
    Url(200, "docs.example.org/"),
    Url(200, "de.docs.example.org/install", GZIP),
    Url(301, "docs.example.org/install.html?x"),
    Url(404, "docs.example.org/none"),
    Url(200, "docs.example.org/only/"),
    Url(301, "docs.example.org/start"),
    Url(200, "docs.example.org/chapters/"),
    Url(200, "docs.example.org/chapters/?format=json"),
    Url(200, "docs.example.org/chapters/", "Accept: text/plain"),
    Url(200, "docs.example.org/drafts/new.html"),
    Url(404, "docs.example.org/drafts/new"),
    # ---- app.example.org
    Url(200, "app.example.org/", APP),
    Url(200, "app.example.org/users/17", PARTNER),
    Url(200, "app.example.org/users/17", OTHER),
    Url(200, "app.example.org/assets/app.0a1b2c3d.js", OTHER),
    Url(404, "app.example.org/assets/none.js"),
    Url(200, "app.example.org/data/a.json", APP),
    Url(404, "app.example.org/data/b.json"),
    Url(405, "app.example.org/data/feed"),
    # ---- shop.example.org
    Url(503, "shop.example.org/"),
    Url(200, "shop.example.org/terms/"),
    Url(200, "shop.example.org/alive"),
    Url(410, "shop.example.org/gone/x"),
    # ---- old.example.cn
    Url(200, "old.example.cn/"),
    Url(200, "old.example.cn/", GZIP),
    Url(200, "old.example.cn/latin/"),
    Url(200, "old.example.cn/new.u8.html"),
    Url(200, "old.example.cn/README"),
    Url(200, "old.example.cn/x.png"),
    Url(404, "old.example.cn/none"),
    # ---- files.example.org
    Url(200, "files.example.org/"),
    Url(200, "files.example.org/a.iso"),
    Url(200, "files.example.org/m.xyz"),
    Url(200, "files.example.org/long.txt", GZIP),
    Url(200, "files.example.org/texts/long.txt", GZIP),
    Url(403, "files.example.org/private/"),
    Url(200, "files.example.org/mirror/m.xyz"),
    Url(200, "files.example.org/mirror/notes.md"),
    Url(200, "files.example.org/mirror/sub/"),
    Url(301, "files.example.org/mirror"),
    Url(403, "files.example.org/paid/film", openssl=True),
    Url(200, "files.example.org" + signed("/paid/film", 4102444800), openssl=True),
    Url(403, "files.example.org" + signed("/paid/film", 1000000000), openssl=True),
    # ---- intern.example.org
    Url(200, "intern.example.org/", listener=1),
    Url(403, "intern.example.org/", source="127.0.0.17", listener=1),
    Url(200, "intern.example.org/", "X-Real-IP: 192.0.2.7", source=PROXY, listener=1),
    Url(403, "intern.example.org/", "X-Real-IP: 192.0.2.66", source=PROXY, listener=1),
    Url(403, "intern.example.org/", "X-Real-IP: 198.51.100.1", source=PROXY, listener=1),
    Url(200, "intern.example.org/status/", listener=1),
    Url(403, "intern.example.org/status/", source="127.0.0.2", listener=1),
    Url(200, "intern.example.org/public/x.txt", source="127.0.0.99", listener=1),
    Url(200, "intern.example.org/limits/x.txt", listener=1),
    Url(401, "intern.example.org/members/x.txt", listener=1, openssl=True),
    Url(200, "intern.example.org/members/x.txt", password("open sesame"), listener=1, openssl=True),
    Url(401, "intern.example.org/members/x.txt", password("open"), listener=1, openssl=True),
    Url(200, "intern.example.org/members/x.guest.txt", listener=1, openssl=True),
    # ---- media.example.org
    Url(200, "media.example.org/film.js", ALL, OTHER),
    Url(200, "media.example.org/film.js", GZIP),
    Url(200, "media.example.org/film.js"),
    Url(200, "media.example.org/own/x.css", OTHER),
    Url(200, "media.example.org/here"),
    Url(404, "media.example.org/up"),
    # ---- safe.example.org
    Url(301, "safe.example.org/page?x=y"),
    Url(301, "safe.example.org/a%20b"),
    Url(200, "safe.example.org/.well-known/acme-challenge/proof"),
    # ---- bare.example.org
    Url(200, "bare.example.org/page"),
    Url(200, "bare.example.org/.rc"),
    Url(200, "bare.example.org/x.md"),
    Url(200, "bare.example.org/x.html"),
    Url(403, "bare.example.org/d/"),
    Url(404, "bare.example.org/favicon.ico"),
    Url(200, "bare.example.org/version"),
    Url(404, "bare.example.org/none"),
    Url(403, "bare.example.org/"),
    # ---- www.example.net
    Url(302, "www.example.net/news/b?q"),
    Url(308, "example.net/shop/x?q"),
    Url(302, "www.example.net/favicon.ico"),
    Url(200, "www.example.net/x.pdf"),
]

# What belongs to the connection and not to the answer, and what differs from moment to moment.
TRANSPORT = {"date", "connection", "content-length", "transfer-encoding", "keep-alive"}

ROW = re.compile(r"(?P<what>\S+)?\s+(?P<value>.*?)(?:\s{2,}(?P<origin>built in|\S+:\d+))?")


class Explained:
    """What explain says of a URL: status, fields, rows (what, value) of everything else, and the lines it names."""

    def __init__(self, t, folder, url):
        more = [word for field in url.fields for word in ("-H", field)]
        if url.source != "127.0.0.1":
            more += ["--from", url.source]
        address = f"http://{url.host}:{PORTS[url.listener]}{url.target}"
        run = t.run("explain", address, *more, config=folder + "/tinyhttpd.ini")
        assert run.returncode == 0, run
        self.text, self.rows, self.fields, self.lines = run.stdout, [], [], set()
        what = ""
        for line in run.stdout.splitlines():
            match = ROW.fullmatch(line)
            assert match, f"what does this line say? {line!r}"
            what = match["what"] or what
            if match["origin"] and match["origin"] != "built in":
                file, number = match["origin"].rsplit(":", 1)
                self.lines.add((os.path.relpath(file, folder), int(number)))
            if what == "fields":
                name, value = match["value"].split(":", 1)
                self.fields.append((name, value.strip()))
            else:
                self.rows.append((what, match["value"]))
        said = dict(self.rows)
        self.status = int(said["status"].split()[0])
        self.type, self.coding = said["type"], said["coding"]
        self.file = os.path.join(said["root"], said["file"]) if "file" in said else None

    def answer(self):
        return self.status, sorted(self.fields), self.type, self.coding, self.file


PORTS = (8081, 8082)			# for explain, which binds nothing
SOURCES = os.path.join(SRCDIR, "tests/wire/agreement")


@functools.lru_cache(maxsize=None)
def has_openssl():
    """Without it some keys are refused: the lines that say them are left out, and their URLs."""
    check = subprocess.run([PROGRAM, "-c", SOURCES + "/hosts/70-intern.ini", "check"], capture_output=True, text=True,
                           timeout=LIMIT)
    return "without OpenSSL" not in check.stderr


def urls():
    return [url for url in URLS if has_openssl() or not url.openssl]


def left_out(line):
    if line.startswith("user"):
        return not ROOT
    return re.match("auth|signed_links|etag *= content", line) and not has_openssl()


def configure(folder, sites, ports, without=()):
    """A copy of the configuration, without those lines (file, number)."""
    for top, _, names in os.walk(SOURCES):
        for name in names:
            path = os.path.join(top, name)
            file = os.path.relpath(path, SOURCES)
            with open(path) as f:
                lines = f.read().replace("@/", sites + "/").splitlines()
            for i, line in enumerate(lines, 1):
                line = re.sub(r"127\.0\.0\.([12]):0", lambda m: f"127.0.0.{m[1]}:{ports[int(m[1]) - 1]}", line)
                lines[i - 1] = "; was here" if (file, i) in without or left_out(line) else line
            os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
            with open(os.path.join(folder, file), "w") as f:
                f.write("\n".join(lines) + "\n")
    return folder


class Machine:
    """The configuration twice: as the server has it, on ports of the kernel's choice, and as explain does."""

    def __init__(self, t, name, sites, without=()):
        self.sites, self.without = sites, without
        self.folder = configure(t.path(name), self.sites, PORTS, without)
        self.said = {}
        self.running = None
        self.name = name

    def accepted(self, t):
        return t.run("check", config=self.folder + "/tinyhttpd.ini").returncode == 0

    def explain(self, t, url):
        if url not in self.said:
            self.said[url] = Explained(t, self.folder, url)
        return self.said[url]

    def server(self, t):
        if not self.running:
            folder = configure(t.path(self.name + "-served"), self.sites, (0, 0), self.without)
            self.running = t.server(f"include = {folder}/tinyhttpd.ini\n", whole=True, name=self.name + "-main")
        return self.running

    def ask(self, t, url):
        with self.server(t).connect(url.listener, source=url.source) as c:
            c.send(request(url.target, "Connection: close", *url.fields, host=url.host))
            return c.response()

    def check(self, t, url):
        """explain says what the server does; what it said and what the server answered."""
        said, response = self.explain(t, url), self.ask(t, url)
        fields = [(n, v) for n, v in response.fields if n.lower() not in TRANSPORT]
        assert said.status == response.status, f"{said.text}\nbut the server: {response}"
        assert sorted(said.fields) == sorted(fields), f"{said.text}\nbut the server: {response}"
        assert said.type == (response["Content-Type"] or "none"), f"{said.text}\nbut the server: {response}"
        assert said.coding == (response["Content-Encoding"] or "identity"), f"{said.text}\nbut the server: {response}"
        if said.file and response.body:
            check_bytes(said, response)
        return said, response


def check_bytes(said, response):
    with open(said.file, "rb") as f:
        wanted = f.read()
    body = response.body
    if response["Content-Encoding"] == "gzip" and not said.file.endswith(".gz"):
        body = gzip.decompress(body)
    if response.status == 206:
        first, last = map(int, re.match(r"bytes (\d+)-(\d+)/", response["Content-Range"]).groups())
        wanted = wanted[first:last + 1]
    assert body == wanted, f"{said.text}\nbut these are not its bytes: {response}"


def fill(t):
    folder = t.files(FILES, "sites")
    for top, _, names in os.walk(folder):
        for name in names:
            os.utime(os.path.join(top, name), ns=(10 ** 18, 10 ** 18), follow_symlinks=False)
    made = time.time()
    until("the files are a second old, and their tags stay as they are", lambda: time.time() > made + 1.1)
    return folder


def whole(t):
    machine = Machine(t, "whole", fill(t))
    machine.server(t).machine = machine
    return machine.running


# tinyhttpd(8): "by the very code that answers requests: the host, the location, the file, its type and coding, and the
# header fields"
for url in URLS:
    @case(f"{url} gets {url.status}, and explain says the same")
    def _(t, url=url):
        if url.openssl and not has_openssl():
            raise Skip("built without OpenSSL")
        said, response = t.shared(whole).machine.check(t, url)
        assert response.status == url.status, said.text


# ---- the lines

def line_text(file, number):
    with open(os.path.join(SOURCES, file)) as f:
        return f.read().splitlines()[number - 1]


def section_lines(file, number):
    """That header and what stands below it; of a host also its locations, which stand in the same file."""
    with open(os.path.join(SOURCES, file)) as f:
        lines = f.read().splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("[")] + [len(lines)]
    host = re.fullmatch(r"\[host (.+)\]", lines[number - 1])
    found = set()
    for start, end in zip(heads, heads[1:]):
        of_host = host and re.search(rf"(?m)^host *= *{re.escape(host[1])}$", "\n".join(lines[start:end]))
        if start == number - 1 or of_host:
            found |= {(file, i + 1) for i in range(start, end)}
    return found


# What they decide does not show in the answer to a single GET.
QUIET = {"listen", "limit_requests", "limit_rate", "access_log", "access", "body_size", "methods"}

# Without it the log is where no test may write.
UNSERVED = {"access"}

# Without these a host has nothing to answer with.
NEEDED = {"root", "return", "listen"}


def check_line(t, machine, line, urls):
    text = line_text(*line)
    key = text.split("=")[0].strip()
    without = section_lines(*line) if text.startswith("[") else {line}
    less = Machine(t, "less", machine.sites, without)
    where = f"{line[0]}:{line[1]}: {text}"
    if not less.accepted(t):
        assert key in NEEDED, f"{where}\nis needed?"
        return
    answers = 0
    for url in urls:
        if key in UNSERVED:
            before, after = machine.explain(t, url), less.explain(t, url)
            assert before.rows != after.rows
            continue
        before, answer = machine.check(t, url)
        after, other = less.check(t, url)
        assert (before.rows, before.fields) != (after.rows, after.fields), \
            f"{where}\nis named and decides nothing for {url}:\n{before.text}"
        answers += before.answer() != after.answer() or answer.body != other.body
    assert answers or key in QUIET, f"{where}\nchanges the answer to none of {', '.join(map(str, urls))}"
    if less.running:
        less.running.stop()
        t._servers.remove(less.running)


CONFIGURATION = ["tinyhttpd.ini"] + sorted("hosts/" + name for name in os.listdir(SOURCES + "/hosts"))

# tinyhttpd(8): "each with the file and line that decided it. A line that says off, or takes a field away, is shown"
for file in CONFIGURATION:
    @case(f"each line of {file} that explain names is one that decides")
    def _(t, file=file):
        machine = t.shared(whole).machine
        named = {}
        for url in urls():
            for line in machine.explain(t, url).lines:
                named.setdefault(line, []).append(url)
        wrong = []
        for line in sorted(n for n in named if n[0] == file):
            try:
                check_line(t, machine, line, named[line])
            except AssertionError as e:
                wrong.append(str(e))
            for name in ("less", "less-served"):
                shutil.rmtree(t.path(name), ignore_errors=True)
        assert not wrong, "\n\n".join(wrong)


# They decide about the server or about clients with TLS, or are part of what another line names.
UNNAMED = re.compile(r": ((include|user|control|host|path|hsts) *=|error *= stderr)")

def lines_of(file):
    with open(os.path.join(SOURCES, file)) as f:
        return list(enumerate(map(str.strip, f), 1))


@case("each line of the configuration is named for one URL at least")
def _(t):
    machine = t.shared(whole).machine
    named = set().union(*(machine.explain(t, url).lines for url in urls()))
    missing = [f"{file}:{n}: {line}" for file in CONFIGURATION for n, line in lines_of(file)
               if "=" in line and line[0] not in "[;" and (file, n) not in named]
    missing = [line for line in missing if not UNNAMED.search(line) and not left_out(line.split(": ")[1])]
    assert not missing, missing


@case("every key that tinyhttpd.ini(5) has for hosts and locations stands in the configuration")
def _(t):
    with open(os.path.join(SRCDIR, "man/tinyhttpd.ini.5")) as f:
        keys = set(re.findall(r"(?m)^\.It (\w+) Ta (?:all|host|location|server, host) Ta ", f.read()))
    said = {line.split("=")[0].strip() for file in CONFIGURATION for _, line in lines_of(file)}
    assert len(keys) > 30 and keys <= said, keys - said

main()
