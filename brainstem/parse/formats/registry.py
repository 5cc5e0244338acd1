"""All formats by their number, and what code branches on as arrays that are indexed by the numbers of a batch."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools
from brainstem.parse.formats import fielded, json, syslog, text
from brainstem.parse.formats.definition import Format


def by_number(found: Iterable[Format]) -> tuple[Format, ...]:
    """Return formats so that each stands at its number; ValueError where two share a number or one is left out."""
    ordered = tuple(sorted(found, key=lambda entry: entry.number))
    numbers = [entry.number for entry in ordered]
    if numbers != list(range(len(ordered))):
        raise ValueError(f"formats must be numbered 0, 1, 2 and so on, each once, not {numbers}")
    return ordered


FORMATS: Final = by_number(file.FORMAT for group in (text, syslog, json, fielded) for file in group.FORMAT_FILES)
"""the format with number n is `FORMATS[n]`"""

GIVEN_FORMATS: Final = {entry.name: entry.number for entry in FORMATS if entry.can_be_given}
"""the numbers of the formats that a source can be said to be of, by name"""

IS_JSON: Final[Bools] = np.array([entry.is_json for entry in FORMATS])
LEVEL_FIRST: Final[Bools] = np.array([entry.level_first for entry in FORMATS])
HAS_PAIRS: Final[Bools] = np.array([entry.has_pairs for entry in FORMATS])
