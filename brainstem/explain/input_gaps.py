"""What of the inputs was not read, in words: silence about it would look like a quiet time.

Takes a ledger; returns one sentence for each input that was read in part only and one for the files that were refused. Takes
hosts that have gone quiet; returns one for each.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from brainstem.contracts.ledger import FaultReason, Ledger, RefusalReason, RefusedInput, SourceDescription, Tally
from brainstem.contracts.reject import RejectReason
from brainstem.evidence.silence.rhythm import Quiet
from brainstem.text.phrases import Zones, clock, counted, duration

FAULTS: Final = {
    FaultReason.TRUNCATED: "ends before its own end mark; what stands before that was read",
    FaultReason.CORRUPT: "is damaged; what stands before the damage was read",
    FaultReason.TRAILING_BYTES: "holds bytes behind the end of its compressed data, and they were not read",
    FaultReason.READ_ERROR: "could not be read to its end",
    FaultReason.CUT: "was cut or replaced before it was read to its end; what stood there before was read up to then",
    FaultReason.LOST_OFFSETS: "had lost messages at the broker before they could be read",
}
"""What is said of an input with a fault."""

OWN: Final = frozenset({RefusalReason.EXCLUDED})
"""a run does not read its own output, which is no loss"""

UNWANTED: Final = OWN | {RefusalReason.HIDDEN}
"""what is passed over by design"""

EMPTY: Final = frozenset({RejectReason.BLANK, RejectReason.NUL_PADDING})
"""records without a word, which are no loss"""

REJECTED: Final = {
    RejectReason.OVERSIZE: "too long",
    RejectReason.INVALID_JSON: "no valid JSON",
    RejectReason.IMPOSSIBLE_TIME: "with an impossible time",
    RejectReason.TOMBSTONE: "without a value",
    RejectReason.NO_TENANT: "without a tenant",
    RejectReason.UNPROCESSABLE: "that this program failed on",
    RejectReason.INVALID_STATEMENT: "no valid ticket or verdict",
}
"""What is said of records that became no event, after their number."""

SHOWN: Final = 10


def is_log(description: SourceDescription) -> bool:
    """Return whether a source holds logs: files of tickets and verdicts alone have a path and no tenant of their own."""
    return bool(description.tenant or not description.path)


def received_of_logs(ledger: Ledger) -> Tally:
    """Return the sum of what was read of logs."""
    return sum((account.received for description, account in ledger if is_log(description)), Tally())


def read_in_part(ledger: Ledger) -> tuple[str, ...]:
    """Return for each input with a fault what is wrong with it, in order of source."""
    return tuple(
        f"{description.path or description.source} {FAULTS[reason]}"
        f" ({counted(account.received.records, 'record')}, {account.received.bytes:,} bytes)"
        for description, account in ledger
        for reason in sorted(account.faults)
    )


def not_read(ledger: Ledger) -> str:
    """Return how many files were refused, by reason: "3 files (2 binary, 1 journal)"; empty where none was."""
    return _counted(tuple(each for each in ledger.refused if each.reason not in OWN))


def is_whole(ledger: Ledger) -> bool:
    """Return whether all that was found and meant to be read was read to its end."""
    wanted = [each for each in ledger.refused if each.reason not in UNWANTED]
    return not wanted and not any(account.faults for _, account in ledger)


def unread(ledger: Ledger, shown: int = SHOWN) -> tuple[str, ...]:
    """Return a sentence for each input that was not read whole, at most `shown` of one sort."""
    parts = read_in_part(ledger)
    lines = [f"Read in part: {each}." for each in parts[:shown]]
    if len(parts) > shown:
        lines.append(f"Read in part: {len(parts) - shown:,} more; the ledger names them.")
    if files := not_read(ledger):
        lines.append(f"Not read: {files}; the ledger names them.")
    return tuple(lines)


def rejected_records(ledger: Ledger) -> dict[str, int]:
    """Return the records that became no event by why, in words; empty lines and padding are no loss and left out."""
    rejected: Counter[str] = Counter()
    for reason, tally in ledger.total().rejected.items():
        if reason not in EMPTY:
            rejected[REJECTED.get(reason) or reason.name.lower().replace("_", " ")] += tally.records
    return dict(rejected)


def _counted(refused: tuple[RefusedInput, ...]) -> str:
    reasons = Counter(each.reason.value.replace("_", " ") for each in refused)
    told = ", ".join(f"{number:,} {reason}" for reason, number in sorted(reasons.items()))
    return f"{counted(len(refused), 'file')} ({told})" if refused else ""


def quiet_sentences(quiet: Sequence[Quiet], zones: Zones) -> list[str]:
    """Return a sentence for each host that has gone quiet, and one for those that are too many to be told."""
    lines = []
    for each in quiet[:SHOWN]:
        span = duration(each.usual_seconds)
        usual = f"usually silent for {span} at the most" if each.is_longest else f"usually every {span}"
        lines.append(
            f"nothing from {each.host} of {each.tenant} since {clock(each.last_us, zones.of(each.tenant))}; {usual}"
        )
    if len(quiet) > SHOWN:
        lines.append(f"and nothing from {counted(len(quiet) - SHOWN, 'other host')} either")
    return lines
