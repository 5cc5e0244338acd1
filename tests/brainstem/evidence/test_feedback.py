"""Opinions: what people said of an item is told when it comes back, also what they said of its signature."""

import pytest

from brainstem.contracts.finding import Earlier
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.incident_memory import IncidentMemory
from brainstem.evidence.feedback import FAMILY_SCOPE, SIGNATURE_SCOPE, FeedbackRecord, FeedbackTable

FIRST, SECOND = 1_000, 1_400
"""slots after whose end the family was shown"""
FAMILY = 7


def tick(slot: int) -> int:
    """Return the tick at which an item of a slot is shown."""
    return (slot + 1) * SLOT_US


def about_item(slot: int, verdict: str, note: str = "", shown: int = FIRST) -> FeedbackRecord:
    """Return a verdict about the item of a slot."""
    return FeedbackRecord(slot, verdict, FAMILY_SCOPE, tick(shown), note)


def about_signature(slot: int, verdict: str, note: str = "") -> FeedbackRecord:
    """Return a verdict about a signature."""
    return FeedbackRecord(slot, verdict, SIGNATURE_SCOPE, 0, note)


@pytest.mark.parametrize(
    ("said", "first", "second"),
    [
        ([], "surfaced", "surfaced"),
        ([about_item(1_010, "resolved", "new cable")], "resolved: new cable", "surfaced"),
        ([about_signature(FIRST + 1, "resolved", "new cable")], "resolved: new cable", "surfaced"),
        ([about_signature(SECOND + 9, "useless")], "surfaced", "called useless"),
        ([about_signature(FIRST - 9, "useful", "watch it")], "surfaced", "surfaced"),
        ([about_item(1_010, "resolved", "new cable"), about_signature(1_020, "useful")],
         "resolved: new cable; called useful", "surfaced"),
        ([about_item(1_010, "useless"), about_item(1_020, "useless", "cleaning staff")],
         "called useless: cleaning staff", "surfaced"),
    ],
)  # fmt: skip
def test_what_was_said_is_told_with_the_item_before_it(said: list[FeedbackRecord], first: str, second: str) -> None:
    """A verdict about an item with that item, one about a signature with the item that had been shown last."""
    feedback_table = FeedbackTable()
    for feedback_record in said:
        feedback_table.take(FAMILY, feedback_record)
    assert feedback_table.outcome(FAMILY, tick(FIRST), tick(SECOND)) == first
    assert feedback_table.outcome(FAMILY, tick(SECOND)) == second


def test_what_was_said_before_anything_was_shown_is_told_at_its_own_time() -> None:
    """A note about a signature is not lost where no item could hold it."""
    incident_memory = IncidentMemory("north")
    incident_memory.add_labels({FAMILY: Label("linkd", "link went away", 8)})
    assert incident_memory.earlier(FAMILY, []) == ()
    incident_memory._feedback.take(FAMILY, about_signature(FIRST - 9, "useful", "watch it"))
    note = Earlier((FIRST - 9) * SLOT_US, "north", "called useful: watch it", 1000)
    shown = Earlier(tick(FIRST), "north", "surfaced", 1000)
    assert incident_memory.earlier(FAMILY, []) == (note,)
    assert incident_memory.earlier(FAMILY, [tick(FIRST)]) == (note, shown)
