#!/usr/bin/python3
"""Chromium: a page with everything that pages have, a film that is wound, pages in GBK."""

import base64
import glob
import io
import os
import re
import struct
import wave
import zlib

from browser import open_page
from clients import Skip, case, main, need, read, until
from harness import age
from webm import film, vp8_of

PAGE = """<!doctype html>
<html lang="en">
<head>
<title>A page with everything</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="style.css">
<script src="classic.js"></script>
<script type="module" src="module.mjs"></script>
</head>
<body>
<h1>Grüße, 你好</h1>
<img src="a.png"><img src="b.gif"><img src="c.svg"><img src="d%20e.webp">
<video src="film.webm" preload="metadata" muted><track default kind="captions" srclang="en" src="words.vtt"></video>
<audio src="tone.wav" preload="metadata"></audio>
</body>
</html>
"""
SCRIPTS = {
    "style.css": "@font-face { font-family: Own; src: url(own.ttf); }\nbody { font-family: Own; color: rgb(1, 2, 3); }\n",
    "classic.js": "window.classic = true;\n",
    "module.mjs": """import { seven } from "./more.mjs";
window.module = (async () => [seven, (await (await fetch("data.json")).json()).n,
    (await WebAssembly.instantiateStreaming(fetch("m.wasm"))).instance instanceof WebAssembly.Instance])();
""",
    "more.mjs": "export const seven = 7;\n",
    "data.json": '{"n": 8}\n',
    "m.wasm": b"\0asm\1\0\0\0",
    "words.vtt": "WEBVTT\n\n00:00.000 --> 00:20.000\nwords\n",
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="6" height="7"><rect width="6" height="7"/></svg>'
GIF = b"GIF89a\5\0\4\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\5\0\4\0\0\2\4\x84\x8f\x99\5\0;"
TYPES = {
    "/": (200, "text/html"), "/icon.svg": (200, "image/svg+xml"), "/style.css": (200, "text/css"),
    "/classic.js": (200, "text/javascript"), "/module.mjs": (200, "text/javascript"), "/more.mjs": (200, "text/javascript"),
    "/data.json": (200, "application/json"), "/m.wasm": (200, "application/wasm"), "/own.ttf": (200, "font/ttf"),
    "/a.png": (200, "image/png"), "/b.gif": (200, "image/gif"), "/c.svg": (200, "image/svg+xml"), "/d%20e.webp": (200, "image/webp"),
    "/words.vtt": (200, "text/vtt"), "/film.webm": (206, "video/webm"), "/tone.wav": (206, "audio/wav"),
}
GREY = 12		# from one second of the film to the next
SECONDS = 20


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + b"\x80" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tone(seconds):
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setparams((1, 2, 22050, 0, "NONE", ""))
        w.writeframes(bytes(2 * 22050 * seconds))
    return file.getvalue()


def font():
    found = sorted(glob.glob("/usr/share/fonts/**/*.ttf", recursive=True))
    if not found:
        raise Skip("there is no font below /usr/share/fonts")
    return read(found[0])


def pictures(t):
    """As WebP files: one for each second, each a little lighter than the one before."""
    page = open_page(t)
    urls = page.ask(f"""(() => {{
        const canvas = Object.assign(document.createElement("canvas"), {{ width: 32, height: 32 }});
        const ink = canvas.getContext("2d", {{ alpha: false }});
        return Array.from({{ length: {SECONDS} }}, (_, i) => {{
            ink.fillStyle = `rgb(${{i * {GREY}}}, ${{i * {GREY}}}, ${{i * {GREY}}})`;
            ink.fillRect(0, 0, 32, 32);
            return canvas.toDataURL("image/webp", 0.9);
        }});
    }})()""")
    return [base64.b64decode(url.partition(",")[2]) for url in urls]


GBK = '<meta charset="utf-8"><title>网页</title><p>简体中文，镕</p><a href="%D6%D0%CE%C4.txt">中文</a>'
CONFIG = """
[location gbk]
path = /gbk
charset = gbk
[location film]
path = *.webm
limit_rate = 6m/s
[location tone]
path = *.wav
limit_rate = 6m/s
"""


def site(t):
    need("chromium")
    shots = pictures(t)
    files = {"index.html": PAGE, "icon.svg": SVG, "own.ttf": font(), "a.png": png(3, 2), "b.gif": GIF, "c.svg": SVG,
             "d e.webp": shots[0], "film.webm": film([vp8_of(shot) for shot in shots], 32, 32, 500_000), "tone.wav": tone(240),
             "gbk/index.html": GBK.encode("gbk"), os.fsdecode("gbk/中文.txt".encode("gbk")): "文本".encode("gbk"), **SCRIPTS}
    server = t.server(CONFIG, files=files, access='access.log "%U %>s %{Range}i"')
    age(server.root + "/index.html")
    return server


def asked_behind(server, path, offset):
    """Whether a part of that file was asked for that begins behind offset."""
    lines = (re.fullmatch(r"(\S+) 206 bytes=(\d+)-\d*", line) for line in server.access_lines())
    return any(line and line[1] == path and int(line[2]) > offset for line in lines)


@case("everything of a page loads, with the type that makes it work, and the console is empty")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(f"http://127.0.0.1:{server.port}/")
    assert page.ask("[document.characterSet, document.querySelector('h1').textContent]") == ["UTF-8", "Grüße, 你好"]
    assert page.ask("[...document.images].map(i => i.naturalWidth + 'x' + i.naturalHeight)") == ["3x2", "5x4", "6x7", "32x32"]
    assert page.ask("getComputedStyle(document.body).color") == "rgb(1, 2, 3)"
    assert page.ask("document.fonts.ready.then(() => [...document.fonts].map(f => f.status))") == ["loaded"]
    assert page.ask("document.fonts.check('16px Own')")
    assert page.ask("window.classic") is True and page.ask("window.module") == [7, 8, True]
    assert page.ask("""new Promise(done => {
        const track = document.querySelector("track");
        const look = () => done(track.track.cues.length);
        track.readyState == 2 ? look() : track.addEventListener("load", look);
    })""") == 1
    answers = page.answers(TYPES)
    assert answers == TYPES, {k: v for k, v in answers.items() if TYPES.get(k) != v}
    assert page.complaints() == []


WIND = """new Promise((done, failed) => {
    const media = document.querySelector("%s");
    media.addEventListener("error", () => failed(media.error.message));
    media.addEventListener("seeked", () => done([media.currentTime, media.duration]));
    media.currentTime = %f;
})"""


@case("a film is wound: the picture is that of the moment, and only what belongs to it is asked for")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(f"http://127.0.0.1:{server.port}/")
    assert page.ask(WIND % ("video", 15.5)) == [15.5, SECONDS]
    grey = page.ask("""(() => {
        const ink = new OffscreenCanvas(32, 32).getContext("2d");
        ink.drawImage(document.querySelector("video"), 0, 0);
        return ink.getImageData(16, 16, 1, 1).data[0];
    })()""")
    assert abs(grey - 15 * GREY) < GREY / 2, f"{grey}, the picture of second {grey / GREY:.1f}"
    page.open("about:blank")		# ends what is under way, so that it is in the log
    until("a part of the film", lambda: asked_behind(server, "/film.webm", 7_000_000))


@case("a sound is wound")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(f"http://127.0.0.1:{server.port}/")
    assert page.ask(WIND % ("audio", 200)) == [200, 240]
    page.open("about:blank")
    until("a part of the sound", lambda: asked_behind(server, "/tone.wav", 8_000_000))


# Without a word from the server Chromium guesses, and often well; so the page itself says the wrong thing.
@case("a page in GBK shows what it says, and so does what it leads to")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(f"http://127.0.0.1:{server.port}/gbk/")
    assert page.ask("document.characterSet") == "GBK"
    assert page.ask("[document.title, document.querySelector('p').textContent]") == ["网页", "简体中文，镕"]
    page.follow(lambda: page.ask("document.querySelector('a').click()"))
    assert page.ask("[document.characterSet, document.body.textContent]") == ["GBK", "文本"]


@case("reloading a page that did not change takes a 304")
def _(t):
    server = t.shared(site)
    page = open_page(t)
    page.open(f"http://127.0.0.1:{server.port}/gbk/")
    before = len(server.access_lines())
    page.follow(lambda: page.tell("Page.reload"))
    assert page.ask("document.title") == "网页"
    until("it is asked for again, and has not changed", lambda: "/gbk/ 304 -" in server.access_lines()[before:])


main()
