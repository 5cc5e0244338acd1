"""`brainstem feedback`: a person's verdict on an item, appended to a file of statements."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import DisplayZones, Out
from flows.cli.statements import About, By, FeedbackFile, Found, Note, say

Verdict = Annotated[str, typer.Argument(help="useful, useless or resolved.")]


def feedback(
    about: About,
    verdict: Verdict,
    note: Note = "",
    by: By = None,
    out: Out = Path("var/demo/run"),
    file: FeedbackFile = None,
    at: Found = None,
    zones: DisplayZones = None,
) -> None:
    """Record whether an item was worth your eyes, or that its cause is resolved.

    Appends one line of JSON, which `brainstem replay --feedback FILE` takes up from its own time on. A verdict about an item
    or a family weighs for the family, one about a signature for that message in every service of the tenant. `useful` and
    `useless` raise and lower its score, fading over months. `resolved` weighs nothing and hides nothing in a run: if it
    comes back, its item says that it had been resolved, with your note. What you do about it is said by `brainstem ack`,
    `snooze` and `resolve`. Example: `brainstem feedback 3 useless --note "cleaning staff" --out var/monday`.
    """
    say(out, about, verdict, note, by, at, file, zones)
