"""What was read and not understood, in words: records without a time say nothing, and silence about them looks like health.

Takes a ledger; returns one sentence for each source whose times, dates or names could not be read, the worst first, and one
for all sources without a host.
"""

from collections.abc import Iterator
from typing import Final

from brainstem.contracts.ledger import Account, DateOrder, Ledger, SourceDescription, UnreadField
from brainstem.explain.input_gaps import SHOWN, is_log
from brainstem.text.phrases import counted, listed

LEAST_SHARE: Final = 0.05
"""Share of a source's records from which their missing times are told; the ledger counts any. Lines without a stamp of their
own, such as the output of a command among stamped lines, are fewer in nearly all logs."""
PARTLY_SHOWN: Final = 3
"""sources of which a part has no time that are told; their records count at that of the record above them"""
CHECK: Final = "`brainstem check PATH` shows how each file is read, and which option helps."


def untimed_records(account: Account) -> int:
    """Return how many stored records of a source have no time of their own."""
    return sum(account.unread.get(name, 0) for name in (UnreadField.TIME_CARRIED, UnreadField.TIME_RECEIVED))


def is_untimed(account: Account) -> bool:
    """Return whether a source has records, and none of them a time that could be read."""
    return 0 < account.stored.records <= account.unread.get(UnreadField.TIME_RECEIVED, 0)


def untold_tenants(ledger: Ledger) -> frozenset[str]:
    """Return the tenants that have records, and none a time, nor one of receipt; nothing can be told of them."""
    with_time: dict[str, bool] = {}
    for description, account in _with_records(ledger):
        has_time = not is_untimed(account) or _arrives(description)
        with_time[description.tenant] = with_time.get(description.tenant, False) or has_time
    return frozenset(tenant for tenant, has_time in with_time.items() if not has_time)


def untimed_sources(ledger: Ledger) -> frozenset[str]:
    """Return the sources without any time."""
    return frozenset(description.source for description, account in _with_records(ledger) if is_untimed(account))


def without_time(ledger: Ledger) -> tuple[str, ...]:
    """Return a sentence for each source whose records have no time, or many of which have none, the worst first."""
    ranked = sorted(
        (
            (not is_untimed(account), -untimed_records(account), description.source, description, account)
            for description, account in _with_records(ledger)
            if untimed_records(account) >= LEAST_SHARE * account.stored.records
        ),
        key=lambda each: each[:3],
    )
    return tuple(_without_time(description, account) for *_, description, account in ranked)


def misread(ledger: Ledger, shown: int = SHOWN) -> tuple[str, ...]:
    """Return all sentences, at most `shown` of one sort, and three on sources of which a part has no time."""
    untimed, every = len(untimed_sources(ledger)), without_time(ledger)
    sorts = (
        (every[:untimed], shown),
        (every[untimed:], PARTLY_SHOWN),
        *((sort, shown) for sort in (_ahead(ledger), _ambiguous_dates(ledger), _misread_names(ledger))),
    )
    lines: list[str] = []
    for sort, most in sorts:
        lines += sort[:most]
        if len(sort) > most:
            lines.append(f"The same of {counted(len(sort) - most, 'more source')}; the ledger names them.")
    return tuple(lines)


def _with_records(ledger: Ledger) -> Iterator[tuple[SourceDescription, Account]]:
    """Yield the sources of logs that have stored records."""
    return (each for each in ledger if is_log(each[0]) and each[1].stored.records)


def _arrives(description: SourceDescription) -> bool:
    """Return whether records come from a source as they are written, so that the moment of receipt is nearly their time."""
    return description.reference_time_us is None


def _name(description: SourceDescription) -> str:
    return description.path or description.source.removesuffix(":")


def _without_time(description: SourceDescription, account: Account) -> str:
    records, of_all = untimed_records(account), account.stored.records
    if not is_untimed(account):
        then = "they count at that of the record above them"
    elif _arrives(description):
        then = "they count from when they were received"
    else:
        then = "nothing can be told of them"
    return (
        f"{records:,} of {counted(of_all, 'record')} of {_name(description)} have no time that could be read; {then}."
    )


def _ahead(ledger: Ledger) -> tuple[str, ...]:
    return tuple(
        f"{records:,} of {counted(account.stored.records, 'record')} of {_name(description)} have a time more than a day"
        f" after {'they were received' if _arrives(description) else 'the file was written'}: a clock was ahead. They count"
        " at the time of a record before them."
        for description, account in _with_records(ledger)
        if (records := account.unread.get(UnreadField.TIME_AHEAD, 0))
    )


def _ambiguous_dates(ledger: Ledger) -> tuple[str, ...]:
    return tuple(
        f"Every date of {_name(description)} can be read with the day first or with the month first, and it was read with"
        " the month first. Say which with --date-order dmy or mdy."
        for description, _ in _with_records(ledger)
        if description.date_order is DateOrder.AMBIGUOUS
    )


def _misread_names(ledger: Ledger) -> tuple[str, ...]:
    return tuple(
        f"What looks like {names} of {_name(description)} grows with its records, so {counted(records, 'record')} of"
        f" {account.stored.records:,} count under {stands_in}."
        for description, account in _with_records(ledger)
        for unread, names, stands_in in (
            (UnreadField.SERVICES_MISREAD, "services", "the service that its name gives"),
            (UnreadField.HOSTS_MISREAD, "hosts", "the host of the source"),
        )
        if (records := account.unread.get(unread, 0))
    )


def without_host(ledger: Ledger) -> str:
    """Return one sentence on all sources no record of which has a host, empty where there is none."""
    of_nobody = [
        (account.stored.records, _name(description))
        for description, account in _with_records(ledger)
        if account.unread.get(UnreadField.HOST, 0) == account.stored.records
    ]
    if not of_nobody:
        return ""
    records = sum(count for count, _ in of_nobody)
    names = [name for _, name in sorted(of_nobody, key=lambda each: (-each[0], each[1]))]
    return (
        f"No host is known of {counted(records, 'record')} of {listed(names, len(names), 3)}; --host-from takes it from the"
        " path of a file."
    )
