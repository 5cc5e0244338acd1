"""Which message in a job's place is another ending of that job, by its words; and what an item says of it."""

from datetime import UTC, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.finding import Finding, family_id
from brainstem.contracts.notice import NOTICE_DTYPE, OUTCOME
from brainstem.discovery.job_endings import hints_alike, is_better, is_other_ending, is_reworded
from brainstem.explain.item import compose
from tests.support.findings import ADVICE
from tests.support.streams import START, Journal, in_one_go, in_pieces

DAYS = 20
DAY, SURE, SURER = 1440, 30_500, 40_500
"""a period in minutes, and strengths of one in a thousand and of one in ten thousand, in thousandths of a deciban"""


def mill(well: str, ill: str, failing: tuple[int, ...]) -> Journal:
    """Return a mill: a copy every night that ends ill on some days, and a clerk who writes every ten minutes."""
    lines = []
    for day in range(DAYS):
        base = START + timedelta(days=day)
        said = ill if day in failing else well
        lines.append((base + timedelta(hours=2, minutes=day * 5 % 12), f"mill1 copier[4]: {said}"))
        lines.extend(
            (base + timedelta(minutes=minute), f"mill1 clerk[2]: sacks counted: {minute * 7919 % 83}")
            for minute in range(3, 1440, 9)
        )
    return Journal("north", "file:/north/mill.log", tuple(sorted(lines)))


def told(journal: Journal) -> list[Finding]:
    """Return the findings of changed outcomes."""
    return [each for each in in_one_go([journal]).findings if "changed_outcome" in each.kinds]


def notice(*, is_worse: bool, strength_milli: int = SURE, period_minutes: int = DAY) -> np.void:
    """Return a notice of an outcome."""
    rows = np.zeros(1, NOTICE_DTYPE)
    rows["kind"], rows["is_worse"], rows["strength_milli"] = OUTCOME, is_worse, strength_milli
    rows["period_minutes"] = period_minutes
    row: np.void = rows[0]
    return row


@pytest.mark.parametrize(
    ("well", "ill", "failing"),
    [
        ("ledger copied to the barn", "ledger copy failed", (15, 16, 17, 18, 19)),
        ("copy of ledger ended with Success", "copy of ledger ended with Warning", (15, 17, 19)),
        ("Abschrift vollendet", "Abschrift nicht vollendet", (15, 16, 17, 18, 19)),
        ("copy of ledger: OK", "copy of ledger: KO", (15, 16, 17, 18, 19)),
    ],
    ids=["failed", "warned, three of five", "in German", "no word that is known"],
)
def test_a_job_that_ends_otherwise_becomes_an_item_that_names_it(well: str, ill: str, failing: tuple[int, ...]) -> None:
    """Whatever its words are, though it comes by the clock: with host, count and the lines of the new ending."""
    first = told(mill(well, ill, failing))[0]
    about = compose(first, UTC, ADVICE)["data"]
    assert about["kind"] == "changed_outcome"
    assert about["hosts"] == ["mill1"]
    assert ill.split(":")[0].split()[0] in about["what"]
    assert "after 15 runs without it" in about["what"]
    assert all(ill in line["raw"] for line in about["evidence"])
    assert family_id(first.facts["outcome_former"] & (2**64 - 1)) in str(about["why"])


@pytest.mark.parametrize(
    ("well", "ill", "failing"),
    [
        ("ledger copied to the barn", "ledger copy failed", (15,)),
        ("ledger copied to the barn", "ledger copy failed", (1, 4, 5, 8, 11, 12, 14, 17, 18)),
        ("ledger copy failed", "ledger copy ok", (15, 16, 17, 18, 19)),
        ("job 'Night' is done", "job 'Every Night' is done", (15, 16, 17, 18, 19)),
        ("mill gate is up, 200 in 31 ms", "barn gate is up, 200 in 31 ms", (15, 16, 17, 18, 19)),
        ("copy completed successfully", "copy ended successfully", (15, 16, 17, 18, 19)),
    ],
    ids=["failed once", "always varied", "works again", "renamed", "another thing works", "success in other words"],
)
def test_what_is_no_worse_ending_is_none(well: str, ill: str, failing: tuple[int, ...]) -> None:
    """One failure, a job that fails now and then, one that was mended, and what says of something else that it works."""
    assert not told(mill(well, ill, failing))


def test_outcomes_do_not_depend_on_how_the_stream_was_batched() -> None:
    """Any batches, seals and restarts: the same decisions and findings."""
    journal = mill("ledger copied to the barn", "ledger copy failed", (15, 16, 17, 18, 19))
    for shuffle, pieces, seals, restarts in ((1, 3, 0.2, 0.3), (2, 8, 1.0, 0.0), (3, 5, 0.0, 0.3)):
        assert in_pieces([journal], shuffle, pieces, seals, restarts).said() == in_one_go([journal]).said()


@pytest.mark.parametrize(
    ("former", "template", "better"),
    [
        ("exit code 1", "exit code 0", True),
        ("exit code 0", "exit code 23", False),
        ("backup failed", "backup succeeded", True),
        ("backup succeeded", "backup failed", False),
        ("backup done", "backup done with errors", False),
        ("backup completed successfully", "backup finished successfully", False),
    ],
)
def test_what_works_again_is_better(former: str, template: str, better: bool) -> None:
    """By words of state and the code 0, unless anything that it says hints at trouble."""
    assert is_better(former, template) == better
    assert is_other_ending(notice(is_worse=True), former, template) != better


def test_what_hints_at_nothing_must_be_alike_rare_and_seldom() -> None:
    """Half of the words, or a fifth where chance does it still less; a job that runs twice a day at the most."""
    alike, related, strange = "copy of ledger KO", "copy broke off at leaf", "sacks were counted twice"
    for template, strength, expected in (
        (alike, SURE, True),
        (alike, SURE - 1000, False),
        (related, SURE, False),
        (related, SURER, True),
        (strange, SURER, False),
    ):
        about = notice(is_worse=False, strength_milli=strength)
        assert is_other_ending(about, "copy of ledger OK", template) == expected
    hourly = notice(is_worse=False, strength_milli=90_000, period_minutes=60)
    assert not is_other_ending(hourly, "copy of ledger OK", alike)
    assert is_other_ending(notice(is_worse=True), "copy of ledger OK", strange), "trouble in its place needs no word"


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_an_update_changes_more_than_one_message(host: int, former: int, member: int, program: int) -> None:
    """The same change on another host, or another change of the program on this one."""
    rows = np.zeros(2, NOTICE_DTYPE)
    rows["host"], rows["instead_of"], rows["member"], rows["program"] = (
        (1, host),
        (1, former),
        (2, member),
        (1, program),
    )
    same = (former, member) == (1, 2)
    beside = (host, program) == (1, 1) and former != 1 and member != 2
    assert is_reworded(rows[0], rows) == ((same and host != 1) or beside)


def test_a_hint_that_was_there_before_is_no_worse_ending() -> None:
    """A count of what failed stands in the usual message too; a new word of trouble does not."""
    assert hints_alike("copy finished, <num> failed", "copy run finished, <num> failed, <num> kept")
    assert not hints_alike("copy finished, <num> failed", "copy aborted, <num> failed")
    assert not hints_alike("copy finished", "copy failed")
