"""Maps of numbers as a few buffers, for states that hold many of them.

`packed_...` takes dictionaries or sequences and returns buffers, which are made, written and read without an object for each
number; `unpacked_...` returns what was packed. Equal maps make equal buffers, whatever the order in which they were filled,
but for `packed_rows`, which keeps that order. Nothing here carries a version: the snapshot that holds the buffers does.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any, cast

import numpy as np

Held = int | tuple[int, ...]
"""what a key maps to: a number, or several whose order means nothing"""

PackedMaps = tuple[bytes, bytes, bytes, bytes]
"""entries of each map; keys in order; how many numbers each key maps to; these numbers"""


def packed(kind: type[np.generic], numbers: Sequence[int]) -> bytes:
    """Return numbers as a buffer of elements of type `kind`."""
    return np.array(numbers, kind).tobytes()


PackedTexts = tuple[bytes, bytes]
"""how many characters each text has; all of them end to end in UTF-8"""


def packed_texts(texts: Sequence[str]) -> PackedTexts:
    """Return texts as buffers."""
    lengths = np.fromiter(map(len, texts), np.uint32, len(texts))
    return lengths.tobytes(), "".join(texts).encode("utf-8", "surrogatepass")


def unpacked_texts(state: PackedTexts) -> list[str]:
    """Return the texts that `packed_texts` packed."""
    lengths, joined = state
    whole = joined.decode("utf-8", "surrogatepass")
    ends = np.cumsum(np.frombuffer(lengths, np.uint32), dtype=np.int64).tolist()
    return [whole[begin:end] for begin, end in pairwise([0, *ends])]


PackedNames = tuple[tuple[str, ...], bytes, PackedTexts]
"""services, each once; the number of each pair's service; the templates"""


def packed_names(services: Sequence[str], templates: Sequence[str]) -> PackedNames:
    """Return pairs of a service and a template as buffers; there are few services."""
    numbers: dict[str, int] = {}
    codes = np.fromiter((numbers.setdefault(each, len(numbers)) for each in services), np.uint32, len(services))
    return tuple(numbers), codes.tobytes(), packed_texts(templates)


def unpacked_names(state: PackedNames) -> tuple[list[str], list[str]]:
    """Return the services and the templates that `packed_names` packed."""
    services, codes, templates = state
    return [services[code] for code in np.frombuffer(codes, np.uint32).tolist()], unpacked_texts(templates)


def packed_rows(rows: Mapping[int, int]) -> tuple[bytes, bytes]:
    """Return the row of each of many keys of 64 bits as buffers, in the order in which they were entered."""
    return (
        np.fromiter(rows, np.uint64, len(rows)).tobytes(),
        np.fromiter(rows.values(), np.int32, len(rows)).tobytes(),
    )


def unpacked_rows(state: tuple[bytes, bytes]) -> dict[int, int]:
    """Return the rows that `packed_rows` packed, in the same order."""
    keys, rows = (np.frombuffer(each, of).tolist() for each, of in zip(state, (np.uint64, np.int32), strict=True))
    return dict(zip(keys, rows, strict=True))


def packed_maps(maps: Sequence[Mapping[int, Held]], kind: type[np.generic] = np.uint64) -> PackedMaps:
    """Return maps as buffers; keys are unsigned integers of 64 bits, and what they map to has the type `kind` of 64 bits."""
    parts = [_packed_map(each, kind) for each in maps]
    none = (np.zeros(0, np.uint64), np.zeros(0, np.uint32), np.zeros(0, kind))
    keys, counts, numbers = (np.concatenate(each) for each in zip(*(parts or [none]), strict=True))
    sizes = np.fromiter(map(len, maps), np.int64, len(maps))
    return sizes.tobytes(), keys.tobytes(), counts.tobytes(), numbers.tobytes()


def _packed_map(entries: Mapping[int, Held], kind: type[np.generic]) -> tuple[Any, Any, Any]:
    """Return the keys of a map in order, how many numbers each maps to, and these numbers."""
    size = len(entries)
    keys = np.fromiter(entries, np.uint64, size)
    order = np.argsort(keys)
    try:
        # in most maps each key maps to one number, and numpy takes these without a loop of Python
        numbers = np.fromiter(cast("Iterable[int]", entries.values()), kind, size)
    except (TypeError, ValueError):
        held = [each if isinstance(each, tuple) else (each,) for each in entries.values()]
        sorted_held = [held[place] for place in order.tolist()]
        counts = np.fromiter(map(len, sorted_held), np.uint32, size)
        return keys[order], counts, np.array([number for each in sorted_held for number in sorted(each)], kind)
    return keys[order], np.ones(size, np.uint32), numbers[order]


def unpacked_maps(state: PackedMaps, kind: type[np.generic] = np.uint64) -> list[dict[int, Held]]:
    """Return the maps that `packed_maps` packed; several numbers of one key are a tuple in ascending order."""
    kinds: tuple[type[np.generic], ...] = (np.int64, np.uint64, np.uint32, kind)
    sizes, keys, lengths, numbers = (np.frombuffer(each, of).tolist() for each, of in zip(state, kinds, strict=True))
    left = iter(numbers)
    entries = zip(keys, (next(left) if each == 1 else tuple(islice(left, each)) for each in lengths), strict=True)
    return [dict(islice(entries, size)) for size in sizes]
