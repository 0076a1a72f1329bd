#!/usr/bin/python3
"""apt, from a flat repository that is nothing but files."""

import os
import shutil

from clients import LIMIT, Skip, case, main, need, read, run, until
from harness import age


def package(t, name, version):
    folder = t.path("build", name)
    os.makedirs(folder + "/DEBIAN")
    os.makedirs(folder + "/usr/share/" + name)
    with open(folder + "/DEBIAN/control", "w") as f:
        f.write(f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A Test <a@test.invalid>\nDescription: a test\n")
    with open(f"{folder}/usr/share/{name}/data", "wb") as f:
        f.write(os.urandom(200000))
    deb = t.path("www", f"{name}_{version}_all.deb")
    run(t, "dpkg-deb", "--root-owner-group", "-b", folder, deb)
    return deb


def index(t):
    """Writes Packages, by whichever of the two programs is there."""
    www = t.path("www")
    if shutil.which("apt-ftparchive"):
        listing = run(t, "apt-ftparchive", "packages", ".", cwd=www)
    else:
        need("dpkg-scanpackages")
        listing = run(t, "dpkg-scanpackages", "-m", ".", cwd=www)
    with open(www + "/Packages", "wb") as f:
        f.write(listing)
    if shutil.which("apt-ftparchive"):
        release = run(t, "apt-ftparchive", "release", ".", cwd=www)
        with open(www + "/Release", "wb") as f:
            f.write(release)


def configuration(t, url):
    """An apt of its own in this case's folder, which knows this repository only."""
    for folder in ("apt/etc/apt.conf.d", "apt/etc/preferences.d", "apt/etc/trusted.gpg.d", "apt/state/lists/partial",
                   "apt/cache/archives/partial", "apt/log", "apt/etc/sources.list.d"):
        os.makedirs(t.path(folder))
    t.write("apt/state/status", "")
    t.write("apt/etc/sources.list", f"deb [trusted=yes] {url} ./\n")
    return t.write("apt/apt.conf", f"""
Dir "{t.path('apt')}/";
Dir::Etc "{t.path('apt/etc')}/";
Dir::Etc::sourcelist "{t.path('apt/etc/sources.list')}";
Dir::Etc::sourceparts "{t.path('apt/etc/sources.list.d')}";
Dir::Etc::main "none";
Dir::Etc::parts "{t.path('apt/etc/apt.conf.d')}";
Dir::State "{t.path('apt/state')}/";
Dir::State::status "{t.path('apt/state/status')}";
Dir::Cache "{t.path('apt/cache')}/";
Dir::Log "{t.path('apt/log')}/";
APT::Sandbox::User "root";
APT::Get::List-Cleanup "true";
Acquire::http::Proxy "false";
Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "{LIMIT:.0f}";
""")


@case("update, again with nothing new, and download of packages, byte for byte")
def _(t):
    need("apt-get", "dpkg-deb")
    os.makedirs(t.path("www"))
    debs = [package(t, f"tiny{i}", f"1.{i}") for i in range(3)]
    index(t)
    server = t.server(root=t.path("www"))
    config = configuration(t, f"http://127.0.0.1:{server.port}/")
    run(t, "apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any", APT_CONFIG=config)
    first = len(server.access_lines())
    run(t, "apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any", APT_CONFIG=config)
    os.makedirs(t.path("out"))
    run(t, "apt-get", "-q", "download", "tiny0", "tiny1", "tiny2", cwd=t.path("out"), APT_CONFIG=config)
    for deb in debs:
        got = [n for n in os.listdir(t.path("out")) if n.startswith(os.path.basename(deb).split("_")[0] + "_")]
        assert len(got) == 1 and read(t.path("out", got[0])) == read(deb), os.listdir(t.path("out"))
    lines = server.access_lines(first + 3)
    assert any("/./" in line for line in lines), "apt is known to send dot segments"
    if os.path.exists(t.path("www/Release")):
        assert any('Release HTTP/1.1" 304' in line for line in lines[first:]), lines


HELPER = "/usr/lib/apt/apt-helper"


# It asks with If-Range and the time of what it has.
@case("a download that broke off goes on; of a file that changed meanwhile comes the new one, whole")
def _(t):
    if not os.access(HELPER, os.X_OK):
        raise Skip("there is no apt-helper here")
    blob = os.urandom(1_000_000)
    server = t.server(files={"blob": blob}, access='access.log "%s %B %{If-Range}i"')
    age(server.root + "/blob")
    until("a strong entity-tag", lambda: not server.head("/blob")["ETag"].startswith("W/"))
    url = f"http://127.0.0.1:{server.port}/blob"
    config = configuration(t, url)
    out = t.write("out", blob[:400_000])
    shutil.copystat(server.root + "/blob", out)
    run(t, HELPER, "-q", "download-file", url, out, APT_CONFIG=config)
    assert read(out) == blob
    with open(out, "wb") as f:
        f.write(b"of old" * 50_000)
    age(out, seconds=10_000)
    run(t, HELPER, "-q", "download-file", url, out, APT_CONFIG=config)
    assert read(out) == blob
    server.stop()
    lines = [line.split(" ", 2) for line in server.access_lines() if not line.endswith(" -")]
    assert [line[:2] for line in lines] == [["206", "600000"], ["200", "1000000"]], lines


main()
