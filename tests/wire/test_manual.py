#!/usr/bin/python3
"""tinyhttpd.ini(5) tells the truth: its examples are good configurations, every key has one, and what tests quote stands
in it."""

import functools
import glob
import os
import re
import subprocess

from harness import LIMIT, PROGRAM, SRCDIR, case, main

with open(os.path.join(SRCDIR, "man/tinyhttpd.ini.5")) as manual:
    PAGE = manual.read()

# The keys, with the sections they may stand in: "all", "host", "server, host" ...
KEYS = re.findall(r"(?m)^\.It (\S+) Ta (.+?) Ta ", PAGE)

# Blocks that are no configuration: fields, messages and commands.
OTHER = re.compile(r"X-Frame-Options: SAMEORIGIN\n|/etc/tinyhttpd\.ini:7: |path=/shop/film\.mp4 ")

# Files that examples name.
NAMED = {"closed.html": "<p>closed</p>", "common.ini": "", "shop.secret": "0123456789abcdef\n", "ticket.key": "k" * 80,
         "members.htpasswd": "ann:$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n"}


def plain(text):
    """Literal text without the escapes of roff."""
    return text.replace(r"\e", "\\").replace(r"\&", "").replace(r"\(dq", '"').replace(r"\-", "-")


def chapters():
    """The page by its headings: name, text."""
    return re.findall(r"(?ms)^\.Sh (.+?)\n(.*?)(?=^\.Sh |\Z)", PAGE)


