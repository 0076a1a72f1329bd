#!/usr/bin/python3
"""What each method gets, on files, on fixed pages, on * and on nothing."""

from harness import case, main, request


def site(t):
    return t.server("""
        [location fixed]
        path = /fixed
        return = 200 "fixed"
        [location picky]
        path = /picky
        return = 200 "picky"
        methods = GET
        [location form]
        path = /form
        return = 200 "form"
        methods = POST PUT
        """, files={"index.html": "the index", "dir/index.html": "in dir", "empty/": None})


def allowed(response):
    return sorted(m.strip() for m in response["Allow"].split(","))


@case("GET and HEAD of a file: the same fields, and no body for HEAD")
def _(t):
    server = t.shared(site)
    for target in ("/", "/index.html", "/dir", "/none", "/empty/", "/fixed", "/%2f"):
        get, head = server.get(target), server.head(target)
        assert get.status == head.status and not head.body
        fields = [[(n, v) for n, v in r.fields if n != "Date"] for r in (get, head)]
        assert fields[0] == fields[1], fields						# RFC 9110 9.3.2


# RFC 9110 15.5.6: a 405 carries Allow
for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
    @case(f"405: {method} on a file says what is allowed")
    def _(t, method=method):
        server = t.shared(site)
        for target in ("/", "/index.html", "/dir/"):
            response = server.get(target, method=method)
            assert response.status == 405 and allowed(response) == ["GET", "HEAD", "OPTIONS"], response


@case("TRACE never gives back what was sent")
def _(t):
    assert b"secret" not in t.shared(site).get("/", "X: secret", method="TRACE").body


@case("501: a method that is not known at all")							# RFC 9110 9.1
def _(t):
    server = t.shared(site)
    for method in ("BREW", "get", "PROPFIND", "X"):
        response = server.get("/", method=method)
        assert response.status == 501, response


# RFC 9110 9.3.7
@case("OPTIONS of a file and of the server say what is allowed")
def _(t):
    server = t.shared(site)
    for target in ("/", "/index.html", "*"):
        response = server.get(target, method="OPTIONS")
        assert response.status in (200, 204) and not response.body, response
        assert allowed(response)[:3] == ["GET", "HEAD", "OPTIONS"], response


@case("a fixed page answers GET, HEAD and POST")
def _(t):
    server = t.shared(site)
    assert server.get("/fixed").body == b"fixed"
    assert server.get("/fixed", method="POST", body=b"a=b").body == b"fixed"
    assert server.head("/fixed")["Content-Length"] == "5"
    response = server.get("/fixed", method="PUT", body=b"x")
    assert response.status == 405 and {"GET", "HEAD", "POST"} <= set(allowed(response)), response


# tinyhttpd.ini(5): "The methods that are allowed; others get 405."
@case("methods says which ones a location answers")
def _(t):
    server = t.shared(site)
    assert server.get("/picky").body == b"picky"
    response = server.get("/picky", method="POST", body=b"x")
    assert response.status == 405 and "GET" in allowed(response) and "POST" not in allowed(response), response
    assert server.get("/form", method="PUT", body=b"x").body == b"form"
    response = server.get("/form")
    assert response.status == 405 and {"POST", "PUT"} <= set(allowed(response)), response


main()
