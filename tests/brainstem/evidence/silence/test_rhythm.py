"""The rhythm of a host: a silence is told when it is longer than those the host has had, never for a habit of its own."""

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY
from brainstem.evidence.silence.rhythm import gone_quiet, rhythm_of
from brainstem.explain.input_gaps import quiet_sentences
from brainstem.text.phrases import IN_UTC
from tests.support.oracles import quiet_after

SLOT_US = SLOT_SECONDS * 1_000_000
BEGIN = 2_954_016
"""the slot that begins on Monday, 2 March 2026, 00:00 UTC"""
FIREWALL = range(9 * SLOTS_PER_DAY)
BACKUP = [day * SLOTS_PER_DAY + 12 + slot for day in range(10) for slot in range(3)]
OFFICE = [
    day * SLOTS_PER_DAY + 48 + slot for day in range(14) if day % 7 < 5 for slot in range(60) if (slot * 7 + day) % 5
]


def told(slots: Iterable[int], silent_slots: float, events: int = 1000) -> str:
    """Return what is said of a host after so many silent slots; empty for nothing."""
    heard = np.array(sorted(slots), np.int64) + BEGIN
    last_us = int(heard[-1]) * SLOT_US + 60_000_000
    quiet = gone_quiet("acme", "fw-2", heard, events, last_us, last_us + round(silent_slots * SLOT_US))
    return "" if quiet is None else quiet_sentences([quiet], IN_UTC)[0]


def test_a_firewall_that_is_always_heard_is_told_after_an_hour() -> None:
    """With when it was heard last, and how often it usually is."""
    events = len(FIREWALL) * 15
    assert told(FIREWALL, 6, events) == ""
    said = told(FIREWALL, 6.1, events)
    assert said == "nothing from fw-2 of acme since Tue 10 Mar 2026 23:51; usually every 40 s"
    assert told(FIREWALL, 14.1 * SLOTS_PER_DAY) == "", "one that is gone for good is told no more"


def test_a_host_that_runs_a_backup_at_night_is_not_quiet_at_noon() -> None:
    """Nor the next night before the backup; after two nights without it, it is."""
    assert told(BACKUP, 60) == ""
    assert told(BACKUP, 141) == ""
    assert told(BACKUP, 2 * SLOTS_PER_DAY).endswith("usually silent for 23 h at the most")


def test_an_office_may_be_silent_over_a_weekend_and_a_holiday() -> None:
    """It has been for two nights and two days before."""
    assert told(OFFICE, 72 * 6) == ""
    assert told(OFFICE, 96 * 6) == ""
    assert told(OFFICE, 140 * 6).endswith("at the most")
    assert told([slot for slot in OFFICE if slot < 4 * SLOTS_PER_DAY], 60 * 6) == "", "no weekend is known of it yet"


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.99])
def test_a_host_that_is_heard_by_chance_is_not_quiet_by_chance(share: float) -> None:
    """Of a hundred hosts over two months, none is at any time, though each has its longest silence at some time."""
    dice = random.Random(share)
    alarms = 0
    for _ in range(100 if share > 0.05 else 30):
        slots = [slot for slot in range(60 * SLOTS_PER_DAY) if dice.random() < share]
        heard = np.array(slots, np.int64)
        silences = np.diff(heard) - 1
        # only the long ones can be told
        for index in np.flatnonzero(silences > 5).tolist()[-40:]:
            rhythm = rhythm_of(heard[: index + 1])
            alarms += rhythm is not None and int(silences[index]) > rhythm.quiet_slots
    assert alarms == 0


@settings(max_examples=200)
@given(
    st.integers(1, 2200),
    st.sampled_from([0.01, 0.1, 0.5, 0.95, 1.0]),
    st.sampled_from([1, 7, 144]),
    st.integers(0, 2**32 - 1),
)
def test_the_rhythm_is_that_of_a_slow_count(length: int, share: float, period: int, seed: int) -> None:
    """Whatever was heard: by chance, in periods, or not enough to tell."""
    dice = random.Random(seed)
    slots = [slot for slot in range(length) if slot % period < max(1, period // 9) and dice.random() < share]
    rhythm = rhythm_of(np.array(slots, np.int64))
    assert (None if rhythm is None else rhythm.quiet_slots) == quiet_after(slots)
