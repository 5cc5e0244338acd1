"""Since when a tenant is known: by what it said, not by its earliest stamp."""

from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.state import NEVER
from brainstem.discovery.acquaintance import Acquaintance
from tests.support.tenants import DAY, SLOT

YEAR = 365 * DAY


def known(*slots: int) -> list[int]:
    """Return since when a tenant is known after each slot in which it was heard, with its state taken each time."""
    acquaintance, since = Acquaintance(), []
    for slot in slots:
        acquaintance.hear(slot)
        state, acquaintance = acquaintance.snapshot(), Acquaintance()
        acquaintance.restore(state)
        since.append(acquaintance.since_slot)
    return since


def test_a_tenant_that_was_never_heard_is_not_known() -> None:
    """Before its first event."""
    assert Acquaintance().since_slot == NEVER


@given(gaps=st.lists(st.integers(1, 2 * DAY), max_size=40))
def test_who_speaks_every_day_or_two_is_known_since_the_first_event(gaps: list[int]) -> None:
    """Nights and weekends are no pause."""
    slots = [SLOT]
    for gap in gaps:
        slots.append(slots[-1] + gap)
    assert set(known(*slots)) == {SLOT}


@given(
    strays=st.lists(st.integers(SLOT - 50 * YEAR, SLOT - 17 * DAY), max_size=4, unique=True),
    slots=st.lists(st.integers(SLOT, SLOT + 4 * DAY), min_size=1, max_size=40, unique=True),
)
def test_lines_of_wrong_dates_are_no_acquaintance(strays: list[int], slots: list[int]) -> None:
    """However many there are, where the log begins weeks after the last of them."""
    ordered = sorted(slots)
    far = [each for each in sorted(strays) if ordered[0] - each > 17 * DAY]
    assert known(*far, *ordered)[-1] >= ordered[0]


def test_an_old_file_of_some_days_is_no_acquaintance() -> None:
    """Three days of three years ago, then the log."""
    old = [SLOT - 3 * YEAR + each * 6 for each in range(72)]
    assert known(*old, SLOT, SLOT + 1)[-2:] == [SLOT, SLOT]


def test_a_pause_shorter_than_what_was_heard_changes_nothing() -> None:
    """A collector that was broken for ten days after a month."""
    month = [SLOT + each * DAY for each in range(30)]
    assert known(*month, month[-1] + 10 * DAY)[-1] == SLOT


@given(every_days=st.integers(3, 16), number=st.integers(3, 20))
def test_who_speaks_seldom_is_known_from_the_third_time_on(every_days: int, number: int) -> None:
    """The second pause tells that the first one was no accident."""
    slots = [SLOT + each * every_days * DAY for each in range(number)]
    assert set(known(*slots)[2:]) == {SLOT}


@given(before=st.integers(1, 20), more=st.integers(0, 60), days=st.integers(1, 20))
def test_a_further_log_is_a_new_beginning(before: int, more: int, days: int) -> None:
    """A day that brings four services, and twice as many as were known; those of the first day are the tenant's own."""
    acquaintance = Acquaintance()
    for day in range(days + 1):
        acquaintance.hear(SLOT + day * DAY)
        acquaintance.meet(SLOT + day * DAY, before)
    later = SLOT + days * DAY + 3
    acquaintance.hear(later)
    acquaintance.meet(later, before + more)
    assert acquaintance.since_slot == (later if more >= max(4, 2 * before) else SLOT)


def test_services_that_come_one_after_another_are_no_further_log() -> None:
    """One a day, however many."""
    acquaintance = Acquaintance()
    for day in range(40):
        acquaintance.hear(SLOT + day * DAY)
        acquaintance.meet(SLOT + day * DAY, 1 + day)
    assert acquaintance.since_slot == SLOT
