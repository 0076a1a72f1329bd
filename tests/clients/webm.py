"""webm - a small film that can be wound: VP8 pictures, one a second, each in a cluster of its own, with cues.

What a WebP file holds is a VP8 key frame; so the pictures are those of a canvas, saved as image/webp, and no
encoder is needed.  Behind each is padding, which a decoder never looks at, so that what comes late in time
lies far away in bytes.
"""

import struct


def element(number, *content):
    """Its identity, its length in eight bytes and its content; a number is written in eight bytes too (RFC 8794)."""
    data = b"".join(struct.pack(">Q", c) if isinstance(c, int) else c for c in content)
    return bytes.fromhex(number) + struct.pack(">Q", len(data) | 1 << 56) + data


def vp8_of(webp):
    """The key frame in a WebP file (RFC 9649 2.3 to 2.7): the content of its chunk of that name."""
    assert webp[:4] == b"RIFF" and webp[8:12] == b"WEBP", webp[:16]
    at = 12
    while webp[at:at + 4] != b"VP8 ":
        size, = struct.unpack("<I", webp[at + 4:at + 8])	# fails where there is none
        at += 8 + size + size % 2
    size, = struct.unpack("<I", webp[at + 4:at + 8])
    return webp[at + 8:at + 8 + size]


def cues_to(positions):
    points = [element("bb", element("b3", 1000 * second), element("b7", element("f7", 1), element("f1", position)))
              for second, position in enumerate(positions)]
    return element("1c53bb6b", *points)


def film(frames, width, height, padding):
    """The bytes of the film.  Its elements are those of RFC 9559 that WebM knows."""
    head = element("1a45dfa3", element("4286", 1), element("42f7", 1), element("42f2", 4), element("42f3", 8), element("4282", b"webm"),
                   element("4287", 2), element("4285", 2))
    info = element("1549a966", element("2ad7b1", 1_000_000), element("4489", struct.pack(">d", 1000.0 * len(frames))),
                   element("4d80", b"test"), element("5741", b"test"))
    track = element("ae", element("d7", 1), element("73c5", 1), element("83", 1), element("9c", 0), element("86", b"V_VP8"),
                    element("e0", element("b0", width), element("ba", height)))
    tracks = element("1654ae6b", track)
    block = b"\x81\0\0\x80"		# of track 1, at the cluster's own time, a key frame
    clusters = [element("1f43b675", element("e7", 1000 * second), element("a3", block + frame + bytes(padding)))
                for second, frame in enumerate(frames)]
    at = len(info) + len(tracks) + len(cues_to(range(len(frames))))
    positions = []
    for cluster in clusters:
        positions.append(at)
        at += len(cluster)
    return head + element("18538067", info, tracks, cues_to(positions), *clusters)
