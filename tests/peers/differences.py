"""differences - where others answer otherwise than we do, and the reason for our answer.

A reason is one sentence about us; below it stands what differs for it:

    differ(NAME, OURS, {PEER: THEIRS, ...}, QUESTION, ...)

NAME is "answer" (the statuses, and what became of the connection), a field, "content" or "parts" (what came of the
file), or "page" (the type of an error's own page); the values are what answers.py makes of them, "-" where there is
none.  Every("range ") stands for all questions whose names begin with that.  A difference that is not here fails,
and so does a line here that has nothing left to say.
"""

from itertools import chain

# Whose answers these are: Debian 12's.  Another version answers in its own way, and takes no part.
VERSIONS = {"nginx": "1.22", "lighttpd": "1.4.69", "apache": "2.4"}


class Every(str):
    """Stands for the questions whose names begin with it."""


class Accepted:
    """A difference of one peer, in the question of that name or in those that Every stands for."""

    def __init__(self, difference, peer, question):
        self.difference, self.peer, self.question = difference, peer, question
        self.reason, self.used = None, False

    def covers(self, question):
        return question.startswith(self.question) if isinstance(self.question, Every) else question == self.question


ACCEPTED = []


def differ(name, ours, theirs, *questions):
    return [Accepted((name, ours, value), peer, question) for peer, value in theirs.items() for question in questions]


def because(reason, *groups):
    for one in chain(*groups):
        one.reason = reason
        ACCEPTED.append(one)


def explain(question, peer, difference):
    """The reason for it, or None."""
    found = [a for a in ACCEPTED if a.peer == peer and a.difference == difference and a.covers(question)]
    for one in found:
        one.used = True
    return found[0].reason if found else None


def propose(question, peer, difference):
    """The line that would accept it."""
    name, ours, theirs = map(quoted, difference)
    return f"differ({name}, {ours}, {{{quoted(peer)}: {theirs}}}, {quoted(question)})"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# ---------------------------------------------------------------- methods

because("A file can be looked at and nothing else, so a method that is known but not GET, HEAD or OPTIONS is 405 "
        "(RFC 9110 15.5.6), wherever it is sent and whatever else it says.",
        differ("answer", "405 kept", {"lighttpd": "411 closed", "apache": "200 kept"},
               "method POST", "method POST on a folder", "condition If-Modified-Since, its date, POST"),
        differ("answer", "405 kept", {"lighttpd": "501 kept"}, "method PUT", "method DELETE", "method PATCH"),
        differ("answer", "405 kept", {"nginx": "405 closed", "lighttpd": "501 kept", "apache": "200 kept"},
               "method TRACE"),
        differ("answer", "405 kept", {"lighttpd": "200 closed", "apache": "200 kept"},
               "method POST with a body", "body POST with chunks"),
        differ("answer", "405 kept", {"lighttpd": "404 closed"}, "method PUT with a body"),
        differ("answer", "405 kept", {"nginx": "404 kept", "lighttpd": "411 closed", "apache": "404 kept"},
               "method POST on nothing"),
        differ("answer", "405 kept", {"lighttpd": "411 closed", "apache": "412 kept"},
               "condition If-None-Match, POST"),
        differ("answer", "405 kept", {"lighttpd": "411 closed", "apache": "206 kept"}, "range POST"),
        differ("answer", "405 kept", {"lighttpd": "200 kept", "apache": "200 kept"}, "body Content-Length 0"),
        differ("answer", "405 kept", {"lighttpd": "200 closed", "apache": "100 200 kept"},
               "body Expect, with the body"),
        differ("answer", "405 200 kept", {"lighttpd": "200 closed", "apache": "200 200 kept"},
               "pipeline of POST with a body and GET"))

because("A 405 has to say which methods are allowed (RFC 9110 15.5.6): POST does nothing here that GET does not, "
        "and TRACE shows what proxies added for nobody else to see.",
        differ("Allow", "get, head, options", {"nginx": "-"},
               "method POST", "method TRACE", "method POST with a body", "method POST on a folder",
               "condition If-None-Match, POST", "condition If-Modified-Since, its date, POST", "range POST",
               "body Content-Length 0", "body POST with chunks", "body Expect, with the body",
               "pipeline of POST with a body and GET"),
        differ("Allow", "get, head, options", {"nginx": "-", "apache": "get, head, options, post, trace"},
               "method PUT", "method DELETE", "method PATCH", "method PUT with a body"),
        differ("Allow", "get, head, options", {"apache": "get, head, options, post, trace"}, "method CONNECT"))

because("A method that is not known at all is 501, names are compared by case (RFC 9110 9.1, 15.6.2), and since the "
        "request was read whole the connection goes on.",
        differ("answer", "501 kept", {"nginx": "405 kept", "apache": "405 kept"}, "method PROPFIND"),
        differ("answer", "501 kept", {"nginx": "405 kept", "lighttpd": "501 closed", "apache": "501 closed"},
               "method BREW", "method of 300 letters"),
        differ("Allow", "-", {"apache": "get, head, options, post, trace"},
               "method BREW", "method get", "method of 300 letters"),
        differ("answer", "501 kept", {"nginx": "400 closed", "lighttpd": "501 closed", "apache": "501 closed"},
               "method get"))

because("OPTIONS asks what is allowed, of a file or of the server (RFC 9110 9.3.7); that is in Allow and leaves "
        "nothing for a body, so 204.",
        differ("answer", "204 kept", {"nginx": "405 kept", "lighttpd": "200 kept", "apache": "200 kept"},
               "method OPTIONS", "field Access-Control-Request-Method, OPTIONS"),
        differ("answer", "204 kept", {"nginx": "400 closed", "lighttpd": "200 kept", "apache": "200 kept"},
               "method OPTIONS *"))

because("CONNECT is known and makes no tunnel, so 405; the connection ends lest bytes for the tunnel's other end be "
        "read as requests (RFC 9931 8).",
        differ("answer", "405 closed", {"nginx": "400 closed", "lighttpd": "400 closed", "apache": "405 kept"},
               "method CONNECT"))

because("A slash is no byte of a method (RFC 9110 5.6.2), which makes the request line malformed and not the method "
        "unknown.",
        differ("answer", "400 closed", {"lighttpd": "501 closed"}, "method with a slash"))


