"""What was read and not understood is said, the worst first, and nothing is said of what was."""

import pytest

from brainstem.contracts.ledger import Account, DateOrder, Ledger, SourceDescription, Tally, UnreadField
from brainstem.explain.misreading import misread, untimed_sources, untold_tenants, without_host, without_time

TIME_CARRIED, TIME_RECEIVED = UnreadField.TIME_CARRIED, UnreadField.TIME_RECEIVED


def ledger_of(
    *sources: tuple[str, int, dict[UnreadField, int]], tenant: str = "acme", date_order: DateOrder = DateOrder.UNKNOWN
) -> Ledger:
    """Return the ledger of files, each with its name, its stored records and what could not be read of them."""
    ledger = Ledger()
    for name, records, unread in sources:
        ledger.describe(
            SourceDescription(f"file:/{name}", tenant, f"/{name}", "", 1, 0, "content", date_order=date_order)
        )
        stored = Tally(records, 10 * records)
        ledger.account(f"file:/{name}").add(Account(received=stored, stored=stored, unread=unread))
    return ledger


def test_a_file_that_was_understood_is_not_told() -> None:
    """Nor is one with a few lines of another kind between its own, or without any record."""
    assert not misread(ledger_of(("a", 1000, {}), ("b", 1000, {TIME_CARRIED: 49}), ("c", 0, {})))


def test_times_that_were_not_read_are_told_with_both_numbers_the_worst_first() -> None:
    """First what nothing can be told of, then the largest."""
    assert without_time(
        ledger_of(
            ("a", 1000, {TIME_CARRIED: 50}),
            ("b", 10, {TIME_RECEIVED: 10}),
            ("c", 1000, {TIME_CARRIED: 500, TIME_RECEIVED: 3}),
        )
    ) == (
        "10 of 10 records of /b have no time that could be read; nothing can be told of them.",
        "503 of 1,000 records of /c have no time that could be read; they count at that of the record above them.",
        "50 of 1,000 records of /a have no time that could be read; they count at that of the record above them.",
    )


def test_a_tenant_all_of_whose_files_have_no_time_is_untold() -> None:
    """One file with times is enough to tell something."""
    ledger = ledger_of(("a", 10, {TIME_RECEIVED: 10}), ("b", 10, {}))
    ledger.merge(ledger_of(("c", 10, {TIME_RECEIVED: 10}), tenant="bolt"))
    assert untimed_sources(ledger) == {"file:/a", "file:/c"}
    assert untold_tenants(ledger) == {"bolt"}


def test_records_of_a_topic_have_the_time_of_their_receipt() -> None:
    """They come as they are written, so something can be told of them."""
    ledger = Ledger()
    ledger.describe(SourceDescription("kafka:logs/0", "acme"))
    stored = Tally(7, 70)
    ledger.account("kafka:logs/0").add(Account(received=stored, stored=stored, unread={TIME_RECEIVED: 7}))
    assert without_time(ledger) == (
        "7 of 7 records of kafka:logs/0 have no time that could be read; they count from when they were received.",
    )
    assert not untold_tenants(ledger)


@pytest.mark.parametrize(
    ("unread", "said"),
    [
        (
            {UnreadField.SERVICES_MISREAD: 8},
            "What looks like services of /a grows with its records, so 8 records of 10 count under the service that its"
            " name gives.",
        ),
        (
            {UnreadField.HOSTS_MISREAD: 8},
            "What looks like hosts of /a grows with its records, so 8 records of 10 count under the host of the source.",
        ),
    ],
)
def test_names_that_were_not_read_are_told(unread: dict[UnreadField, int], said: str) -> None:
    """With what stands in for them, or what would help."""
    assert misread(ledger_of(("a", 10, unread))) == (said,)


def test_sources_without_any_host_are_told_in_one_sentence() -> None:
    """The largest first; one host among the records is enough to say nothing."""
    host = UnreadField.HOST
    said = without_host(ledger_of(("a", 5, {host: 5}), ("b", 10, {host: 10}), ("c", 10, {host: 9})))
    assert said == "No host is known of 15 records of /b and /a; --host-from takes it from the path of a file."
    assert not without_host(ledger_of(("c", 10, {host: 9})))


def test_dates_that_can_be_read_both_ways_are_told_with_the_option_that_helps() -> None:
    """The guess is named as one."""
    (said,) = misread(ledger_of(("a", 10, {}), date_order=DateOrder.AMBIGUOUS))
    assert "day first or with the month first" in said
    assert "--date-order" in said
    assert not misread(ledger_of(("a", 10, {}), date_order=DateOrder.DAY_FIRST))


def test_of_many_sources_the_first_are_named_and_the_others_counted() -> None:
    """The ledger has them all."""
    said = misread(ledger_of(*((f"f{number:02d}", 5, {TIME_RECEIVED: 5}) for number in range(13))))
    assert len(said) == 11
    assert said[-1] == "The same of 3 more sources; the ledger names them."
