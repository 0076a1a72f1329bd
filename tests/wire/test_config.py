#!/usr/bin/python3
"""The configuration as its administrator meets it: errors with their lines, check, dump, explain, the command line."""

import glob
import os
import re
import socket

from harness import Skip, case, main, need_ipv6

ADMIN = "root" if os.geteuid() == 0 else None


def start(t, config, name="broken.ini"):
    """What check and a start say about a configuration; both must say the same."""
    path = t.write(name, config.replace("@W", t.path("www")))
    checked = t.run("check", config=path)
    started = t.run(config=path)
    assert started.returncode == checked.returncode == 1, (checked, started)
    for run in (checked, started):
        assert "Traceback" not in run.stderr and "Sanitizer" not in run.stderr
    return checked.stdout + checked.stderr, started.stderr


def broken(name, config, *wanted, files=None):
    """wanted: (line, section, key, words...) for each error there should be, and no other."""
    @case(f"broken: {name}")
    def _(t):
        t.files({"index.html": "x"}, "www")
        for file, text in (files or {}).items():
            t.write(file, text.replace("@W", t.path("www")))
        for said in start(t, config):
            found = []
            for line in said.splitlines():
                match = re.match(r"(\S+?):(\d+): (?!warning)(?:\[([^\]]*)\] ?)?(?:([\w-]+): )?(.*)", line)
                if match and match[1].endswith(".ini"):
                    found.append((os.path.basename(match[1]), int(match[2]), match[3], match[4], line))
            places = [(f, n) for f, n, *_ in found]
            want = [w[0] if isinstance(w[0], tuple) else ("broken.ini", w[0]) for w in wanted]
            assert places == want, f"errors at {places}, not {want}:\n{said}"
            for (file, number, section, key, line), w in zip(found, wanted):
                if w[1] is not None:
                    assert section == w[1], (section, w, line)
                if w[2] is not None:
                    assert key == w[2], (key, w, line)
                for word in w[3:]:
                    assert word in said, f"{word!r} is not in:\n{said}"


SERVER = "[server]\nlisten = 127.0.0.1:0\nroot = @W\n"

broken("an unknown key, with the one that was meant", SERVER + "worker = 4\n", (4, "server", "worker", "workers", "did you mean"))
broken("a key of another section", SERVER + "[host a.test]\nworkers = 2\n", (5, "host a.test", "workers"))
broken("an unknown section", SERVER + "[sevrer]\nworkers = 2\n", (4, None, None, "server"))
broken("a value out of bounds", SERVER + "workers = 0\nqueue = 0\n", (4, "server", "workers"), (5, "server", "queue"))
# tinyhttpd.ini(5): "A number alone is an error, except for 0."
broken("a time without a unit", SERVER + "head_timeout = 30\n", (4, "server", "head_timeout", "30s"))
broken("a size with an odd unit", SERVER + "body_size = 10q\n", (4, "server", "body_size"))
broken("a switch that is neither on nor off", SERVER + "[gzip]\nenable = maybe\n", (5, "gzip", "enable"))
# tinyhttpd.ini(5): "A key that takes one value and is said twice in the same place is an error that names both lines."
broken("a scalar set twice, both lines named", SERVER + "workers = 1\nworkers = 2\n", (5, "server", "workers", ":4"))
broken("a line without =", SERVER + "workers\n", (4, None, None))
broken("a colon before the first =", SERVER + "workers: 4\n", (4, None, None))
broken("a section without its bracket", SERVER + "[host a.test\nroot = @W\n", (4, None, None))
broken("text behind a section", SERVER + "[gzip] level = 4\n", (4, None, None))
broken("a root that is not there", "[server]\nlisten = 127.0.0.1:0\nroot = /no/such/folder\n", (3, "server", "root", "/no/such/folder"))
broken("one name in two hosts, both lines named", SERVER + "[host a.test]\nnames = a.test\n[host b.test]\nnames = b.test A.TEST\n",
       (7, "host b.test", "names", ":5"))
