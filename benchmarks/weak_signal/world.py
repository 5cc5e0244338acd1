"""Tenants, their hosts, programs and files: where lines come from."""

from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.clock import DAY_US, DAYS
from benchmarks.weak_signal.grammar import Grammar, Template

TENANTS = 4
PRODUCTS = 56


class Line(NamedTuple):
    """One line before it is written; `mark` is empty, `s:` with a signal's id, or `d:` with a kind of decoy."""

    time_us: int
    host: str
    service: str
    severity: int
    message: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A program that tenants may run, and the messages it logs."""

    name: str
    is_application: bool
    templates: tuple[tuple[Template, int, float], ...]
    """a message, its syslog severity, and its rate: events a day"""


@dataclass(frozen=True, slots=True)
class Log:
    """One file: its path below the tenant's folder, and its format."""

    path: str
    format: str


@dataclass(slots=True)
class Tenant:
    """One company."""

    name: str
    hosts: list[str]
    products: list[Product]
    entities: list[str]
    log_of_host: dict[str, Log]
    application_log: Log
    access_log: Log
    lines: list[Line] = field(default_factory=list)

    def say(self, time_us: int, host: str, service: str, severity: int, message: str, mark: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(time_us, host, service, severity, message, mark))


@dataclass(slots=True)
class World:
    """All that a seed makes, before it is written."""

    seed: int
    start_us: int
    grammar: Grammar
    products: list[Product]
    tenants: list[Tenant]
    scale: float = 1.0
    tickets: list[tuple[int, str, str, str]] = field(default_factory=list)
    """time, tenant, service, title"""

    @property
    def end_us(self) -> int:
        """Return the time at which the last day ends."""
        return self.start_us + DAYS * DAY_US

    def dice(self, *names: object) -> Random:
        """Return a random generator of its own for each purpose, so that one part of the world does not shift another."""
        return Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - wanted: the same on every run

    def day(self, number: float) -> int:
        """Return the time at which a day begins."""
        return self.start_us + int(number * DAY_US)


def found(seed: int, start_us: int, scale: float) -> World:
    """Found the world of a seed; `scale` thins the background for quick tests."""
    dice = Random(f"{seed}/world")  # noqa: S311 - wanted: the same on every run
    grammar = Grammar(dice)
    products = [_product(grammar, dice, is_application=number % 5 == 4) for number in range(PRODUCTS)]
    names: list[str] = []
    while len(names) < TENANTS:
        names.append(grammar.word())
    tenants = [_tenant(name, products, grammar, dice) for name in names]
    return World(seed, start_us, grammar, products, tenants, scale)


def _product(grammar: Grammar, dice: Random, *, is_application: bool) -> Product:
    templates = []
    for _ in range(dice.randrange(5, 20)):
        troubled = dice.random() < 0.16
        severity = dice.choice((3, 4, 4, 5, 6)) if troubled else dice.choice((5, 6, 6, 6, 6, 6))
        # rates spread over three orders of magnitude: most messages of a real log are rare
        rate = 0.03 * 10 ** (dice.random() * (2.4 if troubled else 2.95))
        templates.append((grammar.message(troubled=troubled), severity, rate))
    endings = texts.APP_ENDINGS if is_application else texts.SERVICE_ENDINGS
    return Product(grammar.service(endings), is_application, tuple(templates))


def _tenant(name: str, products: list[Product], grammar: Grammar, dice: Random) -> Tenant:
    hosts = _hosts(grammar, dice)
    collectors = [
        Log("collector/" + grammar.word() + ".log", style)
        for style in dice.sample(("bsd", "bsd", "iso", "rfc5424", "pri"), 2)
    ]
    logs: dict[str, Log] = {}
    for number, host in enumerate(hosts):
        own = Log(f"hosts/{host}/var/log/{dice.choice(('messages', 'syslog'))}", dice.choice(("bsd", "bsd", "iso")))
        logs[host] = own if number % 6 == 5 else collectors[number % 2]
    return Tenant(
        name,
        hosts,
        dice.sample(products, 34),
        grammar.entities(14) + grammar.entities(8),
        logs,
        Log("apps/" + grammar.word() + ".jsonl", "json") if dice.random() < 0.5 else Log("apps/all.log", "logfmt"),
        Log("web/access.log", "access"),
    )


def _hosts(grammar: Grammar, dice: Random) -> list[str]:
    place, prefix = dice.choice(texts.PLACES), grammar.word()
    number_of_hosts, qualified = dice.randrange(12, 21), dice.random() < 0.5
    hosts: list[str] = []
    while len(hosts) < number_of_hosts:
        role = dice.choice(texts.ROLES)
        number = 1 + len([host for host in hosts if role in host])
        hosts.append(f"{role}{number}.{place}.{prefix}.example" if qualified else f"{prefix}-{role}{number:02d}")
    return hosts
