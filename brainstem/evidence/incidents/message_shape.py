"""Shapes: what two messages have in common whatever they name, at this tenant or another.

Takes a service and a template; returns hashes that hold no tenant, host, address or number: a word with a mask or a
digit in it may be the name of anything, so it counts as a gap. Of a line of `key=value` pairs, the pairs that name its
service and its message count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

from brainstem.signature.lexicon import is_protected

GAP: Final = "*"
WORDS_LEAST: Final = 4
"""So many plain words must be equal for two messages that differ in one to be alike."""

_NAMES: Final = re.compile(r"<[^<>\s]*>|\d")
_QUOTED: Final = re.compile(r'(?:^|\s)(?:msg|message)="((?:[^"\\]|\\.)*)"')
_SERVICE: Final = re.compile(r"(?:^|\s)(?:service|app|component|program)=([^\s\"]+)")


@dataclass(frozen=True)
class Shape:
    """The shape of a message: its words within its service, names left open; `exact` is its hash.

    Few shapes are ever compared with others, so what a comparison takes is computed when it is asked for.
    """

    exact: int
    service: str
    tokens: tuple[str, ...]

    @cached_property
    def near(self) -> tuple[int, ...]:
        """Return the hashes of the shapes it would have with one word more left open."""
        plain = [place for place, token in enumerate(self.tokens) if token != GAP]
        if len(plain) <= WORDS_LEAST:
            return ()
        # the first plain word says what the message is about
        open_places = [place for place in plain[1:] if not is_protected(self.tokens[place])]
        return tuple(
            _hash(self.service, [*self.tokens[:place], GAP, *self.tokens[place + 1 :]]) for place in open_places
        )

    @property
    def words(self) -> int:
        """Count the plain words of the message."""
        return sum(token != GAP for token in self.tokens)


def shape_of(service: str, template: str) -> Shape:
    """Return the shape of a template within its service."""
    service, message = named_by(service, template)
    tokens = tuple(GAP if _NAMES.search(token) else token for token in message.split())
    return Shape(_hash(service, tokens), service, tokens)


def named_by(service: str, template: str) -> tuple[str, str]:
    """Return service and message as a line of `key=value` pairs names them, else as they are."""
    quoted = _QUOTED.search(template)
    if quoted is None:
        return service, template
    named = _SERVICE.search(template)
    return (named[1] if named else service), quoted[1]


def names(service: str, template: str, asked: str) -> bool:
    """Return whether a message is of a service or names it as a whole word."""
    if not asked:
        return False
    if service.casefold() == asked.casefold():
        return True
    return re.search(rf"(?<![\w-]){re.escape(asked)}(?![\w-])", template, re.IGNORECASE) is not None


def _hash(service: str, tokens: Sequence[str]) -> int:
    spelled = "\0".join((service, *tokens)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(spelled, digest_size=8, person=b"shape-1").digest(), "little")
