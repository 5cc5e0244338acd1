"""Four nights of alerts of which three each are worth a call.

https://huggingface.co/datasets (noisebench) - the question: is what should page surfaced, and what should be suppressed
left alone?

Alerts become lines of a monitor, with as many earlier firings as the alert counts for its last hour and the line that it
cleared. Patterns, which the corpus gives as a text, a count and a first time, become that many lines, evenly from the
first time to the end of the night. Metrics and deploys are lines as well; incidents that are open already are tickets. An
item on any line of an incident finds it: its alert, the alerts and the pattern that go with it.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.real_streams.corpora import members_of
from benchmarks.real_streams.scoring import Episode, EpisodeBench, EpisodeScorer, Score
from benchmarks.real_streams.stream import INFORMATION, Figures, Stream, Writer, parse_time
from benchmarks.weak_signal.clock import HOUR_US, SECOND_US
from benchmarks.weak_signal.world import Line
from brainstem.contracts.slots import SLOT_US

_SEVERITIES: Final = {"SEV1": 2, "SEV2": 3, "SEV3": 4}
_INPUT: Final = "environment/workdir"


class Nights(EpisodeBench):
    """The corpus, read."""

    def found(self, score: Score) -> Figures:
        """Return how many incidents were found."""
        return {"incidents found": score.recall()}

    def cost(self, score: Score) -> Figures:
        """Return how late, and how many items were of what should be suppressed."""
        return {"median delay": score.delay(), "items on what to suppress": str(len(score.false_items))}


def load(folder: Path) -> Nights:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    nights: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    for name, body in members_of(folder / "noisebench" / "scenarios.tar.xz").items():
        night, _, file = name.removeprefix("./").partition("/")
        nights[night][file] = body
    writer = Writer()
    episodes: list[Episode] = []
    tickets: list[dict[str, str]] = []
    for night, files in sorted(nights.items()):
        lines, own = _night(night, files)
        episodes += own
        tickets += _tickets(night, _read(files, "incidents_open"))
        for line in sorted(lines):
            # one service has a blank in its name, which no program of a syslog line has
            named = line._replace(service=line.service.replace(" ", "-"))
            writer.syslog(night, f"{named.service}.log", named)
    question = "is what should page surfaced, and what should be suppressed left alone?"
    notes = ("two hours a night without a warm-up: items per tenant and day are blown up from two hours to a day",)
    stream = Stream("noisebench", question, writer.case(tickets), notes=notes)
    return Nights(stream, EpisodeScorer(stream, episodes, a_day=None))


def _night(night: str, files: Mapping[str, bytes]) -> tuple[list[Line], list[Episode]]:
    """Return the lines of a night and the incidents in it."""
    pages, patterns = _read(files, "pages"), _read(files, "patterns")
    labels = json.loads(files["tests/ground_truth.json"])["labels"]
    roots = [page for page in pages if labels[page["id"]] == "page"]
    subject_of = {root["related_pattern"]: root["id"] for root in roots if root["related_pattern"]}
    own = {root["id"]: root["id"] for root in roots}
    mark_of = {page["id"]: own.get(page["id"]) or subject_of.get(page["related_pattern"], "") for page in pages}
    lines = [*_firings(pages, mark_of), *_metrics(files), *_deploys(_read(files, "deploys"))]
    end_us = max(line.time_us for line in lines)
    lines += _pattern_lines(patterns, pages, subject_of, end_us)
    onset_us: dict[str, int] = {}
    for line in lines:
        onset_us[line.mark] = min(line.time_us, onset_us.get(line.mark, line.time_us))
    found = [Episode(root["id"], "page", night, onset_us[root["id"]], end_us + SLOT_US) for root in roots]
    return lines, found


def _firings(pages: Iterable[Mapping[str, Any]], mark_of: Mapping[str, str]) -> Iterator[Line]:
    """Return the lines of each alert: its firings since the one listed before it, at most an hour back, and the clearing."""
    listed_us: dict[tuple[str, str], int] = {}
    for page in sorted(pages, key=lambda page: (page["fired_at"], page["id"])):
        key, time_us = (page["service"], page["metric"]), parse_time(page["fired_at"])
        span_us = min(HOUR_US, time_us - listed_us.get(key, time_us - HOUR_US))
        listed_us[key] = time_us
        firings = max(1, round(page["fired_count_last_1h"] * span_us / HOUR_US))
        for number in range(firings):
            at_us = time_us - number * span_us // firings
            severity = _SEVERITIES.get(page["severity"], INFORMATION)
            text = (
                f"{page['severity']} alert firing: {page['metric']} is {page['value']}, threshold {page['threshold']}"
            )
            yield Line(at_us, "monitor", page["service"], severity, text, mark_of[page["id"]])
            if page["auto_resolved_after_s"]:
                text = f"alert cleared: {page['metric']} is back below threshold {page['threshold']}"
                cleared_us = at_us + page["auto_resolved_after_s"] * SECOND_US
                yield Line(cleared_us, "monitor", page["service"], INFORMATION, text, mark_of[page["id"]])


def _pattern_lines(
    patterns: Iterable[Mapping[str, Any]],
    pages: Iterable[Mapping[str, Any]],
    subject_of: Mapping[str, str],
    end_us: int,
) -> Iterator[Line]:
    service_of = {page["related_pattern"]: page["service"] for page in reversed(list(pages))}
    for pattern in patterns:
        name, first_us = pattern["pattern_id"], parse_time(pattern["first_seen"])
        service = service_of.get(name, "application")
        for number in range(pattern["count"]):
            at_us = first_us + number * (end_us - first_us) // pattern["count"]
            yield Line(at_us, "cluster", service, INFORMATION, pattern["signature"], subject_of.get(name, ""))


def _metrics(files: Mapping[str, bytes]) -> Iterator[Line]:
    for row in csv.DictReader(io.StringIO(files[f"{_INPUT}/metrics.csv"].decode())):
        text = f"metric {row['metric']}={row['value']}"
        yield Line(parse_time(row["timestamp"]), "metrics", row["service"], INFORMATION, text)


def _deploys(deploys: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    for deploy in deploys:
        text = f"deployed version {deploy['version']} commit {deploy['commit_sha']}"
        yield Line(parse_time(deploy["timestamp"]), "deployer", deploy["service"], INFORMATION, text)


def _tickets(night: str, incidents: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for incident in incidents:
        yield {
            "id": incident["incident_id"],
            "tenant": night,
            "time": incident["opened_at"],
            "title": incident["summary"],
            "service": incident["service"],
        }


def _read(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[f"{_INPUT}/{name}.json"])
    return found
