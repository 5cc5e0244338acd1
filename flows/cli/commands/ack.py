"""`brainstem ack`: somebody has it in hand."""

from pathlib import Path

from flows.cli.options import DisplayZones, Out
from flows.cli.statements import About, By, FeedbackFile, Said, Why, say


def ack(
    about: About,
    note: Why = "",
    by: By = None,
    out: Out = Path("var/demo/run"),
    file: FeedbackFile = None,
    at: Said = None,
    zones: DisplayZones = None,
) -> None:
    """Set aside what you have in hand: `brainstem queue` tells it apart, with your name, your note and since when.

    It comes back, and says so, when it is in a higher band than now, on another host, or shown again. Nothing is hidden from
    the run itself: its items and its digest stay as they are. Example:
    `brainstem ack 3 --note "vendor has a case" --out var/monday`.
    """
    from brainstem.contracts.statement import ACKNOWLEDGED

    say(out, about, ACKNOWLEDGED, note, by, at, file, zones, after_all=True)
