"""Reports: what a bucket passes on about one tenant once slots are sealed.

They go from the step that is keyed by bucket to the step that is keyed by tenant shard. Reports that wait are part of
snapshots, so all dtypes here and `report_to_plain` are stored layouts: `SHARD_STATE_VERSION` and `BESIDE_STATE_VERSION`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.finding import EvidenceLine
from brainstem.contracts.notice import NOTICE_DTYPE
from brainstem.contracts.statement import Stated, Statement

BIRTH_DTYPE: Final = np.dtype([("slot", "i4"), ("member", "u8"), ("absorbed_by", "u8")])
"""A signature seen for the first time (`absorbed_by` 0), or a family found to be part of another one."""
RETURN_DTYPE: Final = np.dtype([("slot", "i4"), ("member", "u8"), ("first_slot", "i4")])
"""A birth of a member that had been evicted, with the slot in which it was first heard."""
EVICTED_DTYPE: Final = np.dtype([("slot", "i4"), ("member", "u8"), ("family", "u8")])
"""A member that is evicted at the end of a slot together with its family."""

HEARD_DTYPE: Final = np.dtype([("slot", "i4"), ("source", "u8"), ("host", "u8")])
"""A source heard a host in a slot."""


@dataclass(frozen=True, slots=True)
class HealCycle:
    """Down and up again."""

    names: tuple[str, ...]
    """entities that both events name"""
    member: int
    """the member whose message said that something went down"""
    down_us: int
    seconds: int
    """from down to up"""
    up_member: int
    """the member whose message said that it is back"""
    is_outage: bool
    """whether the words call it out of service"""


@dataclass(frozen=True, slots=True)
class Label:
    """The words for a family; `signature` is the one that names it."""

    service: str
    template: str
    signature: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """What can be shown of a family: built only for families that may surface."""

    service: str
    template: str
    signatures: tuple[int, ...]
    hosts: tuple[str, ...]
    evidence: tuple[EvidenceLine, ...]
    entity: str = ""
    """the entity that it is about, when it is about one"""


@dataclass(frozen=True, slots=True)
class TenantReport:
    """What one bucket has sealed of one tenant.

    `labels` holds the label of each family that is new or has grown, by family and slot; `cycles` come with their slot;
    `snippets` are by family or member, facet and slot. `notices` are in order of slots; `heard` says which source heard
    which host. All buckets may report the same `statements`.
    """

    tenant: str
    feature_rows: Rows = field(default_factory=lambda: np.zeros(0, FEATURES_DTYPE))
    births: Rows = field(default_factory=lambda: np.zeros(0, BIRTH_DTYPE))
    cycles: tuple[tuple[int, HealCycle], ...] = ()
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    snippets: Mapping[tuple[int, int, int], Snippet] = field(default_factory=dict)
    notices: Rows = field(default_factory=lambda: np.zeros(0, NOTICE_DTYPE))
    heard: Rows = field(default_factory=lambda: np.zeros(0, HEARD_DTYPE))
    statements: tuple[Statement, ...] = ()
    returns: Rows = field(default_factory=lambda: np.zeros(0, RETURN_DTYPE))
    evicted: Rows = field(default_factory=lambda: np.zeros(0, EVICTED_DTYPE))


@dataclass(frozen=True, slots=True)
class SlotReport:
    """What all buckets report of one tenant for one slot: births by member, cycles by time, features, notices, and which
    source heard which host.

    Features of whole families come first, then those of facets, both in order of families. They are filled in in place, for
    copying them would be most of what a slot costs.
    """

    slot: int
    births: list[tuple[int, int]]
    cycles: list[HealCycle]
    feature_rows: Rows
    labels: Mapping[int, Label]
    snippets: Mapping[tuple[int, int, int], Snippet]
    notices: Rows = field(default_factory=lambda: np.zeros(0, NOTICE_DTYPE))
    heard: Rows = field(default_factory=lambda: np.zeros(0, HEARD_DTYPE))
    statements: Sequence[Statement] = ()
    returned: Mapping[int, int] = field(default_factory=dict)
    """of births of members that had been evicted: the slot in which each was first heard"""
    evicted: Sequence[tuple[int, int]] = ()
    """members that are evicted at the end of the slot, with their families"""
    families: int = 0
    """how many of the features are of whole families"""
    has_events: bool = False
    """whether any of the features has an event in the slot"""
    all_rows: Rows | None = None
    """features of this slot and of others of the tenant, in order of slots, of which `feature_rows` are a part"""
    first_row: int = 0
    """the place in `all_rows` of the first of `feature_rows`"""


def report_to_plain(report: TenantReport) -> tuple[Any, ...]:
    """Return a report as plain values, for a snapshot."""
    snippets = tuple(
        (
            key,
            (snippet.service, snippet.template, snippet.signatures, snippet.hosts, snippet.entity),
            tuple((line.source, line.position, line.event_time_us, line.host, line.raw) for line in snippet.evidence),
        )
        for key, snippet in report.snippets.items()
    )
    return (
        report.tenant,
        report.feature_rows.tobytes(),
        report.births.tobytes(),
        tuple((slot, astuple(cycle)) for slot, cycle in report.cycles),
        tuple((key, (label.service, label.template, label.signature)) for key, label in report.labels.items()),
        snippets,
        report.notices.tobytes(),
        report.heard.tobytes(),
        statements_to_plain(report.statements),
        report.returns.tobytes(),
        report.evicted.tobytes(),
    )


def report_from_plain(plain: tuple[Any, ...]) -> TenantReport:
    """Return the report of `report_to_plain`."""
    tenant, feature_rows, births, cycles, labels, snippets, notices, heard, statements, returns, evicted = plain
    return TenantReport(
        tenant,
        np.frombuffer(feature_rows, FEATURES_DTYPE).copy(),
        np.frombuffer(births, BIRTH_DTYPE),
        tuple((slot, HealCycle(*cycle)) for slot, cycle in cycles),
        {key: Label(*label) for key, label in labels},
        {key: _snippet(texts, lines) for key, texts, lines in snippets},
        np.frombuffer(notices, NOTICE_DTYPE),
        np.frombuffer(heard, HEARD_DTYPE),
        statements_from_plain(statements),
        np.frombuffer(returns, RETURN_DTYPE),
        np.frombuffer(evicted, EVICTED_DTYPE),
    )


def statements_to_plain(statements: Sequence[Statement]) -> tuple[Any, ...]:
    """Return statements as plain values, for a snapshot."""
    return tuple((*statement[:4], tuple(statement.stated)) for statement in statements)


def statements_from_plain(plain: tuple[Any, ...]) -> tuple[Statement, ...]:
    """Return the statements of `statements_to_plain`."""
    return tuple(
        Statement(time_us, tenant, source, position, Stated(*stated))
        for time_us, tenant, source, position, stated in plain
    )


def _snippet(texts: tuple[Any, ...], lines: tuple[tuple[Any, ...], ...]) -> Snippet:
    """Return the snippet of the plain values that `report_to_plain` makes of it."""
    service, words, signatures, hosts, entity = texts
    return Snippet(service, words, signatures, hosts, tuple(EvidenceLine(*line) for line in lines), entity)
