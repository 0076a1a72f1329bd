#!/usr/bin/python3
"""The server's own pages without any style: lynx, as somebody sees them over ssh."""

from clients import case, main, need, run


def dump(t, server, path, option="-nolist"):
    need("lynx")
    # 1: the answer was an error
    return run(t, "lynx", "-cfg=/dev/null", "-lss=/dev/null", "-display_charset=utf-8", "-dump", "-width=80", option,
               f"http://127.0.0.1:{server.port}{path}", ok=(0, 1)).decode()


def site(t):
    files = {"in/a.txt": "a", "in/large.iso": bytes(3_000_000), "in/two words & more.txt": "x" * 2000, "in/größe 中文": "", "in/sub/x": "x",
             "in/README": "What this\nis about.\n", "closed/": None}
    return t.server("[location closed]\npath = /closed\nlisting = off\n[location busy]\npath = /busy\nreturn = 503", files=files,
                    server="listing = on")


@case("a listing: a line for each entry with its size and time, in columns")
def _(t):
    lines = dump(t, t.shared(site), "/in/").splitlines()
    at = next(i for i, line in enumerate(lines) if "Folder above" in line)
    assert lines[at - 1].split() == ["Name", "↑", "Size", "Changed"], lines
    wanted = (("sub/", ""), ("a.txt", "1 byte"), ("größe 中文", "0 bytes"), ("large.iso", "2.9 MiB"), ("README", "20 bytes"),
              ("two words & more.txt", "2.0 KiB"))
    begin = lines[at].index("Folder")
    for line, (name, size) in zip(lines[at + 1:], wanted):
        assert line[begin:].startswith(name + " "), lines		# one below the other
        rest = line[begin + len(name):].split()
        assert " ".join(rest[:-2]) == size and rest[-2].count("-") == 2 and rest[-1].count(":") == 1, lines
    text = "\n".join(lines)
    assert "1 folder, 5 files, 2.9 MiB" in text and "What this\nis about." in text


@case("a listing: its links lead on")
def _(t):
    server = t.shared(site)
    links = dump(t, server, "/in/", "-listonly").split()
    for name in ("sub/", "a.txt", "?format=json"):
        assert f"http://127.0.0.1:{server.port}/in/{name}" in links, links


@case("errors: the number, its name, and what it means")
def _(t):
    server = t.shared(site)
    for path, number, name, words in (("/none", "404", "Not Found", "There is no page at this address."),
                                      ("/closed/", "403", "Forbidden", "You are not allowed to see this page."),
                                      ("/busy", "503", "Service Unavailable", "This site is busy")):
        text = dump(t, server, path)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        assert lines[:2] == [number, name] and lines[2].startswith(words), text
        assert "{" not in text and ";" not in text, "the style is shown as text"


main()
