"""KINDS: the only list of the kinds of evidence, and the tables that are derived from it.

Takes the definition that each kind's file holds as `KIND`; returns names, columns and masks. A new kind is a file with its
definition and weight, its name in the list of its group, and a line in `attention.weigh`. `frequency` and `discounts` are
such groups; a kind that has a package or a file to itself is named here.
"""

from collections.abc import Iterable
from typing import Final

from brainstem.evidence import concentration, cue, discounts, feedback, frequency
from brainstem.evidence.definition import EvidenceKind, Factor
from brainstem.evidence.incidents import precedent, precursor
from brainstem.evidence.numbers import countdown, drift
from brainstem.evidence.self_heal import kind as self_heal
from brainstem.evidence.silence import changed_outcome
from brainstem.evidence.silence import kind as silence

KIND_FILES: Final = (
    *frequency.KIND_FILES,
    *(cue, concentration, self_heal, silence, changed_outcome, countdown, drift, precursor, precedent),
    *discounts.KIND_FILES,
    feedback,
)


def by_number(found: Iterable[EvidenceKind]) -> tuple[EvidenceKind, ...]:
    """Return kinds so that each stands at its number; ValueError where two share a number or one is left out."""
    ordered = tuple(sorted(found, key=lambda kind: kind.number))
    numbers = [kind.number for kind in ordered]
    if numbers != list(range(len(ordered))):
        raise ValueError(f"kinds must be numbered 0, 1, 2 and so on, each once, not {numbers}")
    return ordered


KINDS: Final = by_number(file.KIND for file in KIND_FILES)
"""All kinds, in the order of their numbers: first the keys of promotion, then what only weighs for or against a family."""

KIND_NAMED: Final = {kind.name: kind for kind in KINDS}
KEYS: Final = tuple(kind for kind in KINDS if kind.is_key)
"""The kinds that can be a key of promotion. Their numbers are their bits in a mask and their places here."""
ITEM_KINDS: Final = tuple(kind.name for kind in KINDS if kind.makes_items)
"""The names of the kinds that an item can be of."""

FACTOR_NAMED: Final[dict[str, Factor]] = {factor.name: factor for kind in KINDS for factor in kind.factors}
FACTORS: Final = tuple(sorted(FACTOR_NAMED, key=lambda name: FACTOR_NAMED[name].column))
"""The names of the factors, in the order of the columns of a row of points."""
KIND_OF_FACTOR: Final = {factor.name: kind for kind in KINDS for factor in kind.factors}


def mask_of(*kinds: EvidenceKind) -> int:
    """Return the mask of some kinds."""
    return sum(1 << kind.number for kind in kinds)


# What compiled modules take from here is numbers, names and tuples of these. Machine code on disk is kept by what its module
# names, and a definition spells its functions with their addresses: it would be new in every process.
COLUMNS_OF_KEYS: Final = tuple(tuple(factor.column for factor in kind.factors) for kind in KEYS)
"""The columns of each key's factors, in the order of the bits of a mask."""
KEYS_ALONE: Final = mask_of(*(kind for kind in KEYS if kind.stands_alone))
KEYS_NEWS_EACH_TIME: Final = mask_of(*(kind for kind in KEYS if kind.is_news_each_time))
KEYS_NEEDING_NO_EVENT: Final = mask_of(*(kind for kind in KEYS if kind.needs_no_event))
KEYS_FOLLOWING_BY_THEMSELVES: Final = mask_of(*(kind for kind in KEYS if kind.follows_by_itself))
