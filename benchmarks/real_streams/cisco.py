"""Fifteen routers' logs while BGP sessions were cleared by hand, at known times.

https://github.com/cisco-ie/telemetry - the question: is each clear surfaced, and nothing between them?

The files stand as the routers printed them, head and year-less stamps in Pacific time included. A line belongs to a
clear when it was written from a minute before its stated begin to a minute after its stated end (the table gives whole
minutes, and the first lines come 16 seconds before the first of them).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.real_streams.corpora import members_of
from benchmarks.real_streams.scoring import Episode, EpisodeBench, EpisodeScorer, Score
from benchmarks.real_streams.stream import Figures, Stream, Writer, microseconds
from benchmarks.weak_signal.clock import MINUTE_US
from benchmarks.weak_signal.world import Line
from brainstem.contracts.slots import SLOT_US

ZONE: Final = "America/Los_Angeles"
TENANT: Final = "fabric"
YEAR: Final = 2017

_LINE: Final = re.compile(
    r"\S+?:(?P<time>[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d\.\d{3}) : (?P<service>[\w-]+)\[\d+\]: "
    r"(?P<message>%[A-Z0-9_]+-[A-Z0-9_]+-(?P<severity>\d)-.*)"
)


class Routers(EpisodeBench):
    """The corpus, read."""

    def found(self, score: Score) -> Figures:
        """Return how many clears were found."""
        return {"clears found": score.recall()}


def load(folder: Path) -> Routers:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    members = {Path(name).name: body for name, body in members_of(folder / "cisco-iosxr-bgp" / "logs.tar.xz").items()}
    table = next(body for name, body in members.items() if name.endswith("casedata.txt"))
    episodes = list(_clears(table.decode()))
    writer = Writer()
    for name, body in sorted(members.items()):
        if name.endswith(".log"):
            for text in body.decode(errors="replace").splitlines():
                host = name.partition(".")[0]
                writer.add(TENANT, f"{host}.log", text, _line(text, host, episodes))
    question = "is each cleared BGP session surfaced, and nothing else?"
    notes = (
        "half an hour of one fabric without a warm-up: items per tenant and day are those of 40 minutes blown up to a day",
    )
    stream = Stream("cisco-iosxr-bgp", question, writer.case(), ZONE, notes)
    return Routers(stream, EpisodeScorer(stream, episodes, a_day=None))


def _clears(table: str) -> Iterator[Episode]:
    for row in table.splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) > 7 and cells[4] and cells[4][0].isdigit():
            begin, end = (_moment(cells[column], "%m/%d/%y %H:%M") for column in (4, 5))
            name = f"clear of {cells[7]}"
            yield Episode(name, "clear", TENANT, begin - MINUTE_US, end + MINUTE_US + SLOT_US)


def _line(text: str, host: str, episodes: Iterable[Episode]) -> Line | None:
    match = _LINE.match(text)
    if match is None:
        return None
    time_us = _moment(f"{YEAR} {match['time']}", "%Y %b %d %H:%M:%S.%f")
    marks = [each.subject for each in episodes if each.onset_us <= time_us <= each.until_us - SLOT_US]
    return Line(time_us, host, match["service"], int(match["severity"]), match["message"], marks[0] if marks else "")


def _moment(text: str, form: str) -> int:
    local = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(ZONE))
    return microseconds(local)
