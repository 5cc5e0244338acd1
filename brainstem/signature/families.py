"""Families: signatures whose templates differ in one free word are one kind of message.

**Problem.** The tokenizer masks what varies by its form. A word that varies looks like any other: "user ann logged in" and
"user bob logged in" have two signatures. Which position varies shows only in many templates, and what is learned from many
must not depend on the order in which they came, or two runs over the same logs would disagree.

**Idea.** A *wildcard key* of a template at a position is a hash of all its tokens but the word at that position (the
punctuation before the word counts). Templates that differ in this one word, and in nothing else, have the same key there.
A key that `OPEN_VALUES` signatures share is *open*: the position varies, and all signatures with that key are one family.
A family is a connected component of signatures under open keys, kept as a union-find forest (`_Group.parent`); its readable
template has `<*>` at the positions of its open keys.

    user ann logged in      at position 1 all four have one key, that of "user _ logged in"; the fourth opens it:
    user bob logged in      Merge(kept, absorbed) comes three times, and the family is "user <*> logged in".
    user eve logged in      At position 2 each has a key of its own, since position 1 differs there.
    user kim logged in

**What may vary.** A word that is no cue, no state (`is_protected`) and no code, so "link up" and "link down" never meet;
not the *anchor*, the first plain word, so no family is all wildcard; and only where enough words stay fixed:
`LEAST_CONSTANT_WORDS`, or one word in `CONSTANT_SHARE` tokens. All of this is read off one template, without the others.

**Why order does not matter.** Whether a key is open depends on how many signatures have it, and components on which keys
are open. The key is a sum over the other positions, so each template takes one pass for all its keys. A family is named by
its member with the smallest (first_seen, signature), so its name may change when an older member comes, but ends the same.

**Traps.** Signatures are compared within one group only: tenant, service and token count (a caller's choice). Whole families
are forgotten, never single members: an open key remembers one member for all. Keys, limits and word lists decide which
families there are, so a change to them raises `FAMILIES_VERSION`; so does the layout of the snapshot. A snapshot holds the
set, not the order of arrival, and merges must be reported alike before and after a restart.
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

FAMILIES_VERSION: Final = 4
"""version of the snapshot, and of the rules by which families form"""

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

_Fields = tuple[int, tuple[Hashable, ...], PackedMaps, PackedMaps, PackedTexts, bytes, bytes, PackedMaps, PackedMaps]

_MASK: Final = "<(?:" + "|".join(MASK_NAMES.values()) + r"|x[0-9a-f]{2})>"
_CORE: Final = re.compile(rf"((?:(?!{_MASK})\W)*)(.*)", re.DOTALL)
_MASKS: Final = re.compile(_MASK)
_ALL_ONES: Final = (1 << 64) - 1

Snapshot = tuple[object, ...]
"""plain values behind the version, see `Families.snapshot`"""


class Merge(NamedTuple):
    """From now on family `absorbed` is part of family `kept`; both are signatures."""

    kept: int
    absorbed: int


class _Token(NamedTuple):
    """One token of a template, taken apart: the punctuation before it, and what its core may do."""

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
def _token_of(token: str) -> _Token:
    match = _CORE.fullmatch(token)
    gap, core = (match[1], match[2]) if match else (token, "")
    plain = _MASKS.sub("", core)
    is_word = any(letter.isalpha() for letter in plain)
    # digits that are not masked are a code, which says a state as state words do
    may_vary = bool(core) and not core[0].isdigit() and not is_protected(plain)
    return _Token(gap, _hash(token), _hash(gap), is_word, core.isalpha(), may_vary)


def _mix(value: int) -> int:
    value = (value ^ value >> 32) * 0xD6E8FEB86659FD93 & _ALL_ONES
    return value ^ value >> 32


def wildcard_keys(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Return (position, key) for every position that may vary; templates equal in all other tokens share the key."""
    parts = [_token_of(token) for token in tokens]
    words = sum(part.is_word for part in parts)
    anchor = next((position for position, part in enumerate(parts) if part.is_plain), -1)
    if anchor < 0:
        anchor = next((position for position, part in enumerate(parts) if part.is_word), -1)
    hashes = [_mix(part.whole_hash + position & _ALL_ONES) for position, part in enumerate(parts)]
    # the hash of all other tokens is the sum less one term, so all keys take one pass
    total = sum(hashes)
    keys = []
    for position, part in enumerate(parts):
        fixed = words - part.is_word
        enough = fixed >= LEAST_CONSTANT_WORDS or (fixed > 0 and CONSTANT_SHARE * fixed >= len(parts))
        if part.may_vary and enough and position != anchor:
            hole = _mix(part.gap_hash + position & _ALL_ONES)
            keys.append((position, _mix((total - hashes[position] ^ hole) + len(parts) & _ALL_ONES)))
    return keys


