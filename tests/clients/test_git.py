#!/usr/bin/python3
"""git over plain files ("dumb" HTTP)."""

import os

from clients import case, main, need, run


def repository(t):
    """A bare repository with some history, ready to be served."""
    work, bare = t.path("work"), t.path("www/project.git")
    run(t, "git", "init", "-q", "-b", "main", work)
    for i in range(30):
        with open(os.path.join(work, f"file{i % 7}"), "a") as f:
            f.write(f"line {i}\n" * 50)
        commit(t, work, f"commit {i}")
    run(t, "git", "-C", work, "tag", "v1")
    run(t, "git", "clone", "-q", "--bare", work, bare)
    run(t, "git", "-C", bare, "update-server-info")
    return work, bare


def commit(t, work, words):
    run(t, "git", "-C", work, "add", ".")
    run(t, "git", "-C", work, "-c", "user.name=n", "-c", "user.email=e@e.test", "commit", "-q", "-m", words)


def same(t, a, b):
    for what in (("rev-parse", "HEAD"), ("rev-list", "--objects", "--all")):
        assert sorted(run(t, "git", "-C", a, *what).split()) == sorted(run(t, "git", "-C", b, *what).split())


@case("clone of loose objects and of packs, fetch of what came later")
def _(t):
    need("git")
    work, bare = repository(t)
    server = t.server(root=t.path("www"), server="cache_valid = 0")		# a push is fetched at once
    url = f"http://127.0.0.1:{server.port}/project.git"
    run(t, "git", "clone", "-q", url, t.path("copy"))
    run(t, "git", "-C", t.path("copy"), "fsck", "--strict")
    same(t, work, t.path("copy"))

    with open(os.path.join(work, "new"), "wb") as f:
        f.write(os.urandom(300000))
    commit(t, work, "more")
    run(t, "git", "-C", work, "push", "-q", bare, "main")
    run(t, "git", "-C", bare, "repack", "-a", "-d", "-q")
    run(t, "git", "-C", bare, "update-server-info")
    run(t, "git", "-C", t.path("copy"), "pull", "-q", "--ff-only")
    same(t, work, t.path("copy"))
    run(t, "git", "clone", "-q", url, t.path("packed"))
    run(t, "git", "-C", t.path("packed"), "fsck", "--strict")
    same(t, work, t.path("packed"))


@case("a repository that is not there is an error of git's, at once")
def _(t):
    need("git")
    server = t.server(files={"index.html": "x"})
    run(t, "git", "clone", "-q", f"http://127.0.0.1:{server.port}/none.git", t.path("copy"), ok=(128,))


main()