# ---------------------------------------------------------------- versions

because("A higher minor version is answered as HTTP/1.1 (RFC 9110 2.5).",
        differ("answer", "200 kept", {"lighttpd": "505 closed"}, "version 1.2", "version 1.9"))

because("Another major version than 1 is 505 (RFC 9110 15.6.6): nothing behind it needs to mean what it means in "
        "HTTP/1.",
        differ("answer", "505 closed", {"apache": "200 kept"}, "version 2.0", "version 3.0"),
        differ("answer", "505 closed", {"nginx": "400 closed", "apache": "400 closed"}, "version 0.9"),
        differ("answer", "505", {"nginx": "400", "lighttpd": "no head", "apache": "400"}, "head of HTTP/2"))

because("A version is HTTP/, a digit, a point, a digit, and the end of the line (RFC 9112 2.3): anything else is a "
        "malformed request line, 400, and not a version to be refused.",
        differ("answer", "400 closed", {"nginx": "200 kept"},
               "version malformed, 'HTTP/1.1 '", "version malformed, 'HTTP/1.10'"),
        differ("answer", "400 closed", {"lighttpd": "505 closed"},
               "version malformed, 'HTTP/01.1'", "version malformed, 'HTTP/1'", "version malformed, 'HTTP/x.y'",
               "version malformed, 'HTTP/1,1'"))

because("A request line without a version is malformed (RFC 9112 3), and an answer without a status line would be "
        "taken for anything.",
        differ("answer", "400", {"nginx": "no head", "lighttpd": "nothing", "apache": "no head"},
               "version none, as in 0.9"))

because("Clients of HTTP/1.0 that ask for gzip or for a range can take it: neither field knows of versions (RFC "
        "9110 12.5.3, 14.2).",
        differ("Content-Encoding", "gzip", {"nginx": "-"}, "version 1.0, compressed"),
        differ("answer", "206 closed", {"lighttpd": "200 closed"}, "version 1.0, a range"))

because("The same file has ranges for clients of HTTP/1.0, and says so (RFC 9110 14.3).",
        differ("Accept-Ranges", "bytes", {"lighttpd": "-"},
               "version 1.0", "version 1.0 without Host", "version 1.0, keep-alive", "body Expect, HTTP/1.0",
               "connection 'KEEP-ALIVE', version 1.0", "connection 'x, keep-alive', version 1.0",
               "connection 'keep-alive, close', version 1.0", "connection by Proxy-Connection, version 1.0",
               "pipeline of a version 1.0 and one more"))


# ---------------------------------------------------------------- hosts and absolute targets

because("A Host that is not a name or an address with a port is 400 (RFC 9112 3.2), and so is one that no name in "
        "the DNS can be: nobody could say which site it means.",
        differ("answer", "400 closed", {"nginx": "200 kept"},
               "host 'site.test:abc'", "host 'site.test:99999'", "host 'user@site.test'", "host '[::1'",
               "host 'a,b'", "host 'site%2etest'"))

because("Names with _, or with - in front, are in use and allowed by the grammar (RFC 3986 3.2.2); whether a site "
        "has them is for the table of hosts.",
        differ("answer", "200 kept", {"lighttpd": "400 closed"}, "host 'site_x.test'", "host '-x.test'"))

because("An empty port is one (RFC 3986 3.2.3).",
        differ("answer", "200 kept", {"apache": "400 closed"}, "host 'site.test:'"))

because("More than one Host is 400, also when they are equal (RFC 9112 3.2).",
        differ("answer", "400 closed", {"lighttpd": "200 kept"}, "host twice, equal"))

because("HTTP/1.1 without Host is 400, whatever the form of the target (RFC 9112 3.2).",
        differ("answer", "400 closed", {"lighttpd": "200 kept"}, "absolute-form without Host"))

because("The authority of an absolute target is the one that counts, and Host beside it is ignored (RFC 9112 "
        "3.2.2).",
        differ("answer", "200 kept", {"lighttpd": "400 closed"}, "absolute-form, another Host"))

because("An absolute target without a path asks for / (RFC 9110 4.2.3).",
        differ("answer", "200 kept", {"lighttpd": "400 closed"},
               "absolute-form without a path", "absolute-form with a query only"))

because("A resource of https does not exist on a connection in the clear: 421 (RFC 9110 7.4, 15.5.20).",
        differ("answer", "421 kept", {"nginx": "200 kept", "lighttpd": "200 kept", "apache": "200 kept"},
               "absolute-form, https"))

because("A target of another scheme than http and https is none that an HTTP server has (RFC 9110 4.2).",
        differ("answer", "400 closed", {"nginx": "200 kept"}, "absolute-form, ftp"))

because("An http URI with an empty host is invalid and has to be rejected (RFC 9110 4.2.1).",
        differ("answer", "400 closed", {"apache": "200 kept"}, "absolute-form, no host"))


# ---------------------------------------------------------------- paths

because("Dot segments are removed, those above the root too (RFC 3986 5.2.4), and since the kernel keeps the lookup "
        "beneath the root there is nothing to be refused: what is left exists or not.",
        differ("answer", "200 kept", {"nginx": "400 closed", "apache": "400 closed"},
               "path /../small.txt", "path /.."),
        differ("answer", "404 kept", {"nginx": "400 closed", "apache": "400 closed"},
               "path /../../outside.txt", "path /dir/../../outside.txt", "path /%2e%2e/outside.txt",
               "path /dir/%2E%2e/%2E./outside.txt"))

because("An encoded slash never separates segments (RFC 3986 2.2), and no file has a slash in its name: 404.",
        differ("answer", "404 kept", {"nginx": "200 kept", "lighttpd": "200 kept"},
               "path /dir%2ffile.txt", "path /dir%2Ffile.txt"),
        differ("answer", "404 kept", {"nginx": "400 closed"}, "path /..%2foutside.txt"))

because("A file is no folder, so nothing lies beneath it.",
        differ("answer", "404 kept", {"lighttpd": "200 kept"}, "path /small.txt/", "path /small.txt/x"))

