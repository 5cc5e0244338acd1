"""Names of stored files: whose rows a file holds, of which days, and which of a writer's sequence numbers.

```text
arrived/WRITER-SEQUENCE.parquet                          what one snapshot of a writer held, all tenants
arrived/WRITER-FIRST-LAST.ROUND.parquet                  several of these joined
tenant=NAME/FIRSTDAY_LASTDAY_WRITER-SEQUENCE.parquet     one tenant that had much to say, of one snapshot
tenant=NAME/FIRSTDAY_LASTDAY_WRITER-FIRST-LAST.ROUND.parquet   one tenant, of many snapshots
tenant=NAME/FIRSTDAY_LASTDAY_WRITER-FIRST-LAST.ROUND.forgotten   counts of events of it whose raw lines are not kept
tenant=NAME/FIRSTDAY_LASTDAY_WRITER-FIRST-LAST.ROUND.places      and where these lines stood
```

WRITER is the prefix of the store and the number of the writer, such as `ev-0`; NAME is encoded (`path_names`). The days are
the first and the last UTC day of the rows inside, so that a reader chooses files by their names. ROUND tells how often rows
of the file were joined, and keeps names apart. A file that is not published yet has an underline in front and another
ending, so that no reader takes it for one of the store.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from state.store import path_names

ARRIVED: Final = "arrived"
"""the folder of files with rows of all tenants"""
ROLLUPS: Final = "rollups"
"""the folder beside the stores of what is known of their files (`state.store.rollups`)"""
PUBLISHED_ENDING: Final = ".parquet"
STAGED_ENDING: Final = ".parquet.staged"
"""of files that a snapshot will publish"""
FORGOTTEN_ENDING: Final = ".forgotten"
"""of counts of events whose raw lines are not kept; Parquet, with columns of their own, so no reader of events finds them"""
PLACES_ENDING: Final = ".places"
"""of where in their sources such lines stood; Parquet likewise"""
ENDINGS: Final = (PUBLISHED_ENDING, FORGOTTEN_ENDING, PLACES_ENDING)
"""of all files that a store holds"""
ASIDE: Final = ".joined"
"""behind the ending of files that will take the place of others"""

_TENANT: Final = "tenant="
_DAY: Final = r"-?\d{4,}-\d\d-\d\d"
_NAME: Final = re.compile(rf"(?:({_DAY})_({_DAY})_)?(.+)-(\d{{10}})(?:-(\d{{10}})\.(\d+))?")


class FileName(NamedTuple):
    """What the name of a published file says. `writer` has no number of a sequence; days are days since the epoch, UTC."""

    writer: str
    first: int
    last: int
    days: tuple[int, int] | None = None
    """first and last; None in a file of all tenants"""
    round: int = 0
    """0 for a file that a snapshot wrote"""

    def __str__(self) -> str:
        days = "".join(f"{np.datetime64(day, 'D')}_" for day in self.days or ())
        joined = f"-{self.last:010d}.{self.round}" if self.round else ""
        return f"{days}{self.writer}-{self.first:010d}{joined}{PUBLISHED_ENDING}"


def parse(name: str) -> FileName | None:
    """Return what a file's name says, staged or published; None for a name that is none of these."""
    name = name.removeprefix("_").removesuffix(STAGED_ENDING)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    first_day, last_day, writer, first, last, joined = found.groups()
    days = (day_of(first_day), day_of(last_day)) if first_day else None
    return FileName(writer, int(first), int(last or first), days, int(joined or 0))


def day_of(text: str) -> int:
    """Return a date as days since the epoch."""
    return int(np.datetime64(text, "D").astype(np.int64))


def staged(path: Path) -> Path:
    """Return the name under which a file waits for its snapshot."""
    return path.with_name(f"_{path.name.removesuffix(PUBLISHED_ENDING)}{STAGED_ENDING}")


def published(path: Path) -> Path:
    """Return the name that a staged file gets."""
    return path.with_name(path.name.removeprefix("_").removesuffix(STAGED_ENDING) + PUBLISHED_ENDING)


def with_ending(path: Path, ending: str) -> Path:
    """Return the name that a published file would have with another of the endings."""
    return path.with_name(path.name.removesuffix(PUBLISHED_ENDING) + ending)


def tenant_folder(tenant: str) -> str:
    """Return the name of a tenant's folder."""
    return f"{_TENANT}{path_names.encode(tenant)}"


def tenant_in(folder: str) -> str | None:
    """Return the encoded name of the tenant whose folder this is; None for another folder."""
    return folder.removeprefix(_TENANT) if folder.startswith(_TENANT) else None