def blocks(text):
    return [plain(block) for block in re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed", text)]


def examples(text):
    return [block for block in blocks(text) if not OTHER.match(block)]


@functools.lru_cache(maxsize=None)
def lacks_openssl():
    check = subprocess.run([PROGRAM, "-c", os.path.join(SRCDIR, "tests/wire/agreement/hosts/70-intern.ini"), "check"],
                           capture_output=True, text=True, timeout=LIMIT)
    return "without OpenSSL" in check.stderr


def complete(t, example):
    """What an example leaves to its reader: folders and files that it names, hosts of its locations, a root for the rest."""
    for path in set(re.findall(r"(?m)^root *= (\S+)", example)):
        t.files({"index.html": "x", "about/people.html": "x"}, "root" + path)
    for name, text in NAMED.items():
        os.chmod(t.write(name, text), 0o600)
    if "certificate" in example and not lacks_openssl():
        t.certificate("example.org", ("example.org", "intern.example.org"))
        t.certificate("staff", authority=True)
    example = re.sub(r"(?m)^(root *= )", rf"\1{t.path('root')}", example)
    if lacks_openssl():
        example = re.sub(r"(?m)^(auth|signed_links|etag *= content|listen .* tls|certificate\w*|client_\w+|https|hsts|ticket_keys)\b", r"; \1",
                         example)
    hosts = set(re.findall(r"(?m)^host *= (\S+)", example)) - set(re.findall(r"(?m)^\[host (\S+)\]", example))
    if "[server]\n" not in example or "root" not in example:
        example += f"\n[server]\nroot = {t.path('root')}\n"
    return example + "".join(f"\n[host {host}]\n" for host in sorted(hosts))


def check(t, example):
    os.makedirs(t.path("root"), exist_ok=True)
    path = t.write("example.ini", complete(t, example))
    run = t.run("check", config=path)
    # the user and the folders of an example need not be there on this machine
    said = [line for line in run.stderr.splitlines() if not re.search("its folder does not exist|there is no such user", line)]
    with open(path) as f:
        assert run.returncode == 0 and not any("warning" in line for line in said), f"{run.stderr}\n{f.read()}"
    return path


for chapter, text in chapters():
    for number, example in enumerate(examples(text), 1):
        @case(f"{chapter}, example {number} is a good configuration")
        def _(t, example=example):
            check(t, example)


# "shows the line": where an example is followed by a command
@case("explain of an example names a line of it")
def _(t):
    found = re.findall(r"(?ms)^\.Bd -literal .*?\n((?:(?!^\.Bd).)*?)^\.Ed\n\.Pp\n\.Dl tinyhttpd explain (.*?)$", PAGE)
    assert len(found) >= 3, found
    for example, arguments in found:
        if "https:" in arguments and lacks_openssl():
            continue
        path = check(t, plain(example))
        run = t.run("explain", *arguments.split(), config=path)
        with open(path) as f:
            lines = f.read().splitlines()
        named = [lines[int(n) - 1] for n in re.findall(re.escape(path) + r":(\d+)", run.stdout)]
        assert run.returncode == 0 and any("=" in line and line in example for line in named), run.stdout


for key, where in KEYS:
    @case(f"{key} has an example in its own chapter ({where})")
    def _(t, key=key):
        """An entry begins ".It Ic KEY Ns ="; below it, or elsewhere in the chapter, an example says the key."""
        entry = re.compile(rf"(?m)^\.It Ic {key} ")
        said = re.compile(r"(?m)^\[mime\]\n\w" if key == "EXTENSION" else rf"(?m)^{key} *= ")
        homes = [text for _, text in chapters() if entry.search(text)]
        assert homes and all(any(said.search(e) for e in examples(text)) for text in homes), "no example"


# ---- what tests quote

MACROS = set("Ar Bd Bl Cm Dl Dq Dv Ed El Em Ev Fl Ic It Li Nm No Ns Oc Oo Op Pa Pf Pp Pq Qc Ql Qo Qq Sh Sq Ss Sx Ta Xr".split())


def words(text):
    """Text of the page, or of a quote, as its words alone."""
    found = []
    for line in text.splitlines():
        macro = line.startswith(".")
        found += [word for word in plain(line[macro:]).split(" ") if not macro or word not in MACROS]
    return " ".join(re.findall(r"\w+", " ".join(found).lower()))


def comments(path):
    """The comments of a file, each with its lines joined."""
    with open(path) as f:
        lines = f.read().splitlines() + [""]
    block = []
    for line in lines:
        comment = re.match(r"\s*# ?(.*)", line)
        if comment:
            block.append(comment[1])
        elif block:
            yield " ".join(block)
            block = []


@functools.lru_cache(maxsize=None)
def quotes(page):
    """What stands in quotes behind the name of the page in the comments of tests, as words.

    Three dots leave something out; less than three words are none."""
    found = set()
    for path in glob.glob(os.path.join(SRCDIR, "tests/*/test_*.py")):
        with open(path) as f:
            all_of_it = f"Quoted lines are from {page}" in f.read(600)
        for comment in comments(path):
            quoted = comment if all_of_it and "RFC" not in comment else comment.partition(page + ":")[2]
            for quote in re.findall(r'"([^"]+)"', quoted):
                found |= {words(part) for part in quote.split("...") if len(part.split()) >= 3}
    return found


with open(os.path.join(SRCDIR, "man/tinyhttpd.8")) as manual:
    PAGES = {"tinyhttpd.ini(5)": PAGE, "tinyhttpd(8)": manual.read()}

for page, text in PAGES.items():
    @case(f"what tests quote of {page} stands in it")
    def _(t, page=page, text=words(text)):
        missing = [quote for quote in quotes(page) if quote not in text]
        assert len(quotes(page)) > 10 and not missing, missing


def passages():
    """What a test has to quote: the entry of each key, command and signal, and some pieces without entries."""
    for page, item in (("tinyhttpd.ini(5)", r"Ic \w+ Ns = "),
                       ("tinyhttpd(8)", r"(?:Cm (?!version|help)|Fl d|Dv (?!HUP)|Ev NOTIFY)")):
        parts = re.split(r"(?m)^(?=\.It |\.S[hs] )", PAGES[page])
        for i, part in enumerate(parts):
            if re.match(rf"\.It {item}", part):
                empty = part.count("\n") == 1			# two keys, one entry
                yield page, part.split("\n")[0][4:], part + (parts[i + 1] if empty else "")
    for heading in "Comments", "Quotes", "Values", "Log formats", "LEVELS", "LISTINGS", "DIAGNOSTICS":
        yield "tinyhttpd.ini(5)", heading, re.search(rf"(?ms)^\.S[sh] {heading}\n(.*?)(?=^\.S[hs] |\Z)", PAGE)[1]
    sockets = re.search(r"(?ms)^\.Ss Sockets of a service manager\n(.*?)^\.S", PAGES["tinyhttpd(8)"])[1]
    yield "tinyhttpd(8)", "Sockets of a service manager", sockets


for page, name, text in passages():
    @case(f"{page}, {name}: a test quotes it")
    def _(t, page=page, text=words(text)):
        assert any(quote in text for quote in quotes(page)), "no test quotes this"


@case("a block of the page is an example, or known to be something else")
def _(t):
    for block in blocks(PAGE):
        assert OTHER.match(block) or re.search(r"(?m)^(\[(server|log|gzip|tls|mime|host|location)\b|include *=)", block), block


main()
