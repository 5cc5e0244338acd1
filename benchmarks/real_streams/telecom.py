"""Six days of alarms of a microwave network, with the causal graph its experts drew of the 24 kinds of alarm.

https://github.com/gcastle-hub/dataset (24V_439N_Microwave) - the question: when something is said to come before an
incident, do the experts agree that it leads to it?

Alarms are numbers in the corpus. Here each kind is a program with a name of its own, each device a host, and each
connected part of the network a tenant, since the graph holds among neighbours only. Tickets: the first alarm in six
hours, in one part of the network, of one of the four rarest kinds that have a cause. An item claims, of the kind that
most of its evidence lines are, that it comes before the tickets it names, and where it names none, before every ticket
of its tenant within the next six hours.
"""

import csv
import io
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.real_streams.corpora import members_of
from benchmarks.real_streams.scoring import read
from benchmarks.real_streams.stream import INFORMATION, Figures, Method, Stream, Writer, parse_time, rfc3339
from benchmarks.weak_signal.clock import HOUR_US, SECOND_US
from benchmarks.weak_signal.error_words import words
from benchmarks.weak_signal.generate import Case
from benchmarks.weak_signal.scorer import BenchItem
from benchmarks.weak_signal.world import Line
from benchmarks.weak_signal.writing import Record

BEGIN_US: Final = 1_600_041_600 * SECOND_US
"""The corpus counts seconds from an unnamed Monday; this one is as good as any."""
WINDOW_US: Final = 6 * HOUR_US
TICKET_KINDS: Final = 4
LEAST_ALARMS: Final = 300
"""Parts of the network with fewer alarms are left out."""

KINDS: Final = words(
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray"
)

_WORD: Final = re.compile(r"[\w-]+")

Matrix = NDArray[np.bool_]

Edge = tuple[str, str]
"""A kind of alarm and one that it is said to come before."""


@dataclass(frozen=True, slots=True)
class Network:
    """The corpus, read; `direct` are the edges of the graph, `paths` what is reached along them."""

    stream: Stream
    direct: frozenset[Edge]
    paths: frozenset[Edge]
    opponents: Mapping[str, Method]
    scorer: None = None

    @property
    def ticket_kinds(self) -> set[str]:
        """Kinds of alarm that make tickets."""
        return {ticket["service"] for ticket in self.stream.case.tickets}

    def oracle(self) -> Iterator[BenchItem]:
        """Return, for each ticket, an item of the last alarm before it that is a cause of it."""
        for ticket, time_us, before in _tickets_with_alarms(self.stream.case):
            causes = [record for record in before if (record.line.service, ticket["service"]) in self.paths]
            if causes:
                cause = causes[-1]
                yield BenchItem(
                    ticket["tenant"],
                    min(cause.line.time_us + 1, time_us),
                    ((cause.path, cause.position),),
                    ticket["title"],
                )

    def score(self, items: Iterable[BenchItem]) -> Figures:
        """Return how many of the claims the graph supports, and how many tickets had a cause shown before them."""
        kind_of = {(record.path, record.position): record.line.service for record in self.stream.case.records}
        claims: Counter[Edge] = Counter()
        foreseen: set[str] = set()
        right = 0
        shown = read(items)
        for item in shown:
            kind = Counter(kind_of[place] for place in item.evidence).most_common(1)[0][0] if item.evidence else ""
            claimed = {(kind, each["service"]) for each in self._claimed(item, kind)}
            claims.update(claimed)
            right += bool(claimed & self.paths)
            foreseen |= {each["id"] for each in self._next(item) if (kind, each["service"]) in self.paths}
        possible = self._foreseeable()
        return {
            "items with a right claim": f"{right} of {len(shown)}",
            "different claims": str(len(claims)),
            "right by a path": self._share(claims, self.paths),
            "right by an edge": self._share(claims, self.direct),
            "right by chance": f"{self.chance:.2f}",
            "tickets with a cause shown before": f"{len(foreseen)} of {possible} that had one",
            "items": str(len(shown)),
            "items per tenant and day": f"{len(shown) / self.stream.tenant_days:.2f}",
        }

    @property
    def chance(self) -> float:
        """The share of right claims among all that could be made."""
        possible = {(kind, ticket) for kind in KINDS for ticket in self.ticket_kinds if kind != ticket}
        return len(possible & self.paths) / len(possible)

    def _claimed(self, item: BenchItem, kind: str) -> list[dict[str, str]]:
        named_words = set(_WORD.findall(item.note))
        own = [ticket for ticket in self.stream.case.tickets if ticket["tenant"] == item.tenant]
        named = [each for each in own if each["service"] != kind and {each["service"], each["id"]} & named_words]
        return named or [each for each in self._next(item) if each["service"] != kind]

    def _next(self, item: BenchItem) -> list[dict[str, str]]:
        return [
            each
            for each in self.stream.case.tickets
            if each["tenant"] == item.tenant and 0 <= parse_time(each["time"]) - item.time_us <= WINDOW_US
        ]

    def _foreseeable(self) -> int:
        return sum(
            any((record.line.service, ticket["service"]) in self.paths for record in before)
            for ticket, _, before in _tickets_with_alarms(self.stream.case)
        )

    def _share(self, claims: Iterable[Edge], truth: frozenset[Edge]) -> str:
        distinct = set(claims)
        return f"{len(distinct & truth) / len(distinct):.2f}" if distinct else "-"


