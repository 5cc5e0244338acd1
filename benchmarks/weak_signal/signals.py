"""What a planted signal is, and what plants its lines."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.clock import MINUTE_US, flat
from benchmarks.weak_signal.grammar import Template
from benchmarks.weak_signal.world import Tenant, World

HELD_OUT: Final = frozenset({"lease_drift", "shrinking_restarts", "info_drift"})
"""Kinds that are not shown while somebody tunes."""


@dataclass(frozen=True, slots=True)
class Window:
    """When an item about a signal is early enough; an unscored window is neither a find nor a false item."""

    tenant: str
    onset_us: int
    incident_us: int
    scored: bool = True


@dataclass(slots=True)
class Signal:
    """One planted signal."""

    id: str
    kind: str
    tenant: str
    error_worded: bool
    held_out: bool
    windows: list[Window] = field(default_factory=list)


@dataclass(slots=True)
class Hand:
    """Plants the lines of one signal. `strength` is the signal-to-noise ratio: it scales how many events there are."""

    world: World
    tenant: Tenant
    signal: Signal
    strength: float
    dice: Random
    service: str
    hosts: list[str]
    wording: list[Template]
    entity: str
    siblings: list[str]

    def events(self, number: int, least: int = 3) -> int:
        """Scale a number of events."""
        return max(least, round(number * self.strength))

    def plant(
        self, time_us: int, host: str, step: int = 0, tenant: Tenant | None = None, entity: str = "", **fixed: object
    ) -> None:
        """Add one line of the signal."""
        text = self.text(step, entity or self.entity, **fixed)
        (tenant or self.tenant).say(time_us, host, self.service, self.severity(step), text, f"s:{self.signal.id}")

    def noise(
        self, time_us: int, host: str, step: int = 0, entity: str = "", tenant: Tenant | None = None, **fixed: object
    ) -> None:
        """Add one harmless line of the very same text."""
        text = self.text(step, entity or self.dice.choice(self.siblings), **fixed)
        (tenant or self.tenant).say(time_us, host, self.service, self.severity(step), text, "d:same_text")

    def text(self, step: int, entity: str, **fixed: object) -> str:
        """Return the message of a step."""
        values = {name: str(value) for name, value in fixed.items()}
        return self.wording[step].fill(self.dice, {"ent": entity, **values})

    def severity(self, step: int) -> int:
        """Return the syslog severity: that of information, or for some error-worded signals a worse one."""
        return self.severities[step]

    @property
    def severities(self) -> list[int]:
        """One severity a step, the same for all lines."""
        worse = (4, 3, 6)[len(self.service) % 3] if self.signal.error_worded else 6
        return [worse] + [6] * (len(self.wording) - 1)

    def base(self, per_day: float, *, own_host: bool = False) -> None:
        """Let the very same text occur harmlessly, at a low rate or not at all, elsewhere (or also where the signal is)."""
        per_day *= self.dice.choice((0.0, 0.4, 1.0, 1.0))
        places = self.hosts if own_host else [host for host in self.tenant.hosts if host not in self.hosts]
        for time in flat(self.dice, per_day, self.world.start_us, self.world.end_us):
            host, entity = self.dice.choice(places), self.dice.choice(self.siblings)
            for step in range(len(self.wording)):
                later = time + step * self.dice.randrange(20, 300) * 1_000_000
                value = self.dice.randrange(30, 400)
                self.noise(later, host, step, entity, value=value, limit=500, who=self.dice.choice(texts.USERS))

    def span(self, shortest: float, longest: float) -> tuple[int, int]:
        """Draw onset and incident, `shortest` to `longest` days apart, within the scored days."""
        days = self.dice.uniform(shortest, longest)
        onset = self.dice.uniform(7.3, 27.5 - days)
        return self.world.day(onset), self.world.day(onset + days)

    def foretell(self, onset_us: int, incident_us: int, *, scored: bool = True, tenant: Tenant | None = None) -> None:
        """Note a window, and the ticket at its end."""
        where = tenant or self.tenant
        self.signal.windows.append(Window(where.name, onset_us, incident_us, scored))
        self.ticket(incident_us, where)

    def ticket(self, time_us: int, tenant: Tenant) -> None:
        """Write a ticket about the service; one signal's tickets have similar titles."""
        title = texts.TITLES[len(self.service) % len(texts.TITLES)].format(
            service=self.service, host=self.hosts[0], place=texts.PLACES[len(self.entity) % len(texts.PLACES)]
        )
        self.world.tickets.append((time_us, tenant.name, self.service, title))


Scenario = Callable[[Hand], None]

LAST_MARGIN_US: Final = 20 * MINUTE_US
"""A signal's last line stands this long before its incident at least."""