because("A fragment is no part of a request target (RFC 9112 3.2, RFC 3986 3.5): the line is malformed.",
        differ("answer", "400 closed", {"nginx": "200 kept", "lighttpd": "200 kept"},
               "path /small.txt#part", "path /small.txt?x#part"))

because("A byte that no URI can hold makes the request line malformed (RFC 9112 3.2), since two readers can take it "
        "for two targets; whoever means it sends it encoded.",
        differ("answer", "400 closed", {"nginx": "200 kept", "lighttpd": "200 kept", "apache": "200 kept"},
               "path /back\\slash.txt"),
        differ("answer", "400 closed", {"nginx": "404 kept", "lighttpd": "404 kept", "apache": "404 kept"},
               "path with <", "path with quotes"),
        differ("answer", "400 closed", {"lighttpd": "200 kept"}, "path with a raw blank"))

because("A target begins with a slash (RFC 9112 3.2.1).",
        differ("answer", "400 closed", {"apache": "200 kept"}, "path ?x"))

because("An encoded control byte is in no name that somebody meant to publish, and breaks logs and fields of "
        "whatever handles it next: 400, whether there is such a file or not.",
        differ("answer", "400 closed", {"apache": "404 kept"},
               "path /small.txt%00", "path /small.txt%00.html", "path /%00"),
        differ("answer", "400 closed", {"nginx": "404 kept", "apache": "404 kept"},
               "path /small.txt%0a", "path /small.txt%0d%0aX:y", "path /small.txt%7f"))

because("A % without two hexadecimal digits behind it is malformed (RFC 3986 2.1), not a name to look for.",
        differ("answer", "400 closed", {"lighttpd": "404 kept"},
               "path /small%zztxt", "path /small.txt%", "path /small.txt%2", "path /%u0073mall.txt"))

because("A name is bytes, in whatever encoding the site's owner writes: none above 0x7F is refused.",
        differ("answer", "200 kept", {"lighttpd": "400 closed"}, "path /latin%FC.txt", "path in Latin-1, raw"),
        differ("answer", "404 kept", {"lighttpd": "400 closed"}, "path /%ff%fe"))

because("The query says nothing to a file, and is not read where one answers.",
        differ("answer", "200 kept", {"lighttpd": "400 closed"}, "path /small.txt?a=b&c=%00"))

because("What is longer than any name of a file is not there: 404.",
        differ("answer", "404 kept", {"apache": "403 kept"}, "path of 300 bytes", "path of 5000 bytes"))

because("A target that is too long is 414 (RFC 9110 15.5.15); 431 is about fields.",
        differ("answer", "414 closed", {"lighttpd": "431 closed"}, "path of 9000 bytes"))

because("A folder without an index is there and not shown: 403 (tinyhttpd.ini(5), index).",
        differ("answer", "403 kept", {"apache": "404 kept"}, "path /bare/"))

because("A colon in a path needs no encoding (RFC 3986 3.3).",
        differ("Location", "/a:b/", {"lighttpd": "/a%3Ab/"}, "path /a:b"))


# ---------------------------------------------------------------- files

because("Names with a dot in front and back-ups of editors are not served, and 404 does not even say that they are "
        "there (tinyhttpd.ini(5), hidden).",
        differ("answer", "404 kept", {"nginx": "200 kept", "lighttpd": "200 kept", "apache": "200 kept"},
               "file .secret", "file .git/config", "file page.html~"),
        differ("answer", "404 kept", {"nginx": "403 kept", "lighttpd": "403 kept"}, "file .git/"),
        differ("answer", "404 kept", {"nginx": "301 kept", "lighttpd": "301 kept", "apache": "301 kept"},
               "file .git"))

because("A link that leads out of the root, or an absolute one, is not followed (tinyhttpd.ini(5), symlinks).",
        differ("answer", "404 kept", {"nginx": "200 kept", "lighttpd": "200 kept", "apache": "200 kept"},
               "file up.txt", "file absolute.txt"))

because("A link that leads nowhere is the name of nothing: 404.",
        differ("answer", "404 kept", {"apache": "403 kept"}, "file nowhere.txt"),
        differ("answer", "404 kept", {"nginx": "403 kept", "lighttpd": "500 kept", "apache": "403 kept"},
               "file loop.txt"))

because("Only regular files are served; for the web another kind is not there.",
        differ("answer", "404 kept", {"nginx": "500 closed", "lighttpd": "403 kept", "apache": "403 kept"},
               "file socket"))

because("A folder that must not be read is 403 with and without its slash; a redirect to a refusal helps nobody.",
        differ("answer", "403 kept", {"lighttpd": "301 kept", "apache": "301 kept"}, "file private"))

because("The type is the registered one (of RFC 9239 for scripts, 7763 for Markdown, 7111 for CSV, 6713 for gzip), "
        "where the list that comes with nginx has another or none; and what is text may come compressed.",
        differ("Content-Type", "text/javascript; charset=utf-8", {"nginx": "application/javascript"},
               "type script.js", "coding gzip of /script.js"),
        differ("Content-Type", "text/javascript; charset=utf-8", {"nginx": "application/octet-stream"},
               "type module.mjs"),
        differ("Vary", "accept-encoding", {"nginx": "-"}, "type module.mjs", "type notes.md", "type table.csv"),
        differ("Content-Type", "application/xml", {"nginx": "text/xml; charset=utf-8"},
               "type feed.xml", "coding gzip of /feed.xml"),
        differ("Content-Type", "text/markdown; charset=utf-8", {"nginx": "application/octet-stream"},
               "type notes.md"),
        differ("Content-Type", "text/csv; charset=utf-8", {"nginx": "application/octet-stream"}, "type table.csv"),
        differ("Content-Type", "application/manifest+json", {"nginx": "application/octet-stream"},
               "type app.webmanifest"),
        differ("Content-Type", "image/vnd.microsoft.icon", {"nginx": "image/x-icon"}, "type favicon.ico"),
        differ("Content-Type", "application/gzip", {"nginx": "application/octet-stream"},
               "type archive.tar.gz", "coding gzip of /archive.tar.gz"))

because("A file of unknown type is labelled as such, so that browsers save it and do not guess (RFC 9110 8.3; "
        "tinyhttpd.ini(5), default_type).",
        differ("Content-Type", "application/octet-stream", {"apache": "-"},
               "type name.zzz", "type name", "coding gzip of /name"))


