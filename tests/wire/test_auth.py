#!/usr/bin/python3
"""auth: who may have it, by name and password (RFC 7617)."""

import base64
import re
import shutil
import subprocess

from harness import SRCDIR, Skip, case, combined, main, request, until

PASSWORD = "open sesame"
FAST = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"
SLOW = "$2b$12$abcdefghijklmnopqrstuuq2uHH4t8IjTa8PV9VUUF1vssBH6WaR2"
METHODS = {
    "bcrypt": FAST,
    "bcrypt2y": FAST.replace("$2b$", "$2y$"),
    "sha512": "$6$rounds=1000$tinysalt$L/r030kBlj1omCvE5Q1Gr/v4GY3AO/w.7Ydx/iF3j8zoMNBh/su43VHYVJzfV3LNVg1Xxnkh3bt.VdHEQL8R51",
    "sha256": "$5$rounds=1000$tinysalt$H33trBrCTF1JxIlwK16Gg1fGaAdkItljWr9YkUtT2m8",
    "yescrypt": "$y$j75$tinysaltsalt$pcvLTthRbfmeHEVuPUycXbifIw/zuGng/rZG7LM31T2",
}
PROTECTED = '[location in]\npath = /in\nauth = "The circle" users\n'


def need_openssl(t):
    """A build without it refuses the directive, with words."""
    t.write("probe-users", f"a:{FAST}\n")
    config = t.write("probe.ini", f'[server]\nroot = {t.files({"x": "x"}, "probe")}\nauth = "x" probe-users\n')
    if "built without OpenSSL" in t.run("check", config=config).stderr:
        raise Skip("built without OpenSSL")


def credentials(name, password=PASSWORD):
    return "Authorization: Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def site(t, users=None, config=PROTECTED, **options):
    need_openssl(t)
    t.write("users", "# who comes in\n\n" + "".join(f"{name}:{h}\n" for name, h in (users or METHODS).items()))
    return t.server(files={"index.html": "home", "in/x": "inside", "in/index.html": "in", "login.html": "who are you?"},
                    config=config, **options)


def shared_site(t):
    return site(t)


# tinyhttpd.ini(5): yescrypt, scrypt, bcrypt, SHA-512 and SHA-256
for method in METHODS:
    @case(f"{method}: the right password, the wrong one, the right one again")
    def _(t, method=method):
        with t.shared(shared_site).connect() as c:
            for _ in range(2):
                assert c.ask("/in/x", credentials(method)).body == b"inside"
                assert c.ask("/in/x", credentials(method, "open says me")).status == 401
                assert c.ask("/in/x", credentials(method, PASSWORD + "x")).status == 401
                assert c.ask("/in/x", credentials(method, "")).status == 401


# RFC 9110 11.6.1, RFC 7617 2 and 2.1
@case("401 names scheme, realm and charset, once, and has words for a visitor")
def _(t):
    response = t.shared(shared_site).get("/in/x")
    assert response.status == 401
    assert response["WWW-Authenticate"] == 'Basic realm="The circle", charset="UTF-8"', response
    assert b"401" in response.body and b"inside" not in response.body
    assert t.shared(shared_site).head("/in/x").status == 401
    assert t.shared(shared_site).get("/").body == b"home"


MALFORMED = {
    "another scheme": "Digest username=\"bcrypt\"",
    "a scheme alone": "Basic",
    "no base64": "Basic !!!!",
    "base64 cut short": "Basic YmNyeXB0Om9wZW4gc2VzYW1l"[:-1],
    "bits in the padding": "Basic YTpiY2=",
    "no colon": "Basic " + base64.b64encode(b"bcrypt").decode(),
    "a control character": "Basic " + base64.b64encode(b"bcrypt:open sesame\0").decode(),
    "a line break": "Basic " + base64.b64encode(b"bcr\nypt:open sesame").decode(),
    "too long": "Basic " + base64.b64encode(b"bcrypt:" + b"x" * 1100).decode(),
}

for what, value in MALFORMED.items():
    @case(f"credentials that are none: {what}")
    def _(t, value=value):
        with t.shared(shared_site).connect() as c:
            assert c.ask("/in/x", "Authorization: " + value).status == 401
            assert c.ask("/in/x", credentials("bcrypt")).status == 200


