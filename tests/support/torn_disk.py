"""A disk in memory that keeps what was synced and, at a power cut, does with the rest what real file systems have been seen
to do: it loses it, keeps it, writes it in another order, or leaves pages of it as zeros or garbage behind the new length.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.spool.folder import Files

PAGE_BYTES = 64
"""small, so that a group of a few messages spans several"""


@dataclass
class StoredFile:
    """A file: what a reader sees now, and what is on the disk."""

    seen: bytearray = field(default_factory=bytearray)
    synced: bytes = b""


@dataclass
class TornDisk(Files):
    """Files by name, as a running system sees them (`seen`) and as they are named on the disk (`named`)."""

    seen: dict[str, StoredFile] = field(default_factory=dict)
    named: dict[str, StoredFile] = field(default_factory=dict)
    bytes_left: int = 1 << 40
    """before the disk is full"""

    def names(self) -> list[str]:
        """Return all names, sorted."""
        return sorted(self.seen)

    def size(self, name: str) -> int:
        """Return a length."""
        return len(self._file(name).seen)

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return bytes as they are seen."""
        return bytes(self._file(name).seen[offset : offset + count])

    def append(self, name: str, pieces: Sequence[bytes]) -> None:
        """Write behind the end; a full disk takes a part of it."""
        content = b"".join(pieces)
        file = self.seen.setdefault(name, StoredFile())
        file.seen += content[: self.bytes_left]
        if len(content) > self.bytes_left:
            raise OSError(28, "No space left on device")

    def replace(self, name: str, content: bytes) -> None:
        """Write in place."""
        self.seen.setdefault(name, StoredFile()).seen[: len(content)] = content

    def truncate(self, name: str, size: int) -> None:
        """Cut a file."""
        del self._file(name).seen[size:]

    def rename(self, name: str, to: str) -> None:
        """Rename a file."""
        self.seen[to] = self.seen.pop(name)

    def sync(self, name: str) -> None:
        """Make the bytes of a file durable, not its name."""
        file = self.seen.setdefault(name, StoredFile())
        file.synced = bytes(file.seen)

    def sync_names(self) -> None:
        """Make names durable."""
        self.named = dict(self.seen)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self._file(name)
        del self.seen[name]

    def after_power_cut(self, dice: random.Random) -> "TornDisk":
        """Return the disk as it is found after the power has come back."""
        found = TornDisk()
        for name in sorted(self.seen.keys() | self.named.keys()):
            seen, named = self.seen.get(name), self.named.get(name)
            # a name that was made or removed and not synced may be there or not
            file = dice.choice([seen, named]) if seen is not named else named
            if file is not None:
                content = _after_power_cut(file, dice)
                found.seen[name] = StoredFile(bytearray(content), content)
        found.named = dict(found.seen)
        return found

    def _file(self, name: str) -> StoredFile:
        if name not in self.seen:
            raise FileNotFoundError(2, "No such file", name)
        return self.seen[name]


def _after_power_cut(file: StoredFile, dice: random.Random) -> bytes:
    """Return what is left of a file: every page that was not synced is old, new, zeros or garbage; so is the length."""
    old, new = file.synced, bytes(file.seen)
    if old == new:
        return old
    size = dice.choice([len(old), len(new), dice.randint(min(len(old), len(new)), max(len(old), len(new)))])
    kept = bytearray()
    for low in range(0, size, PAGE_BYTES):
        high = min(size, low + PAGE_BYTES)
        before, after = (each[low:high].ljust(high - low, b"\0") for each in (old, new))
        if before == after:
            kept += before
        else:
            torn = bytes(
                b if low + place >= len(old) or dice.random() < 0.5 else a
                for place, (a, b) in enumerate(zip(before, dice.randbytes(high - low), strict=True))
            )
            # bytes that were synced and are the same now stay; a page that is written again may be torn, not another's
            torn = bytes(
                a if a == n and low + place < len(old) else t
                for place, (a, n, t) in enumerate(zip(before, after, torn, strict=True))
            )
            kept += dice.choice([before, after, after, torn])
    return bytes(kept)
