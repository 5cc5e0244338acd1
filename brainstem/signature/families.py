"""Families: signatures whose templates differ in one free word are one kind of message.

Takes templates of one group (tenant, service, token count), gives families and how they grow together. A family is a
connected component: two signatures belong together when at one position at least `OPEN_VALUES` templates differ while all
else is equal. The set of templates decides, never their order. A position that holds a cue or a state word is never free,
so "up" and "down" never meet, and the first plain word of a template is never free, so no family is all wildcard.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from typing import Final, NamedTuple, cast

import numpy as np

from brainstem.arrays.packing import (
    PackedMaps,
    PackedTexts,
    packed,
    packed_maps,
    packed_texts,
    unpacked_maps,
    unpacked_texts,
)
from brainstem.parameters import parameter
from brainstem.signature.lexicon import is_protected
from brainstem.signature.tokenizer.state import MASK_NAMES

FAMILIES_VERSION: Final = 3

OPEN_VALUES: Final = parameter(
    "families.open_values", 4, "number", "so many different words at one position make it free"
)
LEAST_CONSTANT_WORDS: Final = parameter(
    "families.least_constant_words", 2, "words", "so many words must stay fixed, or half of the tokens"
)
CONSTANT_SHARE: Final = parameter(
    "families.constant_share", 2, "parts", "part (1 / n) of the tokens that may stay fixed instead"
)
WILDCARD: Final = "<*>"

_Packed = tuple[int, tuple[Hashable, ...], PackedMaps, PackedMaps, PackedTexts, bytes, bytes, PackedMaps, PackedMaps]

_MASK: Final = "<(?:" + "|".join(MASK_NAMES.values()) + r"|x[0-9a-f]{2})>"
_CORE: Final = re.compile(rf"((?:(?!{_MASK})\W)*)(.*)", re.DOTALL)
_MASKS: Final = re.compile(_MASK)
_ALL_ONES: Final = (1 << 64) - 1

Snapshot = tuple[object, ...]


class Merge(NamedTuple):
    """From now on family `absorbed` is part of family `kept`; both are signatures."""

    kept: int
    absorbed: int


class _Token(NamedTuple):
    gap: str
    whole_hash: int
    gap_hash: int
    is_word: bool
    is_plain: bool
    may_vary: bool


@lru_cache(maxsize=4096)
def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=65536)
def _read_token(token: str) -> _Token:
    match = _CORE.fullmatch(token)
    gap, core = (match[1], match[2]) if match else (token, "")
    plain = _MASKS.sub("", core)
    is_word = any(letter.isalpha() for letter in plain)
    return _Token(gap, _hash(token), _hash(gap), is_word, core.isalpha(), bool(core) and not is_protected(plain))


def _mix(value: int) -> int:
    value = (value ^ value >> 32) * 0xD6E8FEB86659FD93 & _ALL_ONES
    return value ^ value >> 32


def wildcard_keys(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Return (position, key) for every position that may vary; templates equal in all other tokens share the key."""
    read = [_read_token(token) for token in tokens]
    words = sum(token.is_word for token in read)
    anchor = next((position for position, token in enumerate(read) if token.is_plain), -1)
    if anchor < 0:
        anchor = next((position for position, token in enumerate(read) if token.is_word), -1)
    parts = [_mix(token.whole_hash + position & _ALL_ONES) for position, token in enumerate(read)]
    total = sum(parts)
    keys = []
    for position, token in enumerate(read):
        fixed = words - token.is_word
        enough = fixed >= LEAST_CONSTANT_WORDS or (fixed > 0 and CONSTANT_SHARE * fixed >= len(read))
        if token.may_vary and enough and position != anchor:
            hole = _mix(token.gap_hash + position & _ALL_ONES)
            keys.append((position, _mix((total - parts[position] ^ hole) + len(read) & _ALL_ONES)))
    return keys


