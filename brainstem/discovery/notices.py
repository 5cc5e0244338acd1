"""What notices add to the readings of a tenant's families, once the whole tenant bears them out."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.contracts.features import SLOT_SECONDS
from brainstem.contracts.notice import COUNTDOWN, DRIFT, SILENCE
from brainstem.evidence.silence.liveness import Liveness

TOGETHER_MINUTES: Final = 1440
"""jobs that fall silent within a day of each other may do so for one reason"""


def borne_out(notices: Rows, live: Liveness) -> Rows:
    """Give the notices that hold: of silent jobs those that would have been heard."""
    kept = [index for index, each in enumerate(notices) if each["kind"] != SILENCE or live.bears_out(each)]
    return notices[kept]


def together_with(notice: Any, notices: Rows) -> int:
    """Count the other jobs of a tenant, by program and host, that were first missed about when this one was."""
    silent = notices[notices["kind"] == SILENCE]
    near = np.abs(silent["due_minute"] - notice["due_minute"]) <= TOGETHER_MINUTES
    jobs = {(int(each["program"]), int(each["host"])) for each in silent[near]}
    return len(jobs - {(int(notice["program"]), int(notice["host"]))})


def fill(reading: Any, notice: Any, notices: Rows) -> None:
    """Fill in the columns of one notice, unless a stronger one of its kind is there; `notices` are all that hold."""
    _FILLERS[int(notice["kind"])](reading, notice, notices)


def _silence(reading: Any, notice: Any, notices: Rows) -> None:
    if reading["silence_runs"] >= notice["runs"]:
        return
    reading["silence_runs"] = notice["runs"]
    reading["silence_regularity_permille"] = notice["regularity_permille"]
    reading["silence_period_seconds"] = 60 * int(notice["period_minutes"])
    reading["silence_seconds"] = SLOT_SECONDS * (int(notice["slot"]) + 1) - 60 * int(notice["last_minute"])
    reading["silence_together"] = together_with(notice, notices)


def _drift(reading: Any, notice: Any, notices: Rows) -> None:
    del notices
    if reading["drift_deviations_milli"] >= notice["strength_milli"]:
        return
    reading["drift_deviations_milli"] = notice["strength_milli"]
    reading["drift_days"] = notice["days"]
    reading["drift_from_milli"] = notice["first_milli"]
    reading["drift_to_milli"] = notice["last_milli"]
    reading["drift_pace_milli"] = notice["pace_milli"]


def _countdown(reading: Any, notice: Any, notices: Rows) -> None:
    del notices
    if reading["countdown_falls"] and reading["countdown_milli"] <= notice["last_milli"]:
        return
    reading["countdown_falls"] = notice["falls"]
    reading["countdown_milli"] = notice["last_milli"]


_FILLERS: Final[dict[int, Callable[[Any, Any, Rows], None]]] = {SILENCE: _silence, DRIFT: _drift, COUNTDOWN: _countdown}