@case("the scheme is read in any case; names and passwords to the letter")
def _(t):
    server = t.shared(shared_site)
    assert server.get("/in/x", credentials("bcrypt").replace("Basic", "bASIC ")).status == 200
    assert server.get("/in/x", credentials("Bcrypt")).status == 401
    assert server.get("/in/x", credentials("bcrypt", PASSWORD.upper())).status == 401
    assert server.get("/in/x", credentials("nobody")).status == 401


@case("two Authorization fields are one too many")
def _(t):
    assert t.shared(shared_site).get("/in/x", credentials("bcrypt"), credentials("bcrypt")).status == 400


@case("the access log has the name of who proved it, and of nobody else")
def _(t):
    server = site(t)
    server.get("/in/x", credentials("bcrypt"))
    server.get("/in/x", credentials("bcrypt", "wrong"))
    server.get("/", credentials("bcrypt"))
    lines = [combined(line) for line in server.access_lines(3)]
    found = {(m["line"].split()[1], m["status"], m["user"]) for m in lines}
    assert found == {("/in/x", "200", "bcrypt"), ("/in/x", "401", "-"), ("/", "200", "-")}, found


# tinyhttpd.ini(5): redirect, allow and deny, limit_requests, auth, methods, in this order
@case("the order: redirect, deny, limit_requests before it; methods and return behind it")
def _(t):
    server = site(t, config="""
        [location in]
        path = /in
        auth = "x" users
        methods = GET
        redirect = /in/old -> /new
        [location denied]
        path = /in/denied
        auth = "x" users
        deny = all
        [location often]
        path = /in/often
        auth = "x" users
        limit_requests = 1/m burst 1
        [location fixed]
        path = /in/fixed
        auth = "x" users
        return = 200 "a secret"
        [location open]
        path = /in/open
        auth = off
        return = 200 "no secret"
        [location script]
        path = /in/script
        auth = "x" users
        cors = https://example.org
        """)
    assert server.get("/in/old").status == 301
    assert server.get("/in/denied", credentials("bcrypt")).status == 403
    assert [server.get("/in/often").status for _ in range(2)] == [401, 429]
    assert server.get("/in/x", method="DELETE").status == 401
    assert server.get("/in/x", credentials("bcrypt"), method="DELETE").status == 405
    assert server.get("/in/fixed").status == 401 and b"a secret" not in server.get("/in/fixed").body
    assert server.get("/in/fixed", credentials("bcrypt")).body == b"a secret"
    assert server.get("/in/open").body == b"no secret"
    assert server.get("/in/none").status == 401 and server.get("/in/none", credentials("bcrypt")).status == 404
    # Fetch 4.8: a browser asks beforehand without credentials
    preflight = server.get("/in/script", "Origin: https://example.org", "Access-Control-Request-Method: GET", method="OPTIONS")
    assert preflight.status == 204, preflight
    assert server.get("/in/script", "Origin: https://example.org", method="OPTIONS").status == 401


@case("a folder within a protected one that says nothing of auth is warned of")
def _(t):
    need_openssl(t)
    t.write("users", f"a:{FAST}\n")
    config = t.write("x.ini", f"""[server]
root = {t.files({'x': 'x'})}
[location in]
path = /in
auth = "x" users
[location open]
path = /in/open
[location meant]
path = /in/meant
auth = off
[location other]
path = /inner
""")
    done = t.run("check", config=config)
    assert done.returncode == 0 and done.stderr.count("warning") == 1, done
    words = r"x\.ini:7: \[location open\] path: the auth of \[location in\] \(\S*x\.ini:5\) does not hold"
    assert re.search(words, done.stderr), done


@case("a glob location inherits the password of the folder it lies in")
def _(t):
    server = site(t, config=PROTECTED + "[location pictures]\npath = *.png\ncharset = off\n")
    assert server.get("/in/a.png").status == 401
    assert server.get("/a.png").status == 404


@case("error = 401 is a page of one's own, which needs no password")
def _(t):
    server = site(t, config='[location all]\npath = /\nauth = "x" users\nerror = 401 /login.html')
    response = server.get("/in/x")
    assert response.status == 401 and response.body == b"who are you?" and "WWW-Authenticate" in response


