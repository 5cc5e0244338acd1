"""OpenStack under fault injection: pairs of rounds, one with a fault and one without, in three campaigns.

https://github.com/dessertlab/Failure-Dataset-OpenStack (Cotroneo et al., "How Bad Can a Bug Get?", ESEC/FSE 2019) - the
question: how long after a fault is activated is it surfaced, and is that before the user sees it? Clean rounds must stay
quiet.

A campaign is a tenant, and its rounds lie where they were in time, some beside each other, each below a folder of its
own. A line is of a fault when its round has one and it was written after the activation. Rounds without a fault in
which the workload failed all the same count neither way. What a user saw fail is a ticket.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.real_streams.corpora import lines_of
from benchmarks.real_streams.scoring import Episode, EpisodeBench, EpisodeScorer, Score, duration
from benchmarks.real_streams.stream import Figures, Stream, Writer, parse_time, rfc3339
from benchmarks.weak_signal.world import Line
from brainstem.contracts.slots import SLOT_US

CAMPAIGNS: Final = ("cinder", "neutron", "nova")
DISTURBED: Final = "disturbed"
_LEVELS: Final = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7, "TRACE": 7}
_REQUEST: Final = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class Round:
    """One round; times are None where nothing was activated or nobody saw anything fail."""

    name: str
    campaign: str
    activated_us: int | None
    failed_us: int | None
    end_us: int
    is_disturbed: bool
    title: str

    def mark(self, time_us: int) -> str:
        """Return what a line of this round is."""
        if self.activated_us is not None and time_us >= self.activated_us:
            return self.name
        return DISTURBED if self.is_disturbed else ""


@dataclass(frozen=True, slots=True)
class OpenStack(EpisodeBench):
    """The corpus, read."""

    rounds: Mapping[str, Round]

    def found(self, score: Score) -> Figures:
        """Return how many faults were found, and how many of them before the user saw them."""
        return {
            "faults found, user saw a failure": score.recall("failing"),
            "found before the user saw it": self._before(score),
            "faults found, nobody saw one": score.recall("latent"),
        }

    def cost(self, score: Score) -> Figures:
        """Return how early, and how many clean rounds were not left alone."""
        clean = {each.name for each in self.rounds.values() if each.activated_us is None and not each.is_disturbed}
        loud = {item.evidence[-1][0].split("/")[1] for item in score.false_items if item.evidence}
        return {
            "median delay from activation": score.delay(),
            "median lead before the user": self._lead(score),
            "clean rounds with an item": f"{len(clean & loud)} of {len(clean)}",
        }

    def _leads(self, score: Score) -> list[int]:
        failed = {episode: self.rounds[episode.subject].failed_us for episode in score.found_us}
        return [failed_us - score.found_us[episode] for episode, failed_us in failed.items() if failed_us is not None]

    def _before(self, score: Score) -> str:
        failing = [
            each for each in self.rounds.values() if each.activated_us is not None and each.failed_us is not None
        ]
        return f"{sum(lead > 0 for lead in self._leads(score))} of {len(failing)}"

    def _lead(self, score: Score) -> str:
        leads = self._leads(score)
        return duration(median(leads)) if leads else "-"


def load(folder: Path) -> OpenStack:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    corpus = folder / "openstack-fi"
    rounds = {each.name: each for each in map(_round, lines_of(corpus / "labels.jsonl"))}
    writer = Writer()
    for campaign in CAMPAIGNS:
        for name, service, text in _rows(corpus / f"{campaign}.log.xz"):
            line = _line(service, text, rounds[name])
            writer.add(campaign, f"{name}/{service}.log", text, line)
    episodes = [
        Episode(each.name, "failing" if each.failed_us else "latent", each.campaign, each.activated_us, each.end_us)
        for each in rounds.values()
        if each.activated_us is not None
    ]
    question = (
        "how long after its activation is a fault surfaced, is that before the user sees it, are clean rounds quiet?"
    )
    tickets = [_ticket(each, each.failed_us) for each in rounds.values() if each.failed_us is not None]
    leads = [
        each.failed_us - each.activated_us
        for each in rounds.values()
        if each.failed_us is not None and each.activated_us is not None
    ]
    notes = (
        f"{sum(lead < 1_000_000 for lead in leads)} of {len(leads)} faults reach the user within a second; judged every "
        f"{duration(SLOT_US)}, a fault can be surfaced first only where that takes longer (longest: {duration(max(leads))})",
    )
    stream = Stream("openstack-fi", question, writer.case(tickets), notes=notes)
    return OpenStack(stream, EpisodeScorer(stream, episodes, neutral={DISTURBED}, a_day=None), rounds)


def _round(text: str) -> Round:
    row: dict[str, Any] = json.loads(text)
    activated, failed = row["fault_activated_local"], row["first_user_failure_local"]
    campaign = row["campaign"].lower()
    return Round(
        name=f"{campaign}-{row['test']:03d}-r{row['round']}",
        campaign=campaign,
        activated_us=parse_time(activated) if activated else None,
        failed_us=parse_time(failed) if failed else None,
        end_us=parse_time(row["log_end"]) + SLOT_US,
        is_disturbed=not row["faulty"] and row["failure"] != "NO_FAILURE",
        title=row["assertion"] or "request of the workload failed",
    )


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Return round, service and text of each line, as the file has them."""
    for row in lines_of(path):
        name, service, text = row.split("\t", 2)
        yield name, service, text


def _line(service: str, text: str, of_round: Round) -> Line | None:
    """Read the time, level and message of a line of the OpenStack log format; None where it has no time."""
    parts = text.split(" ", 5)
    if len(parts) < 6 or parts[3] not in _LEVELS:
        return None
    time_us = parse_time(f"{parts[0]} {parts[1]}")
    program = service.rpartition("/")[2]
    # the mask of the opponents knows no such names; a person who filters such logs would mask them
    message = _REQUEST.sub("#", parts[5])
    return Line(time_us, "", program, _LEVELS[parts[3]], message, of_round.mark(time_us))


def _ticket(each: Round, failed_us: int) -> dict[str, str]:
    return {
        "id": f"user-{each.name}",
        "tenant": each.campaign,
        "time": rfc3339(failed_us),
        "title": each.title,
        "service": each.campaign,
    }