broken("two default hosts", SERVER + "[host a.test]\ndefault = yes\n[host b.test]\ndefault = yes\n", (7, "host b.test", "default", ":5"))
broken("the same location twice", SERVER + "[location a]\npath = /x/\n[location b]\npath = /x\n", (7, "location b", "path", ":5"))
broken("a location of a host that is not there", SERVER + "[host a.test]\n[location l]\nhost = b.test\npath = /\n", (6, "location l", "host"))
broken("a location without a path", SERVER + "[location l]\ncharset = gbk\n", (4, "location l", None, "path"))
broken("an address that is none", "[server]\nlisten = localhost:80\nlisten = 127.0.0.1:99999\nlisten = [::1:80\nroot = @W\n",
       (2, "server", "listen"), (3, "server", "listen"), (4, "server", "listen"))
broken("a listener twice", "[server]\nlisten = 127.0.0.1:8081\nlisten = 127.0.0.1:8081\nroot = @W\n", (3, "server", "listen", ":2"))
broken("return with a status of redirects", SERVER + "[location l]\npath = /l\nreturn = 301 /x\n", (6, "location l", "return", "redirect"))
broken("return of a file that is not there", SERVER + "[location l]\npath = /l\nreturn = 200 @none.txt\n", (6, "location l", "return", "none.txt"))
broken("a header without a colon, one with a broken name", SERVER + "header = X-Frame-Options DENY\nheader = X Y: z\n",
       (4, "server", "header"), (5, "server", "header"))
broken("a comment in a header value", SERVER + "header = X: a ; b\n", (4, "server", "header"))
broken("a redirect without an arrow", SERVER + "redirect = /a /b\n", (4, "server", "redirect"))
broken("a redirect to a capture there is not", SERVER + "redirect = /a/* -> /b/$2\n", (4, "server", "redirect"))
broken("a redirect with a status that does not redirect", SERVER + "redirect = /a -> /b 200\n", (4, "server", "redirect"))
broken("an error page for a status that is no error", SERVER + "error = 200 /x\n", (4, "server", "error"))
broken("keys before any section", "workers = 2\n" + SERVER, (1, None, None))
broken("keys that do not work yet are unknown", SERVER + "tls = on\nproxy = x\nfastcgi = x\n", (4, "server", "tls"), (5, "server", "proxy"),
       (6, "server", "fastcgi"))
broken("an error behind a line of eight thousand bytes has its own number",
       SERVER + "header = X: " + "y" * 8000 + "\nworker = 1\n", (5, "server", "worker"))
broken("a value that is too long", SERVER + "header = X: " + "y" * 9000 + "\n", (4, None, None))
broken("control bytes", SERVER + "charset = a\x01b\n", (4, None, None))
broken("NUL", SERVER + "charset = a\0b\n", (4, None, None))
broken("an unknown format or level", SERVER + "[log]\naccess = /tmp/x comobined\nerror = stderr loud\n", (5, "log", "access"), (6, "log", "error"))
broken("an included file's error has that file's name and line", "include = extra.ini\n" + SERVER,
       (("extra.ini", 3), "host a.test", "rooot", "root"), files={"extra.ini": "\n[host a.test]\nrooot = @W\n"})
broken("a file that includes itself", "include = broken.ini\n" + SERVER, (1, None, None))
broken("an include that is not there", "include = none.ini\n" + SERVER, (1, None, None, "none.ini"))
broken("many errors, each told, in the order of their lines",
       SERVER + "listen = x\nworker = 1\nqueue = many\n[gzip]\nlevel = 99\n[mime]\n= x\n[host]\nroot = @W\n",
       (4, "server", "listen"), (5, "server", "worker"), (6, "server", "queue"), (8, "gzip", "level"), (10, None, None), (11, None, None))


# tinyhttpd.ini(5): "Fifty problems are shown, the others are counted."
@case("broken: more errors than fifty are counted, not listed")
def _(t):
    t.files({"x": ""}, "www")
    said, _ = start(t, SERVER + "".join(f"bad{i} = 1\n" for i in range(200)))
    assert 40 < len(re.findall(r"broken\.ini:\d+:", said)) <= 60, said[-500:]
    assert "and 150 more" in said, said


@case("broken: a configuration that is not there, or a folder, or empty")
def _(t):
    for path in (t.path("none.ini"), t.dir):
        run = t.run("check", config=path)
        assert run.returncode == 1 and path in run.stderr, run
    t.write("empty.ini", "")
    run = t.run("check", config=t.path("empty.ini"))
    assert run.returncode in (0, 1) and (run.returncode == 0 or "empty.ini" in run.stderr), run