@lru_cache(maxsize=4096)
def _keys_of(tokens: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return `wildcard_keys`, which are asked for twice; and tenants with the same machines say the same."""
    return wildcard_keys(tokens)


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
        """Make positions free: put `<*>` there, behind the punctuation that stands before the word."""
        tokens = self.tokens
        for position in positions:
            if not tokens[position].endswith(WILDCARD):
                tokens[position] = _token_of(tokens[position]).gap + WILDCARD
        self._set(tokens)

    def free(self) -> list[int]:
        return [position for position, token in enumerate(self.tokens) if token.endswith(WILDCARD)]


@dataclass(slots=True)
class _Group:
    """Signatures of one group.

    `parent` is a union-find forest over signatures: a root is its own parent. `families` maps each root to its family.
    `waiting` maps a wildcard key to the signatures that have it, one or a tuple, until there are `OPEN_VALUES`; `open` then
    maps it to one of them, and the others are in the same family.
    """

    parent: dict[int, int] = field(default_factory=dict)
    families: dict[int, _Family] = field(default_factory=dict)
    waiting: dict[int, int | tuple[int, ...]] = field(default_factory=dict)
    open: dict[int, int] = field(default_factory=dict)

    def root(self, signature: int) -> int:
        # path halving: each step shortens the way for those that come after
        while (parent := self.parent[signature]) != signature:
            self.parent[signature] = self.parent[parent]
            signature = parent
        return signature

    def unite(self, one: int, other: int, position: int) -> list[Merge]:
        kept, absorbed = self.root(one), self.root(other)
        family, second = self.families[kept], self.families[absorbed]
        if kept == absorbed:
            family.widen([position])
            return []
        # the older family keeps its name, whichever of the two was asked for
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
        for position, key in _keys_of(tokens):
            if key in self.open:
                merges += self.unite(self.open[key], signature, position)
                continue
            waiting = self.waiting.get(key)
            if waiting is None:
                self.waiting[key] = signature
                continue
            members = (*(waiting if isinstance(waiting, tuple) else (waiting,)), signature)
            if len(members) < OPEN_VALUES:
                self.waiting[key] = members
                continue
            del self.waiting[key]
            self.open[key] = signature
            # ascending: a snapshot keeps the set, not the order of arrival, and the same merges have to be reported after it
            for member in sorted(members[:-1]):
                merges += self.unite(member, signature, position)
        return merges

    def may_merge(self, signature: int, tokens: tuple[str, ...]) -> bool:
        """Return whether `insert` may unite anything, or the signature is here already."""
        if signature in self.parent:
            return True
        for _, key in _keys_of(tokens):
            waiting = self.waiting.get(key, ())
            if key in self.open or (1 if isinstance(waiting, int) else len(waiting)) + 1 >= OPEN_VALUES:
                return True
        return False

    def forget(self, gone: frozenset[int]) -> None:
        """Forget the signatures of whole families."""
        self.parent = {member: parent for member, parent in self.parent.items() if member not in gone}
        self.families = {root: family for root, family in self.families.items() if root not in gone}
        self.open = {key: member for key, member in self.open.items() if member not in gone}
        waiting: dict[int, int | tuple[int, ...]] = {}
        for key, members in self.waiting.items():
            if isinstance(members, int):
                if members not in gone:
                    waiting[key] = members
                continue
            left = tuple(member for member in members if member not in gone)
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
        """Enter a signature of `group` with the tokens of its template, and return the merges that follow, in order.

        `first_seen` is any integer that grows with event time. A signature may be entered again; an earlier time can rename
        its family. After a merge the family named `absorbed` is named `kept`.
        """
        state = self._groups.setdefault(group, _Group())
        if signature not in state.parent:
            return state.insert(signature, tuple(tokens), first_seen)
        family = state.families[state.root(signature)]
        if (first_seen, signature) >= (family.first_seen, family.oldest):
            return []
        before, family.first_seen, family.oldest = family.oldest, first_seen, signature
        return [] if before == signature else [Merge(signature, before)]

    def may_merge(self, group: Hashable, signature: int, tokens: Sequence[str]) -> bool:
        """Return whether families may merge or be renamed when a signature is entered; where not, `add` returns nothing and
        what is known of other signatures stays as it is.
        """
        state = self._groups.get(group)
        return state is not None and state.may_merge(signature, tuple(tokens))

    def forget(self, group: Hashable, signatures: Collection[int]) -> None:
        """Forget whole families of a group: all their `signatures`. KeyError for an unknown group."""
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
        """Return everything as plain values behind a version number; equal sets have equal snapshots, whatever their order.

        The numbers of all groups are packed end to end: there are as many as signatures and words, and an object for each
        would be made at every snapshot.
        """
        groups = sorted(self._groups.items(), key=lambda item: repr(item[0]))
        names_of_groups = [{root: family.oldest for root, family in state.families.items()} for _, state in groups]
        families = [sorted(state.families.values(), key=attrgetter("oldest")) for _, state in groups]
        all_families = [*chain.from_iterable(families)]
        return (
            FAMILIES_VERSION,
            tuple(group for group, _ in groups),
            packed_maps(
                [
                    # the parent of a member is written as the name of its family, whatever the forest looks like; where
                    # every signature is a family of its own, no root has to be looked for
                    {member: names[state.root(member)] for member in list(state.parent)}
                    if len(names) < len(state.parent)
                    else dict(zip(names, names, strict=True))
                    for names, (_, state) in zip(names_of_groups, groups, strict=True)
                ]
            ),
            packed_maps([{family.oldest: family.first_seen for family in group} for group in families], np.int64),
            packed_texts([family.text for family in all_families]),
            packed(np.uint32, [len(family.lengths) for family in all_families]),
            b"".join([family.lengths for family in all_families]),
            packed_maps([state.waiting for _, state in groups]),
            packed_maps(
                [
                    {key: names[state.root(member)] for key, member in state.open.items()}
                    for names, (_, state) in zip(names_of_groups, groups, strict=True)
                ]
            ),
        )

    @classmethod
    def restore(cls, snapshot: Snapshot) -> "Families":
        """Return the families of a snapshot. Raises ValueError for another version."""
        if snapshot[0] != FAMILIES_VERSION:
            raise ValueError(f"families of version {snapshot[0]!r}; this build reads version {FAMILIES_VERSION}")
        _, groups, parents, first_seen, words, counts, lengths, waiting, opened = cast("_Fields", snapshot)
        ends = np.cumsum(np.frombuffer(counts, np.uint32), dtype=np.int64).tolist()
        texts = iter(
            [
                (text, lengths[begin:end])
                for text, (begin, end) in zip(unpacked_texts(words), pairwise([0, *ends]), strict=True)
            ]
        )
        families = cls()
        for group, parent, starts, waiting_keys, open_keys in zip(
            groups,
            unpacked_maps(parents),
            unpacked_maps(first_seen, np.int64),
            unpacked_maps(waiting),
            unpacked_maps(opened),
            strict=True,
        ):
            families._groups[group] = _Group(
                parent=cast("dict[int, int]", parent),
                families={oldest: _Family(cast("int", seen), oldest, *next(texts)) for oldest, seen in starts.items()},
                waiting=waiting_keys,
                open=cast("dict[int, int]", open_keys),
            )
        return families