# ---------------------------------------------------------------- conditions

because("If-Match and If-Unmodified-Since hold for every method and come first (RFC 9110 13.1.1, 13.1.4, 13.2.2); "
        "and the request was read whole, so its connection goes on.",
        differ("answer", "412 kept", {"nginx": "412 closed", "lighttpd": "200 kept"},
               "condition If-Match, weak", "condition If-Match, another", "condition If-Match, another, HEAD",
               "condition If-Match without quotes", "condition If-Unmodified-Since, before",
               "condition If-Unmodified-Since, RFC 850, before", "condition If-Unmodified-Since, asctime, before",
               "condition If-Unmodified-Since, before, HEAD"),
        differ("answer", "412 kept", {"nginx": "412 closed", "lighttpd": "304 kept"},
               "condition precedence: If-Match fails, If-None-Match holds",
               "condition precedence: If-Unmodified-Since fails, If-None-Match its tag",
               "condition precedence: If-Unmodified-Since fails, If-Modified-Since holds"),
        differ("answer", "412 kept", {"nginx": "412 closed", "lighttpd": "206 kept"},
               "condition precedence: If-Match another, with a range"))

REFUSED = (
    "condition If-Match, weak", "condition If-Match, another", "condition If-Match, another, HEAD",
    "condition If-Match without quotes", "condition If-Unmodified-Since, before",
    "condition If-Unmodified-Since, RFC 850, before", "condition If-Unmodified-Since, asctime, before",
    "condition If-Unmodified-Since, before, HEAD", "condition precedence: If-Match fails, If-None-Match holds",
    "condition precedence: If-Unmodified-Since fails, If-None-Match its tag",
    "condition precedence: If-Unmodified-Since fails, If-Modified-Since holds",
    "condition precedence: If-Match another, with a range")

because("A 412 is a page about the condition: its type is that of the page, and fields of the file would be taken "
        "for the page's.",
        differ("Accept-Ranges", "-", {"apache": "bytes"}, *REFUSED),
        differ("ETag", "-", {"apache": "strong"}, *REFUSED),
        differ("Last-Modified", "-", {"apache": "Sun, 02 Feb 2020 02:02:02 GMT"}, *REFUSED),
        differ("page", "text/html; charset=utf-8", {"apache": "text/plain; charset=utf-8"}, *REFUSED))

because("The lines of a field that is a list are one list (RFC 9110 5.3).",
        differ("answer", "304 kept", {"nginx": "400 closed", "lighttpd": "200 kept"},
               "condition If-None-Match, two lines, it in the second"))

because("A list that is malformed (RFC 9110 8.8.3, 13.1.2) matches nothing: a 200 too many costs bytes, a 304 too "
        "many shows an old page.",
        differ("answer", "200 kept", {"nginx": "304 kept", "lighttpd": "304 kept"},
               "condition If-None-Match, a comma within another tag"),
        differ("answer", "200 kept", {"lighttpd": "304 kept"}, "condition If-None-Match, * in a list"))

because("The compressed page is another representation and has a tag of its own (RFC 9110 8.8.3.3): it matches "
        "itself, and never the plain page.",
        differ("answer", "304 kept", {"apache": "200 kept"}, "condition If-None-Match on a compressed page"),
        differ("answer", "200 kept", {"nginx": "304 kept", "lighttpd": "304 kept", "apache": "304 kept"},
               "condition If-None-Match, tag of the plain page, compressed"),
        differ("answer", "200 kept", {"nginx": "304 kept"},
               "condition If-None-Match, tag of the compressed page, plain"),
        differ("answer", "200 kept", {"nginx": "412 closed", "apache": "412 kept"},
               "condition If-Match, its tag, compressed"))

because("A file is unmodified since every date that is not before its own, equal or later, in the future too (RFC "
        "9110 13.1.3).",
        differ("answer", "304 kept", {"nginx": "200 kept"},
               "condition If-Modified-Since, after", "condition If-Modified-Since, a leap second"),
        differ("answer", "304 kept", {"nginx": "200 kept", "apache": "200 kept"},
               "condition If-Modified-Since, future"))

because("What is not one of the three forms of a date is ignored (RFC 9110 5.6.7, 13.1.3, 13.1.4), and a part of it "
        "does not count.",
        differ("answer", "200 kept", {"apache": "304 kept"}, "condition If-Modified-Since, another zone"),
        differ("answer", "200 kept", {"nginx": "304 kept", "apache": "304 kept"},
               "condition If-Modified-Since, UTC", "condition If-Modified-Since, with a length"),
        differ("answer", "200 kept", {"nginx": "304 kept"}, "condition If-Modified-Since, no zone"),
        differ("answer", "200 kept", {"lighttpd": "304 kept"}, "condition If-Modified-Since, 31 February"),
        differ("answer", "200 kept", {"nginx": "412 closed"}, "condition If-Unmodified-Since, not a date"))

because("A date said twice is no date, and is ignored (RFC 9110 13.1.3).",
        differ("answer", "200 kept", {"nginx": "400 closed", "lighttpd": "400 closed", "apache": "304 kept"},
               "condition If-Modified-Since twice"))

because("With If-None-Match the date is ignored, and with If-Match the other one (RFC 9110 13.1.3, 13.1.4).",
        differ("answer", "304 kept", {"nginx": "200 kept", "apache": "200 kept"},
               "condition precedence: tag the same, date before"),
        differ("answer", "200 kept", {"nginx": "412 closed", "apache": "412 kept"},
               "condition precedence: If-Match holds, If-Unmodified-Since does not"))

because("A 304 has what the 200 would have of Vary (RFC 9110 15.4.5).",
        differ("Vary", "accept-encoding", {"nginx": "-"}, "condition If-None-Match on a compressed page"),
        differ("Vary", "accept-encoding", {"nginx": "-", "lighttpd": "-", "apache": "-"},
               "condition If-Modified-Since, compressed"))

