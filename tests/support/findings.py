"""Findings for tests of what a person gets to read; each is a plausible one that nobody's log contains."""

from typing import Any

from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import Contribution, EvidenceLine, Finding
from flows.config.advice import shipped

ADVICE = shipped()

DAY_US = 86_400_000_000
NOON_US = 1_780_315_200_000_000
"""Monday 2026-06-01 12:00 UTC."""

FACTS = {name: 0 for name in FEATURES_DTYPE.names or () if name not in ("family", "facet", "slot")} | {
    "first_time": NOON_US - 6 * DAY_US,
    "last_time": NOON_US - 7_000_000,
    "count": 28,
    "episodes_24h": 3,
    "episodes_72h": 9,
    "daily_mean_milli": 2100,
    "active_days": 6,
    "hosts": 1,
    "rise_hours": 24,
    "severity": 10,
    "heal_cycles_7d": 14,
    "heal_entities": 1,
    "heal_seconds": 38,
}


def evidence(count: int, text: str = "link wan7 went away", host: str = "edge4") -> tuple[EvidenceLine, ...]:
    """Return `count` lines, one an hour, the oldest first."""
    return tuple(
        EvidenceLine(
            source="file:/logs/north/edge.log",
            position=100 * number,
            event_time_us=NOON_US - (count - number) * 3_600_000_000,
            host=host,
            raw=f"Jun  1 01:0{number % 10}:00 {host} linkd: {text}\n".encode(),
        )
        for number in range(count)
    )


def finding(**changes: Any) -> Finding:
    """Return a finding about a link that drops and heals, with `changes` to its fields."""
    contributions = changes.pop(
        "contributions",
        (Contribution("recurrence", 6.25), Contribution("self_heal", 12.0), Contribution("memory", 3.75)),
    )
    prior = changes.pop("prior", -20.0)
    fields: dict[str, Any] = {
        "tenant": "north",
        "service": "linkd",
        "family": 0x0123456789ABCDEF,
        "signatures": (0x1111, 0x2222),
        "template": "link <name> went away",
        "tick_us": NOON_US,
        "band": "promote",
        "score": prior + sum(each.points for each in contributions),
        "prior": prior,
        "contributions": contributions,
        "kinds": ("self_heal", "recurrence"),
        "facts": FACTS | changes.pop("facts", {}),
        "hosts": ("edge4",),
        "entities": ("wan7",),
        "changes": (Contribution("self_heal", 2.5),),
        "blocker": "two_keys",
        "surfaced_before_us": (),
        "evidence": evidence(5),
    }
    return Finding(**(fields | changes))
