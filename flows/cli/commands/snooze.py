"""`brainstem snooze`: nobody needs to look at it for a while."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import DisplayZones, Out
from flows.cli.statements import About, By, FeedbackFile, Said, Why, say

Until = Annotated[
    str,
    typer.Option("--until", help="Until when (ISO 8601), or `escalates`: until nothing else than that brings it back."),
]


def snooze(
    about: About,
    until: Until,
    note: Why = "",
    by: By = None,
    out: Out = Path("var/demo/run"),
    file: FeedbackFile = None,
    at: Said = None,
    zones: DisplayZones = None,
) -> None:
    """Set an item or a family aside until a time, or until it escalates: `brainstem queue` tells it apart from the rest.

    It comes back, and says who had snoozed it and why, at that time, and before it when it is in a higher band than now or
    on another host. Example: `brainstem snooze 3 --until 2026-03-20T08:00 --note "moved on Thursday" --out var/monday`.
    """
    from brainstem.contracts.statement import ESCALATES, SNOOZED

    moment = None if until == ESCALATES else until
    say(out, about, SNOOZED, note, by, at, file, zones, moment, after_all=True)