because("A 304 has the fields that caches update by, not those of the content they have (RFC 9110 15.4.5).",
        differ("Content-Type", "-", {"lighttpd": "text/plain; charset=utf-8"},
               "condition If-None-Match, its tag", "condition If-None-Match, its tag, HEAD",
               "condition If-None-Match, its tag, weak", "condition If-None-Match, *",
               "condition If-None-Match, a list with it last", "condition If-None-Match, a list without blanks",
               "condition If-Modified-Since, its date", "condition If-Modified-Since, after",
               "condition If-Modified-Since, RFC 850", "condition If-Modified-Since, asctime",
               "condition If-Modified-Since, wrong weekday", "condition If-Modified-Since, future",
               "condition If-Modified-Since, a leap second", "condition If-Modified-Since, its date, HEAD",
               "condition precedence: tag the same, date before",
               "condition precedence: If-Match and If-None-Match, both its tag",
               "condition precedence: If-None-Match its tag, with a range", "pipeline of a range and a condition"),
        differ("Content-Type", "-", {"lighttpd": "text/html; charset=utf-8"},
               "condition If-None-Match on a folder", "condition If-None-Match on a compressed page",
               "condition If-Modified-Since, compressed"))

because("A 304 and a 206 say that the file has ranges as the 200 does (RFC 9110 14.3).",
        differ("Accept-Ranges", "bytes", {"nginx": "-"},
               Every("range "), "version 1.0, a range", "condition precedence: If-Match its tag, with a range"),
        differ("Accept-Ranges", "bytes", {"nginx": "-", "lighttpd": "-"},
               "condition If-None-Match, its tag", "condition If-None-Match, its tag, HEAD",
               "condition If-None-Match, its tag, weak", "condition If-None-Match, *",
               "condition If-None-Match, a list with it last", "condition If-None-Match, a list without blanks",
               "condition If-None-Match on a folder", "condition If-Modified-Since, its date",
               "condition If-Modified-Since, RFC 850", "condition If-Modified-Since, asctime",
               "condition If-Modified-Since, wrong weekday", "condition If-Modified-Since, its date, HEAD",
               "condition precedence: If-Match and If-None-Match, both its tag",
               "condition precedence: If-None-Match its tag, with a range", "pipeline of a range and a condition"),
        differ("Accept-Ranges", "bytes", {"lighttpd": "-"},
               "condition If-Modified-Since, after", "condition If-Modified-Since, future",
               "condition If-Modified-Since, a leap second", "condition precedence: tag the same, date before"))


# ---------------------------------------------------------------- ranges

because("Range is defined for GET only (RFC 9110 14.2).",
        differ("answer", "200 kept", {"nginx": "206 kept", "apache": "206 kept"},
               "range HEAD", "range HEAD, several"),
        differ("answer", "200 kept", {"nginx": "416 kept", "apache": "416 kept"}, "range HEAD, unsatisfiable"))

because("A Range with anything malformed in it is ignored as a whole (RFC 9110 14.2): 416 is for what is well "
        "formed and not there.",
        differ("answer", "200 kept", {"nginx": "416 kept", "lighttpd": "416 kept"},
               "range 9-5", "range 0-4;6-8", "range x-y", "range -", "range --5", "range 0x1-4"),
        differ("answer", "200 kept", {"nginx": "206 kept", "lighttpd": "206 kept"},
               "range 0-4,9-5", "range blank before -", "range blank behind -"),
        differ("answer", "200 kept", {"nginx": "416 kept", "lighttpd": "206 kept"}, "range +1-4"),
        differ("answer", "200 kept", {"lighttpd": "416 kept"}, "range empty"))

because("Range has one line (RFC 9110 14.2): of two nobody can say which is meant.",
        differ("answer", "200 kept", {"nginx": "206 kept", "lighttpd": "206 kept"},
               "range twice, equal", "range twice, different"))

because("More than 64 ranges, or ranges that add up to more than the file, cost more than the file does, so that is "
        "sent (RFC 9110 14.2).",
        differ("answer", "200 kept", {"nginx": "206 kept", "lighttpd": "206 kept"}, "range of 300 parts"),
        differ("answer", "200 kept", {"lighttpd": "206 kept", "apache": "206 kept"}, "range of 200 times all"))

because("A list can have blanks around its commas and empty elements (RFC 9110 5.6.1).",
        differ("answer", "206 kept", {"nginx": "416 kept"}, "range 0-4,", "range 0-4,,6-8"),
        differ("answer", "206 kept", {"nginx": "416 kept", "apache": "200 kept"}, "range ,0-4"),
        differ("answer", "206 kept", {"apache": "200 kept"}, "range blank behind a comma", "range blank behind ="))

because("A position behind the end means the end, however many digits it has (RFC 9110 14.1.2).",
        differ("answer", "206 kept", {"nginx": "416 kept", "lighttpd": "416 kept", "apache": "200 kept"},
               "range 0-18446744073709551615", "range 0-99999999999999999999", "range -99999999999999999999"))

