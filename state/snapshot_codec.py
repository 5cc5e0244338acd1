"""Compression of the large buffers of a snapshot.

Takes and returns plain values. A row has room for much that most families never have, so buffers shrink to a fraction in
less time than writing them takes. Each buffer begins with a byte that says whether the rest is compressed (Zstandard, RFC
8878).
"""

from typing import Any, Final

from zstandard import compress, decompress

LEVEL: Final = 1
LARGE_BYTES: Final = 4096
"""a buffer of fewer bytes stays as it is"""
WIDE: Final = 32
"""a tuple of more values is a list of many small values and not looked into: that would take longer than it saves"""
_PLAIN: Final = b"\0"
_SLIM: Final = b"\1"


def slim(state: Any) -> Any:
    """Return a state with each buffer marked, and the large ones compressed."""
    if isinstance(state, bytes):
        return _SLIM + compress(state, LEVEL) if len(state) >= LARGE_BYTES else _PLAIN + state
    if isinstance(state, tuple) and len(state) <= WIDE:
        return tuple(slim(each) for each in state)
    return state


def whole(state: Any) -> Any:
    """Return the state that `slim` took."""
    if isinstance(state, bytes):
        return decompress(state[1:]) if state[:1] == _SLIM else state[1:]
    if isinstance(state, tuple) and len(state) <= WIDE:
        return tuple(whole(each) for each in state)
    return state
