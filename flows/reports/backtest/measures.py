"""How good the items of a run are, held against incidents and against verdicts of people.

Takes the items of a run, tickets and verdicts; returns counts, from which recall, precision and lead time follow.

An item *warns* of an incident when it is of the same tenant, of the incident's service where that names one, and surfaced
before the incident, no longer before it than the window. Recall is the share of incidents that any item warns of, the lead
time of one is from its first such item on, and precision is the share of items that warn of any incident. A verdict is about
the family of the item that it names, or about a signature; of several the latest counts, and `acknowledged` and
`resolved` are like `useful`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from flows.reports.backtest.comparison import Shown


class Ticket(NamedTuple):
    """An incident: when it was, in microseconds since the epoch, UTC, and whose. `service` is empty where it names none."""

    time_us: int
    tenant: str
    service: str
    id: str
    title: str


class Verdict(NamedTuple):
    """A verdict about an item (`i1-...`) or a signature (`s2-...`) of a tenant; `useful` is what was said of it."""

    time_us: int
    tenant: str
    about: str
    useful: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts over the items of one run; lead times are in microseconds, one for each incident that was warned of."""

    items: int
    incidents: int
    lead_times_us: tuple[int, ...]
    warnings: int
    """items that warn of any incident"""
    useful: int
    """items that a verdict calls useful"""
    useless: int
    wanted: int
    """things that verdicts call useful, whether this run has items about them or not"""
    found: int
    """those of them that it has items about"""

    @property
    def recall(self) -> float | None:
        """Return the share of incidents that were warned of; None without incidents."""
        return len(self.lead_times_us) / self.incidents if self.incidents else None

    @property
    def precision(self) -> float | None:
        """Return the share of items that warn of an incident; None without incidents or items."""
        return self.warnings / self.items if self.incidents and self.items else None

    @property
    def median_lead_us(self) -> int | None:
        """Return the median lead time; None where nothing was warned of."""
        return int(median(self.lead_times_us)) if self.lead_times_us else None

    @property
    def verdict_precision(self) -> float | None:
        """Return the share of useful items among those with a verdict; None where none has one."""
        judged = self.useful + self.useless
        return self.useful / judged if judged else None

    @property
    def verdict_recall(self) -> float | None:
        """Return the share of what verdicts call useful that has items; None where they call nothing so."""
        return self.found / self.wanted if self.wanted else None


Thing = tuple[str, str]
"""tenant, and a family or a signature"""


def measured(
    items: Sequence[Shown],
    tickets: Sequence[Ticket],
    verdicts: Iterable[Verdict],
    known: Iterable[Shown],
    window_us: int,
) -> Measures:
    """Return the measures of a run. `known` are the items by whose ids verdicts are looked up: those of all runs."""
    leads = []
    warning: set[str] = set()
    for ticket in tickets:
        warns = [shown for shown in items if is_warning(shown, ticket, window_us)]
        warning.update(shown.id for shown in warns)
        if warns:
            leads.append(ticket.time_us - min(shown.time_us for shown in warns))
    said = _said(verdicts, known)
    of_items = [_verdict_on(shown, said) for shown in items]
    things = {thing for shown in items for thing in _things(shown)}
    wanted = [thing for thing, useful in said.items() if useful]
    return Measures(
        items=len(items),
        incidents=len(tickets),
        lead_times_us=tuple(sorted(leads)),
        warnings=len(warning),
        useful=of_items.count(True),
        useless=of_items.count(False),
        wanted=len(wanted),
        found=sum(thing in things for thing in wanted),
    )


def is_warning(shown: Shown, ticket: Ticket, window_us: int) -> bool:
    """Return whether an item warns of an incident."""
    return (
        shown.tenant == ticket.tenant
        and (not ticket.service or ticket.service in shown.services)
        and 0 < ticket.time_us - shown.time_us <= window_us
    )


def _said(verdicts: Iterable[Verdict], known: Iterable[Shown]) -> dict[Thing, bool]:
    """Return the latest verdict on each family and signature; one about an item that no run has says nothing here."""
    families = {(shown.tenant, shown.id): shown.family for shown in known}
    said: dict[Thing, bool] = {}
    for verdict in sorted(verdicts):
        about = families.get((verdict.tenant, verdict.about), "" if verdict.about.startswith("i1-") else verdict.about)
        if about:
            said[verdict.tenant, about] = verdict.useful
    return said


def _things(shown: Shown) -> list[Thing]:
    return [(shown.tenant, shown.family), *((shown.tenant, signature) for signature in shown.signatures)]


def _verdict_on(shown: Shown, said: dict[Thing, bool]) -> bool | None:
    return next((said[thing] for thing in _things(shown) if thing in said), None)