because("Ranges that overlap, or lie closer together than the head of a part is long, are one (RFC 9110 15.3.7.2), "
        "and up to 64 are honoured.",
        differ("parts", "0-8/20 as text/plain; charset=utf-8, 9 bytes 3d48471a", {
               "nginx": "0-4/20, 6-8/20 as text/plain; charset=utf-8, 8 bytes 664f48d2",
               "apache": "0-4/20, 6-8/20 as text/plain; charset=utf-8, 8 bytes 664f48d2"},
               "range 0-4,6-8", "range If-Range, its tag, several"),
        differ("parts", "0-19/20 as text/plain; charset=utf-8, 20 bytes 993adcd6", {
               "nginx": "0-4/20, 10-19/20 as text/plain; charset=utf-8, 15 bytes 54bc8fa3",
               "apache": "0-4/20, 10-19/20 as text/plain; charset=utf-8, 15 bytes 54bc8fa3"},
               "range 0-4,10-"),
        differ("parts", "0-19/20 as text/plain; charset=utf-8, 20 bytes 993adcd6", {
               "nginx": "0-4/20, 17-19/20 as text/plain; charset=utf-8, 8 bytes 9cc9f7ba",
               "apache": "0-4/20, 17-19/20 as text/plain; charset=utf-8, 8 bytes 9cc9f7ba"},
               "range 0-4,-3"),
        differ("parts", "0-19/20 as text/plain; charset=utf-8, 20 bytes 993adcd6", {
               "nginx": "17-19/20, 0-4/20 as text/plain; charset=utf-8, 8 bytes 946c0258",
               "apache": "17-19/20, 0-4/20 as text/plain; charset=utf-8, 8 bytes 946c0258"},
               "range -3,0-4"),
        differ("parts", "0-14/20 as text/plain; charset=utf-8, 15 bytes d82f41df", {
               "nginx": "0-9/20, 5-14/20 as text/plain; charset=utf-8, 20 bytes 45202cfd"},
               "range 0-9,5-14"),
        differ("parts", "0-9/20 as text/plain; charset=utf-8, 10 bytes 7b94fc32", {
               "nginx": "0-4/20, 5-9/20 as text/plain; charset=utf-8, 10 bytes 7b94fc32"},
               "range 0-4,5-9"),
        differ("parts", "0-4/20 as text/plain; charset=utf-8, 5 bytes 43c2dc42", {
               "nginx": "0-4/20, 0-4/20 as text/plain; charset=utf-8, 10 bytes 2462da0f"},
               "range 0-4,0-4"),
        differ("answer", "206 kept", {"nginx": "200 kept"}, "range 0-,0-", "range 0-19,5-9"),
        differ("parts", "0-8/20 as text/plain; charset=utf-8, 9 bytes 3d48471a", {
               "apache": "0-4/20, 6-8/20 as text/plain; charset=utf-8, 8 bytes 664f48d2"},
               "range 0-4,,6-8"),
        differ("parts", "0-10/20 as text/plain; charset=utf-8, 11 bytes 2a40edb6", {
               "nginx": "0-0/20 ... 6 parts as text/plain; charset=utf-8, 6 bytes 9f7da6ea",
               "apache": "0-0/20 ... 6 parts as text/plain; charset=utf-8, 6 bytes 9f7da6ea"},
               "range 0-0,2-2,4-4,6-6,8-8,10-10"),
        differ("parts", "0-8/20 as text/plain; charset=utf-8, 9 bytes 3d48471a", {
               "nginx": "0-4/20, 6-8/20 as text/plain; charset=utf-8, 8 bytes 664f48d2"},
               "range blank behind a comma"),
        differ("parts", "0-118/20000 as image/jpeg, 119 bytes 82983043", {
               "nginx": "0-0/20000 ... 60 parts as image/jpeg, 60 bytes a8ca2213",
               "lighttpd": "0-18/20000 as image/jpeg, 19 bytes 1364dba3",
               "apache": "0-0/20000 ... 60 parts as image/jpeg, 60 bytes a8ca2213"},
               "range of 60 parts"),
        differ("parts", "0-109/5000 as text/html; charset=utf-8, 110 bytes a09e4f84", {
               "nginx": "0-9/5000, 100-109/5000 as text/html; charset=utf-8, 20 bytes dc510d6d",
               "lighttpd": "0-9/5000, 100-109/5000 as text/html; charset=utf-8, 20 bytes dc510d6d",
               "apache": "0-9/5000, 100-109/5000 as text/html; charset=utf-8, 20 bytes dc510d6d"},
               "range several, of a page"))

because("A range that is well formed and behind the end, or the last 0 bytes, is 416 (RFC 9110 14.1.2, 15.5.17).",
        differ("answer", "416 kept", {"apache": "200 kept"}, "range -0", "range 18446744073709551616-"))

because("A 416 says how long the file is (RFC 9110 15.5.17).",
        differ("Content-Range", "bytes */20", {"lighttpd": "-", "apache": "-"},
               "range 20-", "range 20-30", "range 20-30,40-50", "range If-Range, its tag, unsatisfiable"),
        differ("Content-Range", "bytes */20", {"lighttpd": "-"}, "range -0", "range 18446744073709551616-"))

because("Of an empty file no part can be named, and the whole is as short (RFC 9110 14.2 allows to ignore Range).",
        differ("answer", "200 kept", {"nginx": "416 kept"}, "range 5-9 of an empty file"))

because("What is compressed while it is sent has no bytes yet to be counted, so it has no ranges and does not offer "
        "them (RFC 9110 14.2, 14.3).",
        differ("Accept-Ranges", "-", {"apache": "bytes"},
               "version 1.0, compressed", "condition If-Modified-Since, compressed", "coding gzip",
               "coding gzip;q=0.001", "coding gzip;q=1.000", "coding identity;q=0, gzip",
               "coding gzip, identity;q=0", "coding *;q=0, gzip", "coding GZIP", "coding gzip, deflate, br, zstd",
               "coding deflate, gzip", "coding gzip,,", "coding in two lines", "coding HEAD",
               "coding gzip of /long.txt", "coding gzip of /style.css", "coding gzip of /script.js",
               "coding gzip of /data.json", "coding gzip of /picture.svg", "coding gzip of /feed.xml",
               "coding gzip of /"),
        differ("answer", "200 kept", {"apache": "206 kept"},
               "range of a page, compressed", "range of a page, compressed, its compressed tag",
               "range several, of a page, compressed"),
        differ("answer", "200 kept", {"apache": "416 kept"}, "range of a page, compressed, unsatisfiable"))

because("All three forms of a date are accepted in If-Range as elsewhere (RFC 9110 5.6.7, 13.1.5).",
        differ("answer", "206 kept", {"lighttpd": "200 kept"}, "range If-Range, its date, RFC 850"))

because("An If-Range without a validator matches nothing, so the whole is sent (RFC 9110 13.1.5).",
        differ("answer", "200 kept", {"lighttpd": "206 kept"}, "range If-Range, empty"))


# ---------------------------------------------------------------- codings

because("Whether a file is compressed is for Accept-Encoding to say, so Vary says so also where the answer came "
        "plain (RFC 9110 12.5.5): a cache would give it to everybody.",
        differ("Vary", "accept-encoding", {"lighttpd": "-"},
               "path /dir/..", "path /..", "path /", "path /?q", "path /index.html", "type index.html",
               "type long.txt", "type style.css", "type script.js", "type module.mjs", "type data.json",
               "type feed.xml", "type picture.svg", "type app.wasm", "type notes.md", "type table.csv",
               "condition If-None-Match, tag of the compressed page, plain", "range several, of a page",
               "coding identity", "coding *", "coding *;q=0", "coding identity;q=0", "coding GZIP", "coding br",
               "coding deflate", "coding compress", "coding gzipx", "coding xgzip", "coding \"gzip\"", "coding ;q=1",
               "coding empty", "coding absent", "coding HEAD"))