@case("broken: nothing is started: no log, no socket, no pid file")
def _(t):
    config = (f"[server]\nlisten = unix:{t.path('s')}\npidfile = {t.path('p')}\nroot = @W\nbad = 1\n"
              f"[log]\naccess = {t.path('access.log')}\nerror = {t.path('error.log')}\n")
    t.files({"x": ""}, "www")
    start(t, config)
    assert sorted(os.listdir(t.dir)) == ["broken.ini", "www"], os.listdir(t.dir)


# ---- a good one, for the commands

def good(t):
    t.files({"index.html": "<p>org</p>" * 400, "a.txt": "A", "old.html": "x", "noindex/": None}, "org")
    t.files({"index.html": "gbk", "docs/x.tar.gz": "x", "docs/p.html": "p"}, "gbk")
    return t.write("good.ini", f"""\
; a comment at the beginning
[server]
listen = 127.0.0.1:0
listen = unix:{t.path("s")}
{"user = root" if ADMIN else ""}
workers = 2
header = "X-Quoted: a ; b \\"c\\""
control = {t.path("control")}
[log]
access = {t.path("access.log")} combined
error = {t.path("error.log")} info

[mime]
tar.gz = application/x-longest

[host example.org]
names = example.org *.example.net
root = {t.path("org")}
redirect = /old/* -> /new/$1 302
error = 404 "nothing here"

[host gbk]
names = gbk.test
default = yes
root = {t.path("gbk")}
charset = gbk

[location docs]
host = gbk
path = /docs/
header = X-Docs: yes
charset = big5

[location fixed]
path = /fixed
return = 200 text/plain "fixed"
""")


# tinyhttpd(8): "This command has no side effects: it binds no socket and opens no log."
@case("check: a good configuration is good, and nothing happens")
def _(t):
    path = good(t)
    before = sorted(os.listdir(t.dir))
    for command in ("check", "-t"):
        run = t.run(command, config=path)
        assert run.returncode == 0, run
        assert sorted(os.listdir(t.dir)) == before


@case("check: a port in use and an account that is not there do not matter to it being read, and a taken port is not touched")
def _(t):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        t.files({"x": ""}, "www")
        path = t.write("c.ini", f"[server]\nlisten = 127.0.0.1:{s.getsockname()[1]}\nroot = {t.path('www')}\n")
        assert t.run("check", config=path).returncode == 0


def without_origins(text):
    """dump's lines without the comment that says where each comes from."""
    return [line for line in (re.sub(r"\s+;.*$", "", line) if '"' not in line else line.rsplit(" ;", 1)[0].rstrip()
                              for line in text.splitlines()) if line.strip() and not line.lstrip().startswith(";")]


@case("dump: what it prints can be loaded again and gives the same")
def _(t):
    path = good(t)
    for command in ("dump", "-T"):
        first = t.run(command, config=path)
        assert first.returncode == 0, first
        again = t.write("again.ini", first.stdout)
        second = t.run("dump", config=again)
        assert second.returncode == 0, second.stdout + second.stderr
        assert without_origins(first.stdout) == without_origins(second.stdout)
        assert t.run("check", config=again).returncode == 0


# tinyhttpd(8): "Print the configuration that holds in the end, defaults included, each line with the file and line it comes from."
@case("dump: every value with its file and line, defaults included")
def _(t):
    path = good(t)
    text = t.run("dump", config=path).stdout
    for key, line in (("workers", 6), ("charset", 26), ("redirect", 19), ("return", 36), ("tar.gz", 14), ("access", 10), ("default", 24)):
        assert re.search(rf"^\s*{re.escape(key)}\s*=.*good\.ini:{line}\b", text, re.M), (key, line, text)
    assert re.search(r"^\s*head_timeout\s*=\s*10s", text, re.M), text


def explain(t, path, url, *more):
    run = t.run("explain", url, *more, config=path)
    assert run.returncode == 0, run
    return run.stdout


