"""The ledger: everything received is accounted for, by source and reason.

Takes counts from the stages, keeps one account a source: received = stored + rejected + duplicate + dropped, in records
and in bytes. Parts counted by several workers merge in any order. Reasons are closed lists, never free text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Flags, Int32s
from brainstem.contracts.envelope import ENVELOPE_VERSION
from brainstem.contracts.event import EVENT_VERSION, EVIDENCE_VERSION
from brainstem.contracts.reject import REJECT_VERSION, RejectReason
from brainstem.parameters import Number

LEDGER_VERSION: Final = 4

FORMAT_VERSIONS: Final = {
    "envelope": ENVELOPE_VERSION,
    "event": EVENT_VERSION,
    "evidence": EVIDENCE_VERSION,
    "reject": REJECT_VERSION,
}


class DropReason(StrEnum):
    """Why a record that had been received was dropped."""

    SHED = "shed"
    """the intake was full and the transport has no way to wait"""


class FaultReason(StrEnum):
    """What went wrong with a source while it was read; what had been read is kept."""

    TRUNCATED = "truncated"
    """a compressed file ends before its own end mark"""
    CORRUPT = "corrupt"
    """a compressed file holds bytes that do not decompress, or a topic or spool messages that fail their checksum"""
    TRAILING_BYTES = "trailing_bytes"
    """bytes that are no compressed data follow the end mark of a compressed file"""
    READ_ERROR = "read_error"
    """the operating system reported an error while reading"""
    LOST_OFFSETS = "lost_offsets"
    """a broker had deleted messages before they were read, and the operator accepted the gap"""
    CUT = "cut"
    """a file ended before the size that it had when it was found, or does not begin any more with what it held then or what
    was read of it"""


class UnreadField(StrEnum):
    """What a stored record of a log did not show, so that something stands in for it."""

    TIME_CARRIED = "time_carried"
    """no time could be read; that of the record above it in its source stands in"""
    TIME_RECEIVED = "time_received"
    """no time could be read in it or above it; when it was received, or its source was written, stands in"""
    TIME_AHEAD = "time_ahead"
    """its time is more than a day after it was surely written; the last believable time of its source stands in"""
    HOST = "host"
    """no host is known of it, neither from its text nor from its source"""
    SERVICES_MISREAD = "services_misread"
    """what was read as services grew with the records, so the service of the source stands in"""
    HOSTS_MISREAD = "hosts_misread"
    """what was read as hosts grew with the records, so the host of the source stands in"""


class DateOrder(StrEnum):
    """How dates such as `04/02/2022` of a source are read, as it was decided before reading."""

    UNKNOWN = ""
    """it has none, or was not looked through before; a date that proves the order counts for those behind it"""
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    AMBIGUOUS = "ambiguous"
    """every date of the source can be read both ways, and nobody has said which; the month is taken to be first"""


class RefusalReason(StrEnum):
    """Why a file was not accepted as an input."""

    JOURNAL = "journal"
    DATABASE = "database"
    WINDOWS_EVENT_LOG = "windows_event_log"
    PACKET_CAPTURE = "packet_capture"
    ARCHIVE = "archive"
    EXECUTABLE = "executable"
    UNSUPPORTED_COMPRESSION = "unsupported_compression"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    BINARY = "binary"
    SPECIAL_FILE = "special_file"
    HIDDEN = "hidden"
    EXCLUDED = "excluded"
    LINK_OUT = "link_out"
    """a link that leads out of all inputs of its tenant"""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of records, and of their bytes."""

    records: int = 0
    bytes: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.records + other.records, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What a source is; the same in every part of a ledger. `tenant` is empty where each record names its own.

    `path` is empty for a source that is no file, `size_bytes` is the size on disk (0 when unknown), `compression` is empty
    for plain bytes. `reference_time_us` bounds timestamps without a year (microseconds since the epoch, UTC), and
    `reference_origin` says where it came from. `duplicate_of` names the source that holds the same records.
    """

    source: str
    tenant: str
    path: str = ""
    compression: str = ""
    size_bytes: int = 0
    reference_time_us: int | None = None
    reference_origin: str = ""
    duplicate_of: str = ""
    can_be_reread: bool = True
    date_order: DateOrder = DateOrder.UNKNOWN


@dataclass(frozen=True, slots=True)
class RefusedInput:
    """A file that was found and not accepted as an input."""

    path: str
    tenant: str
    reason: RefusalReason
    size_bytes: int


@dataclass(slots=True)
class Account:
    """The counters of one source."""

    received: Tally = Tally()
    stored: Tally = Tally()
    duplicate: Tally = Tally()
    rejected: dict[RejectReason, Tally] = field(default_factory=dict)
    dropped: dict[DropReason, Tally] = field(default_factory=dict)
    faults: dict[FaultReason, int] = field(default_factory=dict)
    unread: dict[UnreadField, int] = field(default_factory=dict)
    """stored records of logs, by what could not be read of them; one record may count under several"""
    raw_forgotten: Tally = Tally()
    """those of the stored records whose raw lines are not kept any more, only counts by kind of message, host and day"""

    def accounted(self) -> Tally:
        """Return the sum of all that became of the records."""
        parts = [self.stored, self.duplicate, *self.rejected.values(), *self.dropped.values()]
        return sum(parts, Tally())

    def balances(self) -> bool:
        """Return whether everything received is accounted for, in records and in bytes."""
        return self.received == self.accounted()

    def add(self, other: "Account") -> None:
        """Add the counters of another part."""
        self.received += other.received
        self.stored += other.stored
        self.duplicate += other.duplicate
        for rejection, tally in other.rejected.items():
            self.rejected[rejection] = self.rejected.get(rejection, Tally()) + tally
        for drop, tally in other.dropped.items():
            self.dropped[drop] = self.dropped.get(drop, Tally()) + tally
        for fault, count in other.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + count
        for unread, records in other.unread.items():
            self.unread[unread] = self.unread.get(unread, 0) + records
        self.raw_forgotten += other.raw_forgotten


class LedgerConflictError(ValueError):
    """Two parts describe the same source differently, or a ledger is of an unknown version."""


class Ledger:
    """Descriptions and accounts by source, the inputs that were refused, how many families of each tenant were evicted, and
    the parameters of the run.

    The evicted are published under the name `forgotten`; `parameters` are the values that differ from the defaults, by key.
    """

    __slots__ = ("_accounts", "_descriptions", "_refused", "forgotten", "parameters")

    def __init__(self) -> None:
        self._descriptions: dict[str, SourceDescription] = {}
        self._accounts: dict[str, Account] = {}
        self._refused: set[RefusedInput] = set()
        self.forgotten: dict[str, int] = {}
        self.parameters: dict[str, Number] = {}

    def __iter__(self) -> Iterator[tuple[SourceDescription, Account]]:
        """Yield description and account of each source, ordered by source."""
        for source in sorted(self._descriptions):
            yield self._descriptions[source], self._accounts[source]

    def __len__(self) -> int:
        return len(self._descriptions)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Ledger)
            and list(self) == list(other)
            and self.refused == other.refused
            and self.forgotten == other.forgotten
            and self.parameters == other.parameters
        )

    __hash__ = None  # type: ignore[assignment]  # a ledger changes, so it must not be a dictionary key

    @property
    def refused(self) -> tuple[RefusedInput, ...]:
        """Return the refused inputs, ordered by path and tenant."""
        return tuple(sorted(self._refused, key=lambda refused: (refused.path, refused.tenant, refused.reason)))

    def describe(self, description: SourceDescription) -> None:
        """Open the account of a source. Raises `LedgerConflictError` when it is known under another description."""
        known = self._descriptions.setdefault(description.source, description)
        if known != description:
            raise LedgerConflictError(f"{description.source} is described twice: {known} and {description}")
        self._accounts.setdefault(description.source, Account())

    def refuse(self, refused: RefusedInput) -> None:
        """Note an input that is not read."""
        self._refused.add(refused)

    def account(self, source: str) -> Account:
        """Return the account of a described source, to be changed in place. Raises `KeyError` for any other."""
        return self._accounts[source]

    def receive(self, source: str, records: int, byte_count: int) -> None:
        """Count records that came in."""
        self._accounts[source].received += Tally(records, byte_count)

    def settle(self, source: str, reasons: Flags, lengths: Int32s) -> None:
        """Count a parsed batch: `reasons` holds a `RejectReason` a record, `lengths` its bytes.

        Accepted records count as stored, so call it when they are handed to the event store.
        """
        records = np.bincount(reasons, minlength=1)
        byte_count = np.bincount(reasons, weights=lengths, minlength=1)
        account = self._accounts[source]
        for code in np.flatnonzero(records).tolist():
            # float64 weights are exact below 2^53 bytes, more than a batch holds
            tally = Tally(int(records[code]), int(byte_count[code]))
            if code == RejectReason.ACCEPTED:
                account.stored += tally
            else:
                reason = RejectReason(code)
                account.rejected[reason] = account.rejected.get(reason, Tally()) + tally

    def miss(self, source: str, unread: Mapping[UnreadField, int]) -> None:
        """Count stored records of which something could not be read."""
        counts = self._accounts[source].unread
        for name, records in unread.items():
            counts[name] = counts.get(name, 0) + records

    def repeat(self, source: str, records: int, byte_count: int) -> None:
        """Count records that another source already holds."""
        self._accounts[source].duplicate += Tally(records, byte_count)

    def drop(self, source: str, reason: DropReason, records: int, byte_count: int) -> None:
        """Count records that were dropped."""
        dropped = self._accounts[source].dropped
        dropped[reason] = dropped.get(reason, Tally()) + Tally(records, byte_count)

    def fault(self, source: str, reason: FaultReason) -> None:
        """Count a fault of the source itself."""
        faults = self._accounts[source].faults
        faults[reason] = faults.get(reason, 0) + 1

    def merge(self, other: "Ledger") -> None:
        """Add another part of the same run. Raises `LedgerConflictError` as `describe` does."""
        for description, account in other:
            self.describe(description)
            self._accounts[description.source].add(account)
        self._refused |= other._refused
        for tenant, families in other.forgotten.items():
            self.forgotten[tenant] = self.forgotten.get(tenant, 0) + families

    def total(self) -> Account:
        """Return the sum of all accounts."""
        total = Account()
        for account in self._accounts.values():
            total.add(account)
        return total

    def unbalanced(self) -> tuple[str, ...]:
        """Return the sources whose records are not all accounted for, in order."""
        return tuple(description.source for description, account in self if not account.balances())

    def balances(self) -> bool:
        """Return whether every source balances."""
        return not self.unbalanced()


def account_to_plain(account: Account) -> tuple[Any, ...]:
    """Return an account as plain values, for a snapshot."""
    return (
        *((tally.records, tally.bytes) for tally in (account.received, account.stored, account.duplicate)),
        tuple((int(reason), tally.records, tally.bytes) for reason, tally in sorted(account.rejected.items())),
        tuple((str(reason), tally.records, tally.bytes) for reason, tally in sorted(account.dropped.items())),
        tuple((str(reason), count) for reason, count in sorted(account.faults.items())),
        tuple((str(name), records) for name, records in sorted(account.unread.items())),
    )


def account_from_plain(plain: tuple[Any, ...]) -> Account:
    """Return the account of `account_to_plain`."""
    received, stored, duplicate, rejected, dropped, faults, unread = plain
    return Account(
        Tally(*received),
        Tally(*stored),
        Tally(*duplicate),
        {RejectReason(reason): Tally(records, byte_count) for reason, records, byte_count in rejected},
        {DropReason(reason): Tally(records, byte_count) for reason, records, byte_count in dropped},
        {FaultReason(reason): count for reason, count in faults},
        {UnreadField(name): records for name, records in unread},
    )
