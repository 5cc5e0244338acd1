"""Five public status pages over months and years: every reported state of every site.

https://upptime.js.org - the question: are flapping and chronic sites surfaced, and sites that are well left alone?

The truth is the stream itself. A site flaps while three or more times down and up again lie within 7 days; the window
opens with the second time it goes down, when a run could first be noticed, and closes 7 days after the last. A site is
chronic while it was down on 7 or more of 14 days; the window opens on the third of those days and closes a day after the
last. Single outages count neither way: whoever watches the page knows of them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.real_streams.corpora import lines_of
from benchmarks.real_streams.scoring import Episode, EpisodeBench, EpisodeScorer, Score
from benchmarks.real_streams.stream import INFORMATION, Figures, Stream, Writer, parse_time
from benchmarks.weak_signal.clock import DAY_US
from benchmarks.weak_signal.world import Line

WEEK_US: Final = 7 * DAY_US
CYCLES: Final = 3
CHRONIC_DAYS: Final = 7
CHRONIC_SPAN: Final = 14
SINGLE_OUTAGE: Final = "single outage"


class Report(NamedTuple):
    """One state of one site."""

    time_us: int
    stamp: str
    tenant: str
    site: str
    is_down: bool
    text: str


class Pages(EpisodeBench):
    """The corpus, read."""

    def found(self, score: Score) -> Figures:
        """Return how many episodes of each kind were found."""
        return {"flapping found": score.recall("flapping"), "chronic found": score.recall("chronic")}


def load(folder: Path) -> Pages:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    reports = sorted(map(_report, lines_of(folder / "upptime" / "upptime_events.jsonl.xz")))
    of_site: defaultdict[tuple[str, str], list[Report]] = defaultdict(list)
    for report in reports:
        of_site[report.tenant, report.site].append(report)
    episodes = [episode for _, own in sorted(of_site.items()) for episode in (*flapping(own), *chronic(own))]
    spans = {subject: _span(own) for subject, own in groupby(episodes, lambda episode: episode.subject)}
    writer = Writer()
    for report in reports:
        mark = _mark(report, spans)
        line = Line(report.time_us, "status", "upptime", INFORMATION, report.text, mark)
        writer.add(report.tenant, "upptime.log", f"{report.stamp} status upptime: {report.text}", line)
    question = "are flapping and chronic sites surfaced?"
    stream = Stream("upptime", question, writer.case())
    return Pages(stream, EpisodeScorer(stream, episodes, neutral={SINGLE_OUTAGE}, mostly_one=True))


def flapping(reports: Sequence[Report]) -> Iterator[Episode]:
    """Find the runs of a site's times down and up again of which any three in a row begin within 7 days."""
    states = [next(same) for _, same in groupby(reports, lambda report: report.is_down)]
    falls = [one.time_us for one, _ in pairwise(states) if one.is_down]
    for run in dense_runs(falls, CYCLES, WEEK_US):
        yield _episode(reports[0], "flapping", run[1], run[-1] + WEEK_US)


def chronic(reports: Sequence[Report]) -> Iterator[Episode]:
    """Find the spans in which a site was down on at least 7 of 14 days."""
    days = sorted({report.time_us // DAY_US for report in reports if report.is_down})
    for span in dense_runs(days, CHRONIC_DAYS, CHRONIC_SPAN - 1):
        yield _episode(reports[0], "chronic", span[2] * DAY_US, (span[-1] + 2) * DAY_US)


def dense_runs(times: Sequence[int], least: int, span: int) -> list[list[int]]:
    """Return the runs of ordered times in which any `least` in a row lie within `span` of each other."""
    runs: list[list[int]] = []
    for place, (first, last) in enumerate(zip(times, times[least - 1 :], strict=False)):
        if last - first <= span:
            within = times[place : place + least]
            if runs and first <= runs[-1][-1]:
                runs[-1] += [time for time in within if time > runs[-1][-1]]
            else:
                runs.append(list(within))
    return runs


def _report(text: str) -> Report:
    row = json.loads(text)
    tenant = row["source"].replace("/", "-")
    return Report(parse_time(row["ts"]), row["ts"], tenant, row["site"], row["status"] == "down", row["raw"])


def _episode(report: Report, kind: str, onset_us: int, until_us: int) -> Episode:
    return Episode(f"{report.tenant}/{report.site}", kind, report.tenant, onset_us, until_us)


def _span(episodes: Iterable[Episode]) -> list[tuple[int, int]]:
    # what led to an episode is evidence of it as well
    return [(episode.onset_us - WEEK_US, episode.until_us) for episode in episodes]


def _mark(report: Report, spans: Mapping[str, Sequence[tuple[int, int]]]) -> str:
    subject = f"{report.tenant}/{report.site}"
    if any(first <= report.time_us <= last for first, last in spans.get(subject, ())):
        return subject
    return SINGLE_OUTAGE if report.is_down else ""