because("A file of less than 1 KiB fits a packet as it is (tinyhttpd.ini(5), min_size) and is the same for "
        "everybody, so without Vary; Apache has no such limit.",
        differ("Vary", "-", {"apache": "accept-encoding"}, "type old.htm", "coding gzip of /edge.txt"),
        differ("Content-Encoding", "-", {"apache": "gzip"}, "coding gzip of /edge.txt"))

because("q=0 refuses a coding, and among those that are accepted the weights decide (RFC 9110 12.4.2, 12.5.3); what "
        "is said last of one holds.",
        differ("Content-Encoding", "-", {"lighttpd": "gzip"},
               "coding gzip;q=0", "coding gzip;q=0.0", "coding gzip;q=0, *", "coding gzip;q=0, identity;q=0",
               "coding gzip; q=0", "coding gzip ;q=0"),
        differ("Content-Encoding", "-", {"nginx": "gzip", "lighttpd": "gzip", "apache": "gzip"},
               "coding gzip;q=0.5, identity", "coding gzip;q=0.5, identity;q=0.6",
               "coding identity;q=0.5, gzip;q=0.4", "coding refused in the second line"),
        differ("Content-Encoding", "-", {"lighttpd": "gzip", "apache": "gzip"}, "coding gzip;Q=0"))

because("An element that is malformed, or whose weight is, accepts nothing: the plain page is understood by "
        "everybody.",
        differ("Content-Encoding", "-", {"lighttpd": "gzip", "apache": "gzip"},
               "coding gzip;q=2", "coding gzip;q=x", "coding gzip;q=", "coding gzip;q=0.0001", "coding gzip;x=y;q=0",
               "coding gzip gzip"),
        differ("Content-Encoding", "-", {"nginx": "gzip", "lighttpd": "gzip", "apache": "gzip"}, "coding gzip;"))

because("* stands for gzip too (RFC 9110 12.5.3).",
        differ("Content-Encoding", "gzip", {"nginx": "-", "lighttpd": "-", "apache": "-"}, "coding *"))

because("x-gzip is another name of gzip (RFC 9110 8.4.1.3), and the answer has the registered one.",
        differ("Content-Encoding", "gzip", {"nginx": "-", "lighttpd": "x-gzip", "apache": "-"}, "coding x-gzip"))

because("Codings are compared in any case (RFC 9110 8.4.1).",
        differ("Content-Encoding", "gzip", {"lighttpd": "-"}, "coding GZIP"))

because("HEAD has the fields that GET would have (RFC 9110 9.3.2).",
        differ("Content-Encoding", "gzip", {"lighttpd": "-"}, "coding HEAD"))

because("A list can have empty elements, and its lines are one (RFC 9110 5.3, 5.6.1).",
        differ("Content-Encoding", "gzip", {"apache": "-"}, "coding , gzip"),
        differ("Content-Encoding", "gzip", {"nginx": "-"}, "coding in two lines"))

because("The same file gives the same compressed bytes each time, so that their tag is strong, and another than the "
        "file's (RFC 9110 8.8.1).",
        differ("ETag", "strong", {"nginx": "weak"},
               "range of a page, compressed", "range of a page, compressed, unsatisfiable",
               "range of a page, compressed, its compressed tag", "range several, of a page, compressed",
               "coding gzip", "coding gzip;q=0.001", "coding gzip;q=1.000", "coding identity;q=0, gzip",
               "coding gzip, identity;q=0", "coding *;q=0, gzip", "coding GZIP", "coding gzip, deflate, br, zstd",
               "coding deflate, gzip", "coding , gzip", "coding gzip,,", "coding HEAD", "coding gzip of /long.txt",
               "coding gzip of /style.css", "coding gzip of /script.js", "coding gzip of /data.json",
               "coding gzip of /picture.svg", "coding gzip of /feed.xml", "coding gzip of /"))


# ---------------------------------------------------------------- bodies

because("A body that nobody wants is read to its end, and the connection goes on (RFC 9112 9.3).",
        differ("answer", "200 kept", {"lighttpd": "200 closed"},
               "body HEAD with Content-Length", "body GET with Content-Length", "body GET with chunks",
               "body chunks in capitals", "body chunks with an extension", "body chunks with a trailer",
               "body chunks with leading zeros"),
        differ("answer", "200 200 kept", {"lighttpd": "200 closed"},
               "pipeline of GET with a body and GET", "pipeline of GET with chunks and GET"))

because("A chunk that is not exactly of the form of RFC 9112 7.1 is 400, also where its size does not fit a number: "
        "whoever reads it in another way would see other requests behind it.",
        differ("answer", "400", {"lighttpd": "200"},
               "body chunk size not hexadecimal", "body chunk size empty", "body chunk size negative",
               "body chunk size with 0x", "body chunk size with +", "body chunk size with a blank before",
               "body chunk data longer than said", "body chunk data without CRLF"),
        differ("answer", "400", {"lighttpd": "200", "apache": "413"}, "body chunk size too large for 64 bits"),
        differ("answer", "400", {"nginx": "200", "lighttpd": "200", "apache": "200"},
               "body chunk size with a blank behind"),
        differ("answer", "400", {"nginx": "200", "lighttpd": "200"},
               "body chunk size line with bare LF", "body chunk data ends in bare LF"))

because("Content-Length beside Transfer-Encoding, and Transfer-Encoding in HTTP/1.0, are how requests are smuggled "
        "(RFC 9112 6.1, 11.2): 400.",
        differ("answer", "400 closed", {"apache": "200 closed"},
               "body Content-Length and chunks", "body chunks and Content-Length", "body chunks in HTTP/1.0"))