def load(folder: Path) -> Network:
    """Read the corpus below the folder of corpora. Raises `CorpusMissingError`."""
    members = members_of(folder / "telecom-alarms" / "24V_439N_Microwave.tar.gz")
    files = {Path(name).name: body for name, body in members.items()}
    graph = np.load(io.BytesIO(files["DAG.npy"]), allow_pickle=False) != 0
    part_of = parts(np.load(io.BytesIO(files["Topology.npy"]), allow_pickle=False) != 0)
    alarms = list(csv.DictReader(io.StringIO(files["Alarm.csv"].decode())))
    sizes = Counter(part_of[int(alarm["device_id"])] for alarm in alarms)
    kept = [alarm for alarm in alarms if sizes[part_of[int(alarm["device_id"])]] >= LEAST_ALARMS]
    writer = Writer()
    for alarm in kept:
        kind, device = KINDS[int(alarm["alarm_id"])], int(alarm["device_id"])
        time_us = BEGIN_US + int(alarm["start_timestamp"]) * SECOND_US
        line = Line(time_us, f"device-{device:03d}", kind, INFORMATION, f"alarm {kind} raised", kind)
        writer.syslog(f"part-{part_of[device]:03d}", "alarms.log", line)
    paths = reachable(graph)
    caused = {KINDS[kind] for kind in range(len(KINDS)) if graph[:, kind].any()}
    without = writer.case()
    case = writer.case(tickets(without, caused))
    notes = (
        f"{len(alarms) - len(kept):,} of {len(alarms):,} alarms left out: parts of the network with fewer than "
        f"{LEAST_ALARMS} alarms",
    )
    question = "what is said to come before an incident: does the experts' graph say that it leads to it?"
    stream = Stream("telecom-alarms", question, case, notes=notes)
    return Network(stream, edges(graph), edges(paths), {"came before twice and thrice as often": co_occurrence})


def parts(topology: Matrix) -> list[int]:
    """Number the connected parts of a network by their first device, and return the part of each device."""
    part_of = [-1] * len(topology)
    for first in range(len(topology)):
        waiting = [first] if part_of[first] < 0 else []
        while waiting:
            device = waiting.pop()
            if part_of[device] < 0:
                part_of[device] = first
                waiting += np.flatnonzero(topology[device] | topology[:, device]).tolist()
    return part_of


def reachable(graph: Matrix) -> Matrix:
    """Return the transitive closure of a graph."""
    known: Matrix = graph.copy()
    for _ in range(len(graph)):
        known = known | (known.astype(int) @ graph.astype(int) > 0)
    return known


def edges(graph: Matrix) -> frozenset[Edge]:
    """Name the edges of a graph over the kinds of alarm."""
    return frozenset((KINDS[cause], KINDS[effect]) for cause, effect in np.argwhere(graph).tolist())


def tickets(case: Case, caused: Iterable[str]) -> Iterator[dict[str, str]]:
    """Return a ticket for each onset of the rarest kinds that have a cause, in each part of the network."""
    counts = Counter(record.line.service for record in case.records)
    rare = sorted(set(caused) & set(counts), key=lambda kind: (counts[kind], kind))[:TICKET_KINDS]
    last_us: dict[Edge, int] = {}
    for record in case.records:
        key, time_us = (record.tenant, record.line.service), record.line.time_us
        if record.line.service in rare:
            if time_us - last_us.get(key, -WINDOW_US) >= WINDOW_US:
                yield {
                    "id": f"ticket-{record.tenant}-{record.line.service}-{time_us // SECOND_US}",
                    "tenant": record.tenant,
                    "time": rfc3339(time_us),
                    "title": f"outage {record.line.service}",
                    "service": record.line.service,
                }
            last_us[key] = time_us


def co_occurrence(case: Case) -> Iterator[BenchItem]:
    """Whatever came within six hours before two tickets of a kind, thrice as often as at other times, when it begins again.

    It learns per part of the network and looks at the past only.
    """
    waiting = list(reversed(case.tickets))
    last: dict[Edge, Record] = {}
    blocks: defaultdict[Edge, set[int]] = defaultdict(set)
    before: Counter[tuple[str, str, str]] = Counter()
    seen: Counter[Edge] = Counter()
    for record in case.records:
        tenant, kind, time_us = record.tenant, record.line.service, record.line.time_us
        while waiting and parse_time(waiting[-1]["time"]) <= time_us:
            ticket = waiting.pop()
            seen[ticket["tenant"], ticket["service"]] += 1
            for (where, earlier), one in last.items():
                if where == ticket["tenant"] and time_us - one.line.time_us <= WINDOW_US:
                    before[where, earlier, ticket["service"]] += 1
        begins = (tenant, kind) not in last or time_us - last[tenant, kind].line.time_us > WINDOW_US
        usual = len(blocks[tenant, kind]) / max(1, (time_us - case.start_us) // WINDOW_US)
        for (where, effect), number in seen.items():
            hits = before[tenant, kind, effect]
            if begins and where == tenant and effect != kind and hits >= 2 and hits / number >= 3 * usual:
                yield BenchItem(tenant, time_us, ((record.path, record.position),), f"precursor of {effect}")
        last[tenant, kind] = record
        blocks[tenant, kind].add(time_us // WINDOW_US)


def _tickets_with_alarms(case: Case) -> Iterator[tuple[dict[str, str], int, list[Record]]]:
    """Return each ticket with its time and the alarms of its part of the network in the six hours before."""
    of_tenant: defaultdict[str, list[Record]] = defaultdict(list)
    for record in case.records:
        of_tenant[record.tenant].append(record)
    for ticket in case.tickets:
        time_us, own = parse_time(ticket["time"]), of_tenant[ticket["tenant"]]
        first = bisect_left(own, time_us - WINDOW_US, key=lambda record: record.line.time_us)
        yield ticket, time_us, own[first : bisect_left(own, time_us, key=lambda record: record.line.time_us)]