@case("explain: agrees with what the server does")
def _(t):
    path = good(t)
    with open(path) as f:
        server = t.server(f.read(), whole=True, name="good")
    server.grown("/", host="example.org").grown("/docs/p.html", host="gbk.test").grown("/docs/x.tar.gz", host="gbk.test")
    for host, target, fields, words in (
            ("example.org", "/", (), ("/org", "index.html", "good.ini:18", "example.org")),
            ("a.example.net", "/a.txt", (), ("/org", "a.txt", "good.ini:17")),
            ("example.org", "/", ("Accept-Encoding: gzip",), ("gzip",)),
            ("example.org", "/none", (), ("good.ini:20",)),
            ("example.org", "/old/x", (), ("/new/x", "good.ini:19")),
            ("example.org", "/noindex/", (), ()),
            ("example.org", "/noindex", (), ()),
            ("example.org", "/.git/config", (), ()),
            ("gbk.test", "/docs/x.tar.gz", (), ("/gbk", "docs/x.tar.gz", "application/x-longest", "good.ini:14", "good.ini:31")),
            ("gbk.test", "/docs/p.html", (), ("big5", "good.ini:32", "good.ini:31")),
            ("other.test", "/", (), ("gbk", "good.ini:26")),
            ("other.test", "/fixed", (), ("good.ini:36",)),
            ("gbk.test", "/%00", (), ()), ("gbk.test", "/docs%2fp.html", (), ()), ("gbk.test", "/../docs/./p.html", (), ("docs/p.html",))):
        response = server.get(target, *fields, host=host)
        more = [word for field in fields for word in ("-H", field)]
        text = explain(t, path, f"http://{host}{target}", *more)
        assert str(response.status) in text, (target, response.status, text)
        for name in ("Content-Type", "Location", "Content-Encoding", "X-Docs", "X-Quoted", "Vary", "ETag"):
            if name in response:
                assert response[name] in text, (target, name, response[name], text)
        for word in words:
            assert word in text, (target, word, text)


@case("explain: nothing is bound, opened or written by it")
def _(t):
    path = good(t)
    before = sorted(os.listdir(t.dir))
    explain(t, path, "http://example.org/")
    assert sorted(os.listdir(t.dir)) == before


@case("explain: what is no URL is an error, not a crash")
def _(t):
    path = good(t)
    for url in ("", "x", "http://", "ftp://example.org/", "http://a b/", "http://user@example.org/", "http://[::1/"):
        run = t.run("explain", url, config=path)
        assert run.returncode in (1, 2) or "400" in run.stdout, (url, run)
    assert t.run("explain", config=path).returncode == 2


# ---- reading it

# tinyhttpd.ini(5): "Quotes around a value or a word keep its blanks" "what follows a blank and a ; behind a value, outside of quotes"
@case("a configuration in all of its grammar does what it says")
def _(t):
    t.files({"index.html": "one", "two words/index.html": "two", "q.html": "q"}, "w")
    os.makedirs(t.path("drop.d"))
    t.write("drop.d/b.ini", "[location late]\npath = /late\nreturn = 200 \"late\"\n")
    t.write("drop.d/a.ini", "[location early]\n\tpath\t=\t/early\n\treturn = 200 \"early\"\n")
    t.write("drop.d/a.ini~", "nonsense\n")
    t.write("drop.d/.a.ini.swp", "nonsense\n")
    t.write("drop.d/c.txt", "nonsense\n")
    server = t.server(f"""\ufeff; with a byte order mark
# and a comment of the other kind
include = drop.d/*.ini

[server]
  listen=127.0.0.1:0
  {"user = root" if ADMIN else ""}
\troot   =   {t.path("w")}   ; a comment behind a value
  index = none.html    index.html
  index = "q.html"
  workers = AUTO
  keepalive_timeout = 5M
  body_size = 1K
  header = X-Semi: a;b
  header = "X-Quoted: a ; b"
[log]
  access = off
[server]
  head_timeout = 10S
  control = {t.path("control")}
[location spaces]
  path = "/two words/"
  root = "{t.path('w')}"
  header = X-L: {'y' * 7000}
[mime]
  HTML = text/x-own
""", whole=True)
    assert server.get("/").body == b"one"
    assert server.get("/early").body == b"early" and server.get("/late").body == b"late"
    response = server.get("/two%20words/")
    assert response.body == b"two" and response["X-L"] == "y" * 7000
    assert response["Content-Type"] == "text/x-own; charset=utf-8"
    response = server.get("/")
    assert response["X-Semi"] == "a;b" and response["X-Quoted"] == "a ; b"
    assert server.get("/", body=b"x" * 1024).status == 200 and server.get("/", body=b"x" * 1025).status == 413