@dataclass(slots=True)
class _Family:
    """One component: its oldest member names it; all members agree on the tokens that are not wild."""

    first_seen: int
    oldest: int
    text: str
    """its tokens end to end: most families never grow, and an object for each token would be most of their memory"""
    lengths: bytes
    """of the tokens, in characters, 16 bits each"""

    @classmethod
    def of(cls, first_seen: int, oldest: int, tokens: Iterable[str]) -> "_Family":
        family = cls(first_seen, oldest, "", b"")
        family._set(tokens)
        return family

    @property
    def tokens(self) -> list[str]:
        ends = [*accumulate(np.frombuffer(self.lengths, np.uint16).tolist(), initial=0)]
        return [self.text[begin:end] for begin, end in pairwise(ends)]

    def _set(self, tokens: Iterable[str]) -> None:
        tokens = [*tokens]
        self.text, self.lengths = "".join(tokens), packed(np.uint16, [*map(len, tokens)])

    def widen(self, positions: Iterable[int]) -> None:
        """Make positions free; what stood there is forgotten but for the punctuation before it."""
        tokens = self.tokens
        for position in positions:
            if not tokens[position].endswith(WILDCARD):
                tokens[position] = _read_token(tokens[position]).gap + WILDCARD
        self._set(tokens)

    def free(self) -> list[int]:
        return [position for position, token in enumerate(self.tokens) if token.endswith(WILDCARD)]


@dataclass(slots=True)
class _Group:
    """Signatures of one group.

    `parent` is a union-find forest over signatures; `families` holds the roots. `waiting` maps a key to the signatures that
    have it, one or a tuple, until there are `OPEN_VALUES`; `open` then maps it to one of them.
    """

    parent: dict[int, int] = field(default_factory=dict)
    families: dict[int, _Family] = field(default_factory=dict)
    waiting: dict[int, int | tuple[int, ...]] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)

    def root(self, signature: int) -> int:
        while (above := self.parent[signature]) != signature:
            self.parent[signature] = self.parent[above]
            signature = above
        return signature

    def unite(self, one: int, other: int, position: int) -> list[Merge]:
        kept, absorbed = self.root(one), self.root(other)
        family, second = self.families[kept], self.families[absorbed]
        if kept == absorbed:
            family.widen([position])
            return []
        if (second.first_seen, second.oldest) < (family.first_seen, family.oldest):
            kept, absorbed, family, second = absorbed, kept, second, family
        self.parent[absorbed] = kept
        family.widen([position, *second.free()])
        del self.families[absorbed]
        return [Merge(family.oldest, second.oldest)]

    def insert(self, signature: int, tokens: tuple[str, ...], first_seen: int) -> list[Merge]:
        self.parent[signature] = signature
        self.families[signature] = _Family.of(first_seen, signature, tokens)
        merges: list[Merge] = []
        for position, key in wildcard_keys(tokens):
            if key in self.open:
                merges += self.unite(self.open[key], signature, position)
                continue
            held = self.waiting.get(key)
            if held is None:
                self.waiting[key] = signature
                continue
            members = (*(held if isinstance(held, tuple) else (held,)), signature)
            if len(members) < OPEN_VALUES:
                self.waiting[key] = members
                continue
            del self.waiting[key]
            self.open[key] = signature
            # a snapshot keeps the set, not the order of arrival: the merges reported must not tell the two apart
            for member in sorted(members[:-1]):
                merges += self.unite(member, signature, position)
        return merges

    def forget(self, gone: frozenset[int]) -> None:
        """Forget whole families."""
        self.parent = {member: above for member, above in self.parent.items() if member not in gone}
        self.families = {root: family for root, family in self.families.items() if root not in gone}
        self.open = {key: member for key, member in self.open.items() if member not in gone}
        waiting: dict[int, int | tuple[int, ...]] = {}
        for key, held in self.waiting.items():
            if isinstance(held, int):
                if held not in gone:
                    waiting[key] = held
                continue
            left = tuple(member for member in held if member not in gone)
            if left:
                waiting[key] = left[0] if len(left) == 1 else left
        self.waiting = waiting


