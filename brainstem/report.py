"""Reports: what a bucket says of one tenant once ticks are sealed.

Takes the place between the step that is keyed by signature and the step that is keyed by tenant.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.finding import EvidenceLine
from brainstem.reading import READING_DTYPE

Rows = npt.NDArray[Any]

CYCLE_DTYPE: Final = np.dtype(
    [
        ("slot", "i4"),  # of the return
        ("member", "u8"),  # what said that it went down
        ("names", "u8", (3,)),  # hashes of what both events name, 0 for none
        ("down_time", "i8"),  # microseconds since the epoch, UTC
        ("seconds", "i4"),  # from down to up
    ]
)

BIRTH_DTYPE: Final = np.dtype([("slot", "i4"), ("member", "u8"), ("absorbed_by", "u8")])
"""A signature seen for the first time (`absorbed_by` 0), or a family found to be part of another one."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a family is called; `signature` is the one it goes by."""

    service: str
    template: str
    signature: int


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What can be shown of a family: built only for families that may surface."""

    service: str
    template: str
    signatures: tuple[int, ...]
    hosts: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]


@dataclass(frozen=True, slots=True)
class TenantReport:
    """What one bucket says of one tenant for the slots it has sealed.

    `labels` gives the label of each family that is new or has grown, by family and slot; `names` gives entity names by
    hash; `exhibits` are by family and slot.
    """

    tenant: str
    readings: Rows = field(default_factory=lambda: np.zeros(0, READING_DTYPE))
    births: Rows = field(default_factory=lambda: np.zeros(0, BIRTH_DTYPE))
    cycles: Rows = field(default_factory=lambda: np.zeros(0, CYCLE_DTYPE))
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    exhibits: dict[tuple[int, int], Exhibit] = field(default_factory=dict)


def report_to_plain(report: TenantReport) -> tuple[Any, ...]:
    """Give a report as plain values, for a snapshot."""
    exhibits = tuple(
        (
            key,
            (each.service, each.template, each.signatures, each.hosts),
            tuple((line.source, line.position, line.event_time_us, line.host, line.raw) for line in each.evidence),
        )
        for key, each in report.exhibits.items()
    )
    return (
        report.tenant,
        report.readings.tobytes(),
        report.births.tobytes(),
        report.cycles.tobytes(),
        tuple((key, (each.service, each.template, each.signature)) for key, each in report.labels.items()),
        tuple(report.names.items()),
        exhibits,
    )


def report_from_plain(plain: tuple[Any, ...]) -> TenantReport:
    """Give the report of `report_to_plain`."""
    tenant, readings, births, cycles, labels, names, exhibits = plain
    return TenantReport(
        tenant,
        np.frombuffer(readings, READING_DTYPE).copy(),
        np.frombuffer(births, BIRTH_DTYPE),
        np.frombuffer(cycles, CYCLE_DTYPE),
        {key: Label(*label) for key, label in labels},
        dict(names),
        {key: _exhibit(texts, lines) for key, texts, lines in exhibits},
    )


def _exhibit(texts: tuple[Any, ...], lines: tuple[tuple[Any, ...], ...]) -> Exhibit:
    service, words, signatures, hosts = texts
    return Exhibit(service, words, signatures, hosts, tuple(EvidenceLine(*line) for line in lines))
