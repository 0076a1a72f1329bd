#!/usr/bin/python3
"""The server's own pages in Chromium: listings, errors and the welcome page; on a phone and on a desk, light and dark."""

import json

from browser import open_page
from clients import case, main, need
from harness import SRCDIR, age

SMALL = ["a.txt", "b9.txt", "two words", "50%", "a&b<c>", "#1", "why?", "n" * 200, "n m " * 50 + "!", "中文" * 40,
         "\u202egnp.exe", "project-1.0.0-x86_64.tar.gz"]
DEEP = "a long folder name/" * 8
CONFIG = """
[location welcome]
path = /welcome
root = @/www
strip = yes
[location closed]
path = /closed
listing = off
[location broken]
path = /broken
return = 500
[location busy]
path = /busy
return = 503
[location long]
path = /long
return = 431
"""
PAGES = (("the welcome page", "/welcome/"), ("a listing", "/in/"), ("a listing far down", "/in/" + DEEP),
         ("the listing of an empty folder", "/empty/"), ("the error 404", "/none"), ("the error 403", "/closed/"))
WITHOUT_LINKS = (("the error 431", "/long"), ("the error 500", "/broken"), ("the error 503", "/busy"))


def site(t):
    need("chromium")
    files = {"in/" + name: f"I am {name}" for name in SMALL}
    files.update({"in/Sub/x": "x", "in/" + DEEP + "x": "x", "empty/": None, "closed/": None,
                  "in/.header.html": "<p>Above it.</p>", "in/README.md": "# Title\n\n" + "word " * 200 + "\n" + "w" * 300 + "\n",
                  "in/B10.txt": "larger\n" * 1000})
    root = t.files(files)
    age(f"{root}/in/a.txt", seconds=10 ** 7)
    age(f"{root}/in/b9.txt", seconds=10 ** 6)
    return t.server(CONFIG.replace("@", SRCDIR), root=root, server="listing = on")


def url(server, path):
    return f"http://127.0.0.1:{server.port}{path}"


# What the eye sees: colours as numbers, over what is behind them; and their contrast by WCAG 2.2.
EYES = """
const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function paint(colours) {
    pen.clearRect(0, 0, 1, 1);
    for (const [colour, alpha] of colours) {
        pen.globalAlpha = alpha;
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
function behind(element) {
    const layers = [];
    for (let e = element; e; e = e.parentElement)
        layers.unshift([getComputedStyle(e).backgroundColor, 1]);
    return [["Canvas", 1], ...layers];
}
function luminance(rgb) {
    const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(colour, element, alpha) {
    const ground = behind(element), both = [ground, [...ground, [colour, alpha]]];
    const [dark, light] = both.map(paint).map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}
function opacity(element) {
    return element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
}
"""


def see(page, expression):
    return page.ask("(() => {" + EYES + "return " + expression + "; })()")


FAINT = """(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), faint = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
        const style = getComputedStyle(element);
        if (!words || !element.getClientRects().length)
            continue;
        const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        const ratio = contrast(style.color, element, opacity(element));
        if (ratio < (large ? 3 : 4.5))
            faint.push(words.slice(0, 30) + ": " + ratio.toFixed(2));
    }
    return faint;
})()"""

WIDER = """[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5
    && !e.closest("pre")).map(e => e.tagName + " " + e.textContent.trim().slice(0, 30))"""

SKELETON = """({
    language: document.documentElement.lang,
    title: document.title.trim() != "",
    viewport: document.querySelector("meta[name=viewport]").content,
    headings: document.querySelectorAll("h1").length,
    first: document.querySelector("h1").textContent.trim() != "",
    scripts: document.scripts.length,
    unscoped: document.querySelectorAll("th:not([scope])").length,
    nameless: [...document.links].filter(a => a.textContent.trim() == "").length,
    main: document.querySelectorAll("main").length,
})"""


def check_look(page, width, dark):
    where = f"{width} px, {'dark' if dark else 'light'}"
    page.look(width, dark=dark)
    assert page.ask("[innerWidth, document.documentElement.scrollWidth]") == [width, width], where
    assert page.ask(WIDER) == [], where
    assert see(page, FAINT) == [], where
    ground = see(page, "luminance(paint(behind(document.body)))")
    assert ground < 0.1 if dark else ground > 0.8, (where, ground)


