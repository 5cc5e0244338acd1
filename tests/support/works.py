"""Two works over three weeks, with tickets: what the tests of incidents, memory, recall and digests run over.

`finished_works` (`tests.support.finished_runs`) is a run over all of it that tests share.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.files.discovery import discover, parse_argument
from flows.config.settings import Settings
from flows.runs.replay import replay
from flows.sinks.output_folder import OutputFolder

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 21
"""days that their logs span"""
STOPS = (4.5, 9.3, 13.6, 18.2)
"""days on which the mill of acme stood still"""

Line = tuple[datetime, str]
Statement = dict[str, str]


@dataclass(frozen=True)
class Works:
    """Lines by tenant and tickets, in order of time."""

    lines: dict[str, list[Line]]
    tickets: list[Statement]

    def until(self, moment: datetime) -> "Works":
        """Return what there was by a moment."""
        lines = {tenant: [line for line in lines if line[0] < moment] for tenant, lines in self.lines.items()}
        return Works(lines, [each for each in self.tickets if each["time"] < stamp(moment)])


def stamp(moment: datetime) -> str:
    """Return a time as tickets have it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def at(day: float) -> datetime:
    """Return a moment by its day."""
    return START + timedelta(days=day)


def works() -> Works:
    """Return two works: routine, a mill that says something odd some hours before it stops and once for nothing, and a loom
    whose fault befalls the second works a week after the first."""
    dice = random.Random(5)
    lines: dict[str, list[Line]] = {"acme": [], "bolt": []}
    tickets = []
    for said in lines.values():
        for day in range(DAYS):
            for number in range(6):
                # a word of its own day, so that there are other rare messages
                word = "".join(dice.choice("bdfglmnprst") + dice.choice("aeiou") for _ in range(4))
                said.append(
                    (at(day + dice.random()), f"host{number} porter[7]: {word} gate of yard was opened for carts")
                )
            said.extend(
                (at(day + hour / 24), "host1 rounds[9]: watch has walked its round") for hour in range(0, 24, 3)
            )
    for number, stop in enumerate((*STOPS, 11.2)):
        for minutes in (0, 25):
            moment = at(stop) - timedelta(hours=5, minutes=-minutes)
            lines["acme"].append((moment, f"host2 grind[4]: stone mill{number} runs warm, bearing asks for grease"))
        if stop in STOPS:
            ticket = {"id": f"A{number}", "tenant": "acme", "time": stamp(at(stop)), "service": "grind"}
            tickets.append(ticket | {"title": f"Mill {number} stands still on host{number}"})
    for tenant, begin in (("acme", 6.1), ("bolt", 14.1)):
        host = "host3" if tenant == "acme" else "anna"
        for hours in (0, 7, 16, 24, 29):
            moment = at(begin) + timedelta(hours=hours)
            lines[tenant].append((moment, f"{host} loom[5]: shuttle {tenant}-{hours} fell back to its slow gear twice"))
    tickets.append(
        {"id": "A9", "tenant": "acme", "time": stamp(at(7.4)), "service": "loom", "title": "Secret cloth is late"}
    )
    return Works(
        {tenant: sorted(said) for tenant, said in lines.items()}, sorted(tickets, key=lambda each: each["time"])
    )


def run(
    folder: Path, given: Works, feedback: Sequence[Statement] = (), **changes: Any
) -> tuple[bytes, list[dict[str, Any]]]:
    """Replay works, and return items.jsonl as it is and read."""
    folder.mkdir()
    arguments = []
    for tenant, lines in given.lines.items():
        path = folder / f"{tenant}.log"
        path.write_text("".join(f"{moment.isoformat(timespec='microseconds')} {line}\n" for moment, line in lines))
        arguments.append(f"{tenant}={path}")
    for name, statements in (("incidents", given.tickets), ("feedback", feedback)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in statements))
    settings = Settings(folder / "out", incidents=folder / "incidents.jsonl", feedback=folder / "feedback.jsonl")
    replay(discover([parse_argument(each) for each in arguments]), replace(settings, **changes))
    written = OutputFolder(folder / "out").items.read_bytes().replace(str(folder).encode(), b"")
    return written, [json.loads(line) for line in written.splitlines()]


def of_kind(items: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the items that show a kind of evidence."""
    return [item for item in items if kind in item["data"]["kinds"]]