@case("lines that end in CRLF are lines")
def _(t):
    t.files({"index.html": "x"}, "w")
    path = t.write("dos.ini", f"[server]\r\nlisten = 127.0.0.1:0\r\nroot = {t.path('w')}\r\n; comment\r\n\r\n[gzip]\r\nenable = off\r\n")
    run = t.run("check", config=path)
    assert run.returncode == 0, run


# tinyhttpd.ini(5): "A name is relative to the folder of the file that says so."
@case("an include is relative to the file it stands in")
def _(t):
    t.files({"conf/root/index.html": "x", "conf/sub/inner/index.html": "inner"}, "site")
    t.files({"sub.ini": f"[host inner.test]\nroot = {t.path('site/conf/sub/inner')}\n"}, "site/conf/sub")
    t.files({"main.ini": f"include = sub/sub.ini\n[server]\nlisten = 127.0.0.1:0\nroot = {t.path('site/conf/root')}\n"}, "site/conf")
    run = t.run("check", config=t.path("site/conf/main.ini"))
    assert run.returncode == 0, run


@case("IPv6 names, units and off are read")
def _(t):
    need_ipv6()
    t.files({"index.html": "x"}, "w")
    path = t.write("c.ini", f"""[server]
listen = [::1]:0
root = {t.path("w")}
head_timeout = 1500ms
keepalive_requests = 0
body_size = off
charset = off
[host v6]
names = [::1] [2001:db8::2]
""")
    run = t.run("check", config=path)
    assert run.returncode == 0, run


# ---- the command line

@case("-v and -h say what they should, status 0")
def _(t):
    run = t.run("-v")
    assert run.returncode == 0 and re.match(r"tinyhttpd \d+\.\d+", run.stdout), run
    run = t.run("-h")
    assert run.returncode == 0 and "check" in run.stdout and "explain" in run.stdout, run


@case("a wrong command line is status 2, with words")
def _(t):
    for args in (("nonsense",), ("-Z",), ("-c",), ("--nonsense",), ("check", "more"), ("serve", "a", "b"), ("serve", "-p"), ("serve", "-p", "x"),
                 ("serve", "-p", "70000"), ("explain",)):
        run = t.run(*args)
        assert run.returncode == 2 and run.stderr.strip(), (args, run)


@case("a command that was mistyped is named")
def _(t):
    run = t.run("chekc")
    assert run.returncode == 2 and "chekc" in run.stderr, run


@case("the installed example is a good configuration")
def _(t):
    builddir = os.environ.get("BUILDDIR", ".")
    examples = [p for p in glob.glob(builddir + "/etc/tinyhttpd.ini") if os.path.exists(p)]
    if not examples:
        raise Skip("it is not built here")
    with open(examples[0]) as f:
        text = f.read()
    t.files({"index.html": "x"}, "w")
    path = t.write("example.ini", re.sub(r"^(\s*root\s*=).*", rf"\1 {t.path('w')}", text, flags=re.M))
    run = t.run("check", config=path)
    assert run.returncode == 0, run


@case("check looks ahead: a user or a folder for a log that a start would not find")
def _(t):
    root = t.files({"index.html": "x"})
    logs = t.path("logs")
    for lines, words in (("[log]\naccess = @/access.log", "x.ini:4: log @/access.log: its folder does not exist"),
                         ("[log]\nerror = @/error.log", "log @/error.log: its folder does not exist"),
                         *([("user = nobody-of-that-name", "x.ini:3: [server] user: there is no such user")] if ADMIN else [])):
        config = t.write("x.ini", f"[server]\nroot = {root}\n{lines}\n".replace("@", logs))
        done = t.run("check", config=config)
        assert done.returncode == 0 and done.stderr.startswith("warning: ") and words.replace("@", logs) in done.stderr and "with 1 warning" in done.stdout, done
    os.mkdir(logs)
    done = t.run("check", config=t.write("x.ini", f"[server]\nroot = {root}\n[log]\naccess = {logs}/access.log\n"))
    assert done.returncode == 0 and not done.stderr and os.listdir(logs) == [], done


main()
