"""`brainstem resolve`: its cause is gone."""

from pathlib import Path

from flows.cli.options import DisplayZones, Out
from flows.cli.statements import About, By, FeedbackFile, Said, Why, say


def resolve(
    about: About,
    note: Why = "",
    by: By = None,
    out: Out = Path("var/demo/run"),
    file: FeedbackFile = None,
    at: Said = None,
    zones: DisplayZones = None,
) -> None:
    """Set aside what is resolved, as its cause is gone: `brainstem queue` tells it apart until it is heard again.

    Then it comes back and says who had resolved it, when and how; its next item says so too, where a run has taken the
    statement up. Example: `brainstem resolve 3 --note "cable replaced" --out var/monday`.
    """
    from brainstem.contracts.statement import RESOLVED

    say(out, about, RESOLVED, note, by, at, file, zones, after_all=True)
