"""Picks the notices (silence, numbers, outcomes) that the whole tenant confirms, and fills in their columns of features.

Takes notices of a slot and what is known of the tenant's sources, returns those that hold and fills their columns. It never
weighs anything.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Row, Rows
from brainstem.contracts.notice import COUNTDOWN, DRIFT, FALL, GROWTH, OUTCOME, SILENCE
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence.silence.liveness import Liveness
from brainstem.parameters import parameter

MINUTE_US: Final = 60_000_000

TOGETHER_MINUTES: Final = parameter(
    "notices.together_minutes",
    1440,
    "minutes",
    "jobs that fall silent within a day of each other may do so for one reason",
)


def confirmed_notices(notices: Rows, live: Liveness) -> Rows:
    """Return the notices that hold: of silent jobs only those whose source and host are still heard from."""
    kept = [index for index, notice in enumerate(notices) if notice["kind"] != SILENCE or live.bears_out(notice)]
    return notices[kept]


def silent_together(notice: Row, notices: Rows) -> int:
    """Count the other jobs of a tenant, by program and host, that were first missed about when this one was."""
    silent = notices[notices["kind"] == SILENCE]
    near = np.abs(silent["due_minute"] - notice["due_minute"]) <= TOGETHER_MINUTES
    jobs = {(int(other["program"]), int(other["host"])) for other in silent[near]}
    return len(jobs - {(int(notice["program"]), int(notice["host"]))})


def fill_notice(features: Row, notice: Row, notices: Rows) -> None:
    """Fill in the columns of one notice, unless they hold a stronger one of its kind; `notices` are all that hold."""
    _FILLERS[int(notice["kind"])](features, notice, notices)


def _silence(features: Row, notice: Row, notices: Rows) -> None:
    if features["silence_runs"] >= notice["runs"]:
        return
    last_us = MINUTE_US * int(notice["last_minute"])
    if int(features["last_time"]) >= MINUTE_US * int(notice["due_minute"]):
        # others of its family went on: since when it is silent is not since when they are
        features["last_time"] = last_us
    features["silence_runs"] = notice["runs"]
    features["silence_regularity_permille"] = notice["regularity_permille"]
    features["silence_period_seconds"] = 60 * int(notice["period_minutes"])
    features["silence_seconds"] = SLOT_SECONDS * (int(notice["slot"]) + 1) - last_us // 1_000_000
    features["silence_together"] = silent_together(notice, notices)


def _drift(features: Row, notice: Row, notices: Rows) -> None:
    del notices
    if features["drift_deviations_milli"] >= notice["strength_milli"]:
        return
    features["drift_deviations_milli"] = notice["strength_milli"]
    features["drift_days"] = notice["days"]
    features["drift_from_milli"] = notice["first_milli"]
    features["drift_to_milli"] = notice["last_milli"]
    features["drift_pace_milli"] = notice["pace_milli"]


def _countdown(features: Row, notice: Row, notices: Rows) -> None:
    del notices
    if features["countdown_falls"] and features["countdown_milli"] <= notice["last_milli"]:
        return
    features["countdown_falls"] = notice["falls"]
    features["countdown_milli"] = notice["last_milli"]


def _outcome(features: Row, notice: Row, notices: Rows) -> None:
    del notices
    if features["outcome_strength_milli"] >= notice["strength_milli"]:
        return
    features["outcome_times"] = notice["instead_times"]
    features["outcome_runs"] = notice["instead_runs"]
    features["outcome_before"] = notice["runs"]
    features["outcome_strength_milli"] = notice["strength_milli"]
    features["outcome_period_seconds"] = 60 * int(notice["period_minutes"])
    features["outcome_former"] = notice["instead_of"].astype(np.int64)


_FILLERS: Final[dict[int, Callable[[Row, Row, Rows], None]]] = {
    SILENCE: _silence,
    DRIFT: _drift,
    GROWTH: _drift,
    FALL: _drift,
    COUNTDOWN: _countdown,
    OUTCOME: _outcome,
}
