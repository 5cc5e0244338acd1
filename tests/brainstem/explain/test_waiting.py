"""What a family waits for, and which one deserves eyes most."""

from datetime import UTC
from typing import Any

import pytest

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.state import RECENT_SLOTS
from brainstem.contracts.slots import SLOT_US
from brainstem.explain.answers.handling import Since, Verdict, handling_of
from brainstem.explain.answers.waiting import Known, fades, log_ended, ranked, summed_up, waiting_of, wanted
from tests.support.findings import DAY_US, NOON_US, finding
from tests.support.folders import decision

HOUR_US = DAY_US // 24


def known(
    score: float, band: str, family: int = 1, *, shown_us: int = 0, heard_us: int = NOON_US, **more: Any
) -> Known:
    """Return a family that is in a band since noon."""
    verdict = more.pop("verdict", None)
    latest = decision(finding(), score=score, to_band=band, family=family, cause="evidence", **more)
    return Known(latest, NOON_US, shown_us, heard_us, "", verdict)


def states(*families: Known, now_us: int = NOON_US + HOUR_US, least: Band = Band.IGNORE_FAST) -> list[tuple[int, str]]:
    """Return family and state of the queue in order."""
    return [(each.known.latest.family, each.state) for each in ranked(families, now_us, least)]


def test_the_strongest_stand_first_and_what_is_answered_last() -> None:
    """Within a band what has fallen silent stands behind the rest."""
    shown = known(3.0, "promote", 1, shown_us=NOON_US + 1)
    quiet = known(9.0, "promote", 2, heard_us=NOON_US - 3 * DAY_US)
    watched = known(-7.0, "watch", 3)
    answered = known(12.0, "promote", 4, shown_us=NOON_US, verdict=Verdict(NOON_US + 5, "useless", "cleaning staff"))
    held = known(1.0, "investigate", 5, blocker="two_keys")
    found = states(watched, answered, held, quiet, shown)
    assert found == [(1, "shown"), (2, "quiet"), (5, "held back"), (3, "waiting"), (4, "answered")]
    assert states(watched, held, least=Band.INVESTIGATE) == [(5, "held back")]
    assert "1 shown" in summed_up(ranked([shown, watched], NOON_US, Band.WATCH))


def test_one_kind_of_evidence_speaks_and_several_speak() -> None:
    """Number agrees."""
    one = known(-2.0, "investigate", contributions=(("recurrence", 12.0),))
    several = known(-2.0, "investigate", contributions=(("recurrence", 12.0), ("self_heal", 12.0)))
    told = [wanted(ranked([each], NOON_US, Band.WATCH)[0], UTC) for each in (one, several)]
    assert told[0].endswith("; recurrence speaks for it")
    assert told[1].endswith("; recurrence and self heal speak for it")


def test_a_moment_long_after_the_last_event_is_told_with_it() -> None:
    """Of what was not read nothing is known; a moment while the log goes on needs no word."""
    told = log_ended(NOON_US, NOON_US + 365 * DAY_US, UTC)
    assert told.startswith("Nothing was read of the 365 days before that: the last event is of Mon 1 Jun 2026 12:00")
    assert log_ended(NOON_US, NOON_US + HOUR_US - 1, UTC) == ""
    assert log_ended(0, NOON_US, UTC) == ""


def test_a_verdict_from_before_it_was_shown_again_answers_nothing() -> None:
    """It has come back since."""
    told = Verdict(NOON_US, "useless", "")
    assert states(known(3.0, "promote", shown_us=NOON_US + HOUR_US, verdict=told)) == [(1, "shown")]


def test_what_is_set_aside_stands_last_and_the_longest_ago_first() -> None:
    """In whichever band it is, but for what is resolved; the rest keeps its order."""

    def handled(family: int, band: str, hours_ago: int, verdict: str, heard_us: int = NOON_US - DAY_US) -> Known:
        said = Verdict(NOON_US - hours_ago * HOUR_US, verdict, "", "ann")
        handling = handling_of(said, Since(heard_us=heard_us), NOON_US)
        return known(3.0, band, family, heard_us=NOON_US, verdict=said)._replace(handling=handling)

    found = states(
        handled(1, "promote", 2, "acknowledged"),
        handled(2, "ignore-fast", 5, "snoozed"),
        handled(3, "background", 9, "resolved"),
        handled(4, "promote", 3, "resolved"),
        handled(5, "background", 7, "resolved", heard_us=NOON_US),
        known(-7.0, "watch", 6),
        known(12.0, "promote", 7, verdict=Verdict(NOON_US + 5, "useful", "")),
        least=Band.WATCH,
    )
    assert found == [
        (6, "waiting"),
        (5, "waiting"),
        (7, "answered"),
        (2, "snoozed"),
        (4, "resolved"),
        (1, "acknowledged"),
    ]


@pytest.mark.parametrize("score", [-9.75, -4.0, -0.25, 0.0, 5.0])
def test_what_is_missing_adds_up_to_promotion(score: float) -> None:
    """Points up to the least score of the highest band, and keys up to two."""
    contributions = (("recurrence", 5.0), ("crowd", -2.0))
    waiting = waiting_of(known(score, "watch", contributions=contributions))
    assert max(score, 0.0) == score + waiting.points
    assert waiting.keys == ("recurrence",)
    assert waiting.keys_missing == 1
    alone = waiting_of(known(score, "watch", contributions=(("countdown", 18.0),)))
    assert alone.keys_missing == 0


def test_it_falls_silent_at_the_tick_from_which_it_is_not_shown() -> None:
    """A slot counts for a day after that of the latest event."""
    heard_us = 7 * SLOT_US + 3
    waiting = waiting_of(known(-5.0, "watch", heard_us=heard_us, contributions=(("recurrence", 5.0),)))
    # the slot that ends at this tick is the first that lies so far behind
    last_slot, slot = 7, waiting.silent_us // SLOT_US - 1
    assert slot - last_slot == RECENT_SLOTS
    (before,) = ranked([known(-5.0, "watch", heard_us=heard_us)], waiting.silent_us - 1, Band.WATCH)
    (after,) = ranked([known(-5.0, "watch", heard_us=heard_us)], waiting.silent_us, Band.WATCH)
    assert (before.state, after.state) == ("waiting", "quiet")
    assert "unless it is heard again" in fades(before, waiting.silent_us - 1, UTC)
    assert "without a new event" in fades(after, waiting.silent_us, UTC)
    assert "a new event" in wanted(after, UTC)


@pytest.mark.parametrize("band", [each.title for each in BEHAVIOURS])
@pytest.mark.parametrize("blocker", ["none", "two_keys", "cooldown", "silent", "budget", "told_already"])
@pytest.mark.parametrize("score", [-60.0, -3.0, 4.0])
def test_every_entry_has_its_sentences(band: str, blocker: str, score: float) -> None:
    """Whatever the band, what holds it back, and its score."""
    for shown_us in (0, NOON_US + 1):
        for teller in (None, 9):
            entry = known(score, band, shown_us=shown_us, blocker=blocker, teller_family=teller)
            (found,) = ranked([entry], NOON_US + HOUR_US, Band.IGNORE_FAST)
            assert len(wanted(found, UTC).split()) > 3
            assert len(fades(found, NOON_US + HOUR_US, UTC).split()) > 3
