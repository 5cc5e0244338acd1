"""The positions of files and journals as of a message of the spool, in a file beside its segments.

What the messages behind that one say of positions is read from the spool itself, so the file may lag; the segments that it
lags behind are kept until it is written anew.
"""

import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from connectors.spool.folder import Files
from connectors.spool.segments import groups_from
from connectors.tail.positions import Positions
from state.store.atomic_files import write_file

NAME: Final = "files.json"
VERSION: Final = 1


class StoredPositions(NamedTuple):
    """Positions, and the number of the first message that is not in them."""

    positions: Positions
    next: int


class DamagedPositionsError(Exception):
    """The file of positions is damaged; it was set aside."""


def read_positions(folder: Path) -> StoredPositions | None:
    """Return what was stored, None where nothing was. Raises `DamagedPositionsError` and sets aside what cannot be read."""
    path = folder / NAME
    try:
        check, _, document = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    try:
        if int(check, 16) != zlib.crc32(document):
            raise ValueError("checksum")
        stored = orjson.loads(document)
        if stored["version"] != VERSION:
            raise ValueError("version")
        return StoredPositions(Positions.from_plain(stored["files"], stored.get("journals", ())), int(stored["next"]))
    except (ValueError, KeyError, TypeError) as error:
        aside = path.with_name(f"{NAME}.damaged")
        with suppress(FileNotFoundError):
            path.replace(aside)
        raise DamagedPositionsError(f"{path} is damaged and was moved to {aside.name}") from error


def write_positions(folder: Path, stored: StoredPositions) -> None:
    """Store positions, durably. Raises `OSError`."""
    document = orjson.dumps(
        {
            "version": VERSION,
            "next": stored.next,
            "files": stored.positions.to_plain(),
            "journals": stored.positions.journals_to_plain(),
        }
    )
    write_file(folder / NAME, b"%08x\n%s" % (zlib.crc32(document), document))
    (folder / NAME).chmod(0o640)


def catch_up(stored: StoredPositions, files: Files, spool_id: bytes) -> Positions:
    """Return positions with what the messages behind them say."""
    positions = stored.positions
    for group in groups_from(files, spool_id, stored.next):
        ends = group.length.cumsum().tolist()
        at = 0
        for row, (end, code) in enumerate(zip(ends, group.origin.tolist(), strict=True)):
            origin = group.origins[code]
            if group.first + row >= stored.next:
                positions.note(origin.listener, origin.tenant, origin.fault, group.contents[at:end])
            at = end
    return positions
