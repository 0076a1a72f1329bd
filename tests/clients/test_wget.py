#!/usr/bin/python3
"""wget: a tree fetched through its listings, and downloads that go on where they broke off."""

import os
import random
from urllib.parse import unquote_to_bytes

from clients import break_off, case, main, need, read, run, served
from harness import age

BLOB = random.Random(5).randbytes(3_000_000)
OTHER = random.Random(6).randbytes(3_500_000)

# What has a meaning in a URL, in HTML or in a shell; UTF-8, GBK and neither.
NAMES = [b"plain.txt", b"two words.txt", b" lead and trail ", b"50%.txt", b"%41", b"100%25", b"a&b", b"&amp;", b"<b>&'\"", b"why?",
         b"?sort=name", b"#1", b"a#b?c", b"a;b", b"a:b", b"a+b", b"a=b", b"-rf", b"~x", b"$HOME", b"*", b"caf\xc3\xa9",
         "中文 文件.txt".encode(), "中文.txt".encode("gbk"), b"\xff\xfe", b"n" * 200]
FOLDERS = [b"", b"sub/", b"sub/a folder & more/", b"sub/50%/", b"what?/", b"#/", "文件夹/".encode(), "文件夹/".encode("gbk")]


def tree(t):
    """Every name in every folder: the root, and name -> content, no two alike."""
    root = os.fsencode(t.path("tree"))
    files = {folder + name: b"I am " + folder + name for folder in FOLDERS for name in NAMES}
    files[b"sub/empty"] = b""
    files[b"sub/large"] = BLOB
    for name, content in files.items():
        os.makedirs(os.path.dirname(root + b"/" + name), exist_ok=True)
        with open(root + b"/" + name, "wb") as f:
            f.write(content)
    return os.fsdecode(root), files


def fetched(root):
    """name -> content of what wget wrote, but for the listings themselves."""
    root, found = os.fsencode(root), {}
    for folder, _, names in os.walk(root):
        for name in names:
            if not name.startswith(b"index.html"):
                path = os.path.join(folder, name)
                found[os.path.relpath(path, root)] = read(path)
    return found


@case("-r: a tree is fetched whole through its listings, whatever the names are")
def _(t):
    need("wget")
    root, files = tree(t)
    server = t.server(root=root, server="listing = on")
    out = t.path("got")
    run(t, "wget", "-nv", "-r", "-l", "inf", "-np", "-nH", "--tries=1", "-P", out, "--restrict-file-names=nocontrol",
        f"http://127.0.0.1:{server.port}/")
    found = fetched(out)
    # a file called %41 is asked for as %2541; wget decodes that twice when it names its copy
    wanted = {os.path.join(os.path.dirname(n), unquote_to_bytes(os.path.basename(n))): content for n, content in files.items()}
    assert set(found) == set(wanted), (set(wanted) - set(found), set(found) - set(wanted))
    for name, content in wanted.items():
        assert found[name] == content, name


@case("-c: a download that broke off goes on where it stopped")
def _(t):
    need("wget")
    server = served(t, {"blob": BLOB})
    url = f"http://127.0.0.1:{server.port}"
    out = t.path("blob")
    had = break_off(t, server, out, "wget", "-q", "-O", out, url + "/slow/blob")
    before = len(server.access_lines(1))
    run(t, "wget", "-nv", "-c", "--tries=1", url + "/blob")
    assert read(out) == BLOB
    line = server.access_lines(before + 1)[-1]
    assert f'"GET /blob HTTP/1.1" 206 {len(BLOB) - had} ' in line, line


@case("-c: of a file that is complete nothing is sent again")
def _(t):
    need("wget")
    server = served(t, {"blob": BLOB})
    t.write("blob", BLOB)
    run(t, "wget", "-nv", "-c", "--tries=1", f"http://127.0.0.1:{server.port}/blob")
    assert read(t.path("blob")) == BLOB
    assert '"GET /blob HTTP/1.1" 416 ' in server.access_lines(1)[0], server.access_lines()


# Alone, -c continues blindly: wget says neither If-Range nor If-Match.
@case("-c -N: of a file that changed meanwhile comes the new one, whole")
def _(t):
    need("wget")
    server = served(t, {"blob": OTHER})
    out = t.write("blob", BLOB[:1_000_000])
    age(out, seconds=7200)
    run(t, "wget", "-nv", "-c", "-N", "--no-if-modified-since", "--tries=1", f"http://127.0.0.1:{server.port}/blob")
    assert read(out) == OTHER


main()