@case("pipelined requests keep their order, whoever has to wait")
def _(t):
    server = site(t)
    with server.connect() as c:
        c.send(request("/") + request("/in/x", credentials("bcrypt")) + request("/") +
               request("/in/x", credentials("bcrypt", "no")) + request("/in/x", credentials("sha512")))
        assert [c.response().body[:6] for _ in range(3)] == [b"home", b"inside", b"home"]
        assert c.response().status == 401
        assert c.response().body == b"inside"


@case("a request with a body waits for its password, and the next one is the right one")
def _(t):
    server = site(t, config=PROTECTED + 'methods = GET POST\n[location p]\npath = /in/p\nauth = "The circle" users\nreturn = 200 "posted"\n')
    with server.connect() as c:
        c.send(request("/in/p", credentials("bcrypt"), method="POST", body=b"GET /evil HTTP/1.1\r\n\r\n") + request("/"))
        assert c.response().body == b"posted" and c.response().body == b"home"
        # RFC 9110 10.1.1: no 100 for what is refused
        c.send(request("/in/p", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        response = c.response()
        assert response.status == 401 and not response.interim


@case("clients that leave while their password is checked take nothing with them")
def _(t):
    server = site(t, users={"slow": SLOW})
    for _ in range(8):
        c = server.connect()
        c.send(request("/in/x", credentials("slow", "no")))
        c.abort()
    assert server.get("/in/x", credentials("slow")).body == b"inside"
    server.left_nothing()


@case("a stop waits for no password but the one that is being checked")
def _(t):
    server = site(t, users={"slow": SLOW}, server="grace = 0s", expect_exit=3)
    clients = [server.connect() for _ in range(12)]
    for c in clients:
        c.send(request("/in/x", credentials("slow", "no")))
    until("they are waited for", lambda: len(server.get("/").body) == 4)
    server.stop()
    for c in clients:
        c.close()


@case("whoever guesses from one address does not hold up another")
def _(t):
    server = site(t, users={"slow": SLOW, "fast": FAST})
    guessers = [server.connect(source="127.0.0.2") for _ in range(12)]
    for i, c in enumerate(guessers):
        c.send(request("/in/x", credentials("slow", f"guess {i}")))
    with server.connect(source="127.0.0.3") as c:
        assert c.ask("/in/x", credentials("fast")).body == b"inside"
        assert c.ask("/").body == b"home"
    open_questions = 0
    for c in guessers:
        c.socket.setblocking(False)
        try:
            c.socket.recv(1)
        except BlockingIOError:
            open_questions += 1
        c.abort()
    assert open_questions > 0, "the guesses were all through first"


@case("too many passwords of one address: 503, and the rest is checked")
def _(t):
    server = site(t, users={"slow": SLOW})
    clients = [server.connect() for _ in range(30)]
    for i, c in enumerate(clients):
        c.send(request("/in/x", "Connection: close", credentials("slow", f"guess {i}")))
    found = {}
    for c in clients:
        response = c.response()
        found[response.status] = found.get(response.status, 0) + 1
        if response.status == 503:
            assert response["Retry-After"]
        c.close()
    assert set(found) == {401, 503} and found[401] >= 16 and sum(found.values()) == 30, found


@case("the file is read at the start: what changes later holds from the next start on")
def _(t):
    server = site(t, users={"old": FAST})
    t.write("users", f"new:{FAST}\n")
    assert server.get("/in/x", credentials("old")).status == 200
    assert server.get("/in/x", credentials("new")).status == 401


@case("names of one file mean nothing in another")
def _(t):
    t.write("others", f"bcrypt:{METHODS['sha512']}\nother:{FAST}\n")
    server = site(t, config=PROTECTED + '[location o]\npath = /o\nreturn = 200 "o"\nauth = "O" others\n')
    assert server.get("/in/x", credentials("bcrypt")).status == 200
    assert server.get("/o", credentials("other")).body == b"o"
    assert server.get("/in/x", credentials("other")).status == 401


BROKEN = [
    ("sha1:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "users:1: the password of sha1: a {SHA} hash is guessed"),
    ("apr:$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.", "users:2: the password of apr: an $apr1$ hash is guessed too fast"),
    ("md5:$1$abcdefgh$znAnv9M.XU2pRYfmSs46h/", "users:3: the password of md5: an MD5 hash is guessed too fast"),
    ("plain:letmein", "users:4: the password of plain: this is no hash of crypt(3)"),
    ("des:rqXexS6ZhobKA", "users:5: the password of des: this is no hash of crypt(3)"),
    ("cut:" + FAST[:-1], "users:6: the password of cut: this hash is damaged"),
    ("odd:$8$tinysalt$H33trBrCTF1JxIlwK16Gg1fGaAdkItljWr9YkUtT2m8", "users:7: the password of odd: this method is not known"),
    ("nohash", "users:8: a line is NAME:HASH"),
    (":" + FAST, "users:9: a line is NAME:HASH"),
    ("twice:" + FAST, None),
    ("twice:" + FAST, "users:11: twice has a password already, in line 10"),
]


@case("check finds every bad line of a password file, shows no hash, and says what makes a good one")
def _(t):
    need_openssl(t)
    t.write("users", "".join(line + "\n" for line, _ in BROKEN))
    config = t.write("x.ini", f'[server]\nroot = {t.files({"x": "x"})}\nauth = "x" users\n')
    done = t.run("check", config=config)
    assert done.returncode == 1
    for line, words in BROKEN:
        assert words is None or words in done.stderr, (words, done.stderr)
        assert line.split(":")[-1] not in done.stderr or ":" not in line
    assert done.stderr.count("tinyhttpd hash-password") == 7


for value, words in (('"x" none', "cannot read"), ('"x"', "REALM"), ("x users more", "REALM"), ('"" users', "the realm is what"),
                     ('"a \\"b\\"" users', "a realm has no quotes"), ('"x" empty', "names nobody")):
    @case(f"check refuses auth = {value}")
    def _(t, value=value, words=words):
        need_openssl(t)
        t.write("users", f"a:{FAST}\n")
        t.write("empty", "# nobody\n")
        config = t.write("x.ini", f"[server]\nroot = {t.files({'x': 'x'})}\nauth = {value}\n")
        done = t.run("check", config=config)
        assert done.returncode == 1 and words in done.stderr and "x.ini:3: [server] auth:" in done.stderr, done


@case("explain shows the line, without and with credentials; dump can be read again")
def _(t):
    need_openssl(t)
    t.write("users", f"ann:{FAST}\n")
    config = t.write("x.ini", f'[server]\nroot = {t.files({"x": "x"})}\nauth = "The circle" users\n')
    done = t.run("explain", "/x", config=config)
    assert "401 Unauthorized" in done.stdout and re.search(r"a name and a password.*x\.ini:3", done.stdout), done.stdout
    done = t.run("explain", "/x", "-H", credentials("ann"), config=config)
    assert "200 OK" in done.stdout and re.search(r'auth +"The circle", user ann +\S*x\.ini:3', done.stdout), done.stdout
    assert "401 " in t.run("explain", "/x", "-H", credentials("ann", "no"), config=config).stdout
    again = t.write("again.ini", t.run("dump", config=config).stdout)
    done = t.run("explain", "/x", "-H", credentials("ann"), config=again)
    assert "200 OK" in done.stdout, done


FORGED = 'x"; client 192.0.2.9, waiting for a helper thread'


@case("a wrong password is a line in the error log, and no name can forge its address")
def _(t):
    server = site(t)
    for name in ("bcrypt", FORGED, "n\u00e4me" * 100):
        server.get("/in/x", credentials(name, "no"))
    lines = [line for line in server.stderr().splitlines() if "wrong name or password" in line]
    assert len(lines) == 3, lines
    for line in lines:
        assert re.search(r"; client 127\.0\.0\.1, (waiting for a helper thread|reading a request head|serving streams of HTTP/2)$", line), line
    assert len(max(lines, key=len)) < 600


@case("the filter for fail2ban finds the addresses of wrong passwords, and no forged one")
def _(t):
    if not shutil.which("fail2ban-regex"):
        raise Skip("fail2ban-regex is not installed")
    server = site(t)
    with server.connect(source="127.0.0.5") as c:
        for name in ("bcrypt", FORGED, "nobody"):
            c.ask("/in/x", credentials(name, "no"))
        c.ask("/in/x", credentials("bcrypt"))
        c.ask("/in/x")
    log = t.write("error.log", server.stderr())
    done = subprocess.run(["fail2ban-regex", "--print-all-matched", "-v", log, SRCDIR + "/etc/fail2ban/tinyhttpd-auth.conf"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b3 matched\b", done.stdout), done.stdout
    assert done.stdout.count(" 127.0.0.5  ") == 3 and " 192.0.2.9  " not in done.stdout, done.stdout


main()
