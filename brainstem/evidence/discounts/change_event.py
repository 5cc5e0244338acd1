"""Change event: a family came with an update or a restart, so it is less news.

Takes the births of a tenant's families; returns how many each service had about the same time. Takes features; returns what
that takes off. A service that says many new things at once has been changed.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.evidence.statistics import LEARNING_SLOTS, YOUNG_DAYS, age_in_days, bounded, doublings
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import STORED_SHAPE, parameter
from brainstem.text.phrases import counted

CHANGE_EVENT: Final = 11
"""column of its points"""

CHANGE_POINTS: Final = parameter(
    "change_event.points", 3.0, "decibans", "what each doubling of the births beside it takes off"
)
CHANGE_DOUBLING_POINTS: Final = parameter(
    "change_event.doubling_points",
    0.5,
    "decibans",
    "what each doubling of the tenant's families born beside it takes off",
)
CHANGE_MAX: Final = parameter("change_event.max", 14.0, "decibans", "most that an update takes off")
FLEET_HOSTS: Final = parameter(
    "change_event.fleet_hosts", 3, "hosts", "hosts from which what is new and comes once on each counts as a roll-out"
)
FLEET_EPISODES: Final = parameter(
    "change_event.fleet_episodes",
    2.0,
    "episodes",
    "episodes on each host from which it is no roll-out; one or less is surely one",
)
FLEET_SHARE: Final = parameter(
    "change_event.fleet_share", 0.6, "share", "share of its novelty that a roll-out takes away"
)

BIRTH_DAYS: Final = parameter(
    "change_event.birth_days", 16, "days", "days for which births of a service are counted", fixed=STORED_SHAPE
)
NO_DAY: Final = -(2**31)


@compiled_without_refcounts
def fill_births(
    feature_rows: Rows,
    attention_states: Rows,
    rows: Int32s,
    slot: int,
    tenant_slot: int,
    families: Int32s,
    births: Int32s,
    birth_day: Int32s,
) -> None:
    """Fill in how many families each service has, and the most that were born in it within two days until the birth of
    each family.

    `rows` are those of the families' attention states, which hold the service and the first slot; `tenant_slot` is the
    tenant's first slot; the last three are the tables of a `BirthLog`. In a tenant's first days everything is new to us
    only, so births of these days are not counted.
    """
    today = slot // SLOTS_PER_DAY
    since = max(today - BIRTH_DAYS + 2, (tenant_slot + LEARNING_SLOTS) // SLOTS_PER_DAY + 1)
    for index in range(len(rows)):
        attention_state = attention_states[rows[index]]
        service = attention_state.service
        born = attention_state.first_slot // SLOTS_PER_DAY
        most = 0
        # families that were born before a change have not come with it
        for day in range(since, min(today, born + 1) + 1):
            together = 0
            if birth_day[service, day % BIRTH_DAYS] >= since:
                together += births[service, day % BIRTH_DAYS]
            if day > since and birth_day[service, (day - 1) % BIRTH_DAYS] >= since:
                together += births[service, (day - 1) % BIRTH_DAYS]
            most = max(most, together)
        feature_rows[index].service_births_2d = max(0, most - (1 if born >= since else 0))
        feature_rows[index].service_families = families[service]


class BirthLog:
    """The births of one tenant, by service and day."""

    def __init__(self) -> None:
        self._services: dict[str, int] = {}
        self._families = np.zeros(8, np.int32)
        self._births = np.zeros((8, BIRTH_DAYS), np.int32)
        self._birth_day = np.full((8, BIRTH_DAYS), NO_DAY, np.int32)

    def row_of(self, service: str) -> int:
        """Return the number of a service."""
        row = self._services.setdefault(service, len(self._services))
        if row == len(self._births):
            self._families = np.concatenate([self._families, np.zeros_like(self._families)])
            self._births = np.concatenate([self._births, np.zeros_like(self._births)])
            self._birth_day = np.concatenate([self._birth_day, np.full_like(self._birth_day, NO_DAY)])
        return row

    @property
    def services(self) -> int:
        """Return how many services there are."""
        return len(self._services)

    def count(self, service: int, slot: int) -> None:
        """Count the birth of a family in a service."""
        self._families[service] += 1
        day = slot // SLOTS_PER_DAY
        if self._birth_day[service, day % BIRTH_DAYS] != day:
            self._birth_day[service, day % BIRTH_DAYS], self._births[service, day % BIRTH_DAYS] = day, 0
        self._births[service, day % BIRTH_DAYS] += 1

    @property
    def tables(self) -> tuple[Int32s, Int32s, Int32s]:
        """Return the families of each service, its births by day modulo `BIRTH_DAYS`, and which day each of these is."""
        return self._families, self._births, self._birth_day

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        return tuple(self._services), self._families.tobytes(), self._births.tobytes(), self._birth_day.tobytes()

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        services, families, births, days = state
        self._services = {service: row for row, service in enumerate(services)}
        self._families = np.frombuffer(families, np.int32).copy()
        self._births = np.frombuffer(births, np.int32).reshape(-1, BIRTH_DAYS).copy()
        self._birth_day = np.frombuffer(days, np.int32).reshape(-1, BIRTH_DAYS).copy()


@compiled
def change_event_points(features: Row, novelty: float) -> float:
    """Return what a young family loses that came with an update, or was brought to one machine after another; `novelty` are
    its points of novelty.
    """
    points = 0.0
    if age_in_days(features) <= YOUNG_DAYS:
        together = CHANGE_POINTS * doublings(features.service_births_2d - 1.0)
        together += CHANGE_DOUBLING_POINTS * max(0.0, doublings(1.0 + features.born_together) - 1.0)
        points = -bounded(together, CHANGE_MAX)
        if features.facet_kind == 0 and features.hosts >= FLEET_HOSTS:
            # a new message that comes about once on each of several machines was rolled out to them
            once_each = bounded(FLEET_EPISODES - float(features.episodes) / features.hosts, 1.0)
            points = min(points, -FLEET_SHARE * once_each * novelty)
    return points


def _because(facts: Facts) -> str:
    beside = max(facts.get("born_together", 0), facts.get("service_births_2d", 0))
    if beside == 0:
        hosts = counted(facts.get("hosts", 0), "host")
        return f"came {counted(facts.get('episodes', 0), 'time')} on {hosts} since it is new, as a roll-out does"
    others = counted(beside, "other new message")
    return f"appeared together with {others}, as after an update or a restart"


KIND: Final = EvidenceKind(
    name="change_event",
    number=15,
    factors=(
        Factor(
            "change_event",
            CHANGE_EVENT,
            _because,
            "−(points · log₂(births of its service within two days − 1) + doubling_points · (log₂(1 + families of the"
            " tenant born beside it) − 1)), cut at max; or −fleet_share · novelty · (fleet_episodes − episodes /"
            " hosts), on fleet_hosts hosts or more.",
            held_down_by="the update or restart that it came with",
            not_shown=("came with an update or a restart", "came with an update or a restart"),
        ),
    ),
    meaning="It came with an update or a restart, or was brought to one machine after another: a service that says"
    " many new things at once has been changed. It counts in a family's first two weeks.",
    example=example_facts(1.0, count=3, episodes=2, episodes_7d=2, born_together=6, service_births_2d=9),
    columns=("born_together", "service_births_2d"),
    is_key=False,
)
