"""Large buffers of a state, compressed on their way to disk.

Rows have room for much that most families never have, so they shrink to a fraction in less time than writing them takes.
Takes plain values, gives plain values.
"""

from typing import Any, Final

from zstandard import compress, decompress

LEVEL: Final = 1
LARGE_BYTES: Final = 4096
WIDE: Final = 32
"""a tuple of more values than this is a list of many small things, and not looked into"""
_PLAIN: Final = b"\0"
_SLIM: Final = b"\1"


def slim(state: Any) -> Any:
    """Return a state with its buffers marked, and the large ones compressed."""
    if isinstance(state, bytes):
        return _SLIM + compress(state, LEVEL) if len(state) >= LARGE_BYTES else _PLAIN + state
    if isinstance(state, tuple) and len(state) <= WIDE:
        return tuple(slim(each) for each in state)
    return state


def whole(state: Any) -> Any:
    """Return the state that `slim` was given."""
    if isinstance(state, bytes):
        return decompress(state[1:]) if state[:1] == _SLIM else state[1:]
    if isinstance(state, tuple) and len(state) <= WIDE:
        return tuple(whole(each) for each in state)
    return state
