"""What notices add to the readings of a tenant's families, once the whole tenant bears them out."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.contracts.notice import COUNTDOWN, DRIFT, SILENCE
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.evidence.silence.liveness import Liveness
from brainstem.parameters import parameter

TOGETHER_MINUTES: Final = parameter(
    "notices.together_minutes",
    1440,
    "minutes",
    "jobs that fall silent within a day of each other may do so for one reason",
)


def borne_out(notices: Rows, live: Liveness) -> Rows:
    """Return the notices that hold: of silent jobs those that would have been heard."""
    kept = [index for index, each in enumerate(notices) if each["kind"] != SILENCE or live.bears_out(each)]
    return notices[kept]


def together_with(notice: Any, notices: Rows) -> int:
    """Count the other jobs of a tenant, by program and host, that were first missed about when this one was."""
    silent = notices[notices["kind"] == SILENCE]
    near = np.abs(silent["due_minute"] - notice["due_minute"]) <= TOGETHER_MINUTES
    jobs = {(int(each["program"]), int(each["host"])) for each in silent[near]}
    return len(jobs - {(int(notice["program"]), int(notice["host"]))})


def fill(features: Any, notice: Any, notices: Rows) -> None:
    """Fill in the columns of one notice, unless a stronger one of its kind is there; `notices` are all that hold."""
    _FILLERS[int(notice["kind"])](features, notice, notices)


def _silence(features: Any, notice: Any, notices: Rows) -> None:
    if features["silence_runs"] >= notice["runs"]:
        return
    features["silence_runs"] = notice["runs"]
    features["silence_regularity_permille"] = notice["regularity_permille"]
    features["silence_period_seconds"] = 60 * int(notice["period_minutes"])
    features["silence_seconds"] = SLOT_SECONDS * (int(notice["slot"]) + 1) - 60 * int(notice["last_minute"])
    features["silence_together"] = together_with(notice, notices)


def _drift(features: Any, notice: Any, notices: Rows) -> None:
    del notices
    if features["drift_deviations_milli"] >= notice["strength_milli"]:
        return
    features["drift_deviations_milli"] = notice["strength_milli"]
    features["drift_days"] = notice["days"]
    features["drift_from_milli"] = notice["first_milli"]
    features["drift_to_milli"] = notice["last_milli"]
    features["drift_pace_milli"] = notice["pace_milli"]


def _countdown(features: Any, notice: Any, notices: Rows) -> None:
    del notices
    if features["countdown_falls"] and features["countdown_milli"] <= notice["last_milli"]:
        return
    features["countdown_falls"] = notice["falls"]
    features["countdown_milli"] = notice["last_milli"]


_FILLERS: Final[dict[int, Callable[[Any, Any, Rows], None]]] = {SILENCE: _silence, DRIFT: _drift, COUNTDOWN: _countdown}
