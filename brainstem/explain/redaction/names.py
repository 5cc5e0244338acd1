"""A template without names: what may be given to another customer of what was shown at one, and how two such are compared.

What is no plain word may be the name of anything, and so may the word behind one that announces a name.
"""

import re
from itertools import groupby
from typing import Final

from brainstem.explain.redaction.redact import clean

NAME: Final = "<name>"
TEMPLATE_CHARACTERS: Final = 600
PLAIN_WORDS_LEAST: Final = 3
"""plain words that two templates must share to be taken for the same: fewer say too little"""
_MASK: Final = re.compile(r"<[a-z]+>")
_WORD: Final = re.compile(r"[A-Za-z][a-z]+|[A-Z]{2,12}")
"""a plain word; what has digits, signs or letters of both sizes in it may be a name"""
_BEFORE_NAMES: Final = frozenset(
    (
        *("user", "users", "username", "login", "account", "owner", "for", "by", "from", "to", "host", "hostname"),
        *("client", "customer", "tenant", "member", "author", "sender"),
    )
)
"""words behind which a person, a machine or a customer is named"""


def without_names(template: str, names: frozenset[str] = frozenset()) -> str:
    """Return a template with `<name>` in place of every word that is, or may be, the name of somebody or something.

    `names` are known ones, in small letters.
    """
    kept: list[str] = []
    before = ""
    for word in clean(template, TEMPLATE_CHARACTERS).split():
        bare = word.strip("\"'()[]{},;:.=!?")
        is_mask = bool(_MASK.fullmatch(bare))
        is_plain = bool(_WORD.fullmatch(bare)) and bare.lower() not in names and before not in _BEFORE_NAMES
        kept.append(bare if is_mask or is_plain else NAME)
        before = bare.lower()
    return " ".join(word for word, _ in groupby(kept))


def is_same_shape(shared: str, own: str) -> bool:
    """Return whether a template that was shared may be of the message of another one, both as `without_names` returns them.

    A `<name>` of the shared one stands for one word or more of the other, for names there may be plain words here.
    """
    words = shared.split()
    if sum(not word.startswith("<") for word in words) < PLAIN_WORDS_LEAST:
        return False
    # places of the own words before which everything so far fits
    places = {0}
    held = own.split()
    for word in words:
        if word == NAME:
            first = min(places, default=len(held))
            places = set(range(first + 1, len(held) + 1))
        else:
            places = {place + 1 for place in places if place < len(held) and held[place] == word}
    return len(held) in places