because("Codings whose last is not chunked leave the length unknown, which is 400 (RFC 9112 6.3); and chunked is "
        "only taken as that one word, said once, for what is written in any other way is read in two.",
        differ("answer", "400 closed", {"nginx": "501 closed", "lighttpd": "501 closed"},
               "body Transfer-Encoding chunked, gzip", "body Transfer-Encoding gzip",
               "body Transfer-Encoding identity", "body Transfer-Encoding xchunked",
               "body Transfer-Encoding chunked;x=y", "body Transfer-Encoding \"chunked\"",
               "body Transfer-Encoding chunked,"),
        differ("answer", "400 closed", {"nginx": "501 closed", "lighttpd": "501 closed", "apache": "200 kept"},
               "body Transfer-Encoding chunked, chunked", "body Transfer-Encoding ,chunked"),
        differ("answer", "400 closed", {"nginx": "501 closed", "lighttpd": "200 400 closed"},
               "body Transfer-Encoding empty"),
        differ("answer", "400 closed", {"lighttpd": "200 closed", "apache": "200 kept"},
               "body Transfer-Encoding twice"),
        differ("answer", "400 closed", {"nginx": "501 closed"}, "body Transfer-Encoding with VT"))

because("A transfer coding below chunked that is not known is 501 (RFC 9112 6.1).",
        differ("answer", "501 closed", {"apache": "200 kept"}, "body Transfer-Encoding gzip, chunked"))

because("An empty Content-Length is none that is valid (RFC 9112 6.3).",
        differ("answer", "400", {"lighttpd": "200"}, "body Content-Length empty"))

because("A body that announces more than body_size is 413 (RFC 9110 15.5.14), in chunks too, and also where nobody "
        "wants it.",
        differ("answer", "413", {"nginx": "200", "lighttpd": "200", "apache": "400"},
               "body chunk larger than allowed"))

because("A request that was not whole when its client ended was given up, and nothing is answered (RFC 9112 8).",
        differ("answer", "nothing", {"nginx": "405", "lighttpd": "200", "apache": "400"}, "body shorter than said"),
        differ("answer", "nothing", {"apache": "400"}, "head that ends early"))

because("100 Continue is for a client that holds its body back: none is sent where there is no body, or it has come "
        "(RFC 9110 10.1.1).",
        differ("answer", "200 kept", {"nginx": "100 200 kept", "apache": "200 closed"},
               "body Expect, GET without a body"),
        differ("answer", "200 kept", {"nginx": "100 200 kept", "lighttpd": "200 closed", "apache": "100 200 kept"},
               "body Expect, GET with a body"))

because("An expectation that cannot be met is 417 (RFC 9110 10.1.1).",
        differ("answer", "417 closed", {"nginx": "200 kept", "lighttpd": "200 kept"}, "body Expect, unknown"))


# ---------------------------------------------------------------- heads

because("A folded line is 400 (RFC 9112 5.2).",
        differ("answer", "400 closed", {"lighttpd": "200 kept", "apache": "200 kept"},
               "head folded", "head folded with a tab"),
        differ("answer", "400 closed", {"lighttpd": "501 closed", "apache": "200 kept"},
               "head folded Transfer-Encoding"))

because("A field is a token, a colon and a value without control bytes (RFC 9112 5, RFC 9110 5.5): anything else is "
        "400, for it may be read in two ways.",
        differ("answer", "400 closed", {"nginx": "200 kept"},
               "head a line without a colon", "head a name with brackets", "head a name with an umlaut",
               "head a value with a control byte", "head a value with DEL"))

because("A line ends in CRLF, and a lone LF or CR ends none (RFC 9112 2.2 lets us choose for LF): where recipients "
        "differ on that, requests are smuggled.",
        differ("answer", "400", {"nginx": "200"}, "head lines with bare LF", "head one field with bare LF"),
        differ("answer", "400", {"lighttpd": "nothing", "apache": "nothing"}, "head lines with bare CR"),
        differ("answer", "400", {"nginx": "200", "lighttpd": "200"}, "head ends in bare LF"),
        differ("answer", "400 closed", {"nginx": "200 kept"}, "head behind a bare LF"))

because("One empty line in front of a request is passed over (RFC 9112 2.2), more than one is no client's mistake.",
        differ("answer", "200 kept", {"lighttpd": "400 closed"}, "head behind an empty line"),
        differ("answer", "400 closed", {"nginx": "200 kept", "apache": "200 kept"}, "head behind three empty lines"))

because("A request line has one blank on each side of its target and none before its method (RFC 9112 3): 400, and "
        "not an unknown method or a strange path.",
        differ("answer", "400", {"lighttpd": "501"}, "head behind a blank", "head behind NUL"),
        differ("answer", "400 closed", {"nginx": "200 kept"}, "head two blanks behind the method"),
        differ("answer", "400 closed", {"nginx": "200 kept", "lighttpd": "404 kept"},
               "head two blanks before the version"))

because("More than 100 fields, or 16 KiB of them, are 431 (RFC 6585 5; tinyhttpd.ini(5), head_fields and "
        "head_size).",
        differ("answer", "431 closed", {"nginx": "400 closed", "apache": "400 closed"},
               "head a field of 20000 bytes", "head a field of 70000 bytes"),
        differ("answer", "431 closed", {"nginx": "200 kept", "lighttpd": "200 kept", "apache": "400 closed"},
               "head 150 fields"))

because("What is no HTTP at all is told so: whoever chose the wrong port sees that there is a server.",
        differ("answer", "400", {"apache": "nothing"}, "head of TLS"))


# ---------------------------------------------------------------- connections

because("Connection is a list of tokens (RFC 9110 7.6.1): closed is another than close, and two words without a "
        "comma are none.",
        differ("answer", "200 kept", {"nginx": "200 closed"}, "connection 'closed'"),
        differ("answer", "200 kept", {"nginx": "200 closed", "lighttpd": "200 closed", "apache": "200 closed"},
               "connection 'close close'"))


# ---------------------------------------------------------------- pages

because("The pages of the server are HTML in UTF-8 and say so; those of redirects too.",
        differ("page", "text/html; charset=utf-8", {"nginx": "text/html"}, Every("")),
        differ("page", "text/html; charset=utf-8", {"lighttpd": "text/html"}, Every("")),
        differ("page", "text/html; charset=utf-8", {"lighttpd": "-"}, Every("")),
        differ("page", "text/html; charset=utf-8", {"apache": "text/html; charset=iso-8859-1"}, Every("")))
