"""Families: the set of templates decides, never the order; opposite states never meet."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.signature.families import FAMILIES_VERSION, OPEN_VALUES, WILDCARD, Families, Merge
from brainstem.signature.lexicon import is_protected

Tokens = tuple[str, ...]
Entry = tuple[int, Tokens, int]
GROUP = ("acme", "pumpd", 3)


def tokens_of(sentence: str) -> Tokens:
    """Return the tokens of a sentence as `template` does."""
    first, *rest = sentence.split(" ")
    return (first, *(" " + word for word in rest))


def entered(entries: Sequence[Entry]) -> Families:
    """Enter templates in the order given."""
    families = Families()
    for signature, tokens, first_seen in entries:
        families.add(GROUP, signature, tokens, first_seen)
    return families


def partition(families: Families, entries: Sequence[Entry]) -> dict[int, int]:
    """Return the family of every signature."""
    return {signature: families.family_of(GROUP, signature) for signature, _, _ in entries}


def oracle(entries: Sequence[Entry]) -> dict[int, int]:
    """Find the families by the definition: compare every pair, count values, walk the graph."""
    plain = {signature: [token.strip() for token in tokens] for signature, tokens, _ in entries}
    seen = {signature: first_seen for signature, _, first_seen in entries}

    def may_vary(words: list[str], position: int) -> bool:
        fixed = [word for at, word in enumerate(words) if at != position and any(c.isalpha() for c in bare(word))]
        anchor = next((at for at, word in enumerate(words) if word.isalpha()), None)
        if anchor is None:
            anchor = next((at for at, word in enumerate(words) if any(c.isalpha() for c in bare(word))), None)
        enough = len(fixed) >= 2 or (len(fixed) > 0 and 2 * len(fixed) >= len(words))
        return enough and position != anchor and not is_protected(bare(words[position]))

    def bare(word: str) -> str:
        return word.replace("<num>", "").replace("<host>", "")

    def differ_only_at(one: list[str], other: list[str], position: int) -> bool:
        return len(one) == len(other) and all(
            a == b for at, (a, b) in enumerate(zip(one, other, strict=True)) if at != position
        )

    linked: dict[int, set[int]] = {signature: set() for signature in plain}
    for signature, words in plain.items():
        for position in range(len(words)):
            alike = [
                other
                for other in plain
                if differ_only_at(words, plain[other], position) and may_vary(plain[other], position)
            ]
            if len(alike) >= OPEN_VALUES and signature in alike:
                for one, other in combinations(alike, 2):
                    linked[one].add(other)
                    linked[other].add(one)
    found: dict[int, int] = {}
    for signature in plain:
        reached, frontier = {signature}, [signature]
        while frontier:
            for neighbour in linked[frontier.pop()] - reached:
                reached.add(neighbour)
                frontier.append(neighbour)
        found[signature] = min(reached, key=lambda member: (seen[member], member))
    return found


WORDS = st.sampled_from(["pump", "of", "a", "b", "c", "d", "e", "<num>", "<host>", "up", "down", "eth<num>"])
TEMPLATES = st.lists(
    st.one_of(st.tuples(WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS, WORDS)),
    max_size=40,
    unique=True,
)


@st.composite
def entry_lists(draw: st.DrawFn) -> list[Entry]:
    """Draw distinct templates, each with a signature and the slot it was first seen in."""
    templates = draw(TEMPLATES)
    slots = draw(st.lists(st.integers(0, 5), min_size=len(templates), max_size=len(templates)))
    signatures = draw(st.permutations(range(len(templates))))
    return [
        (signature, tokens_of(" ".join(words)), slot)
        for signature, words, slot in zip(signatures, templates, slots, strict=True)
    ]


@given(entry_lists())
def test_families_are_those_of_the_definition(entries: list[Entry]) -> None:
    """The incremental merge agrees with comparing every pair."""
    assert partition(entered(entries), entries) == oracle(entries)


@given(entry_lists(), st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_and_restarts_change_nothing(entries: list[Entry], chance: object, cut: int) -> None:
    """Shuffled, repeated, and cut by a snapshot anywhere, the same set has the same families, templates and snapshot."""
    straight = entered(entries)
    shuffled = [*entries, *entries[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis passes a random.Random
    resumed = Families.restore(entered(shuffled[:cut]).snapshot())
    for signature, tokens, first_seen in shuffled[cut:]:
        resumed.add(GROUP, signature, tokens, first_seen)
    assert partition(resumed, entries) == partition(straight, entries)
    assert resumed.snapshot() == straight.snapshot()
    for family in set(partition(straight, entries).values()):
        assert resumed.template_of(GROUP, family) == straight.template_of(GROUP, family)


@given(entry_lists())
def test_merges_lead_to_the_families(entries: list[Entry]) -> None:
    """Whoever starts with every signature its own family and follows the merges ends up with the families."""
    families = Families()
    alias: dict[int, int] = {}
    for signature, tokens, first_seen in entries:
        alias[signature] = signature
        for merge in families.add(GROUP, signature, tokens, first_seen):
            assert merge.absorbed in alias.values()
            alias = {member: merge.kept if name == merge.absorbed else name for member, name in alias.items()}
    assert alias == partition(families, entries)


@given(entry_lists())
def test_what_may_not_merge_changes_nothing_for_others(entries: list[Entry]) -> None:
    """Where no merge is foreseen there is none, and every signature that was there before keeps its family and template."""
    families = Families()
    for place, (signature, tokens, first_seen) in enumerate(entries):
        before = [entry[0] for entry in entries[:place]]
        named = {member: families.family_of(GROUP, member) for member in before}
        worded = {family: families.template_of(GROUP, family) for family in named.values()}
        may_merge = families.may_merge(GROUP, signature, tokens)
        merges = families.add(GROUP, signature, tokens, first_seen)
        if not may_merge:
            assert not merges
            assert named == {member: families.family_of(GROUP, member) for member in before}
            assert worded == {family: families.template_of(GROUP, family) for family in worded}


@given(entry_lists())
def test_opposite_states_never_meet(entries: list[Entry]) -> None:
    """All members of a family have the same state and cue words at the same positions, and one word in common."""
    families = entered(entries)
    members: dict[int, list[Tokens]] = {}
    for signature, tokens, _ in entries:
        members.setdefault(families.family_of(GROUP, signature), []).append(tokens)
    for family, templates in members.items():
        states = {tuple(token if is_protected(token) else "" for token in tokens) for tokens in templates}
        assert len(states) == 1
        if len(templates) > 1:
            shown = families.template_of(GROUP, family).replace(WILDCARD, "").replace("<num>", "")
            assert any(letter.isalpha() for letter in shown)


def test_four_names_in_one_place_are_one_family() -> None:
    """Three values are three messages; the fourth shows that the place is free."""
    families = Families()
    for slot, name in enumerate(["ann", "bob", "cid"]):
        assert families.add(GROUP, 10 + slot, tokens_of(f"session for {name} begins"), slot) == []
    merges = families.add(GROUP, 5, tokens_of("session for dan begins"), 9)
    assert {merge.absorbed for merge in merges} == {5, 11, 12}
    assert families.family_of(GROUP, 5) == 10
    assert families.template_of(GROUP, 10) == "session for <*> begins"


def test_an_older_member_renames_its_family() -> None:
    """A family is named by its oldest member, also when that one comes late."""
    families = entered(
        [(n, tokens_of(f"session for {name} begins"), 7) for n, name in enumerate(["ann", "bob", "cid", "dan"])]
    )
    assert families.add(GROUP, 9, tokens_of("session for eve begins"), 3) == [Merge(kept=9, absorbed=0)]
    assert families.add(GROUP, 2, tokens_of("session for cid begins"), 1) == [Merge(kept=2, absorbed=9)]
    assert families.add(GROUP, 2, tokens_of("session for cid begins"), 1) == []
    assert families.family_of(GROUP, 0) == 2


def test_groups_do_not_mix() -> None:
    """Messages of one tenant or service never join those of another."""
    families = Families()
    for n, name in enumerate(["ann", "bob", "cid", "dan"]):
        assert families.add(("t", n % 2), n, tokens_of(f"session for {name} begins"), 0) == []
    assert families.family_of(("t", 0), 2) == 2
    assert families.family_of("nowhere", 2) == 2


def test_a_template_of_variables_stays_alone() -> None:
    """A template of one word has nothing that could be free, and a first plain word is never free."""
    entries = [(n, (word,), 0) for n, word in enumerate(["normal", "warm", "cold", "hot", "dry"])]
    assert partition(entered(entries), entries) == {n: n for n in range(5)}
    others = [(n, tokens_of(f"{word} begins"), 0) for n, word in enumerate(["ann", "bob", "cid", "dan", "eve"])]
    assert partition(entered(others), others) == {n: n for n in range(5)}


def test_punctuation_before_a_free_word_counts() -> None:
    """`user=ann` and `user: ann` are not the same place."""
    entries = [
        (n, ("user", f"{gap}{name}"), 0)
        for n, (gap, name) in enumerate([("=", "a"), ("=", "b"), (": ", "c"), (": ", "d")])
    ]
    assert partition(entered(entries), entries) == {n: n for n in range(4)}


def test_a_snapshot_of_another_version_is_refused() -> None:
    """State written by other rules is not read as if by these."""
    assert Families().snapshot()[0] == FAMILIES_VERSION
    with pytest.raises(ValueError, match="version 99"):
        Families.restore((99, ()))
