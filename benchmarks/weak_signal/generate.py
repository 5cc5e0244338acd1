"""One seed of the bench: files, tickets and the truth, from numbers alone."""

import json
import os
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.weak_signal import background, decoys
from benchmarks.weak_signal.clock import DAY_US, WARM_UP_DAYS, first_day, moment
from benchmarks.weak_signal.planting import plant
from benchmarks.weak_signal.signals import Signal
from benchmarks.weak_signal.world import World, found
from benchmarks.weak_signal.writing import Record, write

LOUD_SHARE: Final = 0.3
"""Signals whose incident fills the log with errors once it is there."""


@dataclass(frozen=True, slots=True)
class Case:
    """One seed: `files` by path, `records` in order of delivery, `signals` with their windows, `tickets` by time."""

    seed: int
    strength: float
    start_us: int
    end_us: int
    tenants: list[str]
    files: dict[str, bytes]
    records: list[Record]
    signals: list[Signal]
    tickets: list[dict[str, str]]

    @property
    def scored_from_us(self) -> int:
        """Return the time at which the warm-up ends."""
        return self.start_us + WARM_UP_DAYS * DAY_US


def generate(seed: int, strength: float = 1.0, scale: float = 1.0) -> Case:
    """Make a case; `strength` is the signal-to-noise ratio, `scale` thins the background for quick tests."""
    dice = Random(f"{seed}/calendar")  # noqa: S311 - wanted: the same on every run
    world = found(seed, first_day(dice), scale)
    for tenant in world.tenants:
        background.live(world, tenant)
        decoys.disturb(world, tenant)
        decoys.unforetold(world, tenant)
    signals = plant(world, strength)
    _aftermath(world, signals)
    files: dict[str, bytes] = {}
    records: list[Record] = []
    for tenant in world.tenants:
        written, delivered = write(world, tenant)
        files |= written
        records += delivered
    names = [tenant.name for tenant in world.tenants]
    return Case(seed, strength, world.start_us, world.end_us, names, files, records, signals, _tickets(world))


def _aftermath(world: World, signals: list[Signal]) -> None:
    """Let some incidents be loud from their time on."""
    dice = world.dice("aftermath")
    tenants = {tenant.name: tenant for tenant in world.tenants}
    for signal in signals:
        for window in signal.windows:
            tenant = tenants[window.tenant]
            if dice.random() < LOUD_SHARE:
                decoys.outage(world, tenant, window.incident_us, dice.choice(tenant.products).name, dice)


def _tickets(world: World) -> list[dict[str, str]]:
    return [
        {
            "id": f"T{number:04d}",
            "tenant": tenant,
            "time": moment(time_us).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "title": title,
            "service": service,
        }
        for number, (time_us, tenant, service, title) in enumerate(sorted(world.tickets), 1)
    ]


def save(case: Case, folder: Path) -> None:
    """Write `logs/TENANT/...`, `incidents.jsonl` and `truth.json` below a folder.

    A log was last modified when its last line arrived, as real ones are: stamps without a year may rest on that.
    """
    last_arrival_us = {record.path: record.arrival_us for record in case.records}
    for path, body in case.files.items():
        target = folder / "logs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        modified_ns = 1000 * last_arrival_us[path]
        os.utime(target, ns=(modified_ns, modified_ns))
    tickets = "".join(json.dumps(ticket) + "\n" for ticket in case.tickets)
    (folder / "incidents.jsonl").write_text(tickets, encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(truth(case), indent=1), encoding="utf-8")


def truth(case: Case) -> dict[str, Any]:
    """Return what is true of a case: signals with windows and positions of their lines, decoys with theirs, by path."""
    planted: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    decoy: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for record in case.records:
        mark, _, name = record.line.mark.partition(":")
        if mark:
            (planted if mark == "s" else decoy)[name][record.path].append(record.position)
    return {
        "seed": case.seed,
        "snr": case.strength,
        "start_us": case.start_us,
        "scored_from_us": case.scored_from_us,
        "end_us": case.end_us,
        "lines": len(case.records),
        "planted": sum(record.line.mark[:2] == "s:" for record in case.records),
        "signals": [{**asdict(signal), "lines": planted[signal.id]} for signal in case.signals],
        "decoys": decoy,
    }


def shares(case: Case) -> Counter[str]:
    """Count lines by signal, by kind of decoy, and of the plain background."""
    return Counter(record.line.mark or "background" for record in case.records)
