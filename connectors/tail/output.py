"""What a follower passes on, in the order that must be kept: records, positions and gaps; and what it tells a person."""

from collections.abc import Callable
from pathlib import Path

from brainstem.contracts.ledger import FaultReason
from connectors.files.encoding import Encoding
from connectors.received import ReceivedMessage
from connectors.tail.account import TailAccount
from connectors.tail.file_set import shown
from connectors.tail.followed import Followed
from connectors.tail.positions import Stream, forget_message, position_message, unread_message


class Output:
    """The messages of a poll. A record is passed on only between two positions of its file."""

    def __init__(self, note: Callable[[str], None], wall_ns: Callable[[], int]) -> None:
        """`note` takes what a person should hear of once."""
        self.account = TailAccount()
        self._note = note
        self._wall_ns = wall_ns
        self._messages: list[ReceivedMessage] = []
        self._last: dict[Stream, Followed] = {}
        """the file of each stream of which the last message spoke"""
        self._told: set[str] = set()

    def take(self) -> list[ReceivedMessage]:
        """Return the messages since the last call."""
        taken, self._messages = self._messages, []
        return taken

    def put(self, file: Followed, records: list[bytes], ahead: bytes = b"") -> None:
        """Pass on records, and behind them the position that they lead to, and what stands there."""
        if not records:
            if len(ahead) > file.at.ahead_bytes:
                file.at.note_ahead(ahead)
                self.put_position(file)
            return
        now_us = self._now_us()
        if self._last.get(file.stream) is not file or (not file.at.position and file.at.encoding != Encoding.UTF_8):
            self.put_position(file)
        listener, tenant = file.stream
        self._messages += [ReceivedMessage(listener, tenant, file.host, record, None, now_us) for record in records]
        file.at.advance(b"".join(records))
        file.at.note_ahead(ahead)
        self.account.received += len(records)
        self.account.received_bytes += sum(map(len, records))
        self.put_position(file)

    def put_position(self, file: Followed) -> None:
        """Pass on how far a file has been read, and where it lies."""
        self._last[file.stream] = file
        self._messages.append(position_message(file.stream, file.at, self._now_us()))

    def put_gap(self, file: Followed, reason: FaultReason, lost: int | None) -> None:
        """Pass on that bytes of a file could not be read, so many where that is known, and tell it."""
        self.account.gaps[reason.value] += 1
        self.account.gap_bytes += lost or 0
        many = f"{lost:,} bytes" if lost else "nobody knows how much"
        why = "was cut or removed before it was read to its end" if reason is FaultReason.CUT else reason.value
        self._note(f"{shown(Path(file.path))} {why}: {many} of it could not be read")
        self._last[file.stream] = file
        self._messages.append(unread_message(file.stream, file.at, reason, lost, self._now_us()))

    def put_forgotten(self, file: Followed) -> None:
        """Pass on that a file is not followed any more."""
        self._messages.append(forget_message(file.stream, file.at.generation, self._now_us()))
        if self._last.get(file.stream) is file:
            del self._last[file.stream]

    def tell(self, what: str, said: str) -> None:
        """Note something for a person; of each `what` only the first."""
        if what not in self._told:
            self._told.add(what)
            self._note(said)

    def _now_us(self) -> int:
        return self._wall_ns() // 1000
