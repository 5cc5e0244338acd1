"""All files that are followed: by stream, by inode, and by what is still to be done with them."""

from connectors.tail.followed import Followed, Identity
from connectors.tail.positions import Stream


class FollowedFiles:
    """The files of all streams."""

    def __init__(self) -> None:
        self._by_stream: dict[Stream, list[Followed]] = {}
        self._listed: list[Followed] | None = None
        """all files; None once one was added or removed"""
        self.by_identity: dict[Identity, Followed] = {}
        self.turn: list[Followed] = []
        """those that are to be read next"""
        self.active: dict[Followed, None] = {}
        """those that may have something to read, or hold something back"""
        self.missing: dict[Followed, None] = {}
        """those that are sought or gone"""
        self.opened: dict[Followed, None] = {}
        """those that are open, the one that was read longest ago first"""

    def all(self) -> list[Followed]:
        """Return all files."""
        if self._listed is None:
            self._listed = [file for files in self._by_stream.values() for file in files]
        return self._listed

    def of(self, stream: Stream) -> list[Followed]:
        """Return the files of a stream, in the order in which they were found."""
        return self._by_stream.get(stream, [])

    def add(self, file: Followed) -> None:
        """Add a file to its stream."""
        self._by_stream.setdefault(file.stream, []).append(file)
        self.active[file] = None
        self._listed = None

    def remove(self, file: Followed) -> None:
        """Remove a file, and with the last one its stream."""
        files = self._by_stream[file.stream]
        files.remove(file)
        if not files:
            del self._by_stream[file.stream]
        for held in (self.missing, self.active, self.opened):
            held.pop(file, None)
        self._listed = None

    def drop_identity(self, file: Followed) -> None:
        """Forget that an inode is that of a file."""
        if self.by_identity.get(file.identity) is file:
            del self.by_identity[file.identity]
