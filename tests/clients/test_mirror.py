#!/usr/bin/python3
"""Two real sites as two virtual hosts on one port, fetched whole by wget and compared byte by byte."""

import glob
import os
from urllib.parse import quote

from clients import Skip, case, main, need, read, run, tree_of


def trees():
    """Two trees of HTML from Debian packages: label -> folder."""
    python = [p for p in sorted(glob.glob("/usr/share/doc/python3*/html")) if os.path.isfile(p + "/index.html")]
    found = {"python.test": os.path.realpath(python[-1])} if python else {}
    if os.path.isfile("/usr/share/debian-reference/ch01.en.html"):
        found["reference.test"] = os.path.realpath("/usr/share/debian-reference")
    if len(found) < 2:
        raise Skip("needs the packages python3-doc and debian-reference-en")
    return found


def sites(t):
    need("wget")
    return t.server("\n".join(f"[host {name}]\nroot = {root}\nindex = index.html index.en.html" for name, root in trees().items()))


def fetch(t, server, host, *options):
    """Every file of a host by wget; compares each."""
    inside, outside = tree_of(trees()[host])
    assert len(inside) > 20
    base = f"http://127.0.0.1:{server.port}/"
    urls = t.write("urls", "".join(base + quote(name) + "\n" for name in sorted(inside)))
    out = t.path("got")
    run(t, "wget", "-nv", "-x", "-nH", "--tries=1", "--restrict-file-names=nocontrol", f"--header=Host: {host}", "-P", out, "-i", urls,
        *options)
    for name, path in inside.items():
        assert read(os.path.join(out, name)) == read(path), name
    got = sum(len(names) for _, _, names in os.walk(out))
    assert got == len(inside), (got, len(inside))
    for name in outside:
        assert server.get("/" + quote(name), host=host).status == 404, f"{name} leads out of its root"
    return len(inside)


for host in ("python.test", "reference.test"):
    @case(f"{host}: every file, plain")
    def _(t, host=host):
        server = t.shared(sites)
        print(f"# {fetch(t, server, host)} files")

    @case(f"{host}: every file, compressed")
    def _(t, host=host):
        server = t.shared(sites)
        before = len(server.access_lines())
        count = fetch(t, server, host, "--compression=gzip")
        assert len(server.access_lines(before + count)) >= before + count


@case("python.test: a crawl by wget from the first page on finds the site")
def _(t):
    server = t.shared(sites)
    root = trees()["python.test"]
    # 8: an answer was an error; the packaged pages link to scripts of other packages, which lead out of the root
    run(t, "wget", "-nv", "-r", "-l", "inf", "-np", "-nH", "--tries=1", "-P", t.path("got"), "--header=Host: python.test",
        "--restrict-file-names=nocontrol", f"http://127.0.0.1:{server.port}/", ok=(0, 8))
    count = 0
    for folder, _, names in os.walk(t.path("got")):
        for name in names:
            short = os.path.relpath(os.path.join(folder, name), t.path("got")).split("?")[0]
            assert read(os.path.join(folder, name)) == read(os.path.join(root, short)), short
            count += 1
    assert count > 300, count


@case("a second mirror run asks with the time and transfers nothing")
def _(t):
    server = sites(t)
    root = trees()["reference.test"]
    base = f"http://127.0.0.1:{server.port}/"
    names = sorted(n for n in tree_of(root)[0] if n.endswith(".html"))
    urls = t.write("urls", "".join(base + quote(n) + "\n" for n in names))
    command = ("wget", "-nv", "-N", "-x", "-nH", "--header=Host: reference.test", "-P", t.path("got"), "-i", urls)
    run(t, *command)
    run(t, *command)
    lines = server.access_lines(2 * len(names))[len(names):]
    assert all('" 304 ' in line for line in lines), [line for line in lines if '" 304 ' not in line][:3]


main()
