"""How far a journal has been read: the cursor of the last entry, which stands in each entry itself.

So nothing is saved beside the entries that could be ahead of them or behind: of what is durable, the last one says where to
go on. A message between them says only that what follows is of a journal.
"""

from dataclasses import dataclass
from typing import Final

import orjson

from connectors.received import POSITION, ReceivedMessage

CURSOR: Final = b"__CURSOR="
CURSOR_BYTES_MOST: Final = 1024


@dataclass(slots=True)
class JournalPosition:
    """The cursor of the last entry that was read, as journalctl writes it; empty for none."""

    cursor: str = ""

    def advance(self, entry: bytes) -> None:
        """Note that an entry has been read."""
        self.cursor = cursor_of(entry) or self.cursor


def cursor_of(entry: bytes) -> str:
    """Return the cursor of an entry, empty where it has none. It is the first field: others hold what programs say."""
    if not entry.startswith(CURSOR):
        return ""
    line = entry[len(CURSOR) : len(CURSOR) + CURSOR_BYTES_MOST].partition(b"\n")[0]
    return line.decode() if line.isascii() else ""


def journal_message(listener: str, tenant: str, cursor: str, now_us: int) -> ReceivedMessage:
    """Return the message that says that those behind it are entries of a journal, read on behind `cursor`."""
    return ReceivedMessage(listener, tenant, "", orjson.dumps({"journal": cursor}), POSITION, now_us)


def forget_journal_message(listener: str, tenant: str, now_us: int) -> ReceivedMessage:
    """Return the message that says that a journal is not read for this tenant any more."""
    return ReceivedMessage(listener, tenant, "", orjson.dumps({"journal": None}), POSITION, now_us)
