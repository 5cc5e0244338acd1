"""Real bytes made wrong: what a broken disk, a cut connection, a hurried person or a hostile one does to them.

Everything comes from the `Random` that is passed in, so a seed gives the same bytes on every machine.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

SPECIAL: Final = (
    b"\0", b"\n", b"\r\n", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1b[31m", b'"', b"\\", b"{", b"}", b"[" * 600, b"'",
    b"<13>", b"<999>", b"%", b"=", b",", b"|", b"\t", b" " * 300, b"-1", b"0", b"1e25", b"-1e400", b"9" * 30, b"9" * 5000,
    b"18446744073709551616", b"NaN", b"null", b"true", b"\xed\xa0\x80", b"\\ud800", b"2026-13-45T25:61:61Z", b"9999-12-31",
    b"0000-00-00", b"Feb 29 23:59:60", b"/Date(999999999999999999)/", b"\xe2\x80\xae", b"+99:99", b"UTC", b"Europe/Berlin",
    b"kind", b"incident", b"feedback", b"time", b"A" * 5000,
)  # fmt: skip
"""what readers of text, numbers and times are known to trip over"""
BYTES_MOST: Final = 64 << 10
"""of an input, so that thousands are tried in a minute"""


def mutated(random: Random, content: bytes, others: Sequence[bytes] = (), *, changes: int = 6) -> bytes:
    """Return bytes with up to `changes` changes; parts of `others` are put in too."""
    held = bytearray(content)
    for _ in range(random.randint(0, changes)):
        at = random.randint(0, len(held))
        end = min(len(held), at + random.choice((1, 2, 8, 64)))
        kind = random.randrange(7)
        if kind == 0 and held:
            held[min(at, len(held) - 1)] ^= 1 << random.randrange(8)
        elif kind == 1:
            held[at:at] = random.choice(SPECIAL)
        elif kind == 2:
            del held[at:end]
        elif kind == 3:
            held[at:end] = random.randbytes(end - at)
        elif kind == 4:
            held[at:at] = held[at:end] * random.choice((1, 3, 100))
        elif kind == 5 and others:
            other = random.choice(others)
            begin = random.randint(0, len(other))
            held[at:at] = other[begin : begin + random.choice((8, 64, 1024))]
        else:
            held[end:] = held[end:] if random.random() < 0.7 else b""
    return bytes(held[:BYTES_MOST])