class Families:
    """The families of all groups.

    Memory of a signature: two 64-bit numbers and one per position that may vary; words are kept once per family.
    """

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    def add(self, group: Hashable, signature: int, tokens: Sequence[str], first_seen: int) -> list[Merge]:
        """Enter a signature of `group` with the tokens of its template; again with an earlier time is allowed.

        `first_seen` is any integer that grows with event time. Gives the merges this causes, in order: the family named by
        `absorbed` is from now on named by `kept`. A family is named by its member with the smallest (first_seen, signature).
        """
        state = self._groups.setdefault(group, _Group())
        if signature not in state.parent:
            return state.insert(signature, tuple(tokens), first_seen)
        family = state.families[state.root(signature)]
        if (first_seen, signature) >= (family.first_seen, family.oldest):
            return []
        before, family.first_seen, family.oldest = family.oldest, first_seen, signature
        return [] if before == signature else [Merge(signature, before)]

    def forget(self, group: Hashable, signatures: Collection[int]) -> None:
        """Forget whole families of a group: all their signatures, and where they differed from others."""
        state, gone = self._groups[group], frozenset(signatures)
        state.forget(gone)
        if not state.parent:
            del self._groups[group]

    def family_of(self, group: Hashable, signature: int) -> int:
        """Return the family of a signature: the signature of its oldest member, itself when it is alone or unknown."""
        state = self._groups.get(group)
        if state is None or signature not in state.parent:
            return signature
        return state.families[state.root(signature)].oldest

    def template_of(self, group: Hashable, family: int) -> str:
        """Return the readable template of a family, with `<*>` where its members differ. KeyError for an unknown one."""
        state = self._groups[group]
        return state.families[state.root(family)].text

    def snapshot(self) -> Snapshot:
        """Return everything as plain values behind a version number; equal sets give equal snapshots, whatever their order.

        Numbers of all groups lie end to end, as there are as many as signatures and words, and an object for each would be
        made at every snapshot.
        """
        groups = sorted(self._groups.items(), key=lambda item: repr(item[0]))
        named = [{root: family.oldest for root, family in state.families.items()} for _, state in groups]
        families = [sorted(state.families.values(), key=attrgetter("oldest")) for _, state in groups]
        everyone = [*chain.from_iterable(families)]
        return (
            FAMILIES_VERSION,
            tuple(group for group, _ in groups),
            packed_maps(
                [
                    # where no two signatures are one family, each goes by its own name
                    {member: names[state.root(member)] for member in list(state.parent)}
                    if len(names) < len(state.parent)
                    else dict(zip(names, names, strict=True))
                    for names, (_, state) in zip(named, groups, strict=True)
                ]
            ),
            packed_maps([{family.oldest: family.first_seen for family in group} for group in families], np.int64),
            packed_texts([family.text for family in everyone]),
            packed(np.uint32, [len(family.lengths) for family in everyone]),
            b"".join([family.lengths for family in everyone]),
            packed_maps([state.waiting for _, state in groups]),
            packed_maps(
                [
                    {key: names[state.root(member)] for key, member in state.open.items()}
                    for names, (_, state) in zip(named, groups, strict=True)
                ]
            ),
        )

    @classmethod
    def restore(cls, snapshot: Snapshot) -> "Families":
        """Build from what `snapshot` gave. Raises ValueError for another version."""
        if snapshot[0] != FAMILIES_VERSION:
            raise ValueError(f"families of version {snapshot[0]!r}; this build reads version {FAMILIES_VERSION}")
        _, groups, parents, first_seen, words, counts, lengths, waiting, opened = cast("_Packed", snapshot)
        ends = np.cumsum(np.frombuffer(counts, np.uint32), dtype=np.int64).tolist()
        told = iter(
            [
                (text, lengths[begin:end])
                for text, (begin, end) in zip(unpacked_texts(words), pairwise([0, *ends]), strict=True)
            ]
        )
        families = cls()
        for group, parent, named, held, free in zip(
            groups,
            unpacked_maps(parents),
            unpacked_maps(first_seen, np.int64),
            unpacked_maps(waiting),
            unpacked_maps(opened),
            strict=True,
        ):
            families._groups[group] = _Group(
                parent=cast("dict[int, int]", parent),
                families={oldest: _Family(cast("int", seen), oldest, *next(told)) for oldest, seen in named.items()},
                waiting=held,
                open=cast("dict[int, int]", free),
            )
        return families
