"""Alerts of three detectors in three simulated companies, days of ordinary ones and then an intrusion in ten phases.

https://doi.org/10.5281/zenodo.8263181 (Landauer, Skopik, Wurzenberger, "Introducing a New Alert Data Set for
Multi-Step Attack Analysis", 2024) - the question: is each phase surfaced within a day, and how many of the false
positives with it?

An alert is of a phase when the corpus says so of its time or, outside all phases, of the event itself; all others are
false positives.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.real_streams.corpora import lines_of
from benchmarks.real_streams.scoring import Episode, EpisodeBench, EpisodeScorer, Score
from benchmarks.real_streams.stream import INFORMATION, Figures, Stream, Writer
from benchmarks.weak_signal.clock import DAY_US, MINUTE_US, SECOND_US
from benchmarks.weak_signal.world import Line

COMPANIES: Final = ("fox", "russellmitchell", "shaw")
A_MINUTE: Final = 600
"""Alerts of one kind and host that are kept of each minute. One phase of one company is a scan with 400,000 alerts in
twenty minutes; a forwarder with a rate limit passes on as little."""

_QUIET: Final = ("false_positive", "-")


class Companies(EpisodeBench):
    """The corpus, read."""

    def found(self, score: Score) -> Figures:
        """Return how many phases were found, and how many companies were noticed."""
        companies = {episode.tenant for episode in score.episodes}
        noticed = {episode.tenant for episode in score.found_us}
        return {"phases found": score.recall(), "companies noticed": f"{len(noticed)} of {len(companies)}"}


def load(folder: Path) -> Companies:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    writer = Writer()
    spans: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    left_out = 0
    for company in COMPANIES:
        counts: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        for line in sorted(_alerts(folder / "ait-alerts" / f"{company}_alerts.txt.xz")):
            crowd = line.message, line.host, line.time_us // MINUTE_US
            counts[crowd] += 1
            if counts[crowd] > A_MINUTE:
                left_out += 1
                continue
            if line.mark:
                spans[company, line.mark].append(line.time_us)
            writer.syslog(company, "alerts.log", line)
    episodes = [
        Episode(phase, phase, company, min(times), max(times) + DAY_US) for (company, phase), times in spans.items()
    ]
    notes = (f"{left_out:,} alerts left out: no more than {A_MINUTE} of one kind and host a minute",)
    question = "is each phase of an intrusion surfaced within a day of its last alert, among how many false positives?"
    stream = Stream("ait-alerts", question, writer.case(), notes=notes)
    return Companies(stream, EpisodeScorer(stream, episodes))


def _alerts(path: Path) -> Iterator[Line]:
    rows = lines_of(path)
    next(rows)
    for row in rows:
        begin, _, rest = row.partition(",")
        # a name may hold commas, what follows it does not
        name, address, host, _, by_time, by_event = rest.rsplit(",", 5)
        detector, _, message = name.partition(": ")
        mark = by_time if by_time not in _QUIET else by_event
        text = f"{message} [{address}]"
        yield Line(int(begin) * SECOND_US, host, detector.lower(), INFORMATION, text, "" if mark in _QUIET else mark)