for name, path in PAGES + WITHOUT_LINKS:
    @case(f"{name}: nothing sticks out, everything can be read, on a phone and on a desk, light and dark")
    def _(t, path=path):
        server = t.shared(site)
        page = open_page(t)
        page.look()
        page.open(url(server, path))
        assert page.ask(SKELETON) == {"language": "en", "title": True, "viewport": "width=device-width, initial-scale=1",
                                      "headings": 1, "first": True, "scripts": 0, "unscoped": 0, "nameless": 0, "main": 1}
        for width in (1280, 390):
            for dark in (False, True):
                check_look(page, width, dark)
        # browsers complain about the status itself, and that this site has no icon
        own = (url(server, path), url(server, "/favicon.ico"))
        assert [c for c in page.complaints() if not c.endswith(own)] == []


# Where the focus is, whether one can see it, and what that is.
FOCUSED = """(() => {
    const e = document.activeElement, style = getComputedStyle(e);
    return [[...document.querySelectorAll("*")].indexOf(e), style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 2
            && contrast(style.outlineColor, e, 1) >= 3, e.outerHTML.slice(0, 100)];
})()"""


for name, path in PAGES:
    @case(f"{name}: the keyboard gets everywhere, and shows where it is")
    def _(t, path=path):
        server = t.shared(site)
        page = open_page(t)
        page.open(url(server, path))
        count = page.ask("document.querySelectorAll('a[href], [tabindex]').length")
        assert count > 0
        for dark in (False, True):
            page.look(dark=dark)
            page.open(url(server, path))
            reached = set()
            for _ in range(count):
                page.press("Tab", 9)
                at, visible, element = see(page, FOCUSED)
                assert visible, (dark, element)
                reached.add(at)
            assert len(reached) == count, reached


def rows(page, what):
    """That of each row with a file."""
    return page.ask(f"[...document.querySelectorAll('tbody tr')].filter(r => !r.querySelector('.u, .d')).map(r => {what})")


def sort_by(page, title):
    """Follows the link of that column; how the browser says it is sorted."""
    column = f"[...document.querySelectorAll('thead th')].find(th => th.textContent.startsWith('{title}'))"
    page.follow(lambda: page.ask(f"{column}.querySelector('a').click()"))
    return page.ask(f"{column}.ariaSort")


@case("the titles of a listing sort it, and the other way round the second time")
def _(t):
    page = open_page(t)
    page.open(url(t.shared(site), "/in/"))
    name, size = "r.querySelector('a').textContent", "+r.querySelector('data').value"
    when = "Date.parse(r.querySelector('time').dateTime)"
    by_name = rows(page, name)
    assert [n for n in by_name if n.endswith(".txt")] == ["a.txt", "b9.txt", "B10.txt"], by_name
    assert sort_by(page, "Size") == "descending" and rows(page, size) == sorted(rows(page, size), reverse=True)
    assert sort_by(page, "Size") == "ascending" and rows(page, size) == sorted(rows(page, size))
    assert sort_by(page, "Changed") == "descending" and rows(page, when) == sorted(rows(page, when), reverse=True)
    assert sort_by(page, "Changed") == "ascending" and rows(page, name)[0] == "a.txt"
    assert sort_by(page, "Name") == "ascending" and rows(page, name) == by_name
    assert sort_by(page, "Name") == "descending" and rows(page, name) == by_name[::-1]


@case("every link of a listing leads to its file, whatever its name is")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(url(server, "/in/"))
    links = page.ask("[...document.querySelectorAll('tbody a:not(.u, .d)')].map(a => [a.textContent, a.href])")
    page.open(url(server, "/in/a.txt"))	# a listing itself must fetch nothing
    got = page.ask(f"Promise.all({json.dumps(links)}.map(async ([name, url]) => [name, await (await fetch(url)).text()]))")
    got = {name: text for name, text in got if name in SMALL}
    assert got == {name: f"I am {name}" for name in SMALL}, got


@case("folders are walked down and up again")
def _(t):
    page = open_page(t)
    page.open(url(t.shared(site), "/in/"))
    page.follow(lambda: page.ask("[...document.querySelectorAll('a.d')].find(a => a.textContent == 'Sub/').click()"))
    assert page.ask("document.querySelector('h1').textContent") == "Sub"
    page.follow(lambda: page.ask("document.querySelector('a.u').click()"))
    assert page.ask("[document.querySelector('h1').textContent, location.pathname]") == ["in", "/in/"]
    page.follow(lambda: page.ask("document.querySelector('nav a').click()"))
    assert page.ask("location.pathname") == "/"


main()
