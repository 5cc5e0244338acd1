"""Pairs in quotes between commas, one record a line.

`"date=2022-02-04","time=10:00:00","subtype=vpn"` is how FortiGate, FortiAnalyzer and FortiGate Cloud write logs that
are downloaded. Takes the text of one line, returns its pairs as flat fields, None for another text.
"""

from typing import Final

from brainstem.parse.fields.table import cells_of, unquoted
from brainstem.parse.formats.definition import Fields

_LEAST_PAIRS: Final = 3


def pair_fields(text: str) -> Fields | None:
    """Return the pairs of one line by their keys."""
    if not text.startswith('"'):
        return None
    cells = [unquoted(cell) for cell in cells_of(text, ",") or () if cell]
    pairs = [cell.partition("=") for cell in cells]
    if len(pairs) < _LEAST_PAIRS or not all(equals and key.isidentifier() for key, equals, _ in pairs):
        return None
    return {key: value.strip('"') for key, _, value in pairs}
