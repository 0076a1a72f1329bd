#!/usr/bin/python3
"""make install and make uninstall: what an administrator edited stays his."""

import os

from clients import case, main, need, read, run

BUILDDIR = os.path.abspath(os.environ.get("BUILDDIR", "."))


def make(t, *words):
    """Runs make in the build; the make that runs the tests is not asked for leave to run jobs."""
    need("make")
    return run(t, "make", "-C", BUILDDIR, *words, f"DESTDIR={t.dir}/root", MAKEFLAGS="", MAKELEVEL="0", MFLAGS="").decode()


def installed(t):
    """What was installed: the last two parts of its path -> where it is."""
    found = {}
    for folder, _, names in os.walk(os.path.join(t.dir, "root")):
        for name in names:
            found[os.path.basename(folder) + "/" + name] = os.path.join(folder, name)
    return found


def edit(path):
    with open(path, "a") as f:
        f.write("# mine\n")
    return read(path)


def configuration(files):
    """tinyhttpd.ini itself, not the copy beside the documents."""
    return next(p for n, p in files.items() if n.endswith("/tinyhttpd.ini") and p != files["tinyhttpd/tinyhttpd.ini"])


def editable(files):
    return [configuration(files), files["www/index.html"]] + [p for n, p in files.items() if n in ("logrotate.d/tinyhttpd", "filter.d/tinyhttpd-auth.conf")]


@case("make uninstall takes everything away that make install brought")
def _(t):
    make(t, "install")
    files = installed(t)
    assert {"sbin/tinyhttpd", "www/index.html", "tinyhttpd/README", "tinyhttpd/tinyhttpd.ini"} <= set(files), files
    assert read(configuration(files)) == read(files["tinyhttpd/tinyhttpd.ini"])
    make(t, "uninstall")
    assert not installed(t), installed(t)


@case("what was edited is neither replaced by another make install nor removed by make uninstall")
def _(t):
    make(t, "install")
    edited = editable(installed(t))
    mine = [edit(path) for path in edited]
    said = make(t, "install")
    assert [read(path) for path in edited] == mine
    for path in edited:
        assert f"kept {path}, which was edited" in said, said
    make(t, "uninstall")
    assert sorted(installed(t).values()) == sorted(edited)
    assert [read(path) for path in edited] == mine
    make(t, "install")
    assert [read(path) for path in edited] == mine


@case("what nobody edited is replaced by a newer version")
def _(t):
    make(t, "install")
    files = installed(t)
    now = {path: read(path) for path in editable(files)}
    checksums = files["tinyhttpd/checksums"]
    for path in now:        # as an older version would have installed it
        before = run(t, "cksum", data=read(path)).strip()
        after = run(t, "cksum", data=edit(path)).strip()
        lines = read(checksums)
        assert before + b" " in lines
        with open(checksums, "wb") as f:
            f.write(lines.replace(before + b" ", after + b" "))
    said = make(t, "install")
    assert "kept" not in said, said
    assert {path: read(path) for path in now} == now


main()
